"""Links and QR codes by which people get a badge: /badges/:id/links, and /c/:link."""

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from rosette.errors import InvalidInput
from rosette.models import Assertion, ClaimLink, ClaimRequest, Notice
from rosette.operations import claim_links, notices, upkeep
from rosette.operations.claim_links import Wish
from rosette.operations.policies import Actor
from tests import factories
from tests.environment import DATABASE
from tests.web.hands import HTMX, browser, hired, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def badge():
    return factories.badgeclass()


@pytest.fixture
def ada(badge):
    return browser(badge.issuer.created_by)


@pytest.fixture
def bob(badge):
    return factories.user("bob@example.org")


def made(badge, **wish):
    by = Actor.person(badge.issuer.created_by)
    return claim_links.make(badge, Wish(title="Harbor day", **wish), by=by)


def desk(badge, link=None):
    return f"/badges/{badge.entity_id}/links" + (f"/{link.entity_id}" if link else "")


def mailed(settings):
    """The path of the link in the last mail, once it was sent."""
    notices.send(list(Notice.objects.filter(state="queued").values_list("pk", flat=True)))
    [link] = [word for word in mail.outbox[-1].body.split() if "/c/confirm/" in word]
    return link.removeprefix("https://badges.example.org")


def test_a_link_is_made_shown_and_changed(badge, ada):
    shown = told(
        ada,
        desk(badge),
        {
            "title": "Harbor day",
            "place": "Pier 7",
            "limit": "30",
            "is_automatic": "False",
            "domains": "@School.example, other.example",
            "opens_at": "2026-01-02T10:00",
        },
    )
    link = ClaimLink.objects.get()
    assert (link.limit, link.is_automatic, link.place) == (30, False, "Pier 7")
    assert link.domains == ["school.example", "other.example"]
    assert f"https://badges.example.org/c/{link.entity_id}" in shown.text
    sent = {"title": "Harbor night", "is_automatic": "True"}
    assert "Harbor night" in words(told(ada, f"{desk(badge, link)}/edit", sent))
    assert ClaimLink.objects.get().limit is None
    assert "Harbor night" in words(ada.get(desk(badge)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "This field is required."),
        ({"limit": "0"}, "greater than or equal to 1"),
        ({"domains": "nothing"}, "This is no domain."),
        ({"opens_at": "2026-02-02T10:00", "closes_at": "2026-02-01T10:00"}, "end before"),
        ({"is_automatic": "maybe"}, "Select a valid choice"),
    ],
)
def test_a_link_that_makes_no_sense_is_refused(badge, ada, wrong, said):
    refused = ada.post(desk(badge), {"title": "x", "is_automatic": "True"} | wrong)

    assert (refused.status_code, said in words(refused)) == (400, True)
    assert ClaimLink.objects.count() == 0


def test_whoever_is_signed_in_gets_it_with_one_button_and_once(badge, bob):
    link = made(badge, limit=2)
    person = browser(bob)
    assert "Get the badge" in words(person.get(f"/c/{link.entity_id}"))

    for _ in range(2):
        led = person.post(f"/c/{link.entity_id}", {"email": "bob@example.org"})
        award = Assertion.objects.get()
        assert led["Location"] == f"/backpack/{award.entity_id}"

    assert (award.recipient_identity, award.acceptance) == ("bob@example.org", "Accepted")
    assert award.created_by == badge.issuer.created_by
    assert ClaimLink.objects.get().taken == 1
    assert "You have this badge." in words(person.get(f"/c/{link.entity_id}"))


def test_a_newcomer_gets_it_after_the_address_is_proven(badge, settings):
    link = made(badge)
    sent = {"email": "New@Example.org", "name": "Nia New"}

    assert "Look into your mail" in words(Client().post(f"/c/{link.entity_id}", sent))
    assert Assertion.objects.count() == 0
    where = mailed(settings)
    assert "Get the badge" in words(Client().get(where))
    assert Assertion.objects.count() == 0  # a program that opens links in mails gets nothing
    for _ in range(2):
        led = Client().post(where)
        assert led["Location"].startswith("/claim/")
    award = Assertion.objects.get()
    assert award.recipient_identity == "new@example.org"
    assert award.extensions["extensions:recipientProfile"]["name"] == "Nia New"
    assert "Choose a password" in words(Client().get(led["Location"]))


