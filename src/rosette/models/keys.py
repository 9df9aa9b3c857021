"""Keys that issuers sign with, and this site."""

from django.db import models

from rosette.models.issuers import Issuer


class SigningKey(models.Model):
    """
    One pair of keys of an issuer, or of the site (``issuer`` null).

    ``kind`` and ``number`` are its name, ``key-1`` or ``jwt-2``; a number is never used again.
    ``public`` is a Multikey or a JWK, as ``openbadges.keys`` writes it, and stays published for
    ever. ``sealed`` is the private half, sealed; empty once another key has taken its place.
    ``retired_at``: since when it signs no more. ``withdrawn_at``: since when nothing that it
    signed counts, because somebody else may have it.
    """

    class Kind(models.TextChoices):
        KEY = "key"
        JWT = "jwt"

    issuer = models.ForeignKey(
        Issuer, null=True, on_delete=models.CASCADE, related_name="signing_keys"
    )
    kind = models.CharField(max_length=3, choices=Kind.choices)
    number = models.PositiveIntegerField()
    public = models.JSONField()
    sealed = models.TextField(blank=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "kind", "number"],
                name="signingkey_name",
            ),
            # Null is unlike null, so the site's need constraints of their own.
            models.UniqueConstraint(
                fields=["kind", "number"],
                condition=models.Q(issuer__isnull=True),
                name="signingkey_site_name",
            ),
            models.UniqueConstraint(
                fields=["issuer", "kind"],
                condition=models.Q(retired_at__isnull=True),
                name="signingkey_active",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(issuer__isnull=True, retired_at__isnull=True),
                name="signingkey_site_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}-{self.number}"
