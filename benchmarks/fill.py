"""
Fills a database for a measurement: ``python -m benchmarks.fill COUNT``.

Schema, person, issuer and badge class are made by Rosette's own code; the awards come in bulk.
Runs in a process of its own, because each database needs Django settings of its own. Prints, as
JSON, the names that the measurement goes by.
"""

import io
import json
import sys
from datetime import timedelta

from PIL import Image

from benchmarks import bulk
from rosette.cli.house import open_house

PERSON, PASSWORD = "ada@example.org", "knots and splices 77"
PEOPLE = 1000
"""To so many recipients are awards measured; they hold one, so that nothing is announced."""
DOCUMENTS = 5000
"""So many awards are fetched, from all over the site, so that not all of them are at hand."""
REVOCABLE = 2000
_ADDED_TO = (
    *(
        "rosette_notice",
        "rosette_auditentry",
        "rosette_assertion",
        "rosette_refreshtoken",
        "rosette_accesstoken",
    ),
)
"""What refers to another table stands before it."""


def main(count: int, url: str) -> None:
    open_house(make=True)
    from django.db import connection
    from django.utils import timezone
    from oauth2_provider.models import set_token_value

    from rosette import schema
    from rosette.models import AccessToken, Application
    from rosette.models.base import new_entity_id
    from rosette.operations import accounts, applications, badgeclasses, issuers
    from rosette.operations.policies import Actor

    schema.bring_up_to_date()
    applications.ensure_public_client()
    ada = accounts.add_person(PERSON, PASSWORD, first_name="Ada", last_name="Vale", verified=True)
    by = Actor.person(ada)
    token = new_entity_id()
    row = AccessToken(
        user=ada,
        scope="rw:profile rw:issuer rw:backpack",
        expires=timezone.now() + timedelta(days=1),
        application=Application.objects.get(client_id="public"),
    )
    set_token_value(row, token)
    row.save()
    issuer = issuers.create(
        {
            "name": "Harbor Learning",
            "url": "https://harbor.example.org",
            "email": PERSON,
            "description": "Night school for sailors",
            "image": picture(),
        },
        by=by,
    )
    measured = badgeclasses.create(
        issuer,
        {
            "name": "Knot Tying",
            "description": "Ties ten knots by heart, and knows what each is for.",
            "image": picture(),
            "criteria_narrative": "Tie **ten** knots in front of two other sailors.",
            "tags": ["rope", "seamanship"],
        },
        by=by,
    )
    connection.close()
    now = bulk.now()
    known = (measured.pk, issuer.pk, ada.pk)
    names = bulk.fill(url, count, known, now)
    first, step = bulk.begins(now, count)
    with connection.cursor() as cursor:

        def last(table: str) -> int:
            cursor.execute(f"SELECT COALESCE(max(id), 0) FROM {table}")
            [number] = cursor.fetchone() or [0]
            return int(number)

        print(
            json.dumps(
                {
                    "token": token,
                    "person": PERSON,
                    "password": PASSWORD,
                    "hash": ada.password.removeprefix("argon2"),
                    "issuer": issuer.entity_id,
                    "badgeclass": measured.entity_id,
                    "assertions": _spread(names, DOCUMENTS),
                    "revocable": _spread(names[1:], REVOCABLE),
                    "people": [bulk.address(n) for n in _spread(range(count), PEOPLE)],
                    "known": known,
                    "since": (first + (count // 2) * step).isoformat(),
                    "last": {table: last(table) for table in _ADDED_TO},
                }
            )
        )


def _spread(items: "range | list[str]", most: int) -> list:  # type: ignore[type-arg]
    """At most so many of the items, from all over them."""
    share = min(most, len(items))
    return [items[place * len(items) // share] for place in range(share)]


def picture() -> bytes:
    """A PNG of 400 x 400 that is not the same everywhere, about as heavy as real ones."""
    bands = (Image.radial_gradient("L"), Image.linear_gradient("L"), Image.radial_gradient("L"))
    out = io.BytesIO()
    Image.merge("RGB", bands).resize((400, 400)).save(out, "PNG")
    return out.getvalue()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
