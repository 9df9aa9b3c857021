"""``rosette backup``, ``restore`` and ``move``, on real sites of both databases."""

import gzip
import io
import json
import os
import random
import stat
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rosette.api import examples
from tests.documents import documents
from tests.environment import DATABASE, ORIGIN
from tests.furnish import GONE, furnish
from tests.house import OTHER, House, begun, new_database
from tests.served import Served, serving

ASSERTIONS = "rosette_assertion"
ENTRIES = "rosette_auditentry"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("copies")


@pytest.fixture(scope="module")
def site(folder: Path) -> House:
    """A site with something in every table."""
    made = begun(folder / "site", ROSETTE_PUBLIC_URL=ORIGIN)
    furnish(made.environment)
    return made


@pytest.fixture(scope="module")
def archive(folder: Path, site: House) -> Path:
    """What ``rosette backup`` made of it."""
    made = folder / "site.backup"
    said = site.done("backup", made)
    assert "Whoever reads this file has the site's keys" in said
    return made


@pytest.fixture(scope="module")
def restored(folder: Path, archive: Path) -> House:
    """A site that it was restored into, on a database of the same kind."""
    made = empty(folder / "restored")
    assert "restored, as of 20" in made.done("restore", archive)
    made.done("user", "list")  # opened once, the file is in the mode that a server works in
    return made


@pytest.fixture(scope="module")
def published(site: House) -> dict[str, str]:
    """What the site publishes."""
    return documents(site.environment)


_number = iter(range(1000))


def empty(folder: Path, kind: str = DATABASE) -> House:
    database = new_database(kind, f"copies_{next(_number)}")
    return House(folder, ROSETTE_PUBLIC_URL=ORIGIN, **database)


def manifest(archive: Path) -> Any:
    return json.loads(content(archive, "manifest.json"))


