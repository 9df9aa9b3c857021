"""
The floor: what the same work costs without any framework.

A bare WSGI app, served by the same web server with as many workers and threads as Rosette. It
looks at the same rows by the same indexes with the bare driver, adds the same rows, and answers
the same bytes at the same addresses; nothing is checked that it can do without. What it does not
do: refuse anything.
"""

import hashlib
import os
import secrets
import sqlite3
import struct
import threading
import time
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson
import psycopg

Row = tuple[Any, ...]

_ACCESS = """
    SELECT u.id, u.entity_id, EXISTS (SELECT 1 FROM account_emailaddress e
        WHERE e.user_id = u.id AND e.verified)
    FROM rosette_accesstoken t JOIN rosette_user u ON u.id = t.user_id
    WHERE t.token_checksum = %s AND t.expires > %s AND u.is_active
"""
_BADGECLASS = """
    SELECT b.id, b.issuer_id, i.entity_id, s.role
    FROM rosette_badgeclass b JOIN rosette_issuer i ON i.id = b.issuer_id
    JOIN rosette_issuerstaff s ON s.issuer_id = i.id AND s.user_id = %s
    WHERE b.entity_id = %s AND b.deleted_at IS NULL
"""
_KNOWN = "SELECT 1 FROM rosette_assertion WHERE recipient_identity = %s LIMIT 1"
_COLUMNS = (
    *("entity_id", "created_at", "updated_at", "badgeclass_id", "issuer_id", "created_by_id"),
    *("recipient_kind", "recipient_identity", "recipient_hashed", "salt", "issued_on"),
    *("narrative", "evidence", "extensions", "revocation_reason", "acceptance"),
)
_INSERT = (
    f"INSERT INTO rosette_assertion ({', '.join(_COLUMNS)})"
    f" VALUES ({', '.join('%s' for _ in _COLUMNS)})"
)
_COPY = f"COPY rosette_assertion ({', '.join(_COLUMNS)}) FROM STDIN"
_LIST = """
    SELECT a.entity_id, a.created_at, a.recipient_identity, a.salt, a.issued_on, a.narrative,
        a.evidence, a.extensions, a.acceptance, a.expires_on, u.entity_id,
        (SELECT n.state FROM rosette_notice n WHERE n.assertion_id = a.id
         ORDER BY n.id DESC LIMIT 1)
    FROM rosette_assertion a LEFT JOIN rosette_user u ON u.id = a.created_by_id
    WHERE a.badgeclass_id = %s AND a.revoked_at IS NULL
        AND (a.expires_on IS NULL OR a.expires_on >= %s)
    ORDER BY a.created_at DESC, a.id DESC LIMIT 100
"""
_ASSERTION = """
    SELECT a.entity_id, a.recipient_identity, a.salt, a.issued_on, a.narrative, a.evidence,
        b.entity_id, b.image, a.updated_at, b.updated_at, i.updated_at
    FROM rosette_assertion a JOIN rosette_badgeclass b ON b.id = a.badgeclass_id
    JOIN rosette_issuer i ON i.id = b.issuer_id
    WHERE a.entity_id = %s
"""
_PUBLIC_BADGECLASS = """
    SELECT b.entity_id, b.name, b.description, b.criteria_narrative, b.tags, i.entity_id
    FROM rosette_badgeclass b JOIN rosette_issuer i ON i.id = b.issuer_id WHERE b.entity_id = %s
"""
_PUBLIC_ISSUER = """
    SELECT entity_id, name, url, email, description FROM rosette_issuer WHERE entity_id = %s
"""


