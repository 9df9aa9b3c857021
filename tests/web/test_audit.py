"""What pages leave in the audit log: each change, by whoever is signed in, and no address."""

import csv
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rosette.models import AccessToken, AuditBlock, AuditEntry, Invitation, Notice
from rosette.operations import (
    applications,
    audit,
    chain,
    history,
    invitations,
    notices,
    second_steps,
    upkeep,
)
from rosette.operations.history import Wanted
from rosette.web import audit as page_of_changes
from tests import factories, published
from tests.api.oauth.clients import PASSWORD, person
from tests.environment import ORIGIN
from tests.web.test_security import later, turn_on
from tests.web.visits import led_to, sign_in, signed_in, words

pytestmark = pytest.mark.django_db


def noted(after: int = 0) -> list[tuple[str, str]]:
    """What was done and by whom, in order, since the entry of this row number."""
    found = AuditEntry.objects.filter(pk__gt=after).order_by("pk")
    assert not any("@" in entry.details or "%40" in entry.details for entry in found)
    return [(entry.action, entry.actor) for entry in found]


def last() -> int:
    newest = AuditEntry.objects.order_by("-pk").first()
    return newest.pk if newest else 0


def test_signing_in_by_two_steps_and_out_tells_of_each(ada):
    app, _ = turn_on(signed_in(ada))
    browser, before, me = Client(), last(), ada.entity_id

    sign_in(browser, ada)
    browser.post("/auth/login", {"step": "code", "code": "000000"})
    assert second_steps.is_right(ada, later(app))
    other = signed_in(person("bob@example.org"))
    other.post("/auth/login", {"step": "sign-out"})

    bob = AuditEntry.objects.latest("pk").actor
    assert noted(before) == [
        ("sign-in.accept", me),
        ("sign-in.refuse", ""),
        ("sign-in.accept", me),
        ("sign-in.accept", bob),
        ("sign-in.end", bob),
    ]


def test_what_opens_an_account_is_noted(ada):
    browser, me = signed_in(ada), ada.entity_id
    signed_in(ada)
    applications.ensure_public_client()
    before = last()

    turn_on(browser)
    browser.post("/account/security/codes")
    browser.post("/account/security/two-step/off")
    browser.post("/account/devices", {"step": "others"})
    browser.post("/account/keys/new", {"name": "Ada's own", "scopes": ["r:profile"]})
    browser.post(f"/account/keys/{AccessToken.objects.exclude(name='').get().entity_id}/end")

    assert noted(before) == [
        ("second-step.on", me),
        ("second-step.codes", me),
        ("second-step.off", me),
        ("device.end", me),
        ("api-key.create", me),
        ("api-key.end", me),
    ]
    assert not AuditEntry.objects.filter(details__contains="Ada's own").exists()


def test_what_the_operator_does_to_people_is_noted_as_theirs(ada, root):
    browser, me = signed_in(root), root.entity_id
    signed_in(ada)
    here, before = f"/manage/users/{ada.entity_id}", last()

    for step in ("sign-out", "promote", "demote", "deactivate", "activate"):
        assert led_to(browser.post(here, {"step": step})) == here

    assert noted(before) == [
        ("device.end", me),
        ("account.administrator", me),
        ("account.administrator", me),
        ("account.deactivate", me),
        ("account.activate", me),
    ]
    assert set(AuditEntry.objects.filter(pk__gt=before).values_list("name", flat=True)) == {
        ada.entity_id
    }


def test_invitations_are_noted_at_their_issuer_without_the_address(ada):
    harbor, bob = factories.issuer(ada), person("bob@example.org")
    path = f"/issuers/{harbor.entity_id}/staff"
    browser, guest = signed_in(ada), signed_in(bob)
    before = last()

    for email in ("new@example.org", "late@example.org", "bobby@example.org"):
        browser.post(path, {"step": "add", "email": email, "role": "viewer"})
    new, late, bobby = Invitation.objects.order_by("pk")
    browser.post(path, {"step": "withdraw", "invitation": new.pk})
    Invitation.objects.filter(pk=late.pk).update(expires_at="2020-01-01T00:00:00Z")
    invitations.forget_ended()
    Invitation.objects.filter(pk=bobby.pk).update(email="bob@example.org")
    assert guest.post(f"/invitations/{invitations.code(bobby)}").status_code == 303
    guest.post(path, {"step": "leave"})

    me, him = ada.entity_id, bob.entity_id
    assert noted(before) == [
        ("invitation.create", me),
        ("invitation.create", me),
        ("invitation.create", me),
        ("invitation.withdraw", me),
        ("invitation.expire", "server"),
        ("invitation.accept", him),
        ("staff.add", him),
        ("staff.remove", him),
    ]
    assert len(history.of_site(Wanted(), limit=100, issuer=harbor.entity_id)) == 8


def test_an_owner_that_the_operator_makes_is_noted_with_what_they_were(ada, root):
    harbor, bob = factories.issuer(ada), person("bob@example.org")

    signed_in(root).post(f"/manage/issuers/{harbor.entity_id}", {"email": "bob@example.org"})

    [event] = history.of_site(Wanted(action="staff"), limit=10)
    assert (event.action, event.actor, event.details) == (
        "staff.change",
        root.entity_id,
        {"person": bob.entity_id, "before": None, "after": "owner"},
    )


