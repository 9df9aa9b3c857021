"""Every V1 path that clients still use, in the order of the reference."""

from django.urls import re_path

from rosette.api.endpoints import route
from rosette.api.v1 import (
    assertions,
    backpack,
    badgeclasses,
    collections,
    issuers,
    sharing,
    socialaccounts,
    staff,
    tokens,
    users,
)
from rosette.api.v1.envelope import unknown_route, verbs
from rosette.api.v2.envelope import verbs as v2_verbs
from rosette.api.v2.users import confirm_email_link

_ISSUER = "issuer/issuers/<issuer_id>"
_BADGE = f"{_ISSUER}/badges/<badgeclass_id>"

urlpatterns = [
    route(
        "user/profile",
        verbs(GET=users.profile, POST=users.sign_up, PUT=users.change_profile),
    ),
    route("user/forgot-password", verbs(POST=users.forgot_password, PUT=users.reset_password)),
    # The link in mails of before.
    route("user/confirmemail/<token>", v2_verbs(GET=confirm_email_link)),
    route("user/emails", verbs(GET=users.addresses, POST=users.add_address)),
    route(
        "user/emails/<address_id>",
        verbs(GET=users.address, PUT=users.change_address, DELETE=users.remove_address),
    ),
    route("user/auth-token", verbs(GET=tokens.legacy, PUT=tokens.replace_legacy)),
    route("user/socialaccounts", verbs(GET=socialaccounts.index)),
    route("user/socialaccounts/connect", verbs(GET=socialaccounts.connect)),
    route(
        "user/socialaccounts/<account_id>",
        verbs(GET=socialaccounts.read, DELETE=socialaccounts.remove),
    ),
    route("issuer/issuers", verbs(GET=issuers.index, POST=issuers.create)),
    route(_ISSUER, verbs(GET=issuers.read, PUT=issuers.change, DELETE=issuers.remove)),
    route(f"{_ISSUER}/staff", verbs(GET=staff.staff, POST=staff.change_staff)),
    route(f"{_ISSUER}/assertions", verbs(GET=assertions.index_of_issuer)),
    route("issuer/all-badges", verbs(GET=badgeclasses.index)),
    route(
        f"{_ISSUER}/badges",
        verbs(GET=badgeclasses.index_of_issuer, POST=badgeclasses.create),
    ),
    route(
        _BADGE,
        verbs(GET=badgeclasses.read_one, PUT=badgeclasses.change, DELETE=badgeclasses.remove),
    ),
    route(f"{_BADGE}/assertions", verbs(GET=assertions.index, POST=assertions.award)),
    route(f"{_BADGE}/batchAssertions", verbs(POST=assertions.award_many)),
    route(
        f"{_BADGE}/assertions/<assertion_id>",
        verbs(GET=assertions.read_one, DELETE=assertions.revoke),
    ),
    route("earner/badges", verbs(GET=backpack.index, POST=backpack.import_award)),
    route(
        "earner/badges/<assertion_id>",
        verbs(GET=backpack.read_one, PUT=backpack.accept, DELETE=backpack.reject),
    ),
    route("earner/collections", verbs(GET=collections.index, POST=collections.create)),
    route(
        "earner/collections/<collection_id>",
        verbs(GET=collections.read_one, PUT=collections.change, DELETE=collections.remove),
    ),
    route("earner/share/badge/<assertion_id>", verbs(GET=sharing.award)),
    route("earner/share/collection/<collection_id>", verbs(GET=sharing.collection)),
    route("externaltools", verbs(GET=tokens.external_tools)),
    re_path(r"", unknown_route),
]
