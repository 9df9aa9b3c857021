"""Pathways: badges that lead to another badge, step by step."""

from django.db import models

from rosette.models.assertions import RECIPIENT_IDENTITY_MAX_LENGTH, Assertion
from rosette.models.badgeclasses import BadgeClass
from rosette.models.base import Entity
from rosette.models.issuers import Issuer


class Pathway(Entity):
    """
    A way of one issuer. Whoever has taken every step that is not optional has completed it, and is
    awarded ``completion``, if there is one. ``published_at``: null while nobody else sees it.
    """

    issuer = models.ForeignKey(
        Issuer, on_delete=models.CASCADE, related_name="pathways", db_index=False
    )
    name = models.CharField(max_length=1024)
    description = models.TextField(blank=True)
    completion = models.ForeignKey(
        BadgeClass, null=True, on_delete=models.SET_NULL, related_name="completes"
    )
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta(Entity.Meta):
        indexes = [models.Index(fields=["issuer", "id"], name="pathway_of_issuer")]


class PathwayStep(models.Model):
    """
    One step: it is taken by whoever holds ``needed`` of its badge classes.

    ``is_optional``: a branch that may be left out.
    """

    pathway = models.ForeignKey(
        Pathway, on_delete=models.CASCADE, related_name="steps", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    needed = models.PositiveSmallIntegerField()
    is_optional = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pathway", "position"], name="pathwaystep_position")
        ]


class StepBadge(models.Model):
    """A badge class that counts for a step."""

    step = models.ForeignKey(
        PathwayStep, on_delete=models.CASCADE, related_name="badges", db_index=False
    )
    badgeclass = models.ForeignKey(BadgeClass, on_delete=models.CASCADE, related_name="in_steps")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["step", "badgeclass"], name="stepbadge_once")
        ]


class PathwayCompletion(models.Model):
    """
    That somebody has completed a pathway, once and for all; ``assertion`` is what they got for it.

    The identity is the one whose award was the last step.
    """

    pathway = models.ForeignKey(
        Pathway, on_delete=models.CASCADE, related_name="completions", db_index=False
    )
    recipient_kind = models.CharField(max_length=16)
    recipient_identity = models.CharField(max_length=RECIPIENT_IDENTITY_MAX_LENGTH)
    assertion = models.ForeignKey(Assertion, null=True, on_delete=models.SET_NULL, related_name="+")
    completed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pathway", "recipient_kind", "recipient_identity"],
                name="pathwaycompletion_once",
            )
        ]
