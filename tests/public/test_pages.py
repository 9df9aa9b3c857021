"""What people see: pages that say the same as the documents, and no more than visitors may know."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from time import time
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import BadgeClass, Original
from rosette.operations import pictures
from tests import factories, published
from tests.openbadges.facts import png
from tests.published import AWARD, HARBOR, KNOTS, ORIGIN, SHARE

pytestmark = pytest.mark.django_db

PATH = f"/public/assertions/{AWARD}"
CLASS = f"/public/badges/{KNOTS}"
ISSUER = f"/public/issuers/{HARBOR}"
COLLECTION = f"/public/collections/{SHARE}"
EVERY = [PATH, CLASS, f"{CLASS}/criteria", ISSUER, f"{ISSUER}/badges", COLLECTION]


class Page(HTMLParser):
    """A page as it is read: its words, its tags with their attributes, and what it names itself."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.text = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.words += " " if tag == "dd" else ""

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str, attribute: str) -> list[str]:
        """The values of the attribute on every such tag that has it."""
        return [a[attribute] or "" for t, a in self.tags if t == tag and attribute in a]

    @property
    def meta(self) -> dict[str, str]:
        """The tags for previews of links, by name."""
        return {
            name: attributes["content"] or ""
            for tag, attributes in self.tags
            if tag == "meta"
            and (name := attributes.get("property") or attributes.get("name"))
            and name.startswith(("og:", "twitter:"))
        }


def page(client: Client, address: str) -> Page:
    response = client.get(address, headers={"Accept": "text/html"})
    assert response.status_code == 200
    return Page(response.text)


def test_an_award(client: Client) -> None:
    published.award()

    shown = page(client, PATH)

    for words in (
        "Knot Tying",
        "Ties knots",
        "Awarded to the owner of an email address that is kept private"
        " on May 2, 2024 by Harbor Learning",
        "Valid Until Jan. 1, 2030",
        "What was done nn",
        "Evidence e1 e.example.org/1 two",
        "How it is earned Tie ten knots Criteria: harbor.example.org/knots",
        "Aligned to Std 1 1.a",
        "Tags rope",
        f"{ORIGIN}{PATH}",
    ):
        assert words in shown.text
    assert f"{PATH}/image" in shown.all("img", "src")
    for address in (
        CLASS,
        ISSUER,
        f"{PATH}.json",
        f"{PATH}.json?v=1_1",
        f"{PATH}/baked?download=1",
        f"{PATH}/baked?v=1_1&download=1",
        f"{PATH}/baked?v=3_0&download=1",
        f"{PATH}/ob3.json",
        "https://e.example.org/1",
        "https://std.example.org/1",
    ):
        assert address in shown.all("a", "href")


def test_every_link_of_the_site_leads_somewhere(client: Client, settings: Any) -> None:
    published.collection(published.award())

    for start in EVERY:
        shown = page(client, start)
        for address in [*shown.all("a", "href"), *shown.all("img", "src")]:
            if address.startswith("/public"):
                assert client.get(address).status_code == 200, address
        for address in [*shown.all("link", "href"), *shown.all("img", "src")]:
            if address.startswith("/static"):
                assert (settings.STATIC_ROOT / address.removeprefix("/static/")).is_file()


def test_a_revoked_award_says_so_and_shows_nothing_of_its_own(client: Client) -> None:
    published.award(revoked_at=published.CHANGED, revocation_reason="Issued in error")

    shown = page(client, PATH)

    assert "Revoked. The issuer has taken this award back" in shown.text
    assert "Reason: Issued in error" in shown.text
    for gone in ("Valid ", "Awarded to", "Congrat", "Evidence", "What was done", "Download"):
        assert gone not in shown.text
    assert f"{CLASS}/image" in shown.all("img", "src")
    assert f"{PATH}/image" not in shown.all("img", "src")
    assert "application/json+oembed" not in shown.all("link", "type")


def test_an_expired_award_says_so_from_the_moment_on(client: Client) -> None:
    row = published.award(expires_on=timezone.now() + timedelta(hours=1))
    html = {"Accept": "text/html"}
    had = client.get(PATH, headers=html)

    row.expires_on = datetime(2024, 6, 1, tzinfo=UTC)
    row.save()  # and updated_at stays, as when time passes
    response = client.get(PATH, headers=html | {"If-None-Match": had["ETag"]})

    assert "Expired." not in had.text
    assert response.status_code == 200
    assert "Expired. This award was valid until June 1, 2024." in Page(response.text).text


