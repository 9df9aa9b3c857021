"""``/issuers/:id/awards``: the awards of an issuer as a table, and as a file."""

import binascii
import csv
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Final, NamedTuple, cast

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.text import slugify

from rosette.models import BadgeClass, Issuer
from rosette.models.assertions import AssertionRecord
from rosette.operations import recipients, register
from rosette.operations.register import STATES, Filters, Place
from rosette.web import desk as desks
from rosette.web import fields, searches
from rosette.web.desk import Desk, at_issuer
from rosette.web.visits import see

_ROWS: Final = 50
_NAMES: Final = ("badge", "state", "since", "until")
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class Asked(NamedTuple):
    """What the address asks for: as typed, and as filters; ``is_any``: whether it asks at all."""

    words: dict[str, str]
    filters: Filters
    is_any: bool


@at_issuer()
def awards(request: HttpRequest, desk: Desk) -> HttpResponse:
    """
    ``GET /issuers/:id/awards``: filtered by what its address says; ``POST`` leads there.

    A person is looked for by POST, because their address is nobody's business on the way.
    """
    if request.method == "POST":
        return see(_address(request, _typed(request)))
    asked = _asked(request, desk.issuer)
    older, newer = _place(request, "older"), _place(request, "newer")
    found = register.page(
        desk.issuer, asked.filters, by=desk.by, size=_ROWS, older_than=older, newer_than=newer
    )
    names = desks.named(found.awards)
    now = timezone.now()
    query = _query(asked.words)
    context = {
        "tab": "awards",
        "rows": [
            {
                "award": award,
                "name": recipients.name_of(award),
                "badge": names[award.badgeclass_id],
                "state": desks.state(register.state_of(award, at=now)),
            }
            for award in found.awards
        ],
        "asked": asked.words,
        "is_filtered": asked.is_any,
        "badges": BadgeClass.objects.filter(issuer=desk.issuer, deleted_at=None).order_by("name"),
        "states": [desks.state(name) for name in STATES],
        "newer": _beside(request, query, "newer", found.awards[:1]) if found.has_newer else "",
        "older": _beside(request, query, "older", found.awards[-1:]) if found.has_older else "",
        "file": f"{request.path}.csv" + (f"?{urlencode(query)}" if query else ""),
    }
    return desk.page(request, "assertions/register", context)


@at_issuer()
def export(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/awards.csv``: all that the filters let through, as it is read."""
    asked = _asked(request, desk.issuer)
    names = dict(BadgeClass.objects.filter(issuer=desk.issuer).values_list("pk", "name"))
    found = register.every(desk.issuer, asked.filters, by=desk.by)
    response = StreamingHttpResponse(_lines(found, names), content_type="text/csv; charset=utf-8")
    name = f"{slugify(desk.issuer.name) or 'awards'}-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return cast(HttpResponse, response)


def safe(value: object) -> str:
    """
    A cell that no program takes for a formula: what would begin one gets an apostrophe before it.

    (OWASP, "CSV Injection".)
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def _lines(found: Iterable[AssertionRecord], names: dict[int, str]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    head = ("award", "badge", "recipient", "kind", "name", "state", "issuedOn", "expires")
    # The mark tells programs for tables that this is UTF-8.
    yield "\ufeff" + cast(str, writer.writerow([*head, "revocationReason", "acceptance"]))
    now = timezone.now()
    for award in found:
        cells = (
            *(award.entity_id, names.get(award.badgeclass_id, "")),
            *(award.recipient_identity, award.recipient_kind, recipients.name_of(award)),
            *(register.state_of(award, at=now), _moment(award.issued_on)),
            *(_moment(award.expires_on), award.revocation_reason, award.acceptance),
        )
        yield cast(str, writer.writerow([safe(cell) for cell in cells]))


def _moment(value: datetime | None) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""


def _asked(request: HttpRequest, issuer: Issuer) -> Asked:
    """What the address asks for; what makes no sense in it is left out."""
    words = {name: request.GET.get(name, "").replace("\0", "")[:254] for name in _NAMES}
    words["person"] = searches.opened(request.GET.get("who", ""))
    badgeclass = None
    if words["badge"]:
        found = BadgeClass.objects.filter(issuer=issuer, entity_id=words["badge"])
        badgeclass = found.values_list("pk", flat=True).first() or 0
    since, until = _day(words["since"]), _day(words["until"])
    filters = Filters(
        badgeclass=badgeclass,
        person=words["person"],
        state=words["state"] if words["state"] in STATES else "",
        since=fields.begin_of(since) if since else None,
        until=fields.end_of(until) if until else None,
    )
    return Asked(words, filters, is_any=filters != Filters())


def _typed(request: HttpRequest) -> dict[str, str]:
    words = {name: request.POST.get(name, "").strip()[:254] for name in _NAMES}
    words["person"] = request.POST.get("person", "").strip()[:200]
    return words


def _query(words: dict[str, str]) -> dict[str, str]:
    query = {name: words[name] for name in _NAMES if words[name]}
    if words["person"]:
        query["who"] = searches.sealed(words["person"])
    return query


def _address(request: HttpRequest, words: dict[str, str]) -> str:
    query = _query(words)
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _beside(
    request: HttpRequest, query: dict[str, str], way: str, at: list[AssertionRecord]
) -> str:
    if not at:
        return ""
    place = register.place_of(at[0])
    micros = int(place.at.replace(microsecond=0).timestamp()) * 1_000_000 + place.at.microsecond
    token = urlsafe_b64encode(orjson.dumps([micros, place.number])).decode().rstrip("=")
    return f"{request.path}?{urlencode({**query, way: token})}"


def _place(request: HttpRequest, way: str) -> Place | None:
    """The place that the address names; None for none, and for nonsense."""
    text = request.GET.get(way, "")
    if not text:
        return None
    try:
        micros, number = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        at = datetime.fromtimestamp(micros // 1_000_000, UTC).replace(
            microsecond=micros % 1_000_000
        )
        return Place(at, number) if type(number) is int and 0 <= number < 2**63 else None
    except (binascii.Error, ValueError, TypeError, OverflowError, OSError):
        return None


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1 < day.year < 9999 else None
