"""``/issuers/:id/endorsements``: what others say of an issuer, and what it says of others."""

from typing import Any, Final, Literal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette.errors import InvalidInput
from rosette.models import BadgeClass, Endorsement, Issuer
from rosette.operations import endorsements
from rosette.operations.endorsements import COMMENT_MAX_LENGTH
from rosette.operations.policies import Reach
from rosette.web import fields
from rosette.web.desk import Desk, at_issuer
from rosette.web.forms import Form, sent, texts_of
from rosette.web.visits import page, say, see

_ROWS: Final = 50
_ITSELF: Final = "itself"
_AWARD: Final = "award"
_STATES: Final = {
    ("asked", ""): (gettext_lazy("Asked for"), "calm", "hourglass"),
    ("declined", ""): (gettext_lazy("Declined"), "warn", "circle-x"),
    ("withdrawn", ""): (gettext_lazy("Withdrawn"), "bad", "ban"),
    ("given", "waiting"): (gettext_lazy("Given, not shown yet"), "calm", "hourglass"),
    ("given", "shown"): (gettext_lazy("Shown"), "good", "circle-check"),
    ("given", "hidden"): (gettext_lazy("Not shown"), "", "eye-off"),
}


class CommentForm(Form):
    """What is said of something."""

    comment = fields.Markdown(
        label=gettext_lazy("What you say of it"),
        max_length=COMMENT_MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy(
            "It is published and signed in the name of your issuer, and cannot be changed; "
            "you can withdraw it later."
        ),
    )


class GiveForm(CommentForm):
    """What is endorsed, and what is said of it."""

    field_order = ("about", "comment")
    about = fields.Url(
        label=gettext_lazy("Address of what you endorse"),
        help_text=gettext_lazy(
            "The address of the public page of a badge, an award or an issuer on this site."
        ),
    )


