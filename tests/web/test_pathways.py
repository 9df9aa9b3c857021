"""/issuers/:id/pathways, /backpack/pathways and the public page."""

import pytest
from django.test import Client

from rosette.models import Pathway, PathwayStep
from rosette.operations import pathways, progress
from rosette.operations.pathways import PathwayWish, StepWish
from rosette.operations.policies import Actor
from tests import factories
from tests.published import ORIGIN
from tests.web.hands import browser, hired, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def harbor():
    return factories.issuer()


@pytest.fixture
def badges(harbor):
    return [factories.badgeclass(harbor, name=name) for name in ("Knots", "Sails", "Sailor")]


def made(harbor, badges, *, published=True):
    by = Actor.person(harbor.created_by)
    steps = (StepWish("Rope", (badges[0].pk,), 1), StepWish("Wind", (badges[1].pk,), 1, True))
    wish = PathwayWish("To the sea", "Learn <it>", badges[2].pk, steps)
    found = pathways.save(harbor, None, wish, by=by)
    if published:
        pathways.publish(found, is_published=True, by=by)
    return Pathway.objects.get(pk=found.pk)


def sent(badges, **more):
    return {
        "name": "To the sea",
        "description": "",
        "completion": str(badges[2].pk),
        "step": ["0", "1"],
        "name-0": "Rope",
        "needed-0": "1",
        "badges-0": [str(badges[0].pk)],
        "name-1": "Wind",
        "needed-1": "1",
        "badges-1": [str(badges[1].pk)],
        "optional-1": "on",
        "do": "save",
    } | more


def steps():
    return [
        (row.name, row.needed, row.is_optional, [each.badgeclass.name for each in row.badges.all()])
        for row in PathwayStep.objects.order_by("position")
    ]


def test_a_pathway_is_made_published_and_removed(harbor, badges):
    ada = browser(harbor.created_by)
    at = f"/issuers/{harbor.entity_id}/pathways"

    assert "The pathway was saved." in words(told(ada, f"{at}/new", sent(badges)))
    assert steps() == [("Rope", 1, False, ["Knots"]), ("Wind", 1, True, ["Sails"])]
    one = f"{at}/{Pathway.objects.get().entity_id}"
    assert "To the sea 2 Sailor Draft" in words(ada.get(at))
    assert "The pathway is published." in words(told(ada, one, {"step": "publish"}))
    assert "Nobody else sees" in words(told(ada, one, {"step": "unpublish"}))
    assert "The pathway is gone" in words(told(ada, one, {"step": "remove"}))
    assert not Pathway.objects.exists()


def test_steps_are_moved_added_and_removed_before_anything_is_saved(harbor, badges):
    ada = browser(harbor.created_by)
    where = f"/issuers/{harbor.entity_id}/pathways/new"

    def order(do, **more):
        answer = ada.post(where, sent(badges, do=do, **more))
        assert answer.status_code == 200
        return [each["step"].name for each in answer.context["steps"]]

    assert order("down:0") == order("up:1") == ["Wind", "Rope"]
    assert order("up:0") == order("down:1") == order("up:99") == order("odd") == ["Rope", "Wind"]
    assert order("up:0", step=["1", "0"]) == ["Rope", "Wind"]  # after they were dragged
    assert order("remove:0") == ["Wind"]
    assert order("add") == ["Rope", "Wind", ""]
    assert not Pathway.objects.exists()


def test_the_order_in_which_they_are_sent_is_the_order_in_which_they_were_dragged(harbor, badges):
    ada = browser(harbor.created_by)
    ada.post(f"/issuers/{harbor.entity_id}/pathways/new", sent(badges, step=["1", "0", "1", "x"]))

    assert [name for name, *_ in steps()] == ["Wind", "Rope"]


def test_a_mistake_is_said_and_what_was_typed_stays(harbor, badges):
    found = made(harbor, badges)
    ada = browser(harbor.created_by)
    where = f"/issuers/{harbor.entity_id}/pathways/{found.entity_id}/edit"

    answer = ada.post(where, sent(badges, **{"needed-0": "5", "name-0": "<Ropes>"}))

    assert answer.status_code == 400
    assert "Step 1 asks for 5 badges and has 1." in words(answer)
    assert 'value="&lt;Ropes&gt;"' in answer.text
    assert 'value="Rope"' in ada.get(where).text
    odd = sent(badges, **{"needed-0": "²", "badges-0": ["x", "9" * 30], "completion": "nothing"})
    assert ada.post(where, odd).status_code == 400


