"""
The earner's half: see the awards to one's identities, accept and reject them, and show them.

An award of this server is in the backpack without anybody's doing; how those of other servers come
into it stands in ``imports``.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.utils import timezone

from rosette.errors import NotFound
from rosette.models import Acceptance, Assertion, Event, Visibility
from rosette.models.assertions import (
    SHARE_HASH_LENGTH,
    AssertionRecord,
    assertion_records,
)
from rosette.models.backpack import (
    IS_CREDENTIAL,
    Identities,
    count_assertions,
    held_by,
    identities_of,
)
from rosette.models.base import stored_moment
from rosette.operations import (
    audit,
    collections,
    webhooks,
)
from rosette.operations.policies import Actor
from rosette.queue import enqueue


class Item(NamedTuple):
    """
    One award in a backpack.

    ``is_pending``: it was imported for an identity that nobody has proven to be theirs yet.
    """

    award: AssertionRecord
    is_pending: bool


def index(
    by: Actor,
    *,
    include_expired: bool = False,
    include_revoked: bool = False,
    include_pending: bool = False,
) -> list[Item]:
    """The person's awards, oldest first, without the rejected ones."""
    identities = identities_of(by.user_id)
    where, parameters = held_by(by.user_id, identities)
    where, parameters = f"{where} AND a.acceptance <> %s", [*parameters, Acceptance.REJECTED.value]
    if not include_expired:
        where = f"{where} AND (a.expires_on IS NULL OR a.expires_on >= %s)"
        parameters = [*parameters, stored_moment(timezone.now())]
    if not include_revoked:
        where = f"{where} AND a.revoked_at IS NULL"
    items = [
        item_of(award, identities)
        for award in assertion_records(where, parameters, order="a.created_at, a.id")
    ]
    return [item for item in items if include_pending or not item.is_pending]


class Part(NamedTuple):
    """Some of the awards in a backpack, and how many there are in all."""

    items: list[Item]
    total: int


def part(by: Actor, *, since: datetime | None, limit: int, offset: int) -> Part:
    """
    At most ``limit`` of the person's awards after the first ``offset``, latest change first.

    In whatever state they are; with ``since``, only what changed then or later.
    """
    identities = identities_of(by.user_id)
    where, parameters = held_by(by.user_id, identities)
    if since is not None:
        where, parameters = f"{where} AND a.updated_at >= %s", [*parameters, stored_moment(since)]
    order = "a.updated_at DESC, a.id DESC"
    return _part(identities, where, parameters, order=order, limit=limit, offset=offset)


def credentials_part(by: Actor, *, since: datetime | None, limit: int, offset: int) -> Part:
    """
    At most ``limit`` of the person's awards that are credentials of Open Badges 3.0, oldest first.

    These are all awards of this server, in whatever state they are, and what was imported as a
    credential; with ``since``, only what was made, imported or changed after it. New ones come at
    the end, so that whoever reads part by part misses none.
    """
    identities = identities_of(by.user_id)
    where, parameters = held_by(by.user_id, identities)
    where = f"{where} AND {IS_CREDENTIAL}"
    if since is not None:
        where, parameters = f"{where} AND a.updated_at > %s", [*parameters, stored_moment(since)]
    return _part(identities, where, parameters, order="a.id", limit=limit, offset=offset)


def find(entity_id: str, *, by: Actor) -> Item:
    """The award of this name, in whatever state, if it is the person's. Raises NotFound."""
    identities = identities_of(by.user_id)
    where, parameters = held_by(by.user_id, identities)
    found = assertion_records(
        f"a.entity_id = %s AND {where}", [entity_id, *parameters], order="a.id", limit=1
    )
    if not found:
        raise NotFound
    return item_of(found[0], identities)


@transaction.atomic
def accept(item: Item) -> Item:
    """The item after it was accepted; a rejected one comes back."""
    if item.award.acceptance == Acceptance.ACCEPTED:
        return item
    _note("award.accept", item.award)
    return item._replace(award=_answered(item.award, Acceptance.ACCEPTED))


@transaction.atomic
def reject(item: Item) -> None:
    """
    Put the award away: out of the backpack and all collections.

    Its issuer sees that it was rejected, and its public page stays. What was imported is
    forgotten instead, and can be imported again.
    """
    collections.drop(item.award.id)
    _note("award.reject", item.award)
    if item.award.source_url is None:
        _answered(item.award, Acceptance.REJECTED)
    else:
        Assertion.objects.filter(pk=item.award.id).delete()


@transaction.atomic
def answer(item: Item, *, is_accepted: bool, seen_by: Visibility | None = None) -> Item:
    """The item after its recipient accepted it, or said who may see it, or both."""
    item = accept(item) if is_accepted else item
    return item if seen_by is None else show(item, seen_by)


@transaction.atomic
def show(item: Item, to: Visibility) -> Item:
    """
    The item after its recipient said who may see it.

    ``link`` makes an address that nobody can guess; the one before it, and the award's own, lead
    nowhere any more. Public again, the award has its own address back.
    """
    row = Assertion.objects.select_for_update().get(pk=item.award.id)
    if row.visibility != to:
        _note("award.show", item.award, before=row.visibility, after=to.value)
        row.visibility = to
        is_link = to == Visibility.LINK
        row.share_hash = secrets.token_hex(SHARE_HASH_LENGTH // 2) if is_link else None
        row.updated_at = timezone.now()
        row.save(update_fields=["visibility", "share_hash", "updated_at"])
    return item._replace(
        award=item.award._replace(
            visibility=row.visibility, share_hash=row.share_hash, updated_at=row.updated_at
        )
    )


def _part(
    identities: Identities,
    where: str,
    parameters: Sequence[Any],
    *,
    order: str,
    limit: int,
    offset: int,
) -> Part:
    total = count_assertions(where, parameters)
    found = (
        assertion_records(where, parameters, order=order, limit=limit, offset=offset)
        if offset < total
        else []
    )
    return Part([item_of(award, identities) for award in found], total)


def item_of(award: AssertionRecord, identities: Identities) -> Item:
    identity = (award.recipient_kind, award.recipient_identity)
    return Item(award, is_pending=identity not in identities.proven)


_ANSWERS: Final = {Acceptance.ACCEPTED: Event.ACCEPTED, Acceptance.REJECTED: Event.REJECTED}


def _note(action: audit.Action, award: AssertionRecord, /, **said: Any) -> None:
    """The issuer is told what its award's recipient did with it, as its lists show it, too."""
    issuer = "" if award.source_url else award.issuer
    audit.note_mine(action, "assertion", award.entity_id, issuer=issuer, **said)


def _answered(award: AssertionRecord, acceptance: Acceptance) -> AssertionRecord:
    now = timezone.now()
    is_heard = award.is_heard and award.source_url is None
    leads_on = award.is_step and acceptance == Acceptance.ACCEPTED
    news = Assertion.objects.filter(pk=award.id).exclude(acceptance=acceptance)
    taken = {"claimed_at": now} if acceptance == Acceptance.ACCEPTED else {}
    is_new = news.update(acceptance=acceptance, updated_at=now, **taken)
    if is_new and leads_on:
        enqueue("complete_pathways", assertion_ids=[award.id])
    if is_new and is_heard:
        webhooks.tell(_ANSWERS[acceptance], {award.issuer_id: [award.entity_id]})
    return award._replace(acceptance=acceptance.value, updated_at=now)
