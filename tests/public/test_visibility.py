"""Every public address of an award, while it is for everybody, by link, or for nobody else."""

from typing import Any

import pytest
from django.test import Client

from rosette.models import Assertion
from rosette.openbadges.baking import unbake
from tests import published
from tests.public.test_assertions import ASSERTION, NOT_FOUND
from tests.published import AWARD, ORIGIN, SHARE

pytestmark = pytest.mark.django_db

HASH = "0123456789abcdef0123456789abcdef"
ADDRESS = f"{ORIGIN}/public/assertions/{HASH}"
BROWSER = {"Accept": "text/html"}
# What is asked, with the award's name in place of `{}`, and with which headers.
ASKED = [
    *((f"/public/assertions/{{}}{tail}", {}) for tail in ("", ".json", "?v=1_1", "?expand=badge")),
    ("/public/assertions/{}", BROWSER),
    ("/public/assertions/{}?embedVersion=2", BROWSER),
    ("/public/assertions/{}?identity__email=bob@example.org", BROWSER),
    ("/public/assertions/{}", {"User-Agent": "LinkedInBot/1.0"}),
    ("/public/assertions/{}", {"If-Modified-Since": "Sat, 01 Jan 2050 00:00:00 GMT"}),
    ("/public/assertions/{}/image", {}),
    ("/public/assertions/{}/image?type=png", {}),
    ("/public/assertions/{}/image?preview=social", {}),
    ("/public/assertions/{}/baked", {}),
    ("/public/assertions/{}/baked?v=1_1", {}),
    (f"/public/oembed?format=json&url={ORIGIN}/public/assertions/{{}}", {}),
]


def _see(award: Assertion, visibility: str) -> None:
    award.visibility = visibility
    award.share_hash = HASH if visibility == "link" else None
    award.save()


@pytest.mark.parametrize(("path", "headers"), ASKED)
def test_a_private_award_is_found_by_nobody_anywhere(
    client: Client, path: str, headers: dict[str, str]
) -> None:
    award = published.award()
    assert client.get(path.format(AWARD), headers=headers).status_code in (200, 302, 304)

    _see(award, "private")

    for name in (AWARD, HASH, "None", ""):
        response = client.get(path.format(name), headers=headers)
        assert response.status_code == 404
        assert b"Knot Tying" not in response.content


@pytest.mark.parametrize(("path", "headers"), ASKED)
def test_an_award_by_link_is_found_by_its_hash_alone_and_by_no_search_engine(
    client: Client, path: str, headers: dict[str, str]
) -> None:
    _see(published.award(), "link")

    assert client.get(path.format(AWARD), headers=headers).status_code == 404
    response = client.get(path.format(HASH), headers=headers)

    assert response.status_code in (200, 302, 304)
    assert (response["X-Robots-Tag"], response["Referrer-Policy"]) == ("noindex", "no-referrer")
    assert AWARD.encode() not in response.content


@pytest.mark.parametrize(("path", "headers"), ASKED)
def test_a_public_award_is_for_search_engines_too(
    client: Client, path: str, headers: dict[str, str]
) -> None:
    published.award()

    assert "X-Robots-Tag" not in client.get(path.format(AWARD), headers=headers)


def test_an_award_by_link_is_verified_where_its_own_document_says(client: Client) -> None:
    _see(published.award(), "link")

    document = client.get(f"/public/assertions/{HASH}").json()
    assert document == ASSERTION | {"id": ADDRESS, "image": f"{ADDRESS}/image"}
    baked = client.get(f"/public/assertions/{HASH}/baked").content
    assert client.get(f"/public/assertions/{HASH}/image").content == baked
    assert ADDRESS in unbake(baked)
    assert AWARD not in unbake(baked)


@pytest.mark.parametrize("visibility", ["link", "private"])
def test_checking_again_is_by_what_can_be_seen(client: Client, visibility: str) -> None:
    _see(published.award(), visibility)

    def verify(name: str) -> Any:
        return client.post("/public/verify", {"entity_id": name}).json()

    assert verify(AWARD) == NOT_FOUND
    if visibility == "link":
        assert verify(HASH)["result"][0]["id"] == ADDRESS


def test_a_collection_has_what_its_owner_lets_be_seen(client: Client) -> None:
    knots = published.knots()
    award = published.award(knots)
    published.collection(award)
    path = f"/public/collections/{SHARE}"
    assert client.get(path).json()["badges"] == [ASSERTION]
    had = {"If-None-Match": client.get(path)["ETag"]}

    _see(award, "link")
    response = client.get(path, headers=had)
    assert response.json()["badges"] == [
        ASSERTION | {"id": ADDRESS, "image": f"{ADDRESS}/image"},
    ]
    assert response["X-Robots-Tag"] == "noindex"
    page = client.get(path, headers=BROWSER).content.decode()
    assert f"/public/assertions/{HASH}" in page
    assert AWARD not in page

    had = {"If-None-Match": response["ETag"]}
    _see(award, "private")
    response = client.get(path, headers=had)
    assert response.json()["badges"] == []
    assert "Knot Tying" not in client.get(path, headers=BROWSER).content.decode()


def test_who_had_a_public_award_learns_that_it_is_private(client: Client) -> None:
    award = published.award()
    had = {"If-None-Match": client.get(f"/public/assertions/{AWARD}")["ETag"]}

    _see(award, "private")

    response = client.get(f"/public/assertions/{AWARD}", headers=had)
    assert (response.status_code, response.json()) == (404, NOT_FOUND)
    _see(award, "public")
    assert client.get(f"/public/assertions/{AWARD}").json() == ASSERTION


@pytest.mark.parametrize("name", [AWARD, HASH])
def test_a_document_is_one_query_more_by_link(
    client: Client, django_assert_num_queries: Any, name: str
) -> None:
    award = published.award()
    if name == HASH:
        _see(award, "link")

    with django_assert_num_queries(1 if name == AWARD else 2):
        client.get(f"/public/assertions/{name}")
