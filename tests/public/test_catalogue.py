"""``/catalog``: the badges of issuers who wish to be found."""

from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client

from rosette.models import BadgeClass, CatalogueTerm, Issuer
from rosette.models.catalogue import page_query
from rosette.operations import badgeclasses, catalogue, issuers
from rosette.operations.catalogue import Sought
from rosette.operations.policies import Actor
from tests import factories
from tests.environment import DATABASE
from tests.openbadges.facts import png
from tests.published import ORIGIN

pytestmark = pytest.mark.django_db
_ATOM = "{http://www.w3.org/2005/Atom}"


def listed(language: str = "en", **fields: Any) -> Issuer:
    """An issuer in the catalogue; the job that finds its badges has been done."""
    issuer = factories.issuer(**fields)
    Issuer.objects.filter(pk=issuer.pk).update(in_catalogue=True, language=language)
    return Issuer.objects.get(pk=issuer.pk)


def badge(issuer: Issuer, name: str = "Knot Tying", **fields: Any) -> BadgeClass:
    made = factories.badgeclass(issuer, name=name, **fields)
    catalogue.note(made)
    return made


def names(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/catalog.json{query}")
    assert answer.status_code == 200
    return [item["name"] for item in answer.json()["badges"]]


def test_only_badges_of_issuers_who_wish_it_are_found(client: Client):
    factories.badgeclass(factories.issuer(), name="Secret handshake")
    harbor = listed()
    badge(harbor)
    badge(harbor, "Gone", deleted_at=harbor.created_at)

    assert names(client) == ["Knot Tying"]


def test_an_issuer_enters_and_leaves_and_the_job_does_the_rest(client: Client):
    harbor = factories.issuer()
    factories.badgeclass(harbor)
    ada = Actor.person(harbor.created_by)

    catalogue.enter(harbor, is_in=True, language="en", by=ada)
    assert names(client) == []
    catalogue.index_issuer(harbor.pk)
    assert names(client) == ["Knot Tying"]
    catalogue.enter(Issuer.objects.get(), is_in=False, language="", by=ada)
    assert names(client) == []  # at once
    catalogue.index_issuer(harbor.pk)
    assert list(CatalogueTerm.objects.all()) == []


def test_a_badge_made_while_its_issuer_entered_is_found_after_housekeeping(client: Client):
    factories.badgeclass(listed())
    assert names(client) == []

    catalogue.catch_up()

    assert names(client) == ["Knot Tying"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?q=knot", True),
        ("?q=KNOTS+tying", True),  # of the description, and of the name
        ("?q=har", True),  # of the issuer
        ("?q=éclair", True),
        ("?q=eclair", True),
        ("?q=航海", True),
        ("?q=夜航", True),
        ("?q=knot+splice", False),
        ("?q=ot", False),
        ("?q=%00", True),
        ("?q=%25_", True),
        ("?tag=Rope+Work", True),
        ("?tag=rope", False),
        ("?language=en", True),
        ("?language=de", False),
        ("?language=klingon", True),  # none that there is: not asked for
        ("?issuer=nobody", False),
        ("?after=nobody", False),
    ],
)
def test_badges_are_found_by_words_tag_issuer_and_language(client: Client, query: str, found: bool):
    badge(listed(), tags=["Rope work", "Éclair"], description="Ties knots. 夜航海学校")

    assert names(client, query) == (["Knot Tying"] if found else [])


def test_a_change_of_a_badge_or_an_issuers_name_changes_what_it_is_found_by(client: Client):
    harbor = listed()
    ada = Actor.person(harbor.created_by)
    wish = {"name": "Bowline", "description": "", "criteria_narrative": "Tie", "image": png()}
    made = badgeclasses.create(harbor, wish, by=ada)
    assert names(client, "?q=bowline") == ["Bowline"]

    badgeclasses.change(made, {"name": "Clove Hitch"}, by=ada)
    issuers.change(harbor, {"name": "Pier School"}, by=ada)
    catalogue.index_issuer(harbor.pk)

    assert names(client, "?q=bowline") == names(client, "?q=harbor") == []
    assert names(client, "?q=clove+pier") == ["Clove Hitch"]