def content(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as opened:
        found = opened.extractfile(name)
        assert found
        return found.read()


def rows(archive: Path, table: str) -> list[dict[str, Any]]:
    from rosette.copies.archives import Part, Reader

    found = []
    with archive.open("rb") as stream:
        for member in Reader(stream).members():
            if isinstance(member, Part) and member.table == table:
                found += [dict(zip(member.columns, row, strict=True)) for row in member.rows]
    return found


def without_log(known: Any, *, as_json: bool = False) -> Any:
    """
    A manifest without the audit log, which says of each copy that it was made.

    ``as_json``: what is the same of both databases, which are the numbers.
    """
    for counted in (known["counts"], known["last_numbers"]):
        assert counted.pop(ENTRIES)
    kept = {"counts": known["counts"], "last_numbers": known["last_numbers"]}
    if as_json:
        return kept
    members = known["members"].items()
    log = f"tables/{ENTRIES}/"
    same = {k: v for k, v in members if k != "rosette.json" and not k.startswith(log)}
    return {**known, "members": same}


def require_true_log(house: House) -> None:
    """All that was noted on the way is there, sealed, and by the master key that is in force."""
    said = house.done("audit", "verify").rstrip()
    assert said.endswith("The log is as it was written.")
    assert ", 0 to be sealed." in said
    assert "another master key" not in said


def all_files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


def test_a_restored_site_publishes_the_very_same_documents(
    published: dict[str, str], restored: House
):
    assert len(published) > 150
    assert documents(restored.environment) == published


def test_a_restored_site_has_every_row_and_file_and_gives_no_number_twice(
    folder: Path, archive: Path, restored: House
):
    again = folder / "again.backup"
    restored.done("backup", again)

    known = manifest(archive)
    assert all(known["counts"].values())  # there was something in every table
    assert known["last_numbers"][ASSERTIONS] == GONE
    assert without_log(manifest(again)) == without_log(known)
    before, after = rows(archive, ENTRIES), rows(again, ENTRIES)
    assert after[:-1] == before
    assert (after[-1]["action"], after[-1]["actor"]) == ("site.restore", "operator")
    table = folder / "table.csv"
    table.write_text("email\ncarol@example.org\ndan@example.org\n")
    restored.done("award", examples.BADGECLASS, "--csv", table)
    later = folder / "later.backup"
    restored.done("backup", later)
    numbers = [row["id"] for row in rows(later, ASSERTIONS)]
    assert sorted(numbers)[-2:] == [GONE + 1, GONE + 2]


def test_a_backup_restores_into_the_other_database(folder: Path, site: House, archive: Path):
    other = empty(folder / "other", OTHER)

    other.done("restore", archive)

    before = documents(site.environment, as_json=True)
    assert documents(other.environment, as_json=True) == before
    again = folder / "other.backup"
    other.done("backup", again)
    assert without_log(manifest(again), as_json=True) == without_log(
        manifest(archive), as_json=True
    )
    require_true_log(other)


def test_the_audit_log_of_a_restored_site_is_true(restored: House):
    require_true_log(restored)
    assert "site.restore" in restored.done("audit", "show", "--action", "site")


def test_only_its_owner_reads_what_is_written(archive: Path, restored: House):
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    images = [path for path in (restored.folder / "media").rglob("*.*") if path.is_file()]
    for path in (restored.folder / "secret.key", restored.folder / "master.key", *images):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with tarfile.open(archive) as opened:
        assert {member.mode for member in opened} == {0o600}


def test_a_site_is_replaced_only_if_asked_and_kept_aside(
    restored: House, published: dict[str, str], archive: Path
):
    before = all_files(restored.folder)

    refused = restored.refused("restore", archive)

    assert "There is a site in" in refused
    assert "--replace puts the backup in its place" in refused
    assert all_files(restored.folder) == before

    said = restored.done("restore", "--replace", archive)

    assert "What was there before is kept in" in said
    (aside,) = restored.folder.glob("replaced-*")
    kept = all_files(aside)
    if DATABASE == "postgresql":
        assert "the schema rosette_replaced_" in said
    else:
        assert kept["rosette.sqlite3"] == before["rosette.sqlite3"]
    assert kept["master.key"] == before["master.key"]
    assert documents(restored.environment) == published


def test_an_encrypted_backup_is_read_by_its_key_alone(
    folder: Path, site: House, published: dict[str, str]
):
    key, wrong, archive = folder / "key.txt", folder / "wrong.txt", folder / "sealed.backup"
    said = site.done("keys", "backup", key)
    site.done("keys", "backup", wrong)
    other = empty(folder / "unsealed")
    public = said.split()[3]

    site.done("backup", archive, "--encrypt-to", public)

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert archive.read_bytes().startswith(b"age-encryption.org/v1\n")
    assert b"rosette.json" not in archive.read_bytes()
    assert "it is encrypted; say --identity" in other.refused("restore", archive)
    assert "it cannot be decrypted: No matching keys found" in other.refused(
        "restore", archive, "--identity", wrong
    )
    cut = folder / "cut.backup"
    cut.write_bytes(archive.read_bytes()[:-20])  # all is there, and its end is not vouched for
    assert "it cannot be decrypted" in other.refused("restore", cut, "--identity", key)
    assert all_files(other.folder) == {}
    other.done("restore", archive, "--identity", key)
    assert documents(other.environment) == published


def changed(archive: Path, to: Path, change: Any) -> Path:
    """The archive with its members changed: name and content -> such pairs."""
    with tarfile.open(archive) as old, tarfile.open(to, "w") as new:
        for member in old:
            source = old.extractfile(member)
            assert source
            for name, kept in change(member.name, source.read()):
                info = tarfile.TarInfo(name)
                info.size = len(kept)
                new.addfile(info, io.BytesIO(kept))
    return to


def flipped(what: bytes) -> bytes:
    return what[:-9] + bytes([what[-9] ^ 1]) + what[-8:]


PART = f"tables/{ASSERTIONS}/000001.jsonl.gz"


def test_what_is_wrong_with_an_archive_is_said_and_nothing_changed(folder: Path, archive: Path):
    bad = folder / "bad.backup"
    other = House(folder / "untouched")

    def refused() -> str:
        said = other.refused("restore", bad)
        assert all_files(other.folder) == {}
        return said.removeprefix(f"{bad} cannot be restored: ")

    bad.write_bytes(b"PK\x03\x04" + bytes(2000))
    assert refused() == "it is no backup of Rosette. Nothing was changed."
    changed(archive, bad, lambda name, kept: [(name, flipped(kept) if name == PART else kept)])
    assert refused() == f"it is damaged at {PART}. Nothing was changed."
    bad.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    assert "it is cut off, or damaged, a" in refused()


def read_all(stream: io.BytesIO) -> str:
    """What the reader says against the archive."""
    from rosette.copies.archives import File, Part, Reader
    from rosette.copies.tables import CannotCopy

    try:
        for member in Reader(stream).members():
            if isinstance(member, Part):
                list(member.rows)
            elif isinstance(member, File):
                member.content.read()
    except CannotCopy as refusal:
        return str(refusal)
    return "it is good"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda name, kept: [(name, kept)], "it is good"),
        (lambda name, kept: [] if name == PART else [(name, kept)], f"{PART} is missing"),
        (
            lambda name, kept: [(name, flipped(kept) if name == "keys/master.key" else kept)],
            "keys/master.key is damaged",
        ),
        (
            lambda name, kept: [(name, flipped(kept) if name == PART else kept)],
            f"it is damaged at {PART}",
        ),
        (
            lambda name, kept: [(name, gzip.compress(b"[1]\n") if name == PART else kept)],
            f"it is damaged at {PART}",
        ),
        (
            lambda name, kept: [(name, kept[:-30] if name == PART else kept)],
            f"it is damaged at {PART}",
        ),
        (
            lambda name, kept: [(name, kept)] * (2 if name == PART else 1),
            f"it has a member that no backup has: {PART!r}",
        ),
        (
            lambda name, kept: [] if name.startswith("manifest") else [(name, kept)],
            "it is cut off, or damaged, after media/",
        ),
        (
            lambda name, kept: (
                [(name, kept.replace(b'"format": 1', b'"format": 2').replace(b"1,", b"2,", 1))]
                if name == "rosette.json"
                else [(name, kept)]
            ),
            "it was made by a later version of Rosette",
        ),
        (
            lambda name, kept: [("other.json" if name == "rosette.json" else name, kept)],
            "it is no backup of Rosette",
        ),
        (
            lambda name, kept: [(name, b"[]" if name == "rosette.json" else kept)],
            "it is no backup of Rosette",
        ),
    ],
)
def test_a_damaged_archive_is_known_by_its_manifest(
    folder: Path, archive: Path, change: Any, said: str
):
    made = changed(archive, folder / "changed.backup", change)
    assert read_all(io.BytesIO(made.read_bytes())).startswith(said)


