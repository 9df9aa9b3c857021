"""
Imports: awards of other servers in a backpack, and another look at them.

They are copied into rows of their own, each under the id that it has over there (``source_url``).
Nobody works for an imported issuer, so nobody awards or changes what is imported.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Model, Q
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound
from rosette.models import Acceptance, Assertion, BadgeClass, Issuer, Original
from rosette.models import assertions as assertion_rows
from rosette.models.assertions import (
    assertion_record,
    published_assertion,
)
from rosette.models.backpack import (
    Identities,
    Identity,
    identities_of,
    original_of,
)
from rosette.models.base import SOURCE_URL_MAX_LENGTH, new_entity_id
from rosette.openbadges.credential import Achievement, Profile
from rosette.openbadges.recipient import matches
from rosette.openbadges.verification import Check, Source
from rosette.operations import audit, backpack, pictures, publishing, verification
from rosette.operations.policies import Actor
from rosette.operations.verification import Foreign, Ours, Revoked, failure, is_web

_REASON_MAX_LENGTH: Final = 255
_VERIFY_FIRST: Final = "It matches an address that is not verified yet. Verify it first."


Row = TypeVar("Row", Issuer, BadgeClass, Assertion)


class Pictures(NamedTuple):
    """Names of images in the store; empty for an issuer without one."""

    badgeclass: str
    issuer: str


class Imported(NamedTuple):
    """What was imported, and what was looked at for it; nothing for an award of this server."""

    item: backpack.Item
    checks: tuple[Check, ...] = ()
    is_signed: bool = False


class NotTheirs(InvalidInput):
    """
    The award is to somebody else.

    ``recipient`` is whom, where its document shows that to everybody; else None.
    """

    recipient: Identity | None = None


def import_award(source: Source, *, by: Actor) -> backpack.Item:
    """
    The award that ``source`` leads to, in the person's backpack, accepted.

    The recipient has to be one of the person's identities. Where that is not proven yet, the
    award is pending until it is. Other servers are asked before any transaction begins.

    Raises InvalidInput with objects that have the keys ``name``, ``description`` and perhaps
    ``detail``, as ``verification.failure`` makes them; and TryLater while this process imports as
    much as it may at a time.
    """
    return import_checked(source, by=by).item


def import_checked(source: Source, *, by: Actor) -> Imported:
    """As ``import_award``, with what was looked at; for somebody else's it raises NotTheirs."""
    identities = identities_of(by.user_id)
    with verification.outward():
        found = verification.verified(
            source, at=timezone.now(), recipient=(*identities.proven, *identities.claimed)
        )
    if isinstance(found, Ours):
        return Imported(_claimed(found, by=by))
    identity = recognised(found, identities)
    name = _kept(found, identity, pictures_of(found), by=by)
    return Imported(backpack.find(name, by=by), found.checks, bool(found.jws))


def recheck(entity_id: str) -> Sequence[Check]:
    """
    Ask the issuer of an imported award what is true of it now, and keep the answer.

    One that is seen by link is found by its hash as well.

    What was revoked is so here as well from now on, what was changed is changed, and what was
    revoked by mistake is back. All that was looked at is returned. Raises NotFound if no imported
    award has this name; InvalidInput, and changes nothing, if the issuer cannot be asked or does
    not vouch for it any more; and TryLater, as an import does.
    """
    named = Q(entity_id=entity_id) | Q(share_hash=entity_id)
    row = Assertion.objects.filter(named, source_url__isnull=False).first()
    if row is None:
        raise NotFound
    assert row.source_url is not None
    original = original_of(entity_id)
    source = (original.jws if original else "") or row.source_url
    with verification.outward():
        found = verification.again(source, at=timezone.now())
    if isinstance(found, Revoked):
        _taken_back(row, found.reason)
        return found.checks
    award = found.credential
    if award.id != row.source_url or not matches(award.recipient, row.recipient_identity):
        said = "It is about somebody or something else by now."
        raise failure("UNABLE_TO_VERIFY", detail=said, checks=found.checks)
    _renewed(row, original, found, pictures_of(found))
    return found.checks


def handed_in(named: Ours, *, by: Actor) -> backpack.Item:
    """The award of this server, which has to be the person's and to stand. Raises InvalidInput."""
    by_link = Assertion.objects.filter(share_hash=named.entity_id).values_list("entity_id")
    award = assertion_record(by_link[0][0] if by_link else named.entity_id)
    if award is None:
        raise failure("ASSERTION_NOT_FOUND")
    try:
        item = backpack.find(award.entity_id, by=by)
    except NotFound as error:
        if published_assertion(named.entity_id) is None:  # which is none of their business
            raise failure("ASSERTION_NOT_FOUND") from error
        raise _not_theirs(award.recipient_kind, identities_of(by.user_id)) from error
    if award.revoked_at is not None:
        raise failure("ASSERTION_REVOKED", detail=award.revocation_reason)
    return item


