"""Every path that is for the whole world."""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from django.http import HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.generic import RedirectView

from rosette.public import (
    accounts,
    assertions,
    badgeclasses,
    catalogue,
    certificates,
    collections,
    credentials,
    embeds,
    endorsements,
    health,
    images,
    issuers,
    keys,
    pathways,
    receipts,
    shares,
    sign_in,
    statuses,
    verifier,
    verify,
)

_PART: Final = re.compile(r"<(\w+)>")


def _route(template: str, view: Callable[..., HttpResponseBase], name: str = "") -> URLPattern:
    """
    A path such as ``badges/<entity_id>``, with or without a slash at its end.

    A part in brackets is any text without a slash; ``[.json]`` and ``[.json|.jwt]`` may stand
    there or not.
    """
    pattern = _PART.sub(r"(?P<\1>[^/\\x00]+?)", template)
    pattern = pattern.replace("[.json]", r"(?P<suffix>\.json)?")
    pattern = pattern.replace("[.json|.jwt]", r"(?P<suffix>\.json|\.jwt)?")
    return re_path(f"^{pattern}/?$", view, name=name or None)


documents = [
    _route("assertions/<entity_id>[.json]", assertions.assertion, "public-assertion"),
    _route("assertions/<entity_id>/image", images.assertion_image, "public-assertion-image"),
    _route("assertions/<entity_id>/baked", images.baked_image, "public-baked"),
    _route("assertions/<entity_id>/ob3[.json|.jwt]", credentials.credential, "public-credential"),
    _route("assertions/<entity_id>/certificate", certificates.certificate, "public-certificate"),
    _route("issuers/<entity_id>/did\\.json", keys.issuer_did, "public-issuer-did"),
    _route("issuers/<entity_id>/jwks\\.json", keys.issuer_key_set, "public-issuer-key-set"),
    _route("issuers/<entity_id>/keys/<name>", keys.issuer_key, "public-issuer-key"),
    _route(
        "issuers/<entity_id>/status/<purpose>/<number>",
        statuses.status_list,
        "public-status-list",
    ),
    _route("issuers/<entity_id>/revocations", statuses.revocations, "public-revocations"),
    _route("issuers/<entity_id>/withdrawn", endorsements.withdrawn, "public-withdrawn"),
    _route("endorsements/<entity_id>[.json]", endorsements.endorsement, "public-endorsement"),
    _route(
        "endorsements/<entity_id>/ob3[.json|.jwt]",
        endorsements.credential,
        "public-endorsement-credential",
    ),
    _route("badges/<entity_id>/ob3[.json]", badgeclasses.achievement, "public-achievement"),
    _route("issuers/<entity_id>[.json]", issuers.issuer, "public-issuer"),
    _route(
        "issuers/<entity_id>/badges[.json]",
        issuers.issuer_badgeclasses,
        "public-issuer-badgeclasses",
    ),
    _route("issuers/<entity_id>/image", images.issuer_image, "public-issuer-image"),
    _route("badges/<entity_id>[.json]", badgeclasses.badgeclass, "public-badgeclass"),
    _route("badges/<entity_id>/image", images.badgeclass_image, "public-badgeclass-image"),
    _route("badges/<entity_id>/criteria", badgeclasses.criteria, "public-criteria"),
    _route("collections/<share_hash>[.json]", collections.collection, "public-collection"),
    _route("collections/<share_hash>/pdf", certificates.collection, "public-collection-pdf"),
    _route("pathways/<entity_id>[.json]", pathways.pathway, "public-pathway"),
    _route("oembed[.json]", embeds.oembed, "public-oembed"),
    _route("verify[.json]", verifier.verify, "public-verify"),
]
"""What lies under ``public/``; the most asked for first."""

urlpatterns = [
    _route("media/images/<name>", images.media),
    _route("share/badge/<entity_id>", assertions.shared),
    _route("share/collection/<name>", shares.shared_collection),
    _route("share/collection/<name>/embed", shares.shared_collection),
    _route("earner/collections/<number>/<share_hash>", shares.earners_collection),
    _route("earner/collections/<number>/<share_hash>/embed", shares.earners_collection),
    _route("account/email/<outcome>", accounts.email_verified),
    _route("account/password/<token>", accounts.choose_password),
    _route("account/sociallogin", sign_in.start),
    # The names are allauth's; it makes addresses of them.
    _route(
        "account/oidc/<provider_id>/login/callback",
        sign_in.back_from_oidc,
        "openid_connect_callback",
    ),
    _route("account/google/login/callback", sign_in.back_from_google, "google_callback"),
    _route("account/facebook/login/callback", sign_in.back_from_facebook, "facebook_callback"),
    *(
        _route(
            f"account/saml/<organization_slug>/{path}",
            partial(sign_in.saml, door=door),
            f"saml_{door}",
        )
        for path, door in (
            ("acs", "acs"),
            ("acs/finish", "finish_acs"),
            ("sls", "sls"),
            ("metadata", "metadata"),
        )
    ),
    _route("unsubscribe/<token>", accounts.unsubscribe),
    _route("verify", verify.verify, "verify"),
    _route("catalog[.json]", catalogue.catalogue, "catalogue"),
    _route("catalog\\.atom", catalogue.feed, "catalogue-feed"),
    _route("verify/receipts", receipts.make, "receipts"),
    _route("verify/receipts/<entity_id>[.json|.jwt]", receipts.receipt, "receipt"),
    re_path(r"^\.well-known/did\.json$", keys.site_did),
    re_path(r"^\.well-known/jwks\.json$", keys.site_key_set),
    _route("keys/<name>", keys.site_key),
    re_path(r"^health/?$", health.health),
    re_path(r"^ready/?$", health.ready),
    re_path(r"^metrics/?$", health.measured),
    re_path(r"^robots\.txt$", health.robots),
    re_path(r"^favicon\.ico$", RedirectView.as_view(url="/static/favicon.svg", permanent=True)),
]