def test_an_archive_that_was_cut_off_anywhere_is_not_good(archive: Path):
    whole = archive.read_bytes()
    end = whole.rindex(b"manifest.json.sha256")
    for length in [*range(0, end, 997), end, end + 512 + 63]:
        assert read_all(io.BytesIO(whole[:length])) != "it is good", length


def test_no_bit_of_what_is_kept_can_turn_unnoticed(archive: Path):
    whole = archive.read_bytes()
    with tarfile.open(archive) as opened:
        kept = [range(each.offset_data, each.offset_data + each.size) for each in opened]
    chance = random.Random(4)
    for _ in range(300):
        place = chance.choice(chance.choice([span for span in kept if span]))
        turned = bytearray(whole)
        turned[place] ^= 1 << chance.randrange(8)
        assert read_all(io.BytesIO(bytes(turned))) != "it is good", place


HOSTILE: list[tuple[str, bytes]] = [
    ("media/../../outside", tarfile.REGTYPE),
    ("media//outside", tarfile.REGTYPE),
    ("/outside", tarfile.REGTYPE),
    ("media/images/.hidden", tarfile.REGTYPE),
    ("media/images/..", tarfile.REGTYPE),
    ("keys/authorized_keys", tarfile.REGTYPE),
    ("plan.json", tarfile.REGTYPE),
    ("tables/sqlite_master;/000001.jsonl.gz", tarfile.REGTYPE),
    ("media/link", tarfile.SYMTYPE),
    ("media/link", tarfile.LNKTYPE),
    ("media/device", tarfile.CHRTYPE),
    ("media/folder", tarfile.DIRTYPE),
    ("media/sparse", tarfile.GNUTYPE_SPARSE),
]


@pytest.mark.parametrize(("name", "kind"), HOSTILE)
def test_a_member_that_leads_elsewhere_is_refused(archive: Path, name: str, kind: bytes):
    hostile = io.BytesIO()
    with tarfile.open(fileobj=hostile, mode="w") as made:
        head = content(archive, "rosette.json")
        first = tarfile.TarInfo("rosette.json")
        first.size = len(head)
        made.addfile(first, io.BytesIO(head))
        info = tarfile.TarInfo(name)
        info.type = kind
        info.linkname = "/etc/passwd"
        made.addfile(info, io.BytesIO(b""))
    hostile.seek(0)

    assert read_all(hostile) == f"it has a member that no backup has: {name!r}"


