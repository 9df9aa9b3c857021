"""The WSGI app: which address answers what, and what is asked of the database for it."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import argon2
import orjson

from benchmarks.floor import audit, documents, objects
from benchmarks.floor.store import INSERT_ENTRY, Row, Store, entity_id, insert_into, new_row

PAGE = 100

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
_KNOWN_MANY = """
    SELECT name FROM {asked} WHERE EXISTS (SELECT 1 FROM rosette_assertion a
        WHERE a.recipient_identity = name)
"""
_ASKED_OF_POSTGRESQL = "unnest(%s::text[]) AS asked(name)"
_ASKED_OF_SQLITE = "(SELECT value AS name FROM json_each(%s)) AS asked"
_NEWEST = f"""
    {objects.AWARDS} WHERE a.badgeclass_id = %s AND a.revoked_at IS NULL
        AND (a.expires_on IS NULL OR a.expires_on >= %s)
    ORDER BY a.created_at DESC, a.id DESC LIMIT {PAGE + 1}
"""
# The plus keeps SQLite, which knows nothing of how many there are, from walking the whole class.
_OF_RECIPIENT = f"""
    {objects.AWARDS} WHERE +a.badgeclass_id = %s AND a.recipient_identity = %s
        AND a.revoked_at IS NULL AND (a.expires_on IS NULL OR a.expires_on >= %s)
    ORDER BY a.created_at, a.id
"""
_CHANGED = f"""
    {objects.AWARDS} WHERE a.issuer_id = %s AND a.updated_at > %s
    ORDER BY a.updated_at, a.id LIMIT {PAGE + 1}
