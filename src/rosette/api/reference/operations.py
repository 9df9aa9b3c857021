"""What is described: every verb of every path, found by walking the URL tables."""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from django.urls import URLPattern, URLResolver

from rosette.api.connect import urls as connect
from rosette.api.endpoints import Endpoint, operations
from rosette.api.oauth import urls as oauth
from rosette.api.v2 import urls as v2
from rosette.api.v3 import urls as v3

Wire = Literal["v2", "oauth", "connect", "v3"]
"""How an API words its answers and refusals."""

_PART: Final = re.compile(r"<(\w+)>")


class Operation(NamedTuple):
    """One verb of one path."""

    template: str
    verb: str
    endpoint: Endpoint
    wire: Wire

    @property
    def enveloped(self) -> bool:
        """Whether it answers in the V2 envelope."""
        return self.wire == "v2"

    @property
    def path(self) -> str:
        """``/v2/issuers/{issuerId}``"""
        return _PART.sub(lambda part: f"{{{camel(part[1])}}}", self.template)

    @property
    def parts(self) -> list[str]:
        """The names of the path's parts, as the code has them."""
        return _PART.findall(self.template)

    @property
    def name(self) -> str:
        """``getIssuersById``: made of what is on the wire, so that it stays."""
        words = _PART.sub(" by id ", self.template.removeprefix("/v2"))
        return self.verb.lower() + "".join(
            word[0].upper() + word[1:] for word in re.split(r"[/ _.-]+", words) if word
        )

    @property
    def creates(self) -> bool:
        """Whether it can be repeated safely under an ``Idempotency-Key``."""
        # What puts one thing in the place of another, as in 3.0, can be repeated without a key.
        return self.wire in ("v2", "connect") and self.endpoint.status in (201, 202)

    @property
    def successes(self) -> list[int]:
        """The statuses of success; what leads elsewhere may say instead where."""
        status = self.endpoint.status
        leads = (200,) if status == 302 and self.endpoint.result else ()
        return [status, *leads, *self.endpoint.also]

    @property
    def statuses(self) -> list[int]:
        """Everything that it may answer, the successes first."""
        endpoint = self.endpoint
        refusals = set(endpoint.refusals)
        if endpoint.scopes is not None:
            refusals |= {"v2": {401, 404}, "v3": {401, 403}}.get(self.wire, {401})
        if endpoint.body or endpoint.items:
            refusals |= {400, 413, 415}
        if endpoint.query:
            refusals.add(414)
        if self.creates:
            refusals.add(422)
        return [*self.successes, *sorted(refusals)]


def walk() -> Sequence[Operation]:
    """Every operation that is described, in the order of the URL tables."""
    wings: list[tuple[str, Sequence[URLPattern | URLResolver], Wire]] = [
        ("/", oauth.urlpatterns, "oauth"),
        ("/v2/", v2.urlpatterns, "v2"),
        ("/", connect.urlpatterns, "connect"),
        ("/", v3.urlpatterns, "v3"),
    ]
    return [
        Operation(prefix + template, verb, endpoint, wire)
        for prefix, patterns, wire in wings
        for template, verb, endpoint in operations(patterns)
    ]


def camel(name: str) -> str:
    """``badgeclass_id`` as ``badgeClassId``."""
    first, *rest = name.replace("badgeclass", "badge_class").split("_")
    return first + "".join(word.title() for word in rest)
