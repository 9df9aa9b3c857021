"""Every endpoint of the server, and a call of each that makes sense in ``tests.world``."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, uuid5

import orjson
from django.test import Client
from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver, resolve
from django.utils import timezone
from django.views.generic import RedirectView

from rosette.api import examples
from rosette.api.endpoints import Endpoint, PathView
from rosette.models import Assertion, AwardJob, BadgeClass, Stretch
from rosette.models.assertions import published_assertion
from rosette.models.jobs import packed
from rosette.operations import audit, credentials, figures
from rosette.operations.assertions import Award
from tests.environment import ORIGIN
from tests.world import OTHER, PASSWORD

_NAME = re.compile(r"(?<!\w):([a-z]+)")  # and not as in ``r:profile``

_PAGES = (
    *(
        "/auth/",
        "/account/",
        "/unsubscribe/",
        "/login",
        "/backpack",
        "/collections",
        "/claim",
        "/c/",
    ),
    "/verify",
    "/developers",
)

Route = tuple[str, str]
"""A pattern of the URL tables, as Django tells it of a resolved path; and a verb, unless a page."""


# Pages that know nobody by a token; ``tests/web/test_rights.py`` has a table of them.
_BY_SESSION = re.compile(
    r"staff/|\^static/admin/|\^auth/passkey|\^signup|\^account/(\?|password/\?\$|addresses|identifiers|"
    r"security|devices|notifications|keys|apps|data)|\^goodbye|\^setup|\^manage"
)


def routes() -> set[Route]:
    """Every endpoint of every wing, but for the pages of accounts and of those who run it."""
    return {route for route in _routes(get_resolver().url_patterns) if not is_by_session(route)}


def is_by_session(route: Route) -> bool:
    """Whether a token says nothing there, and only whoever signed in by a form is anybody."""
    return _BY_SESSION.match(route[0]) is not None


def session_routes() -> set[str]:
    """The addresses of all these pages, but for those within Django's admin."""
    found = {route for route, _ in _routes(get_resolver().url_patterns)}
    return {
        route for route in found if is_by_session((route, "")) and not route.startswith("staff/")
    }


def page_routes() -> set[str]:
    """
    The addresses for people, whatever each answers; without those of the API and of Django's
    admin, and without those that do nothing but lead elsewhere.
    """
    return {
        route
        for item, route in _views(get_resolver().url_patterns)
        if not isinstance(item.callback, PathView)
        and getattr(item.callback, "view_class", None) is not RedirectView
        and not route.startswith(("staff/", "v1/", "v2/", "^bcv1/", "^ims/"))
    }


def _routes(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Route]:
    for item, route in _views(patterns):
        view = item.callback
        for verb in view.endpoints if isinstance(view, PathView) else [""]:
            yield route, verb


def _views(
    patterns: Iterable[URLPattern | URLResolver], before: str = ""
) -> Iterator[tuple[URLPattern, str]]:
    for item in patterns:
        here = str(item.pattern)
        route = before + (here.removeprefix("^") if before else here)
        if isinstance(item, URLResolver):
            yield from _views(item.url_patterns, route)
        else:
            yield item, route


DESK = ("/issuers", "/badges/", "/awards/", "/invitations/", "/issuer")
"""Where the pages of the issuer's desk begin."""


@dataclass(frozen=True)
class Call:
    """
    One line of a table: a verb, and a path with names such as ``:issuer`` in it.

    ``PAGE`` is a GET as a browser does it.
    """

    verb: str
    path: str

    def __str__(self) -> str:
        return f"{self.verb} {self.path}"

    @property
    def route(self) -> Route:
        """Which endpoint answers."""
        return self._match.route, self._method if self.endpoint else ""

    @property
    def endpoint(self) -> Endpoint | None:
        """What the API says of it; None for a page."""
        view = self._match.func
        return view.endpoints[self._method] if isinstance(view, PathView) else None

    @property
    def is_page(self) -> bool:
        """Whether it is for people in a browser, who send forms and show a cookie."""
        return self.path.startswith((*_PAGES, *DESK))

    @property
    def is_read(self) -> bool:
        """Whether it is not to change anything."""
        return self.verb == "GET"

    @property
    def _method(self) -> str:
        return "GET" if self.verb == "PAGE" else self.verb

    @property
    def _match(self) -> ResolverMatch:
        return resolve(_NAME.sub("x", self.path).partition("?")[0])

    def filled(self, named: Mapping[str, str]) -> str:
        """The path, with what the names in it stand for."""
        return _NAME.sub(lambda found: named[found[1]], self.path)

    def made(
        self,
        client: Client,
        named: Mapping[str, str],
        headers: Mapping[str, str],
        body: Any = None,
    ) -> Any:
        """The answer to it; ``named``: what the path's names stand for."""
        kind, content = "", b""
        if body is not None:
            kind = "application/x-www-form-urlencoded" if self.is_page else "application/json"
            content = urlencode(body).encode() if self.is_page else orjson.dumps(body)
        path = self.filled(named)
        return client.generic(self._method, path, content, content_type=kind, headers=dict(headers))


