"""Pages for those who run the server, under ``/manage``; for everybody else there are none."""

from collections.abc import Mapping
from functools import wraps

from django.http import HttpRequest, HttpResponse

from rosette.errors import NotFound
from rosette.models import User
from rosette.web.signin import member
from rosette.web.visits import Answered, View, page


def administrator(view: View) -> Answered:
    """Make a function a page for administrators, as ``member``; others are told of none."""

    @wraps(view)
    def asked(request: HttpRequest, person: User, **path: str) -> HttpResponse:
        if not person.is_superuser:
            raise NotFound
        return view(request, person, **path)

    return member(asked)


def manage_page(
    request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200
) -> HttpResponse:
    """The page ``web/manage/<template>.html``."""
    shown = {"section": "manage", "tab": template, **context}
    return page(request, f"manage/{template}", shown, status)


def before(request: HttpRequest) -> int | None:
    """The row number that a list goes on below, as the address says."""
    text = request.GET.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