def test_the_document_and_its_pages(client: Client, monkeypatch: Any):
    harbor = listed()
    for number in range(catalogue.PAGE + 1):
        badge(harbor, f"Knot {number}", tags=["rope"])

    first = client.get("/catalog.json?tag=rope").json()
    second = client.get(first["next"].removeprefix(ORIGIN)).json()

    last = BadgeClass.objects.order_by("pk")[:1].get()
    address = f"{ORIGIN}/public/badges/{last.entity_id}"
    assert [item["name"] for item in first["badges"]] == [
        f"Knot {number}" for number in range(catalogue.PAGE, 0, -1)
    ]
    assert second == {
        "badges": [
            {
                "id": address,
                "name": "Knot 0",
                "description": "Ties knots",
                "image": None,
                "tags": ["rope"],
                "language": "en",
                "issuer": {
                    "id": f"{ORIGIN}/public/issuers/{harbor.entity_id}",
                    "name": "Harbor Learning",
                },
                "createdAt": last.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        ],
        "next": None,
    }


def test_the_feed_says_what_is_new(client: Client):
    made = badge(listed(), "Knots\x01 & <ties>", tags=["rope"])

    answer = client.get("/catalog.atom")

    feed = ElementTree.fromstring(answer.content)
    (entry,) = feed.findall(f"{_ATOM}entry")
    assert answer["Content-Type"] == "application/atom+xml"
    assert entry.findtext(f"{_ATOM}title") == "Knots & <ties>"
    assert entry.findtext(f"{_ATOM}id") == f"{ORIGIN}/public/badges/{made.entity_id}"
    assert [item.get("term") for item in entry.findall(f"{_ATOM}category")] == ["rope"]


@pytest.mark.parametrize("path", ["/catalog", "/catalog.json", "/catalog.atom"])
def test_whoever_has_it_is_told_so_until_something_changes(client: Client, path: str):
    harbor = listed()
    tags = [client.get(path, headers={"Accept": "text/html"})["ETag"]]
    assert client.get(path, headers={"Accept": "text/html"})["ETag"] == tags[0]
    badge(harbor)
    answer = client.get(path, headers={"Accept": "text/html"})
    again = client.get(path, headers={"Accept": "text/html", "If-None-Match": answer["ETag"]})

    assert answer["ETag"] != tags[0]
    assert (again.status_code, again.content) == (304, b"")
    assert answer["Cache-Control"] == "public, max-age=30, stale-while-revalidate=120"


def test_the_page_needs_no_script_and_leads_to_badges(client: Client):
    made = badge(listed(), "Knots <b>")

    shown = client.get("/catalog?q=knots", headers={"Accept": "text/html"})

    assert "<script" not in shown.text
    assert f'href="/public/badges/{made.entity_id}">Knots &lt;b&gt;</a>' in shown.text
    assert "script-src" not in shown["Content-Security-Policy"]


def test_a_site_can_do_without_a_catalogue(client: Client, settings: Any):
    settings.ROSETTE = settings.ROSETTE.model_copy(update={"catalogue": False})
    badge(listed())

    codes = [
        client.get(path).status_code for path in ("/catalog", "/catalog.json", "/catalog.atom")
    ]

    assert codes == [404, 404, 404]
    assert "/catalog" not in client.get("/verify").text


@pytest.mark.parametrize(
    "sought", [Sought(), Sought("knot tying"), Sought("夜航海", "rope", "x", "de")]
)
def test_nothing_looks_through_a_table(sought: Sought):
    sql, parameters = page_query(catalogue._asked(sought), "x", 25)
    with connection.cursor() as cursor:
        if DATABASE == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}", parameters)
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
        plan = "\n".join(str(row[-1]) for row in cursor.fetchall())

    assert "SCAN " not in plan and "Seq Scan" not in plan, plan
    assert "TEMP B-TREE" not in plan, plan
    by_index = ("catalogueterm_once", "t USING COVERING INDEX")
    assert any(said in plan for said in by_index), plan
