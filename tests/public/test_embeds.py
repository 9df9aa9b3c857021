"""oEmbed, and the frame that it leads to."""

from typing import Any

import pytest
from django.test import Client

from tests import published
from tests.public.test_assertions import NOT_FOUND
from tests.published import AWARD, KNOTS, ORIGIN

pytestmark = pytest.mark.django_db

URL = f"{ORIGIN}/public/assertions/{AWARD}"


def embed(width: int = 800, height: int = 420) -> dict[str, Any]:
    """What there is to embed, in this size."""
    return {
        "type": "rich",
        "version": "1.0",
        "title": "Knot Tying",
        "author_name": "Harbor Learning",
        "author_url": "https://harbor.example.org",
        "provider_name": "Rosette",
        "provider_url": ORIGIN,
        "thumbnail_url": f"{URL}/image",
        "thumbnail_width": 200,
        "thumnail_width": 200,
        "thumbnail_height": 200,
        "width": width,
        "height": height,
        "html": f'<iframe src="{URL}?embedVersion=2" title="Knot Tying" frameborder="0" '
        f'width="{width}px" height="{height}px"></iframe>',
    }


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"{URL}.json",
        f"{URL}/",
        f"{URL}?identity__email=bob@example.org",
        f"https://old.example/public/assertions/{AWARD}",
        f"/public/assertions/{AWARD}",
    ],
)
@pytest.mark.parametrize("path", ["/public/oembed", "/public/oembed.json"])
def test_an_award_can_be_embedded(
    client: Client, django_assert_num_queries: Any, path: str, url: str
) -> None:
    published.award()

    with django_assert_num_queries(1):
        response = client.get(path, {"url": url, "format": "json"})

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.json() == embed()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, embed()),
        ({"maxwidth": "500"}, embed(width=500)),
        ({"maxwidth": "5000"}, embed(width=800)),
        ({"maxwidth": "-5"}, embed(width=320)),
        ({"maxheight": "600"}, embed(height=600)),
        ({"maxheight": "100"}, embed(height=420)),
        ({"maxheight": "9" * 30}, embed(height=10_000)),
        ({"maxwidth": "700", "maxheight": "500"}, embed(700, 500)),
    ],
)
def test_w16_width_and_height_are_read_from_what_is_named_so(
    client: Client, query: dict[str, str], expected: dict[str, Any]
) -> None:
    published.award()

    assert client.get("/public/oembed", {"url": URL, **query}).json() == expected


@pytest.mark.parametrize(
    "query", [{"maxwidth": "wide"}, {"maxheight": ""}, {"maxwidth": "9" * 5000}]
)
def test_a_size_that_is_no_number_is_refused(client: Client, query: dict[str, str]) -> None:
    published.award()

    response = client.get("/public/oembed", {"url": URL, **query})

    assert response.status_code == 400
    assert response.json()["validationErrors"] == ["Cannot parse OEmbed request parameters."]


@pytest.mark.parametrize("format", ["xml", "", "yaml"])
def test_w16_other_formats_are_501(client: Client, format: str) -> None:
    published.award()

    response = client.get("/public/oembed", {"url": URL, "format": format})

    assert response.status_code == 501
    assert response.json() == {
        "status": {"success": False, "description": "miscellaneous error"},
        "result": [],
        "fieldErrors": {},
        "validationErrors": ["Only json format is supported at this time."],
    }


def test_w16_a_revoked_award_is_not_embedded(client: Client) -> None:
    published.award(revoked_at=published.CHANGED)

    response = client.get("/public/oembed", {"url": URL})

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nonsense",
        "http://[",
        f"{ORIGIN}/public/assertions/nothing",
        f"{ORIGIN}/public/assertions/a\0b",
        f"{ORIGIN}/public/badges/{KNOTS}",
        f"{ORIGIN}/elsewhere/public/assertions/{AWARD}",
    ],
)
def test_nothing_else_is_embedded(client: Client, url: str) -> None:
    published.award()

    response = client.get("/public/oembed", {"url": url})

    assert (response.status_code, response.json()) == (404, NOT_FOUND)


def test_a_name_cannot_break_out_of_the_frame(client: Client) -> None:
    published.award(published.knots(name='"><script>alert(1)</script>'))

    html = client.get("/public/oembed", {"url": URL}).json()["html"]

    assert 'title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in html


def test_the_frame_shows_one_card_that_leads_to_the_page(client: Client) -> None:
    published.award()

    response = client.get(
        f"/public/assertions/{AWARD}?embedVersion=2", headers={"Accept": "text/html"}
    )

    assert response.status_code == 200
    assert "X-Frame-Options" not in response
    assert '<base target="_blank">' in response.text
    assert f'<a href="/public/assertions/{AWARD}" rel="noopener">Knot Tying</a>' in response.text
    assert "site-header" not in response.text
