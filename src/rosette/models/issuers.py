"""Issuers and the people who work for them."""

from django.db import models

from rosette.models.accounts import User
from rosette.models.base import Entity


class Issuer(Entity):
    """
    Somebody who awards badges.

    ``image`` is a name in the store of images, or empty. ``deleted_at``: the issuer is gone for
    its people, but its revoked awards still say so to the world.
    """

    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=1024)
    url = models.CharField(max_length=1024)
    email = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    image = models.CharField(max_length=100, blank=True)
    extensions = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True, blank=True)

    staff = models.ManyToManyField(User, through="IssuerStaff", related_name="issuers")

    class Meta(Entity.Meta):
        indexes = [models.Index(fields=["updated_at", "id"], name="issuer_changed")]


class Role(models.TextChoices):
    """What somebody may do for an issuer; each role may all that the one below it may."""

    OWNER = "owner"
    EDITOR = "editor"
    STAFF = "staff"


class IssuerStaff(models.Model):
    """One person's role at one issuer."""

    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="staff_rows")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="staff_rows")
    role = models.CharField(max_length=16, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "user"], name="issuerstaff_once")
        ]
