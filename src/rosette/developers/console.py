"""
``/developers/console``: every call of the API, tried from the browser.

The page is made here; its script sends the calls, with a key that it keeps in its memory. The key
that is made here reaches the person's sandbox and nothing else, and ends after a day.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from rosette.developers import described, own
from rosette.errors import InvalidInput, NotFound
from rosette.models import Issuer, User
from rosette.operations import api_keys, sandbox
from rosette.operations.policies import Actor
from rosette.web.forms import texts_of
from rosette.web.signin import member
from rosette.web.visits import is_partial, page

_LIFE: Final = timedelta(days=1)


@member
def show(request: HttpRequest, person: User) -> HttpResponse:
    """``GET``: the calls, and one to try; ``POST`` makes a key for the sandbox, shown once."""
    if request.method == "POST":
        return _made(request, person)
    wanted = request.GET.get("find", "").strip()[:100]
    return _page(request, person, sandbox.of_person(person), wanted, request.GET.get("call", ""))


def _made(request: HttpRequest, person: User) -> HttpResponse:
    """The page with the new key on it, or, to htmx, the key and the call with what it reaches."""
    shown: dict[str, Any]
    name = request.POST.get("call", "")
    if name and described.operation(settings.ROSETTE.origin, name, {}) is None:
        raise NotFound  # before anything is made
    mine = sandbox.open_for(person)
    until = timezone.now() + _LIFE
    try:
        made = api_keys.make(person, _("Console"), [], issuer=mine.entity_id, until=until)
    except InvalidInput as refusal:
        shown = {"trouble": list(texts_of(refusal))}
    else:
        shown = {"made": made.text, "until": until}
    return _page(request, person, mine, "", name, shown)


def _page(
    request: HttpRequest,
    person: User,
    mine: Issuer | None,
    wanted: str,
    name: str,
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    origin = settings.ROSETTE.origin
    groups = described.groups(origin, wanted)
    # Who looks for something without choosing anything sees what fits best.
    first = described.first(groups, wanted) if wanted and groups else described.AWARD
    found = described.operation(origin, name or first, own.of_sandbox(mine))
    if found is None:
        raise NotFound
    context = {
        "section": "account",
        "groups": groups,
        "wanted": wanted,
        "operation": found,
        "chosen": found.call.anchor,
        "sandbox": mine,
        "may_make": mine is not None or Actor.person(person).is_verified,
        **(more or {}),
    }
    if is_partial(request):
        part = "made" if more else "call"
        return page(request, f"developers/_{part}", context)
    return page(request, "developers/console", context, 400 if "trouble" in context else 200)