def test_an_archive_of_a_later_version_is_not_restored(folder: Path, archive: Path):
    later = changed(
        archive,
        folder / "later-version.backup",
        lambda name, kept: [
            (name, kept.replace(b'"0001_initial"', b'"0999_later"', 1))
            if name == "rosette.json"
            else (name, kept)
        ],
    )
    other = House(folder / "too-early")

    said = other.refused("restore", later)

    assert "it was made by another version of Rosette, which has" in said
    assert all_files(other.folder) == {}


def test_signing_keys_that_could_not_be_unsealed_are_not_restored(folder: Path, archive: Path):
    other = House(folder / "sealed", ROSETTE_MASTER_KEY="of another site, thirty-two letters")

    said = other.refused("restore", archive)

    assert "sealed with a master key that is not in it; set ROSETTE_MASTER_KEY" in said
    assert all_files(other.folder) == {}


DYING = """
import os, sys
from rosette.copies import places
{}
from rosette.cli.main import main
main()
"""
NOT_DECIDED = "places.take_over = lambda *a: os._exit(9)"
DECIDED = "places._exchange_tables = places._carry_out = lambda *a: os._exit(9)"
ONE_HAS_MOVED = """
real, moved = places.Move.carry_out, []
def carry_out(move):
    if moved:
        os._exit(9)
    if move.new:
        moved.append(move)
    real(move)
places.Move.carry_out = carry_out
"""


def test_a_restore_that_is_broken_off_is_done_as_a_whole_or_not_at_all(
    folder: Path, archive: Path, published: dict[str, str]
):
    other = empty(folder / "broken-off")

    def dies(when: str, *arguments: str | Path) -> None:
        died = subprocess.run(
            [sys.executable, "-c", DYING.format(when), "restore", *arguments, archive],
            env=other.environment,
            capture_output=True,
            text=True,
        )
        assert died.returncode == 9, died.stderr

    dies(NOT_DECIDED)
    assert "There is no Rosette in" in other.refused("user", "list")

    for when, arguments in ((DECIDED, ()), (ONE_HAS_MOVED, ("--replace",))):
        dies(when, *arguments)  # and what the one before left is in nobody's way
        next_start = other.run("user", "list")
        assert next_start.returncode == 0, next_start.stderr
        assert next_start.stderr == "A restore that was broken off is finished now.\n"
        assert "bob@example.org" in next_start.stdout
        assert not (other.folder / ".beside").exists()
        require_true_log(other)
        assert documents(other.environment) == published


@pytest.fixture(scope="module")
def moved(folder: Path, site: House) -> Iterator[House]:
    """The same folder, whose database was moved to one of the other kind."""
    kind = new_database(OTHER, "moved")
    url = kind.get("ROSETTE_DATABASE_URL", f"sqlite:{folder / 'moved.sqlite3'}")
    said = site.done("move", "--to", url)
    assert f"Now set ROSETTE_DATABASE_URL to {url} and start Rosette." in said
    yield House(site.folder, ROSETTE_PUBLIC_URL=ORIGIN, ROSETTE_DATABASE_URL=url)


def test_a_moved_site_publishes_the_same_documents(site: House, moved: House, folder: Path):
    before, after = (documents(house.environment, as_json=True) for house in (site, moved))
    assert after == before
    archives = folder / "before-move.backup", folder / "after-move.backup"
    for house, archive in zip((site, moved), archives, strict=True):
        house.done("backup", archive)
    ours, theirs = (without_log(manifest(archive), as_json=True) for archive in archives)
    assert theirs == ours
    assert rows(archives[1], ENTRIES)[-1]["action"] == "site.move"
    require_true_log(moved)


def test_a_database_that_is_not_empty_is_not_moved_into(site: House, moved: House):
    said = site.refused("move", "--to", moved.settings["ROSETTE_DATABASE_URL"])
    assert said.endswith("is not empty. Nothing was changed.")


def test_a_target_that_is_no_database_is_named_without_its_password(site: House):
    said = site.refused("move", "--to", "mysql://ada:knots@db.example.org/rosette")
    assert "--to must begin with postgresql:// or sqlite:" in said
    assert "knots" not in said


def test_a_site_that_runs_is_neither_replaced_nor_moved(
    served: Served, archive: Path, tmp_path: Path
):
    house = House(served.data_dir)
    house.settings = {k: v for k, v in served.environment.items() if k.startswith("ROSETTE_")}

    for arguments in (("restore", "--replace", archive), ("move", "--to", f"sqlite:{tmp_path}/x")):
        assert house.refused(*arguments) == (
            "Here runs a server: stop Rosette first. Nothing was changed."
        )