def test_a_mailed_link_proves_nothing_of_the_address_an_award_moved_to(badge, settings):
    link = made(badge)
    Client().post(f"/c/{link.entity_id}", {"email": "new@example.org"})
    where = mailed(settings)
    Client().post(where)

    Assertion.objects.update(recipient_identity="other@example.org")

    assert (Client().get(where).status_code, Client().post(where).status_code) == (404, 404)


def test_a_mailed_link_that_is_not_ours_is_unknown(badge):
    assert Client().get("/c/confirm/x:y:z").status_code == 404
    assert Client().get("/c/nothing").status_code == 404


def test_only_own_proven_addresses_of_the_right_domain_count(badge, bob):
    link = made(badge, domains=("school.example",))
    person = browser(bob)

    assert "This badge is for addresses of school.example" in words(
        person.get(f"/c/{link.entity_id}")
    )
    for email in ("bob@example.org", "carol@school.example", ""):
        assert person.post(f"/c/{link.entity_id}", {"email": email}).status_code == 400
    refused = Client().post(f"/c/{link.entity_id}", {"email": "dan@sub.school.example"})
    assert "certain domains only" in words(refused)
    assert (Assertion.objects.count(), Notice.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"opens_at": timedelta(days=1)}, "You can get it from"),
        ({"closes_at": timedelta(days=-1)}, "This link is closed."),
    ],
)
def test_before_and_after_its_time_a_link_gives_nothing(badge, bob, wish, said):
    link = made(badge, **{name: timezone.now() + at for name, at in wish.items()})
    person = browser(bob)

    assert said in words(person.get(f"/c/{link.entity_id}"))
    assert person.post(f"/c/{link.entity_id}", {"email": "bob@example.org"}).status_code == 400
    assert Assertion.objects.count() == 0


def test_a_link_is_closed_and_opened_by_hand_and_full_at_its_limit(badge, ada, bob):
    link = made(badge, limit=1)
    told(ada, desk(badge, link), {"step": "end"})
    assert claim_links.state(ClaimLink.objects.get()) == "expired"
    told(ada, desk(badge, link), {"step": "open"})
    browser(bob).post(f"/c/{link.entity_id}", {"email": "bob@example.org"})
    carol = browser(factories.user("carol@example.org"))

    assert "All badges of this link are given out." in words(carol.get(f"/c/{link.entity_id}"))
    refused = carol.post(f"/c/{link.entity_id}", {"email": "carol@example.org"})
    assert (refused.status_code, Assertion.objects.count()) == (400, 1)
    sent = {"title": "x", "is_automatic": "True", "limit": "1"}
    assert ada.post(f"{desk(badge, link)}/edit", sent).status_code == 303


def test_requests_are_approved_together_and_declined_with_a_reason(badge, ada, settings):
    link = made(badge, is_automatic=False, limit=3)
    people = [factories.user(f"p{n}@example.org") for n in range(4)]
    for n, person in enumerate(people):
        browser(person).post(f"/c/{link.entity_id}", {"email": f"p{n}@example.org"})
    assert Assertion.objects.count() == 0
    assert "Your request waits" in words(browser(people[0]).get(f"/c/{link.entity_id}"))
    first = ClaimRequest.objects.order_by("pk").first()

    said = {"step": "decline", "request": first.entity_id, "reason": "You were not there"}
    assert "Declined." in words(told(ada, desk(badge, link), said))
    assert "You were not there" in words(browser(people[0]).get(f"/c/{link.entity_id}"))
    assert "decided already" in told(ada, desk(badge, link), said).text
    shown = told(ada, desk(badge, link), {"step": "approve-all"})
    assert "3 badges were awarded." in shown.text
    assert (Assertion.objects.count(), ClaimLink.objects.get().taken) == (3, 3)
    notices.send(list(Notice.objects.values_list("pk", flat=True)))
    assert len(mail.outbox) == 4
    assert "You were not there" in mail.outbox[0].body


