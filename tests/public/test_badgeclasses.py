"""``/public/badges/:id`` as a document, and its criteria."""

from typing import Any

import pytest
from django.test import Client

from tests import published
from tests.public.test_assertions import (
    BADGECLASS,
    BADGECLASS_1_1,
    ISSUER,
    ISSUER_1_1,
    NOT_FOUND,
    ordered,
)
from tests.published import KNOTS, ORIGIN

pytestmark = pytest.mark.django_db

PATH = f"/public/badges/{KNOTS}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", BADGECLASS),
        ("?expand=issuer", BADGECLASS | {"issuer": ISSUER}),
        ("?v=1_1", BADGECLASS_1_1),
        ("?v=1_1&expand=issuer", BADGECLASS_1_1 | {"issuer": ISSUER_1_1}),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_k13_versions_and_expansion_with_alignment_in_the_singular(
    client: Client,
    django_assert_num_queries: Any,
    suffix: str,
    query: str,
    expected: dict[str, Any],
) -> None:
    published.knots()

    with django_assert_num_queries(1):
        response = client.get(f"{PATH}{suffix}{query}")

    assert response.status_code == 200
    assert ordered(response.json()) == ordered(expected)


def test_a_class_of_few_words(client: Client) -> None:
    published.knots(
        description="",
        image="",
        criteria_url="",
        criteria_narrative="",
        alignments=[],
        tags=[],
        extensions={"extensions:x": {"n": 1}},
        expires_amount=2,
        expires_duration="years",
    )

    assert ordered(client.get(PATH).json()) == ordered(
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "BadgeClass",
            "id": f"{ORIGIN}{PATH}",
            "name": "Knot Tying",
            "description": "",
            "issuer": BADGECLASS["issuer"],
            "criteria": {},
            "alignment": [],
            "tags": [],
            "extensions:x": {"n": 1},
        }
    )
    assert client.get(f"{PATH}?v=1_1").json()["criteria"] == f"{ORIGIN}{PATH}/criteria"


def test_w8_a_deleted_class_stays_published(client: Client) -> None:
    published.knots(deleted_at=published.CHANGED)

    assert client.get(PATH).json() == BADGECLASS


def test_k25_a_slug_of_old_leads_on(client: Client) -> None:
    published.knots(slug="knot-tying")

    for tail in ("", ".json?v=1_1", "/image?type=png", "/criteria"):
        response = client.get(f"/public/badges/knot-tying{tail}")

        assert (response.status_code, response["Location"]) == (301, PATH + tail)


def test_criteria_send_programs_to_the_class(client: Client) -> None:
    published.knots()

    response = client.get(f"{PATH}/criteria")

    assert (response.status_code, response["Location"]) == (302, PATH)


def test_criteria_of_nothing_are_not_found(client: Client) -> None:
    response = client.get("/public/badges/nothing/criteria")

    assert response.status_code == 404
    assert response.json() == NOT_FOUND


def test_304_is_one_query(client: Client, django_assert_num_queries: Any) -> None:
    published.knots()
    had = {"If-None-Match": client.get(PATH)["ETag"]}

    with django_assert_num_queries(1):
        assert client.get(PATH, headers=had).status_code == 304
