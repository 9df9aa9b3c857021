"""``/developers``: where somebody begins who writes, or sets up, a program that awards badges."""

import importlib.metadata
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from rosette.config import Config
from rosette.developers import described, own
from rosette.developers.programs import PASSWORD, PERSON, programs
from rosette.operations import sandbox
from rosette.scopes import ANY_ISSUER, BADGE_CONNECT_SCOPES, OPEN_BADGES_3_SCOPES, SCOPES
from rosette.web.visits import page, visited, visitor

_SIGN_IN: Final = """\
TOKEN=$(curl -s {origin}/o/token \\
  --data-urlencode 'username={person}' \\
  --data-urlencode 'password={password}' \\
  | python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')

curl {origin}/v2/users/self -H "Authorization: Bearer $TOKEN"
"""


class Scope(NamedTuple):
    """What a token can be allowed: the word for programs, and the words for people."""

    name: str
    meaning: str


@visited
def show(request: HttpRequest) -> HttpResponse:
    """``GET /developers``"""
    site = settings.ROSETTE
    person = visitor(request)
    mine = sandbox.of_person(person) if person else None
    things = own.of_sandbox(mine)
    award = described.operation(site.origin, described.AWARD, things)
    assert award is not None
    token = _SIGN_IN.format(origin=site.origin, person=PERSON, password=PASSWORD)
    return page(
        request,
        "developers/home",
        {
            "base_url": site.origin,
            "token": token,
            "award": award.curl,
            "sandbox": mine,
            "programs": programs(site.origin, things),
            "limits": limits(site),
            "is_limited": bool(site.rate_per_token or site.rate_per_address),
            "scopes": _scopes(),
            "changes": _changes(),
            "release": importlib.metadata.version("rosette"),
        },
    )


def limits(site: Config) -> list[tuple[str, str]]:
    """How much may be asked for, as this server is configured: of what, and how much."""
    a_minute = _("%(count)s a minute")
    none = _("no limit")

    def rate(most: int) -> str:
        return a_minute % {"count": _number(most)} if most else none

    return [
        (_("Requests with one token"), rate(site.rate_per_token)),
        (_("Requests from one address"), rate(site.rate_per_address)),
        (_("Awards in one request"), _number(site.batch_max_awards)),
        (_("Awards in one job in the background"), _number(site.job_max_awards)),
        (_("Size of a request"), _bytes(site.body_max_bytes)),
        (_("Size of a request for such a job"), _bytes(site.job_max_bytes)),
        (_("Size of a picture"), _bytes(site.image_max_bytes)),
        (_("Life of a token that nobody uses"), _time(site.access_token_seconds)),
    ]


def _number(value: float) -> str:
    """With a narrow space between thousands, which every language reads."""
    return f"{value:,}".replace(",", "\u202f").removesuffix(".0")


def _time(seconds: int) -> str:
    if seconds < 7200:
        return _("%(count)s minutes") % {"count": _number(round(seconds / 60, 1))}
    return _("%(count)s hours") % {"count": _number(round(seconds / 3600, 1))}


def _bytes(value: int) -> str:
    return _("%(count)s MB") % {"count": _number(round(value / 1_000_000, 1))}


def _scopes() -> list[tuple[str, list[Scope]]]:
    """All scopes, by the API that they are of."""
    others = (*BADGE_CONNECT_SCOPES, *OPEN_BADGES_3_SCOPES)
    own_words = [name for name in SCOPES if name not in others]
    return [
        (heading, [Scope(_spelt(name), _(SCOPES[name])) for name in names])
        for heading, names in (
            (_("V2, V1 and API keys"), own_words),
            ("Badge Connect", BADGE_CONNECT_SCOPES),
            ("Open Badges 3.0", OPEN_BADGES_3_SCOPES),
        )
    ]


def _spelt(name: str) -> str:
    return "rw:issuer:ID" if name == ANY_ISSUER else name


@cache
def _changes() -> str:
    """What changed in the API, as Markdown: a file of this package, and nowhere else."""
    return (resources.files(__package__) / "changes.md").read_text("utf-8")
