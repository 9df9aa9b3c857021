"""
Mail addresses: claimed by whoever typed them in, owned by whoever opened the link mailed to them.

They are compared and kept in the form that awards have, too: in lower case, the domain written
out in Unicode. Only owning one counts for anything. Mails are asked for
here and written in ``operations/notices.py``, when they are sent.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from typing import Any, Final, NamedTuple

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound, TryLater
from rosette.models import Application, Assertion, EmailAddress, IssuerStaff, Notice, User
from rosette.models.backpack import leave_out_of_collections
from rosette.openbadges import recipient
from rosette.operations import audit
from rosette.queue import enqueue

MAIL_PAUSE: Final = timedelta(minutes=5)
"""How long no second mail of a kind goes to the same address of a person."""

_VERIFICATION_SALT: Final = "rosette.verify-address"
_VERIFICATION_MAX_AGE: Final = timedelta(days=7)
_CLAIMS_PER_HOUR: Final = 20
_UNVERIFIED_PRIMARY: Final = _("An unverified address cannot be primary. Verify it first.")


def normalised(address: str) -> str:
    """The address as it is kept and compared."""
    return recipient.normalised(address.strip(), "email")


class AddressWish(NamedTuple):
    """One address that a person wants to have. ``variants``: the same in other letter cases."""

    email: str
    primary: bool = False
    variants: Sequence[str] = ()


@transaction.atomic
def replace(person: User, wishes: Sequence[AddressWish]) -> None:
    """
    Make these the person's addresses: what is missing goes, what is new gets a mail to verify it.

    Raises InvalidInput, and then nothing has changed.
    """
    if not wishes:
        raise InvalidInput(general=["Must have at least 1 email"])
    if sum(wish.primary for wish in wishes) != 1:
        raise InvalidInput(general=["Must have exactly 1 primary email"])
    for wish in wishes:
        if any(normalised(variant) != normalised(wish.email) for variant in wish.variants):
            raise InvalidInput(
                general=["New EmailAddressVariant does not match stored email address."]
            )
    wanted = list(dict.fromkeys(normalised(wish.email) for wish in wishes))
    primary = next(normalised(wish.email) for wish in wishes if wish.primary)
    mine = EmailAddress.objects.filter(user=person)
    known = {address.email: address for address in mine}
    _require_primary_verified(known, primary)
    added, removed = set(wanted) - known.keys(), known.keys() - set(wanted)
    was_primary = next((item.email for item in known.values() if item.primary), "")
    if added or removed or was_primary != primary:
        _note(
            "address.change",
            person,
            added=len(added),
            removed=len(removed),
            other_primary=was_primary != primary,
        )
    for email in wanted:
        if email not in known:
            _claim(person, email)
    leave_out_of_collections(person.pk, known.keys() - set(wanted))
    mine.exclude(email__in=wanted).delete()
    _set_primary(person, primary)


@transaction.atomic
def add(person: User, email: str) -> EmailAddress:
    """A new address of the person, to be verified by mail. Raises InvalidInput."""
    email = normalised(email)
    if EmailAddress.objects.filter(user=person, email=email).exists():
        raise InvalidInput(general=[in_use(email)])
    _note("address.add", person)
    return _claim(person, email)


def find(person: User, number: int) -> EmailAddress:
    """The person's own address with this row number. Raises NotFound."""
    found = EmailAddress.objects.filter(user=person, pk=number).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def make_primary(person: User, number: int) -> EmailAddress:
    """The address, now the person's primary one. Raises NotFound, InvalidInput (unverified)."""
    chosen = find(person, number)
    known = {item.email: item for item in EmailAddress.objects.filter(user=person)}
    _require_primary_verified(known, chosen.email)
    _note("address.primary", person)
    _set_primary(person, chosen.email)
    return find(person, number)


def awards_to(address: EmailAddress) -> int:
    """How many badges are awarded to the address, and leave the backpack with it."""
    return Assertion.objects.filter(
        recipient_kind="email", recipient_identity=address.email
    ).count()


