"""Invitations to work for an issuer, to addresses that have no account yet."""

from django.db import models

from rosette.models.accounts import User
from rosette.models.issuers import Issuer, Role
from rosette.models.notices import Notice


class Invitation(models.Model):
    """
    That whoever proves to own ``email`` may have the role at the issuer.

    ``email`` is kept as addresses are: in lower case, the domain written out. The row is gone once
    it is accepted or withdrawn. ``mailed_at``: when the last mail about it was asked for, which is
    ``notice``.
    """

    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="invitations")
    email = models.CharField(max_length=254)
    role = models.CharField(max_length=16, choices=Role.choices)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    mailed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    notice = models.OneToOneField(
        Notice, null=True, on_delete=models.SET_NULL, related_name="invitation"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "email"], name="invitation_once")]

    def __str__(self) -> str:
        return f"{self.role} at {self.issuer_id}"
