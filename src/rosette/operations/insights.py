"""
Insights: what became of an issuer's awards, by day, badge class and kind.

They are read from tallies, a row for each badge class and day, so that they cost the same however
many awards there are. The worker counts awards and claims hourly, anew for the last two days, in
ranges of an index; shares and verifications are counted when they happen. All days are in UTC.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple, TypeVar

from django.db import transaction
from django.db.models import Count as CountOf
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from rosette.errors import NotFound
from rosette.models import Assertion, BadgeClass, ClaimWait, Count, Issuer, Tally, User
from rosette.models.tallies import tally_badgeclass
from rosette.operations import policies
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

Kind = Literal["awards", "claims", "shares", "verifications"]
KINDS: Final[tuple[Kind, ...]] = ("awards", "claims", "shares", "verifications")
PERIODS: Final = {"7": 7, "30": 30, "90": 90, "365": 365}
"""Periods, in days; any other is everything there is."""
_Row = TypeVar("_Row", Tally, ClaimWait)

_BY_DAY_MAX: Final = 90
_TOP: Final = 10
_RECOUNTED: Final = timedelta(days=1)
_STEP: Final = 1.2
"""Each step of the scale of ``ClaimWait`` is a fifth longer than the one before; from a minute."""


class Filters(NamedTuple):
    """What is looked at: an issuer or, if that is None, the whole site; a badge class; a period."""

    issuer: Issuer | None
    badgeclass: BadgeClass | None = None
    days: int | None = 30


class Bar(NamedTuple):
    """How much fell on a day, or on the month that begins with it."""

    day: date
    number: int


class Top(NamedTuple):
    """A badge class, and how often it was awarded and claimed."""

    entity_id: str
    name: str
    awards: int
    claims: int


class Insights(NamedTuple):
    """
    All that is shown. ``bars`` have no gaps; ``by_month`` says what they stand for.

    ``median_wait`` is how long it takes until a badge is claimed, to a tenth or so; None if none
    was. ``counted_at``: when the worker last counted.
    """

    first: date
    last: date
    by_month: bool
    totals: dict[Kind, int]
    bars: dict[Kind, list[Bar]]
    top: list[Top]
    median_wait: timedelta | None
    counted_at: datetime | None

    @property
    def claim_percent(self) -> int | None:
        """Claims in the period for each hundred awards in it; None without awards."""
        awards = self.totals["awards"]
        return round(100 * self.totals["claims"] / awards) if awards else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not any(self.totals.values())


def of(filters: Filters, *, by: Actor) -> Insights:
    """
    The insights; a handful of queries over tallies.

    Raises NotPermitted for whoever has no role at the issuer, and NotFound for whoever asks for
    the whole site and does not run it.
    """
    if filters.issuer is not None:
        policies.require(Reach.READ, by, filters.issuer)
    elif not User.objects.filter(pk=by.user_id, is_superuser=True, is_active=True).exists():
        raise NotFound
    last = timezone.now().astimezone(UTC).date()
    tallies = _in(Tally.objects.all(), filters)
    first = _first(tallies, filters, last)
    tallies = tallies.filter(day__gte=first, day__lte=last)
    by_month = (last - first).days >= _BY_DAY_MAX + 1
    found = list(
        tallies.values_list("day")
        .annotate(*[Sum(kind, default=0) for kind in KINDS])
        .order_by("day")
    )
    bars = {
        kind: _bars([(row[0], row[at]) for row in found], first, last, by_month=by_month)
        for at, kind in enumerate(KINDS, 1)
    }
    return Insights(
        first,
        last,
        by_month,
        {kind: sum(bar.number for bar in bars[kind]) for kind in KINDS},
        bars,
        _top(tallies),
        _median(_in(ClaimWait.objects.all(), filters).filter(day__gte=first, day__lte=last)),
        Count.objects.values_list("counted_at", flat=True).first(),
    )


def badgeclass(issuer: Issuer | None, entity_id: str) -> BadgeClass | None:
    """The badge class to look at; None for all. Raises NotFound."""
    if not entity_id:
        return None
    found = BadgeClass.objects.filter(entity_id=entity_id, source_url=None)
    row = (found.filter(issuer=issuer) if issuer else found).first()
    if row is None:
        raise NotFound
    return row


def verified(badgeclass_address: str) -> None:
    """Count that somebody had a badge of this badge class verified, if it is one of ours."""
    name = badgeclass_address.rstrip("/").rpartition("/")[2]
    tally_badgeclass("verifications", name, on=timezone.now().astimezone(UTC).date())


def ask_for_count() -> None:
    """Ask the worker to count, if there is anybody who awards."""
    if Issuer.objects.filter(source_url=None).exists():
        enqueue("count_up")


def count_up() -> None:
    """
    Count awards and claims, anew since the day before the last count; the first time all.

    Each issuer in a transaction of its own. What is committed late, is counted the next time.
    """
    now = timezone.now()
    last = Count.objects.first()
    since = _midnight(last.counted_at) - _RECOUNTED if last else None
    issuers = Issuer.objects.filter(source_url=None)
    if since is not None:
        changed = Assertion.objects.filter(issuer=OuterRef("pk"), updated_at__gte=since)
        issuers = issuers.filter(Exists(changed))
    for number in list(issuers.values_list("pk", flat=True)):
        _count(number, since)
    Count.objects.update_or_create(pk=last.pk if last else 1, defaults={"counted_at": now})


def _count(issuer_id: int, since: datetime | None) -> None:
    """Count what one issuer did; nobody is kept waiting while it is read."""
    awards = Assertion.objects.filter(issuer=issuer_id, source_url=None)
    recent = Q() if since is None else Q(created_at__gte=since)
    # Whoever claims an award changes it: the index of changes finds all that were claimed since.
    claimed = Q(claimed_at__isnull=False)
    if since is not None:
        claimed &= Q(updated_at__gte=since, claimed_at__gte=since)
    made = awards.filter(recent).annotate(day=TruncDate("created_at", tzinfo=UTC))
    counted = {
        (number, day): count
        for number, day, count in made.values_list("badgeclass_id", "day")
        .annotate(CountOf("pk"))
        .order_by()
    }
    claims: Counter[tuple[int, date]] = Counter()
    waits: Counter[tuple[int, date, int]] = Counter()
    found = awards.filter(claimed).values_list("badgeclass_id", "created_at", "claimed_at")
    for number, created_at, claimed_at in found.iterator(chunk_size=2000):
        assert claimed_at is not None, "or it would not be found"
        day = claimed_at.astimezone(UTC).date()
        claims[number, day] += 1
        waits[number, day, _step(claimed_at - created_at)] += 1
    _keep(issuer_id, since, counted, claims, waits)


@transaction.atomic
def _keep(
    issuer_id: int,
    since: datetime | None,
    counted: Mapping[tuple[int, date], int],
    claims: Mapping[tuple[int, date], int],
    waits: Mapping[tuple[int, date, int], int],
) -> None:
    """Put these counts in the place of those since then."""
    if not Issuer.objects.select_for_update(no_key=True).filter(pk=issuer_id).exists():
        return
    anew = Q() if since is None else Q(day__gte=since.date())
    Tally.objects.filter(anew, issuer=issuer_id).update(awards=0, claims=0)
    Tally.objects.bulk_create(
        [
            Tally(
                day=day,
                badgeclass_id=number,
                issuer_id=issuer_id,
                awards=counted.get((number, day), 0),
                claims=claims.get((number, day), 0),
            )
            for number, day in sorted({*counted, *claims})
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["badgeclass", "day"],
        update_fields=["awards", "claims"],
    )
    ClaimWait.objects.filter(anew, issuer=issuer_id).delete()
    ClaimWait.objects.bulk_create(
        [
            ClaimWait(day=day, badgeclass_id=number, issuer_id=issuer_id, step=step, claims=count)
            for (number, day, step), count in waits.items()
        ],
        batch_size=500,
    )


def _in(rows: QuerySet[_Row], filters: Filters) -> QuerySet[_Row]:
    if filters.badgeclass is not None:
        return rows.filter(badgeclass=filters.badgeclass)
    # What is tried out in sandboxes is nothing that the site does.
    return (
        rows.filter(issuer=filters.issuer) if filters.issuer else rows.filter(issuer__sandbox=False)
    )


def _first(tallies: QuerySet[Tally], filters: Filters, last: date) -> date:
    if filters.days is not None:
        return last - timedelta(days=filters.days - 1)
    earliest: date | None = tallies.aggregate(first=Min("day"))["first"]
    return min(earliest or last, last - timedelta(days=6))


def _bars(
    counts: Sequence[tuple[date, int]], first: date, last: date, *, by_month: bool
) -> list[Bar]:
    """The counts without gaps; those of a month together, if that is wished."""
    found: dict[date, int] = {}
    day = first
    while day <= last:
        found[day.replace(day=1) if by_month else day] = 0
        day += timedelta(days=1)
    for day, count in counts:
        found[day.replace(day=1) if by_month else day] += count
    return [Bar(day, count) for day, count in found.items()]


def _top(tallies: QuerySet[Tally]) -> list[Top]:
    found = (
        tallies.values_list("badgeclass__entity_id", "badgeclass__name")
        .annotate(made=Sum("awards"), taken=Sum("claims"))
        .filter(made__gt=0)
        .order_by("-made", "badgeclass__name")[:_TOP]
    )
    return [Top(*row) for row in found]


def _step(wait: timedelta) -> int:
    minutes = max(wait.total_seconds() / 60, 1)
    return int(math.log(minutes, _STEP))


def _median(waits: QuerySet[ClaimWait]) -> timedelta | None:
    steps = list(waits.values_list("step").annotate(Sum("claims")).order_by("step"))
    half = sum(count for _, count in steps) / 2
    for step, count in steps:
        half -= count
        if half <= 0:
            return timedelta(minutes=_STEP ** (step + 0.5))  # the middle of the step
    return None


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)