def test_the_issuer_sees_who_is_how_far(harbor, badges):
    found = made(harbor, badges)
    progress.complete([factories.assertion(badges[0]).pk])
    factories.assertion(badges[1], "carol@example.org")
    where = f"/issuers/{harbor.entity_id}/pathways/{found.entity_id}"

    shown = words(browser(harbor.created_by).get(where))

    assert "carol@example.org 0 of 1 ✓ 1 of 1 –" in shown
    assert "bob@example.org ✓ 1 of 1 0 of 1" in shown
    assert "✓ 1 of 1 0 of 1 –" not in shown


@pytest.mark.parametrize("count", [1, 60])
def test_the_matrix_costs_the_same_for_many(harbor, badges, count, django_assert_num_queries):
    found = made(harbor, badges)
    for number in range(count):
        factories.assertion(badges[0], f"b{number}@example.org")
    where = f"/issuers/{harbor.entity_id}/pathways/{found.entity_id}"
    ada = browser(harbor.created_by)

    with django_assert_num_queries(15):
        shown = ada.get(where)

    assert len(shown.context["learners"]) == min(count, 50)
    assert bool(shown.context["older"]) == (count > 50)
    if count > 50:
        assert len(ada.get(shown.context["older"]).context["learners"]) == count - 50


def test_a_learner_sees_what_comes_next_and_what_is_done(harbor, badges):
    bob = browser(factories.user("bob@example.org"))
    assert "You are on no pathway yet" in words(bob.get("/backpack/pathways"))
    made(harbor, badges)
    factories.assertion(badges[1])
    assert "Rope Next 0 of 1: Knots" in words(bob.get("/backpack/pathways"))

    progress.complete([factories.assertion(badges[0]).pk])

    shown = words(bob.get("/backpack/pathways"))
    assert "Completed on" in shown and "Rope Done 1 of 1: ✓ You have it: Knots" in shown


def test_the_public_page_and_its_document(harbor, badges):
    found = made(harbor, badges)
    where = f"/public/pathways/{found.entity_id}"

    def address(kind, row):
        return f"{ORIGIN}/public/{kind}/{row.entity_id}"

    assert Client().get(where).json() == {
        "id": f"{ORIGIN}{where}",
        "name": "To the sea",
        "description": "Learn <it>",
        "issuer": address("issuers", harbor),
        "completion": address("badges", badges[2]),
        "steps": [
            {
                "name": "Rope",
                "needed": 1,
                "optional": False,
                "badges": [address("badges", badges[0])],
            },
            {
                "name": "Wind",
                "needed": 1,
                "optional": True,
                "badges": [address("badges", badges[1])],
            },
        ],
    }
    page = Client().get(where, headers={"Accept": "text/html"})
    assert "Step 1: Rope" in words(page) and "<script" not in page.text
    again = Client().get(where, headers={"Accept": "text/html", "If-None-Match": page["ETag"]})
    assert again.status_code == 304


def test_a_draft_is_nobodys_business_and_staff_only_look(harbor, badges):
    found = made(harbor, badges, published=False)
    at = f"/issuers/{harbor.entity_id}/pathways"

    assert Client().get(f"/public/pathways/{found.entity_id}").status_code == 404
    sam = hired(harbor, "staff")
    assert sam.get(f"{at}/{found.entity_id}").status_code == 200
    for path, form in ((f"/{found.entity_id}", {"step": "publish"}), ("/new", sent(badges))):
        assert sam.post(at + path, form).status_code == 403
    carol = browser(factories.user("carol@example.org"))
    assert carol.get(at).status_code == 404
    other = factories.issuer(factories.user("dan@example.org"))
    theirs = f"/issuers/{other.entity_id}/pathways/{found.entity_id}"
    assert browser(other.created_by).get(theirs).status_code == 404
    odd = browser(harbor.created_by).post(f"{at}/{found.entity_id}", {"step": "odd"})
    assert odd.status_code == 400
