"""Kinds of fields that several forms have: what people may type there, and how it is shown."""

from datetime import datetime, time
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

LINE_MAX_LENGTH: Final = 1024


class Line(forms.CharField):
    """Plain text on one line, as issuers and badges are called."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LINE_MAX_LENGTH)
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Without markup."""
        text = super().to_python(value) or ""
        return strip_tags(text).strip() if "<" in text else text


class Text(Line):
    """Plain text of several lines."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 16384)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 3}))
        super().__init__(**kwargs)


class Markdown(Text):
    """Markdown. Pictures would be fetched from elsewhere by whoever reads it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 65536)
        super().__init__(**kwargs)

    def validate(self, value: Any) -> None:
        """Refuse pictures."""
        super().validate(value)
        if "![" in (value or ""):
            raise ValidationError(_("Pictures cannot stand in this text."))


class Url(forms.URLField):
    """An address of the web."""

    default_validators = [URLValidator(schemes=["http", "https"])]

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LINE_MAX_LENGTH)
        super().__init__(assume_scheme="https", **kwargs)


class Day(forms.DateField):
    """A day of the reader's calendar."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


def rows_sent(request: HttpRequest, prefix: str, *, most: int, more: bool) -> QueryDict:
    """
    What was sent of a list of rows, in which none has to be filled in; ``more``: room for another.
    """
    sent = request.POST.copy()
    total = sent.get(f"{prefix}-TOTAL_FORMS", "")
    count = int(total) if total.isdecimal() and len(total) < 4 else 0
    sent[f"{prefix}-TOTAL_FORMS"] = str(min(count + more, most))
    sent[f"{prefix}-INITIAL_FORMS"] = "0"
    return sent


def begin_of(day: Any) -> datetime:
    """The first moment of the day, where the reader is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: Any) -> datetime:
    """The last second of the day, where the reader is."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
