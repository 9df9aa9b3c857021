"""The connection to PostgreSQL: asked nothing in vain, and replaced when it is gone."""

from datetime import UTC

import psycopg
import pytest
from django.db import connection

from rosette.models import User
from rosette.models.base import row
from tests import factories
from tests.environment import DATABASE

pytestmark = [
    pytest.mark.skipif(DATABASE != "postgresql", reason="about PostgreSQL"),
    pytest.mark.django_db(transaction=True),
]


def watcher() -> psycopg.Connection[tuple[object, ...]]:
    """Another connection to the same database."""
    connection.ensure_connection()
    return psycopg.connect(connection.connection.info.dsn, autocommit=True)


def test_a_connection_that_stands_is_not_asked():
    number = row("SELECT pg_backend_pid()")
    with watcher() as other:
        last = "SELECT query, state_change FROM pg_stat_activity WHERE pid = %s"
        before = other.execute(last, number).fetchone()
        assert connection.is_usable()
        after = other.execute(last, number).fetchone()

    assert before == after


def test_a_session_that_was_ended_is_noticed_before_the_next_question():
    number = row("SELECT pg_backend_pid()")
    with watcher() as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", number)
    connection.close_if_unusable_or_obsolete()  # as at the beginning of each request

    assert row("SELECT pg_backend_pid()") != number


def test_times_are_in_utc_whoever_reads_them():
    ada = factories.user()
    by_hand = row("SELECT created_at FROM rosette_user WHERE id = %s", [ada.pk])
    by_model = User.objects.get().created_at

    assert by_hand == (by_model,)
    assert by_model.tzinfo is UTC
