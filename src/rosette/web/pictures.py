"""
Pictures that people choose in a form.

A browser forgets a chosen file when the form comes back with a mistake. So what was sent is kept
in the store at once, and the form remembers it by a signed name.
"""

from typing import Final

from django import forms
from django.core import signing
from django.http import HttpRequest

from rosette.operations import pictures

KEPT: Final = "kept_picture"
_SALT: Final = "rosette.chosen-picture"


class Picture(forms.FileField):
    """A PNG or SVG; its bytes are looked at by ``chosen``."""

    widget = forms.FileInput(attrs={"accept": "image/png,image/svg+xml"})


def chosen(request: HttpRequest, field: str = "image") -> str:
    """
    The name in the store of the picture that came with the form, now or before; empty for none.

    Raises InvalidInput, about the field ``image``, for a file that is no picture.
    """
    if request.POST.get("step") == "drop":
        return ""
    sent = request.FILES.get(field)
    if sent is not None:
        return pictures.keep(sent.read())
    try:
        name: str = signing.loads(request.POST.get(KEPT, ""), salt=_SALT)
    except signing.BadSignature:
        return ""
    return name


def remembered(name: str) -> str:
    """What the form remembers the picture by."""
    return signing.dumps(name, salt=_SALT) if name else ""
