"""The table of tasks, done by the worker itself."""

import signal
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette import outbox, presence
from rosette.models import AccessToken, KeptAnswer, Notice, RefreshToken
from rosette.operations import accounts, notices
from rosette.queue import enqueue
from rosette.tasks import Missed, ensure_housekeeping
from tests import factories

# The worker closes a connection that is within a transaction.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def signals():
    """The worker takes signals for itself; afterwards they are the test runner's again."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


def work():
    """Run the worker until nothing is left to do."""
    call_command("db_worker", batch=True, interval=0, startup_delay=False, verbosity=0)


def jobs(**chosen):
    return [
        (job.task_path.rpartition(".")[2], job.status)
        for job in DBTaskResult.objects.filter(**chosen).order_by("finished_at", "run_after")
    ]


def test_the_worker_sends_award_notices():
    badge = factories.badgeclass()
    people = ("bob@example.org", "carol@example.org")
    awards = [(factories.assertion(badge, person).pk, person) for person in people]
    notices.queue_award_notices(awards)

    work()

    assert sorted(message.to for message in mail.outbox) == [
        ["bob@example.org"],
        ["carol@example.org"],
    ]
    assert set(Notice.objects.values_list("state", flat=True)) == {"sent"}
    assert jobs() == [("send_notices", "SUCCESSFUL")]


def test_mails_that_somebody_waits_for_go_first():
    award = factories.assertion()
    notices.queue_award_notices([(award.pk, "bob@example.org")])
    accounts.sign_up(accounts.SignUp("dan@example.org", "knots and splices"))

    work()

    assert [message.to for message in mail.outbox] == [["dan@example.org"], ["bob@example.org"]]


def test_the_worker_looks_up_who_forgot_their_password():
    factories.user("ada@example.org")
    accounts.forgot_password("ADA@example.org")
    accounts.forgot_password("carol@example.org")

    work()

    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert jobs() == [
        ("start_password_reset", "SUCCESSFUL"),
        ("start_password_reset", "SUCCESSFUL"),
        ("send_personal_notices", "SUCCESSFUL"),
    ]


def test_no_change_no_mail():
    with pytest.raises(RuntimeError), transaction.atomic():
        accounts.sign_up(accounts.SignUp("ada@example.org", "knots and splices"))
        raise RuntimeError

    work()

    assert (mail.outbox, jobs(), list(Notice.objects.all())) == ([], [], [])


def test_a_postponed_notice_waits_for_its_time(settings, tmp_path):
    settings.EMAIL_BACKEND = "rosette.outbox.FileOutbox"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    (tmp_path / "mail").write_text("in the way")
    notices.queue_award_notices([(factories.assertion().pk, "bob@example.org")])

    work()
    work()

    assert sorted(jobs()) == [("send_notices", "READY"), ("send_notices", "SUCCESSFUL")]
    assert Notice.objects.get().attempts == 1

    (tmp_path / "mail").unlink()
    Notice.objects.update(due_at=timezone.now())
    DBTaskResult.objects.update(run_after=timezone.now())
    work()

    assert Notice.objects.get().state == "sent"
    assert len(outbox.filed(tmp_path / "mail")) == 1


def test_house_is_kept_once_an_hour_however_often_it_is_asked_for():
    ensure_housekeeping()
    ensure_housekeeping()
    assert jobs() == [("housekeeping", "READY")]

    work()

    assert jobs(status="SUCCESSFUL") == [("housekeeping", "SUCCESSFUL")]
    [following] = DBTaskResult.objects.filter(status="READY")
    wait = following.run_after - timezone.now()
    assert timedelta(minutes=59) < wait <= timedelta(minutes=60)


def test_house_goes_on_being_kept_after_a_failure(monkeypatch):
    from rosette.operations import upkeep

    def fail():
        raise RuntimeError

    monkeypatch.setattr(upkeep, "keep_house", fail)
    ensure_housekeeping()

    work()

    assert sorted(status for _, status in jobs()) == ["FAILED", "READY"]


def test_keeping_house_throws_away_what_nobody_needs():
    ada = factories.user("ada@example.org")
    long_ago = timezone.now() - timedelta(days=40)
    for lifetime in (-timedelta(days=2), -timedelta(days=1), timedelta(days=1)):
        factories.token(ada, lifetime=lifetime)
    refreshable = AccessToken.objects.order_by("expires")[1]
    AccessToken.objects.filter(pk=refreshable.pk).update(expires=long_ago)
    for name, revoked in (("refresh", None), ("used", timezone.now()), ("used long ago", long_ago)):
        RefreshToken.objects.create(
            user=ada,
            token=name,
            application=refreshable.application,
            access_token=refreshable if name == "refresh" else None,
            revoked=revoked,
        )
    KeptAnswer.objects.create(owner=ada.entity_id, key="old", request_hash="")
    KeptAnswer.objects.update(created_at=long_ago)
    KeptAnswer.objects.create(owner=ada.entity_id, key="new", request_hash="")
    for status in ("SUCCESSFUL", "FAILED", "READY"):
        for finished_at in (long_ago, timezone.now()):
            DBTaskResult.objects.create(
                status=status,
                finished_at=finished_at,
                run_after=timezone.now() + timedelta(days=1),
                task_path="rosette.tasks.send_notices",
                backend_name="default",
                args_kwargs={"args": [], "kwargs": {"notice_ids": []}},
            )
    ensure_housekeeping()

    work()

    assert AccessToken.objects.order_by("expires").first() == refreshable
    assert AccessToken.objects.count() == 2
    assert RefreshToken.objects.count() == 2
    assert list(KeptAnswer.objects.values_list("key", flat=True)) == ["new"]
    assert sorted(jobs(task_path="rosette.tasks.send_notices")) == [
        ("send_notices", "FAILED"),
        ("send_notices", "READY"),
        ("send_notices", "READY"),
        ("send_notices", "SUCCESSFUL"),
    ]


def running(worker: str, task: str = "send_notices", **arguments: object) -> None:
    """A task that this worker has begun."""
    enqueue(task, **arguments)
    DBTaskResult.objects.update(
        status="RUNNING", started_at=timezone.now(), worker_ids=["somebody", worker]
    )


@pytest.fixture
def soon(monkeypatch):
    """Nobody is waited for."""
    monkeypatch.setattr(presence, "MISSED_SECONDS", 0)


def test_what_a_dead_worker_had_begun_is_done_by_another(soon):
    notices.queue_award_notices([(factories.assertion().pk, "bob@example.org")])
    number = Notice.objects.get().pk
    DBTaskResult.objects.all().delete()
    running("dead", notice_ids=[number])
    # It had taken the notice, and died before the mail server answered.
    Notice.objects.update(attempts=1, due_at=timezone.now() + timedelta(minutes=14))

    Missed("another").look()
    work()

    assert [message.to for message in mail.outbox] == [["bob@example.org"]]
    assert jobs() == [("send_notices", "SUCCESSFUL")]


def test_what_a_living_worker_does_is_left_to_it(soon):
    running("busy", notice_ids=[])
    done = threading.Event()
    shown = threading.Event()

    def live() -> None:
        alive = presence.Presence("busy")
        alive.show()
        shown.set()
        done.wait(30)
        alive.end()

    worker = threading.Thread(target=live)
    worker.start()
    assert shown.wait(30)

    Missed("another").look()
    assert jobs() == [("send_notices", "RUNNING")]

    done.set()
    worker.join()
    Missed("another").look()
    assert jobs() == [("send_notices", "READY")]


def test_a_worker_that_is_missed_for_a_moment_is_not_dead():
    running("missed", notice_ids=[])

    Missed("another").look()

    assert jobs() == [("send_notices", "RUNNING")]


@pytest.mark.parametrize(
    ("error", "becomes"),
    [("django.db.utils.OperationalError", "READY"), ("builtins.ValueError", "FAILED")],
)
def test_what_failed_because_the_database_was_away_is_tried_again(error, becomes):
    running("own", notice_ids=[])
    DBTaskResult.objects.update(status="FAILED", exception_class_path=error)

    Missed("own").look()

    assert jobs() == [("send_notices", becomes)]
