"""/collections: badges that their owner shows together, in an order."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rosette.models import Collection
from rosette.operations import collections
from tests import factories, published
from tests.web.pages import browser, said, sent, shown

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> Any:
    person = factories.user("bob@example.org")
    knots = published.knots()
    for name in "abc":
        badgeclass = factories.badgeclass(knots.issuer, name=f"Badge {name}", image=knots.image)
        factories.assertion(badgeclass, entity_id=name, acceptance="Accepted")
    return person


def order() -> list[str]:
    (row,) = Collection.objects.all()
    return collections.awards([row])[row.pk]


def test_the_first_collection_is_invited_made_and_listed(bob: Any) -> None:
    client = browser(bob)
    assert "No collections yet" in said(client, "/collections")

    led = sent(client, "/collections/new", name="Ropes", description="All of it", award=["b", "a"])
    row = Collection.objects.get()
    page = shown(client, "/collections")

    assert led == f"/collections/{row.entity_id}"
    assert (row.name, row.description, row.share_hash) == ("Ropes", "All of it", "")
    assert order() == ["b", "a"]
    assert "Ropes 2 badges · All of it Private" in page.text
    assert led in page.all("a", "href")


@pytest.mark.parametrize(
    ("move", "expected"),
    [
        ("up:b", ["b", "a", "c"]),
        ("down:a", ["b", "a", "c"]),
        ("up:a", ["a", "b", "c"]),
        ("down:c", ["a", "b", "c"]),
        ("down:zzz", ["a", "b", "c"]),
        ("sideways:b", ["a", "b", "c"]),
    ],
)
def test_badges_move_by_buttons_and_what_was_typed_is_kept(
    bob: Any, move: str, expected: list[str]
) -> None:
    client = browser(bob)
    path = sent(client, "/collections/new", name="Ropes", award=["a", "b", "c"])

    assert sent(client, path, name="Knots", award=["a", "b", "c"], move=move) == path

    assert order() == expected
    assert Collection.objects.get().name == "Knots"


def test_the_order_of_the_form_counts_so_that_dragging_needs_nothing_else(bob: Any) -> None:
    client = browser(bob)
    path = sent(client, "/collections/new", name="Ropes", award=["a", "b", "c"])

    sent(client, path, name="Ropes", award=["c", "a", "a"])

    assert order() == ["c", "a"]
    page = shown(client, path)
    shown_order = [a["value"] for _, a in page.tags if a.get("name") == "award"]
    assert shown_order == ["c", "a", "b"]
    assert len([1 for tag, a in page.tags if tag == "li" and a.get("draggable") == "true"]) == 2


def test_it_is_published_under_a_secret_address_and_hidden_again(bob: Any) -> None:
    client = browser(bob)
    path = sent(client, "/collections/new", name="Ropes", award=["a"])

    assert "This collection is private" in said(client, f"{path}/share")
    assert sent(client, f"{path}/publish") == f"{path}/share"
    public = f"/public/collections/{Collection.objects.get().share_hash}"
    assert public in shown(client, path).all("a", "href")
    assert public in shown(client, "/collections").all("a", "href")
    assert "Badge a" in said(browser(), public)
    share = shown(client, f"{path}/share")
    assert any(value.endswith(public) for value in share.all("input", "value"))
    assert "/public/assertions/a/image?preview=social" in share.all("img", "src")

    sent(client, path, name="Ropes", award=["a"])
    assert browser().get(public).status_code == 404


def test_it_is_removed_once_that_was_confirmed(bob: Any) -> None:
    client = browser(bob)
    path = sent(client, "/collections/new", name="Ropes", award=["a"])

    assert "“Ropes” goes for good" in said(client, f"{path}/remove")
    assert Collection.objects.count() == 1
    assert sent(client, f"{path}/remove") == "/collections"
    assert "the badges in it are still yours" in said(client, "/collections")
    assert Collection.objects.count() == 0


@pytest.mark.parametrize(
    "sent_form",
    [
        {"name": ""},
        {"name": "x" * 129},
        {"name": "x", "description": "y" * 256},
        {"name": "a\0b"},
        {"name": "x", "award": ["nothing"]},
        {"name": "x", "award": ["carols"]},
        {"name": "x", "award": ["\0"]},
    ],
)
def test_what_does_not_hold_together_is_told_and_changes_nothing(
    bob: Any, sent_form: dict[str, Any]
) -> None:
    factories.assertion(to="carol@example.org", entity_id="carols")

    answer = browser(bob).post("/collections/new", sent_form)

    assert answer.status_code == 400
    assert "Please look at this again:" in answer.text
    assert Collection.objects.count() == 0


def test_other_peoples_collections_are_not_there(bob: Any) -> None:
    path = sent(browser(bob), "/collections/new", name="Ropes", award=["a"])
    carol = browser(factories.user("carol@example.org"))

    for verb in (carol.get, carol.post):
        for end in ("", "/share", "/remove", "/publish"):
            assert verb(f"{path}{end}").status_code == 404
    assert "Ropes" not in shown(carol, "/collections").text
    assert "Sign in to" in said(browser(), path)
    assert Collection.objects.get().share_hash == ""


def test_many_collections_and_badges_are_as_many_queries_as_one(bob: Any) -> None:
    client = browser(bob)
    counts = []
    for total in (1, 20):
        for number in range(Collection.objects.count(), total):
            path = sent(client, "/collections/new", name=f"C{number}", award=["a", "b"])
            factories.assertion(entity_id=f"more{number}")
        for address in ("/collections", path):
            with CaptureQueriesContext(connection) as made:
                shown(client, address)
            counts.append(len(made))

    assert counts[:2] == counts[2:]
