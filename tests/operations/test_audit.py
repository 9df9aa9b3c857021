"""The audit log: what is noted, how it is sealed, and that nobody can change it unnoticed."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from rosette import occasions, sealing
from rosette.errors import NotPermitted
from rosette.models import AuditBlock, AuditEntry, User
from rosette.occasions import Occasion
from rosette.operations import assertions, audit, chain, history, issuers, leaving
from rosette.operations.assertions import Award, Revocation
from rosette.operations.history import Wanted
from rosette.operations.policies import Actor
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _from_the_beginning() -> None:
    """Without the entries of how the world came to be."""
    factories.ensure_public_client()
    AuditEntry.objects.all().delete()


def note(count: int = 1) -> None:
    for number in range(count):
        audit.note("badgeclass.change", "badgeclass", f"knot{number}", by="ada", changed=["tags"])


def sealed(count: int = 3) -> list[AuditEntry]:
    with occasions.during(Occasion("request", "req-12345", lambda: "192.0.2.7")):
        note(count)
    assert chain.seal() == 1
    return list(AuditEntry.objects.order_by("pk"))


EVERYTHING = Wanted()


def shown(wanted: Wanted = EVERYTHING) -> list[tuple[str, str, str]]:
    return [(event.action, event.actor, event.name) for event in history.of_site(wanted, limit=100)]


def test_an_entry_says_who_did_what_when_and_from_where():
    ada, knots = factories.user(), factories.badgeclass()
    headers = factories.bearer(ada) | {"X-Request-ID": "lesson-17.knots"}

    made = Client(headers=headers).post(
        f"/v2/badgeclasses/{knots.entity_id}/assertions",
        {"recipient": {"identity": "bob@example.org"}},
        "application/json",
        REMOTE_ADDR="192.0.2.7",
    )

    award = made.json()["result"][0]
    [event] = history.of_site(Wanted(action="award"), limit=10)
    assert made["X-Request-ID"] == "lesson-17.knots"
    assert event._replace(number=0)._asdict() == {
        "number": 0,
        "at": datetime.fromisoformat(award["createdAt"]),
        "action": "award.create",
        "actor": ada.entity_id,
        "application": "public",
        "kind": "assertion",
        "name": award["entityId"],
        "issuer": knots.issuer.entity_id,
        "address": "192.0.2.7",
        "request": "lesson-17.knots",
        "details": {"badgeclass": knots.entity_id},
    }


@pytest.mark.parametrize(
    "given", ["short", "a" * 65, "a b c d e f g", "ada@example.org", "\x00" * 9]
)
def test_a_request_id_that_could_be_anything_is_replaced(given: str):
    name = Client(headers={"X-Request-ID": given}).get("/health")["X-Request-ID"]
    assert name != given
    assert occasions.request_id(name) == name


def test_a_proxy_is_believed_as_far_as_the_settings_say(settings):
    headers = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}
    for proxies, address in ((0, "127.0.0.1"), (1, "192.0.2.7")):
        settings.ROSETTE = settings.ROSETTE.model_copy(update={"trusted_proxies": proxies})
        Client(headers=headers).post(
            "/v2/auth/forgot-password", {"email": "ada@example.org"}, "application/json"
        )
        assert AuditEntry.objects.latest("pk").address == address


def test_an_address_that_is_none_spoils_nothing(settings):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"trusted_proxies": 1})
    answer = Client(headers={"X-Forwarded-For": "x" * 5000}).post(
        "/v2/auth/forgot-password", {"email": "ada@example.org"}, "application/json"
    )
    assert answer.status_code == 200
    assert AuditEntry.objects.latest("pk").address == "x" * 64


def test_what_is_not_done_is_not_noted():
    with pytest.raises(RuntimeError), transaction.atomic():
        note()
        raise RuntimeError

    assert shown() == []


def test_a_batch_is_one_entry_that_proves_which_awards_it_made():
    knots = factories.badgeclass()
    by = Actor.person(knots.created_by or factories.user())
    record = assertions_record(knots.entity_id, by)

    made = assertions.award_many(record, [Award(f"b{n}@example.org") for n in range(3)], by=by)

    [event] = history.of_site(Wanted(action="award"), limit=10)
    assert (event.kind, event.name, event.at) == ("badgeclass", knots.entity_id, made[0].created_at)
    assert event.details == {"count": 3, "digest": audit.digest(row.entity_id for row in made)}

    assertions.revoke_many([Revocation(row.entity_id, "Error") for row in made], by=by)

    [event] = history.of_site(Wanted(action="award.revoke"), limit=10)
    assert event.details == {"count": 3, "digest": audit.digest(row.entity_id for row in made)}


def test_a_change_tells_what_is_public_and_names_the_rest():
    harbor = factories.issuer()
    by = Actor.person(User.objects.get())

    issuers.change(harbor, {"name": "Pier", "description": "Bob's secret"}, by=by)

    [event] = history.of_issuer(harbor, Wanted(), by=by, limit=10)
    assert (event.action, event.details) == (
        "issuer.change",
        {
            "changed": ["description", "name"],
            "before": {"name": harbor.name},
            "after": {"name": "Pier"},
        },
    )


def test_at_the_shell_the_operator_acts():
    with occasions.during(Occasion("command")):
        audit.note("key.rotate", "key", "", by=audit.SERVER)
        audit.note("job.begin", "job", "j", by="ada")

    assert [(entry.actor, entry.details) for entry in AuditEntry.objects.order_by("pk")] == [
        ("operator", "{}"),
        ("operator", '{"as":"ada"}'),
    ]


def test_what_was_written_is_as_it_was_written():
    sealed()
    note()
    report = chain.verify()

    assert report.findings == []
    assert (report.blocks, report.entries, report.waiting, report.unchecked) == (1, 3, 1, 0)
    assert report.head == AuditBlock.objects.get().digest


def test_each_block_follows_from_the_one_before(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chain, "_PER_BLOCK", 2)
    note(5)

    assert chain.seal() == 3
    assert chain.seal() == 0
    blocks = list(AuditBlock.objects.order_by("number"))
    assert [block.count for block in blocks] == [2, 2, 1]
    assert [block.previous for block in blocks] == ["", blocks[0].digest, blocks[1].digest]
    assert chain.verify(expect=blocks[0].digest).findings == []


def _change_details(rows: list[AuditEntry]) -> str:
    AuditEntry.objects.filter(pk=rows[1].pk).update(details='{"changed":["name"]}')
    return f"entry {rows[1].pk} was changed (badgeclass.change at {rows[1].at:%Y-%m-%d %H:%M:%S})"


def _change_who(rows: list[AuditEntry]) -> str:
    AuditEntry.objects.filter(pk=rows[0].pk).update(actor="carol")
    return f"entry {rows[0].pk} was changed (badgeclass.change at {rows[0].at:%Y-%m-%d %H:%M:%S})"


def _change_where(rows: list[AuditEntry]) -> str:
    AuditEntry.objects.filter(pk=rows[0].pk).update(address="192.0.2.8")
    return (
        f"entry {rows[0].pk} was not written by this server "
        f"(badgeclass.change at {rows[0].at:%Y-%m-%d %H:%M:%S})"
    )


def _remove(rows: list[AuditEntry]) -> str:
    AuditEntry.objects.filter(pk=rows[1].pk).delete()
    return f"entry {rows[1].pk} is missing from block 1"


def _forge(rows: list[AuditEntry]) -> str:
    """A new one that an honest sealer would seal."""
    forged = AuditEntry.objects.get(pk=rows[2].pk)
    forged.pk, forged.actor = None, "carol"
    forged.save()
    chain.seal()
    return (
        f"entry {forged.pk} was not written by this server "
        f"(badgeclass.change at {forged.at:%Y-%m-%d %H:%M:%S})"
    )


def _forge_without_address(rows: list[AuditEntry]) -> str:
    AuditEntry.objects.filter(pk=rows[2].pk).update(address="")
    return _forge(rows)


def _slip_in(rows: list[AuditEntry]) -> str:
    """A copy of a true one, below what is sealed."""
    AuditEntry.objects.filter(pk=rows[0].pk).delete()
    AuditBlock.objects.all().delete()
    chain.seal()
    rows[0].save(force_insert=True)
    return (
        f"entry {rows[0].pk} was added afterwards "
        f"(badgeclass.change at {rows[0].at:%Y-%m-%d %H:%M:%S})"
    )


def _reseal(rows: list[AuditEntry]) -> str:
    """The block, computed anew around a changed entry, by somebody without the master key."""
    from rosette.models.audit import entries_between, packed_marks

    AuditEntry.objects.filter(pk=rows[1].pk).update(actor="carol")
    block = AuditBlock.objects.get()
    block.marks = packed_marks(entries_between(0, block.last_entry))
    block.digest = block.expected_digest()
    block.save()
    return "block 1 was not sealed by this server"


def _empty(rows: list[AuditEntry]) -> str:
    AuditEntry.objects.all().delete()
    AuditBlock.objects.update(pruned_at=timezone.now())
    return "block 1 was emptied by somebody else"


@pytest.mark.parametrize(
    "attack",
    [
        *(_change_details, _change_who, _change_where, _remove, _forge, _forge_without_address),
        *(_slip_in, _reseal, _empty),
    ],
)
def test_whoever_has_the_database_alone_cannot_change_the_log_unnoticed(
    attack: Callable[[list[AuditEntry]], str],
):
    rows = sealed()
    assert chain.verify().findings == []

    found = attack(rows)

    assert found in chain.verify().findings


def test_a_block_that_was_taken_out_is_missed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chain, "_PER_BLOCK", 1)
    note(3)
    chain.seal()
    AuditBlock.objects.filter(number=2).delete()

    assert "block 2 is missing" in chain.verify().findings


def test_the_end_that_was_cut_off_is_missed_by_whoever_kept_its_head():
    sealed()
    head = chain.verify().head
    AuditBlock.objects.all().delete()
    AuditEntry.objects.all().delete()

    assert chain.verify().findings == []
    assert chain.verify(expect=head).findings == [
        f"no block has the head {head}: the end of the log was cut off or rewritten"
    ]


def test_another_master_key_cannot_vouch_for_the_entries_of_the_former(settings):
    sealed()
    other = "another master key of thirty-two letters"
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"master_key": other})

    report = chain.verify()
    assert (report.findings, report.unchecked) == ([], 3)


def test_old_entries_go_and_the_chain_stays():
    sealed()
    AuditBlock.objects.update(last_at=timezone.now() - timedelta(days=400))
    chain.tidy(keep=timedelta(days=365), keep_addresses=None)
    chain.seal()

    report = chain.verify()
    assert shown() == [("audit.prune", "server", "")]
    assert (report.findings, report.blocks, report.entries) == ([], 2, 1)


def test_addresses_go_sooner_and_the_chain_stays():
    sealed()
    chain.tidy(keep=None, keep_addresses=timedelta(days=90))
    assert AuditEntry.objects.filter(address="").count() == 0

    AuditBlock.objects.update(last_at=timezone.now() - timedelta(days=91))
    chain.tidy(keep=None, keep_addresses=timedelta(days=90))

    assert AuditEntry.objects.filter(address="").count() == 3
    assert chain.verify().findings == []


def test_of_an_account_that_ended_no_address_is_left():
    bob = factories.user("bob@example.org")
    with occasions.during(Occasion("request", "req-12345", lambda: "192.0.2.7")):
        audit.note("account.change", "user", bob.entity_id, by=bob.entity_id)
        leaving.end(bob)
    chain.seal()

    assert shown() == [
        ("account.delete", bob.entity_id, bob.entity_id),
        ("account.change", bob.entity_id, bob.entity_id),
    ]
    assert set(AuditEntry.objects.values_list("address", flat=True)) == {""}
    assert chain.verify().findings == []


def test_wrong_passwords_are_noted_without_the_name_that_was_tried():
    bob = factories.user("bob@example.org", password="knots and splices")
    for name, password in (
        ("bob@example.org", "wrong"),
        ("nobody@example.org", "wrong"),
        ("bob@example.org", "knots and splices"),
    ):
        AuditEntry.objects.filter(action="token.create").delete()
        Client().post("/api-auth/token", {"username": name, "password": password})
        from rosette.models import Backoff

        Backoff.objects.all().delete()

    assert [row for row in shown() if row[0].startswith("sign-in")] == [
        ("sign-in.accept", bob.entity_id, bob.entity_id),
        ("sign-in.refuse", "", ""),
        ("sign-in.refuse", "", bob.entity_id),
    ]
    assert "example.org" not in str(list(AuditEntry.objects.values()))


def test_owners_read_what_was_done_at_their_issuer_and_nobody_else_does():
    harbor, bob = factories.issuer(), factories.user("bob@example.org")
    ada = Actor.person(User.objects.get(first_name="Ada"))
    with occasions.during(Occasion("request", "req-12345", lambda: "192.0.2.7")):
        issuers.add_staff(harbor, bob, "editor", by=ada)
        note()

    [event] = history.of_issuer(harbor, Wanted(), by=ada, limit=10)
    assert (event.action, event.address) == ("staff.add", "")
    for wanted in (Wanted(action="award"), Wanted(actor="carol"), Wanted(kind="job")):
        assert history.of_issuer(harbor, wanted, by=ada, limit=10) == []
    with pytest.raises(NotPermitted):
        history.of_issuer(harbor, Wanted(), by=Actor.person(bob), limit=10)


def test_the_log_is_read_page_by_page_and_by_date(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chain, "_PER_BLOCK", 2)
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    for day in range(6):
        audit.note("job.end", "job", str(day), by="ada", at=begin + timedelta(days=day))
    chain.seal()

    first = history.of_site(Wanted(), limit=4)
    rest = history.of_site(Wanted(below=first[-1].number), limit=4)
    assert [event.name for event in (*first, *rest)] == ["5", "4", "3", "2", "1", "0"]
    for since in range(7):
        for until in range(7):
            wanted = Wanted(since=begin + timedelta(since), until=begin + timedelta(until))
            expected = [str(day) for day in range(5, -1, -1) if since <= day < until]
            assert [event.name for event in history.of_site(wanted, limit=9)] == expected


def test_any_moment_can_be_asked_for():
    note(1)
    first, last = (moment.replace(tzinfo=UTC) for moment in (datetime.min, datetime.max))

    assert len(history.of_site(Wanted(since=first, until=last), limit=9)) == 1


def test_the_table_of_all_is_no_program(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(history, "_AT_A_TIME", 2)
    audit.note("job.begin", "job", "=cmd()", by="ada", total=3)
    note(4)

    rows = list(csv.DictReader(history.csv_lines(history.every(Wanted()))))

    assert [row["name"] for row in rows] == ["knot3", "knot2", "knot1", "knot0", "'=cmd()"]
    assert rows[-1]["details"] == '{"total":3}'


def test_the_sealed_mac_is_that_of_the_master_key():
    other = sealing.LocalSealer("another")
    assert sealing.kept_sealer().mac(b"x") == sealing.sealer().mac(b"x") != other.mac(b"x")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_an_entry_that_is_not_committed_yet_holds_up_the_sealing():
    import threading

    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            note()
            begun.set()
            go_on.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(10)
    audit.note("job.end", "job", "later", by="ada")  # with a higher row number

    assert chain.seal(wait_seconds=0.1) == 0
    go_on.set()
    thread.join()
    assert chain.seal() == 1
    assert AuditBlock.objects.get().count == 2
    assert chain.verify().findings == []


def assertions_record(name: str, by: Actor):
    from rosette.models.badgeclasses import badgeclass_record

    found = badgeclass_record(name, by.user_id)
    assert found
    return found
