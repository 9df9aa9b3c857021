"""What is described: every verb of every path, found by walking the URL tables."""

import re
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from django.urls import URLPattern, URLResolver

from rosette.api.connect import urls as connect
from rosette.api.endpoints import Endpoint, operations
from rosette.api.oauth import urls as oauth
from rosette.api.v2 import urls as v2

Wire = Literal["v2", "oauth", "connect"]
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
        return self.wire != "oauth" and self.endpoint.status in (201, 202)

    @property
    def successes(self) -> list[int]:
        """The statuses of success; what leads elsewhere may say instead where."""
        status = self.endpoint.status
        return [status, 200] if status == 302 and self.endpoint.result else [status]

    @property
    def statuses(self) -> list[int]:
        """Everything that it may answer, the successes first."""
        endpoint = self.endpoint
        refusals = set(endpoint.refusals)
        if endpoint.scopes is not None:
            refusals |= {401, 404} if self.enveloped else {401}
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