def test_a_file_that_is_there_is_not_written_over(site: House, tmp_path: Path):
    there = tmp_path / "there"
    there.write_text("mine")

    assert site.refused("backup", there) == f"{there} is there already."
    assert "is no public key for age" in site.refused(
        "backup", tmp_path / "new", "--encrypt-to", "age1knots"
    )
    assert list(tmp_path.iterdir()) == [there]


def test_a_backup_has_every_award_that_was_acknowledged_before_and_no_half_one(
    folder: Path, tmp_path: Path
):
    # A server of its own: the mails of so many awards would keep those of other tests waiting.
    with serving(tmp_path) as busy:
        keep_copying(busy, folder)


def keep_copying(served: Served, folder: Path) -> None:
    from tests.cli.test_awards import Site

    site, batch = Site(served), 7
    acknowledged: list[int] = []
    stopping = threading.Event()

    def award(worker: int) -> None:
        number = worker
        while not stopping.is_set():
            people = [f"p{place}-of-{number}@example.org" for place in range(batch)]
            wishes = [{"recipient": {"identity": person}} for person in people]
            path = f"/v2/badgeclasses/{site.badgeclass}/issue"
            site.ask("POST", path, json.dumps({"assertions": wishes, "createNotification": True}))
            acknowledged.append(number)
            number += 3

    house = House(served.data_dir)
    house.settings = {k: v for k, v in served.environment.items() if k.startswith("ROSETTE_")}
    workers = [threading.Thread(target=award, args=(worker,)) for worker in range(3)]
    for worker in workers:
        worker.start()
    try:
        for turn in range(2):
            before = len(acknowledged)
            while len(acknowledged) < before + 5:
                time.sleep(0.01)
            known = set(acknowledged)
            archive = folder / f"busy-{turn}.backup"
            house.done("backup", archive)
            during = len(acknowledged)
            found = Counter(
                int(row["recipient_identity"].split("@")[0].split("-")[2])
                for row in rows(archive, ASSERTIONS)
                if "-of-" in row["recipient_identity"]
            )
            assert known <= found.keys()
            assert set(found.values()) == {batch}
            awarded = {row["id"] for row in rows(archive, ASSERTIONS)}
            told = {row["assertion_id"] for row in rows(archive, "rosette_notice")}
            assert told - {None} <= awarded
            assert during > len(known), "nothing was awarded meanwhile, so nothing was shown"
    finally:
        stopping.set()
        for worker in workers:
            worker.join()


MANY = 60_000
MULTIPLY = """
INSERT INTO rosette_assertion ({columns})
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})
SELECT {values} FROM rosette_assertion a, n WHERE a.id = (SELECT MIN(id) FROM rosette_assertion)
"""


def multiply(archive_of: House) -> None:
    """Very many awards like the first one, each with 1 kB of narrative."""
    program = f"""
import django
django.setup()
from django.db import connection
from rosette.models import Assertion
columns = [f.column for f in Assertion._meta.local_concrete_fields if f.column != "id"]
own = {{"entity_id": "'many-' || n.i", "narrative": "'{"x" * 1000}' || n.i"}}
values = [own.get(c, "a." + c) for c in columns]
sql = {MULTIPLY!r}.format(columns=", ".join(columns), values=", ".join(values), many={MANY})
with connection.cursor() as cursor:
    cursor.execute(sql)
"""
    environment = {**archive_of.environment, "DJANGO_SETTINGS_MODULE": "rosette.settings"}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)


def peak_of(house: House, *arguments: str | Path) -> int:
    """The most memory, in bytes, that the command had at a time."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rosette", *map(str, arguments)], env=house.environment
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024


def test_memory_does_not_grow_with_the_number_of_awards(
    folder: Path, archive: Path, restored: House
):
    """60,000 awards of 1 kB and more would be 150 MB as Python has them."""
    small = peak_of(restored, "backup", folder / "small.backup")
    multiply(restored)
    large = peak_of(restored, "backup", folder / "large.backup")
    back = peak_of(restored, "restore", "--replace", folder / "large.backup")
    few = peak_of(restored, "restore", "--replace", archive)

    assert len(rows(folder / "large.backup", ASSERTIONS)) > MANY
    assert large - small < 60_000_000
    # SQLite may keep 64 MB of pages, however many there are.
    assert back - few < 60_000_000 + (64_000_000 if DATABASE == "sqlite" else 0)
