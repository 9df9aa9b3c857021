"""What hand-written SQL stands on."""

from datetime import timedelta
from threading import Event, Thread
from time import sleep

import pytest
from django.db import connection, transaction
from django.utils import timezone

from rosette.copies.databases import snapshot
from rosette.models import Assertion
from rosette.models.base import new_entity_id, settled_at
from tests import factories
from tests.api.client import Api
from tests.environment import DATABASE


def test_names_are_22_characters_that_sort_by_their_time_and_are_never_the_same():
    names = [new_entity_id() for _ in range(1000)]

    assert {len(name) for name in names} == {22}
    assert len(set(names)) == 1000
    assert len({name[:6] for name in names}) <= 2  # of the same minute or two


@pytest.mark.django_db
def test_all_is_settled_a_moment_ago_while_nobody_writes():
    assert timezone.now() - settled_at() < timedelta(seconds=3)


@pytest.mark.skipif(DATABASE != "postgresql", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_a_feed_misses_nothing_of_what_is_committed_after_it_was_asked():
    ada = factories.user()
    knots = factories.badgeclass(factories.issuer(ada))
    api = Api(ada)
    begun, asked = Event(), Event()

    def award() -> None:
        with transaction.atomic():
            factories.assertion(knots)
            begun.set()
            asked.wait(20)
        connection.close()

    writer = Thread(target=award)
    writer.start()
    begun.wait(20)
    before = api.get("/v2/assertions/changed")
    asked.set()
    writer.join()
    after = api.get("/v2/assertions/changed", since=before.body["timestamp"])

    assert before.result == []
    assert [item["entityId"] for item in after.result] == [Assertion.objects.get().entity_id]


@pytest.mark.skipif(DATABASE != "postgresql", reason="of SQLite a copy is read")
@pytest.mark.django_db(transaction=True)
def test_no_feed_waits_for_a_backup():
    begun, asked = Event(), Event()

    def back_up() -> None:
        with snapshot():
            begun.set()
            asked.wait(20)
        connection.close()

    reader = Thread(target=back_up)
    reader.start()
    begun.wait(20)
    first = settled_at()
    sleep(0.2)
    later = settled_at()
    asked.set()
    reader.join()

    assert later - first > timedelta(seconds=0.1)
