"""
A site with something in every table, in a database of its own: for tests of whole sites.

``python -m tests.furnish``, run with the settings of an empty site that ``rosette init`` made.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MOMENT = datetime(2026, 11, 23, 9, 30, 0, 250_000, tzinfo=UTC)
GONE = 4711
"""The number of an award that was deleted, higher than those of all that are there."""


def furnish(environment: Mapping[str, str]) -> None:
    """Furnish the site with these settings."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.furnish"],
        env={**environment, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _furnish() -> None:
    from django.apps import apps
    from django.db import transaction
    from django.test import override_settings

    from rosette.operations import chain
    from tests.documents import checksums
    from tests.world import world

    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    with quick, transaction.atomic():
        world(3)
        _history()
    chain.seal()  # a block that was made up would belie the others
    with transaction.atomic():
        waiting = list(apps.get_models(include_auto_created=True))
        while waiting:
            left = [model for model in waiting if not _has_a_row(model)]
            assert len(left) < len(waiting), f"nobody can fill {left}"
            waiting = left
    checksums()  # makes the keys that sign, and the pictures


def _history() -> None:
    """Awards that were revoked, suspended, imported and deleted; a badge that changed its name."""
    from rosette.api import examples
    from rosette.models import Assertion, BadgeClass, Issuer, Original
    from rosette.models.base import new_entity_id
    from rosette.models.revisions import (
        badgeclass_facts,
        issuer_facts,
        keep_badgeclass,
        keep_issuer,
    )
    from rosette.operations import pictures
    from tests import factories
    from tests.openbadges.facts import SVG

    issuer = Issuer.objects.get(entity_id=examples.ISSUER)
    drawn = factories.badgeclass(
        issuer,
        name="Spleißen & ⚓\u200b\\N",
        description='Tabs\tand "quotes",\nand \\. at the beginning of a line\n\\.\n',
        image=pictures.keep(SVG),
        suspendable=True,
        tags=["rope", "ⓐ"],
        extensions={
            "extensions:Zed": {"type": ["Extension"], "longer": 1, "a": 0.1},
            "extensions:A": {"deep": {"z": None, "b": [True, {"y": 1, "x": 2}]}},
        },
    )
    factories.assertion(drawn, expires_on=MOMENT, narrative="Ahoi 🦜", issued_on=MOMENT)
    factories.assertion(drawn, revoked_at=MOMENT, revocation_reason="A mistake")
    factories.assertion(drawn, suspended_at=MOMENT, suspension_reason="Under review")
    factories.assertion(drawn, "https://bob.example.org", recipient_kind="url")
    elsewhere = "https://elsewhere.example.org"
    theirs = factories.issuer(source_url=f"{elsewhere}/i", name="Elsewhere")
    badge = factories.badgeclass(theirs, source_url=f"{elsewhere}/b", image=drawn.image)
    held = factories.assertion(badge, source_url=f"{elsewhere}/a", salt="")
    Original.objects.create(assertion=held, jws="e30.e30.c2ln", checked_at=MOMENT)
    before = badgeclass_facts(drawn)
    drawn.name = "Splicing"
    drawn.save()
    keep_badgeclass(BadgeClass.objects.get(pk=drawn.pk), before)
    known = issuer_facts(issuer)
    issuer.description = "Night school for sailors and their parrots"
    issuer.save()
    keep_issuer(Issuer.objects.get(pk=issuer.pk), known)
    factories.assertion(drawn, pk=GONE, entity_id=new_entity_id())
    Assertion.objects.filter(pk=GONE).delete()
    _give_numbers_beyond()


def _give_numbers_beyond() -> None:
    """As PostgreSQL would, had it given the number itself; SQLite looks at the rows."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            sequence = "pg_get_serial_sequence('rosette_assertion', 'id')"
            cursor.execute(f"SELECT setval({sequence}, %s)", [GONE])


def _has_a_row(model: Any) -> bool:
    """Whether there is one, or one can be made already."""
    if model._base_manager.exists():
        return True
    values = {}
    for field in model._meta.local_concrete_fields:
        if field.has_default() or (field.primary_key and not field.remote_field):
            continue
        if field.remote_field:
            values[field.name] = field.related_model._base_manager.first()
            if values[field.name] is None and not field.null:
                return False
        elif not field.null:
            values[field.name] = _SAMPLES[field.get_internal_type()]
    pk = model._meta.pk
    if pk.get_internal_type() == "CharField":
        values[pk.name] = "sample"
    model._base_manager.create(**values)
    return True


_SAMPLES: dict[str, Any] = {
    "BinaryField": b"\x00\xff\x5c",
    "BooleanField": True,
    "CharField": "s",
    "DateField": MOMENT.date(),
    "DateTimeField": MOMENT,
    "IntegerField": 7,
    "JSONField": {"b": 1, "a": None},
    "PositiveIntegerField": 7,
    "PositiveSmallIntegerField": 7,
    "TextField": "A\nsample",
    "URLField": "https://sample.example.org",
    "UUIDField": "00112233445566778899aabbccddeeff",
}


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosette.settings")
    django.setup()
    _furnish()
