"""Insights: what is counted, when, and at what cost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette.errors import NotFound, NotPermitted
from rosette.models import Assertion, ClaimWait, Count, Tally
from rosette.operations import backpack, insights, sharing, upkeep
from rosette.operations.insights import Filters, Top
from rosette.operations.policies import Actor
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return factories.user()


@pytest.fixture
def knots(ada):
    return factories.badgeclass(factories.issuer(ada))


def at(row, moment, **more):
    """Let the award have been made then."""
    Assertion.objects.filter(pk=row.pk).update(created_at=moment, updated_at=moment, **more)


def claimed(row, person):
    item = backpack.find(row.entity_id, by=Actor.person(person))
    return backpack.accept(item)


def seen(knots, by, **more):
    return insights.of(Filters(knots.issuer, **more), by=Actor.person(by))


def test_awards_and_claims_are_counted_by_day_and_badge_class(ada, knots):
    bob = factories.user("bob@example.org")
    other = factories.badgeclass(knots.issuer, name="Splicing")
    now = timezone.now()
    for days in (0, 1, 1, 40):
        at(factories.assertion(knots), now - timedelta(days=days))
    claimed(factories.assertion(other), bob)

    insights.count_up()

    found = seen(knots, ada)
    assert found.totals == {"awards": 4, "claims": 1, "shares": 0, "verifications": 0}
    assert [bar.number for bar in found.bars["awards"]][-3:] == [0, 2, 2]
    assert len(found.bars["awards"]) == 30
    assert found.top == [
        Top(knots.entity_id, "Knot Tying", 3, 0),
        Top(other.entity_id, "Splicing", 1, 1),
    ]
    assert (found.claim_percent, found.by_month) == (25, False)
    assert seen(knots, ada, badgeclass=other).totals["awards"] == 1
    assert seen(knots, ada, days=90).totals["awards"] == 5
    everything = seen(knots, ada, days=None)
    assert (everything.totals["awards"], everything.first) == (
        5,
        (now.astimezone(UTC) - timedelta(days=40)).date(),
    )


def test_counting_again_changes_nothing_and_finds_what_came_late(ada, knots):
    award = factories.assertion(knots)
    insights.count_up()
    before = list(Tally.objects.values())
    insights.count_up()
    assert list(Tally.objects.values()) == before
    assert Count.objects.count() == 1

    at(factories.assertion(knots), timezone.now() - timedelta(hours=20))
    insights.count_up()
    assert sum(Tally.objects.values_list("awards", flat=True)) == 2

    award.delete()
    factories.assertion(knots)
    insights.count_up()
    assert sum(Tally.objects.values_list("awards", flat=True)) == 2


def test_the_usual_time_until_a_claim_is_right_to_a_tenth(ada, knots):
    now = datetime.now(UTC)
    for hours in (1, 5, 300):
        row = factories.assertion(knots)
        at(row, now - timedelta(hours=hours), claimed_at=now)
        Assertion.objects.filter(pk=row.pk).update(updated_at=now)
    insights.count_up()

    wait = seen(knots, ada).median_wait

    assert timedelta(hours=4.5) < wait < timedelta(hours=5.5)
    assert sum(ClaimWait.objects.values_list("claims", flat=True)) == 3


def test_a_claim_says_when_and_costs_nothing_more(knots):
    bob = factories.user("bob@example.org")
    row = factories.assertion(knots)
    item = backpack.find(row.entity_id, by=Actor.person(bob))

    with CaptureQueriesContext(connection) as made:
        backpack.accept(item)
    row.refresh_from_db()

    statements = [made["sql"].split()[0] for made in made.captured_queries]
    assert statements == ["SAVEPOINT", "INSERT", "UPDATE", "RELEASE"]  # the note, and the award
    assert row.claimed_at == row.updated_at
    backpack.reject(item)
    row.refresh_from_db()
    assert row.acceptance == "Rejected"


def test_a_share_is_counted_when_it_happens(ada, knots):
    row = factories.assertion(knots)

    for _ in range(2):
        sharing.share_award(row.entity_id, "linkedin")
    sharing.share_award(row.entity_id, "linkedin", counted=False)

    assert seen(knots, ada).totals["shares"] == 2
    insights.count_up()
    assert seen(knots, ada).totals["shares"] == 2


def test_a_verification_is_counted_of_our_own_badge_classes_alone(ada, knots):
    insights.verified(f"https://badges.example.org/public/badges/{knots.entity_id}")
    insights.verified("https://badges.example.org/public/badges/unknown")

    assert seen(knots, ada).totals["verifications"] == 1
    assert Tally.objects.count() == 1


def test_who_does_not_work_there_sees_nothing(ada, knots):
    carol = factories.user("carol@example.org")

    with pytest.raises(NotPermitted):
        seen(knots, carol)
    with pytest.raises(NotFound):
        insights.of(Filters(None), by=Actor.person(ada))


def test_whoever_runs_the_site_sees_all_issuers(ada, knots):
    root = factories.user("root@example.org", is_superuser=True)
    factories.assertion(knots)
    factories.assertion(factories.badgeclass(factories.issuer(root, name="Pier")))
    insights.count_up()

    assert insights.of(Filters(None), by=Actor.person(root)).totals["awards"] == 2


def test_long_times_are_shown_by_month_without_gaps(ada, knots):
    at(factories.assertion(knots), timezone.now() - timedelta(days=400))
    insights.count_up()

    found = seen(knots, ada, days=None)

    assert found.by_month
    assert all(bar.day.day == 1 for bar in found.bars["awards"])
    assert 13 <= len(found.bars["awards"]) <= 15


@pytest.mark.parametrize("times", [1, 20])
def test_the_page_costs_the_same_however_many_awards_there_are(ada, knots, times):
    for _ in range(times):
        factories.assertion(factories.badgeclass(knots.issuer))
    insights.count_up()
    by = Actor.person(ada)

    with CaptureQueriesContext(connection) as made:
        insights.of(Filters(knots.issuer), by=by)

    assert len(made.captured_queries) == 5
    assert not any("rosette_assertion" in query["sql"] for query in made.captured_queries)


def test_the_worker_is_asked_to_count_where_there_is_an_issuer(knots):
    upkeep.keep_house()

    assert DBTaskResult.objects.filter(task_path="rosette.tasks.count_up").count() == 1
