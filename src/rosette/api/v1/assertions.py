"""/v1/issuer/issuers/:id/badges/:id/assertions: awards, as scripts of old know them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
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
from rosette.api.v1.envelope import WHOLE, Answer, endpoint
from rosette.api.v1.shown import (
    EvidenceObject,
    assertion_document,
    creators,
    credential_of,
    evidence_items,
    todays,
)
from rosette.api.v2 import assertions as v2
from rosette.api.v2.issuers import READ, WRITE
from rosette.api.v2.requests.assertions import RevocationReason, revocation
from rosette.api.v2.requests.queries import AssertionQuery
from rosette.errors import InvalidInput, NotFound, NotPermitted
from rosette.models import BadgeClass, Issuer
from rosette.models.assertions import RECIPIENT_IDENTITY_MAX_LENGTH, AssertionRecord
from rosette.models.badgeclasses import (
    BadgeClassRecord,
    PublishedBadgeClass,
    badgeclass_record,
    published_badgeclasses_by_number,
)
from rosette.openbadges.jsonld import Document
from rosette.operations import assertions, issuers
from rosette.operations.assertions import Award
from rosette.operations.policies import Actor, Reach


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


class AssertionObject(TypedDict):
    """One award; ``json`` is its document of Open Badges 1.1."""

    created_at: datetime
    created_by: str | None
    slug: str
    image: str | None
    recipient_identifier: str
    recipient_type: str
    narrative: str | None
    evidence_items: list[EvidenceObject]
    revoked: bool
    revocation_reason: str | None
    expires: datetime | None
    hashed: bool
    extensions: Mapping[str, Any]
    json: Document
    issuer: str
    badge_class: str
    public_url: str


@endpoint(
    scopes=READ,
    verified=True,
    query=AssertionQuery,
    result=list[AssertionObject],
    refusals=(403, 404),
)
def index(request: HttpRequest, by: Caller, issuer_id: str, badgeclass_id: str) -> Answer:
    """The awards of one badge class, unless they are expired or revoked."""
    badgeclass = _badgeclass(issuer_id, badgeclass_id, by.actor, Reach.READ)
    return _listed(request, "a.badgeclass_id = %s", [badgeclass.id])


@endpoint(
    scopes=READ,
    verified=True,
    query=AssertionQuery,
    result=list[AssertionObject],
    refusals=(403, 404),
)
def index_of_issuer(request: HttpRequest, by: Caller, issuer_id: str) -> Answer:
    """The awards of one issuer, unless they are expired or revoked."""
    issuer = issuers.find(todays(Issuer, issuer_id), by=by.actor, reach=Reach.READ)
    return _listed(request, "a.issuer_id = %s", [issuer.pk])


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
    badgeclass = _badgeclass(issuer_id, badgeclass_id, by.actor, Reach.STAFF)
    wish = _award(read(AwardEntry, body(request)), notify=False)
    return _shown([assertions.award(badgeclass, wish, by=by.actor)])[0]


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
    badgeclass = _badgeclass(issuer_id, badgeclass_id, by.actor, Reach.STAFF)
    wishes = _awards(body(request))
    return _shown(assertions.award_many(badgeclass, wishes, by=by.actor))


@endpoint(scopes=READ, verified=True, result=AssertionObject, refusals=(403, 404))
def read_one(
    request: HttpRequest, by: Caller, issuer_id: str, badgeclass_id: str, assertion_id: str
) -> AssertionObject:
    """One award, revoked or not."""
    return _shown([_find(issuer_id, badgeclass_id, assertion_id, Reach.READ, by=by.actor)])[0]


@endpoint(
    scopes=WRITE,
    verified=True,
    body=RevocationReason,
    result=AssertionObject,
    refusals=(400, 403, 404),
)
def revoke(
    request: HttpRequest, by: Caller, issuer_id: str, badgeclass_id: str, assertion_id: str
) -> AssertionObject:
    """Revoke an award, for good."""
    found = _find(issuer_id, badgeclass_id, assertion_id, Reach.EDITOR, by=by.actor)
    reason = revocation(body(request))
    return _shown([assertions.revoke(found, reason=reason, by=by.actor)])[0]


def _badgeclass(issuer_id: str, badgeclass_id: str, actor: Actor, reach: Reach) -> BadgeClassRecord:
    """
    The badge class of this issuer, for somebody who reaches that far.

    Asked here as well as in the operation, so that strangers learn nothing of their mistakes.
    """
    found = badgeclass_record(todays(BadgeClass, badgeclass_id), actor.user_id)
    if found is None or found.issuer_entity_id != todays(Issuer, issuer_id):
        raise NotFound
    if actor.reach(found.issuer_entity_id, found.role) < reach:
        raise NotPermitted
    return found


def _find(
    issuer_id: str, badgeclass_id: str, assertion_id: str, reach: Reach, *, by: Actor
) -> AssertionRecord:
    found = assertions.find(assertion_id, by=by, reach=reach)
    named = (todays(Issuer, issuer_id), todays(BadgeClass, badgeclass_id))
    if (found.issuer, found.badgeclass) != named:
        raise NotFound
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


def _listed(request: HttpRequest, where: str, parameters: list[Any]) -> Answer:
    rows, headers = v2.part(request, where, parameters)
    return Answer(_shown(rows), headers)


def _shown(rows: Sequence[AssertionRecord]) -> list[AssertionObject]:
    """Reads the badge classes and the creators of all of them at once."""
    classes = published_badgeclasses_by_number(list({row.badgeclass_id for row in rows}))
    emails = creators(row.created_by for row in rows)
    return [_assertion(row, classes[row.badgeclass_id], emails.get(row.created_by)) for row in rows]


def _assertion(
    row: AssertionRecord, badgeclass: PublishedBadgeClass, creator: str | None
) -> AssertionObject:
    credential = credential_of(row, badgeclass)
    achievement = credential.achievement
    return {
        "created_at": row.created_at,
        "created_by": creator,
        "slug": row.entity_id,
        "image": None if credential.revocation else f"{credential.id}/image",
        "recipient_identifier": row.recipient_identity,
        "recipient_type": row.recipient_kind,
        "narrative": row.narrative or None,
        "evidence_items": evidence_items(row),
        "revoked": row.revoked_at is not None,
        "revocation_reason": row.revocation_reason if row.revoked_at else None,
        "expires": row.expires_on,
        "hashed": row.recipient_hashed,
        "extensions": row.extensions,
        "json": assertion_document(credential),
        "issuer": achievement.issuer.id,
        "badge_class": achievement.id,
        "public_url": credential.id,
    }