@pytest.mark.parametrize(
    ("kind", "identity", "hashed", "words"),
    [
        (
            "email",
            "bob@example.org",
            True,
            "the owner of an email address that is kept private",
        ),
        ("email", "bob@example.org", False, "b•••@example.org"),
        (
            "telephone",
            "+15551234567",
            True,
            "the owner of a telephone number that is kept private",
        ),
        ("telephone", "+15551234567", False, "•••67"),
        ("url", "https://bob.example.org", True, "somebody whose identity is kept private"),
        ("url", "https://bob.example.org", False, "https://bob.example.org"),
        ("openBadgeId", "bob@id.example.org", False, "b•••@id.example.org"),
    ],
)
def test_the_recipient_is_not_told_to_those_who_do_not_know(
    client: Client, kind: str, identity: str, hashed: bool, words: str
) -> None:
    published.award(recipient_kind=kind, recipient_identity=identity, recipient_hashed=hashed)

    response = client.get(PATH, headers={"Accept": "text/html"})

    assert f"Awarded to {words} " in Page(response.text).text
    assert identity == words or identity not in response.text


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("bob@example.org", "✓ b•••@example.org"),
        ("BOB@Example.org", "✓ B•••@Example.org"),
        ("carol@example.org", "✗ somebody else than the link says"),
        ('"><script>', "✗ somebody else than the link says"),
    ],
)
def test_an_identity_in_the_link_counts_once_and_is_moved_out_of_the_address(
    client: Client, hashed: bool, said: str, words: str
) -> None:
    published.award(recipient_hashed=hashed)
    query = urlencode({"identity__email": said, "a": "b"})

    led = client.get(f"{PATH}?{query}", headers={"Accept": "text/html"})
    response = client.get(led["Location"], headers={"Accept": "text/html"})

    assert led.status_code == 302
    assert led["Location"].startswith(f"{PATH}?a=b&named=")
    assert f"Awarded to {words} " in Page(response.text).text
    assert said not in response.text
    assert said.partition("@")[0] not in led["Location"]
    for answer in (led, response):
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Referrer-Policy"] == "no-referrer"


def test_what_a_link_said_counts_for_its_award_and_for_an_hour(client: Client) -> None:
    published.knots()
    published.award(BadgeClass.objects.get())
    published.award(BadgeClass.objects.get(), entity_id="other", recipient_identity="ann@a.org")
    html = {"Accept": "text/html"}
    led = client.get(f"{PATH}?identity__email=bob@example.org", headers=html)["Location"]
    token = led.partition("named=")[2]

    other = client.get(f"/public/assertions/other?named={token}", headers=html)
    forged = client.get(f"{PATH}?named={token}x", headers=html)
    with patch("django.core.signing.time.time", lambda: time() + 7200):
        late = client.get(led, headers=html)

    for shown in (other, forged, late):
        assert (shown.status_code, "✓" in shown.text) == (200, False)


def test_documents_do_not_care_what_a_link_says(client: Client) -> None:
    published.award()

    plain = client.get(PATH)
    said = client.get(f"{PATH}?identity__email=bob@example.org")

    assert (said.status_code, said.content) == (200, plain.content)
    assert "Accept-Language" not in plain["Vary"]


def test_a_badge_class(client: Client) -> None:
    published.knots()

    shown = page(client, CLASS)

    for words in ("Knot Tying", "Awarded by Harbor Learning", "Tie ten knots", "Std 1", "rope"):
        assert words in shown.text
    assert f"{CLASS}/image" in shown.all("img", "src")


def test_the_criteria(client: Client) -> None:
    published.knots()
    published.knots(published.harbor(entity_id="other"), entity_id="bare", **_NO_CRITERIA)

    assert (
        "Tie ten knots Criteria: harbor.example.org/knots" in page(client, f"{CLASS}/criteria").text
    )
    assert "The issuer states no criteria." in page(client, "/public/badges/bare/criteria").text


_NO_CRITERIA = {"criteria_url": "", "criteria_narrative": ""}


def test_an_issuer_with_its_badge_classes(client: Client, django_assert_num_queries: Any) -> None:
    harbor = published.harbor()
    for number in range(3):
        published.knots(harbor, entity_id=f"k{number}", name=f"Knot {number}")
    published.knots(harbor, entity_id="gone", name="Gone", deleted_at=published.CHANGED)

    with django_assert_num_queries(3):
        shown = page(client, ISSUER)

    assert "Harbor Learning Night school Website harbor.example.org" in shown.text
    for number in range(3):
        assert f"Knot {number}" in shown.text
        assert f"/public/badges/k{number}" in shown.all("a", "href")
    assert "Gone" not in shown.text


def test_a_collection(client: Client, django_assert_num_queries: Any) -> None:
    knots = published.knots()
    published.collection(
        published.award(knots),
        published.award(knots, entity_id="old", expires_on=datetime(2024, 6, 1, tzinfo=UTC)),
    )

    with django_assert_num_queries(2):
        shown = page(client, COLLECTION)

    assert "Ropes What I can do Shown by Bob Vale" in shown.text
    assert shown.text.count("Harbor Learning, May 2, 2024") == 2
    assert shown.text.count("Expired") == 1
    assert PATH in shown.all("a", "href")


