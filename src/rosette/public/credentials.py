"""``/public/assertions/:id/ob3``: one award as a credential of Open Badges 3.0, signed."""

from typing import Final, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from rosette.models import Assertion
from rosette.models.assertions import PublishedAssertion, published_assertion
from rosette.operations import credentials
from rosette.operations.credentials import Form
from rosette.public.negotiation import (
    HTML,
    JSON,
    JSON_LD,
    NotAcceptable,
    discreet,
    etag,
    known,
    public,
    unless_had,
)

_CREDENTIAL: Final = "application/vc+ld+json"
_PLAIN: Final = "text/plain"
_SIGNED: Final[dict[str, Form]] = {
    _CREDENTIAL: "embedded",
    "application/vc": "embedded",
    "application/vc+jwt": "jwt",
    "application/jwt": "jwt",
}
"""Media types that nothing but a credential has; so they mean one at any address of the award."""

_HERE: Final[dict[str, Form]] = {**_SIGNED, JSON_LD: "embedded", JSON: "embedded", _PLAIN: "jwt"}


class Asked(NamedTuple):
    """Which form of the credential is wanted, and what it is called in the answer."""

    form: Form
    media_type: str


@public(has_page=True)
def credential(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """
    ``GET /public/assertions/:id/ob3``, also with ``.json`` and ``.jwt``.

    A revoked award keeps its credential; the status of the credential says that it was revoked.
    People are sent to the page of the award.
    """
    row = known(published_assertion(entity_id), Assertion, entity_id)
    asked = wanted(request, suffix)
    if asked is not None:
        return answer(request, row, asked)
    response = HttpResponseRedirect(reverse("public-assertion", args=[entity_id]))
    patch_vary_headers(response, ("Accept",))
    return discreet(response, is_listed=row.is_listed)


def wanted(request: HttpRequest, suffix: str | None = None) -> Asked | None:
    """What is wanted of the credential; None if it is a page. Raises NotAcceptable."""
    if suffix == ".jwt":
        return Asked("jwt", _PLAIN)
    if suffix:
        return Asked("embedded", _CREDENTIAL)
    if request.GET.get("format") == "json":
        return Asked("embedded", JSON)
    preferred = _preferred(request, [*_HERE, HTML])
    if preferred is None:
        raise NotAcceptable
    return None if preferred == HTML else _asked(preferred)


def wanted_of_award(request: HttpRequest, suffix: str | None) -> Asked | None:
    """
    What is wanted of the credential at the address of the award; None if it is something else.

    It is asked for by ``?v=3_0``, or by a media type of its own.
    """
    if request.GET.get("v") == "3_0":
        return wanted(request, suffix)
    if suffix or request.GET.get("v") or request.GET.get("format"):
        return None
    preferred = _preferred(request, [JSON_LD, JSON, HTML, *_SIGNED])
    return _asked(preferred) if preferred in _SIGNED else None


def answer(request: HttpRequest, row: PublishedAssertion, asked: Asked) -> HttpResponse:
    """The credential, or 304 if the caller has it, before it is signed."""
    draft = credentials.draft(row, asked.form)
    response = unless_had(
        request,
        etag("credential", asked.media_type, draft.digest),
        lambda: HttpResponse(credentials.signed(draft), content_type=asked.media_type),
    )
    patch_vary_headers(response, ("Accept",))
    return discreet(response, is_listed=row.is_listed)


def _asked(media_type: str) -> Asked:
    form = _HERE[media_type]
    return Asked(form, _PLAIN if form == "jwt" else media_type)


def _preferred(request: HttpRequest, media_types: list[str]) -> str | None:
    preferred = request.get_preferred_type(media_types)
    if preferred is not None:
        return preferred
    # Some name a type with parameters, such as the profile of JSON-LD, and nothing else.
    named = (f"{item.main_type}/{item.sub_type}" for item in request.accepted_types)
    return next((name for name in named if name in media_types), None)
