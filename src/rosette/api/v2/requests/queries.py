"""What clients say in the query string. Described here; unknown words are left alone."""

from pydantic import Field

from rosette.api.shapes import REQUIRED, Shape


class TokenQuery(Shape):
    """The token of a mail."""

    token: str | None = Field(None, description="The token of the mail.")


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


class JobResultQuery(Shape):
    """Which lines of an award job."""

    first: int | None = Field(
        None, ge=1, description="The first line, counted from 1; 1 unless said."
    )
    num: int | None = Field(
        None, ge=1, le=10_000, description="How many lines, up to 10000; 1000 unless said."
    )
    failed: str | None = Field(None, description="`1` shows only lines that were refused.")


class BackpackItemQuery(Shape):
    """How awards in a backpack are shown."""

    expand: list[str] | None = Field(
        None,
        description="`badgeclass` shows the badge class as its Open Badges document instead of "
        "its name, and with it `issuer` the issuer inside that; may be repeated.",
        examples=[["badgeclass"]],
    )


class BackpackQuery(BackpackItemQuery):
    """Which awards in a backpack."""

    include_expired: str | None = Field(None, description="`1` shows expired awards as well.")
    include_revoked: str | None = Field(None, description="`1` shows revoked awards as well.")
    include_pending: str | None = Field(
        None, description="`1` shows imported awards to addresses that are not verified yet."
    )


class PictureQuery(Shape):
    """Which form of a picture."""

    type: str | None = Field(None, description="`original` or `png`", examples=["png"])
    fmt: str | None = Field(None, description="`square` or `wide`", examples=["square"])


class ProviderNameQuery(Shape):
    """Which provider to sign in with."""

    provider: str | None = Field(
        None,
        description="The id of one that this server offers.",
        examples=["google"],
        json_schema_extra=REQUIRED,
    )


class ShareQuery(Shape):
    """Where something is to be shown, and how."""

    provider: str | None = Field(
        None,
        description="twitter, facebook, linkedin, pinterest, linkedin-profile (adds it to the "
        "certificates there; awards only), bluesky, mastodon, whatsapp, mail or embed, in any "
        "letter case",
        examples=["linkedin"],
        json_schema_extra=REQUIRED,
    )
    redirect: str | None = Field(
        None, description="`0` answers the address instead of leading there.", examples=["0"]
    )
    include_identifier: str | None = Field(
        None, description="`1` tells who the recipient is, if that is you and you are signed in."
    )
    instance: str | None = Field(
        None,
        description="Your server; for mastodon, which wants it.",
        examples=["mastodon.social"],
    )
    source: str | None = Field(
        None, description="What the program says of itself, to be kept.", examples=["badgr-ui"]
    )


class FeedQuery(Shape):
    """Which part of a feed."""

    since: str | None = Field(
        None,
        description="Only what changed after this moment (ISO 8601); `+` is written `%2B`.",
        examples=["2026-11-23T09:30:00Z"],
    )
    num: int | None = Field(None, description="Size of a page, from 1 to 500; 100 unless said.")
    cursor: str | None = Field(None, description="Taken from `nextResults`.")
    settled: str | None = Field(None, description="Taken from `nextResults`, as `cursor` is.")


class AuditQuery(Shape):
    """Which changes; all that is said has to fit."""

    action: str | None = Field(
        None, description="Such as `award.revoke`, or `award` for all of them.", examples=["award"]
    )
    changed_by: str | None = Field(None, description="By whom, by name.")
    subject_type: str | None = Field(None, description="What was changed.", examples=["assertion"])
    subject_id: str | None = Field(None, description="Which one, by name.")
    since: str | None = Field(
        None,
        description="From this moment on (ISO 8601); `+` is written `%2B`.",
        examples=["2026-11-23T09:30:00Z"],
    )
    until: str | None = Field(None, description="Before this moment.")
    num: int | None = Field(None, description="Size of a page, from 1 to 500; 100 unless said.")
    below: int | None = Field(None, description="Taken from the `Link` header.")
