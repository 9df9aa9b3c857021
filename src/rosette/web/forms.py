"""
Forms as people fill them in: Django's, in our own dress, and refusals put beside their fields.

A form checks the shape of what was typed and says so in the reader's language. Whether it makes
sense is the operation's to say; ``refuse`` puts what an operation refuses where it belongs.
Operations speak English, as the API does, and mark what they say (``gettext_noop``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.forms.formsets import BaseFormSet
from django.forms.renderers import DjangoTemplates
from django.forms.utils import ErrorDict, ErrorList
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from rosette.errors import InvalidInput


class Renderer(DjangoTemplates):
    """Our own dress for Django's forms (``templates/forms``)."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class Form(forms.Form):
    """
    A form of these pages.

    ``named`` maps the names that operations know fields by to the form's own, where they differ.
    """

    named: ClassVar[Mapping[str, str]] = {}
    required_css_class = "required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def refuse(self, refusal: InvalidInput) -> None:
        """Say what the operation refuses, beside the fields it speaks of or above all."""
        for name, texts in refusal.fields.items():
            field = self.named.get(name, name)
            for text in _leaves(texts):
                self.add_error(field if field in self.fields else None, worded(text))
        for text in refusal.general:
            self.add_error(None, worded(str(text)))

    def mistakes(self) -> list[tuple[str, str]]:
        """Each mistake with the id of the input it speaks of, or an empty one, in form order."""
        found = [("", text) for text in _plain(self.non_field_errors())]
        for bound in self:
            found += [(bound.id_for_label, text) for text in _plain(bound.errors)]
        return found


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with; None if the page is only looked at."""
    return request.POST if request.method == "POST" else None


def unjudged(form: Form, rows: "BaseFormSet[Any] | None" = None) -> None:
    """Show the form as it was typed and nothing that is wrong with it: it is not done yet."""
    form._errors = ErrorDict()  # type: ignore[attr-defined]  # of Django, and not in its stubs
    form.cleaned_data = {}
    if rows is not None:
        rows._errors = []  # type: ignore[attr-defined]
        rows._non_form_errors = ErrorList()  # type: ignore[attr-defined]
        for row in rows:
            unjudged(row)


def texts_of(refusal: InvalidInput) -> Iterator[str]:
    """All that a refusal says, one text at a time, in the reader's language."""
    yield from map(worded, map(str, refusal.general))
    yield from map(worded, _leaves(refusal.fields))


def worded(text: str) -> str:
    """What an operation says, in the reader's language."""
    return gettext(text) if text else text  # the translation of nothing is the head of the file


def _plain(errors: ErrorList) -> Iterable[str]:
    return [str(text) for text in errors]


def _leaves(texts: Any) -> Iterator[str]:
    """The messages of a field, however deep they lie (see ``errors.FieldErrors``)."""
    if isinstance(texts, Mapping):
        for inner in texts.values():
            yield from _leaves(inner)
    elif isinstance(texts, str):
        yield texts
    elif isinstance(texts, Iterable):
        for inner in texts:
            yield from _leaves(inner)
    elif texts is not None:
        yield str(texts)
