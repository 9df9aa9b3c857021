"""
Upgrades: an old database becomes one of now, nothing published changes, and nobody has to wait.

``upgrades/0001.backup`` is a site with something in every table, made by the first migration's
version (the commit 23e3ec4), and ``0001.documents.json`` are the checksums of what that version
published of it. Where a later version is meant to publish something else, say so in the changelog
and write the checksums anew: ``python -m tests.test_migrations``.
"""

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from rosette import schema
from tests.documents import documents
from tests.environment import DATABASE, ORIGIN
from tests.house import House, new_database
from tests.prepared import prepared_database

UPGRADES = Path(__file__).parent / "upgrades"
MIGRATIONS = Path(__file__).parent.parent / "src" / "rosette" / "migrations"
FROZEN = {"0001_initial.py": "896557efb1ca6c2623ed8c6441a168f05ae3a839f8ff95163f932cbb05cfa362"}
"""SHA-256 of migrations that have been released."""
LATER = sorted(path.stem for path in MIGRATIONS.glob("0*.py") if path.stem != "0001_initial")


@pytest.mark.parametrize("name", FROZEN)
def test_a_migration_that_is_out_is_never_changed(name: str):
    found = hashlib.sha256((MIGRATIONS / name).read_bytes()).hexdigest()
    assert found == FROZEN[name], "databases have it already: write a new migration instead"


def upgraded(folder: Path) -> tuple[str, House]:
    """What was said, and the site of the first version, brought up to this one."""
    house = House(folder, ROSETTE_PUBLIC_URL=ORIGIN, **new_database(DATABASE, "upgraded"))
    return house.done("restore", UPGRADES / "0001.backup"), house


def test_a_database_of_the_first_version_publishes_the_same_after_all_migrations(tmp_path: Path):
    said, house = upgraded(tmp_path / "data")

    assert ("migrations applied" in said) == bool(LATER)
    assert house.done("init") == ""  # nothing is left to be done
    before = json.loads((UPGRADES / "0001.documents.json").read_text())
    assert documents(house.environment, as_json=True) == before
    assert house.done("audit", "verify").endswith("The log is as it was written.\n")