class AskForm(Form):
    """Who is asked, of what, and why. ``badges``: those of the issuer."""

    endorser = fields.Url(
        label=gettext_lazy("Whom you ask"),
        help_text=gettext_lazy("The address of the public page of another issuer on this site."),
    )
    about = forms.ChoiceField(label=gettext_lazy("What they shall endorse"))
    award = fields.Url(
        label=gettext_lazy("Address of the award"),
        required=False,
        help_text=gettext_lazy("If it is a single award: the address of its public page."),
    )
    wish = fields.Text(
        label=gettext_lazy("A word to them"),
        required=False,
        max_length=2000,
    )

    def __init__(self, *args: Any, issuer: Issuer, badges: list[BadgeClass], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about = self.fields["about"]
        assert isinstance(about, forms.ChoiceField)
        about.choices = [
            (_ITSELF, issuer.name),
            *((badge.entity_id, badge.name) for badge in badges),
            (_AWARD, _("A single award")),
        ]


class WithdrawForm(Form):
    """Why an endorsement is withdrawn."""

    reason = fields.Line(
        label=gettext_lazy("Why you withdraw it"),
        max_length=255,
        help_text=gettext_lazy("Everybody can read it where the endorsement was."),
    )


@at_issuer()
def index(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/endorsements``: of one's own things, or (``?side=by``) of others'."""
    side: Literal["by", "of"] = "by" if request.GET.get("side") == "by" else "of"
    before = request.GET.get("before", "")
    found = endorsements.page_of(
        desk.issuer,
        side,
        by=desk.by,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
        limit=_ROWS + 1,
    )
    older = ""
    if len(found) > _ROWS:
        query = urlencode({"side": side, "before": found[_ROWS - 1].pk})
        older = f"{request.path}?{query}"
    context = {
        "tab": "endorsements",
        "side": side,
        "rows": [_row(item) for item in found[:_ROWS]],
        "older": older,
        # Where an empty list leads whoever may do something about it.
        "ask": f"/issuers/{desk.issuer.entity_id}/endorsements/ask" if desk.can_edit else "",
        "give": f"/issuers/{desk.issuer.entity_id}/endorsements/give" if desk.can_edit else "",
    }
    return desk.page(request, "endorsements/index", context)


@at_issuer(Reach.EDITOR)
def ask(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/endorsements/ask``: the form; ``POST`` asks another issuer."""
    issuer = desk.issuer
    badges = list(BadgeClass.objects.filter(issuer=issuer, deleted_at=None).order_by("name", "pk"))
    initial = {"about": request.GET.get("badge", "")}
    form = AskForm(sent(request), issuer=issuer, badges=badges, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            endorser = endorsements.issuer_at(said["endorser"])
            if said["about"] == _ITSELF:
                subject: endorsements.Subject = issuer
            elif said["about"] == _AWARD:
                subject = endorsements.subject_at(said["award"])
            else:
                subject = next(badge for badge in badges if badge.entity_id == said["about"])
                subject.issuer = issuer
            endorsements.ask(subject, endorser, said["wish"], by=desk.by)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            say(request, _("“%(name)s” has been asked.") % {"name": endorser.name})
            return see(f"/issuers/{issuer.entity_id}/endorsements")
    context = {"tab": "endorsements", "form": form}
    return desk.page(request, "endorsements/ask", context, 400 if form.is_bound else 200)


@at_issuer(Reach.EDITOR)
def give(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/endorsements/give``: the form; ``POST`` endorses something of others."""
    form = GiveForm(sent(request), initial={"about": request.GET.get("about", "")[:1000]})
    if request.method == "POST" and form.is_valid():
        try:
            subject = endorsements.subject_at(form.cleaned_data["about"])
            comment = form.cleaned_data["comment"]
            made = endorsements.give(desk.issuer, subject, comment, by=desk.by)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            say(request, _("The endorsement is published. Its owner decides whether to show it."))
            return see(f"/issuers/{desk.issuer.entity_id}/endorsements/{made.entity_id}")
    context = {"tab": "endorsements", "form": form}
    return desk.page(request, "endorsements/give", context, 400 if form.is_bound else 200)


@at_issuer()
def one(request: HttpRequest, desk: Desk, entity_id: str) -> HttpResponse:
    """``GET /issuers/:id/endorsements/:id``: what it says; ``POST`` takes the next step."""
    found = endorsements.find(entity_id, desk.issuer)
    if request.method == "POST":
        if not desk.can_edit:
            return page(request, "refused/not_permitted", {"section": "issuers"}, 403)
        return _done(request, desk, found)
    return _shown(request, desk, found, CommentForm(), WithdrawForm())


def _done(request: HttpRequest, desk: Desk, found: Endorsement) -> HttpResponse:
    step = request.POST.get("step")
    comment = CommentForm(request.POST if step == "give" else None)
    withdrawal = WithdrawForm(request.POST if step == "withdraw" else None)
    by = desk.by
    try:
        match step:
            case "show" | "hide":
                endorsements.show(found, is_shown=step == "show", by=by)
                said = _("It is shown.") if step == "show" else _("It is not shown.")
            case "decline":
                endorsements.decline(found, by=by)
                said = _("You do not give it.")
            case "unask":
                endorsements.take_back(found, by=by)
                say(request, _("You ask no longer."))
                return see(f"/issuers/{desk.issuer.entity_id}/endorsements")
            case "give" if comment.is_valid():
                endorsements.answer(found, comment.cleaned_data["comment"], by=by)
                said = _("The endorsement is published.")
            case "withdraw" if withdrawal.is_valid():
                endorsements.withdraw(found, withdrawal.cleaned_data["reason"], by=by)
                said = _("The endorsement is withdrawn.")
            case _:
                return _shown(request, desk, found, comment, withdrawal, 400)
    except InvalidInput as refusal:
        said = " ".join(texts_of(refusal))
        say(request, said, tone="bad")
        return see(request.path)
    say(request, said)
    return see(request.path)


def _shown(
    request: HttpRequest,
    desk: Desk,
    found: Endorsement,
    comment: CommentForm,
    withdrawal: WithdrawForm,
    status: int = 200,
) -> HttpResponse:
    context = {
        "tab": "endorsements",
        "row": _row(found),
        "is_endorser": found.endorser_id == desk.issuer.pk,
        "comment": comment,
        "withdrawal": withdrawal,
        "mistaken": comment if comment.is_bound else withdrawal,
    }
    return desk.page(request, "endorsements/one", context, status)


def _row(found: Endorsement) -> dict[str, Any]:
    word, tone, sign = _STATES[found.state, found.shown if found.state == "given" else ""]
    return {
        "item": found,
        "about": _address(found),
        "state": {"word": word, "tone": tone, "sign": sign},
    }


def _address(found: Endorsement) -> str:
    if found.issuer:
        return f"/public/issuers/{found.issuer.entity_id}"
    if found.badgeclass:
        return f"/public/badges/{found.badgeclass.entity_id}"
    assert found.assertion is not None
    return f"/public/assertions/{found.assertion.entity_id}"