class Store:
    """A database by its bare driver, one connection for each thread."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.is_postgresql = url.startswith("postgresql")
        self._own = threading.local()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return self._cursor(sql, parameters).fetchall()

    def insert(self, row: Row) -> None:
        """One award, committed."""
        self._cursor(_INSERT, row)

    def insert_many(self, rows: Iterable[Row]) -> None:
        """Many awards in one transaction, as fast as the driver can."""
        if self.is_postgresql:
            with self.connection.cursor().copy(_COPY) as stream:
                for row in rows:
                    stream.write_row(row)
            return
        self.run("BEGIN IMMEDIATE")
        self.connection.executemany(_spelt(_INSERT), rows)
        self.run("COMMIT")

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> None:
        self._cursor(sql, parameters)

    def _cursor(self, sql: str, parameters: Sequence[Any]) -> Any:
        return self.connection.execute(sql if self.is_postgresql else _spelt(sql), parameters)

    @property
    def connection(self) -> Any:
        try:
            return self._own.connection
        except AttributeError:
            self._own.connection = self._connect()
            return self._own.connection

    def _connect(self) -> Any:
        if self.is_postgresql:
            made = psycopg.connect(self._url, autocommit=True, options="-c timezone=UTC")
            psycopg.types.json.set_json_loads(orjson.loads, made)
            return made
        file = sqlite3.connect(self._url, isolation_level=None, timeout=30)
        for setting in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536"):
            file.execute(f"PRAGMA {setting}")
        file.execute("PRAGMA mmap_size=268435456")
        return file

    def stored(self, at: datetime) -> Any:
        return at if self.is_postgresql else at.replace(tzinfo=None).isoformat(" ")

    def shown(self, at: Any) -> str:
        text = at.replace(tzinfo=None).isoformat() if self.is_postgresql else at.replace(" ", "T")
        return f"{text}Z"

    def unjson(self, value: Any) -> Any:
        return value if self.is_postgresql else orjson.loads(value)


@cache
def _spelt(sql: str) -> str:
    return sql.replace("%s", "?")


def new_row(store: Store, wish: dict[str, Any], known: tuple[int, int, int]) -> Row:
    """The columns of one award; ``known``: row numbers of badge class, issuer and person."""
    at = store.stored(datetime.now(UTC))
    evidence = [
        {"url": item.get("url"), "narrative": item.get("narrative")}
        for item in wish.get("evidence") or ()
    ]
    return (
        *(_name(), at, at, *known, "email", wish["recipient"]["identity"], True),
        *(secrets.token_hex(16), at, wish.get("narrative") or ""),
        *(orjson.dumps(evidence).decode(), "{}", "", "Unaccepted"),
    )


def _name() -> str:
    """An entity id: a UUID of version 7 in base64url."""
    raw = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
    raw[6], raw[8] = raw[6] & 0x0F | 0x70, raw[8] & 0x3F | 0x80
    return urlsafe_b64encode(raw).decode()[:22]


class Floor:
    """The WSGI app."""

    def __init__(self, url: str, origin: str, media: Path) -> None:
        self._store = Store(url)
        self._origin = origin
        self._media = media

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        status, body, *headers = self._answer(environ)
        start(status, [("Content-Type", "application/json"), *headers])
        return [body]

    def _answer(self, environ: dict[str, Any]) -> tuple[Any, ...]:
        match (environ["REQUEST_METHOD"], *environ["PATH_INFO"].strip("/").split("/")):
            case "GET", "public", "assertions", name:
                return self._assertion(name, environ.get("HTTP_IF_NONE_MATCH"))
            case "GET", "public", "badges", name:
                return "200 OK", self._badgeclass(name)
            case "GET", "public", "issuers", name:
                return "200 OK", self._issuer(name)
            case "GET", "public", "assertions", name, "image":
                return "200 OK", self._baked(name)
            case "POST", "v2", "badgeclasses", name, _:
                return "201 Created", self._award(environ, name)
            case "GET", "v2", "badgeclasses", name, "assertions":
                return "200 OK", self._list(environ, name)
        return "200 OK", b'{"static":true}'

    def _award(self, environ: dict[str, Any], name: str) -> bytes:
        store, (person, badgeclass) = self._store, self._admitted(environ, name)
        sent = orjson.loads(environ["wsgi.input"].read())
        wishes = sent.get("assertions", [sent])
        known = (badgeclass[0], badgeclass[1], person[0])
        rows = [new_row(store, wish, known) for wish in wishes]
        if len(rows) == 1:
            store.rows(_KNOWN, [rows[0][7]])
            store.insert(rows[0])
        else:
            store.insert_many(rows)
        return _envelope(
            self._award_object(
                (*row[:2], row[7], *row[9:12], orjson.loads(row[12]), {}, row[15], None),
                *(person[1], None, name, badgeclass[2]),
            )
            for row in rows
        )

    def _list(self, environ: dict[str, Any], name: str) -> bytes:
        store, (_, badgeclass) = self._store, self._admitted(environ, name)
        rows = store.rows(_LIST, [badgeclass[0], store.stored(datetime.now(UTC))])
        return _envelope(
            self._award_object(
                (*row[:6], store.unjson(row[6]), store.unjson(row[7]), *row[8:10]),
                *(row[10], row[11], name, badgeclass[2]),
            )
            for row in rows
        )

    def _admitted(self, environ: dict[str, Any], name: str) -> tuple[Row, Row]:
        """The person behind the token, and the badge class."""
        store = self._store
        checksum = hashlib.sha256(environ["HTTP_AUTHORIZATION"][7:].encode()).hexdigest()
        [person] = store.rows(_ACCESS, [checksum, store.stored(datetime.now(UTC))])
        [badgeclass] = store.rows(_BADGECLASS, [person[0], name])
        return person, badgeclass

    def _award_object(
        self, row: Row, by: str, notice: str | None, badgeclass: str, issuer: str
    ) -> dict[str, Any]:
        name, created, identity, salt, issued, narrative, evidence, extensions, state, expires = row
        shown, public = self._store.shown, f"{self._origin}/public"
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
            "image": f"{public}/assertions/{name}/image",
            "recipient": {
                "identity": _hashed(identity, salt),
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
            "revoked": False,
            "revocationReason": None,
            "acceptance": state,
            "expires": expires and shown(expires),
            "extensions": extensions,
            "notification": notice,
        }

    def _assertion(self, name: str, had: str | None) -> tuple[Any, ...]:
        [row] = self._store.rows(_ASSERTION, [name])
        tag = f'"{row[8]} {row[9]} {row[10]}"'
        if tag == had:
            return "304 Not Modified", b"", ("ETag", tag)
        return "200 OK", orjson.dumps(self._document(row)), ("ETag", tag)

    def _document(self, row: Row) -> dict[str, Any]:
        name, identity, salt, issued, narrative, evidence, badge, *_ = row
        return {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": f"{self._origin}/public/assertions/{name}",
            "badge": f"{self._origin}/public/badges/{badge}",
            "image": f"{self._origin}/public/assertions/{name}/image",
            "verification": {"type": "HostedBadge"},
            "evidence": [
                {"type": "Evidence", "id": item["url"], "narrative": item["narrative"]}
                for item in self._store.unjson(evidence)
            ],
            "narrative": narrative,
            "issuedOn": self._store.shown(issued)[:-1] + "+00:00",
            "recipient": {
                "hashed": True,
                "type": "email",
                "identity": _hashed(identity, salt),
                "salt": salt,
            },
        }

    def _badgeclass(self, asked: str) -> bytes:
        [row] = self._store.rows(_PUBLIC_BADGECLASS, [asked])
        name, title, description, criteria, tags, issuer = row
        id = f"{self._origin}/public/badges/{name}"
        return orjson.dumps(
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "BadgeClass",
                "id": id,
                "name": title,
                "description": description,
                "issuer": f"{self._origin}/public/issuers/{issuer}",
                "image": f"{id}/image",
                "criteria": {"narrative": criteria},
                "alignment": [],
                "tags": self._store.unjson(tags),
            }
        )

    def _issuer(self, asked: str) -> bytes:
        [row] = self._store.rows(_PUBLIC_ISSUER, [asked])
        name, title, url, email, description = row
        id = f"{self._origin}/public/issuers/{name}"
        return orjson.dumps(
            {
                "@context": "https://w3id.org/openbadges/v2",
                "type": "Issuer",
                "id": id,
                "name": title,
                "url": url,
                "email": email,
                "description": description,
                "image": f"{id}/image",
            }
        )

    def _baked(self, name: str) -> bytes:
        [row] = self._store.rows(_ASSERTION, [name])
        document = orjson.dumps(self._document(row), option=orjson.OPT_INDENT_2)
        content = b"openbadges\0\0\0\0\0" + document
        checksum = struct.pack(">I", zlib.crc32(content, zlib.crc32(b"iTXt")))
        image = _image(self._media / row[7])
        chunk = struct.pack(">I4s", len(content), b"iTXt") + content + checksum
        return image[:33] + chunk + image[33:]


def _hashed(identity: str, salt: str) -> str:
    return "sha256$" + hashlib.sha256((identity + salt).encode()).hexdigest()


def _envelope(result: Iterable[dict[str, Any]]) -> bytes:
    status = {"success": True, "description": "ok"}
    return orjson.dumps({"status": status, "result": list(result)})


@lru_cache
def _image(path: Path) -> bytes:
    return path.read_bytes()


def application() -> Floor:
    """The app for the database that ``FLOOR_DATABASE`` names."""
    return Floor(
        os.environ["FLOOR_DATABASE"], os.environ["FLOOR_ORIGIN"], Path(os.environ["FLOOR_MEDIA"])
    )
