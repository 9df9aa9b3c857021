"""Awards as V2 objects, the envelope around them, and where a long list goes on."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from benchmarks.floor.store import Row, Store

AWARD_COLUMNS = """
    a.entity_id, a.created_at, a.recipient_identity, a.salt, a.issued_on, a.narrative, a.evidence,
    a.extensions, a.acceptance, a.expires_on, u.entity_id,
    (SELECT n.state FROM rosette_notice n WHERE n.assertion_id = a.id ORDER BY n.id DESC LIMIT 1),
    a.revoked_at, a.revocation_reason, a.suspended_at, a.suspension_reason,
    b.entity_id, i.entity_id, a.id, a.updated_at
"""
NUMBER_AT = -2
"""Where the number of the row stands among ``AWARD_COLUMNS``."""
AWARDS = f"""
    SELECT {AWARD_COLUMNS} FROM rosette_assertion a
    JOIN rosette_badgeclass b ON b.id = a.badgeclass_id
    JOIN rosette_issuer i ON i.id = a.issuer_id
    LEFT JOIN rosette_user u ON u.id = a.created_by_id
"""


def award_object(store: Store, origin: str, row: Row) -> dict[str, Any]:
    """The award whose ``AWARD_COLUMNS`` these are, its JSON read."""
    name, created, identity, salt, issued, narrative, evidence, extensions, state, *rest = row
    expires, by, notice, revoked, reason, suspended, why, badgeclass, issuer, *_ = rest
    shown, public = store.shown, f"{origin}/public"
    return {
        "entityType": "Assertion",
        "entityId": name,
        "openBadgeId": f"{public}/assertions/{name}",
        "createdAt": shown(created),
        "createdBy": by,
        "badgeclass": badgeclass,
        "badgeclassOpenBadgeId": f"{public}/badges/{badgeclass}",
        "issuer": issuer,
        "issuerOpenBadgeId": f"{public}/issuers/{issuer}",
        "image": None if revoked or suspended else f"{public}/assertions/{name}/image",
        "recipient": {
            "identity": hashed(identity, salt),
            "hashed": True,
            "type": "email",
            "plaintextIdentity": identity,
            "salt": salt,
        },
        "issuedOn": shown(issued),
        "narrative": narrative or None,
        "evidence": [
            {"url": item["url"], "id": item["url"], "narrative": item["narrative"]}
            for item in evidence
        ],
        "revoked": bool(revoked),
        "revocationReason": reason if revoked else None,
        "suspended": bool(suspended) and not revoked,
        "suspensionReason": why if suspended and not revoked else None,
        "acceptance": state,
        "expires": expires and shown(expires),
        "extensions": extensions,
        "notification": notice,
    }


def read(store: Store, row: Row) -> Row:
    """The row with its JSON read."""
    return (*row[:6], store.unjson(row[6]), store.unjson(row[7]), *row[8:])


def envelope(result: Iterable[Mapping[str, Any]], **beside: Any) -> bytes:
    status = {"success": True, "description": "ok"}
    return orjson.dumps({"status": status, "result": list(result), **beside})


def further(store: Store, url: str, query: Mapping[str, str], at: Any, number: int) -> str:
    """The address of the page that comes after this moment and row."""
    moment = at if store.is_postgresql else datetime.fromisoformat(at).replace(tzinfo=UTC)
    micros = int(moment.timestamp()) * 1_000_000 + moment.microsecond
    cursor = urlsafe_b64encode(orjson.dumps([micros, number, 0])).decode().rstrip("=")
    items: Sequence[tuple[str, str]] = [*query.items(), ("cursor", cursor)]
    return f"{url}?{urlencode(sorted(items, key=lambda item: item[0] == 'settled'))}"


def hashed(identity: str, salt: str) -> str:
    return "sha256$" + hashlib.sha256((identity + salt).encode()).hexdigest()
