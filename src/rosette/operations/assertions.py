"""Award, amend and revoke."""

import secrets
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette import metrics
from rosette.errors import InvalidInput, NotFound, NotPermitted, Refused, TryLater
from rosette.models import Acceptance, Assertion, Event, Notice, Visibility, assertions
from rosette.models.assertions import AssertionRecord, NewAssertion
from rosette.models.badgeclasses import BadgeClassRecord
from rosette.models.base import new_entity_id
from rosette.openbadges.recipient import Kind, is_hash, normalised
from rosette.operations import addresses, audit, collections, notices, policies, webhooks
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

_AWARDED_BEFORE = _("A previous award of this badge already exists for this recipient.")
_REVOKED_ALREADY = _("Assertion is already revoked")
_REVOKED_STAYS = _("A revoked assertion cannot be changed.")
_NO_MAIL = _("This recipient has no mail address.")
_MAILED_ALREADY = _("The recipient was mailed a moment ago.")
_HASHED_BY_DEFAULT = ("email", "telephone")
_PATHWAYS_AT_ONCE = 200
DEFAULT_REASON = "Revoked by the issuer"


class Award(NamedTuple):
    """
    An award that somebody asks for, checked.

    ``hashed``: None for what is usual for this kind of identity. ``issued_on``: None for now.
    """

    identity: str
    kind: Kind = "email"
    hashed: bool | None = None
    narrative: str = ""
    evidence: Sequence[dict[str, str | None]] = ()
    issued_on: datetime | None = None
    expires_on: datetime | None = None
    notify: bool = False
    allow_duplicates: bool = True
    extensions: dict[str, Any] = {}  # never changed


class Revocation(NamedTuple):
    """An award, by name, that is to be taken back, and why."""

    entity_id: str
    reason: str


class Amendment(TypedDict, total=False):
    """
    What an award is to be changed to; what is not in it stays as it is.

    ``recipient``: identity, kind, and whether it is shown hashed.
    """

    recipient: tuple[str, Kind, bool]
    narrative: str
    evidence: Sequence[dict[str, str | None]]
    issued_on: datetime
    expires_on: datetime | None
    extensions: dict[str, Any]


def award(
    badgeclass: BadgeClassRecord, wish: Award, *, by: Actor, name: str = ""
) -> AssertionRecord:
    """
    Award the badge class to one recipient, and ask for the notice to be mailed.

    ``name``: the name of the award, if it was given one before; see ``award_once``.

    A notice is mailed if it is wished, and for the first award ever to an address, if the site
    is set so. Raises NotPermitted below staff, and InvalidInput if the class is archived, or if
    duplicates are not allowed and the recipient holds a valid award of it.
    """
    policies.require_awarding(by, badgeclass)
    identity = normalised(wish.identity, wish.kind)
    if wish.allow_duplicates:
        [noticed] = _noticed([wish], [identity])
        new = _new(badgeclass, wish, identity, number=None, at=timezone.now(), by=by, name=name)
        noted = audit.entry(
            "award.create",
            "assertion",
            new.entity_id,
            by=by.user_entity_id,
            issuer=badgeclass.issuer_entity_id,
            at=new.created_at,
            details={"badgeclass": badgeclass.entity_id},
        )
        # A statement alone is a transaction of its own, and costs less than one that is begun.
        follows = noticed or badgeclass.is_heard or badgeclass.is_step
        with transaction.atomic() if follows else nullcontext():
            number = assertions.add_assertion(new, noted=noted)
            if badgeclass.is_step:
                enqueue("complete_pathways", assertion_ids=[number])
            if noticed:
                notices.queue_award_notices([(number, identity)])
            if badgeclass.is_heard:
                webhooks.tell(Event.AWARDED, {badgeclass.issuer_id: [new.entity_id]})
        metrics.awards(1)
        return _record(new._replace(id=number), badgeclass, by=by, noticed=noticed)
    try:
        return award_many(badgeclass, [wish], by=by, name=name)[0]
    except InvalidInput as refusal:
        if refusal.rows is None:
            raise
        raise InvalidInput(general=refusal.rows[0]["non_field_errors"]) from refusal


def award_once(
    badgeclass: BadgeClassRecord, wish: Award, *, by: Actor, name: str
) -> AssertionRecord:
    """
    As ``award``, under a name that was handed out for it: sent twice, it is one award still.

    To somebody else than the first time it is another award, under a name of its own. Whoever
    hands out names sees to it that each is for one person who awards one badge class.
    """
    policies.require_at(Reach.STAFF, by, badgeclass)
    sent, name = _sent_before(badgeclass, wish, name)
    if sent:
        return sent
    try:
        with transaction.atomic():
            return award(badgeclass, wish, by=by, name=name)
    # Sent twice at the same moment, the database has the one wait for the other.
    except (IntegrityError, InvalidInput):
        sent, _name = _sent_before(badgeclass, wish, name)
        if sent:
            return sent
        raise


