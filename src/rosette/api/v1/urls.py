"""Every V1 path that clients still use, in the order of the reference."""

from django.urls import re_path

from rosette.api.endpoints import route
from rosette.api.v1 import assertions, issuers, socialaccounts, users
from rosette.api.v1.envelope import unknown_route, verbs

urlpatterns = [
    route(
        "user/profile",
        verbs(GET=users.profile, POST=users.sign_up, PUT=users.change_profile),
    ),
    route("user/forgot-password", verbs(POST=users.forgot_password, PUT=users.reset_password)),
    route("user/emails", verbs(GET=users.addresses, POST=users.add_address)),
    route(
        "user/emails/<address_id>",
        verbs(GET=users.address, PUT=users.change_address, DELETE=users.remove_address),
    ),
    route("user/socialaccounts", verbs(GET=socialaccounts.index)),
    route("user/socialaccounts/connect", verbs(GET=socialaccounts.connect)),
    route(
        "user/socialaccounts/<account_id>",
        verbs(GET=socialaccounts.read, DELETE=socialaccounts.remove),
    ),
    route("issuer/issuers/<issuer_id>/staff", verbs(GET=issuers.staff, POST=issuers.change_staff)),
    route(
        "issuer/issuers/<issuer_id>/badges/<badgeclass_id>/assertions",
        verbs(POST=assertions.award),
    ),
    route(
        "issuer/issuers/<issuer_id>/badges/<badgeclass_id>/batchAssertions",
        verbs(POST=assertions.award_many),
    ),
    re_path(r"", unknown_route),
]
