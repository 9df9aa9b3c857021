"""Webhooks over the API, as an owner of the issuer sees them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from rosette.models import BadgeClass, IssuerStaff, KeptAnswer, User, Webhook
from rosette.tasks import deliver
from tests import factories
from tests.api.client import NOT_FOUND, Api, bad_request
from tests.receiver import Receiver, receiving, status

pytestmark = pytest.mark.django_db

EVENTS = [
    "assertion.awarded",
    "assertion.revoked",
    "assertion.suspended",
    "assertion.reinstated",
    "assertion.accepted",
    "assertion.rejected",
]
URL = "https://harbor.example.org/badges"


@pytest.fixture
def ada() -> User:
    return factories.user()


@pytest.fixture
def knots(ada: User) -> BadgeClass:
    return factories.badgeclass(factories.issuer(ada))


@pytest.fixture
def receiver(settings) -> Iterator[Receiver]:
    """Somebody on this machine, which may be told things."""
    change = {"fetch_loopback": True, "notify_on_first_award": False}
    settings.ROSETTE = settings.ROSETTE.model_copy(update=change)
    with receiving() as there:
        yield there


def work() -> None:
    """What the worker was asked for, and what follows from it at once."""
    asked = DBTaskResult.objects.ready().filter(task_path="rosette.tasks.deliver")
    for row in asked:
        deliver.func(**row.args_kwargs["kwargs"])


def test_a_webhook_is_made_read_changed_and_removed(ada, knots):
    api = Api(ada)
    issuer = knots.issuer.entity_id
    path = f"/v2/issuers/{issuer}/webhooks"

    made = api.post(path, {"url": URL})
    row = Webhook.objects.get()
    shown: dict[str, Any] = {
        "entityType": "Webhook",
        "entityId": row.entity_id,
        "createdAt": row.created_at.isoformat().replace("+00:00", "Z"),
        "issuer": issuer,
        "url": URL,
        "events": EVENTS,
        "enabled": True,
        "disabledAt": None,
        "disabledReason": None,
        "failingSince": None,
        "formerSecretUntil": None,
    }
    assert made.status == 201
    assert made.one == shown | {"secret": made.one["secret"]}
    assert made.one["secret"].startswith("whsec_")

    one = f"/v2/webhooks/{row.entity_id}"
    assert api.get(path).result == [shown]
    assert api.get(one).one == shown

    wish = {"url": f"{URL}/2", "events": ["assertion.revoked"], "enabled": False}
    changed = api.put(one, wish).one
    assert changed == shown | wish | {"disabledAt": changed["disabledAt"]}
    assert changed["disabledAt"] is not None
    assert api.put(one, {"enabled": True, "events": EVENTS, "url": URL}).one == shown

    assert api.delete(one).status == 204
    assert api.get(one).body == NOT_FOUND
    assert api.get(path).result == []


def test_a_secret_is_told_when_it_is_made_and_never_again(ada, knots, receiver):
    api = Api(ada)
    path = f"/v2/issuers/{knots.issuer.entity_id}/webhooks"
    made = api.post(path, {"url": receiver.url}, **{"Idempotency-Key": "one"})
    again = api.post(path, {"url": receiver.url}, **{"Idempotency-Key": "one"})
    one = f"/v2/webhooks/{made.one['entityId']}"

    assert again.body == made.body  # the answer that was lost on its way
    assert Webhook.objects.count() == 1
    kept = bytes(KeptAnswer.objects.get().body)
    assert made.one["secret"].encode() not in kept
    assert kept.startswith(b"v1.")  # sealed

    rotated = api.post(f"{one}/rotate").one
    assert rotated["secret"] != made.one["secret"]
    assert rotated["formerSecretUntil"] is not None
    at_once = api.post(f"{one}/rotate", {"overlapHours": 0}).one
    assert at_once["formerSecretUntil"] is None
    api.post(f"{one}/ping")
    work()
    said = receiver.got[0].verified(at_once["secret"])
    assert said["type"] == "webhook.ping"

    for answer in (api.get(one), api.get(path), api.put(one, {})):
        assert "secret" not in answer.one


def test_the_log_tells_what_became_of_each_delivery_and_pages(ada, knots, receiver):
    api = Api(ada)
    made = api.post(f"/v2/issuers/{knots.issuer.entity_id}/webhooks", {"url": receiver.url}).one
    one = f"/v2/webhooks/{made['entityId']}"
    receiver.answers = [status(200, b"Thank you"), status(500, b"No")]
    names = []
    for number in range(2):
        wish = {"recipient": {"identity": f"person{number}@example.org"}}
        answer = api.post(f"/v2/badgeclasses/{knots.entity_id}/assertions", wish)
        names.append(answer.one["entityId"])
        work()

    newest, oldest = api.get(f"{one}/deliveries").result

    assert oldest == {
        "entityType": "WebhookDelivery",
        "entityId": receiver.got[0].name,
        "webhook": made["entityId"],
        "type": "assertion.awarded",
        "assertions": [names[0]],
        "createdAt": receiver.got[0].said["timestamp"],
        "state": "delivered",
        "tries": 1,
        "triedAt": oldest["triedAt"],
        "nextTryAt": None,
        "statusCode": 200,
        "milliseconds": oldest["milliseconds"],
        "answer": "Thank you",
        "problem": None,
    }
    assert newest == oldest | {
        "entityId": receiver.got[1].name,
        "assertions": [names[1]],
        "createdAt": receiver.got[1].said["timestamp"],
        "state": "waiting",
        "triedAt": newest["triedAt"],
        "nextTryAt": newest["nextTryAt"],
        "statusCode": 500,
        "milliseconds": newest["milliseconds"],
        "answer": "No",
        "problem": "It answered with status 500.",
    }
    assert newest["nextTryAt"] > newest["triedAt"]
    assert api.get(f"{one}/deliveries", state="waiting").result == [newest]
    assert api.get(f"/v2/webhookdeliveries/{newest['entityId']}").one == newest
    first = api.get(f"{one}/deliveries", num=1)
    assert first.result == [newest]
    following = first.headers["Link"].partition("<")[2].partition(">")[0]
    assert api.get(following).result == [oldest]
    assert api.get(f"{one}/deliveries", state="lost").body == bad_request(
        {"state": ['"lost" is not a valid choice.']}
    )


def test_deliveries_are_sent_anew_one_by_one_and_by_time(ada, knots, receiver):
    api = Api(ada)
    made = api.post(f"/v2/issuers/{knots.issuer.entity_id}/webhooks", {"url": receiver.url}).one
    wish = {"recipient": {"identity": "bob@example.org"}}
    api.post(f"/v2/badgeclasses/{knots.entity_id}/assertions", wish)
    work()
    name = receiver.got[0].name
    path = f"/v2/webhooks/{made['entityId']}/replay"

    assert api.post(f"/v2/webhookdeliveries/{name}/replay").one["state"] == "waiting"
    work()
    since = receiver.got[0].said["timestamp"]
    assert api.post(path, {"since": since}).one == {"webhook": made["entityId"], "replayed": 1}
    work()
    assert api.post(path, {"since": since, "state": "failed"}).one["replayed"] == 0

    assert [message.name for message in receiver.got] == [name] * 3
    assert api.post(path, {}).body == bad_request({"since": ["This field is required."]})
    api.put(f"/v2/webhooks/{made['entityId']}", {"enabled": False})
    disabled = bad_request(general=["The webhook is disabled. Enable it first."])
    for asked in (path, f"/v2/webhookdeliveries/{name}/replay"):
        assert api.post(asked, {"since": since}).body == disabled


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        ({}, {"url": ["This field is required."]}),
        ({"url": "harbor"}, {"url": ["Enter a valid URL."]}),
        (
            {"url": "http://harbor.example.org"},
            {"url": ["Enter an https address, without user name or password."]},
        ),
        ({"url": URL, "events": ["sunrise"]}, {"events": [['"sunrise" is not a valid choice.']]}),
        ({"url": URL, "enabled": "perhaps"}, {"enabled": ["Must be a valid boolean."]}),
        ({"url": URL, "events": None}, {"events": ["This field may not be null."]}),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_in_plain_words(ada, knots, wish, fields):
    answer = Api(ada).post(f"/v2/issuers/{knots.issuer.entity_id}/webhooks", wish)

    assert (answer.status, answer.body) == (400, bad_request(fields))
    assert list(Webhook.objects.all()) == []


def test_webhooks_are_the_owners_business_alone(ada, knots):
    dora = factories.user("dora@example.org")
    IssuerStaff.objects.create(issuer=knots.issuer, user=dora, role="editor")
    path = f"/v2/issuers/{knots.issuer.entity_id}/webhooks"
    made = Api(ada).post(path, {"url": URL}).one

    for person in (dora, factories.user("carol@example.org")):
        assert Api(person).get(path).body == NOT_FOUND
        assert Api(person).get(f"/v2/webhooks/{made['entityId']}").body == NOT_FOUND