"""
_MINE = "SELECT issuer_id FROM rosette_issuerstaff WHERE user_id = %s"
_OLDEST_TRANSACTION = """
    SELECT EXTRACT(EPOCH FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""
_ONE_AT_MINE = f"""
    {objects.AWARDS} JOIN rosette_issuerstaff s ON s.issuer_id = a.issuer_id AND s.user_id = %s
    WHERE a.entity_id = %s
"""
_REVOKE = """
    UPDATE rosette_assertion SET revoked_at = %s, revocation_reason = %s, updated_at = %s
    WHERE id = %s AND revoked_at IS NULL
"""
_NOTICE = insert_into(
    "rosette_notice",
    ("kind", '"to"', "assertion_id", "state", "attempts", "last_error", "created_at", "due_at"),
)
_JOB = insert_into(
    "django_tasks_database_dbtaskresult",
    (
        *("id", "status", "enqueued_at", "args_kwargs", "priority", "task_path", "worker_ids"),
        *("queue_name", "backend_name", "run_after", "exception_class_path", "traceback"),
    ),
)
_PERSON = """
    SELECT u.id, u.entity_id, u.password,
        (SELECT id FROM rosette_application WHERE client_id = 'public')
    FROM account_emailaddress e JOIN rosette_user u ON u.id = e.user_id
    WHERE e.email = %s AND e.verified AND u.is_active
"""
_ACCESS_TOKEN = insert_into(
    "rosette_accesstoken",
    (
        *("user_id", "token", "token_checksum", "application_id", "expires", "scope", "resource"),
        *("created", "updated", "entity_id"),
    ),
)
_REFRESH_TOKEN = insert_into(
    "rosette_refreshtoken",
    (
        *("user_id", "token", "token_checksum", "application_id", "access_token_id"),
        *("token_family", "resource", "created", "updated"),
    ),
)
_SCOPE = "rw:profile rw:issuer rw:backpack"
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


class Floor:
    """The app on one database."""

    def __init__(self, url: str, origin: str, media: Path) -> None:
        self._store = Store(url)
        self._origin = origin
        self._media = media
        self._hasher = argon2.PasswordHasher()

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        status, body, *headers = self._answer(environ)
        start(status, [("Content-Type", "application/json"), *headers])
        return [body]

    def _answer(self, environ: dict[str, Any]) -> tuple[Any, ...]:
        match (environ["REQUEST_METHOD"], *environ["PATH_INFO"].strip("/").split("/")):
            case "GET", "public", "assertions", name:
                return self._assertion(name, environ.get("HTTP_IF_NONE_MATCH"))
            case "GET", "public", "badges", name:
                [row] = self._store.rows(documents.BADGECLASS, [name])
                document = documents.badgeclass(self._store, self._origin, row)
                return "200 OK", orjson.dumps(document)
            case "GET", "public", "issuers", name:
                [row] = self._store.rows(documents.ISSUER, [name])
                return "200 OK", orjson.dumps(documents.issuer(self._origin, row))
            case "GET", "public", "assertions", name, "image":
                [row] = self._store.rows(documents.ASSERTION, [name])
                return "200 OK", documents.baked(self._store, self._origin, self._media, row)
            case "POST", "v2", "badgeclasses", name, _:
                return "201 Created", self._award(environ, name)
            case "GET", "v2", "badgeclasses", name, "assertions":
                return self._list(environ, name)
            case "GET", "v2", "assertions", "changed":
                return "200 OK", self._changed(environ)
            case "DELETE", "v2", "assertions", name:
                return "200 OK", self._revoke(environ, name)
            case "POST", "o", "token":
                return "200 OK", self._token(environ)
            case "POST", "hash":
                sent = dict(parse_qsl(environ["wsgi.input"].read().decode()))
                self._hasher.verify(sent["hash"], sent["password"])
        return "200 OK", b'{"static":true}'

    def _award(self, environ: dict[str, Any], name: str) -> bytes:
        store, person = self._store, self._caller(environ)
        badgeclass = self._badgeclass(person, name)
        sent = orjson.loads(environ["wsgi.input"].read())
        wishes = sent.get("assertions", [sent])
        known = (badgeclass[0], badgeclass[1], person[0])
        rows = [new_row(store, wish, known) for wish in wishes]
        notice = None
        at, by, issuer = rows[0][1], person[1], badgeclass[2]
        if len(rows) > 1:
            self._known([row[7] for row in rows])
            made = {"count": len(rows), "digest": audit.digest([row[0] for row in rows])}
            noted = audit.entry(at, "award.create", "badgeclass", name, by, issuer=issuer, **made)
            store.insert_many(rows, noted=noted)
        else:
            noted = audit.entry(
                at, "award.create", "assertion", rows[0][0], by, issuer=issuer, badgeclass=name
            )
            if wishes[0].get("notify"):
                notice = "queued"
                self._insert_with_notice(rows[0], noted)
            else:
                store.rows(_KNOWN, [rows[0][7]])
                store.insert_noted(rows[0], noted)
        return objects.envelope(
            objects.award_object(
                store,
                self._origin,
                (
                    *(*row[:2], row[7], *row[9:12], orjson.loads(row[12]), {}, row[15]),
                    *(None, person[1], notice, None, "", None, "", name, badgeclass[2]),
                ),
            )
            for row in rows
        )

    def _known(self, names: list[str]) -> set[str]:
        store = self._store
        asked = _ASKED_OF_POSTGRESQL if store.is_postgresql else _ASKED_OF_SQLITE
        found = store.rows(_KNOWN_MANY.format(asked=asked), [store.listed(names)])
        return {name for (name,) in found}

    def _insert_with_notice(self, row: Row, noted: Row) -> None:
        store = self._store
        at = row[1]
        with store.transaction():
            number = store.insert_numbered(row, noted)
            notice = ("award", row[7], number, "queued", 0, "", at, at)
            [(noticed,)] = store.rows(f"{_NOTICE} RETURNING id", notice)
            arguments = orjson.dumps({"args": [], "kwargs": {"notice_ids": [noticed]}}).decode()
            job = (uuid4().hex, "READY", at, arguments, 0, "rosette.tasks.send_notices", "[]")
            never = store.stored(_NEVER)
            store.run(_JOB, (*job, "default", "default", never, "", ""))

    def _list(self, environ: dict[str, Any], name: str) -> tuple[Any, ...]:
        store, query = self._store, dict(parse_qsl(environ["QUERY_STRING"]))
        badgeclass = self._badgeclass(self._caller(environ), name)
        now = store.stored(datetime.now(UTC))
        if "recipient" in query:
            found = store.rows(_OF_RECIPIENT, [badgeclass[0], query["recipient"], now])
            return "200 OK", self._envelope(found)
        found = store.rows(_NEWEST, [badgeclass[0], now])
        if len(found) <= PAGE:
            return "200 OK", self._envelope(found)
        url = f"{self._origin}{environ['PATH_INFO']}"
        last = found[PAGE - 1]
        following = objects.further(store, url, query, last[1], last[18])
        return "200 OK", self._envelope(found[:PAGE]), ("Link", f'<{following}>; rel="next"')

    def _changed(self, environ: dict[str, Any]) -> bytes:
        store, query = self._store, dict(parse_qsl(environ["QUERY_STRING"]))
        [[issuer]] = store.rows(_MINE, [self._caller(environ)[0]])
        settled = self._settled()
        since = store.stored(datetime.fromisoformat(query["since"]))
        found = store.rows(_CHANGED, [issuer, since])
        following = None
        if len(found) > PAGE:
            last = found[PAGE - 1]
            url, query = f"{self._origin}{environ['PATH_INFO']}", query | {"settled": settled}
            following = objects.further(store, url, query, last[19], last[18])
        pages = {"hasNext": bool(following), "nextResults": following}
        pages |= {"hasPrevious": False, "previousResults": None}
        return self._envelope(found[:PAGE], pagination=pages, timestamp=settled)

    def _settled(self) -> str:
        """Up to when everything that was written can be read: no writer is under way."""
        store, now = self._store, datetime.now(UTC)
        if store.is_postgresql:
            [[age]] = store.rows(_OLDEST_TRANSACTION)
            return (now - timedelta(seconds=1 + float(age or 0))).isoformat()
        with store.transaction():
            return datetime.now(UTC).isoformat()

    def _revoke(self, environ: dict[str, Any], name: str) -> bytes:
        store, person = self._store, self._caller(environ)
        reason = orjson.loads(environ["wsgi.input"].read())["revocation_reason"]
        [row] = store.rows(_ONE_AT_MINE, [person[0], name])
        now = store.stored(datetime.now(UTC))
        number = row[objects.NUMBER_AT]
        badgeclass, issuer = row[16:18]
        noted = audit.entry(
            now,
            "award.revoke",
            "assertion",
            name,
            person[1],
            issuer=issuer,
            badgeclass=badgeclass,
        )
        with store.transaction():
            if store.run(_REVOKE, [now, reason, now, number]) != 1:
                raise LookupError(f"award {number} is not there to be revoked")
            store.run(INSERT_ENTRY, noted)
        return self._envelope([(*row[:12], now, reason, *row[14:])])

    def _token(self, environ: dict[str, Any]) -> bytes:
        sent = dict(parse_qsl(environ["wsgi.input"].read().decode()))
        store, now = self._store, datetime.now(UTC)
        [(person, name, password, application)] = store.rows(_PERSON, [sent["username"]])
        self._hasher.verify(password.removeprefix("argon2"), sent["password"])
        access, refresh = secrets.token_urlsafe(22), secrets.token_urlsafe(22)
        at, until = store.stored(now), store.stored(now + timedelta(days=1))
        kept = (person, "", _checksum(access), application, until, _SCOPE, "[]", at, at)
        with store.transaction():
            named = (*kept, entity_id(int(now.timestamp() * 1000)))
            [(number,)] = store.rows(f"{_ACCESS_TOKEN} RETURNING id", named)
            family = uuid4().hex
            kept = (person, "", _checksum(refresh), application, number, family, "[]", at, at)
            store.run(_REFRESH_TOKEN, kept)
            said = {"client": "public", "grant": "password", "scope": _SCOPE}
            store.run(
                INSERT_ENTRY, audit.entry(at, "token.create", "user", name, name, issuer="", **said)
            )
        return orjson.dumps(
            {
                "access_token": access,
                "expires_in": 86400,
                "token_type": "Bearer",
                "scope": _SCOPE,
                "refresh_token": refresh,
            }
        )

    def _assertion(self, name: str, had: str | None) -> tuple[Any, ...]:
        [row] = self._store.rows(documents.ASSERTION, [name])
        tag = f'"{row[8]} {row[9]} {row[10]}"'
        if tag == had:
            return "304 Not Modified", b"", ("ETag", tag)
        document = documents.assertion(self._store, self._origin, row)
        return "200 OK", orjson.dumps(document), ("ETag", tag)

    def _caller(self, environ: dict[str, Any]) -> Row:
        """The person behind the token."""
        checksum = _checksum(environ["HTTP_AUTHORIZATION"][7:])
        now = self._store.stored(datetime.now(UTC))
        [person] = self._store.rows(_ACCESS, [checksum, now])
        return person

    def _badgeclass(self, person: Row, name: str) -> Row:
        """The badge class, at one of the person's issuers."""
        [badgeclass] = self._store.rows(_BADGECLASS, [person[0], name])
        return badgeclass

    def _envelope(self, found: list[Row], **beside: Any) -> bytes:
        store, origin = self._store, self._origin
        read = objects.read
        return objects.envelope(
            (objects.award_object(store, origin, read(store, row)) for row in found), **beside
        )


def _checksum(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
