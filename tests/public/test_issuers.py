"""``/public/issuers/:id`` as a document, and the list of what it awards."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import BadgeClass
from tests import published
from tests.public.test_assertions import (
    BADGECLASS,
    BADGECLASS_1_1,
    ISSUER,
    ISSUER_1_1,
    NOT_FOUND,
    ordered,
)
from tests.published import HARBOR, ORIGIN

pytestmark = pytest.mark.django_db

PATH = f"/public/issuers/{HARBOR}"


@pytest.mark.parametrize(
    ("query", "expected"), [("", ISSUER), ("?v=1_1", ISSUER_1_1), ("?expand=issuer", ISSUER)]
)
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_both_versions(
    client: Client,
    django_assert_num_queries: Any,
    suffix: str,
    query: str,
    expected: dict[str, Any],
) -> None:
    published.harbor()

    with django_assert_num_queries(1):
        response = client.get(f"{PATH}{suffix}{query}")

    assert response.status_code == 200
    assert ordered(response.json()) == ordered(expected)


def test_an_issuer_of_few_words(client: Client) -> None:
    published.harbor(description="", image="", extensions={"extensions:x": {"n": 1}})

    assert ordered(client.get(PATH).json()) == ordered(
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Issuer",
            "id": f"{ORIGIN}{PATH}",
            "name": "Harbor Learning",
            "url": "https://harbor.example.org",
            "email": "ada@example.org",
            "description": None,
            "extensions:x": {"n": 1},
        }
    )


def test_w8_a_deleted_issuer_stays_published(client: Client) -> None:
    published.harbor(deleted_at=published.CHANGED)

    assert client.get(PATH).json() == ISSUER


def test_k25_a_slug_of_old_leads_on(client: Client) -> None:
    published.harbor(slug="harbor-learning")

    for tail in ("", "/badges.json?v=1_1", "/image"):
        response = client.get(f"/public/issuers/harbor-learning{tail}")

        assert (response.status_code, response["Location"]) == (301, PATH + tail)


@pytest.mark.parametrize("tail", ["", ".json", "/badges", "/image"])
def test_an_unknown_issuer_is_not_found(client: Client, tail: str) -> None:
    response = client.get(f"/public/issuers/nothing{tail}")

    assert response.status_code == 404
    assert response.json() == NOT_FOUND


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("", BADGECLASS),
        ("?v=1_1", BADGECLASS_1_1),
        ("?expand=issuer", BADGECLASS | {"issuer": ISSUER}),
    ],
)
def test_the_badge_classes_are_a_bare_list_without_the_deleted(
    client: Client, django_assert_num_queries: Any, query: str, first: dict[str, Any]
) -> None:
    harbor = published.harbor()
    published.knots(harbor)
    published.knots(harbor, entity_id="later", created_at=datetime(2025, 1, 1, tzinfo=UTC))
    published.knots(harbor, entity_id="gone", deleted_at=published.CHANGED)

    with django_assert_num_queries(2):
        found = client.get(f"{PATH}/badges{query}").json()

    version = "?v=1_1" if "1_1" in query else ""
    later = first | {
        "id": f"{ORIGIN}/public/badges/later{version}",
        "image": f"{ORIGIN}/public/badges/later/image",
    }
    assert found == [first, later]


def test_an_issuer_without_badge_classes_has_an_empty_list(client: Client) -> None:
    published.harbor()

    assert client.get(f"{PATH}/badges.json").json() == []


def test_304_until_a_badge_class_comes_changes_or_goes(client: Client) -> None:
    harbor = published.harbor()

    def tag() -> str:
        had = client.get(f"{PATH}/badges")["ETag"]
        again = client.get(f"{PATH}/badges", headers={"If-None-Match": had})
        assert again.status_code == 304
        return had

    empty = tag()
    knots = published.knots(harbor)
    one = tag()
    BadgeClass.objects.update(updated_at=timezone.now())
    changed = tag()
    published.knots(harbor, entity_id="another")
    two = tag()
    knots.delete()

    assert len({empty, one, changed, two, tag()}) == 5
