"""
Fills a database for a measurement, by Rosette's own code: ``python -m benchmarks.fill COUNT``.

Runs in a process of its own, because each database needs Django settings of its own. Prints, as
JSON, the names that the measurement goes by.
"""

import io
import json
import secrets
import sys
from datetime import UTC, datetime, timedelta

from PIL import Image

from rosette.cli.house import migrate, open_house

PEOPLE = 1000
"""As many people hold an award of another class, so that awards to them announce nothing."""
_CHUNK = 5000
_BEGINNING = datetime(2026, 1, 1, 9, 0, 0, 123456, tzinfo=UTC)


def main(count: int) -> None:
    open_house(make=True)
    migrate()
    from django.db import connection, transaction
    from django.utils import timezone
    from oauth2_provider.models import set_token_value

    from rosette.models import AccessToken, Application
    from rosette.models.assertions import NewAssertion, add_assertions, reserve_numbers
    from rosette.models.base import new_entity_id
    from rosette.operations import accounts, applications, badgeclasses, issuers
    from rosette.operations.policies import Actor

    applications.ensure_public_client()
    ada = accounts.add_person("ada@example.org", first_name="Ada", last_name="Vale", verified=True)
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
            "email": "ada@example.org",
            "description": "Night school for sailors",
            "image": _picture(),
        },
        by=by,
    )
    measured, other = (
        badgeclasses.create(
            issuer,
            {
                "name": name,
                "description": "Ties ten knots by heart, and knows what each is for.",
                "image": _picture(),
                "criteria_narrative": "Tie **ten** knots in front of two other sailors.",
                "tags": ["rope", "seamanship"],
            },
            by=by,
        )
        for name in ("Knot Tying", "Night Navigation")
    )

    def award(badgeclass: int, number: int, row_number: int) -> NewAssertion:
        at = _BEGINNING + timedelta(seconds=number)
        url = f"https://harbor.example.org/log/{number}"
        return NewAssertion(
            id=row_number,
            entity_id=new_entity_id(),
            created_at=at,
            updated_at=at,
            badgeclass_id=badgeclass,
            issuer_id=issuer.pk,
            created_by_id=ada.pk,
            recipient_kind="email",
            recipient_identity=_address(number),
            recipient_hashed=True,
            salt=secrets.token_hex(16),
            issued_on=at,
            expires_on=None,
            narrative="Tied them **all** at the first try.",
            evidence=[{"url": url, "narrative": "The log of the day."}],
            extensions={},
        )

    names: list[str] = []
    for badgeclass, total in ((other.pk, PEOPLE), (measured.pk, count)):
        for start in range(0, total, _CHUNK):
            with transaction.atomic():
                numbers = enumerate(reserve_numbers(min(_CHUNK, total - start)), start)
                awards = [award(badgeclass, number, row_number) for number, row_number in numbers]
                add_assertions(awards)
            names += [item.entity_id for item in awards if badgeclass == measured.pk]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")
    print(
        json.dumps(
            {
                "token": token,
                "issuer": issuer.entity_id,
                "badgeclass": measured.entity_id,
                "assertions": names[:: max(1, len(names) // 100)][:100],
                "people": [_address(number) for number in range(PEOPLE)],
                "row": [measured.pk, issuer.pk, ada.pk],
            }
        )
    )


def _address(number: int) -> str:
    return f"person-{number}@example.org"


def _picture() -> bytes:
    """A PNG of 400 x 400 that is not the same everywhere, about as heavy as real ones."""
    bands = (Image.radial_gradient("L"), Image.linear_gradient("L"), Image.radial_gradient("L"))
    out = io.BytesIO()
    Image.merge("RGB", bands).resize((400, 400)).save(out, "PNG")
    return out.getvalue()


if __name__ == "__main__":
    main(int(sys.argv[1]))
