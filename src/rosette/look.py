"""What all templates draw with (``{% load look %}``): icons, moments, parts with a slot."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

_ICONS: Final = Path(__file__).parent / "templates" / "icons"


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """The icon ``templates/icons/<name>.svg``, which only repeats what a word beside it says."""
    return mark_safe((_ICONS / f"{name}.svg").read_text("utf-8"))  # noqa: S308 -- a file of ours


@register.filter
def day(moment: datetime | None) -> str:
    """The day in the reader's zone, with the moment in UTC for whoever points at it."""
    return _moment(moment, "DATE_FORMAT")


@register.filter
def moment(moment: datetime | None) -> str:
    """Day and time in the reader's zone, with the moment in UTC for whoever points at it."""
    # Not "9:24 a.m.", which would end every second sentence with two full stops.
    is_english = (get_language() or "en").startswith("en")
    return _moment(moment, "N j, Y, H:i" if is_english else "DATETIME_FORMAT")


def _moment(moment: datetime | None, form: str) -> str:
    if moment is None:
        return ""
    there = timezone.localtime(moment)
    exact = moment.astimezone(timezone.get_fixed_timezone(0))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.strftime("%Y-%m-%dT%H:%M:%SZ"),
        exact.strftime("%Y-%m-%d %H:%M UTC"),
        date_format(there, form),
    )


@register.filter
def tone(tags: str) -> str:
    """How what was said is meant (``visits.say``)."""
    return tags.partition(" ")[0]


@register.filter
def undo(tags: str) -> str:
    """Where a button posts to that takes back what was said, or nothing (``visits.say``)."""
    return tags.partition(" ")[2].partition(" ")[0]
