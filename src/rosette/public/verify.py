"""
``/verify``: whether a badge is good, for people; ``verifier`` says the same to programs.

No account and no cookie: what is sent is looked at, answered and forgotten, so a form that another
site sends changes nothing here. Whose it may be is sent in the form and never in an address.
"""

import base64
from collections.abc import Mapping
from typing import Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from rosette import images, pages
from rosette.errors import InvalidInput, TryLater
from rosette.openbadges.verification import Source, Verdict
from rosette.operations import verdicts, verification
from rosette.public.negotiation import public
from rosette.public.verifier import count, count_verified

_TEXT_MAX_LENGTH: Final = 1_000_000
_WHOSE_MAX_LENGTH: Final = 768
_PICTURE_MAX_BYTES: Final = 500_000
_SIGNATURES: Final = ((b"\x89PNG", images.PNG), (b"<", images.SVG), (b"\xef\xbb\xbf<", images.SVG))


@public(methods=("GET", "HEAD", "POST"))
def verify(request: HttpRequest) -> HttpResponse:
    """``GET /verify``: a form for a file, a link or a text; ``POST``: the verdict on it."""
    with pages.speaking(request):
        response = _answer(request)
    patch_vary_headers(response, ("Accept-Language",))
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "same-origin"
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, {})
    try:
        whose = request.POST.get("whose", "")[:_WHOSE_MAX_LENGTH]
        source = _source(request)
        count(request)
        recipient, name = verdicts.asked_of(whose)
        with verification.outward():
            verdict = verification.examined(source, at=timezone.now(), recipient=recipient)
        count_verified(verdict)
    except InvalidInput as refusal:
        return _page(request, {"error": " ".join(refusal.general)}, 400)
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        return _page(request, {"error": _("This is too large for a badge.")}, 413)
    except TryLater as refusal:
        response = _page(request, {"seconds": refusal.seconds}, 429)
        response["Retry-After"] = str(refusal.seconds)
        return response
    context = {
        "told": verdicts.told(verdict, name=name),
        "picture": _picture(verdict),
        "address": _address(verdict),
    }
    return _page(request, context)


def _page(request: HttpRequest, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    shown = {"section": "verify", **context}
    return pages.page(request, "public/verify.html", shown, status)


def _source(request: HttpRequest) -> Source:
    """The file, if there is one, else the text. Raises InvalidInput."""
    for file in request.FILES.getlist("file"):
        if file.size:
            if file.size > settings.ROSETTE.body_max_bytes:
                raise InvalidInput(general=[_("This is too large for a badge.")])
            content: bytes = file.read()
            return content
    text = request.POST.get("text", "").strip()
    if not text:
        raise InvalidInput(general=[_("Choose a file, or put in a link or the text of a badge.")])
    if len(text) > _TEXT_MAX_LENGTH:
        raise InvalidInput(general=[_("This is too large for a badge.")])
    return text


def _picture(verdict: Verdict) -> str:
    """The badge's picture as it was loaded, inside the page; empty if there is none to show."""
    content = verdict.images.get(verdict.badgeclass.id, b"") if verdict.badgeclass else b""
    for start, media_type in _SIGNATURES:
        if content.startswith(start) and len(content) <= _PICTURE_MAX_BYTES:
            return f"data:{media_type};base64,{base64.b64encode(content).decode()}"
    return ""


def _address(verdict: Verdict) -> str:
    """Where the badge has a page of its own, as far as that is on the web."""
    found = verdict.assertion.id if verdict.assertion else ""
    return found if verification.is_web(found) and verdict.is_valid else ""