def recognised(foreign: Foreign, identities: Identities) -> Identity:
    """Which of the identities the recipient is, proven ones first. Raises InvalidInput."""
    recipient = foreign.credential.recipient
    for identity in (*identities.proven, *identities.claimed):
        kind, text = identity
        if kind == recipient.kind and matches(recipient, text):
            return identity
    shown = None if recipient.hashed else (recipient.kind, recipient.identity)
    raise _not_theirs(recipient.kind, identities, foreign.checks, shown)


def of_somebody_else() -> InvalidInput:
    """Somebody else claims the identity too; whoever proves it holds the award."""
    return failure("VERIFY_RECIPIENT_IDENTIFIER", detail=_VERIFY_FIRST)


def pictures_of(foreign: Foreign) -> Pictures:
    """The images of the badge, put into the store. Raises InvalidInput."""
    issuer_image = foreign.issuer_image
    return Pictures(_kept_image(foreign.image), _kept_image(issuer_image) if issuer_image else "")


@transaction.atomic
def added(
    foreign: Foreign, identity: Identity, images: Pictures, *, by: Actor
) -> tuple[Assertion, bool]:
    """The award's row, with its badge class and issuer; and whether it was not known before."""
    award = foreign.credential
    badgeclass = award.achievement
    now = timezone.now()
    issuer_row = _row(Issuer, badgeclass.issuer.id, _issuer(badgeclass.issuer, images.issuer), now)
    badgeclass_columns = {"issuer": issuer_row, **_badgeclass(badgeclass, images.badgeclass)}
    badgeclass_row = _row(BadgeClass, badgeclass.id, badgeclass_columns, now)
    new_name = new_entity_id()
    award_row = _row(
        Assertion,
        award.id,
        {
            "entity_id": new_name,
            "badgeclass": badgeclass_row,
            "issuer_id": badgeclass_row.issuer_id,
            "created_by_id": by.user_id,
            **_award(foreign, identity),
        },
        now,
    )
    if award_row.entity_id != new_name:
        return award_row, False
    audit.note("award.import", "assertion", new_name, by=by.user_entity_id)
    Original.objects.create(
        assertion=award_row,
        jws=foreign.jws,
        is_credential=foreign.is_credential,
        checked_at=now,
    )
    return award_row, True


@transaction.atomic
def refresh(row: Assertion, foreign: Foreign, images: Pictures) -> None:
    """
    Bring an award, its badge class and issuer up to what they are over there, and keep the
    original that says so. Whoever asks for it notes why.
    """
    now = timezone.now()
    kept = Original.objects.filter(assertion=row)
    is_other = not kept.filter(jws=foreign.jws).exists()
    badgeclass = foreign.credential.achievement
    issuer_columns = _issuer(badgeclass.issuer, images.issuer)
    issuer_row = _row(Issuer, badgeclass.issuer.id, issuer_columns, now)
    badgeclass_columns = {"issuer": issuer_row, **_badgeclass(badgeclass, images.badgeclass)}
    badgeclass_row = _row(BadgeClass, badgeclass.id, badgeclass_columns, now)
    award_columns = {
        "badgeclass": badgeclass_row,
        "issuer": issuer_row,
        "revoked_at": None,
        "revocation_reason": "",
        **_award_content(foreign),
    }
    _require_lengths(Assertion, award_columns)
    _change(issuer_row, issuer_columns, now)
    _change(badgeclass_row, badgeclass_columns, now)
    # With another original, the image that holds it is another one, whatever the columns say.
    _change(row, award_columns, now, in_any_case=is_other)
    kept.update(jws=foreign.jws, is_credential=foreign.is_credential, checked_at=now)


def _claimed(named: Ours, *, by: Actor) -> backpack.Item:
    """An award of this server that was handed in: one more way to accept it."""
    item = handed_in(named, by=by)
    if item.award.acceptance == Acceptance.ACCEPTED:
        raise failure("DUPLICATE_BADGE")
    return backpack.accept(item)


def _not_theirs(
    kind: str,
    identities: Identities,
    checks: Sequence[Check] = (),
    recipient: Identity | None = None,
) -> NotTheirs:
    known = ", ".join(text for known, text in identities.proven if known == kind) or "none"
    refusal = failure(
        "VERIFY_RECIPIENT_IDENTIFIER",
        detail=f"The recipient is of the type {kind}. Yours that are verified: {known}. "
        "If it was awarded to another one of yours, add that to your profile and verify it.",
        checks=checks,
    )
    found = NotTheirs(general=refusal.general)
    found.recipient = recipient
    return found


def _kept_image(content: bytes) -> str:
    """The name of the image in the store. Raises InvalidInput."""
    try:
        return pictures.keep(content)
    except InvalidInput as error:
        said = " ".join(error.fields["image"])
        raise failure("INVALID_BADGE", f"An image of the badge cannot be kept: {said}") from error


