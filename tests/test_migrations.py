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
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.documents import documents
from tests.environment import DATABASE, ORIGIN
from tests.house import House, new_database

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
