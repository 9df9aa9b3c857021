"""``/badges/:id/award``: award one badge to one person, and see what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.core import signing
from django.core.validators import RegexValidator, URLValidator, validate_email
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput
from rosette.models import Assertion, BadgeClass
from rosette.models.assertions import AssertionRecord, assertion_records_named
from rosette.models.badgeclasses import badgeclass_record
from rosette.models.base import new_entity_id
from rosette.openbadges.recipient import Kind, normalised
from rosette.operations import assertions, recipients
from rosette.operations.assertions import Award
from rosette.operations.policies import Reach
from rosette.web import fields, previews
from rosette.web.calls import curl
from rosette.web.desk import Desk, at_award, at_badgeclass, at_issuer
from rosette.web.forms import Form, unjudged
from rosette.web.visits import is_partial, see

_SALT: Final = "rosette.award-once"
_EVIDENCE_MAX: Final = 20
_SUGGESTIONS: Final = 8
_EARLIEST: Final = datetime(1583, 1, 1).date()  # the first year of our calendar
_LATEST: Final = datetime(9998, 12, 31).date()  # a day on which it has ended everywhere
_telephone: Final = RegexValidator(r"^\+?[1-9][0-9]{1,14}$")
_web_address: Final = URLValidator(schemes=["http", "https"])


def recipient_of(text: str) -> tuple[str, Kind]:
    """The identity that somebody typed, and what it is. Raises ValidationError."""
    text = text.strip()
    if text.startswith(("http://", "https://")):
        _web_address(text)
        return text, "url"
    if "@" not in text and any(letter.isdigit() for letter in text):
        number = "".join(letter for letter in text if letter not in " -/().")
        _telephone(number)
        return number, "telephone"
    validate_email(text)
    return text, "email"


class AwardForm(Form):
    """Who receives it, and what is said about that."""

    recipient = forms.CharField(
        label=gettext_lazy("Who receives it?"),
        max_length=768,
        help_text=gettext_lazy(
            "A mail address. Begin to type, and people you have awarded before are found."
        ),
    )
    name = fields.Line(
        label=gettext_lazy("Name of the recipient"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("It becomes part of the badge; whoever sees the badge can read it."),
    )
    notify = forms.BooleanField(
        label=gettext_lazy("Tell them by mail"), required=False, initial=True
    )
    narrative = fields.Markdown(
        label=gettext_lazy("What was done"),
        required=False,
        help_text=gettext_lazy("Everybody who sees the badge can read it. You can use Markdown."),
    )
    issued_on = fields.Day(label=gettext_lazy("Awarded on"), required=False)
    expires_on = fields.Day(label=gettext_lazy("Good until"), required=False)

    def clean_recipient(self) -> tuple[str, Kind]:
        """An identity of a kind that we know."""
        try:
            return recipient_of(self.cleaned_data["recipient"])
        except forms.ValidationError as error:
            raise forms.ValidationError(
                _("This is no mail address, telephone number or web address.")
            ) from error

    def clean_issued_on(self) -> Any:
        """A day that has begun."""
        day = self.cleaned_data["issued_on"]
        if day and not _EARLIEST <= day <= timezone.localdate():
            raise forms.ValidationError(_("This day has to be today or in the past."))
        return day

    def clean(self) -> dict[str, Any]:
        """An end that comes after the beginning."""
        cleaned: dict[str, Any] = super().clean() or {}
        begin, end = cleaned.get("issued_on"), cleaned.get("expires_on")
        if end and end > _LATEST:
            self.add_error("expires_on", _("This day is too far away."))
        elif end and end < (begin or timezone.localdate()):
            self.add_error("expires_on", _("It would end before it begins."))
        return cleaned


class EvidenceForm(Form):
    """One piece of work that shows it."""

    url = fields.Url(label=gettext_lazy("Address of the work"), required=False)
    narrative = fields.Markdown(label=gettext_lazy("What it shows"), required=False)


def _evidence(rows: Any = None) -> Any:
    made = forms.formset_factory(
        EvidenceForm, extra=1, max_num=_EVIDENCE_MAX, absolute_max=_EVIDENCE_MAX + 1
    )
    return made(rows, prefix="evidence")


@at_badgeclass(Reach.STAFF)
def award(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id/award``: the form; ``POST`` awards, or warns, or previews."""
    if badgeclass.archived_at:
        return see(f"/badges/{badgeclass.entity_id}")  # where it says so
    if request.method != "POST":
        form = AwardForm(initial={"expires_on": _usual_end(badgeclass)})
        return _page(request, desk, badgeclass, form, _evidence())
    step = request.POST.get("step", "award")
    form = AwardForm(request.POST)
    rows = _evidence(
        fields.rows_sent(request, "evidence", most=_EVIDENCE_MAX, more=step == "evidence")
    )
    if is_partial(request):
        shown = {"mail": _mail(badgeclass, form)}
        return render(request, "web/assertions/_mail.html", shown)
    if step not in ("award", "anyway"):
        unjudged(form, rows)
        return _page(request, desk, badgeclass, form, rows)
    held: list[AssertionRecord] = []
    if form.is_valid() and rows.is_valid():
        record = badgeclass_record(badgeclass.entity_id, desk.by.user_id)
        assert record is not None
        pieces = [row.cleaned_data for row in rows if row.cleaned_data]
        wish = wish_of(form.cleaned_data, pieces, allow_duplicates=step == "anyway")
        try:
            made = assertions.award_once(
                record, wish, by=desk.by, name=_name_for(request, desk, badgeclass)
            )
        except InvalidInput as refusal:
            held = _held(badgeclass, wish)
            if not held:
                form.refuse(refusal)
        else:
            return see(f"/awards/{made.entity_id}/made")
    return _page(request, desk, badgeclass, form, rows, held=held, status=400)