@transaction.atomic
def remove(person: User, number: int) -> None:
    """Give up an address. Raises NotFound, and InvalidInput for the primary one."""
    chosen = find(person, number)
    if chosen.primary:
        # The wire's words, and no list: Badgr's V1 clients read this very member.
        raise InvalidInput({"error": "Can not remove primary email address"})
    _note("address.remove", person)
    leave_out_of_collections(person.pk, [chosen.email])
    chosen.delete()


@transaction.atomic
def resend_verification(person: User, number: int) -> EmailAddress:
    """
    Mail the link once more; a verified address needs none.

    Raises NotFound, and TryLater within five minutes of the last one.
    """
    chosen = find(person, number)
    if not chosen.verified:
        seconds = _pause_seconds(Notice.Kind.VERIFY_ADDRESS, person, chosen.email)
        if seconds:
            minutes, rest = divmod(seconds, 60)
            raise TryLater(
                seconds,
                "Will be able to re-send verification email in "
                f"{minutes} minutes and {rest} seconds.",
            )
        _note("address.ask", person)
        ask_for_mail(Notice.Kind.VERIFY_ADDRESS, person, chosen.email)
    return chosen


def verification_token(address: EmailAddress) -> str:
    """What the mailed link carries to prove that its mail was read; good for seven days."""
    return signing.dumps(address.pk, salt=_VERIFICATION_SALT)


class Verification(Enum):
    """What became of an attempt to verify an address."""

    DONE = "done"
    DONE_BEFORE = "done-before"
    EXPIRED = "expired"
    TAKEN = "taken"
    UNKNOWN = "unknown"


@transaction.atomic
def verify(token: str) -> Verification:
    """
    Take the address for its person's own, as the mailed link asks.

    The person's first verified address becomes the primary one; other people's claims to it end.
    An expired link brings a new mail.
    """
    number, expired = _verification_number(token)
    found = EmailAddress.objects.filter(pk=number).select_related("user").first()
    if found is None:
        return Verification.UNKNOWN
    if found.verified:
        return Verification.DONE_BEFORE
    if expired:
        _note("address.ask", found.user)
        ask_for_mail_unless_recent(Notice.Kind.VERIFY_ADDRESS, found.user, found.email)
        return Verification.EXPIRED
    try:
        with transaction.atomic():
            prove(found.user, found.email)
    except IntegrityError:  # somebody else was faster; the database admits one owner
        return Verification.TAKEN
    return Verification.DONE


def prove(person: User, email: str) -> None:
    """
    Take an address that the person claims for their own, because a mail to it was read.

    The first one becomes the primary one; other people's claims to it end. Raises IntegrityError
    if somebody else owns it.
    """
    EmailAddress.objects.filter(user=person, email=email).update(verified=True)
    if not EmailAddress.objects.filter(user=person, primary=True, verified=True).exists():
        _set_primary(person, email)
    give_way(email, to=person)
    _note("address.verify", person)


def of_token(token: str) -> EmailAddress | None:
    """The address that a mailed link is about, its ``user`` selected, as far as it is there yet."""
    number, _ = _verification_number(token)
    return EmailAddress.objects.filter(pk=number).select_related("user").first()


def owned(email: str) -> EmailAddress | None:
    """The address, as its owner's; None if nobody has verified it. Its ``user`` is selected."""
    return EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()


def in_use(email: str) -> str:
    """The wire's words about an address that is, or may be, somebody else's."""
    return gettext("Email '%(address)s' may already be in use") % {"address": email}


def give_way(email: str, *, to: User) -> None:
    """End other people's unverified claims to the address, and accounts that were nothing else."""
    claims = EmailAddress.objects.filter(email=email, verified=False).exclude(user=to)
    for claim in claims.select_related("user"):
        person = claim.user
        claim.delete()
        others = EmailAddress.objects.filter(user=person).order_by("-verified", "pk").first()
        if others and claim.primary:
            _set_primary(person, others.email)
        by = to.entity_id
        if others or _is_of_use(person):
            audit.note("address.remove", "user", person.entity_id, by=by)
        else:
            audit.note("account.delete", "user", person.entity_id, by=by)
            audit.forget_addresses(person.entity_id)
            person.delete()


