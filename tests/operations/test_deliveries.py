"""What webhooks are told, over HTTP: signed, tried again, given up, sent anew."""

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from standardwebhooks import WebhookVerificationError

from rosette import fetching
from rosette.api.v2.responses.assertions import assertion_objects
from rosette.errors import InvalidInput
from rosette.models import (
    Assertion,
    BadgeClass,
    Issuer,
    IssuerStaff,
    Notice,
    User,
    Webhook,
    WebhookDelivery,
)
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import assertions, deliveries, notices, webhooks
from rosette.operations.assertions import Award
from rosette.operations.policies import Actor
from tests import factories
from tests.api.client import Api
from tests.receiver import Receiver, receiving, status

pytestmark = pytest.mark.django_db

PUBLIC = "93.184.215.14"


@pytest.fixture
def ada() -> User:
    return factories.user()


@pytest.fixture
def knots(ada: User) -> BadgeClass:
    return factories.badgeclass(factories.issuer(ada))


@pytest.fixture(autouse=True)
def development(settings) -> None:
    """This machine may be told things, too; and no mail comes in between."""
    change = {"fetch_loopback": True, "notify_on_first_award": False}
    settings.ROSETTE = settings.ROSETTE.model_copy(update=change)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as there:
        yield there


def hook(knots: BadgeClass, url: str) -> webhooks.Told:
    """A webhook of Ada's."""
    by = Actor.person(knots.created_by)
    return webhooks.create(knots.issuer, {"url": url}, by=by)


def award(knots: BadgeClass, *to: str) -> list[str]:
    """The names of awards that Ada made."""
    found = badgeclass_record(knots.entity_id, knots.created_by.pk)
    assert found is not None
    wishes = [Award(name) for name in to or ("bob@example.org",)]
    made = assertions.award_many(found, wishes, by=Actor.person(knots.created_by))
    return [item.entity_id for item in made]


def work(told: webhooks.Told | Webhook) -> None:
    """As the worker's task does."""
    number = told.pk if isinstance(told, Webhook) else told.webhook.pk
    deliveries.deliver(number, shown=assertion_objects)


def later(**wait: float) -> None:
    """So much time goes by."""
    span = timedelta(**wait)
    for row in WebhookDelivery.objects.all():
        WebhookDelivery.objects.filter(pk=row.pk).update(due_at=row.due_at - span)
    for row in Webhook.objects.all():
        columns = {
            name: getattr(row, name) and getattr(row, name) - span
            for name in ("rests_until", "busy_until", "failing_since", "former_until")
        }
        Webhook.objects.filter(pk=row.pk).update(**columns)


def log() -> list[tuple[Any, ...]]:
    found = WebhookDelivery.objects.order_by("pk")
    return list(found.values_list("state", "tries", "status", "answer", "problem"))


def waits() -> list[timedelta | None]:
    """After what time the worker is to look, each time it was asked to; None for at once."""
    asked = DBTaskResult.objects.filter(task_path="rosette.tasks.deliver").order_by("enqueued_at")
    found = [row.run_after - timezone.now() for row in asked]
    return [None if wait > timedelta(days=1000) else wait for wait in found]


def test_an_award_is_told_as_its_issuer_reads_it(ada, knots, receiver):
    told = hook(knots, receiver.url)
    [name] = award(knots)
    before = timezone.now()

    work(told)

    [message] = receiver.got
    delivery = WebhookDelivery.objects.get()
    told_of = Api(ada).get(f"/v2/assertions/{name}").one
    assert message.verified(told.secret) == {
        "type": "assertion.awarded",
        "timestamp": delivery.created_at.isoformat().replace("+00:00", "Z"),
        "data": {
            "webhook": told.webhook.entity_id,
            "issuer": knots.issuer.entity_id,
            "assertions": [told_of],
        },
    }
    assert message.headers["content-type"] == "application/json"
    assert message.name == delivery.entity_id
    assert abs(int(message.headers["webhook-timestamp"]) - before.timestamp()) < 60
    assert log() == [("delivered", 1, 204, "", "")]
    assert delivery.milliseconds is not None