@transaction.atomic
def _kept(foreign: Foreign, identity: Identity, images: Pictures, *, by: Actor) -> str:
    """The name of the award, which is not known yet."""
    row, is_new = added(foreign, identity, images, by=by)
    if not is_new:
        raise _known_already(row, by=by)
    return row.entity_id


@transaction.atomic
def _taken_back(row: Assertion, reason: str) -> None:
    now = timezone.now()
    assertion_rows.revoke({row.pk: reason[:_REASON_MAX_LENGTH]}, at=now)
    audit.note_mine("award.recheck", "assertion", row.entity_id, is_revoked=True)
    Original.objects.filter(assertion=row).update(checked_at=now)


@transaction.atomic
def _renewed(row: Assertion, original: Original | None, foreign: Foreign, images: Pictures) -> None:
    """Refresh, unless another copy was brought since the original was read."""
    list(Assertion.objects.select_for_update().filter(pk=row.pk).values_list("pk"))
    kept = Original.objects.filter(assertion=row).values_list("jws", flat=True).first()
    if original is None or kept == original.jws:
        audit.note_mine("award.recheck", "assertion", row.entity_id, is_revoked=False)
        refresh(row, foreign, images)


def _change(
    row: Issuer | BadgeClass | Assertion,
    columns: dict[str, Any],
    at: datetime,
    *,
    in_any_case: bool = False,
) -> None:
    """Write what differs; who has the row's documents already shall not fetch them in vain."""
    changed = [name for name, value in columns.items() if getattr(row, name) != value]
    if changed or in_any_case:
        for name in changed:
            setattr(row, name, columns[name])
        row.updated_at = at
        row.save(update_fields=[*changed, "updated_at"])


def _known_already(row: Assertion, *, by: Actor) -> InvalidInput:
    try:
        backpack.find(row.entity_id, by=by)
    except NotFound:
        return of_somebody_else()
    return failure("DUPLICATE_BADGE")


def _row(model: type[Row], source_url: str, columns: dict[str, Any], at: datetime) -> Row:
    """The row with this id of another server; a new one if there is none. Raises InvalidInput."""
    if len(source_url.encode()) > SOURCE_URL_MAX_LENGTH:
        raise failure("INVALID_BADGE", f"The id {source_url[:80]}… is too long.")
    _require_lengths(model, columns)
    row, _ = model._default_manager.get_or_create(
        source_url=source_url, defaults={**columns, "created_at": at, "updated_at": at}
    )
    return row


def _require_lengths(model: type[Model], columns: dict[str, Any]) -> None:
    for name, value in columns.items():
        longest = getattr(model._meta.get_field(name), "max_length", None)
        if isinstance(value, str) and longest is not None and len(value) > longest:
            raise failure("INVALID_BADGE", f"{value[:80]}… is longer than {longest} characters.")


def _issuer(issuer: Profile, image: str) -> dict[str, Any]:
    return {
        "name": issuer.name,
        "url": _link(issuer.url),
        "email": issuer.email,
        "description": issuer.description or "",
        "image": image,
        "extensions": dict(issuer.extensions),
    }


def _badgeclass(badgeclass: Achievement, image: str) -> dict[str, Any]:
    return {
        "name": badgeclass.name,
        "description": badgeclass.description,
        "image": image,
        "criteria_url": _link(badgeclass.criteria_url),
        "criteria_narrative": badgeclass.criteria_narrative,
        "alignments": [
            {
                "target_name": alignment.name,
                "target_url": _link(alignment.url),
                "target_description": alignment.description or None,
                "target_framework": alignment.framework or None,
                "target_code": alignment.code or None,
            }
            for alignment in badgeclass.alignments
        ],
        "tags": list(badgeclass.tags),
        "extensions": dict(badgeclass.extensions),
    }


def _award(foreign: Foreign, identity: Identity) -> dict[str, Any]:
    kind, text = identity
    return {
        "recipient_kind": kind,
        "recipient_identity": text,
        "acceptance": Acceptance.ACCEPTED,
        **_award_content(foreign),
    }


def _award_content(foreign: Foreign) -> dict[str, Any]:
    """What its issuer says, and may say otherwise later."""
    award = foreign.credential
    extensions = {**award.extensions, publishing.PROOF: dict(foreign.proof)}
    if not foreign.proof:
        del extensions[publishing.PROOF]
    return {
        "recipient_hashed": award.recipient.hashed,
        "source_identity": award.recipient.identity,
        "salt": award.recipient.salt,
        "issued_on": award.issued_on,
        "expires_on": award.expires_on,
        "narrative": award.narrative,
        "evidence": [
            {"url": _link(item.url) or None, "narrative": item.narrative or None}
            for item in award.evidence
            if _link(item.url) or item.narrative
        ],
        "extensions": extensions,
    }


def _link(url: str) -> str:
    """The URL, if it may stand behind a link on a page; else nothing."""
    return url if is_web(url) else ""
