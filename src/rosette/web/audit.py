"""``/issuers/:id/history`` and ``/manage/audit``: who changed what, when and from where."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple, cast
from urllib.parse import urlencode

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from rosette.models import User
from rosette.operations import audit, chain, history
from rosette.operations.history import Event, Wanted
from rosette.operations.policies import Reach
from rosette.web.desk import Desk, at_issuer
from rosette.web.operator import administrator, before, manage_page

_ROWS: Final = 50
_TEXT_MAX: Final = 254

_SUBJECTS: Final[dict[str, str | Promise]] = {
    "account": _("Accounts"),
    "address": _("Mail addresses"),
    "api-key": _("API keys"),
    "application": _("Applications"),
    "audit": _("The audit log"),
    "award": _("Awards"),
    "badgeclass": _("Badges"),
    "claim": _("Requests for badges"),
    "claim-link": _("Links to badges"),
    "collection": _("Collections"),
    "consent": _("Consent to applications"),
    "device": _("Signed-in devices"),
    "domain": _("Domains"),
    "endorsement": _("Endorsements"),
    "identifier": _("Pages and numbers of people"),
    "invitation": _("Invitations"),
    "issuer": _("Issuers"),
    "job": _("Award jobs"),
    "key": _("Signing keys"),
    "mail": _("Mails sent by the server"),
    "passkey": _("Passkeys"),
    "password": _("Passwords"),
    "pathway": _("Pathways"),
    "provider": _("Linked accounts"),
    "receipt": _("Receipts of the verifier"),
    "second-step": _("Second steps"),
    "sign-in": _("Sign-ins"),
    "site": _("The whole site"),
    "staff": _("Staff"),
    "terms": _("Terms of use"),
    "token": _("Tokens"),
    "webhook": _("Webhooks"),
}
_AT_ISSUERS: Final = (
    "award",
    "badgeclass",
    "claim",
    "claim-link",
    "domain",
    "endorsement",
    "invitation",
    "issuer",
    "job",
    "pathway",
    "staff",
    "token",
    "webhook",
)
_VERBS: Final[dict[str, str | Promise]] = {
    "accept": _("accepted"),
    "activate": _("switched on"),
    "add": _("added"),
    "administrator": _("administration given or taken"),
    "agree": _("agreed to"),
    "amend": _("amended"),
    "archive": _("archived"),
    "ask": _("mail or message asked for"),
    "begin": _("begun"),
    "cancel": _("cancelled"),
    "change": _("changed"),
    "choose": _("kinds chosen"),
    "codes": _("new recovery codes"),
    "connect": _("linked"),
    "create": _("made"),
    "deactivate": _("switched off"),
    "decline": _("declined"),
    "delete": _("deleted"),
    "demo": _("samples loaded"),
    "disable": _("switched off by the server"),
    "disconnect": _("link ended"),
    "empty": _("emptied"),
    "end": _("ended"),
    "expire": _("expired"),
    "export": _("exported"),
    "forget": _("recipients forgotten"),
    "give": _("given"),
    "import": _("imported"),
    "lose": _("proof lost"),
    "move": _("moved"),
    "off": _("turned off"),
    "offer": _("offered to a wallet"),
    "on": _("turned on"),
    "open": _("opened again"),
    "ping": _("tried out"),
    "primary": _("made the first"),
    "prove": _("proven"),
    "publish": _("published or withdrawn"),
    "prune": _("old entries thrown away"),
    "recheck": _("checked anew"),
    "refuse": _("refused"),
    "reinstate": _("reinstated"),
    "reject": _("declined"),
    "remove": _("removed"),
    "replace": _("replaced"),
    "replay": _("told again"),
    "resend": _("mailed again"),
    "restore": _("restored from a backup"),
    "retry": _("tried again"),
    "resubscribe": _("subscribed again"),
    "revoke": _("revoked"),
    "rotate": _("replaced by a new one"),
    "set": _("set"),
    "share": _("shared"),
    "show": _("shown or hidden"),
    "suspend": _("suspended"),
    "take": _("taken by a wallet"),
    "test": _("tried out"),
    "unarchive": _("brought back"),
    "undo": _("undone"),
    "unsubscribe": _("unsubscribed"),
    "verify": _("confirmed"),
    "wallet": _("wallet chosen"),
    "withdraw": _("withdrawn"),
}
_ACTORS: Final[dict[str, str | Promise]] = {
    audit.OPERATOR: _("Whoever runs this server"),
    audit.SERVER: _("The server by itself"),
    "": _("Somebody unknown"),
}


class _Line(NamedTuple):
    """An entry as it is shown; ``person``: entity id of who it was, if a page may lead there."""

    event: Event
    subject: str | Promise
    verb: str | Promise
    who: str | Promise
    person: str
    details: str


@at_issuer(Reach.OWNER)
def at_desk(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/history``: what was changed at an issuer, for its owners."""
    subjects = {name: _SUBJECTS[name] for name in _AT_ISSUERS}
    wanted, query = _asked(request, subjects)
    found = history.of_issuer(desk.issuer, wanted, by=desk.by, limit=_ROWS + 1)
    # Of others than colleagues the owners know no name.
    colleagues = User.objects.filter(staff_rows__issuer=desk.issuer)
    context = {
        "tab": "history",
        "lines": _lines(found[:_ROWS], colleagues.filter),
        "subjects": subjects.items(),
        "asked": query,
        "older": _older(request, query, found),
    }
    return desk.page(request, "issuers/history", context)