def test_who_claims_an_award_by_its_mail_is_who_did_it():
    award = published.award()
    notices.queue_award_notices([(award.pk, "bob@example.org")])
    notices.send([Notice.objects.latest("pk").pk])
    (path,) = re.findall(rf"{re.escape(ORIGIN)}(/claim/\S+)", str(mail.outbox[0].body))
    before = last()

    Client().post(path, {"step": "again"})
    Client().post(path, {"step": "join", "name": "Bob Vale", "password": PASSWORD})

    bob = AuditEntry.objects.latest("pk").actor
    assert bob
    assert noted(before) == [
        ("award.resend", ""),
        ("account.create", bob),
        ("address.verify", bob),
        ("award.accept", bob),
    ]


def test_a_test_mail_and_the_samples_are_whose_who_wanted_them(root):
    browser, before = signed_in(root), last()

    browser.post("/manage/setup/mail")
    browser.post("/manage/setup/demo")

    mine = [action for action, actor in noted(before) if actor == root.entity_id]
    assert mine == ["mail.test", "site.demo"]


def test_keeping_house_notes_nothing_where_nothing_ends():
    upkeep.keep_house()
    before = last()

    upkeep.keep_house()

    assert noted(before) == []


def test_owners_see_what_was_changed_at_their_issuer_without_where_from(ada):
    harbor, bob = factories.issuer(ada), person("bob@example.org")
    browser, here = signed_in(ada), f"/issuers/{harbor.entity_id}"
    browser.post(f"{here}/staff", {"step": "add", "email": "bob@example.org", "role": "staff"})
    audit.note("issuer.change", "issuer", "elsewhere", by=bob.entity_id, issuer="elsewhere")

    shown = browser.get(f"{here}/history")

    [line] = shown.context["lines"]
    assert (line.event.action, line.who) == ("staff.add", "Ada Vale")
    assert (line.event.address, line.event.details["person"]) == ("", bob.entity_id)
    assert "Staff: added" in words(shown)
    assert "127.0.0.1" not in words(shown)
    assert signed_in(bob).get(f"{here}/history").status_code == 403


def test_of_others_than_colleagues_owners_know_no_name(ada, root):
    harbor = factories.issuer(ada)
    for who in (root.entity_id, audit.SERVER, ""):
        audit.note("award.revoke", "assertion", "a", by=who, issuer=harbor.entity_id)

    lines = signed_in(ada).get(f"/issuers/{harbor.entity_id}/history").context["lines"]

    assert [str(line.who) for line in lines] == [
        *("Somebody unknown", "The server by itself", root.entity_id)
    ]


def test_the_operator_sees_where_from_and_filters(ada, root):
    browser, me = signed_in(root), root.entity_id
    browser.post(f"/manage/users/{ada.entity_id}", {"step": "promote"})
    audit.note("webhook.ping", "webhook", "w", by=ada.entity_id, issuer="harbor")
    today = timezone.now().date()

    def found(**query):
        lines = browser.get("/manage/audit", query).context["lines"]
        return [line.event.action for line in lines]

    whole = browser.get("/manage/audit")
    assert "127.0.0.1" in words(whole)
    assert f'href="/manage/users/{me}"' in whole.content.decode()
    assert found(by=ada.entity_id) == ["webhook.ping"]
    assert found(what="account", by=me) == ["account.administrator"]
    assert found(of=ada.entity_id, what="account") == ["account.administrator"]
    assert found(issuer="harbor", since=str(today), until=str(today)) == ["webhook.ping"]
    assert found(until=str(today - timedelta(days=2))) == []
    assert found(since=str(today + timedelta(days=2))) == []
    for nonsense in ("what", "since", "until", "before"):
        assert found(**{nonsense: "9999-12-31x"}) == found()
    assert found(since="9999-12-31", until="0001-01-01") == found()
    assert found(by="\x00") == []


def test_a_long_history_is_read_a_page_at_a_time_and_as_a_table(root):
    browser = signed_in(root)
    for number in range(60):
        audit.note("job.begin", "job", f"j{number}", by=root.entity_id)

    first = browser.get("/manage/audit", {"what": "job"})
    rest = browser.get(first.context["older"])

    names = [line.event.name for page in (first, rest) for line in page.context["lines"]]
    assert names == [f"j{number}" for number in reversed(range(60))]
    table = b"".join(browser.get(first.context["table"])).decode()
    assert [row["name"] for row in csv.DictReader(table.splitlines())] == names


def test_a_page_costs_the_same_however_many_did_something(ada, root):
    harbor = factories.issuer(ada)
    paths = {f"/issuers/{harbor.entity_id}/history": ada, "/manage/audit": root}
    people = [person(f"crew{number}@example.org") for number in range(5)]

    for path, who in paths.items():
        browser, costs = signed_in(who), []
        for other in people:
            audit.note(
                "award.create", "assertion", "a", by=other.entity_id, issuer=harbor.entity_id
            )
            with CaptureQueriesContext(connection) as made:
                assert browser.get(path).status_code == 200
            costs.append(len(made))
        assert len(set(costs[1:])) == 1


def test_the_operator_sees_how_far_the_log_is_sealed(root):
    browser = signed_in(root)
    assert "Nothing is sealed yet" in words(browser.get("/manage/audit"))

    audit.note("job.begin", "job", "j", by=root.entity_id)
    AuditBlock.objects.create(
        number=1, last_entry=1, last_at=timezone.now(), count=1, marks=b"", previous="",
        digest="f" * 64, label="x", mac="x", sealed_at=timezone.now(),
    )  # fmt: skip

    assert "f" * 64 in words(browser.get("/manage/audit"))
    assert chain.head() == AuditBlock.objects.get()


def test_every_action_has_its_words():
    for action in audit.ACTIONS:
        subject, verb = action.split(".")
        assert page_of_changes._SUBJECTS[subject]
        assert page_of_changes._VERBS[verb]