@transaction.atomic
def award_many(
    badgeclass: BadgeClassRecord, wishes: Sequence[Award], *, by: Actor, name: str = ""
) -> list[AssertionRecord]:
    """
    Award the badge class to many recipients, all or none, in the order of the wishes.

    As ``award``; what is refused stands in ``InvalidInput.rows``, by position. ``name`` is for a
    single wish.
    """
    policies.require_awarding(by, badgeclass)
    now = timezone.now()
    identities = [normalised(wish.identity, wish.kind) for wish in wishes]
    _refuse_duplicates(badgeclass, wishes, identities, at=now)
    noticed = _noticed(wishes, identities)
    numbers = assertions.reserve_numbers(len(wishes))
    made = (
        _new(badgeclass, wish, identity, number=number, at=now, by=by, name=name)
        for wish, identity, number in zip(wishes, identities, numbers, strict=True)
    )
    new = assertions.add_assertions(made)
    metrics.awards(len(new))
    # One for all of them; which they are is said by class and moment, and proven by the digest.
    audit.note(
        "award.create",
        "badgeclass",
        badgeclass.entity_id,
        by=by.user_entity_id,
        issuer=badgeclass.issuer_entity_id,
        at=now,
        count=len(new),
        digest=audit.digest(item.entity_id for item in new),
    )
    if any(noticed):
        notices.queue_award_notices(
            [
                (item.id, item.recipient_identity)
                for item, wanted in zip(new, noticed, strict=True)
                if wanted and item.id is not None
            ]
        )
    if badgeclass.is_step:
        numbered = [item.id for item in new]
        for start in range(0, len(numbered), _PATHWAYS_AT_ONCE):
            some = numbered[start : start + _PATHWAYS_AT_ONCE]
            enqueue("complete_pathways", assertion_ids=some)
    if badgeclass.is_heard and new:
        webhooks.tell(Event.AWARDED, {badgeclass.issuer_id: [item.entity_id for item in new]})
    return [
        _record(item, badgeclass, by=by, noticed=wanted)
        for item, wanted in zip(new, noticed, strict=True)
    ]


def noticed(wishes: Sequence[Award], identities: Sequence[str]) -> list[bool]:
    """Which of the awards would be announced by mail; ``identities`` are those of the wishes."""
    return _noticed(wishes, identities)


def find(entity_id: str, *, by: Actor, reach: Reach) -> AssertionRecord:
    """
    The award of this name, for somebody who reaches that far at its issuer.

    Raises NotFound, also for one that was imported from elsewhere.
    """
    found = assertions.assertion_record(entity_id)
    if found is None:
        raise NotFound
    _require(reach, found, by=by)
    return found


@transaction.atomic
def amend(award: AssertionRecord, wish: Amendment, *, by: Actor) -> AssertionRecord:
    """
    The award with the wished changes.

    A new recipient is normalised as on the first day; the salt stays, and what the one before
    made of the award goes: acceptance, who may see it, collections. Raises NotPermitted below
    editor, and InvalidInput for a revoked award.
    """
    _require(Reach.EDITOR, award, by=by)
    row = Assertion.objects.select_for_update().get(pk=award.id)
    if row.revoked_at is not None:
        raise InvalidInput(general=[_REVOKED_STAYS])
    facts = _facts(row)
    if "recipient" in wish:
        identity, kind, row.recipient_hashed = wish["recipient"]
        before = (row.recipient_kind, row.recipient_identity)
        row.recipient_identity, row.recipient_kind = normalised(identity, kind), kind
        if before != (row.recipient_kind, row.recipient_identity):
            row.acceptance, row.visibility = Acceptance.UNACCEPTED, Visibility.PUBLIC
            row.share_hash = None
            collections.drop(row.pk)
    for name in ("narrative", "issued_on", "expires_on", "extensions"):
        if name in wish:
            setattr(row, name, wish[name])
    if "evidence" in wish:
        row.evidence = _without_twins(wish["evidence"])
    row.updated_at = row.amended_at = timezone.now()
    row.save()
    said = audit.compared(facts, _facts(row), shown=("issued_on", "expires_on"))
    _note("award.amend", award, by=by, **said)
    return _again(award)


@transaction.atomic
def move(award: AssertionRecord, email: str, *, by: Actor) -> AssertionRecord:
    """
    The award, from now on that of whoever owns this mail address, who is told by mail.

    It keeps its name and what it says; the address before has it no more. Raises as ``amend``.
    """
    moved = amend(award, {"recipient": (email, "email", award.recipient_hashed)}, by=by)
    if moved.recipient_identity != award.recipient_identity:
        notices.queue_award_notices([(moved.id, moved.recipient_identity)])
    return _again(award)