def test_an_empty_collection(client: Client) -> None:
    published.collection()

    assert "There is nothing in this collection yet." in page(client, COLLECTION).text


def social(title: str, description: str, address: str, image: str | None) -> dict[str, str]:
    """What the preview of a link is made of."""
    tags = {
        "og:type": "website",
        "og:site_name": "Rosette",
        "og:title": title,
        "og:description": description,
        "og:url": ORIGIN + address,
        "twitter:title": title,
        "twitter:description": description,
    }
    if image is None:
        return tags | {"twitter:card": "summary"}
    card = f"{ORIGIN}{image}?preview=social"
    return tags | {
        "og:image": card,
        "og:image:secure_url": card,
        "og:image:type": "image/png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": title,
        "twitter:card": "summary_large_image",
        "twitter:image": card,
    }


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (PATH, social("Knot Tying", "Ties knots", PATH, f"{CLASS}/image")),
        (CLASS, social("Knot Tying", "Ties knots", CLASS, f"{CLASS}/image")),
        (f"{CLASS}/criteria", social("Knot Tying", "Ties knots", CLASS, f"{CLASS}/image")),
        (ISSUER, social("Harbor Learning", "Night school", ISSUER, f"{ISSUER}/image")),
        (COLLECTION, social("Ropes", "What I can do", COLLECTION, f"{CLASS}/image")),
    ],
)
def test_the_preview_of_a_link(client: Client, address: str, expected: dict[str, str]) -> None:
    published.collection(published.award())

    shown = page(client, address)

    assert shown.meta == expected
    assert expected["og:url"] in shown.all("link", "href")
    image = client.get(expected["og:image"].removeprefix(ORIGIN))
    assert (image.status_code, image["Content-Type"]) == (200, "image/png")


@pytest.mark.parametrize("address", [PATH, CLASS, ISSUER, COLLECTION])
def test_without_an_image_no_image_is_promised(client: Client, address: str) -> None:
    published.collection(published.award(published.knots(published.harbor(image=""), image="")))

    shown = page(client, address)

    assert not [name for name in shown.meta if "image" in name]
    assert not [source for source in shown.all("img", "src") if source.startswith("/public")]


def test_an_award_can_be_shown_elsewhere(client: Client) -> None:
    published.award()
    shown = page(client, PATH)

    ways = [
        link.removeprefix(f"/v2/backpack/share/assertion/{published.AWARD}?")
        for link in shown.all("a", "href")
        if "/share/" in link
    ]
    names = ("linkedin", "bluesky", "facebook", "whatsapp", "mail", "linkedin-profile")
    assert ways == [f"provider={name}&source=page" for name in names]
    for way in ways:
        answer = client.get(f"/v2/backpack/share/assertion/{published.AWARD}?{way}")
        assert answer.status_code == 302
    assert f'<iframe src="{ORIGIN}{PATH}?embedVersion=2"' in shown.text


def test_a_revoked_award_is_not_offered_for_sharing(client: Client) -> None:
    published.award(revoked_at=published.CHANGED)

    assert not [link for link in page(client, PATH).all("a", "href") if "/share/" in link]


def test_a_collection_stands_in_a_frame_without_what_is_around_it(client: Client) -> None:
    published.collection(published.award())

    shown = page(client, f"{COLLECTION}?embedVersion=2")

    assert {"header", "footer"}.isdisjoint(tag for tag, _ in shown.tags)
    assert ("base", {"target": "_blank"}) in shown.tags
    assert shown.all("a", "href") == [f"{ORIGIN}{COLLECTION}", PATH]
    assert shown.all("img", "src") == [f"{PATH}/image"]
    (canonical,) = [a for tag, a in shown.tags if a.get("rel") == "canonical"]
    assert canonical["href"] == f"{ORIGIN}{COLLECTION}"


def test_an_award_tells_how_to_embed_it(client: Client) -> None:
    published.award()
    shown = page(client, PATH)
    (link,) = [a for tag, a in shown.tags if a.get("type") == "application/json+oembed"]

    assert link["rel"] == "alternate"
    address = (link["href"] or "").removeprefix(ORIGIN)
    assert client.get(address).json()["title"] == "Knot Tying"


