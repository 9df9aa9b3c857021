"""``/verify/receipts/:id``: what this site found when somebody had a badge verified, signed."""

from hashlib import sha256
from typing import Final

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from rosette import limits, pages
from rosette.errors import InvalidInput
from rosette.openbadges.jsonld import read_moment
from rosette.openbadges.keys import did_web
from rosette.operations import receipts, verdicts
from rosette.operations.receipts import Checked
from rosette.public.negotiation import public

_JWT: Final = "application/vc+jwt"
_JSON: Final = "application/json"


@public(methods=("POST",), has_page=True)
def make(request: HttpRequest) -> HttpResponse:
    """
    ``POST /verify/receipts``: the receipt of a verification, of what its page offered.

    No cookie is looked at, and another site cannot send what this one has not signed.
    """
    with pages.speaking(request):
        limits.attempt("receipt", address=limits.address_of(request)).failed()
        try:
            row = receipts.make(request.POST.get("receipt", ""))
        except InvalidInput as refusal:
            context = {"section": "verify", "error": " ".join(refusal.general)}
            return pages.page(request, "public/verify.html", context, 400)
    response = HttpResponse(status=303)
    response["Location"] = reverse("receipt", args=[row.entity_id])
    return response


@public(methods=("GET", "HEAD", "POST"), has_page=True)
def receipt(request: HttpRequest, entity_id: str, suffix: str | None = None) -> HttpResponse:
    """
    ``GET /verify/receipts/:id``: the receipt, its signature checked now; ``.jwt``: as it was
    signed, and ``.json``: what it says. ``POST``: whether a file is the one that it is about.
    """
    found = receipts.find(entity_id)
    if suffix == ".jwt":
        return _sent(HttpResponse(found.row.token, content_type=_JWT))
    if suffix == ".json":
        return _sent(HttpResponse(orjson.dumps(found.document), content_type=_JSON))
    with pages.speaking(request):
        response = _page(request, found)
    patch_vary_headers(response, ("Accept-Language",))
    return _sent(response)


def _page(request: HttpRequest, found: Checked) -> HttpResponse:
    said = found.document.get("credentialSubject") or {}
    context = {
        "section": "verify",
        "found": found,
        "said": said,
        "what": verdicts.summed_up(str(said.get("verdict", ""))),
        "at": read_moment("validFrom", found.document.get("validFrom"))
        if found.document
        else found.row.created_at,
        "site": did_web(settings.ROSETTE.origin),
        "path": reverse("receipt", args=[found.row.entity_id]),
        "compared": _compared(request, str(said.get("sha256", ""))),
    }
    return pages.page(request, "public/receipt.html", context)


def _compared(request: HttpRequest, digest: str) -> str:
    """Whether the file that was sent has this digest: same, other, none, or empty if none was."""
    if request.method != "POST":
        return ""
    try:
        file = request.FILES.get("file")
        if file is None or not file.size:
            return "none"
        found = sha256()
        for chunk in file.chunks():
            found.update(chunk)
        return "same" if found.hexdigest() == digest else "other"
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        return "other"


def _sent(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
