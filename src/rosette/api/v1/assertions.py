"""/v1/issuer/issuers/:id/badges/:id: award badges, as scripts of old do it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from pydantic import BeforeValidator, Field
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.bodies import Body, body
from rosette.api.extensions import Extensions
from rosette.api.identities import flaw
from rosette.api.shapes import Markdown, Moment, Plain, Shape, Url, read
from rosette.api.v1.envelope import WHOLE, endpoint
from rosette.errors import InvalidInput, NotFound, NotPermitted
from rosette.models import BadgeClass, EmailAddress, Issuer
from rosette.models.assertions import (
    RECIPIENT_IDENTITY_MAX_LENGTH,
    AssertionRecord,
    PublishedAssertion,
)
from rosette.models.badgeclasses import (
    BadgeClassRecord,
    PublishedBadgeClass,
    badgeclass_record,
    published_badgeclasses_by_number,
)
from rosette.openbadges import documents
from rosette.openbadges.jsonld import Document
from rosette.operations import assertions, publishing
from rosette.operations.assertions import Award
from rosette.operations.policies import Actor, Reach

WRITE = ("rw:issuer", "rw:issuer:*", "rw:serverAdmin")


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


OptionalUrl = Annotated[Url | None, BeforeValidator(_blank_is_none)]
OptionalMarkdown = Annotated[Markdown | None, BeforeValidator(_blank_is_none)]
Identity = Annotated[Plain, Field(max_length=RECIPIENT_IDENTITY_MAX_LENGTH)]


class EvidenceEntry(Shape):
    """One piece of evidence."""

    evidence_url: OptionalUrl = None
    narrative: OptionalMarkdown = None


class AwardEntry(Shape):
    """One award. ``email`` and ``evidence`` are how the oldest scripts spell it."""

    recipient_identifier: Identity | None = None
    email: Identity | None = None
    recipient_type: Literal["email", "telephone", "url", "openBadgeId"] = "email"
    narrative: OptionalMarkdown = None
    evidence: OptionalUrl = None
    evidence_items: Annotated[list[EvidenceEntry] | None, Field(max_length=100)] = None
    expires: Annotated[Moment | None, BeforeValidator(_blank_is_none)] = None
    create_notification: bool | None = None
    allow_duplicate_awards: bool = True
    extensions: Extensions | None = None


class Batch(Shape):
    """Many awards of one badge class."""

    assertions: list[Any] = Field(json_schema_extra={"items": {"$ref": "AwardEntry"}})
    create_notification: bool = False


class EvidenceObject(TypedDict):
    """One piece of evidence."""

    evidence_url: str | None
    narrative: str | None


class AssertionObject(TypedDict):
    """One award; ``json`` is its document of Open Badges 1.1."""

    created_at: str
    created_by: str | None
    slug: str
    image: str
    recipient_identifier: str
    recipient_type: str
    narrative: str | None
    evidence_items: list[EvidenceObject]
    revoked: bool
    revocation_reason: str | None
    expires: str | None
    hashed: bool
    extensions: Mapping[str, Any]
    json: Document
    issuer: str
    badge_class: str
    public_url: str


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=AwardEntry,
    result=AssertionObject,
    refusals=(400, 403, 404),
)
def award(request: HttpRequest, by: Caller, issuer_id: str, badgeclass_id: str) -> AssertionObject:
    """Award a badge class to one recipient."""
    badgeclass = _badgeclass(issuer_id, badgeclass_id, by.actor)
    wish = _award(read(AwardEntry, body(request)), notify=False)
    (shown,) = _shown([assertions.award(badgeclass, wish, by=by.actor)], badgeclass, by.actor)
    return shown


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=Batch,
    result=list[AssertionObject],
    refusals=(400, 403, 404),
)
def award_many(
    request: HttpRequest, by: Caller, issuer_id: str, badgeclass_id: str
) -> list[AssertionObject]:
    """Award a badge class to many recipients, all or none."""
    badgeclass = _badgeclass(issuer_id, badgeclass_id, by.actor)
    wishes = _awards(body(request))
    return _shown(assertions.award_many(badgeclass, wishes, by=by.actor), badgeclass, by.actor)


def _badgeclass(issuer_id: str, badgeclass_id: str, actor: Actor) -> BadgeClassRecord:
    """
    The badge class of this issuer, for its staff.

    Asked here as well as in the operation, so that strangers learn nothing of their mistakes.
    """
    found = badgeclass_record(_todays(BadgeClass, badgeclass_id), actor.user_id)
    if found is None or found.issuer_entity_id != _todays(Issuer, issuer_id):
        raise NotFound
    if actor.reach(found.issuer_entity_id, found.role) < Reach.STAFF:
        raise NotPermitted
    return found


def _awards(sent: Body) -> list[Award]:
    batch = read(Batch, sent)
    at_most = settings.ROSETTE.batch_max_awards
    if len(batch.assertions) > at_most:
        raise InvalidInput(general=[f"No more than {at_most} awards can be made in one call."])
    wishes: list[Award] = []
    errors: list[dict[str, Any]] = []
    for item in batch.assertions:
        try:
            entry = read(AwardEntry, Body(item, is_form=False))
            wishes.append(_award(entry, notify=batch.create_notification))
            errors.append({})
        except InvalidInput as refusal:
            general = {WHOLE: refusal.general} if refusal.general else {}
            errors.append({**refusal.fields, **general})
    if any(errors):
        raise InvalidInput(rows=errors)
    return wishes


def _award(entry: AwardEntry, *, notify: bool) -> Award:
    identity = entry.recipient_identifier or entry.email
    if not identity:
        raise InvalidInput({"recipient_identifier": ["This field is required."]})
    if said := flaw(identity, entry.recipient_type):
        raise InvalidInput({"recipient_identifier": [said]})
    evidence = [*(entry.evidence_items or ()), EvidenceEntry(evidence_url=entry.evidence)]
    return Award(
        identity=identity,
        kind=entry.recipient_type,
        narrative=entry.narrative or "",
        evidence=[
            {"url": item.evidence_url, "narrative": item.narrative}
            for item in evidence
            if item.evidence_url or item.narrative
        ],
        expires_on=entry.expires,
        notify=notify if entry.create_notification is None else entry.create_notification,
        allow_duplicates=entry.allow_duplicate_awards,
        extensions=entry.extensions or {},
    )


def _shown(
    rows: Sequence[AssertionRecord], record: BadgeClassRecord, actor: Actor
) -> list[AssertionObject]:
    """New awards of one badge class, made by this person."""
    badgeclass = published_badgeclasses_by_number([record.id])[record.id]
    creator = (
        EmailAddress.objects.filter(user_id=actor.user_id, primary=True)
        .values_list("email", flat=True)
        .first()
    )
    return [_assertion(row, badgeclass, creator) for row in rows]


def _assertion(
    row: AssertionRecord, badgeclass: PublishedBadgeClass, creator: str | None
) -> AssertionObject:
    facts = {name: getattr(row, name) for name in PublishedAssertion._fields[:-1]}
    credential = publishing.credential(PublishedAssertion(**facts, badgeclass=badgeclass))
    achievement = credential.achievement
    # V1 shows the ids of 2.0, without the version that documents of 1.1 add to theirs.
    verify = {"type": "hosted", "url": credential.id}
    ids = {"id": credential.id, "badge": achievement.id, "verify": verify}
    return {
        "created_at": _timestamp(row.created_at),
        "created_by": creator,
        "slug": row.entity_id,
        "image": f"{credential.id}/image",
        "recipient_identifier": row.recipient_identity,
        "recipient_type": row.recipient_kind,
        "narrative": row.narrative or None,
        "evidence_items": [
            {"evidence_url": item["url"], "narrative": item["narrative"]} for item in row.evidence
        ],
        "revoked": False,
        "revocation_reason": None,
        "expires": None if row.expires_on is None else _timestamp(row.expires_on),
        "hashed": row.recipient_hashed,
        "extensions": row.extensions,
        "json": documents.render(credential, "1_1") | ids,
        "issuer": achievement.issuer.id,
        "badge_class": achievement.id,
        "public_url": credential.id,
    }


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _todays(model: type[Issuer] | type[BadgeClass], name: str) -> str:
    """The name of today of what may be called by its slug of old."""
    return model.entity_id_of(name) or name
