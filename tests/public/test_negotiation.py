"""Page or document, and what every public answer says to browsers, caches and other sites."""

from typing import Any

import pytest
from django.test import Client

from tests import published
from tests.public.test_assertions import ASSERTION, NOT_FOUND
from tests.published import AWARD, HARBOR, KNOTS, SHARE

pytestmark = pytest.mark.django_db

PATH = f"/public/assertions/{AWARD}"
LD, JSON, HTML = "application/ld+json", "application/json", "text/html; charset=utf-8"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
# What has a page, and what has none.
PAGES = [
    PATH,
    f"/public/badges/{KNOTS}",
    f"/public/badges/{KNOTS}/criteria",
    f"/public/issuers/{HARBOR}",
    f"/public/issuers/{HARBOR}/badges",
    f"/public/collections/{SHARE}",
]
OTHERS = [
    f"{PATH}/image",
    f"{PATH}/baked",
    f"/public/badges/{KNOTS}/image?type=png",
    f"/public/issuers/{HARBOR}/image",
    f"/public/oembed?url=https://badges.example.org{PATH}",
]


@pytest.fixture
def everything() -> None:
    published.collection(published.award())


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, LD),
        ("*/*", LD),
        ("application/*", LD),
        ("application/ld+json", LD),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', LD),
        ("application/json", JSON),
        ("application/json, text/plain, */*", JSON),
        ("application/json, text/html", JSON),
        ("text/html, application/json", HTML),
        ("text/html;q=0.5, application/json;q=0.9", JSON),
        ("application/json;q=0.5, text/html;q=0.9", HTML),
        ("text/html;q=0, */*", LD),
        ("text/*", HTML),
        (FIREFOX, HTML),
    ],
)
def test_k4_the_form_is_the_one_that_is_liked_best(
    client: Client, everything: None, accept: str | None, expected: str
) -> None:
    response = client.get(PATH, headers={"Accept": accept} if accept else {})

    assert (response.status_code, response["Content-Type"]) == (200, expected)


@pytest.mark.parametrize("accept", ["image/png", "text/plain", "text/html;q=0"])
def test_neither_page_nor_document_is_406(client: Client, everything: None, accept: str) -> None:
    response = client.get(PATH, headers={"Accept": accept})

    assert response.status_code == 406
    assert response.json() == {
        "status": {"success": False, "description": "miscellaneous error"},
        "result": [],
        "fieldErrors": {},
        "validationErrors": ["Could not satisfy the request Accept header."],
    }


@pytest.mark.parametrize("address", [f"{PATH}.json", f"{PATH}?format=json"])
@pytest.mark.parametrize("accept", ["text/html", FIREFOX, "image/png", "*/*"])
def test_w28_json_in_the_address_is_always_json(
    client: Client, everything: None, address: str, accept: str
) -> None:
    response = client.get(address, headers={"Accept": accept, "User-Agent": "Twitterbot/1.0"})

    assert (response.status_code, response["Content-Type"]) == (200, JSON)
    assert response.json() == ASSERTION


@pytest.mark.parametrize(
    "agent",
    [
        "LinkedInBot/1.0 (compatible; Mozilla/5.0)",
        "Twitterbot/1.0",
        "facebookexternalhit/1.1",
        "Slackbot-LinkExpanding 1.0",
        "Mozilla/5.0 (compatible; Discordbot/2.0)",
    ],
)
def test_previews_of_links_get_the_page_that_people_get(
    client: Client, everything: None, agent: str
) -> None:
    page = client.get(PATH, headers={"Accept": FIREFOX})

    for accept in ({}, {"Accept": "*/*"}):
        preview = client.get(PATH, headers={"User-Agent": agent, **accept})

        assert preview.content == page.content
        assert preview["Vary"] == "Accept-Language, Accept, User-Agent, origin"

    named = client.get(PATH, headers={"User-Agent": agent, "Accept": "application/json"})
    assert named["Content-Type"] == JSON


@pytest.mark.parametrize("address", PAGES)
def test_a_browser_gets_a_page_at_the_same_address(
    client: Client, everything: None, address: str
) -> None:
    response = client.get(address, headers={"Accept": FIREFOX})

    assert (response.status_code, response["Content-Type"]) == (200, HTML)
    assert response["Vary"] == "Accept-Language, Accept, origin"
    assert "X-Frame-Options" not in response
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors *"
    )