def prepare(call: Call) -> None:
    """Change the world so that whoever may do it succeeds."""
    is_delete = call.verb == "DELETE" and call.path.endswith((":issuer", ":badge"))
    if is_delete or (call.verb == "POST" and call.path.endswith("/delete")):
        Assertion.objects.update(revoked_at=timezone.now())  # none may stand
    if call.path.endswith("/audit"):
        issuer = examples.ISSUER
        audit.note("issuer.change", "issuer", issuer, by=examples.PERSON, issuer=issuer)
    if call.path == "/ready":
        figures.not_ready()  # looks for migrations until there are none
    if call.path.endswith("/jobs/:job/undo"):
        AwardJob.objects.update(state="done", finished_at=timezone.now())
    if call.path.endswith("/jobs/:job/retry"):
        AwardJob.objects.update(state="done", finished_at=timezone.now())
        refused = [list(Award("bob@example.org"))]
        Stretch.objects.update(lines=packed(refused), outcome=packed([{"x": ["It is not"]}]))
    if call.path.endswith(("/suspend", "/reinstate")):
        BadgeClass.objects.update(suspendable=True)
    if call.path.endswith("/reinstate"):
        Assertion.objects.update(suspended_at=timezone.now(), suspension_reason="Under review")


def body_of(call: Call, named: Mapping[str, str]) -> Any:
    """A sensible body: the example of the reference, unless it would not do here."""
    own = BODIES.get(str(call), BODIES.get(str(call).partition("?")[0]))
    if callable(own):
        return own(named)
    if own is not None:
        return _written(own, named)
    return call.endpoint.example if call.endpoint else None


