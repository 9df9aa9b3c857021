"""What clients say in the query string. Described here; unknown words are left alone."""

from pydantic import Field

from rosette.api.shapes import Shape


class IssuerQuery(Shape):
    """How issuers are shown."""

    include_staff: str | None = Field(
        None, description="`false` leaves out who works there.", examples=["false"]
    )


class PageQuery(Shape):
    """Which page of a list."""

    num: int | None = Field(
        None,
        description="Size of a page, from 1 to 500. Without it, the whole list comes at once.",
        examples=[100],
    )
    cursor: str | None = Field(
        None, description="Where the page begins; taken from the `Link` header."
    )


class AssertionQuery(PageQuery):
    """Which awards."""

    recipient: list[str] | None = Field(
        None, description="Only awards to this identity; may be repeated."
    )
    include_expired: str | None = Field(None, description="`1` shows expired awards as well.")
    include_revoked: str | None = Field(None, description="`1` shows revoked awards as well.")


class FeedQuery(Shape):
    """Which part of a feed."""

    since: str | None = Field(
        None,
        description="Only what changed after this moment (ISO 8601); `+` is written `%2B`.",
        examples=["2026-11-23T09:30:00Z"],
    )
    num: int | None = Field(None, description="Size of a page, from 1 to 500; 100 unless said.")
    cursor: str | None = Field(None, description="Taken from `nextResults`.")