def test_nobody_else_can_sign(knots, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    work(told)
    [message] = receiver.got

    with pytest.raises(WebhookVerificationError):
        message.verified("whsec_" + "A" * 44)
    message.body += b" "
    with pytest.raises(WebhookVerificationError):
        message.verified(told.secret)


def test_the_signature_is_that_of_the_specification():
    # The example of the specification's own libraries.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    name, at, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    key = base64.b64decode(secret.removeprefix("whsec_"))

    signed = deliveries.signature(name, datetime.fromtimestamp(at, UTC), body, [key])

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_both_secrets_sign_while_they_change(knots, receiver):
    told = hook(knots, receiver.url)
    again = webhooks.rotate(told.webhook, by=Actor.person(knots.created_by))
    award(knots)
    work(told)
    later(hours=25)
    award(knots)
    work(told)

    first, second = receiver.got
    assert first.headers["webhook-signature"].count("v1,") == 2
    assert first.verified(told.secret) == first.verified(again.secret) == first.said
    assert second.verified(again.secret) == second.said
    with pytest.raises(WebhookVerificationError):
        second.verified(told.secret)


def test_very_many_awards_are_told_a_hundred_at_a_time(knots, receiver):
    told = hook(knots, receiver.url)
    names = award(knots, *(f"person{n}@example.org" for n in range(230)))

    work(told)

    said = [message.verified(told.secret)["data"]["assertions"] for message in receiver.got]
    assert [len(part) for part in said] == [100, 100, 30]
    assert [item["entityId"] for part in said for item in part] == names
    assert len({message.name for message in receiver.got}) == 3


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (status(500, b"Oh \xff no\x00"), 500, "It answered with status 500."),
        (
            status(301, Location="https://elsewhere.example.org/"),
            None,
            "It redirects",
        ),
        (status(302, Location="http://169.254.169.254/"), None, "It redirects"),
        (lambda handler: handler.wfile.write(b"SMTP"), None, "could not be reached"),
    ],
)
def test_what_is_not_taken_is_tried_again_under_its_name(knots, answer, code, said):
    with receiving(answer, status(200)) as receiver:
        told = hook(knots, receiver.url)
        award(knots)

        work(told)
        [(state, tries, noted, text, problem)] = log()
        assert (state, tries, noted) == ("waiting", 1, code)
        assert said in problem
        assert text == ("Oh \ufffd no\ufffd" if code else "")
        work(told)  # it rests
        assert len(receiver.got) == 1

        later(seconds=6)
        work(told)

    first, second = receiver.got
    assert first.name == second.name
    assert second.verified(told.secret) == first.verified(told.secret)
    assert log() == [("delivered", 2, 200, "", "")]


def test_somebody_who_hangs_is_left_and_tried_again(knots, monkeypatch):
    monkeypatch.setattr(deliveries, "_TIMEOUT_SECONDS", 2)
    over = threading.Event()
    with receiving(lambda _: over.wait(60), status(200)) as receiver:
        told = hook(knots, receiver.url)
        award(knots)
        award(knots)

        work(told)

        assert len(receiver.got) == 1  # the other one waits as well
        [(state, tries, *_, problem), (_, untried, *_)] = log()
        assert (state, tries, problem) == ("waiting", 1, "127.0.0.1 took too long to answer.")
        assert untried == 0
        over.set()