def _written(value: Any, named: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {name: _written(inner, named) for name, inner in value.items()}
        case list():
            return [_written(inner, named) for inner in value]
        case str():
            return re.sub(r"\{(\w+)\}", lambda found: named[found[1]], value)
    return value


AWARD = f"{ORIGIN}/public/assertions/{{award}}"
_PROFILE = {
    "name": "Pier Learning",
    "url": "https://pier.example.org",
    "email": "{me}",
    "description": "Day school",
}
_PERSON = {
    "id": uuid5(NAMESPACE_URL, f"{ORIGIN}/users/{examples.PERSON}").urn,
    "type": ["Profile"],
    "familyName": "Reed",
}
_KNOT = {"name": "Sheet Bend", "description": "Ties it", "criteria_text": "Tie **it**"}
_COLLECTION = {"name": "Rope work", "published": True, "badges": [{"id": "{award}"}]}


def _credential(named: Mapping[str, str]) -> Any:
    """Bob's award as a credential."""
    award = published_assertion(named["award"])
    assert award is not None
    return orjson.loads(credentials.signed(credentials.draft(award)))


def _pathway(named: Mapping[str, str]) -> Any:
    """A pathway of one step, which is the badge."""
    number = BadgeClass.objects.values_list("pk", flat=True).get(entity_id=named["badge"])
    step = {"step": "0", "name-0": "Ropes", "needed-0": "1", "badges-0": str(number)}
    return {"name": "To the sea", "do": "save", **step}


# What is sent, where the reference's example would not do in this world. ``{me}``: the
# caller's address, ``{mine}``: their name.
_KNOTS = {"name": "Knots", "description": "Ties", "criteria_narrative": "Tie ten"}
_HARBOR = {"name": "Pier", "description": "A pier", "url": "https://pier.example.org"}
BODIES: dict[str, Any] = {
    "POST /issuers/new": {**_HARBOR, "email": "{me}"},
    "POST /issuers/:issuer/catalogue": {"is_in": "on", "language": "en"},
    "POST /issuers/:issuer/endorsements/ask": {
        "endorser": f"{ORIGIN}/public/issuers/{OTHER}",
        "about": "itself",
    },
    "POST /issuers/:issuer/endorsements/give": {
        "about": f"{ORIGIN}/public/issuers/{OTHER}",
        "comment": "Good knots",
    },
    "POST /issuers/:issuer/endorsements/:endorsement": {"step": "show"},
    "POST /issuers/:issuer/pathways/new": _pathway,
    "POST /issuers/:issuer/pathways/:pathway": {"step": "unpublish"},
    "POST /issuers/:issuer/pathways/:pathway/edit": _pathway,
    "POST /issuers/:issuer/settings": {**_HARBOR, "email": "ada@example.org"},
    "POST /issuers/:issuer/badges/new": _KNOTS,
    "POST /issuers/:issuer/awards": {"state": "made"},
    "POST /issuers/:issuer/recipients/known": {"recipient": "bob"},
    "POST /issuers/:issuer/staff": {"step": "add", "email": "new@example.org", "role": "staff"},
    "POST /badges/:badge/edit": _KNOTS,
    "POST /badges/:badge/award": {"recipient": "new@example.org", "notify": "on"},
    "POST /badges/:badge/links": {"title": "Harbor day", "is_automatic": "True"},
    "POST /badges/:badge/links/:claimlink": {"step": "end"},
    "POST /badges/:badge/links/:claimlink/edit": {"title": "Pier", "is_automatic": "True"},
    "POST /c/:claimlink": {"email": "{me}"},
    "POST /badges/:badge/award/many": {"text": "email\nnew@example.org"},
    "POST /badges/:badge/sheets/:sheet": {"column-0": "recipient"},
    "POST /badges/:badge/sheets/:sheet/check": {"choice-0": "skip", "cell-0-0": "x"},
    "POST /badges/:badge/sheets/:sheet/confirm": {"notify": "yes"},
    "POST /awards/:award/revoke": {"reason": "Copied"},
    "POST /awards/:award/suspend": {"reason": "Under review"},
    "POST /awards/:award/name": {"name": "Bob Reed"},
    "POST /awards/:award/move": {"email": "new@example.org"},
    "POST /v2/issuers": _PROFILE,
    "PUT /v2/issuers/:issuer?staff": {"staff": [{"user": "{person}", "role": "owner"}]},
    "POST /v2/backpack/assertions": {"url": AWARD},
    "POST /v2/backpack/import": {"url": AWARD},
    "PUT /v2/auth/forgot-password": {"token": "{reset}", "password": "splices and knots"},
    "PUT /v2/users/self": {"lastName": "Reed"},
    "POST /v2/users": {
        "firstName": "Nora",
        "lastName": "New",
        "email": "nora@example.org",
        "password": PASSWORD,
    },
    "POST /v1/user/profile": {
        "first_name": "Nora",
        "last_name": "New",
        "email": "nora@example.org",
        "password": PASSWORD,
    },
    "PUT /v1/user/profile": {"last_name": "Reed"},
    "POST /v1/user/forgot-password": {"email": "ada@example.org"},
    "PUT /v1/user/forgot-password": {"token": "{reset}", "password": "splices and knots"},
    "POST /v1/user/emails": {"email": "more@example.org"},
    "PUT /v1/user/emails/:address": {"primary": True},
    "POST /v1/issuer/issuers": _PROFILE,
    "PUT /v1/issuer/issuers/:issuer": _PROFILE | {"email": "ada@example.org"},
    "POST /v1/issuer/issuers/:issuer/staff": {"action": "add", "email": "bob@example.org"},
    "POST /v1/issuer/issuers/:issuer/badges": _KNOT | {"image": examples.IMAGE},
    "PUT /v1/issuer/issuers/:issuer/badges/:badge": _KNOT,
    "POST /v1/issuer/issuers/:issuer/badges/:badge/assertions": {
        "recipient_identifier": "bob@example.org",
        "create_notification": True,
    },
    "POST /v1/issuer/issuers/:issuer/badges/:badge/batchAssertions": {
        "assertions": [{"recipient_identifier": "bob@example.org"}]
    },
    "DELETE /v1/issuer/issuers/:issuer/badges/:badge/assertions/:award": {
        "revocation_reason": "Issued in error"
    },
    "POST /v1/earner/badges": {"url": AWARD},
    "PUT /v1/earner/badges/:award": {"acceptance": "Accepted"},
    "POST /v1/earner/collections": _COLLECTION,
    "PUT /v1/earner/collections/:collection": _COLLECTION,
    "POST /o/revoke_token": {"token": "{secret}"},
    "POST /bcv1/assertions": {"assertion": {"id": AWARD}},
    "POST /ims/ob/v3p0/credentials": _credential,
    "POST /ims/ob/v3p0/profile": _PERSON,
    "POST /public/verify": {"entity_id": "{award}"},
    "POST /public/verify?linked": {"entity_id": "{linked}"},
    "POST /public/verify?private": {"entity_id": "{private}"},
    "POST /account/password/:reset": {"password": "splices and knots"},
    "POST /unsubscribe/:unsubscribe": {},
    "POST /auth/login": {"step": "sign-in", "username": "{me}", "password": PASSWORD},
    "POST /auth/oauth2/authorize": {"step": "allow", "person": "{mine}"},
    "POST /backpack/import": {"text": "no badge"},
    "POST /backpack/:award": {"step": "accept"},
    "POST /backpack/:award/undo": {"undo": "it"},
    "POST /collections/new": {"name": "Rope work", "award": "{award}"},
    "POST /collections/:collection": {"name": "Rope work", "award": "{award}"},
    "POST /collections/:collection/remove": {"remove": "it"},
    "POST /collections/:hidden/publish": {"publish": "it"},
    "POST /claim/:claim": {"step": "accept"},
    "POST /verify": {"text": AWARD},
    "POST /verify/receipts": {"receipt": "{asked}"},
}
