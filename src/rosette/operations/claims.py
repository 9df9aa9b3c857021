"""
Claims: the way from an award's mail into a backpack.

The mail bears a link of its own. Its token is signed and ends after thirty days; it names the award
and, by a keyed checksum, the address that the mail went to, so that it is worth nothing once the
award goes to somebody else. Whoever has the link may see the award. To take it, one has to own the
address: by signing in to its account, or, while nobody owns it, by making the account that the link
proves the address for. A link that somebody else was sent on opens no account that there is.
"""

from datetime import timedelta
from enum import Enum
from typing import Final, NamedTuple

from django.core import signing
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_noop as _

from rosette import limits, occasions
from rosette.errors import InvalidInput, NotFound
from rosette.models import Acceptance, Assertion, EmailAddress, IssuerStaff, User
from rosette.models.assertions import PublishedAssertion, kept_assertions
from rosette.operations import accounts, addresses, audit, backpack, letters, notices
from rosette.operations.accounts import SignUp
from rosette.operations.backpack import Item
from rosette.operations.policies import Actor

LINK_MAX_AGE: Final = timedelta(days=30)
_SALT: Final = letters.CLAIM_SALT
_SANDBOX: Final = _("This badge is of a sandbox, and its link proves no address.")


class State(Enum):
    """What can become of a claim."""

    OPEN = "open"
    CLAIMED = "claimed"
    REVOKED = "revoked"
    LINK_ENDED = "link-ended"


class Claim(NamedTuple):
    """
    An award that waits to be claimed, and the address that it was awarded to.

    ``award`` is what may be seen by whoever has the link, ``number`` its row. ``has_owner``:
    somebody has an account with this address, verified. ``is_rejected``: its recipient said that
    it is not theirs. ``is_sandbox``: others than the owner of the address have read the mail, so
    that its link proves nothing.
    """

    award: PublishedAssertion
    number: int
    entity_id: str
    address: str
    state: State
    has_owner: bool
    is_rejected: bool
    is_sandbox: bool = False


class Standing(Enum):
    """Where somebody who is signed in stands to an address."""

    OWNER = "owner"
    CLAIMANT = "claimant"
    """It is in their account, and was never verified."""
    STRANGER = "stranger"


def find(token: str) -> Claim:
    """The claim that a mailed link is about. Raises NotFound."""
    number, checksum, has_ended = _read(token)
    found = Assertion.objects.filter(pk=number, recipient_kind="email")
    row = found.select_related("issuer").first()
    if row is None or not constant_time_compare(
        letters.claim_checksum(row.recipient_identity), checksum
    ):
        raise NotFound
    state = State.LINK_ENDED if has_ended else State.OPEN
    if row.acceptance == Acceptance.ACCEPTED:
        state = State.CLAIMED
    if row.revoked_at is not None:
        state = State.REVOKED
    return Claim(
        kept_assertions([row.pk])[row.pk],
        row.pk,
        row.entity_id,
        row.recipient_identity,
        state,
        has_owner=addresses.owned(row.recipient_identity) is not None,
        is_rejected=row.acceptance == Acceptance.REJECTED,
        is_sandbox=row.issuer.sandbox,
    )


def standing(claim: Claim, person: User) -> Standing:
    """Where the person stands to the address."""
    mine = EmailAddress.objects.filter(user=person, email=claim.address).first()
    if mine is None or (claim.is_sandbox and not (mine.verified and _works_at(claim, person))):
        return Standing.STRANGER
    return Standing.OWNER if mine.verified else Standing.CLAIMANT


def take(token: str, *, by: User) -> Item:
    """
    The award, accepted, in the backpack of somebody who owns the address.

    The link proves the address to somebody who has it in their account and never verified it, as
    the mail about that would have. Raises NotFound, and InvalidInput for everybody else and for a
    claim that is not open.
    """
    try:
        return _taken(token, by)
    except IntegrityError as error:  # somebody else was faster; the database admits one owner
        raise InvalidInput(general=[accounts.ACCOUNT_EXISTS]) from error


@transaction.atomic
def add_address(token: str, *, by: User) -> str:
    """
    Ask for a mail that lets the person prove the address to be theirs as well.

    Returns the address. Raises NotFound, TryLater, and InvalidInput if somebody else owns it.
    """
    claim = _open(token)
    added: str = addresses.add(by, claim.address).email
    return added


def join(token: str, *, first_name: str, last_name: str, password: str) -> tuple[User, Item]:
    """
    A new account with the address of the claim, which the link proves, and the award in it.

    Raises NotFound, and InvalidInput if the address has an account, if signing up is switched off,
    if the password is weak, or if the claim is not open.
    """
    try:
        return _joined(token, first_name, last_name, password)
    except IntegrityError as error:  # somebody else was faster; the database admits one owner
        raise InvalidInput(general=[accounts.ACCOUNT_EXISTS]) from error


@transaction.atomic
def send_again(token: str) -> None:
    """
    Mail a new link to the address of an old one.

    Raises NotFound for an award that was revoked or claimed, and TryLater for the impatient.
    """
    claim = find(token)
    if claim.state not in (State.OPEN, State.LINK_ENDED):
        raise NotFound
    attempt = limits.attempt("claim", name=claim.address)
    attempt.failed()  # each time somebody gets a mail
    audit.note("award.resend", "assertion", claim.entity_id, by="")  # who has the link is not known
    notices.queue_award_notices([(claim.number, claim.address)])


@transaction.atomic
def _taken(token: str, by: User) -> Item:
    claim = _open(token)
    where = standing(claim, by)
    if where is Standing.CLAIMANT and not claim.has_owner:
        addresses.prove(by, claim.address)
    elif where is not Standing.OWNER:
        raise InvalidInput(general=[_("The award is to an address that is not yours.")])
    return _accepted(claim, by)


@transaction.atomic
def _joined(token: str, first_name: str, last_name: str, password: str) -> tuple[User, Item]:
    claim = _open(token)
    if claim.is_sandbox:
        raise InvalidInput(general=[_SANDBOX])
    wish = SignUp(claim.address, password, first_name, last_name)
    person = accounts.join(wish)
    occasions.let_in(person.entity_id)  # what follows is theirs
    return person, _accepted(claim, person)


def _works_at(claim: Claim, person: User) -> bool:
    name = claim.award.badgeclass.issuer.entity_id
    return IssuerStaff.objects.filter(issuer__entity_id=name, user=person).exists()


def _open(token: str) -> Claim:
    claim = find(token)
    if claim.state not in (State.OPEN, State.CLAIMED):
        raise InvalidInput(general=[_("This link does not count any more.")])
    return claim


def _accepted(claim: Claim, person: User) -> Item:
    by = Actor.person(person)
    return backpack.accept(backpack.find(claim.entity_id, by=by))


def _read(token: str) -> tuple[int, str, bool]:
    """Row number, checksum of the address, and whether the link has ended. Raises NotFound."""
    try:
        number, checksum = signing.loads(token, salt=_SALT, max_age=LINK_MAX_AGE)
        return int(number), str(checksum), False
    except signing.SignatureExpired:
        number, checksum = signing.loads(token, salt=_SALT)
        return int(number), str(checksum), True
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise NotFound from error
