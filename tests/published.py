"""
Rows that give exactly the facts of ``tests.openbadges.facts``: Harbor, its knots, Bob's award.

All were last changed long ago, so that their dates are of use to caches.
"""

from datetime import UTC, datetime
from typing import Any

from django.db import connection

from rosette.models import Assertion, BadgeClass, Collection, CollectionItem, Issuer
from rosette.models.base import on_postgresql
from rosette.operations import pictures
from tests import factories
from tests.openbadges.facts import SVG, png

ORIGIN = "https://badges.example.org"
HARBOR = "3kQv0bXUQ4mXkJtN9yq0Zw"
KNOTS = "TtrgLOe1Q2y-NNS2c1uVLA"
AWARD = "9C26ASCCTR2I6Iwm-jsPXQ"
SHARE = "56a86b6d"
CHANGED = datetime(2024, 5, 3, 8, 15, 0, 250_000, UTC)

Fields = dict[str, Any]
NUMBER = 900_001
STATUS: Fields = {
    "id": f"{ORIGIN}/public/issuers/{HARBOR}/status/revocation/1#527923",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "527923",
    "statusListCredential": f"{ORIGIN}/public/issuers/{HARBOR}/status/revocation/1",
}
"""What the credential of Bob's award says of its status."""
_TIMES: Fields = {"created_at": CHANGED, "updated_at": CHANGED}


def harbor(**fields: Any) -> Issuer:
    """The issuer, with an SVG as its image."""
    given: Fields = {
        "entity_id": HARBOR,
        "description": "Night school",
        "image": pictures.keep(SVG),
        "status_key": "8d969eef6ecad3c29a3a629280e686cf",
        **_TIMES,
    }
    return factories.issuer(**(given | fields))


def knots(of: Issuer | None = None, **fields: Any) -> BadgeClass:
    """The badge class, with a PNG as its image."""
    given: Fields = {
        "entity_id": KNOTS,
        "image": pictures.keep(png()),
        "criteria_url": "https://harbor.example.org/knots",
        "alignments": [
            {
                "target_name": "Std 1",
                "target_url": "https://std.example.org/1",
                "target_description": None,
                "target_framework": None,
                "target_code": "1.a",
            }
        ],
        "tags": ["rope"],
        **_TIMES,
    }
    return factories.badgeclass(of or harbor(), **(given | fields))


def award(of: BadgeClass | None = None, **fields: Any) -> Assertion:
    """Bob's award."""
    given: Fields = {
        "entity_id": AWARD,
        "salt": "ea74d461486d4f95bf544294623b5416",
        "issued_on": datetime(2024, 5, 2, 9, 30, 0, 134978, UTC),
        "expires_on": datetime(2030, 1, 1, tzinfo=UTC),
        "narrative": "nn",
        "evidence": [
            {"url": "https://e.example.org/1", "narrative": "e1"},
            {"url": None, "narrative": "two"},
        ],
        **_TIMES,
    }
    if "entity_id" not in fields:
        given["id"] = NUMBER
    made = factories.assertion(of or knots(), **(given | fields))
    if "id" in given and on_postgresql():  # SQLite goes on from the highest number by itself
        with connection.cursor() as cursor:
            sequence = "pg_get_serial_sequence('rosette_assertion', 'id')"
            cursor.execute(f"SELECT setval({sequence}, %s)", [NUMBER])
    return made


def collection(*awards: Assertion, **fields: Any) -> Collection:
    """Bob's collection of the awards, in this order; published."""
    bob = factories.user("bob@example.org")
    given: Fields = {
        "entity_id": "qG1nAqmcTNGTZCKe4Hnx9Q",
        "owner": bob,
        "name": "Ropes",
        "description": "What I can do",
        "share_hash": SHARE,
        **_TIMES,
    }
    row = Collection.objects.create(**(given | fields))
    for position, item in enumerate(awards):
        CollectionItem.objects.create(collection=row, assertion=item, position=position)
    return row
