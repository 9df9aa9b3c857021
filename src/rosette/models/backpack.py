"""What a person keeps beside the awards of this server: collections of awards."""

from django.db import models

from rosette.models.accounts import User
from rosette.models.assertions import Assertion
from rosette.models.base import Entity


class Collection(Entity):
    """
    Some of a person's awards, under one name, in an order.

    ``share_hash`` is 32 hex digits while the collection is published, else empty; each
    publication gets a new one.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=128)
    description = models.CharField(max_length=255, blank=True)
    share_hash = models.CharField(max_length=32, blank=True, db_index=True)
    assertions = models.ManyToManyField(
        Assertion, through="CollectionItem", related_name="collections"
    )


class CollectionItem(models.Model):
    """One award in one collection; ``position`` counts from 0."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="items")
    assertion = models.ForeignKey(Assertion, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["collection", "assertion"], name="collectionitem_once")
        ]
