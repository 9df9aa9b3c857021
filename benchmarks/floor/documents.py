"""What verifiers fetch: the three public documents, and the baked image."""

import struct
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from benchmarks.floor.objects import hashed
from benchmarks.floor.store import Row, Store

ASSERTION = """
    SELECT a.entity_id, a.recipient_identity, a.salt, a.issued_on, a.narrative, a.evidence,
        b.entity_id, b.image, a.updated_at, b.updated_at, i.updated_at
    FROM rosette_assertion a JOIN rosette_badgeclass b ON b.id = a.badgeclass_id
    JOIN rosette_issuer i ON i.id = b.issuer_id
    WHERE a.entity_id = %s
"""
BADGECLASS = """
    SELECT b.entity_id, b.name, b.description, b.criteria_narrative, b.tags, i.entity_id
    FROM rosette_badgeclass b JOIN rosette_issuer i ON i.id = b.issuer_id WHERE b.entity_id = %s
"""
ISSUER = """
    SELECT entity_id, name, url, email, description FROM rosette_issuer WHERE entity_id = %s
"""


def assertion(store: Store, origin: str, row: Row) -> dict[str, Any]:
    name, identity, salt, issued, narrative, evidence, badge, *_ = row
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Assertion",
        "id": f"{origin}/public/assertions/{name}",
        "badge": f"{origin}/public/badges/{badge}",
        "image": f"{origin}/public/assertions/{name}/image",
        "verification": {"type": "HostedBadge"},
        "evidence": [
            {"type": "Evidence", "id": item["url"], "narrative": item["narrative"]}
            for item in store.unjson(evidence)
        ],
        "narrative": narrative,
        "issuedOn": store.shown(issued)[:-1] + "+00:00",
        "recipient": {
            "hashed": True,
            "type": "email",
            "identity": hashed(identity, salt),
            "salt": salt,
        },
    }


def badgeclass(store: Store, origin: str, row: Row) -> dict[str, Any]:
    name, title, description, criteria, tags, issuer = row
    id = f"{origin}/public/badges/{name}"
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "BadgeClass",
        "id": id,
        "name": title,
        "description": description,
        "issuer": f"{origin}/public/issuers/{issuer}",
        "image": f"{id}/image",
        "criteria": {"narrative": criteria},
        "alignment": [],
        "tags": store.unjson(tags),
    }


def issuer(origin: str, row: Row) -> dict[str, Any]:
    name, title, url, email, description = row
    id = f"{origin}/public/issuers/{name}"
    return {
        "@context": "https://w3id.org/openbadges/v2",
        "type": "Issuer",
        "id": id,
        "name": title,
        "url": url,
        "email": email,
        "description": description,
        "image": f"{id}/image",
    }


def baked(store: Store, origin: str, media: Path, row: Row) -> bytes:
    document = orjson.dumps(assertion(store, origin, row), option=orjson.OPT_INDENT_2)
    content = b"openbadges\0\0\0\0\0" + document
    checksum = struct.pack(">I", zlib.crc32(content, zlib.crc32(b"iTXt")))
    image = _image(media / row[7])
    chunk = struct.pack(">I4s", len(content), b"iTXt") + content + checksum
    return image[:33] + chunk + image[33:]


@lru_cache
def _image(path: Path) -> bytes:
    return path.read_bytes()
