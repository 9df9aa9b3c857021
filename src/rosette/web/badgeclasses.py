"""Badge classes at the issuer's desk: the list, the editor with its preview, one of them."""

import re
from typing import Any, Final

from django import forms
from django.forms.formsets import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette import emblems
from rosette.errors import InvalidInput, StillInUse
from rosette.models import Assertion, BadgeClass, Issuer
from rosette.models.base import new_entity_id
from rosette.operations import badgeclasses, pictures, register
from rosette.operations.badgeclasses import BadgeClassWish
from rosette.operations.policies import Reach
from rosette.operations.register import Filters
from rosette.web import desk as desks
from rosette.web import fields, hints, previews
from rosette.web.calls import curl
from rosette.web.desk import Desk, at_badgeclass, at_issuer
from rosette.web.forms import Form, unjudged
from rosette.web.pictures import Picture, chosen, remembered
from rosette.web.visits import is_partial, say, see

_CARDS: Final = 48
_AMOUNT_MAX: Final = 100_000
ALIGNMENTS_MAX: Final = 50
_TAGS_MAX: Final = 200
_DRAWN: Final = "drawn.svg"  # not in the store yet
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_GROUND: Final = "#8c2752"
_ACCENT: Final = "#f6d9a8"
_SORTS: Final = {
    "newest": gettext_lazy("Newest first"),
    "name": gettext_lazy("By name"),
}
_USES: Final = {
    "": gettext_lazy("All"),
    "awarded": gettext_lazy("Awarded"),
    "fresh": gettext_lazy("Not awarded yet"),
    "archived": gettext_lazy("Archived"),
}


