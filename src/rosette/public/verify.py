"""
``/verify``: whether a badge is good, for people; ``verifier`` says the same to programs.

No account and no cookie: what is sent is looked at, answered and forgotten, so a form that another
site sends changes nothing here. Whose it may be is sent in the form and never in an address.
"""

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final, NamedTuple

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from rosette import images, pages
from rosette.errors import InvalidInput, TryLater
from rosette.openbadges.verification import Identity, Source, Verdict
from rosette.operations import receipts, verdicts, verification
from rosette.operations.receipts import Handed
from rosette.operations.verdicts import Told
from rosette.public.negotiation import public
from rosette.public.verifier import count, count_verified

_TEXT_MAX_LENGTH: Final = 1_000_000
_WHOSE_MAX_LENGTH: Final = 768
_PICTURE_MAX_BYTES: Final = 500_000
MOST: Final = 50
"""So many files and links at a time."""

_NAME_MAX_LENGTH: Final = 200
_ALL_SECONDS: Final = 30.0
_ONE_SECONDS: Final = 8.0
_UNPACKING_SECONDS: Final = 5.0
_LINES: Final = ("structure", "origin", "status", "dates", "issuer", "recipient")
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""The only script is the one for the camera; without it, all else works."""

_SIGNATURES: Final = ((b"\x89PNG", images.PNG), (b"<", images.SVG), (b"\xef\xbb\xbf<", images.SVG))


class Row(NamedTuple):
    """What came of one among many; ``receipt`` is what a receipt of it would be made of."""

    name: str
    told: Told
    address: str
    receipt: str


@public(methods=("GET", "HEAD", "POST"))
def verify(request: HttpRequest) -> HttpResponse:
    """``GET /verify``: a form for files, links or a text; ``POST``: the verdict on each."""
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
        given = _handed(request)
        recipient, name = verdicts.asked_of(whose)
        if len(given) > 1:
            return _page(request, _each(request, given, recipient, name))
        (one,) = given
        count(request)
        now = timezone.now()
        with verification.outward():
            verdict = verification.examined(one.source, at=now, recipient=recipient)
        count_verified(verdict)
    except InvalidInput as refusal:
        return _page(request, {"error": " ".join(refusal.general)}, 400)
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent):
        return _page(request, {"error": _("This is too large for a badge.")}, 413)
    except TryLater as refusal:
        response = _page(request, {"seconds": refusal.seconds}, 429)
        response["Retry-After"] = str(refusal.seconds)
        return response
    told = verdicts.told(verdict, name=name)
    context = {
        "told": told,
        "picture": _picture(verdict),
        "address": _address(verdict),
        "receipt": receipts.offered(one, verdict, told, at=now),
    }
    return _page(request, context)


def _each(
    request: HttpRequest, given: Sequence[Handed], recipient: Sequence[Identity], name: str
) -> dict[str, object]:
    """
    The verdicts on many, one after the other, as long as there is time.

    Nobody holds a thread of the server for longer, and nothing of what was sent is kept for later;
    what was not looked at is said so, and the links among it stand in the form again.
    """
    started = monotonic()
    rows: list[Row] = []
    left: list[Handed] = []
    for one in given:
        seconds = _ALL_SECONDS - (monotonic() - started)
        if seconds <= 0 or left:
            left.append(one)
            continue
        try:
            count(request)
            now = timezone.now()
            with verification.outward():
                verdict = verification.examined(
                    one.source,
                    at=now,
                    recipient=recipient,
                    seconds=min(seconds, _ONE_SECONDS),
                )
        except TryLater:
            left.append(one)
            continue
        told = verdicts.told(verdict, name=name)
        rows.append(
            Row(one.name, told, _address(verdict), receipts.offered(one, verdict, told, at=now))
        )
    again = [str(one.source) for one in left if one.of == "document"]
    return {
        "rows": rows,
        "good": sum(row.told.tone == "good" for row in rows),
        "left": [one.name for one in left],
        "text": "\n".join(again),
        "csv": _csv(rows),
    }


def _csv(rows: Sequence[Row]) -> str:
    """The table as a file, inside the page: nothing needs to be kept to be downloaded."""
    written = io.StringIO()
    writer = csv.writer(written)
    head = ("input", "verdict", "sentence", "badge", "issuerName", "openBadgesVersion")
    writer.writerow([*head, *_LINES])
    for row in rows:
        told = row.told
        states = {line.name: line.state for line in told.lines}
        cells = (row.name, told.outcome, told.sentence, told.title, told.issuer, told.version)
        writer.writerow([_safe(cell) for cell in (*cells, *(states[name] for name in _LINES))])
    content = f"\ufeff{written.getvalue()}".encode()  # programs for tables know UTF-8 by this
    return f"data:text/csv;charset=utf-8;base64,{base64.b64encode(content).decode()}"


def _safe(text: str) -> str:
    """A cell that no program takes for a formula (OWASP, "CSV Injection")."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _page(request: HttpRequest, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    shown = {"section": "verify", "most": MOST, "has_camera": True, **context}
    response = pages.page(request, "public/verify.html", shown, status)
    response["Content-Security-Policy"] = _POLICY
    response["Permissions-Policy"] = "camera=(self)"
    return response


def _handed(request: HttpRequest) -> list[Handed]:
    """The files, if there are any, and the links or the text. Raises InvalidInput."""
    found: list[Handed] = []
    files = [file for file in request.FILES.getlist("file") if file.size]
    if sum(file.size or 0 for file in files) > settings.ROSETTE.body_max_bytes:
        raise InvalidInput(general=[_("This is too large for a badge.")])
    started = monotonic()
    for file in files:
        content = file.read()
        name = (file.name or _("A file"))[:_NAME_MAX_LENGTH]
        is_time_left = monotonic() - started < _UNPACKING_SECONDS
        badges: list[Source] = verification.unpacked(content) if is_time_left else [content]
        for place, badge in enumerate(badges, start=1):
            of = name if len(badges) == 1 else f"{name} ({place})"
            found.append(receipts.handed(of, badge, content))
        _require_few(found)
    text = request.POST.get("text", "").strip()
    if len(text) > _TEXT_MAX_LENGTH:
        raise InvalidInput(general=[_("This is too large for a badge.")])
    lines = text.split()
    are_links = len(lines) > 1 and all(line.startswith(("http://", "https://")) for line in lines)
    # With a file, the text counts only as links: browsers keep what was typed there before.
    if text and (not found or verification.is_web(text) or are_links):
        for item in dict.fromkeys(lines) if are_links else [text]:
            found.append(receipts.handed(item[:_NAME_MAX_LENGTH], item))
            _require_few(found)
    if not found:
        raise InvalidInput(general=[_("Choose a file, or put in a link or the text of a badge.")])
    return found


def _require_few(found: Sequence[Handed]) -> None:
    if len(found) > MOST:
        raise InvalidInput(
            general=[_("These are too many at a time. Send %(most)d or fewer.") % {"most": MOST}]
        )


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
