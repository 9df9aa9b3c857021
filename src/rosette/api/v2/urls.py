"""Every V2 path, in the order of the reference. Fixed words stand before names."""

from django.urls import re_path

from rosette.api.endpoints import route
from rosette.api.v2 import (
    assertions,
    audit,
    backpack,
    badgeclasses,
    collections,
    identifiers,
    issuers,
    jobs,
    leaving,
    offers,
    sharing,
    socialaccounts,
    suspensions,
    tokens,
    users,
    webhooks,
)
from rosette.api.v2.envelope import unknown_route, verbs

urlpatterns = [
    route("issuers", verbs(GET=issuers.index, POST=issuers.create)),
    route("issuers/changed", verbs(GET=issuers.changed)),
    route(
        "issuers/<issuer_id>",
        verbs(GET=issuers.read, PUT=issuers.change, DELETE=issuers.remove),
    ),
    route("issuers/<issuer_id>/audit", verbs(GET=audit.index)),
    route(
        "issuers/<issuer_id>/badgeclasses",
        verbs(GET=badgeclasses.index_of_issuer, POST=badgeclasses.create_of_issuer),
    ),
    route(
        "issuers/<issuer_id>/assertions",
        verbs(GET=assertions.index_of_issuer, POST=assertions.award_of_issuer),
    ),
    route("issuers/<issuer_id>/webhooks", verbs(GET=webhooks.index, POST=webhooks.create)),
    route(
        "webhooks/<webhook_id>",
        verbs(GET=webhooks.read, PUT=webhooks.change, DELETE=webhooks.remove),
    ),
    route("webhooks/<webhook_id>/rotate", verbs(POST=webhooks.rotate)),
    route("webhooks/<webhook_id>/ping", verbs(POST=webhooks.ping)),
    route("webhooks/<webhook_id>/deliveries", verbs(GET=webhooks.deliveries)),
    route("webhooks/<webhook_id>/replay", verbs(POST=webhooks.replay_since)),
    route("webhookdeliveries/<delivery_id>", verbs(GET=webhooks.delivery)),
    route("webhookdeliveries/<delivery_id>/replay", verbs(POST=webhooks.replay)),
    # Open edX asks so for a badge class that it has no name of yet, and creates it on a 404.
    re_path(r"^badgeclasses/$", unknown_route),
    route("badgeclasses", verbs(GET=badgeclasses.index, POST=badgeclasses.create)),
    route("badgeclasses/changed", verbs(GET=badgeclasses.changed)),
    route(
        "badgeclasses/<badgeclass_id>",
        verbs(GET=badgeclasses.read, PUT=badgeclasses.change, DELETE=badgeclasses.remove),
    ),
    route("badgeclasses/<badgeclass_id>/issue", verbs(POST=jobs.issue)),
    route("badgeclasses/<badgeclass_id>/jobs", verbs(GET=jobs.index, POST=jobs.begin)),
    route(
        "badgeclasses/<badgeclass_id>/assertions",
        verbs(GET=assertions.index_of_badgeclass, POST=assertions.award),
    ),
    route("assertions/revoke", verbs(POST=assertions.revoke_many)),
    route("assertions/changed", verbs(GET=assertions.changed)),
    route(
        "assertions/<assertion_id>",
        verbs(GET=assertions.read, PUT=assertions.amend, DELETE=assertions.revoke),
    ),
    route("assertions/<assertion_id>/suspend", verbs(POST=suspensions.suspend)),
    route("assertions/<assertion_id>/reinstate", verbs(POST=suspensions.reinstate)),
    route("jobs/<job_id>", verbs(GET=jobs.read)),
    route("jobs/<job_id>/results", verbs(GET=jobs.results)),
    route("jobs/<job_id>/cancel", verbs(POST=jobs.cancel)),
    route("jobs/<job_id>/undo", verbs(POST=jobs.undo)),
    route("backpack/assertions", verbs(GET=backpack.index, POST=backpack.import_award)),
    route(
        "backpack/assertions/<assertion_id>",
        verbs(GET=backpack.read, PUT=backpack.accept, DELETE=backpack.reject),
    ),
    route("backpack/assertions/<assertion_id>/image", verbs(GET=backpack.image)),
    route("backpack/assertions/<assertion_id>/verify", verbs(POST=backpack.recheck)),
    route("backpack/assertions/<assertion_id>/offers", verbs(POST=offers.make)),
    route("backpack/assertions/<assertion_id>/offers/<offer_id>", verbs(GET=offers.show)),
    route("backpack/import", verbs(POST=backpack.import_award)),
    route("backpack/collections", verbs(GET=collections.index, POST=collections.create)),
    route(
        "backpack/collections/<collection_id>",
        verbs(GET=collections.read, PUT=collections.change, DELETE=collections.remove),
    ),
    route("backpack/share/assertion/<assertion_id>", verbs(GET=sharing.award)),
    route("backpack/share/collection/<collection_id>", verbs(GET=sharing.collection)),
    route("backpack/shares", verbs(GET=sharing.index)),
    route("tokens/issuers", verbs(POST=tokens.for_issuers)),
    route("auth/token", verbs(GET=tokens.legacy, PUT=tokens.replace_legacy)),
    route(
        "auth/forgot-password",
        verbs(
            GET=users.forgot_password_link,
            POST=users.forgot_password,
            PUT=users.reset_password,
        ),
    ),
    route("auth/confirm-email/<token>", verbs(GET=users.confirm_email_link)),
    route("auth/tokens", verbs(GET=tokens.index)),
    route("auth/tokens/<token_id>", verbs(GET=tokens.show, DELETE=tokens.revoke)),
    route("users", verbs(POST=users.sign_up)),
    route(
        "users/self",
        verbs(GET=users.read_self, PUT=users.change_self, DELETE=leaving.remove_self),
    ),
    route("users/self/export", verbs(GET=leaving.export)),
    route("users/self/identifiers", verbs(GET=identifiers.index, POST=identifiers.add)),
    route(
        "users/self/identifiers/<identifier_id>",
        verbs(GET=identifiers.read, DELETE=identifiers.remove),
    ),
    route("users/self/identifiers/<identifier_id>/verify", verbs(POST=identifiers.verify)),
    route("users/<user_id>", verbs(GET=users.read, PUT=users.change)),
    route("termsVersions/latest", verbs(GET=users.latest_terms)),
    route("socialaccounts", verbs(GET=socialaccounts.index)),
    route("socialaccounts/connect", verbs(GET=socialaccounts.connect)),
    route(
        "socialaccounts/<account_id>",
        verbs(GET=socialaccounts.read, DELETE=socialaccounts.remove),
    ),
    re_path(r"", unknown_route),
]