@pytest.mark.parametrize("address", [*PAGES, *OTHERS])
@pytest.mark.parametrize("accept", ["*/*", FIREFOX])
def test_every_answer_is_for_shared_caches_and_has_a_304(
    client: Client, everything: None, address: str, accept: str
) -> None:
    first = client.get(address, headers={"Accept": accept})
    if first.status_code == 302:  # the criteria, for programs
        return
    again = client.get(address, headers={"Accept": accept, "If-None-Match": first["ETag"]})

    assert first["Cache-Control"] == "public, max-age=30, stale-while-revalidate=120"
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == first["Cache-Control"]
    assert not first.cookies


@pytest.mark.parametrize(
    ("address", "vary"),
    [
        (PATH, "Accept, User-Agent, origin"),
        (f"{PATH}.json", "origin"),
        (f"{PATH}/image", "origin"),
        (f"/public/badges/{KNOTS}/criteria", "Accept, User-Agent, origin"),
    ],
)
def test_vary_names_what_the_form_was_read_from(
    client: Client, everything: None, address: str, vary: str
) -> None:
    assert client.get(address, headers={"Accept": "*/*"})["Vary"] == vary


@pytest.mark.parametrize(
    ("address", "status"),
    [
        *((address, None) for address in [*PAGES, *OTHERS]),
        ("/public/assertions/nothing", 404),
        ("/public/assertions/nothing/image", 404),
        (f"/public/badges/{KNOTS}/image?type=gif", 400),
        ("/public/verify", 405),
        ("/health", 200),
    ],
)
def test_w19_every_answer_may_be_read_by_any_site_and_takes_no_cookie(
    client: Client, everything: None, address: str, status: int | None
) -> None:
    origin = {"Origin": "https://elsewhere.example:8443"}
    first = client.get(address, headers=origin)
    answers = [first]
    if "ETag" in first:
        answers.append(client.get(address, headers=origin | {"If-None-Match": first["ETag"]}))
        assert answers[1].status_code == 304

    assert status is None or first.status_code == status
    for response in answers:
        assert response["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response


def test_w19_a_preflight_is_granted(client: Client) -> None:
    headers = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}

    response = client.options("/public/verify", headers=headers)

    assert response.status_code == 200
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("address", [*PAGES, f"{PATH}.json", "/public/assertions/nothing"])
def test_documents_and_pages_may_be_framed(client: Client, everything: None, address: str) -> None:
    assert "X-Frame-Options" not in client.get(address)


@pytest.mark.parametrize("address", [*OTHERS, "/public/verify", "/health", "/robots.txt"])
def test_everything_else_may_not(client: Client, everything: None, address: str) -> None:
    assert client.get(address)["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("address", [*PAGES, *OTHERS])
@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_nothing_here_can_be_changed(
    client: Client, everything: None, address: str, verb: str
) -> None:
    response = getattr(client, verb)(address)

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert response.json()["validationErrors"] == [f'Method "{verb.upper()}" not allowed.']


@pytest.mark.parametrize("address", [*PAGES, *OTHERS])
def test_head_is_get_without_the_body(client: Client, everything: None, address: str) -> None:
    same = {"X-Request-ID": "lesson-17"}
    head, get = client.head(address, headers=same), client.get(address, headers=same)

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert head.headers == get.headers


@pytest.mark.parametrize(
    "address",
    [
        "/public/assertions/nothing",
        "/public/badges/nothing",
        "/public/badges/nothing/criteria",
        "/public/issuers/nothing",
        "/public/collections/nothing",
    ],
)
def test_what_there_is_not_is_a_page_for_people_and_an_envelope_for_programs(
    client: Client, address: str
) -> None:
    page = client.get(address, headers={"Accept": FIREFOX})
    program = client.get(address, headers={"Accept": "*/*"})

    assert (page.status_code, page["Content-Type"]) == (404, HTML)
    assert "There is nothing here" in page.text
    assert (program.status_code, program["Content-Type"]) == (404, LD)
    assert program.json() == NOT_FOUND
    for response in (page, program):
        assert response["Cache-Control"] == "no-store"


def test_an_authorization_header_is_not_looked_at(client: Client, everything: None) -> None:
    response = client.get(PATH, headers={"Authorization": "Bearer nonsense"})

    assert response.json() == ASSERTION


def test_addresses_are_made_of_the_origin_and_not_of_the_host(
    client: Client, everything: None
) -> None:
    assert client.get(PATH, headers={"Host": "evil.example"}).json() == ASSERTION


def test_another_site_name_is_another_page(client: Client, everything: None, settings: Any) -> None:
    html = {"Accept": "text/html"}
    had = client.get(PATH, headers=html)["ETag"]

    settings.ROSETTE = settings.ROSETTE.model_copy(update={"site_name": "Harbor Badges"})
    response = client.get(PATH, headers=html | {"If-None-Match": had})

    assert response.status_code == 200
    assert "· Harbor Badges</title>" in response.text
