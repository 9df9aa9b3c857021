"""
Every public document of a site, by its checksum: the proof that one site is the same as another.

``python -m tests.documents``, run with the settings of a site, prints them as JSON; they are taken
with Django's client from whatever the database has, past a server and past caches.

PostgreSQL keeps the members of a JSON object in an order of its own. So from one database to the
other documents are the same ``as_json``, and all else is the same to the byte.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from rosette.openbadges.baking import Place, unbake
from rosette.openbadges.errors import OpenBadgesError


def documents(environment: Mapping[str, str], *, as_json: bool = False) -> dict[str, str]:
    """Address -> status and SHA-256 of the site with these settings."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.documents", *(["--as-json"] if as_json else [])],
        env={**environment, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def addresses() -> Iterator[str]:
    """The addresses of all that the site publishes."""
    from rosette.models import Assertion, BadgeClass, Collection, Issuer
    from rosette.models.statuses import newest_number
    from rosette.openbadges.statuslist import PURPOSES, list_number

    yield from ("/.well-known/did.json", "/.well-known/jwks.json")
    for issuer in Issuer.objects.order_by("pk"):
        at = f"/public/issuers/{issuer.entity_id}"
        yield from (f"{at}.json", f"{at}.json?v=1_1", f"{at}.json?v=3_0", f"{at}/badges.json")
        yield from (f"{at}/image", f"{at}/did.json", f"{at}/jwks.json", f"{at}/revocations")
        for purpose in PURPOSES:
            for number in range(1, list_number(max(newest_number(), 1)) + 1):
                yield f"{at}/status/{purpose}/{number}"
    for badge in BadgeClass.objects.order_by("pk"):
        at = f"/public/badges/{badge.entity_id}"
        yield from (f"{at}.json", f"{at}.json?v=1_1", f"{at}/ob3", f"{at}/image", f"{at}/criteria")
    for award in Assertion.objects.order_by("pk"):
        at = f"/public/assertions/{award.share_hash or award.entity_id}"
        yield from (f"{at}.json", f"{at}.json?v=1_1", f"{at}.json?expand=badge.issuer")
        yield from (f"{at}/ob3", f"{at}/ob3.jwt", f"{at}/image")
        yield from (f"{at}/baked", f"{at}/baked?v=1_1", f"{at}/baked?v=3_0")
    for collection in Collection.objects.exclude(share_hash="").order_by("pk"):
        yield f"/public/collections/{collection.share_hash}.json"


def checksums(*, as_json: bool = False) -> dict[str, str]:
    """As ``documents``, of the site that Django is ready for."""
    from django.test import Client

    client = Client()
    found = {}
    for address in addresses():
        answer = client.get(address, headers={"Accept": "application/json"}, follow=True)
        content = b"".join(answer) if answer.streaming else answer.content
        if as_json:
            content = _canonical(content)
        found[address] = f"{answer.status_code} {hashlib.sha256(content).hexdigest()}"
    return found


PLACES: tuple[Place, ...] = ("assertion", "credential")


def _canonical(content: bytes) -> bytes:
    """A JSON document, or the one that is baked into an image, with its members in order."""
    for place in PLACES:
        with suppress(OpenBadgesError):
            content = unbake(content, place).encode()
    with suppress(ValueError):
        content = json.dumps(json.loads(content), sort_keys=True).encode()
    return content


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rosette.settings")
    django.setup()
    print(json.dumps(checksums(as_json="--as-json" in sys.argv), indent=1))
