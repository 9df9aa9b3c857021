"""Entries of the audit log as V2 objects."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from rosette.api import examples
from rosette.api.v2.responses.common import Timestamp
from rosette.operations.history import Event


class ChangeObject(TypedDict):
    """Who changed what, when, on which request."""

    entityType: Annotated[str, Field(examples=["Change"])]
    number: Annotated[int, Field(description="Ascending, with gaps.", examples=[1742])]
    changedAt: Timestamp
    action: Annotated[str, Field(examples=["award.revoke"])]
    changedBy: Annotated[
        str | None,
        Field(
            description="A person by name; `operator`, who runs the server; `server`, if nobody "
            "asked; or null for somebody unknown.",
            examples=[examples.PERSON],
        ),
    ]
    application: Annotated[
        str | None, Field(description="The client id of their token.", examples=["public"])
    ]
    subjectType: Annotated[str, Field(examples=["assertion"])]
    subjectId: Annotated[
        str | None, Field(description="What was changed, by name.", examples=[examples.ASSERTION])
    ]
    requestId: Annotated[
        str | None,
        Field(description="As in the answer's `X-Request-ID`.", examples=["lesson-17.knots"]),
    ]
    details: Annotated[dict[str, Any], Field(examples=[{"badgeclass": examples.BADGECLASS}])]


def changes(events: Iterable[Event]) -> list[ChangeObject]:
    """The entries."""
    return [
        {
            "entityType": "Change",
            "number": event.number,
            "changedAt": event.at,
            "action": event.action,
            "changedBy": event.actor or None,
            "application": event.application or None,
            "subjectType": event.kind,
            "subjectId": event.name or None,
            "requestId": event.request or None,
            "details": event.details,
        }
        for event in events
    ]
