"""Tallies: how much of what happened with which badge class on which day, and never to whom."""

from datetime import date
from typing import Final, Literal

from django.db import models

from rosette.models.badgeclasses import BadgeClass
from rosette.models.base import on_postgresql, run
from rosette.models.issuers import Issuer

Event = Literal["shares", "verifications"]


class Tally(models.Model):
    """
    One day (UTC) of one badge class.

    ``awards`` and ``claims`` are counted by the worker, the others when they happen.
    """

    day = models.DateField()
    badgeclass = models.ForeignKey(BadgeClass, on_delete=models.CASCADE, related_name="+")
    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="+", db_index=False)
    awards = models.PositiveIntegerField(default=0)
    claims = models.PositiveIntegerField(default=0)
    shares = models.PositiveIntegerField(default=0)
    verifications = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["badgeclass", "day"], name="tally_once"),
        ]
        indexes = [
            models.Index(fields=["issuer", "day"], name="tally_of_issuer"),
            models.Index(fields=["day"], name="tally_of_day"),
        ]


class ClaimWait(models.Model):
    """
    How many claims of a day came after about the same time.

    ``step``: the time between award and claim, in steps of a scale (``operations/insights.py``).
    """

    day = models.DateField()
    badgeclass = models.ForeignKey(
        BadgeClass, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    issuer = models.ForeignKey(Issuer, on_delete=models.CASCADE, related_name="+", db_index=False)
    step = models.PositiveSmallIntegerField()
    claims = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["badgeclass", "day", "step"], name="claimwait_once"),
        ]
        indexes = [
            models.Index(fields=["issuer", "day"], name="claimwait_of_issuer"),
            models.Index(fields=["day"], name="claimwait_of_day"),
        ]


class Count(models.Model):
    """When the worker last counted awards and claims; one row."""

    counted_at = models.DateTimeField()


_ONE_MORE: Final = """
    INSERT INTO rosette_tally
        (day, badgeclass_id, issuer_id, awards, claims, shares, verifications)
    SELECT {day}, b.id, b.issuer_id, 0, 0, {shares}, {verifications} FROM rosette_badgeclass b
    WHERE b.source_url IS NULL AND {which}
    ON CONFLICT (badgeclass_id, day) DO UPDATE SET {event} = rosette_tally.{event} + 1
"""
_NAMED: Final = "b.entity_id = %s"
_OF_AWARD: Final = "b.id = (SELECT a.badgeclass_id FROM rosette_assertion a WHERE a.id = %s)"


def tally_badgeclass(event: Event, entity_id: str, *, on: date) -> None:
    """Once more on this day, of the badge class of this name, if it is ours; one statement."""
    run(_one_more(event, _NAMED), [on.isoformat(), entity_id])


def tally_award(event: Event, number: int, *, on: date) -> None:
    """As ``tally_badgeclass``, of an award by its row number."""
    run(_one_more(event, _OF_AWARD), [on.isoformat(), number])


def _one_more(event: Event, which: str) -> str:
    return _ONE_MORE.format(
        day="CAST(%s AS date)" if on_postgresql() else "%s",
        shares=int(event == "shares"),
        verifications=int(event == "verifications"),
        which=which,
        event=event,
    )
