"""…/share: a badge, shown elsewhere."""

from typing import Any

import pytest

from rosette.models import Assertion, Share
from tests import factories, published
from tests.published import AWARD, ORIGIN
from tests.web.pages import browser, said, sent, shown

pytestmark = pytest.mark.django_db

PATH = f"/backpack/{AWARD}"
URL = f"{ORIGIN}/public/assertions/{AWARD}"


@pytest.fixture
def bob() -> Any:
    return factories.user("bob@example.org")


def test_all_ways_to_show_a_badge(bob: Any) -> None:
    published.award(acceptance="Accepted")
    client = browser(bob)

    page = shown(client, f"{PATH}/share")

    assert URL in page.all("input", "value")
    assert f'src="{URL}?embedVersion=2"' in page.text
    (code,) = [src for src in page.all("img", "src") if src.startswith("data:image/svg+xml")]
    assert len(code) > 500
    card = f"/public/assertions/{AWARD}/image?preview=social"
    assert card in page.all("img", "src")
    assert browser().get(card)["Content-Type"] == "image/png"
    for words in (
        "Name Knot Tying",
        "Issuing organization Harbor Learning",
        "Issue date May 2024",
        "Expiration date January 2030",
        f"Credential ID {AWARD}",
        f"Credential URL {URL}",
    ):
        assert words in page.text


def test_every_link_leads_to_the_network_and_is_noted(bob: Any) -> None:
    published.award(acceptance="Accepted")
    page = shown(browser(bob), f"{PATH}/share")

    ways = [link for link in page.all("a", "href") if "/v2/backpack/share/" in link]

    assert len(ways) == 6
    for way in ways:
        answer = browser().get(way)
        assert answer.status_code == 302
        assert not answer["Location"].startswith("/")
    assert Share.objects.count() == 6
    assert [link for link in page.all("a", "href") if link.startswith("mailto:")]


def test_no_page_of_a_network_is_loaded(bob: Any) -> None:
    published.award(acceptance="Accepted")
    page = shown(browser(bob), f"{PATH}/share")

    for source in [*page.all("img", "src"), *page.all("script", "src"), *page.all("link", "href")]:
        assert source.startswith(("/", "data:"))


def test_a_private_badge_is_not_shared_before_somebody_may_see_it(bob: Any) -> None:
    published.award(visibility="private")
    client = browser(bob)

    assert "This badge is private" in said(client, f"{PATH}/share")
    led = sent(client, PATH, step="show", visibility="link", back="share")
    page = shown(client, led)

    assert led == f"{PATH}/share"
    assert "Whoever has this link can see it, and nobody else." in page.text
    secret = Assertion.objects.get().share_hash
    assert f"{ORIGIN}/public/assertions/{secret}" in page.all("input", "value")


@pytest.mark.parametrize("state", ["revoked_at", "suspended_at"])
def test_what_does_not_hold_is_not_shared(bob: Any, state: str) -> None:
    published.award(**{state: published.CHANGED})

    page = shown(browser(bob), f"{PATH}/share")

    assert "This badge cannot be shared" in page.text
    assert not [link for link in page.all("a", "href") if "provider=" in link]
