"""
Offers of awards to wallets: made by the recipient, found by the wallet, exchanged for a token.

The protocol is OpenID4VCI 1.0 with its pre-authorized code: the recipient is known already, so the
wallet is asked for nothing but the code, and a second one that the recipient types. Both are good
for ten minutes, and once. What the wallet gets for the token stands in ``operations/wallets.py``.
"""

import io
import secrets
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

import segno
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import Acceptance, Offer
from rosette.models.applications import checksum
from rosette.models.assertions import AssertionRecord
from rosette.openbadges.jsonld import Document
from rosette.operations import audit, backpack
from rosette.operations.credentials import Form
from rosette.operations.policies import Actor

GRANT_TYPE: Final = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
CONFIGURATIONS: Final[dict[str, Form]] = {
    "OpenBadgeCredential_jwt_vc_json": "jwt",
    "OpenBadgeCredential_ldp_vc": "embedded",
}
"""What a wallet can ask for, by the names in the issuer's metadata."""

State = Literal["offered", "taken", "expired"]

_SCHEME: Final = "openid-credential-offer://"
_LIFETIME: Final = timedelta(minutes=10)
_TOKEN_LIFETIME: Final = timedelta(minutes=5)  # a longer one would have to be bound to its wallet
_FORGOTTEN_AFTER: Final = timedelta(days=1)
_TX_CODE_LENGTH: Final = 6
_TX_CODE_TRIES: Final = 5


