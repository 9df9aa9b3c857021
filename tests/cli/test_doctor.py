"""What ``rosette doctor`` finds, one trouble at a time; the command itself is in test_commands."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette.cli import doctor
from rosette.cli.house import be_present
from rosette.config import Config
from rosette.operations import doctor as findings
from tests import factories

pytestmark = pytest.mark.django_db
DATE_MAX = datetime(9999, 1, 1, tzinfo=UTC)


def job(status: str = "READY", *, waits: timedelta, after: datetime = DATE_MAX) -> None:
    row = DBTaskResult.objects.create(
        status=status,
        task_path="rosette.tasks.housekeeping",
        args_kwargs={"args": [], "kwargs": {}},
        backend_name="default",
        run_after=after,
        exception_class_path="",
        traceback="",
    )
    since = timezone.now() - waits
    started = None if status == "READY" else since
    DBTaskResult.objects.filter(pk=row.pk).update(enqueued_at=since, started_at=started)


def trouble(check: Any, **changed: Any) -> str | None:
    site: Config = settings.ROSETTE.model_copy(update=changed)
    return check(site)[1]


def test_without_a_worker_there_is_none():
    assert trouble(doctor._worker) == "there is none"


def test_a_worker_is_seen_by_its_lock_here_or_by_what_it_did_elsewhere():
    with be_present(settings.ROSETTE, "work"):
        assert trouble(doctor._worker) is None
    assert trouble(doctor._worker) == "there is none"
    job("SUCCESSFUL", waits=timedelta(hours=3))
    assert trouble(doctor._worker) == "there is none"
    job("SUCCESSFUL", waits=timedelta(hours=1))
    assert trouble(doctor._worker) is None


def test_jobs_that_wait_for_long_are_named_and_those_put_off_are_not():
    now = timezone.now()
    with be_present(settings.ROSETTE, "work"):
        job(waits=timedelta(minutes=4))
        job(waits=timedelta(hours=5), after=now + timedelta(minutes=30))
        job(waits=timedelta(hours=5), after=now - timedelta(minutes=1))
        assert trouble(doctor._worker) is None
        job(waits=timedelta(minutes=9))
        job(waits=timedelta(hours=5), after=now - timedelta(minutes=20))
        assert trouble(doctor._worker) == "2 jobs wait, one for 20 minutes"


def test_a_clock_that_was_set_back_is_known_by_the_newest_award():
    factories.assertion()
    assert trouble(doctor._clock) is None
    factories.assertion(created_at=timezone.now() + timedelta(hours=3))
    assert trouble(doctor._clock) == "the newest award was made 2 hours from now"


def test_storage_that_cannot_be_written_is_found(settings: Any, tmp_path: Any):
    (tmp_path / "file").write_text("no folder")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "rosette.operations.pictures.WholeFiles",
            "OPTIONS": {"location": str(tmp_path / "file" / "media")},
        },
    }
    assert "Not a directory" in str(doctor._storage(settings.ROSETTE).trouble)


def test_storage_that_works_is_left_as_it_was():
    assert trouble(doctor._storage) is None


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "badges say http://localhost:8000, which nobody else can reach"),
        ("http://badges.example.org", "http://badges.example.org is not encrypted"),
        ("https://badges.example.org", "None"),
    ],
)
def test_an_address_must_be_https(address: str, said: str):
    assert str(trouble(findings.address, public_url=address)).startswith(said)


def test_an_address_where_nobody_answers_is_found():
    said = trouble(doctor._reachable, public_url="http://127.0.0.1:9")
    assert said is not None
    assert "127.0.0.1" in said
