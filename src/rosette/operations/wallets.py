"""
What a wallet gets for its token: the credential of one award, bound to a key of the wallet.

OpenID4VCI 1.0, "Nonce Endpoint", "Credential Endpoint" and "Notification Endpoint". A wallet may
ask again while its token is good: for the other form, or because an answer was lost.
"""

import secrets
from datetime import timedelta
from typing import Any, Final, Literal, NamedTuple, get_args

import orjson
from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound
from rosette.models import Offer, UsedNonce
from rosette.models.applications import checksum
from rosette.models.assertions import kept_assertions
from rosette.models.offers import use_nonce
from rosette.openbadges.errors import BadProof
from rosette.openbadges.proofs import possession
from rosette.operations import audit, credentials, offers
from rosette.operations.offers import CONFIGURATIONS, Declined

Event = Literal["credential_accepted", "credential_failure", "credential_deleted"]
EVENTS: Final[tuple[Event, ...]] = get_args(Event)

_NONCE_LIFETIME: Final = timedelta(minutes=5)


class NoToken(Exception):
    """The token is unknown, or its time is over."""


class Issued(NamedTuple):
    """A credential, JSON object or compact JWS; and the name for what the wallet says of it."""

    credential: Any
    notification_id: str


def nonce() -> str:
    """
    A question that the next proof has to answer, within five minutes and once.

    It holds the time and is signed by us, so that nothing is written for whoever asks for one.
    """
    return _nonces().sign(secrets.token_urlsafe(16))


def identifier(row: Offer, configuration: str) -> str:
    """What the award is called in this form, to a wallet that wants a name of its own for it."""
    return f"{row.assertion.entity_id}/{configuration}"


def configuration(row: Offer, *, named: str | None, identified: str | None) -> str:
    """
    Which of the forms is asked for, by its own name or by that of the award in it.

    Raises Declined unless exactly one of them says it. Wants ``assertion`` selected.
    """
    if (named is None) is (identified is None):
        raise Declined(
            "invalid_credential_request",
            "Exactly one of credential_configuration_id and credential_identifier is wanted.",
        )
    if named is not None:
        if named not in CONFIGURATIONS:
            raise Declined("unknown_credential_configuration", "There is no such configuration.")
        return named
    known = {identifier(row, name): name for name in CONFIGURATIONS}
    if identified not in known:
        raise Declined("unknown_credential_identifier", "The token is not for this credential.")
    return known[identified]


def issue(token: str, *, named: str | None, identified: str | None, proof: str) -> Issued:
    """
    The credential of the offered award, with the holder's DID as its subject.

    Raises NoToken, and Declined (OpenID4VCI 1.0, "Credential Request Errors"): for good if the
    award does not hold any more, or is no more the person's.
    """
    row = _offer(token)
    form = CONFIGURATIONS[configuration(row, named=named, identified=identified)]
    now = timezone.now()
    try:
        proven = possession.check(proof, audience=settings.ROSETTE.origin, at=now)
    except BadProof as error:
        raise Declined("invalid_proof", str(error)) from error
    _require_ours(proven.nonce)
    with transaction.atomic():
        if not use_nonce(checksum(proven.nonce), at=now):
            raise Declined("invalid_nonce", "The nonce was used before.")
        try:
            award = offers.takable(row.assertion.entity_id, by=offers.owner(row), at=now)
        except (NotFound, InvalidInput) as error:
            raise Declined(
                "credential_request_denied", "The award is not to be had (any more)."
            ) from error
        # Under its own name, whoever else may see it: the holder shows it to whom they like.
        published = kept_assertions([award.id])[award.id]._replace(entity_id=award.entity_id)
        signed = credentials.signed(credentials.draft(published, form, holder=proven.did))
        Offer.objects.filter(pk=row.pk, taken_at=None).update(taken_at=now)
        by = row.user.entity_id
        audit.note("award.take", "assertion", award.entity_id, by=by, at=now, form=form)
    content = signed.decode() if form == "jwt" else orjson.loads(signed)
    return Issued(content, row.entity_id)


def notify(token: str, notification_id: str, event: Event) -> None:
    """
    Keep what the wallet says of the credential; said again, it is the same.

    Raises NoToken, and Declined for the name of something that this token did not bring.
    """
    row = _offer(token)
    if notification_id != row.entity_id or row.taken_at is None:
        raise Declined("invalid_notification_id", "There is no such notification_id.")
    with transaction.atomic():
        Offer.objects.filter(pk=row.pk).update(event=event)
        by, name = row.user.entity_id, row.assertion.entity_id
        audit.note("award.wallet", "assertion", name, by=by, event=event)


def forget() -> None:
    """Forget nonces that are too old to be good anyway, and offers that are over."""
    now = timezone.now()
    UsedNonce.objects.filter(used_at__lt=now - 2 * _NONCE_LIFETIME).delete()
    offers.forget(before=now)


def _offer(token: str) -> Offer:
    row = offers.of_token(token)
    if row is None:
        raise NoToken
    return row


def _nonces() -> TimestampSigner:
    return TimestampSigner(salt="rosette.nonce")


def _require_ours(text: str) -> None:
    try:
        _nonces().unsign(text, max_age=_NONCE_LIFETIME)
    except BadSignature as error:
        raise Declined("invalid_nonce", "The nonce is not ours, or too old.") from error
