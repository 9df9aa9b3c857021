"""Every OAuth2 path, in the order of the reference."""

from rosette.api.endpoints import route
from rosette.api.oauth import clients, codes, consent, tokens
from rosette.api.oauth.answers import verbs

urlpatterns = [
    route("o/token", verbs(POST=tokens.grant)),
    route("o/code", verbs(POST=codes.exchange)),
    route("o/revoke_token", verbs(POST=tokens.revoke)),
    route("o/authorize", verbs(GET=consent.ask, POST=consent.answer)),
    route("o/register", verbs(POST=clients.register)),
    route("api-auth/token", verbs(POST=tokens.legacy_login)),
]
