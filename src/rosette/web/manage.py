"""``/manage``: how the server fares, its people, its issuers, and what it does by itself."""

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rosette.errors import InvalidInput, NotFound
from rosette.models import Issuer, Notice, User
from rosette.operations import (
    accounts,
    addresses,
    devices,
    doctor,
    house,
    issuers,
    notices,
    people,
    second_steps,
)
from rosette.operations.policies import Actor
from rosette.web.forms import Form, sent
from rosette.web.operator import administrator, before, manage_page
from rosette.web.visits import here, say, see

_A_PAGE: Final = 50
_CHART: Final = (600, 120)
_KINDS: Final = {
    "": gettext_lazy("Everybody"),
    "administrators": gettext_lazy("Administrators"),
    "inactive": gettext_lazy("Switched off"),
    "unverified": gettext_lazy("Without a confirmed address"),
}


class OwnerForm(Form):
    """Who shall own an issuer."""

    email = forms.EmailField(label=gettext_lazy("Email address of the new owner"), max_length=254)


@administrator
def dashboard(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage``: figures, the queue, the mails, the disk and what wants attention."""
    figures = house.figures()
    outbox = notices.outbox_state(troubled=0)
    findings = [check(settings.ROSETTE) for check in doctor.AT_A_GLANCE]
    disk = house.disk()
    shown = {
        "figures": figures,
        "bars": _bars([count for _, count in figures.days]),
        "chart": _CHART,
        "queue": house.queue(),
        "mails": outbox.counts,
        "findings": [finding for finding in findings if finding[1]],
        "free": disk.free,
        "used": 100 * (disk.total - disk.free) // max(disk.total, 1),
        "release": house.release(),
        "database": "PostgreSQL"
        if "postgresql" in settings.DATABASES["default"]["ENGINE"]
        else "SQLite",
    }
    return manage_page(request, "dashboard", shown)


@administrator
def list_people(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage/users``: found by name or address, and by kind."""
    wanted = request.GET.get("q", "").strip()[:200]
    kind: Any = request.GET.get("kind", "")
    if kind not in people.KINDS:
        kind = ""
    after = before(request)
    rows = people.page_of(wanted, kind, by=person, before=after, limit=_A_PAGE + 1)
    known = accounts.identities(rows[:_A_PAGE])
    query = {"q": wanted, "kind": kind}
    shown = {
        "people": [{"row": row, "addresses": known[row.pk].addresses} for row in rows[:_A_PAGE]],
        "q": wanted,
        "kind": kind,
        "kinds": _KINDS.items(),
        "newer": f"/manage/users?{urlencode(query)}" if after else "",
        "older": _older("/manage/users", query, [row.pk for row in rows]),
        "is_filtered": bool(wanted or kind),
    }
    return manage_page(request, "users", shown)


@administrator
def show_person(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``GET /manage/users/:id``: what an administrator may know; ``POST`` does one thing."""
    found = people.find(entity_id, by=person)
    if request.method == "POST":
        _change_person(request, found, by=person)
        return see(f"/manage/users/{entity_id}")
    shown = {
        "person": found,
        "addresses": found.addresses(),
        "identifiers": found.identifiers(),
        "roles": found.staff_rows.filter(issuer__deleted_at=None).select_related("issuer"),
        "two_step": second_steps.is_on(found),
        "devices": len(devices.of_person(found)),
        "is_oneself": found.pk == person.pk,
    }
    return manage_page(request, "user", shown)


def _change_person(request: HttpRequest, found: User, *, by: User) -> None:
    match request.POST.get("step"):
        case "deactivate":
            people.deactivate(found, by=by)
            undo = f"/manage/users/{found.entity_id}/activate"
            say(request, _("The account is switched off."), tone="warn", undo=undo)
        case "activate":
            people.activate(found, by=by)
            say(request, _("The account is switched on."))
        case "promote":
            people.set_administrator(found, True, by=by)
            say(request, _("They run the server now, as you do."))
        case "demote":
            people.set_administrator(found, False, by=by)
            say(request, _("They are no administrator any more."))
        case "sign-out":
            count = people.end_sessions(found, by=by)
            text = ngettext("%(count)s session has ended.", "%(count)s sessions have ended.", count)
            say(request, text % {"count": count})
        case "two-step-off":
            people.turn_off_second_step(found, by=by)
            say(request, _("Their password alone lets them in now. They are told by mail."))


@administrator
def activate(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``POST /manage/users/:id/activate``: takes back that an account was switched off."""
    found = people.find(entity_id, by=person)
    if request.method == "POST":
        people.activate(found, by=person)
        say(request, _("The account is switched on."))
    return see(f"/manage/users/{entity_id}")


@administrator
def list_issuers(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage/issuers``: found by name, address or mail."""
    wanted = request.GET.get("q", "").strip()[:200]
    after = before(request)
    rows = issuers.page_of(wanted, before=after, limit=_A_PAGE + 1)
    staff = issuers.staff(rows[:_A_PAGE])
    query = {"q": wanted}
    shown = {
        "issuers": [
            {
                "row": row,
                "owners": [item.user for item in staff.get(row.pk, []) if item.role == "owner"],
            }
            for row in rows[:_A_PAGE]
        ],
        "q": wanted,
        "newer": f"/manage/issuers?{urlencode(query)}" if after else "",
        "older": _older("/manage/issuers", query, [row.pk for row in rows]),
    }
    return manage_page(request, "issuers", shown)


@administrator
def show_issuer(request: HttpRequest, person: User, entity_id: str) -> HttpResponse:
    """``GET /manage/issuers/:id``: who works there; ``POST`` makes somebody its owner."""
    found = Issuer.objects.filter(entity_id=entity_id, deleted_at=None, source_url=None).first()
    if found is None:
        raise NotFound
    form = OwnerForm(sent(request))
    if request.method == "POST" and form.is_valid():
        owner = addresses.owned(addresses.normalised(form.cleaned_data["email"]))
        if owner is None:
            form.add_error("email", _("Nobody here has confirmed this address."))
        else:
            try:
                issuers.make_owner(found, owner.user, by=Actor.administrator(person))
            except InvalidInput as refusal:
                form.refuse(refusal)
            else:
                say(request, _("%(address)s owns the issuer now.") % {"address": owner.email})
                return see(f"/manage/issuers/{entity_id}")
    shown = {
        "issuer": found,
        "staff": issuers.staff([found]).get(found.pk, []),
        "counts": issuers.counts([found])[found.pk],
        "form": form,
    }
    return manage_page(request, "issuer", shown, 400 if form.errors else 200)


@administrator
def outbox(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage/mail``: what became of each mail; ``POST`` tries one once more."""
    state = request.GET.get("state", "")
    if state not in Notice.State.values:
        state = ""
    if request.method == "POST":
        notices.retry(_number(request.POST.get("number", "")))
        say(request, _("The mail is under way once more."))
        return see(here(request.POST.get("back", ""), "/manage/mail"))
    after = before(request)
    rows = notices.page_of(state, before=after, limit=_A_PAGE + 1)
    query = {"state": state}
    shown = {
        "mails": rows[:_A_PAGE],
        "state": state,
        "states": Notice.State.values,
        "counts": notices.outbox_state(troubled=0).counts,
        "newer": f"/manage/mail?{urlencode(query)}" if after else "",
        "older": _older("/manage/mail", query, [row.pk for row in rows]),
    }
    return manage_page(request, "mail", shown)


@administrator
def jobs(request: HttpRequest, person: User) -> HttpResponse:
    """``GET /manage/jobs``: what waits, what failed and why; ``POST`` tries one once more."""
    if request.method == "POST":
        house.retry(request.POST.get("number", ""))
        say(request, _("The job waits for its turn."))
        return see("/manage/jobs")
    shown = {
        "queue": house.queue(),
        "failed": house.failed_jobs(),
        "award_jobs": house.award_jobs(),
    }
    return manage_page(request, "jobs", shown)


def _older(address: str, query: dict[str, str], numbers: list[int]) -> str:
    """Where the list goes on, if there is one row more than a page holds."""
    if len(numbers) <= _A_PAGE:
        return ""
    return f"{address}?{urlencode({**query, 'before': numbers[_A_PAGE - 1]})}"


def _bars(counts: list[int]) -> list[dict[str, int]]:
    """The bars of the chart, in its own units; the highest reaches its top."""
    width, height = _CHART
    step = width // len(counts)
    highest = max(counts, default=0) or 1
    return [
        {
            "x": number * step + 2,
            "y": height - tall,
            "width": step - 4,
            "height": tall,
        }
        for number, count in enumerate(counts)
        for tall in [(height * count + highest - 1) // highest]
    ]


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise NotFound
    return int(text)
