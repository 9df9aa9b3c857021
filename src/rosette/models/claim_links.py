"""Links by which people get a badge themselves: on a poster, as a QR code, in a chat."""

from django.db import models

from rosette.models.accounts import User
from rosette.models.assertions import Assertion
from rosette.models.badgeclasses import BadgeClass
from rosette.models.base import Entity
from rosette.models.issuers import Issuer
from rosette.models.notices import Notice


class ClaimLink(Entity):
    """
    Whoever has the link and owns an address gets the badge, or asks for it.

    ``entity_id`` is its address: whoever does not know it does not guess it. ``place`` is where
    the event is, or empty. Null ``opens_at``, ``closes_at``, ``limit``: none. ``taken``: how many
    awards it has made, never more than ``limit``. ``is_automatic``: nobody has to approve.
    ``domains``: what an address has to end in; empty for any. ``ended_at``: closed by hand.
    """

    badgeclass = models.ForeignKey(BadgeClass, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=200)
    place = models.CharField(max_length=200, blank=True)
    opens_at = models.DateTimeField(null=True, blank=True)
    closes_at = models.DateTimeField(null=True, blank=True)
    limit = models.PositiveIntegerField(null=True, blank=True)
    taken = models.PositiveIntegerField(default=0)
    is_automatic = models.BooleanField()
    domains = models.JSONField(default=list, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta(Entity.Meta):
        constraints = [
            *Entity.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(limit=None) | models.Q(taken__lte=models.F("limit")),
                name="claimlink_within_limit",
            ),
        ]


class ClaimRequest(Entity):
    """
    Somebody's wish for the badge of a link, by the address that is to have it.

    From ``asked`` (the address is to be proven, by a mail) to ``waiting`` (for approval),
    ``awarded`` or ``declined``, with a ``reason`` that the person reads. ``assertion`` is what it
    became. ``notice``: the last mail about it.
    """

    class State(models.TextChoices):
        ASKED = "asked"
        WAITING = "waiting"
        AWARDED = "awarded"
        DECLINED = "declined"

    link = models.ForeignKey(ClaimLink, on_delete=models.CASCADE, related_name="requests")
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    reason = models.CharField(max_length=500, blank=True)
    assertion = models.ForeignKey(
        Assertion, null=True, on_delete=models.SET_NULL, related_name="claim_requests"
    )
    notice = models.OneToOneField(
        Notice, null=True, on_delete=models.SET_NULL, related_name="claim_request"
    )

    class Meta(Entity.Meta):
        constraints = [
            *Entity.Meta.constraints,
            models.UniqueConstraint(fields=["link", "email"], name="claimrequest_once"),
        ]
        indexes = [models.Index(fields=["link", "state", "id"], name="claimrequest_of_link")]


class RequestsNotice(models.Model):
    """The issuer whose requests a notice to one of its staff is about."""

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="about_requests")
    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="+")
