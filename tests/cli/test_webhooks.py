"""A worker that is killed while it tells a webhook something."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.prepared import prepared_database
from tests.receiver import receiving, status
from tests.services import free_port

# What the site is made of, and the time that goes by; done by a process of its own, on its data.
_MAKE = """
import json, sys
from rosette.cli.house import open_house
open_house(make=True)
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import assertions, webhooks
from rosette.operations.policies import Actor
from tests import factories
knots = factories.badgeclass()
by = Actor.person(knots.created_by)
told = webhooks.create(knots.issuer, {"url": sys.argv[1]}, by=by)
found = badgeclass_record(knots.entity_id, by.user_id)
award = assertions.award(found, assertions.Award("bob@example.org"), by=by)
print(json.dumps([told.secret, award.entity_id]))
"""
_WAIT = """
from rosette.cli.house import open_house
open_house()
from datetime import timedelta
from django.db.models import F
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from rosette.models import Webhook
[row] = Webhook.objects.all()
assert row.busy_until > timezone.now()
Webhook.objects.update(busy_until=F("busy_until") - timedelta(minutes=2))
[asked] = DBTaskResult.objects.filter(task_path="rosette.tasks.deliver", status="READY")
DBTaskResult.objects.filter(pk=asked.pk).update(run_after=timezone.now())
"""
_SAY = """
from rosette.cli.house import open_house
open_house()
import json
from rosette.models import WebhookDelivery
print(json.dumps(list(WebhookDelivery.objects.values_list("entity_id", "state", "tries"))))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The surroundings of a site with a database of its own."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("ROSETTE_")}
    found |= {
        "ROSETTE_DATA_DIR": str(tmp_path),
        "ROSETTE_FETCH_LOOPBACK": "true",
        "ROSETTE_NOTIFY_ON_FIRST_AWARD": "false",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    return found | prepared_database(tmp_path, f"killed_{free_port()}")


def test_what_a_killed_worker_was_telling_is_told_again_under_its_name(
    environment: dict[str, str],
):
    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    asked, killed = threading.Event(), threading.Event()

    def hang(_: object) -> None:
        asked.set()
        killed.wait(60)

    with receiving(hang, status(204)) as receiver:
        secret, award = json.loads(run("-c", _MAKE, receiver.url))
        worker = subprocess.Popen([sys.executable, "-m", "rosette", "work"], env=environment)
        try:
            assert asked.wait(120)
        finally:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            killed.set()
        run("-c", _WAIT)
        run("-m", "rosette", "work", "--once")

    first, second = receiver.got
    assert first.name == second.name
    assert second.verified(secret)["data"]["assertions"][0]["entityId"] == award
    assert json.loads(run("-c", _SAY)) == [[second.name, "delivered", 2]]
