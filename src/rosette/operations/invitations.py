"""Invite people to work for an issuer who have no account yet."""

from datetime import timedelta
from typing import Final

from django.core import signing
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound, TryLater
from rosette.models import Invitation, Issuer, IssuerStaff, Notice, User
from rosette.models.audit import Entry
from rosette.operations import addresses, audit, issuers, policies
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

LASTS: Final = timedelta(days=14)
"""How long an invitation can be accepted after it was last mailed."""

_SALT: Final = "rosette.invitation"
_OPEN_AT_MOST: Final = 100
_INVITED_ALREADY: Final = _("This address has been invited already.")
_TOO_MANY: Final = _("Too many invitations are open. Withdraw some of them first.")
_FOR_ANOTHER: Final = _("This invitation is for another address.")
_EXPIRED: Final = _("This invitation has expired. Ask for a new one.")


def of_issuer(issuer: Issuer, *, by: Actor) -> list[Invitation]:
    """The open invitations, also those that have expired. Raises NotPermitted below owner."""
    policies.require(Reach.OWNER, by, issuer)
    return list(Invitation.objects.filter(issuer=issuer).order_by("created_at", "id"))


@transaction.atomic
def invite(issuer: Issuer, email: str, role: str, *, by: Actor) -> Invitation:
    """
    Let whoever proves to own the address have the role, and tell them by mail.

    Raises NotPermitted below owner, and InvalidInput for an address that was invited before.
    """
    policies.require(Reach.OWNER, by, issuer)
    Issuer.objects.select_for_update().get(pk=issuer.pk)
    email = addresses.normalised(email)
    open_ones = Invitation.objects.filter(issuer=issuer)
    if open_ones.filter(email=email).exists():
        raise InvalidInput({"email": [_INVITED_ALREADY]})
    if open_ones.count() >= _OPEN_AT_MOST:
        raise InvalidInput(general=[_TOO_MANY])
    now = timezone.now()
    invitation = Invitation.objects.create(
        issuer=issuer,
        email=email,
        role=role,
        created_by_id=by.user_id,
        created_at=now,
        mailed_at=now,
        expires_at=now + LASTS,
    )
    _note("invitation.create", invitation, by=by.user_entity_id)
    _mail(invitation)
    return invitation


def find(issuer: Issuer, number: int, *, by: Actor) -> Invitation:
    """The issuer's invitation with this row number. Raises NotPermitted and NotFound."""
    policies.require(Reach.OWNER, by, issuer)
    found = Invitation.objects.filter(issuer=issuer, pk=number).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def resend(invitation: Invitation, *, by: Actor) -> None:
    """Mail it once more; it holds longer. Raises NotPermitted, NotFound, and TryLater."""
    policies.require(Reach.OWNER, by, invitation.issuer)
    row = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if row is None:
        raise NotFound
    now = timezone.now()
    if (wait := row.mailed_at + addresses.MAIL_PAUSE - now) > timedelta():
        raise TryLater(int(wait.total_seconds()) + 1)
    row.issuer = invitation.issuer
    row.mailed_at, row.expires_at = now, now + LASTS
    row.save()
    _note("invitation.resend", row, by=by.user_entity_id)
    _mail(row)


@transaction.atomic
def withdraw(invitation: Invitation, *, by: Actor) -> None:
    """Let the invitation be good for nothing any more. Raises NotPermitted."""
    policies.require(Reach.OWNER, by, invitation.issuer)
    if _end(Invitation.objects.filter(pk=invitation.pk)):
        _note("invitation.withdraw", invitation, by=by.user_entity_id)


def code(invitation: Invitation) -> str:
    """What the mailed link carries. By itself it opens nothing: the address must be proven."""
    return signing.Signer(salt=_SALT).sign(str(invitation.pk))


def of_code(code: str) -> Invitation:
    """The open invitation that the code is about. Raises NotFound."""
    try:
        number = int(signing.Signer(salt=_SALT).unsign(code))
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    found = (
        Invitation.objects.filter(pk=number, issuer__deleted_at=None)
        .select_related("issuer", "created_by")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def is_for(invitation: Invitation, person: User) -> bool:
    """Whether the person has proven to own the invited address."""
    owned = addresses.owned(invitation.email)
    return owned is not None and owned.user_id == person.pk


@transaction.atomic
def accept(invitation: Invitation, person: User) -> None:
    """
    Let the person work for the issuer as they were invited to.

    Whoever works there already keeps their role. Raises NotFound for an invitation that was
    withdrawn, and InvalidInput for one that has expired or is for another address.
    """
    # The issuer first, as everybody who changes its staff does.
    issuer = Issuer.objects.select_for_update().get(pk=invitation.issuer_id)
    row = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if row is None or issuer.deleted_at is not None:
        raise NotFound
    if row.expires_at < timezone.now():
        raise InvalidInput(general=[_EXPIRED])
    if not is_for(row, person):
        raise InvalidInput(general=[_FOR_ANOTHER])
    row.issuer = issuer
    _note("invitation.accept", row, by=person.entity_id)
    _end(Invitation.objects.filter(pk=row.pk))
    if not IssuerStaff.objects.filter(issuer=issuer, user=person).exclude(role="viewer").exists():
        IssuerStaff.objects.filter(issuer=issuer, user=person).delete()
        issuers.employ(issuer, person, row.role, by=Actor.person(person))
        Issuer.objects.filter(pk=issuer.pk).update(updated_at=timezone.now())


@transaction.atomic
def forget_ended() -> None:
    """Throw away what nobody can accept any more, a month after it ended."""
    ended = Invitation.objects.filter(expires_at__lt=timezone.now() - timedelta(days=30))
    rows = list(ended.select_for_update(of=("self",)).select_related("issuer"))
    audit.note_all(_entry("invitation.expire", row, by=audit.SERVER) for row in rows)
    _end(Invitation.objects.filter(pk__in=[row.pk for row in rows]))


def _note(action: audit.Action, invitation: Invitation, *, by: str) -> None:
    audit.note_all([_entry(action, invitation, by=by)])


def _entry(action: audit.Action, invitation: Invitation, *, by: str) -> Entry:
    """Of the address nothing is told; ``number`` is the same for one invitation."""
    issuer = invitation.issuer.entity_id
    said = {"number": invitation.pk, "role": invitation.role}
    return audit.entry(action, "issuer", issuer, by=by, issuer=issuer, details=said)


def _mail(invitation: Invitation) -> None:
    notice = Notice.objects.create(kind=Notice.Kind.INVITATION, to=invitation.email)
    Notice.objects.filter(invitation=invitation).delete()
    Invitation.objects.filter(pk=invitation.pk).update(notice=notice)
    enqueue("send_personal_notices", notice_ids=[notice.pk])


def _end(ended: QuerySet[Invitation]) -> bool:
    """Let go of the invitations, and of the mails about them, which name an address; if any was."""
    notices = list(ended.filter(notice__isnull=False).values_list("notice_id", flat=True))
    gone, _rows = ended.delete()
    Notice.objects.filter(pk__in=notices).delete()
    return bool(gone)