@transaction.atomic
def resend(award: AssertionRecord, *, by: Actor) -> None:
    """
    Mail the notice of the award once more.

    Raises NotPermitted below staff, InvalidInput for a revoked award and for a recipient without
    a mail address, and TryLater within five minutes of the last mail.
    """
    _require(Reach.STAFF, award, by=by)
    row = Assertion.objects.select_for_update().get(pk=award.id)
    if row.revoked_at is not None:
        raise InvalidInput(general=[_REVOKED_ALREADY])
    if row.recipient_kind != "email" or is_hash(row.recipient_identity):
        raise InvalidInput(general=[_NO_MAIL])
    last = Notice.objects.filter(assertion=row, to=row.recipient_identity).order_by("-pk").first()
    if last is not None:
        age = timezone.now() - max(filter(None, (last.created_at, last.sent_at)))
        if age < addresses.MAIL_PAUSE:
            raise TryLater(int((addresses.MAIL_PAUSE - age).total_seconds()) + 1, _MAILED_ALREADY)
    _note("award.resend", award, by=by)
    notices.queue_award_notices([(row.pk, row.recipient_identity)])


@transaction.atomic
def revoke(award: AssertionRecord, *, reason: str, by: Actor) -> AssertionRecord:
    """
    Take the award back, for good.

    Raises NotPermitted below editor, and InvalidInput if it is revoked already.
    """
    _require(Reach.EDITOR, award, by=by)
    now = timezone.now()
    if not assertions.revoke({award.id: reason}, at=now):
        raise InvalidInput(general=[_REVOKED_ALREADY])
    _note("award.revoke", award, by=by, at=now)
    metrics.revocations(1)
    if award.is_heard:
        webhooks.tell(Event.REVOKED, {award.issuer_id: [award.entity_id]})
    return _again(award)


@transaction.atomic
def revoke_many(wishes: Sequence[Revocation], *, by: Actor) -> list[Refused | None]:
    """
    Take back many awards, each on its own: what hinders one hinders no other.

    For each of the wishes None, or why it was not done: NotFound, or InvalidInput for an award
    that is revoked already. As many statements for one as for all.
    """
    found = assertions.assertion_records_named({wish.entity_id for wish in wishes})
    roles = policies.roles_at({row.issuer_id for row in found.values()}, by)
    mine = {
        name: row
        for name, row in found.items()
        if row.source_url is None and by.reach(row.issuer, roles.get(row.issuer_id)) >= Reach.EDITOR
    }
    # Of two reasons for one award the first counts.
    first = {wish.entity_id: wish.reason for wish in reversed(wishes)}
    reasons = {row.id: first[name] for name, row in mine.items()}
    now = timezone.now()
    done = assertions.revoke(reasons, at=now) if reasons else set()
    metrics.revocations(len(done))
    _note_revoked((row for row in mine.values() if row.id in done), at=now, by=by)
    heard: dict[int, list[str]] = {}
    for found_row in mine.values():
        if found_row.is_heard and found_row.id in done:
            heard.setdefault(found_row.issuer_id, []).append(found_row.entity_id)
    if heard:
        webhooks.tell(Event.REVOKED, heard)
    outcomes: list[Refused | None] = []
    for wish in wishes:
        row = mine.get(wish.entity_id)
        if row is None:
            outcomes.append(NotFound())
        elif row.id in done:
            done.remove(row.id)
            outcomes.append(None)
        else:
            outcomes.append(InvalidInput(general=[_REVOKED_ALREADY]))
    return outcomes


def _note(action: audit.Action, award: AssertionRecord, *, by: Actor, **said: Any) -> None:
    audit.note(
        action,
        "assertion",
        award.entity_id,
        by=by.user_entity_id,
        issuer=award.issuer,
        badgeclass=award.badgeclass,
        **said,
    )


def _note_revoked(awards: Iterable[AssertionRecord], *, at: datetime, by: Actor) -> None:
    """One entry for all awards of a badge class, as for a batch."""
    of_class: dict[tuple[str, str], list[str]] = {}
    for award in awards:
        of_class.setdefault((award.issuer, award.badgeclass), []).append(award.entity_id)
    audit.note_all(
        audit.entry(
            "award.revoke",
            "badgeclass",
            badgeclass,
            by=by.user_entity_id,
            issuer=issuer,
            at=at,
            details={"count": len(names), "digest": audit.digest(names)},
        )
        for (issuer, badgeclass), names in of_class.items()
    )


def _facts(row: Assertion) -> dict[str, Any]:
    """What can be amended, as the audit log compares it."""
    return {
        "recipient": (row.recipient_kind, row.recipient_identity, row.recipient_hashed),
        "narrative": row.narrative,
        "evidence": row.evidence,
        "extensions": row.extensions,
        "issued_on": row.issued_on,
        "expires_on": row.expires_on,
    }