@administrator
def of_site(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage/audit``: what was changed on this server."""
    wanted, query = _asked(request, _SUBJECTS)
    found = history.of_site(wanted, limit=_ROWS + 1, issuer=query.get("issuer", ""))
    context = {
        "lines": _lines(found[:_ROWS], User.objects.filter),
        "subjects": _SUBJECTS.items(),
        "asked": query,
        "older": _older(request, query, found),
        "table": f"/manage/audit.csv?{urlencode(query)}",
        "head": chain.head(),
    }
    return manage_page(request, "audit", context)


@administrator
def export(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage/audit.csv``: all that the filters let through, as it is read."""
    wanted, query = _asked(request, _SUBJECTS)
    events = history.every(wanted, issuer=query.get("issuer", ""))
    response = StreamingHttpResponse(
        history.csv_lines(events), content_type="text/csv; charset=utf-8"
    )
    name = f"changes-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return cast(HttpResponse, response)


def _asked(
    request: HttpRequest, subjects: dict[str, str | Promise]
) -> tuple[Wanted, dict[str, str]]:
    """What the filters say, and they as the query of an address; nonsense counts as nothing."""
    said = {name: request.GET.get(name, "").strip()[:_TEXT_MAX] for name in _FILTERS}
    since, until = _day(said["since"]), _day(said["until"], later=1)
    if said["what"] not in subjects:
        said["what"] = ""
    if since is None:
        said["since"] = ""
    if until is None:
        said["until"] = ""
    wanted = Wanted(
        action=said["what"],
        actor=said["by"],
        name=said["of"],
        since=since,
        until=until,
        below=before(request),
    )
    return wanted, {name: text for name, text in said.items() if text}


_FILTERS: Final = ("what", "by", "of", "issuer", "since", "until")


def _day(text: str, *, later: int = 0) -> datetime | None:
    """When the day begins for the reader, or one so much later."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if not 1970 <= day.year < 3000:  # nor is it beyond what can be counted on
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=later), time()))


def _lines(events: list[Event], people: Callable[..., Iterable[User]]) -> list[_Line]:
    names = {event.actor for event in events} - set(_ACTORS)
    known = {person.entity_id: person for person in people(entity_id__in=names)}
    return [_line(event, known.get(event.actor)) for event in events]


def _line(event: Event, person: User | None) -> _Line:
    subject, _dot, verb = event.action.partition(".")
    who = _ACTORS.get(event.actor) or (person.name if person else "") or event.actor
    return _Line(
        event,
        _SUBJECTS.get(subject, subject),
        _VERBS.get(verb, verb),
        who,
        event.actor if person else "",
        orjson.dumps(event.details, option=orjson.OPT_INDENT_2).decode() if event.details else "",
    )


def _older(request: HttpRequest, query: dict[str, Any], found: list[Event]) -> str:
    if len(found) <= _ROWS:
        return ""
    return f"{request.path}?{urlencode({**query, 'before': found[_ROWS - 1].number})}"