@at_issuer(Reach.STAFF)
def known(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``POST /issuers/:id/recipients/known``: who may be meant by ``recipient``, for a script."""
    text = request.POST.get("recipient", "").strip()[:200]
    found = recipients.known(desk.issuer, text, by=desk.by, limit=_SUGGESTIONS) if text else []
    return render(request, "web/assertions/_known.html", {"found": found})


@at_award(Reach.STAFF)
def made(
    request: HttpRequest, desk: Desk, award: AssertionRecord, badgeclass: BadgeClass
) -> HttpResponse:
    """``GET /awards/:id/made``: what was just done, and how a program would do it."""
    context = {
        "award": award,
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "recipient_name": recipients.name_of(award),
        "call": call(award, badgeclass),
    }
    return desk.page(request, "assertions/made", context)


def call(award: AssertionRecord, badgeclass: BadgeClass) -> str:
    """How a program would make this award."""
    body: dict[str, Any] = {
        "recipient": {"identity": award.recipient_identity, "type": award.recipient_kind}
    }
    if award.narrative:
        body["narrative"] = award.narrative
    if award.evidence:
        body["evidence"] = award.evidence
    if award.issued_on != award.created_at:
        body["issuedOn"] = award.issued_on
    if award.expires_on:
        body["expires"] = award.expires_on
    if award.extensions:
        body["extensions"] = award.extensions
    body["notify"] = award.notice_state is not None
    return curl("POST", f"/v2/badgeclasses/{badgeclass.entity_id}/assertions", body)


def _page(
    request: HttpRequest,
    desk: Desk,
    badgeclass: BadgeClass,
    form: AwardForm,
    rows: "BaseFormSet[EvidenceForm]",
    *,
    held: list[AssertionRecord] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "form": form,
        "evidence": rows,
        "held": held,
        "once": request.POST.get("once") or _once(desk, badgeclass),
        "mail": _mail(badgeclass, form),
        "earlier": recipients.known(desk.issuer, by=desk.by, limit=50),
    }
    return desk.page(request, "assertions/award", context, status)


def wish_of(
    said: Mapping[str, Any], pieces: Sequence[Mapping[str, str]], *, allow_duplicates: bool
) -> Award:
    """The award that a form asks for, of what was found good in it and in its evidence."""
    identity, kind = said["recipient"]
    day = said["issued_on"]
    return Award(
        identity=identity,
        kind=kind,
        narrative=said["narrative"],
        evidence=[
            {"url": piece["url"] or None, "narrative": piece["narrative"] or None}
            for piece in pieces
            if piece["url"] or piece["narrative"]
        ],
        issued_on=fields.begin_of(day) if day and day != timezone.localdate() else None,
        expires_on=fields.end_of(said["expires_on"]) if said["expires_on"] else None,
        notify=said["notify"],
        allow_duplicates=allow_duplicates,
        extensions=recipients.profile(said["name"]),
    )


def _held(badgeclass: BadgeClass, wish: Award) -> list[AssertionRecord]:
    """The valid awards of this badge that the person has already."""
    found = Assertion.objects.filter(
        badgeclass=badgeclass,
        recipient_kind=wish.kind,
        recipient_identity=normalised(wish.identity, wish.kind),
        revoked_at=None,
    ).exclude(expires_on__lt=timezone.now())
    names = found.order_by("-pk").values_list("entity_id", flat=True)[:5]
    return list(assertion_records_named(names).values())


def _once(desk: Desk, badgeclass: BadgeClass) -> str:
    """The name that the award will have, for this person and badge class alone."""
    return signing.dumps([new_entity_id(), desk.person.pk, badgeclass.pk], salt=_SALT)


def _name_for(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> str:
    """The name that the form was given; a new one if it was for something else."""
    try:
        name, person, number = signing.loads(request.POST.get("once", ""), salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return new_entity_id()
    is_for_this = (person, number) == (desk.person.pk, badgeclass.pk)
    return str(name) if is_for_this else new_entity_id()


def _usual_end(badgeclass: BadgeClass) -> Any:
    """Until when an award of today is meant to be good, as the badge class says."""
    amount = badgeclass.expires_amount
    if not amount:
        return None
    days = {"days": 1, "weeks": 7, "months": 30.4375, "years": 365.25}
    try:
        return timezone.localdate() + timedelta(days=amount * days[badgeclass.expires_duration])
    except (OverflowError, KeyError):
        return None


def _mail(badgeclass: BadgeClass, form: AwardForm) -> dict[str, Any]:
    """The mail that the recipient would get."""
    award = Assertion(entity_id=new_entity_id(), badgeclass=badgeclass, issuer=badgeclass.issuer)
    try:
        identity, kind = recipient_of(str(form["recipient"].value() or ""))
        award.recipient_identity = normalised(identity, kind) if kind == "email" else ""
    except forms.ValidationError:
        award.recipient_identity = ""
    award.recipient_identity = award.recipient_identity or "name@example.org"
    return previews.mail(award, previews.stored(badgeclass.image))
