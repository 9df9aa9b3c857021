"""/backpack/:id/wallet: a badge goes into a wallet, by a code that it scans."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from django.utils import timezone

from rosette.models import Acceptance, Assertion, Offer
from tests import factories, published
from tests.published import AWARD
from tests.web.pages import Page, browser, shown

pytestmark = pytest.mark.django_db

PATH = f"/backpack/{AWARD}/wallet"


@pytest.fixture
def bob() -> Any:
    return factories.user("bob@example.org")


def asked(client: Any) -> str:
    """The page that shows the code."""
    response = client.post(PATH)
    assert response.status_code == 200
    return str(response.text)


def test_the_code_is_asked_for_by_a_button_and_shown_once(bob: Any) -> None:
    published.award()
    client = browser(bob)

    before = shown(client, PATH)
    assert Offer.objects.count() == 0
    assert "Show the code" in before.text
    text = asked(client)

    offer = Offer.objects.get()
    [link] = re.findall(r'href="(openid-credential-offer://[^"]+)"', text)
    [digits] = re.findall(r'id="digits">(\d{6})<', text)
    assert "<svg" in text
    assert "credential_offer_uri=" in link
    later = client.get(f"{PATH}/{offer.entity_id}").text
    assert link not in later
    assert digits not in later


def test_what_the_page_shows_is_good_for_a_wallet(bob: Any, client: Any) -> None:
    published.award()
    text = asked(browser(bob))
    [link] = re.findall(r'href="(openid-credential-offer://[^"]+)"', text)
    [digits] = re.findall(r'id="digits">(\d{6})<', text)
    address = parse_qs(urlsplit(link).query)["credential_offer_uri"][0]

    offered = client.get(urlsplit(address).path).json()
    [(grant_type, grant)] = offered["grants"].items()
    token = client.post(
        "/o/token",
        {
            "grant_type": grant_type,
            "pre-authorized_code": grant["pre-authorized_code"],
            "tx_code": digits,
        },
    )

    assert token.status_code == 200
    assert orjson.loads(token.content)["access_token"]
    where = f"{PATH}/{Offer.objects.get().entity_id}"
    assert "A wallet is fetching the badge" in shown(browser(bob), where).text


@pytest.mark.parametrize(
    ("became", "said"),
    [
        ({}, "Waiting for your wallet, until"),
        ({"token_expires_at": timedelta(minutes=1)}, "A wallet is fetching the badge"),
        ({"taken_at": timedelta()}, "has not confirmed it yet"),
        ({"taken_at": timedelta(), "event": "credential_accepted"}, "The wallet has confirmed it."),
        ({"taken_at": timedelta(), "event": "credential_deleted"}, "has removed it since"),
        ({"taken_at": timedelta(), "event": "credential_failure"}, "could not keep the badge"),
        ({"expires_at": timedelta(minutes=-1)}, "This code is over."),
    ],
)
def test_the_page_says_what_became_of_it_and_asks_again_only_while_that_may_change(
    bob: Any, became: dict[str, Any], said: str
) -> None:
    now = timezone.now()
    fields = {
        name: now + value if isinstance(value, timedelta) else value
        for name, value in became.items()
    }
    offer = factories.offer(published.award(), bob, "reference", **fields)
    client = browser(bob)
    where = f"{PATH}/{offer.entity_id}"

    assert said in shown(client, where).text
    part = client.get(where, headers={"HX-Request": "true"}).text
    assert said in Page(part).text
    assert "<h1" not in part
    again = re.findall(r'hx-get="([^"]+)"', part)
    is_over = "event" in became or "expires_at" in became
    assert bool(again) is not is_over
    if again:  # nothing new, so nothing is swapped
        assert client.get(again[0], headers={"HX-Request": "true"}).status_code == 204


def test_another_code_ends_the_first(bob: Any) -> None:
    published.award()
    client = browser(bob)
    asked(client)
    first = Offer.objects.get()

    asked(client)

    assert "This code is over." in shown(client, f"{PATH}/{first.entity_id}").text


def test_only_the_recipient_sees_or_makes_an_offer(bob: Any) -> None:
    offer = factories.offer(published.award(), bob, "reference")
    carol = browser(factories.user("carol@example.org"))

    assert carol.get(PATH).status_code == 404
    assert carol.post(PATH).status_code == 404
    assert carol.get(f"{PATH}/{offer.entity_id}").status_code == 404
    assert browser(bob).get(f"{PATH}/nothing").status_code == 404
    assert Offer.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"revoked_at": timezone.now()}, "This award does not hold (any more)."),
        ({"acceptance": Acceptance.REJECTED}, "You rejected this award."),
        ({"source_url": "https://academy.example.org/a"}, "Only awards of this server"),
    ],
)
def test_what_cannot_be_taken_is_said_in_words(bob: Any, fields: dict[str, Any], said: str) -> None:
    published.award(**fields)
    client = browser(bob)

    assert said in shown(client, PATH).text
    assert said in Page(client.post(PATH).text).text
    assert Offer.objects.count() == 0


def test_the_badge_leads_there_and_files_are_the_way_without_scanning(bob: Any) -> None:
    published.award()
    Assertion.objects.update(acceptance=Acceptance.ACCEPTED)
    client = browser(bob)

    assert PATH in shown(client, f"/backpack/{AWARD}").all("a", "href")
    links = shown(client, PATH).all("a", "href")
    assert f"/backpack/{AWARD}/download/json" in links
    assert f"/backpack/{AWARD}/download/jwt" in links
