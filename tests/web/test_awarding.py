"""/badges/:id/award: one badge to one person."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.utils import timezone

from rosette.models import Assertion, Notice
from rosette.operations import recipients
from tests import factories
from tests.web.hands import HTMX, browser, hidden, hired, words

pytestmark = pytest.mark.django_db
NAME = recipients.PROFILE


@pytest.fixture
def badge():
    return factories.badgeclass()


@pytest.fixture
def ada(badge):
    return browser(badge.issuer.created_by)


def form(badge):
    return f"/badges/{badge.entity_id}/award"


def test_an_address_is_enough_and_the_mail_is_asked_for(badge, ada):
    made = ada.post(form(badge), {"recipient": "Bob@Example.org", "notify": "on"})

    award = Assertion.objects.get()
    assert (made.status_code, made["Location"]) == (303, f"/awards/{award.entity_id}/made")
    assert (award.recipient_kind, award.recipient_identity) == ("email", "bob@example.org")
    assert (award.recipient_hashed, award.expires_on, award.extensions) == (True, None, {})
    assert list(Notice.objects.values_list("to", "state")) == [("bob@example.org", "queued")]
    shown = ada.get(made["Location"])
    assert "“Knot Tying” went to bob@example.org . The mail is on its way." in words(shown)
    assert f"/v2/badgeclasses/{badge.entity_id}/assertions" in shown.text


def test_everything_of_an_award_can_be_said(badge, ada):
    ada.post(
        form(badge),
        {
            "recipient": "bob@example.org",
            "name": "Bob Reed",
            "narrative": "At the first try",
            "issued_on": "2026-01-02",
            "expires_on": "2099-01-02",
            "evidence-TOTAL_FORMS": "2",
            "evidence-0-url": "https://harbor.example.org/log",
            "evidence-1-narrative": "The log",
        },
    )

    award = Assertion.objects.get()
    assert award.narrative == "At the first try"
    assert award.evidence == [
        {"url": "https://harbor.example.org/log", "narrative": None},
        {"url": None, "narrative": "The log"},
    ]
    assert award.issued_on == datetime(2026, 1, 2, tzinfo=UTC)
    assert award.expires_on == datetime(2099, 1, 2, 23, 59, 59, tzinfo=UTC)
    assert award.extensions[NAME]["name"] == "Bob Reed"


def test_days_are_those_of_the_readers_zone(badge, ada):
    ada.cookies["rosette_zone"] = "Pacific/Auckland"

    ada.post(form(badge), {"recipient": "bob@example.org", "issued_on": "2026-01-02"})

    assert Assertion.objects.get().issued_on == datetime(2026, 1, 1, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://Bob.example.org/", ("url", "https://bob.example.org/")),
        ("+49 (30) 123-456", ("telephone", "+4930123456")),
        (" bob@example.org ", ("email", "bob@example.org")),
    ],
)
def test_a_recipient_is_known_by_what_was_typed(badge, ada, typed, kept):
    assert ada.post(form(badge), {"recipient": typed, "notify": "on"}).status_code == 303
    assert Assertion.objects.values_list("recipient_kind", "recipient_identity").get() == kept
    assert Notice.objects.exists() == (kept[0] == "email")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"recipient": ""}, "This field is required."),
        ({"recipient": "bob"}, "This is no mail address, telephone number or web address."),
        ({"recipient": "http://"}, "This is no mail address, telephone number or web address."),
        ({"recipient": "a\0b@example.org"}, "Null characters are not allowed."),
        ({"recipient": "x" * 800 + "@example.org"}, "at most 768 characters"),
        ({"issued_on": "2099-01-01"}, "today or in the past"),
        ({"issued_on": "0001-01-01"}, "today or in the past"),
        ({"issued_on": "yesterday"}, "Enter a valid date."),
        ({"expires_on": "2000-01-01"}, "It would end before it begins."),
        ({"expires_on": "9999-12-31"}, "too far away"),
        ({"narrative": "![](x)"}, "Pictures cannot stand in this text."),
        (
            {"evidence-TOTAL_FORMS": "1", "evidence-0-url": "no"},
            "Please look at the evidence again.",
        ),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_awarded(badge, ada, wrong, said):
    refused = ada.post(form(badge), {"recipient": "bob@example.org", "name": "Bob"} | wrong)

    assert (refused.status_code, said in words(refused)) == (400, True)
    assert 'value="Bob"' in refused.text
    assert list(Assertion.objects.all()) == []


def test_a_form_that_is_sent_twice_awards_once(badge, ada):
    once = hidden(ada.get(form(badge)), "once")
    sent = {"recipient": "bob@example.org", "notify": "on", "once": once}

    places = {ada.post(form(badge), sent)["Location"] for _ in range(3)}

    assert (len(places), Assertion.objects.count(), Notice.objects.count()) == (1, 1, 1)


def test_the_same_form_for_somebody_else_is_another_award(badge, ada):
    once = hidden(ada.get(form(badge)), "once")

    for to in ("bob@example.org", "carol@example.org"):
        ada.post(form(badge), {"recipient": to, "once": once})

    assert sorted(Assertion.objects.values_list("recipient_identity", flat=True)) == [
        "bob@example.org",
        "carol@example.org",
    ]


def test_a_form_of_another_person_or_badge_names_no_award(badge, ada):
    other = factories.badgeclass(badge.issuer)
    once = hidden(ada.get(form(other)), "once")
    nonsense = signing.dumps("x", salt="rosette.award-once")

    for token in (once, nonsense, "x"):
        ada.post(form(badge), {"recipient": "bob@example.org", "once": token, "step": "anyway"})

    assert Assertion.objects.count() == 3


def test_who_has_it_already_gets_it_once_more_only_when_that_is_chosen(badge, ada):
    held = factories.assertion(badge)
    sent = {"recipient": "bob@example.org", "narrative": "Again", "once": ""}

    warned = ada.post(form(badge), sent)
    once = hidden(warned, "once")

    assert warned.status_code == 400
    assert "This person has this badge already." in words(warned)
    assert f"/awards/{held.entity_id}" in warned.text
    assert ">\nAgain</textarea>" in warned.text
    assert Assertion.objects.count() == 1
    ada.post(form(badge), sent | {"step": "anyway", "once": once})
    assert Assertion.objects.count() == 2


def test_an_award_that_was_revoked_is_no_reason_for_a_warning(badge, ada):
    factories.assertion(badge, revoked_at=timezone.now())

    assert ada.post(form(badge), {"recipient": "bob@example.org"}).status_code == 303


def test_the_usual_end_of_the_badge_class_stands_in_the_form(badge, ada):
    badge.expires_amount, badge.expires_duration = 10, "days"
    badge.save()

    end = timezone.localdate() + timedelta(days=10)

    assert f'value="{end:%Y-%m-%d}"' in ada.get(form(badge)).text


def test_people_are_found_by_address_and_name_the_latest_first(badge, ada):
    known = {"name": "Bob Reed", "type": ["Extension"]}
    factories.assertion(badge, "r.bob@example.org", extensions={NAME: known})
    factories.assertion(badge, "carol@example.org")
    factories.assertion(badge, "bobby@example.org")
    factories.assertion(factories.badgeclass(factories.issuer(name="Pier")), "bobo@example.org")
    address = f"/issuers/{badge.issuer.entity_id}/recipients/known"

    def found(text):
        shown = ada.post(address, {"recipient": text}, headers=HTMX).text
        return [part.partition('"')[0] for part in shown.split('data-identity="')[1:]]

    assert found("BOB") == ["bobby@example.org", "r.bob@example.org"]
    assert found("reed") == ["r.bob@example.org"]
    assert found("%") == found("_") == found("!") == found("") == []


def test_without_a_script_the_browser_suggests_earlier_recipients(badge, ada):
    factories.assertion(badge, "carol@example.org")

    assert '<option value="carol@example.org">' in ada.get(form(badge)).text


def test_the_preview_is_the_mail_and_tells_nobody_who_has_an_account(badge, ada):
    factories.user("bob@example.org")

    shown = ada.post(form(badge), {"recipient": "bob@example.org", "step": "preview"}, headers=HTMX)

    assert "To bob@example.org" in words(shown)
    assert "Claim it to keep it" in words(shown)
    assert "in your account" not in words(shown)
    assert list(Assertion.objects.all()) == []


def test_who_may_only_look_neither_awards_nor_finds_people(badge):
    viewer = hired(badge.issuer, "viewer")

    assert viewer.get(form(badge)).status_code == 403
    assert viewer.post(form(badge), {"recipient": "bob@example.org"}).status_code == 403
    known = f"/issuers/{badge.issuer.entity_id}/recipients/known"
    assert viewer.post(known, {"recipient": "bob"}).status_code == 403
    assert list(Assertion.objects.all()) == []


def test_a_row_for_evidence_is_added(badge, ada):
    more = ada.post(form(badge), {"evidence-TOTAL_FORMS": "1", "step": "evidence"})

    assert (more.status_code, hidden(more, "evidence-TOTAL_FORMS")) == (200, "2")
