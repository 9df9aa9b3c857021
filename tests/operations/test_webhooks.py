"""Who hears of an issuer's awards: asked for in the transaction of the change, or not at all."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from rosette import sealing
from rosette.errors import InvalidInput, NotPermitted
from rosette.models import (
    AuditEntry,
    BadgeClass,
    Event,
    Issuer,
    IssuerStaff,
    User,
    Webhook,
    WebhookDelivery,
)
from rosette.models.badgeclasses import badgeclass_record
from rosette.operations import (
    assertions,
    audit,
    backpack,
    bulk,
    deliveries,
    issuers,
    keys,
    suspensions,
    webhooks,
)
from rosette.operations.assertions import Award, Revocation
from rosette.operations.policies import Actor
from tests import factories

pytestmark = pytest.mark.django_db

URL = "https://harbor.example.org/badges"


@pytest.fixture
def ada() -> User:
    return factories.user()


@pytest.fixture
def knots(ada: User) -> BadgeClass:
    return factories.badgeclass(factories.issuer(ada), suspendable=True)


@pytest.fixture(autouse=True)
def quiet(settings) -> None:
    """No mail comes in between."""
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"notify_on_first_award": False})


def hook(issuer: Issuer, by: User, **wish) -> Webhook:
    return webhooks.create(issuer, {"url": URL, **wish}, by=Actor.person(by)).webhook


def record(knots: BadgeClass, person: User):
    found = badgeclass_record(knots.entity_id, person.pk)
    assert found is not None
    return found


def award(knots: BadgeClass, by: User, to: str = "bob@example.org"):
    return assertions.award(record(knots, by), Award(to), by=Actor.person(by))


def told() -> list[tuple[str, list[str]]]:
    found = WebhookDelivery.objects.order_by("pk")
    return [(row.event, row.awards) for row in found]


def jobs() -> list[dict]:
    asked = DBTaskResult.objects.filter(task_path="rosette.tasks.deliver")
    return [row.args_kwargs["kwargs"] for row in asked.order_by("enqueued_at")]


def statements(work) -> int:
    with CaptureQueriesContext(connection) as made:
        work()
    return len(made.captured_queries)


def test_every_change_of_an_award_is_told(ada, knots):
    bob = factories.user("bob@example.org")
    webhook = hook(knots.issuer, ada)
    by = Actor.person(ada)

    one = award(knots, ada)
    item = backpack.find(one.entity_id, by=Actor.person(bob))
    item = backpack.accept(item)
    backpack.reject(item)
    suspended = suspensions.suspend(one, reason="Under review", by=by)
    suspensions.reinstate(suspended, by=by)
    assertions.revoke(one, reason="In error", by=by)

    assert told() == [
        (event, [one.entity_id])
        for event in (
            "assertion.awarded",
            "assertion.accepted",
            "assertion.rejected",
            "assertion.suspended",
            "assertion.reinstated",
            "assertion.revoked",
        )
    ]
    assert jobs() == [{"webhook_id": webhook.pk}] * 6


def test_what_changes_nothing_is_not_told(ada, knots):
    bob = Actor.person(factories.user("bob@example.org"))
    hook(knots.issuer, ada, events=webhooks.EVENTS[1:])
    one = award(knots, ada)

    backpack.accept(backpack.accept(backpack.find(one.entity_id, by=bob)))
    stale = backpack.find(one.entity_id, by=bob)
    backpack.reject(stale)
    backpack.reject(stale)
    assertions.revoke(one, reason="In error", by=Actor.person(ada))
    with pytest.raises(InvalidInput):
        assertions.revoke(one, reason="In error", by=Actor.person(ada))

    assert [event for event, _ in told()] == [
        "assertion.accepted",
        "assertion.rejected",
        "assertion.revoked",
    ]


def test_a_change_that_is_taken_back_is_not_told(ada, knots):
    hook(knots.issuer, ada)

    with pytest.raises(RuntimeError), transaction.atomic():
        award(knots, ada)
        raise RuntimeError

    assert (told(), jobs()) == ([], [])


def test_a_webhook_hears_of_what_it_asked_for_and_of_its_own_issuer_alone(ada, knots):
    carol = factories.user("carol@example.org")
    other = factories.badgeclass(factories.issuer(carol, email="carol@example.org"))
    hook(other.issuer, carol)
    hook(knots.issuer, ada, events=[Event.REVOKED])
    one, foreign = award(knots, ada), award(other, carol)

    assertions.revoke(one, reason="In error", by=Actor.person(ada))

    assert told() == [
        ("assertion.awarded", [foreign.entity_id]),
        ("assertion.revoked", [one.entity_id]),
    ]


def test_nobody_is_told_for_an_issuer_that_is_gone(ada, knots):
    bob = factories.user("bob@example.org")
    one = award(knots, ada)
    hook(knots.issuer, ada, events=[Event.ACCEPTED])
    assertions.revoke(one, reason="In error", by=Actor.person(ada))
    issuers.remove(knots.issuer, by=Actor.person(ada))

    backpack.accept(backpack.find(one.entity_id, by=Actor.person(bob)))

    assert told() == []


def test_a_batch_is_a_delivery_for_each_hundred_and_the_same_statements(ada, knots):
    by = Actor.person(ada)

    def batch(size: int) -> int:
        wishes = [Award(f"person{n}@example.org") for n in range(size)]
        found = record(knots, ada)
        return statements(lambda: assertions.award_many(found, wishes, by=by))

    quiet = batch(1)
    hook(knots.issuer, ada)
    one, many = batch(1), batch(250)

    # Who listens, what they are told, and a job for the one webhook.
    assert (one - quiet, many - quiet) == (3, 3)
    assert [len(names) for _, names in told()] == [1, 100, 100, 50]
    names = [name for _, awards in told() for name in awards]
    assert len(set(names)) == 251
    assert len(jobs()) == 2


def test_many_revocations_are_told_in_as_many_statements_as_one(ada, knots):
    by = Actor.person(ada)
    other = factories.badgeclass(factories.issuer(ada))
    hook(knots.issuer, ada)
    hook(other.issuer, ada)
    made = [award(knots, ada, f"a{n}@example.org") for n in range(9)]
    made += [award(other, ada, f"b{n}@example.org") for n in range(3)]
    WebhookDelivery.objects.all().delete()

    def revoke(awards) -> int:
        wishes = [Revocation(item.entity_id, "In error") for item in awards]
        return statements(lambda: assertions.revoke_many(wishes, by=by))

    few, more = revoke([made[0], made[9]]), revoke([*made[1:9], *made[10:], made[0]])

    assert few == more
    assert sorted(len(names) for _, names in told()) == [1, 1, 2, 8]


def test_an_award_job_tells_of_its_awards_and_of_their_undoing(ada, knots):
    by = Actor.person(ada)
    hook(knots.issuer, ada)
    lines = bulk.packed_lines([Award(f"person{n}@example.org") for n in range(150)])
    job = bulk.begin(record(knots, ada), lines, by=by)

    bulk.carry_on(job.pk)
    bulk.undo(bulk.find(job.entity_id, by=by), by=by)
    bulk.carry_on(job.pk)

    assert [(event, len(names)) for event, names in told()] == [
        ("assertion.awarded", 100),
        ("assertion.awarded", 50),
        ("assertion.revoked", 100),
        ("assertion.revoked", 50),
    ]


def test_an_issuer_without_webhooks_pays_no_statement(ada, knots):
    award(knots, ada, "first@example.org")
    before = statements(lambda: award(knots, ada, "quiet@example.org"))
    webhook = hook(knots.issuer, ada)
    heard = statements(lambda: award(knots, ada, "heard@example.org"))
    webhooks.remove(webhook, by=Actor.person(ada))
    after = statements(lambda: award(knots, ada, "quiet again@example.org"))

    assert before == after < heard


def test_the_issuer_knows_whether_anybody_listens(ada, knots):
    by = Actor.person(ada)

    def is_heard() -> bool:
        return record(knots, ada).is_heard

    seen = [is_heard()]
    one, two = hook(knots.issuer, ada), hook(knots.issuer, ada)
    seen.append(is_heard())
    webhooks.change(one, {"enabled": False}, by=by)
    seen.append(is_heard())
    webhooks.remove(two, by=by)
    seen.append(is_heard())
    webhooks.change(one, {"enabled": True}, by=by)
    seen.append(is_heard())
    webhooks.remove(one, by=by)
    seen.append(is_heard())

    assert seen == [False, True, True, False, True, False]


def test_all_that_is_done_to_a_webhook_is_noted_without_its_address(ada, knots):
    by, name = Actor.person(ada), knots.issuer.entity_id
    hooked = hook(knots.issuer, ada, events=[Event.AWARDED])
    hooked = webhooks.change(hooked, {"url": f"{URL}?key=bowline", "enabled": False}, by=by)
    hooked = webhooks.change(hooked, {"enabled": True}, by=by)
    webhooks.rotate(hooked, by=by, overlap=timedelta(hours=1))
    award(knots, ada)
    told = WebhookDelivery.objects.get()
    deliveries.ping(hooked, by=by)
    deliveries.ping(hooked, by=by)  # which waits already
    deliveries.replay(told, by=by)
    WebhookDelivery.objects.update(state="delivered")
    deliveries.replay_since(hooked, told.created_at, None, by=by)
    webhooks.disable(hooked.pk, why="It failed.", at=timezone.now())
    webhooks.disable(hooked.pk, why="It failed.", at=timezone.now())
    webhooks.remove(hooked, by=by)

    found = AuditEntry.objects.filter(kind="webhook").order_by("pk")
    assert {(entry.name, entry.issuer) for entry in found} == {(hooked.entity_id, name)}
    changes = {
        "changed": ["enabled", "url"],
        "before": {"enabled": True},
        "after": {"enabled": False},
    }
    enabled = {"changed": ["enabled"], "before": {"enabled": False}, "after": {"enabled": True}}
    assert [(entry.action, entry.actor, json.loads(entry.details)) for entry in found] == [
        ("webhook.create", ada.entity_id, {"events": ["assertion.awarded"]}),
        ("webhook.change", ada.entity_id, changes),
        ("webhook.change", ada.entity_id, enabled),
        ("webhook.rotate", ada.entity_id, {"overlap_seconds": 3600}),
        ("webhook.ping", ada.entity_id, {}),
        ("webhook.replay", ada.entity_id, {"delivery": told.entity_id}),
        ("webhook.replay", ada.entity_id, {"count": 1}),
        ("webhook.disable", audit.SERVER, {}),
        ("webhook.remove", ada.entity_id, {}),
    ]


def test_secrets_are_told_once_and_kept_sealed(ada, knots):
    made = webhooks.create(knots.issuer, {"url": URL}, by=Actor.person(ada))
    row = Webhook.objects.get()

    assert made.secret.startswith("whsec_")
    assert made.secret.removeprefix("whsec_") not in row.secret
    assert sealing.label_of(row.secret) == sealing.sealer().label
    Webhook.objects.update(entity_id="another")
    with pytest.raises(sealing.WrongMasterKey):  # it opens nothing but its own webhook's
        webhooks.secrets_of(Webhook.objects.get(), at=timezone.now())


def test_another_master_key_is_found_out(ada, knots, settings):
    hook(knots.issuer, ada)
    assert keys.sealed_otherwise() is None

    settings.ROSETTE = settings.ROSETTE.model_copy(
        update={"master_key": "another one, of thirty-two letters as well"}
    )

    assert "keys or secrets were sealed with the master key" in (keys.sealed_otherwise() or "")


def test_the_former_secret_counts_for_a_while(ada, knots):
    by = Actor.person(ada)
    webhook = hook(knots.issuer, ada)
    now = timezone.now()
    [first] = webhooks.secrets_of(webhook, at=now)

    rotated = webhooks.rotate(webhook, by=by).webhook
    [second, also] = webhooks.secrets_of(rotated, at=now)
    assert also == first != second
    assert webhooks.secrets_of(rotated, at=now + timedelta(hours=25)) == [second]

    rotated = webhooks.rotate(rotated, by=by, overlap=timedelta()).webhook
    [third] = webhooks.secrets_of(rotated, at=now)
    assert third not in (first, second)


@pytest.mark.parametrize(
    "url", ["http://harbor.example.org/", "https://ada:secret@harbor.example.org/", "ftp://x.org/"]
)
def test_only_https_addresses_without_passwords_are_taken(ada, knots, url):
    with pytest.raises(InvalidInput) as refusal:
        hook(knots.issuer, ada, url=url)
    assert list(refusal.value.fields) == ["url"]

    webhook = hook(knots.issuer, ada)
    with pytest.raises(InvalidInput):
        webhooks.change(webhook, {"url": url}, by=Actor.person(ada))


def test_an_issuer_has_ten_webhooks_and_no_more(ada, knots):
    for _ in range(10):
        hook(knots.issuer, ada)

    with pytest.raises(InvalidInput):
        hook(knots.issuer, ada)

    assert Webhook.objects.count() == 10


def test_an_editor_may_nothing_of_it(ada, knots):
    dora = factories.user("dora@example.org")
    IssuerStaff.objects.create(issuer=knots.issuer, user=dora, role="editor")
    by = Actor.person(dora)
    webhook = hook(knots.issuer, ada)

    for attempt in (
        lambda: webhooks.of_issuer(knots.issuer, by=by),
        lambda: webhooks.create(knots.issuer, {"url": URL}, by=by),
        lambda: webhooks.find(webhook.entity_id, by=by),
        lambda: webhooks.change(webhook, {"enabled": False}, by=by),
        lambda: webhooks.rotate(webhook, by=by),
        lambda: webhooks.remove(webhook, by=by),
    ):
        with pytest.raises(NotPermitted):
            attempt()
