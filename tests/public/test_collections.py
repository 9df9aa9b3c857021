"""``/public/collections/:hash`` as a document."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from rosette.models import CollectionItem
from tests import published
from tests.public.test_assertions import (
    ASSERTION,
    ASSERTION_1_1,
    BADGECLASS,
    ISSUER,
    NOT_FOUND,
    ordered,
)
from tests.published import ORIGIN, SHARE

pytestmark = pytest.mark.django_db

PATH = f"/public/collections/{SHARE}"
COLLECTION = {
    "@context": "https://w3id.org/openbadges/v2",
    "type": "Collection",
    "id": f"{ORIGIN}{PATH}",
    "name": "Ropes",
    "description": "What I can do",
    "entityId": "qG1nAqmcTNGTZCKe4Hnx9Q",
    "owner": {"firstName": "Bob", "lastName": "Vale"},
    "badges": [ASSERTION],
}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", COLLECTION),
        (
            "?expand=badges.badge",
            COLLECTION | {"badges": [ASSERTION | {"badge": BADGECLASS}]},
        ),
        (
            "?expand=badges.badge&expand=badges.badge.issuer",
            COLLECTION | {"badges": [ASSERTION | {"badge": BADGECLASS | {"issuer": ISSUER}}]},
        ),
        (
            "?v=1_1",
            COLLECTION
            | {
                "@context": "https://w3id.org/openbadges/v1",
                "id": f"{ORIGIN}{PATH}?v=1_1",
                "badges": [ASSERTION_1_1],
            },
        ),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_versions_and_expansion(
    client: Client,
    django_assert_num_queries: Any,
    suffix: str,
    query: str,
    expected: dict[str, Any],
) -> None:
    published.collection(published.award())

    with django_assert_num_queries(2):
        response = client.get(f"{PATH}{suffix}{query}")

    assert response.status_code == 200
    assert ordered(response.json()) == ordered(expected)


def test_revoked_and_rejected_awards_do_not_show(client: Client) -> None:
    knots = published.knots()
    published.collection(
        published.award(knots, entity_id="revoked", revoked_at=published.CHANGED),
        published.award(knots, entity_id="rejected", acceptance="Rejected"),
        published.award(knots),
    )

    assert client.get(PATH).json() == COLLECTION


@pytest.mark.parametrize("name", ["nothing", "qG1nAqmcTNGTZCKe4Hnx9Q", ""])
def test_a_private_collection_is_not_found_by_any_name(client: Client, name: str) -> None:
    published.collection(published.award(), share_hash="")

    response = client.get(f"/public/collections/{name}")

    assert response.status_code == 404
    assert not name or response.json() == NOT_FOUND


def test_304_until_something_is_taken_out(client: Client) -> None:
    published.collection(published.award())
    had = {"If-None-Match": client.get(PATH)["ETag"]}

    assert client.get(PATH, headers=had).status_code == 304

    CollectionItem.objects.all().delete()
    assert client.get(PATH, headers=had).json() == COLLECTION | {"badges": []}


def test_304_until_an_award_in_it_changes(client: Client) -> None:
    row = published.award()
    published.collection(row)
    had = {"If-None-Match": client.get(PATH)["ETag"]}

    row.updated_at = timezone.now()
    row.save()

    assert client.get(PATH, headers=had).status_code == 200