@pytest.mark.parametrize(
    "address",
    [*EVERY, f"{PATH}?embedVersion=2", f"{COLLECTION}?embedVersion=2", "/public/badges/nothing"],
)
def test_no_page_runs_a_script_or_asks_another_host(client: Client, address: str) -> None:
    published.collection(
        published.award(narrative="![spy](https://tracker.example/x.png) <script>x</script>")
    )
    html = client.get(address, headers={"Accept": "text/html"}).text
    shown = Page(html)

    names = {tag for tag, _ in shown.tags}
    assert not names & {"script", "style", "iframe", "object", "embed"}
    assert not [a for _, a in shown.tags for name in a if name.startswith("on") or name == "style"]
    fetched = [
        *shown.all("img", "src"),
        *(a["href"] or "" for t, a in shown.tags if t == "link" and a.get("rel") in _FETCHED),
    ]
    assert all(address.startswith("/") for address in fetched)
    assert not re.search(r'="[^"]*javascript:', html)


_FETCHED = ("stylesheet", "icon")


@pytest.mark.parametrize("address", [*EVERY, "/public/badges/nothing"])
def test_pages_can_be_read_by_all(client: Client, address: str) -> None:
    published.collection(published.award())

    shown = Page(client.get(address, headers={"Accept": "text/html"}).text)

    assert shown.all("html", "lang") == ["en"]
    levels = [int(tag[1]) for tag, _ in shown.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    images = [a for tag, a in shown.tags if tag == "img"]
    assert all({"alt", "width", "height"} <= a.keys() for a in images)
    ids = [a["id"] for _, a in shown.tags if "id" in a]
    assert len(ids) == len(set(ids))


def test_texts_of_others_stay_texts(client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    harbor = published.harbor(name=evil, description=evil, url="javascript:alert(1)")
    knots = published.knots(
        harbor,
        name=evil,
        description=evil,
        criteria_url="javascript:alert(2)",
        tags=[evil],
        alignments=[{"target_name": evil, "target_url": "javascript:alert(3)"}],
        image=pictures.keep(png()),
    )
    row = published.award(
        knots, narrative=evil, evidence=[{"url": "javascript:alert(4)", "narrative": evil}]
    )
    published.collection(row, name=evil, description=evil)

    for address in [*EVERY, f"{PATH}?embedVersion=2"]:
        shown = page(client, address)

        assert not [tag for tag, _ in shown.tags if tag == "script"]
        assert not [link for link in shown.all("a", "href") if link.startswith("javascript")]


def test_a_page_speaks_the_language_of_the_browser_and_caches_know(client: Client) -> None:
    published.collection(published.award())

    for address in EVERY:
        german = client.get(address, headers={"Accept": "text/html", "Accept-Language": "de"})
        english = client.get(address, headers={"Accept": "text/html", "Accept-Language": "en"})

        assert Page(german.text).all("html", "lang") == ["de"]
        assert "Accept-Language" in german["Vary"]
        assert german["ETag"] != english["ETag"]


def test_an_award_is_lighter_than_60_kilobytes_with_all_but_the_picture(
    client: Client, settings: Any
) -> None:
    published.award()
    response = client.get(PATH, headers={"Accept": "text/html"})
    shown = Page(response.text)

    loaded = [
        settings.STATIC_ROOT / link.removeprefix("/static/")
        for link in shown.all("link", "href")
        if link.startswith("/static/")
    ]
    font = settings.STATIC_ROOT / "fonts" / "source-serif-4-600.woff2"
    sizes = [len(response.content), *(path.stat().st_size for path in [*loaded, font])]

    assert {path.name for path in loaded} == {"favicon.svg", "site.css", "public.css"}
    assert sum(sizes) < 60_000, sizes


@pytest.mark.parametrize("address", [CLASS, f"{CLASS}/criteria", ISSUER])
def test_what_its_people_deleted_is_gone_for_people_and_stays_a_document(
    client: Client, address: str
) -> None:
    row = published.knots()
    for gone in (row, row.issuer):
        gone.deleted_at = published.CHANGED
        gone.save()

    shown = client.get(address, headers={"Accept": "text/html"})

    assert shown.status_code == 410
    assert (row.name if "badges" in address else row.issuer.name) in shown.text
    assert client.get(address.removesuffix("/criteria")).status_code == 200


def test_the_issuer_of_an_imported_award_was_last_asked_then(client: Client) -> None:
    row = published.award(source_url="https://academy.example.org/award")
    factories.user("bob@example.org")
    Original.objects.create(assertion=row, checked_at=published.CHANGED)

    shown = page(client, PATH)

    assert "Valid Its issuer was last asked on May 3, 2024." in shown.text
    assert "https://academy.example.org/award" in shown.all("input", "value")


def test_a_suspended_award_is_no_congratulation_either(client: Client) -> None:
    published.award(suspended_at=published.CHANGED, suspension_reason="Under review")

    shown = page(client, PATH)

    assert "Suspended. The issuer has suspended this award" in shown.text
    assert "Reason: Under review" in shown.text
    for gone in ("Valid ", "Awarded to", "Evidence", "Download", "Show it"):
        assert gone not in shown.text
