"""Awards on their way into a wallet: what was offered, and which questions were answered."""

from datetime import datetime

from django.db import IntegrityError, models, transaction

from rosette.models.accounts import User
from rosette.models.assertions import Assertion
from rosette.models.base import new_entity_id


class Offer(models.Model):
    """
    A recipient's word that whoever holds a code may take an award into a wallet.

    ``entity_id`` names it to its person, and is no secret. Of the secrets only checksums are kept,
    64 hex digits each: of the code; of the transaction code that the wallet has to be told besides,
    empty if none is wanted; and of the token that the code was exchanged for, null until it was.
    ``tx_code_tries``: how often the transaction code was guessed at. ``expires_at``: until when the
    code is good; ``token_expires_at``: the token. ``taken_at``: when a credential was first handed
    out. ``event``: what the wallet said last of what it made of it, or empty.
    """

    entity_id = models.CharField(max_length=22, unique=True, default=new_entity_id)
    assertion = models.ForeignKey(Assertion, on_delete=models.CASCADE, related_name="offers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    code_checksum = models.CharField(max_length=64, unique=True)
    tx_code_checksum = models.CharField(max_length=64, blank=True)
    tx_code_tries = models.PositiveSmallIntegerField(default=0)
    token_checksum = models.CharField(max_length=64, null=True, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    token_expires_at = models.DateTimeField(null=True)
    taken_at = models.DateTimeField(null=True)
    event = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return self.entity_id


class UsedNonce(models.Model):
    """The checksum of a nonce that proved something once, kept for as long as it would be good."""

    checksum = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.checksum


def use_nonce(checksum: str, *, at: datetime) -> bool:
    """Note that the nonce is used; False if it was before. Of two at a time, one is told so."""
    try:
        with transaction.atomic():
            UsedNonce.objects.create(checksum=checksum, used_at=at)
    except IntegrityError:
        return False
    return True