def test_a_long_answer_is_a_yes_of_which_a_kilobyte_is_kept(knots):
    def babble(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(1000):
            handler.wfile.write(b"x" * 100_000)

    with receiving(babble) as receiver:
        told = hook(knots, receiver.url)
        award(knots)
        work(told)

    assert log() == [("delivered", 1, 200, "x" * 1024, "")]


def test_a_name_that_leads_into_our_network_is_not_told(knots, settings, monkeypatch):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": False})
    asked: list[str] = []

    def rebound(host, port, **_):
        """Public when it was looked at, private when it counts."""
        asked.append(host)
        return [(2, 1, 6, "", (PUBLIC if len(asked) == 1 else "10.0.0.7", port))]

    monkeypatch.setattr(fetching.socket, "getaddrinfo", rebound)
    told = hook(knots, "https://harbor.example.org/badges")
    assert fetching.system_addresses("harbor.example.org", 443) == [PUBLIC]
    award(knots)

    work(told)

    assert asked == ["harbor.example.org"] * 2
    assert log() == [("waiting", 1, None, "", "The address of harbor.example.org is not public.")]


def test_an_address_of_development_is_not_told_on_a_real_server(knots, settings, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": False})

    work(told)

    assert receiver.got == []
    assert log() == [("waiting", 1, None, "", "Only https addresses are told anything.")]


def test_a_secret_that_cannot_be_opened_is_a_failed_try(knots, settings, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    other = {"master_key": "another one, of thirty-two letters as well"}
    settings.ROSETTE = settings.ROSETTE.model_copy(update=other)

    work(told)

    assert receiver.got == []
    assert log()[0][-1] == "The secret cannot be opened: this server has another master key."


def test_one_that_fails_for_a_day_is_disabled_and_its_owners_hear_of_it(ada, knots):
    una = factories.user("una@example.org", verified=False)
    sam = factories.user("sam@example.org")
    IssuerStaff.objects.create(issuer=knots.issuer, user=una, role="owner")
    IssuerStaff.objects.create(issuer=knots.issuer, user=sam, role="staff")
    with receiving(status(503)) as receiver:
        told = hook(knots, receiver.url + "?token=knots")
        award(knots)
        award(knots)
        for wait in deliveries.BACKOFF:
            work(told)
            later(seconds=wait.total_seconds() + 1)
        assert Webhook.objects.get().is_enabled
        work(told)

    assert len(receiver.got) == 8
    webhook = Webhook.objects.get()
    assert webhook.disabled_reason == "It failed for a day. It answered with status 503."
    assert not webhook.issuer.has_webhooks
    assert log() == [
        ("failed", 4, 503, "", "It answered with status 503."),
        ("failed", 4, 503, "", "It answered with status 503."),
    ]
    notice = Notice.objects.get()
    assert (notice.kind, notice.to) == ("webhook_disabled", "ada@example.org")
    notices.send([notice.pk])
    [letter] = mail.outbox
    assert letter.subject == "[Rosette] A webhook of Harbor Learning was disabled"
    assert "127.0.0.1 did not take" in letter.body
    assert "status 503" in letter.body
    assert webhook.entity_id in letter.body
    assert "token" not in letter.message().as_string()


def test_nobody_is_written_to_once_the_webhook_is_enabled_again(knots):
    with receiving(status(410)) as receiver:
        told = hook(knots, receiver.url)
        award(knots)
        work(told)
    webhook = Webhook.objects.get()
    assert webhook.disabled_reason == "It answered with status 410."

    webhooks.change(webhook, {"enabled": True}, by=Actor.person(knots.created_by))
    notices.send([Notice.objects.get().pk])

    assert mail.outbox == []
    assert Notice.objects.get().state == "skipped"


def test_a_single_message_that_is_never_taken_stops_no_other(knots):
    with receiving(status(200)) as receiver:
        told = hook(knots, receiver.url)
        [poison] = award(knots)

        def choosy(handler):
            is_poison = poison.encode() in receiver.got[-1].body
            status(400 if is_poison else 200)(handler)

        receiver.answers = [choosy]
        for wait in (*deliveries.BACKOFF, timedelta()):
            award(knots)
            work(told)
            later(seconds=6)  # the webhook has rested
            work(told)
            later(seconds=wait.total_seconds())

    assert Webhook.objects.get().is_enabled
    states = [state for state, *_ in log()]
    assert states == ["failed", *["delivered"] * 8]


def test_two_workers_do_not_tell_the_same(knots, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    real, inner = deliveries._told, []

    def and_another(delivery, shown):
        inner.append(delivery.entity_id)
        deliveries.deliver(told.webhook.pk, shown=shown)
        return real(delivery, shown)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliveries, "_told", and_another)
        work(told)

    assert len(receiver.got) == len(inner) == 1


def test_what_a_dead_worker_had_begun_is_told_by_the_next(knots, receiver):
    told = hook(knots, receiver.url)
    award(knots)

    def dies(delivery, shown):
        raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliveries, "_told", dies)
        with pytest.raises(SystemExit):
            work(told)
    work(told)
    assert receiver.got == []
    later(seconds=61)
    work(told)

    assert len(receiver.got) == 1
    assert log() == [("delivered", 2, 204, "", "")]


def test_what_kills_every_worker_is_given_up(knots, receiver):
    told = hook(knots, receiver.url)
    [deadly] = award(knots)
    award(knots)
    real = deliveries._told

    def dies(delivery, shown):
        if delivery.awards == [deadly]:
            raise SystemExit
        return real(delivery, shown)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deliveries, "_told", dies)
        for _ in range(len(deliveries.BACKOFF) + 1):
            with pytest.raises(SystemExit):
                work(told)
            later(seconds=61)
        work(told)

    assert log() == [
        ("failed", 8, None, "", "Each try broke off on our side."),
        ("delivered", 1, 204, "", ""),
    ]


def test_who_takes_a_webhook_has_somebody_look_after_it(knots, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    [asked] = waits()
    assert asked is None

    work(told)

    [_, after] = waits()
    assert timedelta(seconds=55) < after <= timedelta(seconds=61)
    work(told)  # nothing is due: nobody need look again
    assert len(waits()) == 2


def test_what_failed_is_asked_for_again_when_it_is_due(knots):
    with receiving(status(500)) as receiver:
        told = hook(knots, receiver.url)
        award(knots)
        work(told)

    after = waits()[-1]
    assert after is not None
    assert timedelta() < after <= timedelta(seconds=5)


def test_a_worker_with_little_time_asks_for_more(knots, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    award(knots)

    deliveries.deliver(told.webhook.pk, shown=assertion_objects, seconds=0)
    assert len(receiver.got) == 1
    assert waits()[-1] is None  # at once
    work(told)
    assert len(receiver.got) == 2


def test_what_was_lost_is_taken_up_by_the_housekeeping(knots, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    DBTaskResult.objects.all().delete()

    deliveries.resume_lost()
    assert waits() == []
    later(hours=2)
    deliveries.resume_lost()

    assert waits() == [None]
    work(told)
    assert len(receiver.got) == 1


def test_a_ping_tells_nothing_and_is_tried_once(knots):
    by = Actor.person(knots.created_by)
    with receiving(status(500), status(204)) as receiver:
        told = hook(knots, receiver.url)
        first = deliveries.ping(told.webhook, by=by)
        assert deliveries.ping(told.webhook, by=by).pk == first.pk
        work(told)
        assert log() == [("failed", 1, 500, "", "It answered with status 500.")]
        assert Webhook.objects.get().failures == 0

        deliveries.ping(told.webhook, by=by)
        work(told)

    said = receiver.got[-1].verified(told.secret)
    assert (said["type"], said["data"]["assertions"]) == ("webhook.ping", [])
    assert [state for state, *_ in log()] == ["failed", "delivered"]


def test_a_ping_goes_before_what_waits_and_wakes_it(knots):
    by = Actor.person(knots.created_by)
    with receiving(status(500), status(204)) as receiver:
        told = hook(knots, receiver.url)
        award(knots)
        award(knots)
        work(told)
        deliveries.ping(told.webhook, by=by)
        work(told)
        later(seconds=6)
        work(told)

    types = [message.said["type"].rpartition(".")[2] for message in receiver.got]
    assert types == ["awarded", "ping", "awarded", "awarded"]
    assert {state for state, *_ in log()} == {"delivered"}


def test_one_delivery_is_sent_anew_under_its_name_as_the_award_is_now(ada, knots, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    work(told)
    Assertion.objects.update(narrative="Tied them twice")

    deliveries.replay(WebhookDelivery.objects.get(), by=Actor.person(ada))
    work(told)

    first, second = receiver.got
    assert first.name == second.name
    assert [item["narrative"] for item in second.verified(told.secret)["data"]["assertions"]] == [
        "Tied them twice"
    ]
    assert log() == [("delivered", 1, 204, "", "")]


def test_a_range_of_time_is_sent_anew(ada, knots, receiver):
    by = Actor.person(ada)
    told = hook(knots, receiver.url)
    old, middle, new = (name for _ in range(3) for name in award(knots))
    now = timezone.now()
    for days, name in ((9, old), (5, middle), (1, new)):
        chosen = [row for row in WebhookDelivery.objects.all() if row.awards == [name]]
        WebhookDelivery.objects.filter(pk__in=[row.pk for row in chosen]).update(
            created_at=now - timedelta(days=days)
        )
    work(told)
    WebhookDelivery.objects.filter(created_at__gt=now - timedelta(days=2)).update(state="failed")
    receiver.got.clear()

    def sent_anew(*span: Any, **chosen: Any) -> list[str]:
        count = deliveries.replay_since(told.webhook, *span, by=by, **chosen)
        work(told)
        names = [item.said["data"]["assertions"][0]["entityId"] for item in receiver.got]
        receiver.got.clear()
        assert count == len(names)
        return names

    week = now - timedelta(days=7)
    assert sent_anew(week, None, state="failed") == [new]
    assert sent_anew(week, now - timedelta(days=2)) == [middle]
    assert sent_anew(week, None) == [middle, new]
    assert sent_anew(now, None) == []


def test_a_disabled_webhook_is_told_nothing_and_can_catch_up(ada, knots, receiver):
    by = Actor.person(ada)
    told = hook(knots, receiver.url)
    award(knots)
    webhook = webhooks.change(told.webhook, {"enabled": False}, by=by)
    award(knots)
    work(told)
    assert receiver.got == []
    assert log() == [("failed", 0, None, "", "The webhook was disabled.")]
    for refused in (
        lambda: deliveries.ping(webhook, by=by),
        lambda: deliveries.replay(WebhookDelivery.objects.get(), by=by),
        lambda: deliveries.replay_since(webhook, timezone.now(), None, by=by),
    ):
        with pytest.raises(InvalidInput):
            refused()

    webhooks.change(webhook, {"enabled": True}, by=by)
    deliveries.replay_since(webhook, timezone.now() - timedelta(hours=1), None, by=by)
    work(told)

    assert log() == [("delivered", 1, 204, "", "")]


def test_one_that_is_disabled_or_removed_while_it_is_told_stays_so(ada, knots):
    by = Actor.person(ada)
    told: list[webhooks.Told] = []

    def off(handler):
        status(500)(handler)

    with receiving(off) as receiver:
        told.append(hook(knots, receiver.url))
        award(knots)
        real = deliveries._told

        def and_meanwhile(delivery, shown):
            outcome = real(delivery, shown)
            webhooks.change(told[0].webhook, {"enabled": False}, by=by)
            return outcome

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deliveries, "_told", and_meanwhile)
            work(told[0])
        assert [row[0] for row in log()] == ["failed"]

        webhooks.change(told[0].webhook, {"enabled": True}, by=by)
        award(knots)

        def and_it_goes(delivery, shown):
            outcome = real(delivery, shown)
            webhooks.remove(told[0].webhook, by=by)
            return outcome

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deliveries, "_told", and_it_goes)
            work(told[0])
    assert (log(), list(Webhook.objects.all())) == ([], [])


def test_the_log_forgets_after_a_month(ada, knots, receiver):
    told = hook(knots, receiver.url)
    award(knots)
    work(told)
    award(knots)
    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(days=31))

    deliveries.forget(at=timezone.now())
    assert [state for state, *_ in log()] == ["waiting"]

    Issuer.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    deliveries.forget(at=timezone.now())
    assert (log(), list(Webhook.objects.all())) == ([], [])