def ask_for_mail(kind: Notice.Kind, person: User, email: str) -> None:
    """Ask for a mail of this kind to the person's address."""
    notice = Notice.objects.create(kind=kind, user=person, to=email)
    enqueue("send_personal_notices", notice_ids=[notice.pk])


def tell(kind: Notice.Kind, person: User) -> None:
    """Ask for a mail of this kind to the address that is the person's own for sure, if any is."""
    verified = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary", "pk")
    if known := verified.first():
        ask_for_mail(kind, person, known.email)


def ask_for_mail_unless_recent(kind: Notice.Kind, person: User, email: str) -> None:
    """As ``ask_for_mail``, but silently not within five minutes of the last one."""
    if not _pause_seconds(kind, person, email):
        ask_for_mail(kind, person, email)


def _note(action: audit.Action, person: User, /, **said: Any) -> None:
    """Of the address itself nothing is told."""
    audit.note(action, "user", person.entity_id, by=person.entity_id, **said)


def _is_of_use(person: User) -> bool:
    """Whether something besides mail addresses hangs on the account."""
    return (
        person.is_superuser
        or bool(person.verified_identities())
        or IssuerStaff.objects.filter(user=person).exists()
        or Application.objects.filter(user=person).exists()
    )


def _claim(person: User, email: str) -> EmailAddress:
    if owned(email):
        raise InvalidInput(general=[in_use(email)])
    _require_few_mails(person)
    give_way(email, to=person)
    added = EmailAddress.objects.create(user=person, email=email)
    ask_for_mail_unless_recent(Notice.Kind.VERIFY_ADDRESS, person, email)
    return added


def _require_few_mails(person: User) -> None:
    """Raise TryLater for somebody who claims address after address, which other people get."""
    asked = Notice.objects.filter(
        user=person,
        kind=Notice.Kind.VERIFY_ADDRESS,
        created_at__gt=timezone.now() - timedelta(hours=1),
    )
    if asked.count() >= _CLAIMS_PER_HOUR:
        raise TryLater(3600, "Too many new addresses. Please wait an hour.")


def _require_primary_verified(known: dict[str, EmailAddress], primary: str) -> None:
    """
    Raise InvalidInput if ``primary`` would be an unverified address.

    While none of the person's addresses is verified, any may be primary: somebody must be able
    to correct the one that they signed up with.
    """
    chosen = known.get(primary)
    if any(item.verified for item in known.values()) and not (chosen and chosen.verified):
        raise InvalidInput(general=[_UNVERIFIED_PRIMARY])


def _set_primary(person: User, email: str) -> None:
    mine = EmailAddress.objects.filter(user=person)
    # One after the other, because the database admits one primary address at any moment.
    mine.exclude(email=email).filter(primary=True).update(primary=False)
    mine.filter(email=email).update(primary=True)


def _verification_number(token: str) -> tuple[int | None, bool]:
    """The row number of the address that the token is about, and whether its time is over."""
    try:
        return signing.loads(token, salt=_VERIFICATION_SALT, max_age=_VERIFICATION_MAX_AGE), False
    except signing.SignatureExpired:
        return signing.loads(token, salt=_VERIFICATION_SALT), True
    except signing.BadSignature:
        return None, False


def _pause_seconds(kind: Notice.Kind, person: User, email: str) -> int:
    """How long no further mail of the kind goes to the address; 0: one may go now."""
    last = Notice.objects.filter(user=person, kind=kind, to=email).order_by("-created_at").first()
    if last is None:
        return 0
    return max(0, int((last.created_at + MAIL_PAUSE - timezone.now()).total_seconds()))
