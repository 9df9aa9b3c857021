"""How a badge class could be better: advice while it is made, never a condition."""

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from rosette.models import BadgeClass
from rosette.operations import pictures

_DESCRIPTION_MIN: Final = 40
_CRITERIA_MIN: Final = 40
_NAME_MAX: Final = 60
_PICTURE_MIN_PX: Final = 400


def of_badgeclass(badgeclass: BadgeClass, *, is_drawn: bool) -> list[str]:
    """What would make it better, the most important first. ``is_drawn``: the picture is ours."""
    return list(_hints(badgeclass, is_drawn=is_drawn))


def _hints(badgeclass: BadgeClass, *, is_drawn: bool) -> Iterator[str]:
    if not (badgeclass.criteria_narrative or badgeclass.criteria_url):
        yield _("Say what somebody has to do for this badge. Without that, nobody can value it.")
    elif len(badgeclass.criteria_narrative) < _CRITERIA_MIN and not badgeclass.criteria_url:
        yield _("The criteria are very short. A stranger should know what was asked.")
    if len(badgeclass.description) < _DESCRIPTION_MIN:
        yield _("One or two full sentences of description tell more than a few words.")
    if is_drawn:
        yield _("A picture of your own is easier to recognise than the one that was drawn for you.")
    elif 0 < (side := _side_px(badgeclass.image)) < _PICTURE_MIN_PX:
        yield _("The picture is only %(side)s pixels wide. It looks best from %(wanted)s on.") % {
            "side": side,
            "wanted": _PICTURE_MIN_PX,
        }
    if len(badgeclass.name) > _NAME_MAX:
        yield _("The name is long. Networks and résumés cut it off after about sixty letters.")
    if not badgeclass.tags:
        yield _("Two or three tags help people to find it.")
    if not badgeclass.alignments:
        yield _("If it belongs to a framework of skills, name the objective under alignments.")


def _side_px(name: str) -> int:
    """How wide the picture is; 0 for one that has no size of its own."""
    if not name.endswith(".png"):
        return 0
    return int.from_bytes(pictures.read(name)[16:20], "big")  # PNG, "IHDR Image header"
