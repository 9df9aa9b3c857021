"""What clients send about webhooks."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from rosette.api.bodies import Body
from rosette.api.shapes import Moment, Shape, Url, read
from rosette.models import Event
from rosette.operations.webhooks import WebhookWish

ABSENT: Any = None
State = Literal["delivered", "failed"]
_EVENT_NAMES = Literal[
    "assertion.awarded",
    "assertion.revoked",
    "assertion.suspended",
    "assertion.reinstated",
    "assertion.accepted",
    "assertion.rejected",
]


def _once_each(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


class WebhookChange(Shape):
    """Changes of a webhook. What is left out stays as it is."""

    url: Url = Field(ABSENT, description="An https address.")
    events: Annotated[
        list[_EVENT_NAMES],
        Field(min_length=1, max_length=100, description="What it hears of; all, unless said."),
        AfterValidator(_once_each),
    ] = ABSENT
    enabled: bool = Field(ABSENT, description="Whether it is told anything.")


class NewWebhook(WebhookChange):
    """A new webhook."""

    url: Url = Field(description="An https address.")


class Rotation(Shape):
    """How long the former secret signs beside the new one."""

    overlap_hours: Annotated[int, Field(alias="overlapHours", ge=0, le=168)] = Field(
        24, description="0 if somebody else may know it."
    )


class Replay(Shape):
    """Which deliveries are sent anew: those whose `createdAt` is in a range of time."""

    since: Moment
    until: Moment | None = None
    state: State | None = Field(None, description="Only those in this state.")


class DeliveryQuery(Shape):
    """Which deliveries."""

    state: str | None = Field(None, description="`waiting`, `delivered` or `failed`")
    num: int | None = Field(None, description="Size of a page, from 1 to 500; 100 unless said.")
    cursor: str | None = Field(
        None, description="Where the page begins; taken from the `Link` header."
    )


def webhook_wish(shape: type[WebhookChange], sent: Body) -> WebhookWish:
    """A wish for a new webhook or for changes of one. Raises InvalidInput."""
    found = read(shape, sent)
    wish: WebhookWish = {}
    if found.sent("url"):
        wish["url"] = found.url
    if found.sent("events"):
        wish["events"] = [Event(name) for name in found.events]
    if found.sent("enabled"):
        wish["enabled"] = found.enabled
    return wish