def test_approving_stops_at_the_limit_and_takes_only_the_chosen(badge, ada):
    link = made(badge, is_automatic=False, limit=1)
    for n in range(2):
        person = browser(factories.user(f"p{n}@example.org"))
        person.post(f"/c/{link.entity_id}", {"email": f"p{n}@example.org"})
    second = ClaimRequest.objects.order_by("pk").last()

    told(ada, desk(badge, link), {"step": "approve", "request": [second.entity_id]})
    assert Assertion.objects.get().recipient_identity == "p1@example.org"
    shown = told(ada, desk(badge, link), {"step": "approve-all"})
    assert "1 request could not be awarded" in shown.text
    assert Assertion.objects.count() == 1


def test_nothing_is_given_out_once_its_maker_may_not_award(badge, bob):
    link = made(badge)
    badge.issuer.staff_rows.all().delete()

    refused = browser(bob).post(f"/c/{link.entity_id}", {"email": "bob@example.org"})

    assert (refused.status_code, Assertion.objects.count()) == (400, 0)
    assert ClaimLink.objects.get().taken == 0


def test_poster_and_projector(badge, ada):
    link = made(badge, place="Pier 7 & <more> " + "Ж" * 150, limit=5)

    poster = ada.get(f"{desk(badge, link)}/poster.pdf")
    assert (poster.status_code, poster.content[:5]) == (200, b"%PDF-")
    shown = ada.get(f"{desk(badge, link)}/projector")
    assert "0 of 5 given out" in words(shown)
    counter = ada.get(f"{desk(badge, link)}/projector", headers=HTMX).text
    assert ("hx-trigger" in counter, "<html" in counter) == (True, False)


def test_links_are_the_desks(badge):
    link = made(badge)
    paths = ("", "/edit", "/projector", "/poster.pdf")
    stranger = browser(factories.user("carol@example.org"))
    viewer = hired(badge.issuer, "viewer")
    for path in paths:
        assert stranger.get(desk(badge, link) + path).status_code == 404
        assert viewer.get(desk(badge, link) + path).status_code == 403
    other = factories.badgeclass(badge.issuer)
    assert browser(badge.issuer.created_by).get(desk(other, link)).status_code == 404


def test_many_requests_are_one_page_of_few_queries(badge, ada, django_assert_max_num_queries):
    link = made(badge, is_automatic=False)
    now = timezone.now()
    ClaimRequest.objects.bulk_create(
        ClaimRequest(
            link=link, email=f"p{n}@example.org", state="waiting", created_at=now, updated_at=now
        )
        for n in range(120)
    )
    with django_assert_max_num_queries(12):
        shown = ada.get(desk(badge, link))
    assert shown.text.count('type="checkbox"') == 50


def test_what_was_never_proven_is_forgotten(badge):
    link = made(badge)
    claim_links.ask(link, "new@example.org")
    ClaimRequest.objects.update(updated_at=timezone.now() - timedelta(days=31))
    upkeep.keep_house()
    assert ClaimRequest.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(DATABASE != "postgresql", reason="SQLite has one writer at a time")
def test_a_limit_is_never_exceeded_by_many_at_once(badge):
    link = made(badge, limit=3)
    people = [factories.user(f"p{n}@example.org") for n in range(10)]
    start = threading.Barrier(len(people))

    def take(person, email):
        start.wait()
        try:
            claim_links.take(claim_links.find(link.entity_id), person, email)
        except InvalidInput:
            pass
        finally:
            connection.close()

    threads = [
        threading.Thread(target=take, args=(person, f"p{n}@example.org"))
        for n, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Assertion.objects.count(), ClaimLink.objects.get().taken) == (3, 3)


def test_the_database_itself_holds_the_limit(badge):
    link = made(badge, limit=1)
    with pytest.raises(Exception, match="claimlink_within_limit"), transaction.atomic():
        ClaimLink.objects.filter(pk=link.pk).update(taken=2)