STRUCTURE = {
    "sqlite": (
        """
        SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk, c.hidden
        FROM sqlite_master m, pragma_table_xinfo(m.name) c WHERE m.type = 'table'
        """,
        """
        SELECT m.name, f."table", f."from", f."to", f.on_update, f.on_delete
        FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
        """,
        "SELECT tbl_name, name, sql FROM sqlite_master WHERE type <> 'table'",
    ),
    "postgresql": (
        """
        SELECT c.relname, a.attname, CASE
            -- Numbers of these two are wider if they are made at once, as Django will have it.
            WHEN c.relname IN ('rosette_user_groups', 'rosette_user_user_permissions')
              AND a.atttypid IN ('integer'::regtype, 'bigint'::regtype) THEN 'a number'
            ELSE format_type(a.atttypid, a.atttypmod) END, a.attnotnull, a.attidentity,
          pg_get_expr(d.adbin, d.adrelid), collname
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
          LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
          AND c.relkind IN ('r', 'S')
        """,
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        """,
        # Without the casts of literals, which are written in one way or the other.
        r"""
        SELECT tablename, indexname, regexp_replace(
          indexdef, '::(text|character varying)|\[\]|[()]', '', 'g'
        ) FROM pg_indexes WHERE schemaname = 'public'
        """,
    ),
}
FIRST_ROWS = (
    "SELECT app, name FROM django_migrations",
    "SELECT app_label, model FROM django_content_type",
    """
    SELECT t.app_label, t.model, p.codename, p.name
    FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
    """,
)


def opened(house: House) -> Any:
    """A connection of the driver's to its database."""
    if DATABASE == "postgresql":
        return closing(psycopg.connect(house.settings["ROSETTE_DATABASE_URL"], autocommit=True))
    return closing(sqlite3.connect(house.folder / "rosette.sqlite3"))


def told(house: House, questions: tuple[str, ...]) -> list[list[tuple[object, ...]]]:
    """What its database says of each, in an order that is no matter of its history."""
    with opened(house) as door:
        return [sorted(door.execute(question), key=repr) for question in questions]


def test_a_new_database_is_what_all_migrations_would_make_of_it(tmp_path: Path):
    begun = House(tmp_path / "begun", **new_database(DATABASE, "begun"))
    assert begun.done("init").startswith(f"Database ready ({len(schema.migrations())} migrations).")
    walked = House(tmp_path, **prepared_database(tmp_path, "walked"))

    for questions in (STRUCTURE[DATABASE], FIRST_ROWS):
        found = told(begun, questions)
        assert all(found)
        assert found == told(walked, questions)
    # No migration makes rows elsewhere, which a new database would have to be given as well.
    names = {str(line[0]) for line in told(walked, STRUCTURE[DATABASE])[0]}
    kept = sorted(name for name in names if not name.endswith("_seq") and name[:6] != "sqlite")
    rows = dict(zip(kept, told(walked, tuple(f'SELECT * FROM "{n}"' for n in kept)), strict=True))
    assert {name for name in kept if rows[name]} == {
        *("django_migrations", "django_content_type", "auth_permission"),
    }


def test_where_a_table_is_in_the_way_nothing_is_made_at_once(tmp_path: Path):
    house = House(tmp_path, **new_database(DATABASE, "shared"))
    with opened(house) as door:
        door.execute("CREATE TABLE auth_group (id integer)")

    assert "auth_group" in house.run("init").stderr
    assert not any("rosette_issuer" in line for line in told(house, STRUCTURE[DATABASE])[0])


SAFE_ENOUGH = (
    # Matters of taste, which Django decides.
    *("prefer-bigint-over-int", "prefer-bigint-over-smallint", "prefer-identity"),
    *("prefer-text-field", "prefer-robust-stmts", "prefer-timestamptz"),
    "require-timeout-settings",
)
_FOREIGN_KEY = re.compile(r'ALTER TABLE "(\w+)" ADD CONSTRAINT "\w+" FOREIGN KEY')


def found_unsafe(sql: str, *, in_transaction: bool = True) -> list[str]:
    """The rules of squawk, a linter for migrations of PostgreSQL, that the SQL breaks."""
    new = set(re.findall(r'CREATE TABLE "(\w+)"', sql))
    lines = []
    for line in sql.splitlines():
        found = _FOREIGN_KEY.match(line)
        if found and found[1] in new:  # an empty table is not looked through for long
            lines.append("-- squawk-ignore adding-foreign-key-constraint")
        lines.append(line)
    done = subprocess.run(
        [
            str(Path(sys.executable).parent / "squawk"),
            *(["--assume-in-transaction"] if in_transaction else []),
            *("--exclude", ",".join(SAFE_ENOUGH), "--reporter", "json"),
        ],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
    )
    return [item["rule_name"] for item in json.loads(done.stdout)]


@pytest.mark.skipif(DATABASE != "postgresql", reason="asks PostgreSQL how it would be done")
@pytest.mark.django_db
def test_no_later_migration_makes_anybody_wait():
    loader = MigrationLoader(connection, replace_migrations=False)
    unsafe = {}
    for name in LATER:
        migration = loader.graph.nodes["rosette", name]
        sql = "\n".join(loader.collect_sql([(migration, False)]))
        if found := found_unsafe(sql, in_transaction=migration.atomic):
            unsafe[name] = found
    assert unsafe == {}


NEW_TABLE = """
CREATE TABLE "rosette_hook" ("id" bigint NOT NULL PRIMARY KEY, "issuer_id" bigint NOT NULL);
ALTER TABLE "rosette_hook" ADD CONSTRAINT "once" UNIQUE ("issuer_id");
ALTER TABLE "rosette_hook" ADD CONSTRAINT "of" FOREIGN KEY ("issuer_id") REFERENCES "x" ("id");
CREATE INDEX "hook_issuer" ON "rosette_hook" ("issuer_id");
"""


@pytest.mark.parametrize(
    ("sql", "rules"),
    [
        (NEW_TABLE, []),
        ('ALTER TABLE "t" ADD COLUMN "n" text NULL;', []),
        ('ALTER TABLE "t" ADD COLUMN "n" text DEFAULT \'\' NOT NULL;', []),
        ('ALTER TABLE "t" ADD COLUMN "n" text NOT NULL;', ["adding-required-field"]),
        ('ALTER TABLE "t" ALTER COLUMN "n" SET NOT NULL;', ["adding-not-nullable-field"]),
        ('ALTER TABLE "t" ALTER COLUMN "n" TYPE bigint;', ["changing-column-type"]),
        ('ALTER TABLE "t" RENAME COLUMN "a" TO "b";', ["renaming-column"]),
        ('ALTER TABLE "t" DROP COLUMN "a";', ["ban-drop-column"]),
        ('CREATE INDEX "i" ON "t" ("n");', ["require-concurrent-index-creation"]),
        (
            'ALTER TABLE "t" ADD CONSTRAINT "of" FOREIGN KEY ("n") REFERENCES "x" ("id");',
            ["adding-foreign-key-constraint", "constraint-missing-not-valid"],
        ),
    ],
)
def test_what_would_make_people_wait_is_found(sql: str, rules: list[str]):
    assert sorted(found_unsafe(sql)) == rules


def test_an_index_is_made_beside_the_work_outside_of_a_transaction():
    sql = 'CREATE INDEX CONCURRENTLY "i" ON "t" ("n");'
    assert found_unsafe(sql, in_transaction=False) == []


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        _, site = upgraded(Path(temporary) / "data")
        now = documents(site.environment, as_json=True)
        (UPGRADES / "0001.documents.json").write_text(json.dumps(now, indent=1) + "\n")