class BadgeClassForm(Form):
    """What a badge class is, but for its picture and alignments."""

    named = {
        "criteriaNarrative": "criteria_narrative",
        "criteriaUrl": "criteria_url",
    }

    name = fields.Line(label=gettext_lazy("Name"))
    description = fields.Text(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("What somebody with this badge knows or can do."),
    )
    image = Picture(
        label=gettext_lazy("Picture"),
        required=False,
        help_text=gettext_lazy(
            "A square PNG or SVG. Without one, we draw a rosette from the name and two colours."
        ),
    )
    ground = forms.CharField(
        label=gettext_lazy("Ground"),
        required=False,
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    accent = forms.CharField(
        label=gettext_lazy("Figure"),
        required=False,
        widget=forms.TextInput(attrs={"type": "color"}),
    )
    criteria_narrative = fields.Markdown(
        label=gettext_lazy("What has to be done for it"),
        required=False,
        help_text=gettext_lazy("You can use Markdown: **bold**, lists, links."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    criteria_url = fields.Url(
        label=gettext_lazy("Or a page that says it"),
        required=False,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    tags = fields.Line(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=8192,
        help_text=gettext_lazy("Separated by commas."),
    )
    expires_amount = forms.IntegerField(
        label=gettext_lazy("An award is good for"),
        required=False,
        min_value=1,
        max_value=_AMOUNT_MAX,
    )
    expires_duration = forms.ChoiceField(
        label=gettext_lazy("Unit"),
        required=False,
        choices=[
            ("days", gettext_lazy("days")),
            ("weeks", gettext_lazy("weeks")),
            ("months", gettext_lazy("months")),
            ("years", gettext_lazy("years")),
        ],
        initial="years",
    )
    suspendable = forms.BooleanField(
        label=gettext_lazy("Awards can be suspended"),
        required=False,
        help_text=gettext_lazy(
            "For badges such as licences, which may not hold for a while. "
            "It cannot be changed after the first award."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """Criteria there must be, in the one form or the other."""
        cleaned: dict[str, Any] = super().clean() or {}
        spoken = {"criteria_narrative", "criteria_url"} & set(self.errors)
        if not (cleaned.get("criteria_narrative") or cleaned.get("criteria_url") or spoken):
            self.add_error(
                "criteria_narrative", _("Say what has to be done, or give a page that does.")
            )
        return cleaned


class AlignmentForm(Form):
    """One objective of a framework that a badge class is aligned to."""

    target_name = fields.Line(label=gettext_lazy("Objective"))
    target_url = fields.Url(label=gettext_lazy("Its address"))
    target_framework = fields.Line(label=gettext_lazy("Framework"), required=False)
    target_code = fields.Line(label=gettext_lazy("Code"), required=False)
    target_description = fields.Line(label=gettext_lazy("Description"), required=False)


def alignment_rows(
    rows: Any = None, *, kept: list[dict[str, Any]] | None = None, more: int = 0
) -> Any:
    """The rows of alignments, as sent or as kept, with room for so many more."""
    made = forms.formset_factory(
        AlignmentForm, extra=more, max_num=ALIGNMENTS_MAX, absolute_max=ALIGNMENTS_MAX + 1
    )
    return made(rows, initial=kept, prefix="alignment")


@at_issuer()
def badges(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id``: what the issuer awards; ``q``, ``tag``, ``use``, ``sort``, ``page``."""
    asked = {
        "q": request.GET.get("q", "").strip()[:200],
        "tag": request.GET.get("tag", "")[:200],
        "use": request.GET.get("use", "") if request.GET.get("use") in _USES else "",
        "sort": request.GET.get("sort", "") if request.GET.get("sort") in _SORTS else "newest",
    }
    every = list(
        BadgeClass.objects.filter(issuer=desk.issuer, deleted_at=None)
        .only(
            *("id", "entity_id", "name", "description", "image", "tags"),
            *("created_at", "archived_at"),
        )
        .order_by("-created_at", "-id")
    )
    awards = desks.award_counts([badge.pk for badge in every])
    tags = sorted({tag for badge in every for tag in badge.tags}, key=str.casefold)
    found = [badge for badge in every if _is_wanted(badge, asked, awards.get(badge.pk, 0))]
    if asked["sort"] == "name":
        found.sort(key=lambda badge: badge.name.casefold())
    number = request.GET.get("page", "")
    current = int(number) if number.isdecimal() and len(number) < 6 else 1
    start = max(0, (current - 1) * _CARDS)
    context = {
        "tab": "badges",
        "cards": [
            {"badge": badge, "awards": awards.get(badge.pk, 0)}
            for badge in found[start : start + _CARDS]
        ],
        "total": len(every),
        "archived": sum(badge.archived_at is not None for badge in every),
        "asked": asked,
        "is_filtered": bool(asked["q"] or asked["tag"] or asked["use"]),
        "tags": tags,
        "uses": _USES,
        "sorts": _SORTS,
        "newer": _at_page(request, current - 1) if start else "",
        "older": _at_page(request, current + 1) if len(found) > start + _CARDS else "",
        "call": curl("GET", f"/v2/issuers/{desk.issuer.entity_id}/badgeclasses"),
    }
    return desk.page(request, "badgeclasses/list", context)


@at_issuer(Reach.EDITOR)
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/badges/new``: the editor; ``POST`` saves, or shows a preview."""
    return _editor(request, desk, None)


@at_badgeclass(Reach.EDITOR)
def edit(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id/edit``: the editor of one that is there."""
    return _editor(request, desk, badgeclass)


@at_badgeclass()
def badge(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id``: one badge class as its issuer sees it, with its newest awards."""
    found = register.page(desk.issuer, Filters(badgeclass=badgeclass.pk), by=desk.by, size=10)
    now = timezone.now()
    context = {
        "badgeclass": badgeclass,
        "picture": previews.stored(badgeclass.image),
        "awards": [
            {"award": award, "state": desks.state(register.state_of(award, at=now))}
            for award in found.awards
        ],
        "has_more": found.has_older,
        "count": desks.award_counts([badgeclass.pk]).get(badgeclass.pk, 0),
        "expires": _duration(badgeclass),
        "call": curl("GET", f"/v2/badgeclasses/{badgeclass.entity_id}"),
    }
    return desk.page(request, "badgeclasses/detail", context)


@at_badgeclass(Reach.EDITOR)
def archive(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id/archive`` says what it means; ``POST`` does it, or undoes it (``back``)."""
    context = {"badgeclass": badgeclass, "is_needed": badgeclasses.is_in_pathway(badgeclass)}
    if request.method != "POST":
        return desk.page(request, "badgeclasses/archive", context)
    is_back = "back" in request.POST
    try:
        badgeclasses.archive(badgeclass, by=desk.by, archived=not is_back)
    except StillInUse:
        return desk.page(request, "badgeclasses/archive", context, 400)
    said = _("“%(name)s” can be awarded again.") if is_back else _("“%(name)s” is archived.")
    say(request, said % {"name": badgeclass.name})
    return see(f"/badges/{badgeclass.entity_id}")


@at_badgeclass(Reach.EDITOR)
def delete(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id/delete`` says what would happen, and ``POST`` does it."""
    if request.method == "POST":
        try:
            badgeclasses.remove(badgeclass, by=desk.by)
        except StillInUse:
            return see(request.path)
        say(request, _("The badge “%(name)s” was deleted.") % {"name": badgeclass.name})
        return see(f"/issuers/{desk.issuer.entity_id}")
    awards = Assertion.objects.filter(badgeclass=badgeclass)
    valid = awards.filter(revoked_at=None).exclude(expires_on__lt=timezone.now())
    context = {"badgeclass": badgeclass, "valid": valid.count(), "awards": awards.count()}
    return desk.page(request, "badgeclasses/delete", context)


def designer_of(issuer: Issuer, before: BadgeClass | None) -> str:
    """Where the picture of the badge class is designed."""
    where = f"/badges/{before.entity_id}" if before else f"/issuers/{issuer.entity_id}/badges"
    return f"{where}/design"


def _editor(request: HttpRequest, desk: Desk, before: BadgeClass | None) -> HttpResponse:
    step = request.POST.get("step", "save")
    if request.method != "POST":
        initial = initial_of(before)
        rows = alignment_rows(kept=list(before.alignments) if before else [])
        form = BadgeClassForm(initial=initial)
        return _page(request, desk, before, form, rows, fresh="")
    form = BadgeClassForm(request.POST, request.FILES)
    rows = alignment_rows(
        fields.rows_sent(request, "alignment", most=ALIGNMENTS_MAX, more=step == "alignment")
    )
    if step != "save" or is_partial(request):
        unjudged(form, rows)
    fresh = ""
    try:
        fresh = chosen(request)
    except InvalidInput as refusal:
        if not is_partial(request):
            form.refuse(refusal)
        picture_flaw = [text for texts in refusal.fields.values() for text in texts]
    else:
        picture_flaw = []
    if is_partial(request):
        context = _previewed(request, desk, before, form, rows, fresh=fresh)
        shown = {**context, "flaws": picture_flaw, "is_partial": True, "form": form}
        return render(request, "web/badgeclasses/_preview.html", shown)
    if step == "save" and form.is_valid() and rows.is_valid():
        try:
            kept = _save(desk, before, form, rows, fresh)
        except InvalidInput as refusal:
            form.refuse(refusal)
        else:
            said = _("The badge was changed.") if before else _("The badge is ready to be awarded.")
            say(request, said)
            return see(f"/badges/{kept.entity_id}")
    status = 400 if step == "save" else 200
    return _page(request, desk, before, form, rows, fresh=fresh, status=status)


def _page(
    request: HttpRequest,
    desk: Desk,
    before: BadgeClass | None,
    form: BadgeClassForm,
    rows: "BaseFormSet[AlignmentForm]",
    *,
    fresh: str,
    status: int = 200,
) -> HttpResponse:
    context = {
        "before": before,
        "form": form,
        "alignments": rows,
        "was_awarded": before is not None and Assertion.objects.filter(badgeclass=before).exists(),
        **_previewed(request, desk, before, form, rows, fresh=fresh),
    }
    return desk.page(request, "badgeclasses/editor", context, status)


def _previewed(
    request: HttpRequest,
    desk: Desk,
    before: BadgeClass | None,
    form: BadgeClassForm,
    rows: "BaseFormSet[AlignmentForm]",
    *,
    fresh: str,
) -> dict[str, Any]:
    """The preview and hints that belong to the form as it stands."""
    wanted = request.POST.get("view", "")
    view = wanted if wanted in previews.VIEWS else "card"
    is_drawn = not fresh and (before is None or not before.image)
    image = fresh or (before.image if before else "") or _DRAWN
    picture = previews.data(_drawn(form)) if is_drawn else previews.stored(image)
    shown = _unsaved(desk.issuer, before, form, rows, image)
    return {
        "view": view,
        "views": previews.VIEWS,
        "preview": previews.of_badgeclass(shown, picture, view),
        "hints": hints.of_badgeclass(shown, is_drawn=is_drawn),
        "picture": picture,
        "is_drawn": is_drawn,
        "kept": remembered(fresh),
        "has_sent_picture": "image" in request.FILES,
        "designer": designer_of(desk.issuer, before),
    }


def _unsaved(
    issuer: Issuer,
    before: BadgeClass | None,
    form: BadgeClassForm,
    rows: "BaseFormSet[AlignmentForm]",
    image: str,
) -> BadgeClass:
    """The badge class that the form describes, as far as it does."""

    def said(name: str) -> str:
        return str(form[name].value() or "").strip()

    return BadgeClass(
        issuer=issuer,
        entity_id=before.entity_id if before else new_entity_id(),
        name=said("name") or _("Name of the badge"),
        description=said("description"),
        image=image,
        criteria_narrative=said("criteria_narrative"),
        criteria_url=said("criteria_url"),
        tags=_tags(said("tags")),
        alignments=[
            {name: str(row[name].value() or "") for name in AlignmentForm.base_fields}
            for row in rows
            if row["target_name"].value()
        ],
        extensions=before.extensions if before else {},
        updated_at=timezone.now(),
    )


def _save(
    desk: Desk,
    before: BadgeClass | None,
    form: BadgeClassForm,
    rows: "BaseFormSet[AlignmentForm]",
    fresh: str,
) -> BadgeClass:
    said = form.cleaned_data
    amount = said["expires_amount"]
    tags = _tags(said["tags"])
    if len(tags) > _TAGS_MAX or any(len(tag) > fields.LINE_MAX_LENGTH for tag in tags):
        raise InvalidInput({"tags": [_("These are too many tags, or one of them is too long.")]})
    wish: BadgeClassWish = {
        "name": said["name"],
        "description": said["description"],
        "criteria_narrative": said["criteria_narrative"],
        "criteria_url": said["criteria_url"],
        "tags": tags,
        "alignments": [
            {name: row.cleaned_data[name] or None for name in AlignmentForm.base_fields}
            for row in rows
            if row.cleaned_data
        ],
        "expires": (amount, said["expires_duration"] or "years") if amount else None,
        "suspendable": said["suspendable"],
    }
    if fresh:
        wish["image"] = pictures.read(fresh)
    elif before is None or not before.image:
        wish["image"] = _drawn(form)
    if before is None:
        return badgeclasses.create(desk.issuer, wish, by=desk.by)
    return badgeclasses.change(before, wish, by=desk.by)


def _drawn(form: BadgeClassForm) -> bytes:
    colours = []
    for name, otherwise in (("ground", _GROUND), ("accent", _ACCENT)):
        said = str(form[name].value() or "")
        colours.append(said if _COLOUR.fullmatch(said) else otherwise)
    return emblems.drawn(str(form["name"].value() or ""), *colours)


def initial_of(before: BadgeClass | None) -> dict[str, Any]:
    """What the form says of a badge class before anybody typed."""
    if before is None:
        return {"ground": _GROUND, "accent": _ACCENT, "expires_duration": "years"}
    names = ("name", "description", "criteria_narrative", "criteria_url", "suspendable")
    return {
        **{name: getattr(before, name) for name in names},
        "tags": ", ".join(before.tags),
        "expires_amount": before.expires_amount,
        "expires_duration": before.expires_duration or "years",
        "ground": _GROUND,
        "accent": _ACCENT,
    }


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def _duration(badgeclass: BadgeClass) -> str:
    if not badgeclass.expires_amount:
        return ""
    units = dict(BadgeClassForm.base_fields["expires_duration"].choices)  # type: ignore[attr-defined]
    return f"{badgeclass.expires_amount} {units.get(badgeclass.expires_duration, '')}"


def _is_wanted(badge: BadgeClass, asked: dict[str, str], awards: int) -> bool:
    words = asked["q"].casefold().split()
    text = " ".join([badge.name, badge.description, *badge.tags]).casefold()
    is_archived = badge.archived_at is not None
    if is_archived != (asked["use"] == "archived"):
        return False
    is_used = {"awarded": awards > 0, "fresh": awards == 0}.get(asked["use"], True)
    has_tag = not asked["tag"] or asked["tag"] in badge.tags
    return is_used and has_tag and all(word in text for word in words)


def _at_page(request: HttpRequest, number: int) -> str:
    query = {**request.GET.dict(), "page": str(number)}
    return f"{request.path}?{urlencode(query)}"
