"""Receipts: what this site found when somebody had it verify a badge, in its own signed words."""

from django.db import models

from rosette.models.base import new_entity_id


class Receipt(models.Model):
    """
    A signed statement on one verification, for whoever has its address.

    ``token`` is a compact JWS. ``asked``: the checksum, 64 hex digits, of what it was made of, so
    that asking twice gives one. It holds no person: neither who asked nor whose the badge is.
    """

    entity_id = models.CharField(max_length=22, unique=True, default=new_entity_id)
    asked = models.CharField(max_length=64, unique=True)
    token = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.entity_id
