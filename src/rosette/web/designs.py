"""
The designer of pictures for badge classes.

A picture is designed in the browser, and comes back to the editor of the badge class as any other
that is chosen there; whatever was typed in the editor goes along. The design stands in the SVG
itself (``static/designer/embed.js``), so that every picture of ours can be changed later.
"""

from pathlib import Path
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rosette import images
from rosette.errors import InvalidInput
from rosette.models import BadgeClass
from rosette.operations import pictures
from rosette.operations.policies import Reach
from rosette.web.badgeclasses import (
    ALIGNMENTS_MAX,
    BadgeClassForm,
    alignment_rows,
    initial_of,
)
from rosette.web.desk import Desk, at_badgeclass, at_issuer
from rosette.web.fields import rows_sent
from rosette.web.forms import unjudged
from rosette.web.pictures import chosen, remembered

_SIZES: Final = (256, 512, 1024, 2048)
_MARK: Final = ' data-design="1.'
_DATA: Final = Path(__file__).parents[1] / "static" / "designer" / "data"
# Each has a name made of what is in it, so that it may be kept by browsers for ever.
_SUPPLY: Final = {
    path.name.partition(".")[0].removeprefix("source-"): path.name
    for path in sorted(_DATA.glob("*.json"))
}

_SHAPES: Final[dict[str, Promise]] = {
    "circle": gettext_lazy("Circle"),
    "scalloped": gettext_lazy("Scalloped circle"),
    "flower": gettext_lazy("Flower"),
    "seal": gettext_lazy("Seal"),
    "hexagon": gettext_lazy("Hexagon"),
    "flat-hexagon": gettext_lazy("Hexagon, flat on top"),
    "octagon": gettext_lazy("Octagon"),
    "square": gettext_lazy("Square"),
    "rounded": gettext_lazy("Rounded square"),
    "pill": gettext_lazy("Pill"),
    "diamond": gettext_lazy("Diamond"),
    "triangle": gettext_lazy("Triangle"),
    "shield": gettext_lazy("Shield"),
    "crest": gettext_lazy("Coat of arms"),
    "star": gettext_lazy("Star"),
    "burst": gettext_lazy("Star with twelve points"),
    "banner": gettext_lazy("Banner"),
    "tails": gettext_lazy("Ribbon ends"),
    "laurel": gettext_lazy("Laurel wreath"),
    "rays": gettext_lazy("Rays"),
}
_TEMPLATES: Final[dict[str, Promise]] = {
    "medallion": gettext_lazy("Medallion"),
    "shield": gettext_lazy("Shield"),
    "hexagon": gettext_lazy("Hexagon"),
    "rosette": gettext_lazy("Rosette"),
    "laurel": gettext_lazy("Laurel wreath"),
    "banner": gettext_lazy("Banner"),
    "modern": gettext_lazy("Modern square"),
    "seal": gettext_lazy("Golden seal"),
    "sunrise": gettext_lazy("Rays of light"),
    "star": gettext_lazy("Star"),
}
_PALETTES: Final[dict[str, Promise]] = {
    "navy": gettext_lazy("Navy"),
    "forest": gettext_lazy("Forest"),
    "burgundy": gettext_lazy("Burgundy"),
    "violet": gettext_lazy("Violet"),
    "teal": gettext_lazy("Teal"),
    "slate": gettext_lazy("Slate"),
    "ember": gettext_lazy("Ember"),
    "ink": gettext_lazy("Black and gold"),
    "bronze": gettext_lazy("Bronze"),
    "silver": gettext_lazy("Silver"),
    "gold": gettext_lazy("Gold"),
}
_SLOTS: Final[dict[str, Promise]] = {
    "main": gettext_lazy("Main colour"),
    "deep": gettext_lazy("Dark colour"),
    "accent": gettext_lazy("Accent"),
    "light": gettext_lazy("Light colour"),
    "ink": gettext_lazy("Ink"),
}


@at_issuer(Reach.EDITOR)
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``GET /issuers/:id/badges/design``; ``POST`` brings what was typed in the editor along."""
    return _designer(request, desk, None)


@at_badgeclass(Reach.EDITOR)
def change(request: HttpRequest, desk: Desk, badgeclass: BadgeClass) -> HttpResponse:
    """``GET /badges/:id/design``; ``POST`` brings what was typed in the editor along."""
    return _designer(request, desk, badgeclass)


@at_issuer(Reach.EDITOR)
def picture(request: HttpRequest, desk: Desk) -> HttpResponse:
    """``POST /issuers/:id/badges/design/picture``: the sent ``image`` as PNG, of one ``size``."""
    if request.method != "POST":
        return HttpResponseNotAllowed(("POST",))
    size = request.POST.get("size", str(_SIZES[1]))
    if size not in map(str, _SIZES):
        raise InvalidInput({"size": [_("There are no pictures of this size.")]})
    sent = request.FILES.get("image")
    clean = pictures.clean(sent.read() if sent is not None else b"")
    try:
        drawn = images.png(clean.content, clean.media_type, height_px=int(size))
    except images.InvalidImage as refusal:
        raise InvalidInput({"image": [refusal.message]}) from refusal
    named = {"Content-Disposition": f'attachment; filename="badge-{size}.png"'}
    return HttpResponse(drawn, content_type=images.PNG, headers=named)


def _designer(request: HttpRequest, desk: Desk, before: BadgeClass | None) -> HttpResponse:
    fresh = ""
    if request.method == "POST":
        form = BadgeClassForm(request.POST)
        rows = alignment_rows(rows_sent(request, "alignment", most=ALIGNMENTS_MAX, more=False))
        unjudged(form, rows)
        fresh = chosen(request)
    else:
        form = BadgeClassForm(initial=initial_of(before))
        rows = alignment_rows(kept=list(before.alignments) if before else [])
    shown = fresh or (before.image if before else "")
    at_desk = f"/issuers/{desk.issuer.entity_id}/badges"
    context = {
        "before": before,
        "form": form,
        "alignments": rows,
        "kept": remembered(fresh),
        "source": _design_in(shown),
        "editor": f"/badges/{before.entity_id}/edit" if before else f"{at_desk}/new",
        "another": f"{at_desk}/new",
        "picture": f"{at_desk}/design/picture",
        "name": str(form["name"].value() or ""),
        "supply": _SUPPLY,
        "sizes": _SIZES,
        "shapes": _SHAPES,
        "templates": _TEMPLATES,
        "palettes": _PALETTES,
        "slots": _SLOTS,
    }
    return desk.page(request, "badgeclasses/designer", context)


def _design_in(name: str) -> str:
    """The kept picture as text, if it was made by the designer; else empty."""
    if not name.endswith(".svg"):
        return ""
    svg = pictures.read(name).decode()
    return svg if _MARK in svg else ""
