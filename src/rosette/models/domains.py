"""Domains that issuers have proven to be theirs; what is published of that stands in the issuer."""

from django.db import models

from rosette.models.issuers import Issuer


class DomainProof(models.Model):
    """
    How an issuer's proof of its domain goes.

    ``way`` is where the proof was found. ``checked_at`` is the last look; ``failing_since`` the
    first of those that did not find it, ``problem`` what the last of these met, for people.
    """

    class Way(models.TextChoices):
        RECORD = "record"
        FILE = "file"

    issuer = models.OneToOneField(Issuer, on_delete=models.CASCADE, related_name="domain_proof")
    domain = models.CharField(max_length=255)
    way = models.CharField(max_length=8, choices=Way.choices)
    checked_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=255, blank=True)

    class Meta:
        indexes = [models.Index(fields=["checked_at"], name="domainproof_due")]