class Declined(InvalidInput):
    """Something is refused to a wallet; ``code`` is what the specification calls it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(general=[message])
        self.code = code


class NewOffer(NamedTuple):
    """
    An offer, and what is never shown again: whoever knows these has the award.

    ``link`` opens a wallet, as link or as QR code; ``address`` is the https address in it.
    """

    row: Offer
    link: str
    address: str
    tx_code: str | None


class Granted(NamedTuple):
    """A token for the wallet, for how many seconds it is good, and the offer it was given for."""

    token: str
    seconds: int
    row: Offer


def holds(award: AssertionRecord, at: datetime) -> bool:
    """Whether the award can be vouched for now: neither taken back, suspended nor expired."""
    is_over = award.expires_on is not None and award.expires_on <= at
    return award.revoked_at is None and award.suspended_at is None and not is_over


def takable(entity_id: str, *, by: Actor, at: datetime) -> AssertionRecord:
    """
    The award, if the person holds it by a proven identity and may take it into a wallet.

    Raises NotFound if it is not theirs, and InvalidInput if it was made elsewhere, was rejected, or
    does not hold.
    """
    item = backpack.find(entity_id, by=by)
    if item.award.source_url is not None:
        raise InvalidInput(
            general=[_("Only awards of this server can be taken into a wallet here.")]
        )
    if item.award.acceptance == Acceptance.REJECTED:
        raise InvalidInput(general=[_("You rejected this award. Accept it first.")])
    if not holds(item.award, at):
        raise InvalidInput(general=[_("This award does not hold (any more).")])
    return item.award


@transaction.atomic
def make(entity_id: str, *, by: Actor, with_tx_code: bool = True) -> NewOffer:
    """
    Offer one of the person's awards to a wallet; an earlier offer of it that still waits ends.

    ``with_tx_code``: the wallet asks for a code besides, so that a link or a picture of it is not
    enough. Raises as ``takable``.
    """
    now = timezone.now()
    award = takable(entity_id, by=by, at=now)
    waiting = Offer.objects.filter(assertion_id=award.id, user_id=by.user_id, token_checksum=None)
    waiting.filter(expires_at__gt=now).update(expires_at=now)
    reference = secrets.token_urlsafe(24)
    row = Offer(
        assertion_id=award.id,
        user_id=by.user_id,
        code_checksum=checksum(_code(reference)),
        created_at=now,
        expires_at=now + _LIFETIME,
    )
    tx_code = f"{secrets.randbelow(10**_TX_CODE_LENGTH):0{_TX_CODE_LENGTH}}"
    if with_tx_code:
        row.tx_code_checksum = _tx_checksum(row, tx_code)
    row.save()
    audit.note("award.offer", "assertion", award.entity_id, by=by.user_entity_id)
    address = f"{settings.ROSETTE.origin}/openid/offers/{reference}"
    link = f"{_SCHEME}?credential_offer_uri={quote(address, safe='')}"
    return NewOffer(row, link, address, tx_code if with_tx_code else None)


def find(entity_id: str, offer_id: str, *, by: Actor) -> Offer:
    """The person's own offer of the award. Raises NotFound, also for other people's."""
    found = Offer.objects.filter(
        entity_id=offer_id, assertion__entity_id=entity_id, user_id=by.user_id
    ).first()
    if found is None:
        raise NotFound
    return found


def state(row: Offer) -> State:
    """What has become of the offer by now."""
    now = timezone.now()
    if row.taken_at is not None:
        return "taken"
    if row.token_expires_at is not None:
        return "offered" if row.token_expires_at > now else "expired"
    is_guessed_at = row.tx_code_tries >= _TX_CODE_TRIES
    return "expired" if is_guessed_at or row.expires_at <= now else "offered"


def qr_code(link: str) -> str:
    """The link as a QR code: an ``<svg>`` without a size, for a page to put in at its own."""
    drawn = io.BytesIO()
    segno.make_qr(link, error="m").save(
        drawn, kind="svg", border=4, light="#fff", xmldecl=False, omitsize=True, nl=False
    )
    return drawn.getvalue().decode()


def offered(reference: str) -> Document:
    """
    The Credential Offer that a wallet finds at the address (OpenID4VCI 1.0, "Credential Offer
    Parameters"). Raises NotFound for one that is used or over.
    """
    code = _code(reference)
    row = _waiting(code, timezone.now())
    if row is None:
        raise NotFound
    grant: Document = {"pre-authorized_code": code}
    if row.tx_code_checksum:
        grant["tx_code"] = {
            "input_mode": "numeric",
            "length": _TX_CODE_LENGTH,
            "description": _("The page that shows the offer shows this code as well."),
        }
    return {
        "credential_issuer": settings.ROSETTE.origin,
        "credential_configuration_ids": list(CONFIGURATIONS),
        "grants": {GRANT_TYPE: grant},
    }


def exchange(code: str, tx_code: str | None) -> Granted:
    """
    A token for the code of an offer; of several who come with it, the first has it.

    It is good for this offer and nothing else. Raises Declined (OpenID4VCI 1.0, "Token Error
    Response"); after five wrong transaction codes the offer is over.
    """
    now = timezone.now()
    row = _waiting(code, now)
    if row is None:
        raise _unknown_code()
    if row.tx_code_checksum and tx_code is None:
        raise Declined("invalid_request", "The transaction code (tx_code) is missing.")
    if tx_code is not None and not row.tx_code_checksum:
        raise Declined("invalid_request", "This offer wants no transaction code (tx_code).")
    if tx_code is not None:
        _require_tx_code(row, tx_code)
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        won = Offer.objects.filter(pk=row.pk, token_checksum=None, expires_at__gt=now).update(
            token_checksum=checksum(token), token_expires_at=now + _TOKEN_LIFETIME
        )
        if not won:
            raise _unknown_code()
        by = row.user.entity_id
        audit.note("token.create", "assertion", row.assertion.entity_id, by=by, grant=GRANT_TYPE)
    return Granted(token, int(_TOKEN_LIFETIME.total_seconds()), row)


def of_token(token: str) -> Offer | None:
    """The offer that the token was given for, its person beside it; None if it is not good now."""
    return (
        Offer.objects.select_related("user", "assertion")
        .filter(token_checksum=checksum(token), token_expires_at__gt=timezone.now())
        .filter(user__is_active=True)
        .first()
    )


def owner(row: Offer) -> Actor:
    """Who made the offer, with no rights but to what is theirs. Wants ``user`` selected."""
    return Actor(row.user.pk, row.user.entity_id, is_verified=False)


def forget(*, before: datetime) -> None:
    """Forget offers that are over for a day by then."""
    Offer.objects.filter(expires_at__lt=before - _FORGOTTEN_AFTER).delete()


def _waiting(code: str, now: datetime) -> Offer | None:
    alive = Offer.objects.filter(
        token_checksum=None, expires_at__gt=now, tx_code_tries__lt=_TX_CODE_TRIES
    )
    return alive.select_related("assertion", "user").filter(code_checksum=checksum(code)).first()


def _require_tx_code(row: Offer, tx_code: str) -> None:
    # The try counts before it is looked at, and even if the looking is cut short.
    counted = Offer.objects.filter(pk=row.pk, tx_code_tries__lt=_TX_CODE_TRIES).update(
        tx_code_tries=F("tx_code_tries") + 1
    )
    if not counted:
        raise _unknown_code()
    if not constant_time_compare(_tx_checksum(row, tx_code), row.tx_code_checksum):
        audit.note("token.refuse", "assertion", row.assertion.entity_id, by="")
        raise Declined("invalid_grant", "The transaction code is wrong.")


def _unknown_code() -> Declined:
    return Declined("invalid_grant", "The code is unknown, used, or over.")


def _code(reference: str) -> str:
    """
    The code of the offer at this address.

    Made of it with the server's secret, so that nothing need be kept that would be a code.
    """
    return salted_hmac("rosette.offer", reference, algorithm="sha256").hexdigest()


def _tx_checksum(row: Offer, tx_code: str) -> str:
    # With the server's secret: a million codes are tried in no time.
    text = f"{row.entity_id}:{tx_code}"
    return salted_hmac("rosette.tx_code", text, algorithm="sha256").hexdigest()
