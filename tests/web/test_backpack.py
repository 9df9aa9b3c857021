"""/backpack: what a person has earned, and one of their badges."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rosette.models import Acceptance, Assertion, Original
from rosette.openbadges.baking import unbake
from rosette.operations import imports, pictures
from rosette.operations.policies import Actor
from tests import factories, published
from tests.foreign import Academy, academy
from tests.openbadges.facts import SVG
from tests.published import AWARD
from tests.web.pages import browser, said, sent, shown

pytestmark = pytest.mark.django_db

PATH = f"/backpack/{AWARD}"


@pytest.fixture
def bob() -> Any:
    return factories.user("bob@example.org")


@pytest.fixture
def school(settings: Any) -> Iterator[Academy]:
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"fetch_loopback": True})
    with academy() as there:
        yield there


def test_an_empty_backpack_names_three_ways_in(bob: Any) -> None:
    page = shown(browser(bob), "/backpack")

    assert "Your backpack is empty There are three ways in:" in page.text
    assert "/backpack/import" in page.all("a", "href")


def test_what_waits_stands_on_top_and_is_accepted_or_put_away(bob: Any) -> None:
    published.award()
    client = browser(bob)

    assert "A badge waits for you" in said(client, "/backpack")
    assert sent(client, PATH, step="accept") == PATH
    page = shown(client, "/backpack")

    assert "waits for you" not in page.text
    assert "1 badge " in page.text
    assert Assertion.objects.get().acceptance == Acceptance.ACCEPTED
    assert "Knot Tying" in page.text


def test_not_mine_can_be_undone(bob: Any) -> None:
    published.award()
    client = browser(bob)

    assert sent(client, PATH, step="reject") == "/backpack"
    page = shown(client, "/backpack")

    assert "The badge was put away" in page.text
    assert f"{PATH}/undo" in page.all("form", "action")
    assert "Your backpack is empty" in page.text
    assert sent(client, f"{PATH}/undo") == PATH
    assert "The badge is back." in said(client, PATH)


def test_badges_are_searched_and_filtered(bob: Any) -> None:
    harbor = published.harbor()
    knots = published.knots(harbor)
    night = published.knots(harbor, entity_id="night", name="Night Navigation", tags=[])
    other = factories.badgeclass(
        factories.issuer(name="Pier"), name="Anchor", image=knots.image, entity_id="anchor"
    )
    for number, badgeclass in enumerate((knots, night, other)):
        published.award(
            badgeclass,
            entity_id=f"a{number}",
            acceptance="Accepted",
            issued_on=datetime(2022 + number, 5, 2, tzinfo=UTC),
        )
    client = browser(bob)

    def names(query: str) -> list[str]:
        text = shown(client, f"/backpack?{query}").text
        return [name for name in ("Knot Tying", "Night Navigation", "Anchor") if name in text]

    assert names("") == ["Knot Tying", "Night Navigation", "Anchor"]
    assert names("q=night") == ["Night Navigation"]
    assert names("q=ROPE") == ["Knot Tying"]
    assert names("year=2024") == ["Anchor"]
    assert names(f"issuer={harbor.entity_id}") == ["Knot Tying", "Night Navigation"]
    assert names(f"issuer={harbor.entity_id}&year=2024") == []
    assert "None of your badges fits all of that." in said(client, "/backpack?q=zzz")
    for odd in ("page=0", "page=-1", "page=%00", "page=9999999", "year=%00", "q=%22%3E%3Cscript"):
        shown(client, f"/backpack?{odd}")


def test_many_badges_are_as_many_queries_as_one_and_come_by_the_page(bob: Any) -> None:
    knots = published.knots()
    counts = []
    for total in (1, 70):
        for number in range(Assertion.objects.count(), total):
            badgeclass = factories.badgeclass(knots.issuer, name=f"K{number}", image=knots.image)
            factories.assertion(badgeclass, acceptance="Accepted")
        client = browser(bob)
        with CaptureQueriesContext(connection) as made:
            shown(client, "/backpack")
        counts.append(len(made))

    first, second = (shown(client, f"/backpack?page={number}") for number in (1, 2))
    assert counts[0] == counts[1]
    assert "/backpack?page=2" in first.all("a", "href")
    assert [len(page.all("img", "loading")) for page in (first, second)] == [60, 10]


def test_one_badge_with_all_that_belongs_to_it(bob: Any) -> None:
    published.award(acceptance="Accepted")

    page = shown(browser(bob), PATH)

    for words in (
        "Awarded by Harbor Learning on May 2, 2024",
        "Tie ten knots",
        "What was done nn",
        "e.example.org/1",
        "It was awarded on this site, and its issuer stands by it.",
        "Who can see it",
        "Report a mistake to its issuer",
    ):
        assert words in page.text
    links = page.all("a", "href")
    assert {f"{PATH}/share", f"/public/assertions/{AWARD}"} <= set(links)
    for form in ("picture", "picture-3", "json", "jwt"):
        assert f"{PATH}/download/{form}" in links


@pytest.mark.parametrize("visibility", ["public", "private", "link"])
def test_every_form_can_be_downloaded_whoever_else_sees_it(bob: Any, visibility: str) -> None:
    published.award(visibility=visibility, share_hash="0" * 32 if visibility == "link" else None)
    client = browser(bob)
    forms = ("picture", "picture-3", "json", "jwt")

    files = {form: client.get(f"{PATH}/download/{form}") for form in forms}

    for answer in files.values():
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith('attachment; filename="knot-tying.')
        assert answer["Cache-Control"] == "no-store"
    assert "Assertion" in unbake(files["picture"].content)
    assert "OpenBadgeCredential" in unbake(files["picture-3"].content, "credential")
    assert files["json"].json()["proof"][0]["cryptosuite"] == "eddsa-rdfc-2022"
    assert files["jwt"].text.count(".") == 2
    assert client.get(f"{PATH}/download/pdf").status_code == 404


def test_a_drawn_badge_is_downloaded_as_it_is_and_as_png(bob: Any) -> None:
    published.award(published.knots(image=pictures.keep(SVG)))
    client = browser(bob)

    assert f"{PATH}/download/picture-png" in shown(client, PATH).all("a", "href")
    drawn = client.get(f"{PATH}/download/picture")
    raster = client.get(f"{PATH}/download/picture-png")

    assert (drawn["Content-Type"], raster["Content-Type"]) == ("image/svg+xml", "image/png")
    assert unbake(raster.content) == unbake(drawn.content)


def test_who_can_see_it_is_for_its_recipient_to_say(bob: Any) -> None:
    row = published.award()
    client = browser(bob)

    for wished in ("private", "link", "public", "link"):
        assert sent(client, PATH, step="show", visibility=wished) == PATH
        row.refresh_from_db()
        assert row.visibility == wished
    page = shown(client, PATH)

    assert f"/public/assertions/{row.share_hash}" in page.all("a", "href")
    assert sent(client, PATH, step="show", visibility="everybody") == PATH
    row.refresh_from_db()
    assert row.visibility == "link"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"revoked_at": published.CHANGED, "revocation_reason": "Error"}, "Revoked. The issuer"),
        ({"suspended_at": published.CHANGED}, "Suspended. The issuer"),
        ({"expires_on": published.CHANGED}, "Expired"),
        ({"expires_on": timezone.now() + timedelta(days=3)}, "Expires soon"),
    ],
)
def test_each_state_is_told(bob: Any, fields: Any, words: str) -> None:
    published.award(acceptance="Accepted", **fields)
    client = browser(bob)

    assert words in said(client, PATH)
    assert words.partition(".")[0] in said(client, "/backpack")


def test_an_imported_badge_is_checked_again_and_forgotten(bob: Any, school: Academy) -> None:
    item = imports.import_award(school.award(), by=Actor.person(bob))
    path = f"/backpack/{item.award.entity_id}"
    client = browser(bob)
    Original.objects.update(checked_at=published.CHANGED)

    assert "Its issuer was last asked on May 3, 2024" in said(client, path)
    assert sent(client, path, step="check") == path
    assert "Its issuer was asked just now" in said(client, path)
    assert client.get(f"{path}/download/picture").status_code == 200
    assert client.get(f"{path}/download/jwt").status_code == 404

    school.pages.clear()
    sent(client, path, step="check")
    assert "Its issuer could not be asked" in said(client, path)
    assert sent(client, path, step="reject") == "/backpack"
    assert "You can import it again at any time." in said(client, "/backpack")
    assert not Assertion.objects.exists()


def test_other_peoples_badges_are_not_there() -> None:
    published.award()
    carol = browser(factories.user("carol@example.org"))

    for path in (PATH, f"{PATH}/share", f"{PATH}/download/picture"):
        assert carol.get(path).status_code == 404
    for path in (PATH, f"{PATH}/undo"):
        assert carol.post(path, {"step": "accept"}).status_code == 404
    assert Assertion.objects.get().acceptance == Acceptance.UNACCEPTED
    assert "Knot Tying" not in shown(carol, "/backpack").text


@pytest.mark.parametrize("path", ["/backpack", PATH, f"{PATH}/share", "/backpack/import"])
def test_strangers_sign_in_first(path: str) -> None:
    published.award()

    page = shown(browser(), path)

    assert "Sign in to" in page.text
    assert "Knot Tying" not in page.text