def _require(reach: Reach, award: AssertionRecord, *, by: Actor) -> None:
    is_foreign = award.source_url is not None
    if is_foreign or by.reach(award.issuer, policies.role_at(award.issuer_id, by)) < reach:
        raise NotPermitted


def _again(award: AssertionRecord) -> AssertionRecord:
    found = assertions.assertion_record(award.entity_id)
    assert found is not None, "awards are never removed"
    return found


def _sent_before(
    badgeclass: BadgeClassRecord, wish: Award, name: str
) -> tuple[AssertionRecord | None, str]:
    """The award that this very wish has become already, if so, and the name that is free for it."""
    found = assertions.assertion_record(name)
    if found is None:
        return None, name
    identity = normalised(wish.identity, wish.kind)
    is_this = (found.badgeclass_id, found.recipient_identity) == (badgeclass.id, identity)
    return (found, name) if is_this else (None, new_entity_id())


def _refuse_duplicates(
    badgeclass: BadgeClassRecord,
    wishes: Sequence[Award],
    identities: Sequence[str],
    *,
    at: datetime,
) -> None:
    """The identities are compared as they are kept, and within the batch as well."""
    strict = {
        identity
        for wish, identity in zip(wishes, identities, strict=True)
        if not wish.allow_duplicates
    }
    if not strict:
        return
    assertions.lock_badgeclass(badgeclass.id)
    taken = assertions.holders(badgeclass.id, strict, at=at)
    errors: list[dict[str, Any]] = []
    for wish, identity in zip(wishes, identities, strict=True):
        refused = not wish.allow_duplicates and identity in taken
        errors.append({"non_field_errors": [_AWARDED_BEFORE]} if refused else {})
        taken.add(identity)
    if any(errors):
        raise InvalidInput(rows=errors)


def _noticed(wishes: Sequence[Award], identities: Sequence[str]) -> list[bool]:
    """Which of the awards are announced by mail: to addresses only, and each new one once."""
    mails = [wish.kind == "email" for wish in wishes]
    known: set[str] | None = None
    if settings.ROSETTE.notify_on_first_award:
        unasked = {
            identity
            for wish, identity, is_mail in zip(wishes, identities, mails, strict=True)
            if is_mail and not wish.notify
        }
        known = assertions.known_identities(unasked) if unasked else set()
    wanted = []
    for wish, identity, is_mail in zip(wishes, identities, mails, strict=True):
        first = known is not None and is_mail and identity not in known
        if known is not None:
            known.add(identity)
        wanted.append(is_mail and (wish.notify or first))
    return wanted


def _new(
    badgeclass: BadgeClassRecord,
    wish: Award,
    identity: str,
    *,
    number: int | None,
    at: datetime,
    by: Actor,
    name: str = "",
) -> NewAssertion:
    return NewAssertion(
        id=number,
        entity_id=name or new_entity_id(),
        created_at=at,
        updated_at=at,
        badgeclass_id=badgeclass.id,
        issuer_id=badgeclass.issuer_id,
        created_by_id=by.user_id,
        recipient_kind=wish.kind,
        recipient_identity=identity,
        recipient_hashed=(wish.kind in _HASHED_BY_DEFAULT if wish.hashed is None else wish.hashed),
        salt=secrets.token_hex(16),
        issued_on=wish.issued_on or at,
        expires_on=wish.expires_on,
        narrative=wish.narrative,
        evidence=_without_twins(wish.evidence),
        extensions=wish.extensions,
    )


def _without_twins(evidence: Sequence[dict[str, str | None]]) -> list[dict[str, str | None]]:
    kept: list[dict[str, str | None]] = []
    for item in evidence:
        if item not in kept:
            kept.append(item)
    return kept


def _record(
    new: NewAssertion, badgeclass: BadgeClassRecord, *, by: Actor, noticed: bool
) -> AssertionRecord:
    """What reading the row again would give."""
    assert new.id is not None
    return AssertionRecord(
        id=new.id,
        entity_id=new.entity_id,
        created_at=new.created_at,
        updated_at=new.updated_at,
        recipient_kind=new.recipient_kind,
        recipient_identity=new.recipient_identity,
        recipient_hashed=new.recipient_hashed,
        salt=new.salt,
        issued_on=new.issued_on,
        expires_on=new.expires_on,
        narrative=new.narrative,
        evidence=new.evidence,
        extensions=new.extensions,
        revoked_at=None,
        revocation_reason="",
        acceptance="Unaccepted",
        created_by=by.user_entity_id,
        badgeclass_id=badgeclass.id,
        badgeclass=badgeclass.entity_id,
        issuer_id=badgeclass.issuer_id,
        issuer=badgeclass.issuer_entity_id,
        notice_state="queued" if noticed else None,
        is_heard=badgeclass.is_heard,
        is_step=badgeclass.is_step,
    )
