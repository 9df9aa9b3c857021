"""/issuers/:id/staff: who works for an issuer; and invitations to do so."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from rosette.errors import InvalidInput, NotFound
from rosette.models import EmailAddress, Invitation, IssuerStaff, Notice
from rosette.operations import invitations, issuers, notices, upkeep
from rosette.operations.policies import Actor
from tests import factories
from tests.api.client import NOT_FOUND
from tests.web.hands import browser, hired, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def issuer():
    return factories.issuer()


@pytest.fixture
def ada(issuer):
    return browser(issuer.created_by)


def page(issuer):
    return f"/issuers/{issuer.entity_id}/staff"


def roles(issuer):
    rows = IssuerStaff.objects.filter(issuer=issuer).order_by("pk")
    return [(row.user.first_name, row.role) for row in rows.select_related("user")]


def mailed():
    """Send what waits; the paths of the invitations in the letters."""
    notices.send(list(Notice.objects.filter(state="queued").values_list("pk", flat=True)))
    found = [re.search(r"/invitations/\S+", letter.body) for letter in mail.outbox]
    return [match[0] for match in found if match]


def test_somebody_with_an_account_works_there_at_once(issuer, ada):
    factories.user("bob@example.org")

    ada.post(page(issuer), {"step": "add", "email": "Bob@Example.org", "role": "viewer"})

    assert roles(issuer) == [("Ada", "owner"), ("Bob", "viewer")]
    assert list(Invitation.objects.all()) == []
    assert "Bob Vale bob@example.org" in words(ada.get(page(issuer)))


def test_somebody_without_one_is_invited_by_mail_and_accepts_after_signing_up(issuer, ada):
    ada.post(page(issuer), {"step": "add", "email": "Bob@example.org", "role": "editor"})
    [path] = mailed()

    stranger = words(Client().get(path))
    bob = factories.user("bob@example.org")
    unproven = browser(factories.user("una@example.org"))

    assert mail.outbox[0].to == ["bob@example.org"]
    assert "Harbor Learning invites you" in stranger
    assert "b•••@example.org" in stranger
    assert "bob@example.org" not in stranger
    assert "The invitation is for b•••@example.org." in words(unproven.get(path))
    assert unproven.post(path).status_code == 200
    assert roles(issuer) == [("Ada", "owner")]
    accepted = browser(bob).post(path)
    assert accepted["Location"] == f"/issuers/{issuer.entity_id}"
    assert roles(issuer) == [("Ada", "owner"), ("Bob", "editor")]
    assert browser(bob).get(path).status_code == 404


def test_an_address_that_is_only_claimed_accepts_nothing(issuer, ada):
    ada.post(page(issuer), {"step": "add", "email": "bob@example.org", "role": "owner"})
    [path] = mailed()
    liar = factories.user("carol@example.org")
    EmailAddress.objects.create(user=liar, email="bob@example.org", verified=False)

    browser(liar).post(path)

    assert roles(issuer) == [("Ada", "owner")]
    with pytest.raises(InvalidInput):
        invitations.accept(Invitation.objects.get(), liar)


def test_a_stranger_signs_in_at_the_invitation(issuer, ada):
    ada.post(page(issuer), {"step": "add", "email": "bob@example.org", "role": "staff"})
    [path] = mailed()

    assert 'name="password"' in Client().get(f"{path}?sign-in").text
    assert Client().post(path).status_code == 200


@pytest.mark.parametrize("code", ["x", "1:x", "999", "..", "a%00b"])
def test_a_code_that_nobody_made_is_not_found(ada, code):
    assert ada.get(f"/invitations/{code}").status_code == 404


def test_an_invitation_ends_is_renewed_and_withdrawn(issuer, ada):
    ada.post(page(issuer), {"step": "add", "email": "bob@example.org", "role": "staff"})
    [path] = mailed()
    row = Invitation.objects.get()
    bob = factories.user("bob@example.org")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert "This invitation has expired." in words(browser(bob).get(path))
    assert browser(bob).post(path).status_code == 400
    early = told(ada, page(issuer), {"step": "resend", "invitation": row.pk})
    assert "less than five minutes ago" in words(early)
    Invitation.objects.update(mailed_at=timezone.now() - timedelta(minutes=6))
    ada.post(page(issuer), {"step": "resend", "invitation": row.pk})
    assert mailed() == [path, path]
    ada.post(page(issuer), {"step": "withdraw", "invitation": row.pk})
    assert browser(bob).get(path).status_code == 404
    assert list(Invitation.objects.all()) == list(Notice.objects.all()) == []


def test_an_invitation_that_was_withdrawn_is_not_mailed(issuer, ada):
    ada.post(page(issuer), {"step": "add", "email": "bob@example.org", "role": "staff"})
    numbers = list(Notice.objects.values_list("pk", flat=True))
    Invitation.objects.all().delete()

    notices.send(numbers)

    assert mail.outbox == []


def test_the_same_address_is_invited_once(issuer, ada):
    for _ in range(2):
        again = ada.post(page(issuer), {"step": "add", "email": "bob@example.org", "role": "staff"})

    assert again.status_code == 400
    assert "This address has been invited already." in words(again)
    assert Invitation.objects.count() == 1


def test_who_works_there_by_then_keeps_their_role(issuer):
    by = Actor.person(issuer.created_by)
    invited = invitations.invite(issuer, "bob@example.org", "viewer", by=by)
    bob = factories.user("bob@example.org")
    issuers.add_staff(issuer, bob, "editor", by=by)

    invitations.accept(invited, bob)

    assert roles(issuer) == [("Ada", "owner"), ("Bob", "editor")]
    with pytest.raises(NotFound):
        invitations.accept(invited, bob)


def test_ended_invitations_are_thrown_away(issuer):
    invited = invitations.invite(
        issuer, "bob@example.org", "staff", by=Actor.person(issuer.created_by)
    )
    invited.expires_at = timezone.now() - timedelta(days=31)
    invited.save()

    upkeep.keep_house()

    assert list(Invitation.objects.all()) == []


def test_roles_change_and_a_removal_is_undone(issuer, ada):
    hired(issuer, "staff")
    sam = IssuerStaff.objects.get(role="staff").user

    ada.post(page(issuer), {"step": "change", "person": sam.entity_id, "role": "editor"})
    assert roles(issuer) == [("Ada", "owner"), ("Staff", "editor")]
    removed = told(ada, page(issuer), {"step": "remove", "person": sam.entity_id})
    assert roles(issuer) == [("Ada", "owner")]
    undo = re.search(r'action="([^"]+step=restore[^"]+)"', removed.text)
    ada.post(undo[1].replace("&amp;", "&"))
    assert roles(issuer) == [("Ada", "owner"), ("Staff", "editor")]


def test_the_last_owner_cannot_leave_and_is_told_why(issuer, ada):
    shown = words(ada.get(page(issuer)))
    left = told(ada, page(issuer), {"step": "leave"})

    assert "You are its only owner, and an issuer needs one." in shown
    assert "An issuer must have an owner." in words(left)
    assert roles(issuer) == [("Ada", "owner")]
    hired(issuer, "owner")
    assert ada.post(page(issuer), {"step": "leave"})["Location"] == "/issuers"
    assert roles(issuer) == [("Owner", "owner")]


@pytest.mark.parametrize("role", ["viewer", "staff", "editor"])
def test_whoever_is_no_owner_changes_nobody_and_may_leave(issuer, role):
    here = hired(issuer, role)
    ada = issuer.created_by.entity_id

    for step in ("add", "change", "remove", "restore", "resend", "withdraw"):
        sent = {"step": step, "person": ada, "role": "owner", "email": "x@example.org"}
        assert here.post(page(issuer), sent).status_code == 403, step
    assert "Add somebody" not in words(here.get(page(issuer)))
    here.post(page(issuer), {"step": "leave"})
    assert roles(issuer) == [("Ada", "owner")]


@pytest.mark.parametrize(
    "sent",
    [
        {"step": "nonsense"},
        {"step": "change", "person": "x", "role": "staff"},
        {"step": "change", "person": "a\0b", "role": "staff"},
        {"step": "resend", "invitation": "x"},
        {"step": "withdraw", "invitation": "99999999999999999999"},
        {"step": "restore", "person": "x", "role": "owner"},
    ],
)
def test_nonsense_is_not_found(ada, issuer, sent):
    assert ada.post(page(issuer), sent).status_code == 404


def test_nobody_changes_their_own_role(ada, issuer):
    me = issuer.created_by.entity_id

    said = told(ada, page(issuer), {"step": "remove", "person": me})

    assert "Cannot modify your own permissions" in words(said)
    assert roles(issuer) == [("Ada", "owner")]


def test_badgr_clients_are_not_shown_viewers_and_do_not_lose_them(client, issuer):
    viewer = factories.user("bob@example.org")
    IssuerStaff.objects.create(issuer=issuer, user=viewer, role="viewer")
    owner = factories.bearer(issuer.created_by)
    address = f"/v2/issuers/{issuer.entity_id}"

    [shown] = client.get(address, headers=owner).json()["result"]
    put = client.put(
        address,
        {name: shown[name] for name in ("name", "url", "email", "description", "staff")},
        content_type="application/json",
        headers=owner,
    )

    assert [entry["role"] for entry in shown["staff"]] == ["owner"]
    assert put.status_code == 200
    assert roles(issuer) == [("Ada", "owner"), ("Bob", "viewer")]
    v1 = client.get(f"/v1/issuer/issuers/{issuer.entity_id}/staff", headers=owner)
    assert [entry["role"] for entry in v1.json()] == ["owner"]


def test_a_badgr_client_gives_a_viewer_a_role_that_it_knows(client, issuer):
    viewer = factories.user("bob@example.org")
    IssuerStaff.objects.create(issuer=issuer, user=viewer, role="viewer")

    client.post(
        f"/v1/issuer/issuers/{issuer.entity_id}/staff",
        {"action": "add", "email": "bob@example.org", "role": "staff"},
        content_type="application/json",
        headers=factories.bearer(issuer.created_by),
    )

    assert roles(issuer) == [("Ada", "owner"), ("Bob", "staff")]


def test_a_viewer_reads_over_the_api_and_writes_nothing(client, issuer):
    badge = factories.badgeclass(issuer)
    award = factories.assertion(badge)
    viewer = factories.user("vera@example.org")
    IssuerStaff.objects.create(issuer=issuer, user=viewer, role="viewer")
    headers = factories.bearer(viewer)

    for path in (
        f"/v2/issuers/{issuer.entity_id}",
        f"/v2/issuers/{issuer.entity_id}/assertions",
        f"/v2/badgeclasses/{badge.entity_id}",
        f"/v2/assertions/{award.entity_id}",
    ):
        assert client.get(path, headers=headers).status_code == 200, path
    awarded = client.post(
        f"/v2/badgeclasses/{badge.entity_id}/assertions",
        {"recipient": {"identity": "carol@example.org"}},
        content_type="application/json",
        headers=headers,
    )
    revoked = client.delete(f"/v2/assertions/{award.entity_id}", headers=headers)
    assert (awarded.status_code, revoked.status_code) == (404, 404)
    assert awarded.json() == NOT_FOUND
