"""/awards/:id: one award as its issuer sees it, and what can be done with it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from rosette.models import Assertion, Notice
from rosette.models.assertions import published_assertion
from rosette.operations import notices, recipients
from tests import factories
from tests.web.hands import browser, hired, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def award():
    return factories.assertion(factories.badgeclass(suspendable=True))


@pytest.fixture
def ada(award):
    return browser(award.issuer.created_by)


def at(award, action=""):
    return f"/awards/{award.entity_id}" + (f"/{action}" if action else "")


def now_is(award):
    award.refresh_from_db()
    return award


def test_the_page_tells_what_it_says_and_what_became_of_it(award, ada):
    notices.queue_award_notices([(award.pk, award.recipient_identity)])
    notices.send([Notice.objects.get().pk])

    shown = ada.get(at(award))

    said = words(shown)
    assert "Mailed bob@example.org Knot Tying" in said
    happened = [
        said.index(text) for text in ("What happened Awarded", "Mail asked for", "Mail sent")
    ]
    assert happened == sorted(happened)
    assert "&quot;HostedBadge&quot;" in shown.text
    assert "&quot;OpenBadgeCredential&quot;" in shown.text or "AchievementCredential" in shown.text


def test_what_its_recipient_hides_is_not_linked_and_its_documents_are_not_shown(award, ada):
    award.visibility, award.share_hash = "link", "9a1b2c3d4e5f60718293a4b5c6d7e8f9"
    award.save()

    shown = ada.get(at(award)).text

    assert award.share_hash not in shown
    assert "/public/assertions/" not in shown
    assert award.share_hash not in ada.get(at(award, "made")).text


def test_the_mail_is_sent_again_but_not_right_away(award, ada):
    again = at(award, "resend")

    assert "The mail is on its way once more." in words(told(ada, again))
    assert "less than five minutes ago" in words(told(ada, again))
    assert Notice.objects.count() == 1
    Notice.objects.update(created_at=timezone.now() - timedelta(minutes=6))
    ada.post(again)
    assert list(Notice.objects.values_list("to", "state")) == [("bob@example.org", "queued")] * 2


@pytest.mark.parametrize(
    "fields",
    [
        {"recipient_kind": "url", "recipient_identity": "https://bob.example.org/"},
        {"revoked_at": timezone.now()},
    ],
)
def test_a_mail_that_cannot_be_is_not_asked_for(ada, award, fields):
    Assertion.objects.update(**fields)

    assert "Mail it again" not in words(ada.get(at(award)))
    ada.post(at(award, "resend"))
    assert list(Notice.objects.all()) == []


def test_an_award_is_revoked_for_a_reason_after_a_page_that_says_what_happens(award, ada):
    asked = words(ada.get(at(award, "revoke")))

    assert "This is for good" in asked
    assert ada.post(at(award, "revoke"), {"reason": " "}).status_code == 400
    assert now_is(award).revoked_at is None
    assert ada.post(at(award, "revoke"), {"reason": "Copied"})["Location"] == at(award)
    assert now_is(award).revocation_reason == "Copied"
    assert "Reason: Copied" in words(ada.get(at(award)))
    twice = ada.post(at(award, "revoke"), {"reason": "Again"})
    assert (twice.status_code, now_is(award).revocation_reason) == (400, "Copied")
    assert "Assertion is already revoked" in words(twice)


def test_an_award_is_suspended_and_that_can_be_undone(award, ada):
    suspended = told(ada, at(award, "suspend"), {"reason": "Under review"})

    assert now_is(award).suspension_reason == "Under review"
    assert f'action="{at(award, "reinstate")}"' in suspended.text
    assert "Let it hold again" in words(suspended)
    ada.post(at(award, "reinstate"))
    assert now_is(award).suspended_at is None
    assert "Assertion is not suspended" in words(told(ada, at(award, "reinstate")))


def test_what_cannot_be_suspended_offers_no_such_button(ada, award):
    award.badgeclass.suspendable = False
    award.badgeclass.save()

    assert "/suspend" not in ada.get(at(award)).text
    refused = ada.post(at(award, "suspend"), {"reason": "x"})
    assert (refused.status_code, now_is(award).suspended_at) == (400, None)


def test_the_name_of_the_recipient_is_corrected_and_other_extensions_stay(award, ada):
    award.extensions = {"extensions:x": {"a": 1}}
    award.save()

    ada.post(at(award, "name"), {"name": "Bob <b>Reed</b>"})

    assert now_is(award).extensions == {"extensions:x": {"a": 1}, **recipients.profile("Bob Reed")}
    assert "Bob Reed bob@example.org" in words(ada.get(at(award)))
    ada.post(at(award, "name"), {"name": ""})
    assert now_is(award).extensions == {"extensions:x": {"a": 1}}


def test_a_moved_award_keeps_its_name_and_the_old_address_loses_it(award, ada):
    bob, carol = factories.user("bob@example.org"), factories.user("carol@example.org")
    Assertion.objects.update(acceptance="Accepted", visibility="private")
    notices.queue_award_notices([(award.pk, "bob@example.org")])
    salt = award.salt

    moved = ada.post(at(award, "move"), {"email": "Carol@Example.org"})

    assert moved["Location"] == at(award)
    after = now_is(award)
    assert (after.recipient_identity, after.salt) == ("carol@example.org", salt)
    assert (after.acceptance, after.visibility) == ("Unaccepted", "public")
    assert [len(held(person)) for person in (bob, carol)] == [0, 1]
    notices.send(list(Notice.objects.order_by("pk").values_list("pk", flat=True)))
    assert [letter.to for letter in mail.outbox] == [["carol@example.org"]]
    assert published_assertion(award.entity_id) is not None


def held(person):
    """The awards in the backpack of the person."""
    from rosette.models.backpack import identities_of

    proven = identities_of(person.pk).proven
    return [
        row
        for row in Assertion.objects.all()
        if (row.recipient_kind, row.recipient_identity) in proven
    ]


@pytest.mark.parametrize("email", ["", "bob", "bob@example.org", "BOB@example.org"])
def test_an_award_moves_to_another_address_alone(award, ada, email):
    refused = ada.post(at(award, "move"), {"email": email})

    assert refused.status_code == 400
    assert now_is(award).recipient_identity == "bob@example.org"
    assert list(Notice.objects.all()) == []


def test_a_revoked_award_does_not_move(award, ada):
    Assertion.objects.update(revoked_at=timezone.now())

    assert ada.post(at(award, "move"), {"email": "carol@example.org"}).status_code == 400
    assert list(Notice.objects.all()) == []


def test_staff_mail_again_and_change_nothing(award):
    sam = hired(award.issuer, "staff")

    shown = words(sam.get(at(award)))

    assert ("Mail it again" in shown, "Revoke" in shown) == (True, False)
    assert sam.post(at(award, "resend")).status_code == 303
    for action in ("revoke", "suspend", "reinstate", "name", "move"):
        sent = {"reason": "x", "name": "x", "email": "x@example.org"}
        assert sam.post(at(award, action), sent).status_code == 403, action


def test_a_viewer_sees_no_button_at_all(award):
    viewer = hired(award.issuer, "viewer")
    issuer, badge = award.issuer.entity_id, award.badgeclass.entity_id

    for path in (
        at(award),
        f"/badges/{badge}",
        f"/issuers/{issuer}",
        f"/issuers/{issuer}/recipients/{award.entity_id}",
        f"/issuers/{issuer}/settings",
    ):
        shown = viewer.get(path)
        main = shown.text.partition("<main")[2].partition("</main>")[0]
        assert shown.status_code == 200
        assert 'method="post"' not in main, path
        assert not any(word in main for word in ("/edit", '/award"', "/revoke", '/new"')), path
    assert viewer.post(at(award, "resend")).status_code == 403
