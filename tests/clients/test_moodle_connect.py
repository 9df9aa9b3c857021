"""Moodle and a backpack of Open Badges 2.1, from the address to the badge, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser import PHONE
from tests.clients.moodle_connect import Entity, Moodle
from tests.clients.people import Person, person
from tests.foreign import Academy, academy
from tests.openbadges.facts import png
from tests.served import Served, serving

pytestmark = pytest.mark.served

CONTEXT = "https://w3id.org/openbadges/v2"


@pytest.fixture(scope="module")
def backpack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that may ask others on this machine, where the Moodle of the tests is."""
    folder = tmp_path_factory.mktemp("backpack")
    with serving(folder, ROSETTE_FETCH_LOOPBACK="true", ROSETTE_SITE_NAME="Harbor Badges") as here:
        yield here


@pytest.fixture
def bob(backpack: Served) -> Person:
    """Who earns."""
    return person(backpack, "bob")


@pytest.fixture
def site() -> Iterator[Academy]:
    """The pages that Moodle publishes."""
    with academy() as there:
        yield there


@pytest.fixture
def moodle(backpack: Served, site: Academy) -> Moodle:
    """Moodle, after its administrator has entered the backpack."""
    there = Moodle(site.origin, backpack.url)
    there.discover()
    there.register()
    return there


def sign_in(window: Page, who: Person) -> None:
    """Fill in the form."""
    window.get_by_label("Email address").fill(who.email)
    window.get_by_label("Password").fill(who.password)
    window.get_by_role("button", name="Sign in").click()


def published(site: Academy, to: str) -> Entity:
    """An award as Moodle publishes and sends it: badge and issuer inside."""
    home = f"{site.origin}/badges"
    issuer = {
        "@context": CONTEXT,
        "type": "Issuer",
        "id": f"{home}/issuer_json.php",
        "name": "Harbor Moodle",
        "url": site.origin,
        "email": "office@moodle.example.org",
    }
    badge = {
        "@context": CONTEXT,
        "type": "BadgeClass",
        "id": f"{home}/badge_json.php?id=7",
        "name": "Knot Tying",
        "description": "Ties knots",
        "image": site.put_image("/badges/f3.png", png()),
        "issuer": issuer["id"],
        "criteria": {"id": f"{home}/badgeclass.php?id=7", "narrative": "Tie **ten** knots"},
    }
    assertion = {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": f"{home}/assertion.php?b=8e8a&obversion=2",
        "badge": badge["id"],
        "recipient": {"identity": to, "type": "email", "hashed": False},
        "verify": {"type": "hosted", "url": f"{home}/assertion.php?b=8e8a&obversion=2"},
        "verification": {"type": "hosted"},
        "issuedOn": "2026-01-31T10:15:00+08:00",
    }
    for document in (issuer, badge, assertion):
        site.put(str(document["id"]).removeprefix(site.origin), document)
    return assertion | {"badge": badge | {"issuer": issuer}}


def test_a_learner_connects_and_badges_come_into_the_backpack(
    window: Page, moodle: Moodle, site: Academy, bob: Person
) -> None:
    window.goto(moodle.login_url())
    assert window.title() == "Sign in – Harbor Badges"
    sign_in(window, bob)

    assert window.title() == "Connect Harbor Moodle? – Harbor Badges"
    told = window.locator("main").inner_text()
    assert bob.email in told
    assert window.locator("main").get_by_role("listitem").all_inner_texts() == [
        "Put badges into your backpack",
        "See who you are",
    ]
    window.get_by_role("button", name="Allow").click()
    code = moodle.come_back(window.url)["code"]

    tokens = moodle.exchange(code)
    assert tokens["scope"].split() == moodle.scopes[1:]
    award = published(site, bob.email)
    assert moodle.put(award) is None
    assert moodle.put(award) == "DUPLICATE_BADGE: You already have this badge in your backpack"

    before = tokens["access_token"]
    moodle.refresh()
    assert moodle.tokens["access_token"] != before
    kept = bob.call("GET", "/v2/backpack/assertions").json()["result"]
    assert [(item["openBadgeId"], item["acceptance"]) for item in kept] == [
        (award["id"], "Accepted")
    ]
    # The first scope, which it loses, would be needed to read.
    assert moodle.assertions().json()["status"] == {
        "error": None,
        "statusCode": 401,
        "statusText": "PERMISSION_DENIED",
    }


def test_who_is_signed_in_is_asked_at_once_and_may_be_somebody_else(
    window: Page, moodle: Moodle, bob: Person, backpack: Served
) -> None:
    carol = person(backpack, "carol")
    window.goto(moodle.login_url())
    sign_in(window, bob)
    window.goto(moodle.login_url())

    assert bob.email in window.locator("main").inner_text()
    window.get_by_role("button", name="Use another account").click()
    sign_in(window, carol)
    assert carol.email in window.locator("main").inner_text()
    window.get_by_role("button", name="Allow").click()

    moodle.exchange(moodle.come_back(window.url)["code"])
    lent = carol.call("GET", "/v2/auth/tokens").json()["result"]
    assert "Harbor Moodle" in [token["application"]["name"] for token in lent]


def test_a_learner_who_refuses_goes_back_and_nothing_is_lent(
    window: Page, moodle: Moodle, bob: Person
) -> None:
    window.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    window.goto(moodle.login_url())
    sign_in(window, bob)
    window.get_by_role("button", name="Deny").click()

    assert moodle.come_back(window.url) == {"error": "access_denied", "state": moodle.session_key}


def test_a_wrong_password_is_told_where_it_was_typed(
    window: Page, moodle: Moodle, bob: Person
) -> None:
    window.goto(moodle.login_url())
    window.get_by_label("Email address").fill(bob.email)
    window.get_by_label("Password").fill("wrong")
    window.get_by_role("button", name="Sign in").click()

    assert window.title() == "Error: Sign in – Harbor Badges"
    assert (
        window.get_by_role("alert").inner_text()
        == "This address and this password do not belong together."
    )
    assert window.get_by_label("Email address").input_value() == bob.email


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_of_the_page(
    window: Page, moodle: Moodle, bob: Person, width: int
) -> None:
    window.set_viewport_size({"width": width, "height": 844})
    window.goto(moodle.login_url())
    for _ in ("sign in", "consent"):
        box = window.locator("html").bounding_box()
        inside = [
            part.bounding_box() for part in window.locator("main, main button, main input").all()
        ]
        assert box and box["width"] == width
        assert all(part["x"] + part["width"] <= width for part in inside if part)
        if window.get_by_label("Password").count():
            sign_in(window, bob)
