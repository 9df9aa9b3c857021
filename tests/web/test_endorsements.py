"""/issuers/:id/endorsements: asking, giving, showing and withdrawing on pages."""

import pytest
from django.test import Client

from rosette.models import Endorsement
from tests import factories
from tests.web.hands import browser, hired, told, words

pytestmark = pytest.mark.django_db
HOST = "https://badges.example.org"


@pytest.fixture
def knots():
    return factories.badgeclass()


@pytest.fixture
def pier():
    return factories.issuer(factories.user("carol@example.org"), name="Pier School")


def desk(issuer, *path):
    return "/".join([f"/issuers/{issuer.entity_id}/endorsements", *path])


def test_an_endorsement_is_asked_for_given_hidden_and_withdrawn(knots, pier):
    ada, carol = browser(knots.created_by), browser(pier.created_by)
    asked = {
        "endorser": f"{HOST}/public/issuers/{pier.entity_id}",
        "about": knots.entity_id,
        "wish": "You know our knots",
    }
    assert "“Pier School” has been asked." in words(told(ada, desk(knots.issuer, "ask"), asked))
    name = Endorsement.objects.get().entity_id
    assert "Knot Tying Harbor Learning Asked for" in words(carol.get(f"{desk(pier)}?side=by"))
    at_pier, at_harbor = desk(pier, name), desk(knots.issuer, name)
    assert "You know our knots" in words(carol.get(at_pier))

    given = words(told(carol, at_pier, {"step": "give", "comment": "Fine knots"}))
    assert "The endorsement is published." in given and "Shown" in given
    public = f"/public/badges/{knots.entity_id}"
    page = {"headers": {"Accept": "text/html"}}
    assert "What others say Fine knots" in words(Client().get(public, **page))
    assert "It is not shown." in words(told(ada, at_harbor, {"step": "hide"}))
    assert "Fine knots" not in words(Client().get(public, **page))
    shown = words(told(carol, at_pier, {"step": "withdraw", "reason": "No more"}))
    assert "The endorsement is withdrawn." in shown and "Withdrawn because: No more" in shown
    assert "That has been decided already." in words(told(ada, at_harbor, {"step": "show"}))


def test_something_is_endorsed_by_its_address_and_waits_to_be_shown(knots, pier):
    carol = browser(pier.created_by)
    sent = {"about": f"{HOST}/public/badges/{knots.entity_id}", "comment": "Fine knots"}

    shown = words(told(carol, desk(pier, "give"), sent))

    assert "Its owner decides whether to show it." in shown
    assert "Given, not shown yet" in words(browser(knots.created_by).get(desk(knots.issuer)))


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("give", {"about": "https://x.example/", "comment": "y"}, "no public address"),
        ("give", {"about": "", "comment": ""}, "This field is required."),
        ("give", {"about": "https://x.example/", "comment": "![](x)"}, "Pictures cannot stand"),
        ("ask", {"endorser": "https://x.example/", "about": "itself"}, "no public address"),
        ("ask", {"endorser": "https://x.example/", "about": "another"}, "not one of the available"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(pier, path, sent, said):
    answer = browser(pier.created_by).post(desk(pier, path), sent)

    assert answer.status_code == 400
    assert said in words(answer)
    assert not Endorsement.objects.exists()


def test_an_award_is_asked_for_by_its_address_and_only_ones_own(knots, pier):
    award = factories.assertion(knots)
    other = factories.issuer(factories.user("x@example.org"))
    sent = {
        "endorser": f"{HOST}/public/issuers/{other.entity_id}",
        "about": "award",
        "award": f"{HOST}/public/assertions/{award.entity_id}",
    }

    assert browser(pier.created_by).post(desk(pier, "ask"), sent).status_code == 404
    told(browser(knots.created_by), desk(knots.issuer, "ask"), sent)
    assert Endorsement.objects.get().assertion_id == award.pk


def test_staff_look_on_and_strangers_find_nothing(knots, pier):
    harbor = knots.issuer
    sent = {"about": f"{HOST}/public/badges/{knots.entity_id}", "comment": "Fine knots"}
    browser(pier.created_by).post(desk(pier, "give"), sent)
    name = Endorsement.objects.get().entity_id
    sam = hired(harbor, "staff")

    assert "Fine knots" in words(sam.get(desk(harbor, name)))
    assert "Show it" not in words(sam.get(desk(harbor, name)))
    assert sam.post(desk(harbor, name), {"step": "show"}).status_code == 403
    assert browser(factories.user("eve@example.org")).get(desk(harbor)).status_code == 404
    other = factories.issuer(factories.user("dan@example.org"))
    assert browser(other.created_by).get(desk(other, name)).status_code == 404
    odd = browser(pier.created_by).post(desk(pier, name), {"step": "odd"})
    assert odd.status_code == 400


@pytest.mark.parametrize("count", [1, 60])
def test_the_list_costs_the_same_however_long_it_is(knots, pier, django_assert_num_queries, count):
    rows = [factories.assertion(knots, f"b{number}@example.org") for number in range(count)]
    now = knots.created_at
    Endorsement.objects.bulk_create(
        Endorsement(
            endorser=pier,
            owner=knots.issuer,
            assertion=row,
            state="asked",
            name="Knot Tying",
            created_at=now,
            updated_at=now,
        )
        for row in rows
    )
    ada = browser(knots.created_by)

    with django_assert_num_queries(9):
        shown = ada.get(desk(knots.issuer))

    assert words(shown).count("Asked for") == min(count, 50)
    assert ("before=" in shown.text) == (count > 50)
