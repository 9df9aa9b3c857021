"""``/badges/:id/links``: links and QR codes by which people get the badge, and who asks for it."""

import re
from typing import Any, Final

import segno
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rosette.errors import InvalidInput, NotFound
from rosette.images import InvalidImage
from rosette.look import moment
from rosette.models import BadgeClass, ClaimLink
from rosette.operations import claim_links, pictures, posters
from rosette.operations.claim_links import Wish
from rosette.operations.policies import Reach
from rosette.web import fields, previews
from rosette.web.desk import Desk, at_badgeclass
from rosette.web.forms import Form, texts_of
from rosette.web.visits import is_partial, say, see

STATES: Final = {
    "upcoming": (gettext_lazy("Not open yet"), "calm", "clock"),
    "open": (gettext_lazy("Open"), "good", "circle-check"),
    "full": (gettext_lazy("All given out"), "warn", "users"),
    "expired": (gettext_lazy("Closed"), "warn", "lock"),
}
_ROWS: Final = 50
_DOMAIN: Final = re.compile(r"(?=.{3,253}$)[\w-]{1,63}(\.[\w-]{1,63})+")


class Moment(forms.DateTimeField):
    """A moment of the reader's calendar and clock."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
        super().__init__(input_formats=["%Y-%m-%dT%H:%M"], required=False, widget=widget, **kwargs)


class LinkForm(Form):
    """What a link is to be."""

    title = fields.Line(
        label=gettext_lazy("Title"),
        max_length=200,
        help_text=gettext_lazy("What it is for, such as the name of an event."),
    )
    place = fields.Line(label=gettext_lazy("Place"), max_length=200, required=False)
    opens_at = Moment(label=gettext_lazy("Opens"))
    closes_at = Moment(label=gettext_lazy("Closes"))
    limit = forms.IntegerField(
        label=gettext_lazy("At most so many badges"),
        required=False,
        min_value=1,
        max_value=1_000_000,
    )
    is_automatic = forms.TypedChoiceField(
        label=gettext_lazy("Who gets it?"),
        coerce=lambda text: text == "True",
        choices=[
            ("True", gettext_lazy("Everybody who opens the link, at once")),
            ("False", gettext_lazy("Whoever I approve")),
        ],
        widget=forms.RadioSelect,
        initial="True",
    )
    domains = forms.CharField(
        label=gettext_lazy("Only for addresses of these domains"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Such as school.example, other.example. Leave it empty for all."),
    )

    def clean_domains(self) -> tuple[str, ...]:
        """The domains, as addresses are kept."""
        found = re.split(r"[\s,;]+", self.cleaned_data["domains"].lower().strip(" ,;"))
        domains = tuple(dict.fromkeys(text.removeprefix("@") for text in found if text))
        if any(not _DOMAIN.fullmatch(text) for text in domains):
            raise forms.ValidationError(_("This is no domain."))
        return domains


@at_badgeclass(Reach.STAFF)
def index(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id/links``: all links of the badge, and a form; ``POST`` makes one."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = claim_links.make(badgeclass, Wish(**form.cleaned_data), by=desk.by)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            return see(_address(made, badgeclass))
    links = claim_links.of_badgeclass(badgeclass)
    context = {
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "form": form,
        "links": [{"row": link, "state": _state(link)} for link in links],
        "zone": timezone.get_current_timezone_name(),
    }
    return desk.page(request, "claim_links/index", context, 400 if form.errors else 200)


@at_badgeclass(Reach.STAFF)
def link(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, link_id: str) -> HttpResponse:
    """``GET /badges/:id/links/:link``: the QR code, numbers, requests; ``POST`` decides."""
    row = claim_links.of_desk(link_id, badgeclass)
    if request.method == "POST":
        step = request.POST.get("step", "")
        try:
            if step in ("end", "open"):
                claim_links.end(row, by=desk.by, ended=step == "end")
            elif step == "decline":
                reason = request.POST.get("reason", "").replace("\0", "").strip()[:500]
                claim_links.decline(row, request.POST.get("request", ""), reason=reason, by=desk.by)
                say(request, _("Declined. They are told by mail."))
            elif step in ("approve", "approve-all"):
                chosen = request.POST.getlist("request") if step == "approve" else None
                _approve(request, desk, row, chosen)
            else:
                raise NotFound
        except InvalidInput as refusal:
            say(request, " ".join(texts_of(refusal)), tone="bad")
        return see(request.path)
    after = request.GET.get("after", "")
    beyond = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else 0
    waiting = claim_links.requests_of(row, "waiting", limit=_ROWS + 1, after=beyond)
    older = ""
    if len(waiting) > _ROWS:
        older = f"{request.path}?{urlencode({'after': waiting[_ROWS - 1].pk})}"
    context = {
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "link": row,
        "state": _state(row),
        "url": url(row),
        "qr": _qr(row),
        "waiting": waiting[:_ROWS],
        "older": older,
        "newer": request.path if beyond else "",
        "awarded": claim_links.requests_of(row, "awarded", limit=_ROWS),
        "address": _address(row, badgeclass),
    }
    return desk.page(request, "claim_links/link", context)


@at_badgeclass(Reach.STAFF)
def edit(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, link_id: str) -> HttpResponse:
    """``GET …/edit``: the form; ``POST`` changes the link."""
    row = claim_links.of_desk(link_id, badgeclass)
    initial = {name: getattr(row, name) for name in Wish._fields}
    initial["domains"] = ", ".join(row.domains)
    form = LinkForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            claim_links.change(row, Wish(**form.cleaned_data), by=desk.by)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            say(request, _("The link was changed."))
            return see(_address(row, badgeclass))
    context = {
        "badgeclass": badgeclass,
        "form": form,
        "link": row,
        "address": _address(row, badgeclass),
        "zone": timezone.get_current_timezone_name(),
    }
    return desk.page(request, "claim_links/edit", context, 400 if form.errors else 200)


@at_badgeclass(Reach.STAFF)
def poster(request: HttpRequest, desk: Desk, badgeclass: BadgeClass, link_id: str) -> HttpResponse:
    """``GET …/poster.pdf``: a page to hang up."""
    row = claim_links.of_desk(link_id, badgeclass)
    try:
        picture = pictures.read(pictures.as_png(badgeclass.image)) if badgeclass.image else b""
    except (InvalidImage, NotFound):
        picture = b""
    lines = [row.place, f"{moment(row.opens_at)} – {moment(row.closes_at)}".strip(" –")]
    made = posters.poster(
        url(row),
        title=row.title,
        badge=badgeclass.name,
        issuer=badgeclass.issuer.name,
        lines=[line for line in lines if line],
        picture=picture,
    )
    response = HttpResponse(made, content_type="application/pdf")
    name = f"{slugify(row.title) or 'poster'}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


@at_badgeclass(Reach.STAFF)
def projector(
    request: HttpRequest, desk: Desk, badgeclass: BadgeClass, link_id: str
) -> HttpResponse:
    """``GET …/projector``: the QR code as large as the wall, with how many have it by now."""
    row = claim_links.of_desk(link_id, badgeclass)
    context = {"badgeclass": badgeclass, "link": row, "state": _state(row)}
    if is_partial(request):
        return render(request, "web/claim_links/_counter.html", context)
    context |= {
        "url": url(row),
        "qr": _qr(row),
        "picture": previews.stored(badgeclass.image),
        "address": _address(row, badgeclass),
    }
    return desk.page(request, "claim_links/projector", context)


def url(link: ClaimLink) -> str:
    """The address that people open."""
    return f"{settings.ROSETTE.origin}/c/{link.entity_id}"


def _approve(request: HttpRequest, desk: Desk, link: ClaimLink, chosen: list[str] | None) -> None:
    done, left = claim_links.approve(link, chosen, by=desk.by)
    said = ngettext("%(count)d badge was awarded.", "%(count)d badges were awarded.", done)
    say(request, said % {"count": done}, tone="good" if done else "calm")
    if left:
        said = ngettext(
            "%(count)d request could not be awarded: the limit is reached, or they have it "
            "already.",
            "%(count)d requests could not be awarded: the limit is reached, or they have it "
            "already.",
            len(left),
        )
        say(request, said % {"count": len(left)}, tone="warn")


def _state(link: ClaimLink) -> dict[str, Any]:
    name = claim_links.state(link)
    word, tone, sign = STATES[name]
    return {"name": name, "word": word, "tone": tone, "sign": sign}


def _qr(link: ClaimLink) -> str:
    return segno.make_qr(url(link), error="m").svg_data_uri(border=4, light="#fff", scale=8)


def _address(link: ClaimLink, badgeclass: BadgeClass) -> str:
    return f"/badges/{badgeclass.entity_id}/links/{link.entity_id}"
