"""``/awards/:id``: one award as its issuer sees it, and what can be done with it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import orjson
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput, TryLater
from rosette.models import BadgeClass, Notice, Visibility
from rosette.models.assertions import AssertionRecord, kept_assertions
from rosette.models.notices import GIVEN_UP
from rosette.operations import (
    addresses,
    assertions,
    credentials,
    publishing,
    recipients,
    register,
    suspensions,
)
from rosette.operations.policies import Reach
from rosette.web import desk as desks
from rosette.web import fields, previews
from rosette.web.awarding import call
from rosette.web.desk import Desk, at_award
from rosette.web.forms import Form, texts_of
from rosette.web.visits import say, see

_REASON_MAX_LENGTH: Final = 255


class ReasonForm(Form):
    """Why something is taken back, or does not hold."""

    reason = fields.Line(
        label=gettext_lazy("Reason"),
        max_length=_REASON_MAX_LENGTH,
        help_text=gettext_lazy("Everybody who looks at the badge will read it."),
    )


class NameForm(Form):
    """What the recipient is called."""

    name = fields.Line(
        label=gettext_lazy("Name of the recipient"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("It is part of the badge. Leave it empty to take it out."),
    )


class MoveForm(Form):
    """To which address an award goes."""

    email = forms.EmailField(label=gettext_lazy("New mail address"), max_length=254)


@at_award()
def award(
    request: HttpRequest, desk: Desk, award: AssertionRecord, badgeclass: BadgeClass
) -> HttpResponse:
    """``GET /awards/:id``: what it says, what became of it, and its documents."""
    state = register.state_of(award, at=timezone.now())
    notices = list(Notice.objects.filter(assertion_id=award.id).order_by("pk"))
    is_public = award.visibility == Visibility.PUBLIC
    holds = award.revoked_at is None
    context = {
        "award": award,
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "recipient_name": recipients.name_of(award),
        "state": desks.state(state),
        "timeline": sorted(_timeline(award, notices), key=lambda event: event["at"]),
        "is_public": is_public,
        "documents": _documents(award) if is_public else [],
        "call": call(award, badgeclass),
        "can_resend": desk.can_award and holds and award.recipient_kind == "email",
        "can_change": desk.can_edit and holds,
        "can_suspend": desk.can_edit and holds and badgeclass.suspendable,
    }
    return desk.page(request, "assertions/detail", context)


@at_award(Reach.STAFF)
def resend(
    request: HttpRequest, desk: Desk, award: AssertionRecord, badgeclass: BadgeClass
) -> HttpResponse:
    """``POST /awards/:id/resend``: mail the recipient once more."""

    def done() -> None:
        assertions.resend(award, by=desk.by)
        say(request, _("The mail is on its way once more."))

    return _done(request, award, done)


@at_award(Reach.EDITOR)
def revoke(
    request: HttpRequest, desk: Desk, award: AssertionRecord, badgeclass: BadgeClass
) -> HttpResponse:
    """``GET /awards/:id/revoke`` says what would happen, and ``POST`` does it."""

    def done(said: dict[str, Any]) -> None:
        assertions.revoke(award, reason=said["reason"], by=desk.by)
        say(request, _("The award was revoked."))

    return _asked(request, desk, award, badgeclass, "revoke", ReasonForm, done)


@at_award(Reach.EDITOR)
def suspend(
    request: HttpRequest, desk: Desk, award: AssertionRecord, badgeclass: BadgeClass
) -> HttpResponse:
    """``GET /awards/:id/suspend``: the form; ``POST`` lets the award not hold for a while."""

    def done(said: dict[str, Any]) -> None:
        suspensions.suspend(award, reason=said["reason"], by=desk.by)
        again = f"/awards/{award.entity_id}/reinstate"
        say(request, _("The award is suspended."), undo=again)

    return _asked(request, desk, award, badgeclass, "suspend", ReasonForm, done)


@at_award(Reach.EDITOR)
def reinstate(
    request: HttpRequest, desk: Desk, award: AssertionRecord, badgeclass: BadgeClass
) -> HttpResponse:
    """``POST /awards/:id/reinstate``: let the suspended award hold again."""

    def done() -> None:
        suspensions.reinstate(award, by=desk.by)
        say(request, _("The award holds again."))

    return _done(request, award, done)


@at_award(Reach.EDITOR)
def rename(
    request: HttpRequest, desk: Desk, award: AssertionRecord, badgeclass: BadgeClass
) -> HttpResponse:
    """``GET /awards/:id/name``: the form; ``POST`` corrects what the recipient is called."""

    def done(said: dict[str, Any]) -> None:
        others = {
            name: value for name, value in award.extensions.items() if name != recipients.PROFILE
        }
        extensions = {**others, **recipients.profile(said["name"])}
        assertions.amend(award, {"extensions": extensions}, by=desk.by)
        say(request, _("The name was corrected."))

    initial = {"name": recipients.name_of(award)}
    return _asked(request, desk, award, badgeclass, "name", NameForm, done, initial)


@at_award(Reach.EDITOR)
def move(
    request: HttpRequest, desk: Desk, award: AssertionRecord, badgeclass: BadgeClass
) -> HttpResponse:
    """``GET /awards/:id/move`` says what would happen; ``POST`` gives it to another address."""

    def done(said: dict[str, Any]) -> None:
        if addresses.normalised(said["email"]) == award.recipient_identity:
            raise InvalidInput({"email": [_("The award is at this address already.")]})
        assertions.move(award, said["email"], by=desk.by)
        say(request, _("The award went to the new address, which gets a mail."))

    return _asked(request, desk, award, badgeclass, "move", MoveForm, done)


def _done(request: HttpRequest, award: AssertionRecord, done: Callable[[], None]) -> HttpResponse:
    """The award again, after what only POST does; or why it was not done."""
    if request.method == "POST":
        try:
            done()
        except InvalidInput as refusal:
            say(request, " ".join(texts_of(refusal)), tone="bad")
        except TryLater:
            say(
                request,
                _("A mail went out less than five minutes ago. Please wait a little."),
                tone="warn",
            )
    return see(f"/awards/{award.entity_id}")


def _asked(
    request: HttpRequest,
    desk: Desk,
    award: AssertionRecord,
    badgeclass: BadgeClass,
    template: str,
    kind: type[Form],
    done: Callable[[dict[str, Any]], None],
    initial: dict[str, Any] | None = None,
) -> HttpResponse:
    """The form of this kind; once it is filled in and ``done``, the award again."""
    form = kind(request.POST) if request.method == "POST" else kind(initial=initial)
    if form.is_bound and form.is_valid():
        try:
            done(form.cleaned_data)
            return see(f"/awards/{award.entity_id}")
        except InvalidInput as refusal:
            form.refuse(refusal)
    context = {
        "award": award,
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "recipient_name": recipients.name_of(award),
        "form": form,
    }
    status = 400 if form.is_bound else 200
    return desk.page(request, f"assertions/{template}", context, status)


def _timeline(award: AssertionRecord, notices: list[Notice]) -> Iterator[dict[str, Any]]:
    def event(at: datetime, sign: str, text: str, more: str = "") -> dict[str, Any]:
        return {"at": at, "sign": sign, "text": text, "more": more}

    yield event(award.created_at, "award", _("Awarded"))
    for notice in notices:
        yield event(notice.created_at, "mail", _("Mail asked for"))
        if notice.sent_at:
            yield event(notice.sent_at, "send", _("Mail sent"))
        elif notice.state in GIVEN_UP:
            bounced = notice.state == Notice.State.BOUNCED
            said = _("Mail bounced") if bounced else _("Mail failed")
            yield event(notice.due_at, "circle-alert", said, notice.last_error)
        elif notice.state == Notice.State.HELD:
            yield event(notice.due_at, "calendar", _("Told in the recipient's daily mail"))
        elif notice.state == Notice.State.CAPTURED:
            yield event(notice.due_at, "inbox", _("Mail captured in the inbox of the sandbox"))
        elif notice.state == Notice.State.SKIPPED:
            yield event(notice.due_at, "mail", _("Mail not sent: it is not wanted, or of no use"))
    if award.suspended_at:
        yield event(award.suspended_at, "pause", _("Suspended"), award.suspension_reason)
    if award.revoked_at:
        yield event(award.revoked_at, "ban", _("Revoked"), award.revocation_reason)


def _documents(award: AssertionRecord) -> list[dict[str, str]]:
    """The award as Open Badges 2.0 and, unsigned, as 3.0."""
    row = kept_assertions([award.id])[award.id]
    as_2_0 = publishing.written(publishing.credential(row), "2_0", pretty=True).decode()
    as_3_0 = orjson.dumps(credentials.draft(row).document, option=orjson.OPT_INDENT_2).decode()
    address = f"/public/assertions/{award.entity_id}"
    return [
        {"name": "Open Badges 2.0", "text": as_2_0, "address": f"{address}.json"},
        {"name": "Open Badges 3.0", "text": as_3_0, "address": f"{address}?v=3_0"},
    ]
