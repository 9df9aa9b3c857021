"""What clients send about awards."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, NamedTuple

from django.utils import timezone
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from rosette.api.bodies import Body
from rosette.api.extensions import Extensions
from rosette.api.identities import flaw
from rosette.api.shapes import (
    REQUIRED,
    Line,
    Markdown,
    Moment,
    Plain,
    Shape,
    Url,
    read,
    refuse,
    refuse_whole,
)
from rosette.errors import InvalidInput
from rosette.models.assertions import RECIPIENT_IDENTITY_MAX_LENGTH
from rosette.openbadges.recipient import Kind
from rosette.operations.assertions import DEFAULT_REASON, Amendment, Award

ABSENT: Any = None
_REASON_MAX_LENGTH = 255
_GREGORIAN = datetime(1583, 1, 1, tzinfo=UTC)


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


def _in_the_past(value: datetime) -> datetime:
    if value > timezone.now():
        raise refuse("Only issuedOn dates in the past are acceptable.")
    if value < _GREGORIAN:
        raise refuse(
            "Only issuedOn dates after the introduction of the Gregorian calendar are allowed."
        )
    return value


class RecipientEntry(Shape):
    """Who receives: an identity, its kind, and whether the world sees it hashed."""

    identity: Annotated[Line, Field(max_length=RECIPIENT_IDENTITY_MAX_LENGTH)] = Field(
        examples=["bob@example.org"]
    )
    type: Literal["email", "telephone", "url", "openBadgeId"] | None = Field(
        None, description="email, unless said otherwise"
    )
    hashed: bool | None = Field(
        None, description="Addresses and telephone numbers are hashed, unless said otherwise."
    )

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_read(cls, sent: Any) -> Any:
        """A recipient that was read and is sent back shows its identity hashed and in the clear."""
        if isinstance(sent, dict) and str(sent.get("identity", "")).startswith("sha256$"):
            return {**sent, "identity": sent.get("plaintextIdentity", sent["identity"])}
        return sent

    @model_validator(mode="after")
    def _identity_of_its_kind(self) -> "RecipientEntry":
        if said := flaw(self.identity, self.kind):
            raise refuse_whole(said)
        return self

    @property
    def kind(self) -> Kind:
        """The kind of the identity."""
        return self.type or "email"

    @property
    def is_hashed(self) -> bool:
        """Whether the world sees the identity hashed."""
        return self.kind in ("email", "telephone") if self.hashed is None else self.hashed


OptionalUrl = Annotated[Url | None, BeforeValidator(_blank_is_none)]
OptionalMarkdown = Annotated[Markdown | None, BeforeValidator(_blank_is_none)]


class EvidenceEntry(Shape):
    """One piece of evidence: where it is, what it says, or both. ``id`` is the same as ``url``."""

    url: OptionalUrl = None
    id: OptionalUrl = None
    narrative: OptionalMarkdown = None

    @model_validator(mode="after")
    def _says_something(self) -> "EvidenceEntry":
        if self.url and self.id and self.url != self.id:
            raise refuse_whole("url and id mean the same and must not differ")
        if not self.model_fields_set & {"url", "id", "narrative"}:
            raise refuse_whole("Either url or narrative is required")
        return self


Evidence = Annotated[
    list[EvidenceEntry] | None,
    Field(max_length=100, description="Items of which nothing is said are left out."),
]


class AwardEntry(Shape):
    """One award."""

    recipient: RecipientEntry = Field(ABSENT, json_schema_extra=REQUIRED)
    narrative: OptionalMarkdown = None
    evidence: Evidence = None
    issued_on: Annotated[Moment, AfterValidator(_in_the_past)] = Field(
        ABSENT, alias="issuedOn", description="Now, unless said otherwise."
    )
    expires: Moment | None = None
    notify: bool | None = Field(None, description="Whether to announce the award by mail.")
    allow_duplicates: bool = Field(True, alias="allowDuplicateAwards")
    extensions: Extensions | None = None
    badgeclass: Plain | None = Field(
        None, description="`entityId` of the badge class, where the path does not name it."
    )
    badgeclass_open_badge_id: Plain | None = Field(
        None, alias="badgeclassOpenBadgeId", description="Or the address of the badge class."
    )
    badgeclass_name: Plain | None = Field(
        None, alias="badgeclassName", description="Or its name, if the issuer has one such only."
    )

    @property
    def names_badgeclass(self) -> bool:
        """Whether it says, in any way, of which badge class it is."""
        return bool(self.badgeclass or self.badgeclass_open_badge_id or self.badgeclass_name)


_ENTRIES = TypeAdapter(list[AwardEntry])


class AmendmentEntry(Shape):
    """Changes of an award. What is left out stays as it is; null clears what may be empty."""

    recipient: RecipientEntry = ABSENT
    narrative: OptionalMarkdown = None
    evidence: Evidence = None
    issued_on: Annotated[Moment, AfterValidator(_in_the_past)] = Field(ABSENT, alias="issuedOn")
    expires: Moment | None = None
    extensions: Extensions | None = None


class Batch(Shape):
    """Many awards of one badge class. A bare list of awards means the same."""

    # Checked one by one, so that each has its own errors.
    assertions: list[Any] = Field(json_schema_extra={"items": {"$ref": "AwardEntry"}})
    create_notification: bool | None = Field(None, description="Whether to announce them by mail.")
    notify: bool | None = Field(None, description="As `create_notification`.")

    @property
    def is_announced(self) -> bool:
        """Whether awards are announced that do not say so themselves."""
        return bool(self.create_notification if self.notify is None else self.notify)


class RevocationReason(Shape):
    """Why an award is taken back."""

    revocation_reason: Plain | None = Field(None, max_length=_REASON_MAX_LENGTH)
    revocationReason: Plain | None = Field(  # noqa: N815 -- both spellings are on the wire
        None, max_length=_REASON_MAX_LENGTH
    )


class RevocationEntry(Shape):
    """One award to take back, and why."""

    entity_id: Plain = Field("", alias="entityId", json_schema_extra=REQUIRED)
    reason: Annotated[Plain | None, Field(max_length=_REASON_MAX_LENGTH)] = Field(
        None, alias="revocationReason", json_schema_extra=REQUIRED
    )


class Choice(NamedTuple):
    """Which badge class an award is for, in one of three ways."""

    entity_id: str | None
    open_badge_id: str | None
    name: str | None


def award(sent: Body) -> tuple[Award, Choice]:
    """A wish for an award, and what it says of the badge class. Raises InvalidInput."""
    entry = read(AwardEntry, sent)
    return _award(entry, notify=False), _choice(entry)


def awards(sent: Body, *, at_most: int) -> list[Award]:
    """
    Wishes for many awards of one badge class.

    Raises InvalidInput, with everything that is wrong in ``rows``, by position.
    """
    values = sent.values
    if isinstance(values, list):
        values = {"assertions": values}
    batch = read(Batch, Body(values, is_form=sent.is_form))
    if len(batch.assertions) > at_most:
        raise InvalidInput(general=[f"No more than {at_most} awards can be made in one call."])
    announced = batch.is_announced
    found = checked(batch.assertions, notify=announced)
    if any(isinstance(item, dict) for item in found):
        raise InvalidInput(rows=[item if isinstance(item, dict) else {} for item in found])
    return [item for item in found if isinstance(item, Award)]


def checked(items: Sequence[Any], *, notify: bool) -> Sequence[Award | dict[str, Any]]:
    """Each item as a wish for an award, or what is wrong with it, by field."""
    try:
        entries = _ENTRIES.validate_python(items)
        if all(entry.recipient and not entry.names_badgeclass for entry in entries):
            return [_award(entry, notify=notify) for entry in entries]
    except ValidationError:
        pass  # what is wrong is said below, item by item
    return [_checked(item, notify=notify) for item in items]


def _checked(item: Any, *, notify: bool) -> Award | dict[str, Any]:
    try:
        entry = read(AwardEntry, Body(item, is_form=False))
        if entry.names_badgeclass:
            raise InvalidInput(general=[MULTIPLE_CHOICE])
        return _award(entry, notify=notify)
    except InvalidInput as refusal:
        general = {"non_field_errors": refusal.general} if refusal.general else {}
        return {**refusal.fields, **general}


MULTIPLE_CHOICE = (
    "Multiple badge class identifiers. Exactly one of the following badge class identifiers are "
    "allowed: badgeclass, badgeclassName, or badgeclassOpenBadgeId"
)


def amendment(sent: Body) -> Amendment:
    """A wish for changes of an award. Raises InvalidInput."""
    entry = read(AmendmentEntry, sent)
    wish: Amendment = {}
    if entry.sent("recipient"):
        recipient = entry.recipient
        wish["recipient"] = (recipient.identity, recipient.kind, recipient.is_hashed)
    if entry.sent("narrative"):
        wish["narrative"] = entry.narrative or ""
    if entry.sent("evidence"):
        wish["evidence"] = _evidence(entry.evidence)
    if entry.sent("issued_on"):
        wish["issued_on"] = entry.issued_on
    if entry.sent("expires"):
        wish["expires_on"] = entry.expires
    if entry.sent("extensions"):
        wish["extensions"] = entry.extensions or {}
    return wish


def revocation(sent: Body) -> str:
    """
    Why the award is taken back.

    Clients that cannot send a body with DELETE send none; that alone is no mistake. Raises
    InvalidInput for a body without a reason.
    """
    if sent.is_empty:
        return DEFAULT_REASON
    shape = read(RevocationReason, sent)
    reason = shape.revocation_reason or shape.revocationReason
    if not reason:
        raise InvalidInput({"revocation_reason": ["This field is required"]})
    return reason


def revocations(sent: Body) -> Sequence[Any]:
    """The list of awards to take back, as it was sent. Raises InvalidInput for anything else."""
    if not isinstance(sent.values, list):
        kind = type(sent.values).__name__
        raise InvalidInput(general=[f'Expected a list of items but got type "{kind}".'])
    return sent.values


def revocation_entry(item: Any) -> RevocationEntry:
    """One item of ``revocations``. Raises InvalidInput."""
    return read(RevocationEntry, Body(item, is_form=False))


def _award(entry: AwardEntry, *, notify: bool) -> Award:
    if entry.recipient is None:
        raise InvalidInput({"recipient": ["This field is required"]})
    return Award(
        identity=entry.recipient.identity,
        kind=entry.recipient.kind,
        hashed=entry.recipient.is_hashed,
        narrative=entry.narrative or "",
        evidence=_evidence(entry.evidence),
        issued_on=entry.issued_on,
        expires_on=entry.expires,
        notify=notify if entry.notify is None else entry.notify,
        allow_duplicates=entry.allow_duplicates,
        extensions=entry.extensions or {},
    )


def _choice(entry: AwardEntry) -> Choice:
    return Choice(
        entity_id=entry.badgeclass,
        open_badge_id=entry.badgeclass_open_badge_id,
        name=entry.badgeclass_name,
    )


def _evidence(entries: Sequence[EvidenceEntry] | None) -> list[dict[str, str | None]]:
    return [
        {"url": entry.url or entry.id, "narrative": entry.narrative}
        for entry in entries or ()
        if entry.url or entry.id or entry.narrative
    ]
