"""Every OAuth2 path, in the order of the reference."""

from rosette.api.endpoints import route
from rosette.api.oauth import clients, codes, consent, metadata, tokens, wallets
from rosette.api.oauth.answers import verbs

urlpatterns = [
    route("o/token", verbs(POST=tokens.grant)),
    route("o/code", verbs(POST=codes.exchange)),
    route("o/revoke_token", verbs(POST=tokens.revoke)),
    route("o/authorize", verbs(GET=consent.ask, POST=consent.answer)),
    route("o/register", verbs(POST=clients.register)),
    route("openid/offers/<reference>", verbs(GET=wallets.offer)),
    route("openid/nonce", verbs(POST=wallets.nonce)),
    route("openid/credential", verbs(POST=wallets.credential)),
    route("openid/notification", verbs(POST=wallets.notification)),
    route(".well-known/openid-credential-issuer", verbs(GET=metadata.credential_issuer)),
    route(".well-known/oauth-authorization-server", verbs(GET=metadata.authorization_server)),
    route("api-auth/token", verbs(POST=tokens.legacy_login)),
]
