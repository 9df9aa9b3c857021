"""``rosette keys``, and what the other commands say of a wrong master key."""

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.house import House, begun

OTHER = "another master key of thirty-two letters"


@pytest.fixture
def house(tmp_path: Path) -> House:
    return begun(tmp_path)


def test_init_makes_the_master_key_for_the_eyes_of_this_user_only(house: House):
    [path] = house.folder.rglob("master.key")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text().strip()) >= 32
    before = path.read_text()
    assert house.run("init").returncode == 0
    assert path.read_text() == before


def test_keys_are_exported_listed_and_exchanged(house: House):
    exported = json.loads(house.run("keys", "export", "--site").stdout)

    assert [item["id"].rpartition("#")[2] for item in exported["verificationMethod"]] == [
        "jwt-1",
        "key-1",
    ]
    assert '"d"' not in json.dumps(exported)
    assert house.run("keys", "rotate", "--site").stdout == "site: key-2, jwt-2\n"
    assert house.run("keys", "rotate", "--all", "--stolen").stdout == "site: key-3, jwt-3\n"
    listed = [
        (line.split()[:2], re.sub(r"[\d: -]+$", "", line.split("  ")[-1]))
        for line in house.run("keys", "list").stdout.splitlines()
    ]
    assert listed == [
        (["site", f"{kind}-{number}"], state)
        for kind in ("jwt", "key")
        for number, state in ((1, "retired"), (2, "withdrawn"), (3, "signs"))
    ]


def test_of_several_processes_that_need_the_first_keys_one_makes_them(house: House):
    with ThreadPoolExecutor(3) as pool:
        exports = [pool.submit(house.run, "keys", "export", "--site") for _ in range(3)]
        answers = [export.result() for export in exports]

    assert [answer.returncode for answer in answers] == [0, 0, 0]
    assert len({answer.stdout for answer in answers}) == 1
    assert len(house.run("keys", "list").stdout.splitlines()) == 2


def test_what_cannot_be_done_is_said(house: House):
    for command in (
        ("rotate",),
        ("rotate", "--site", "--all"),
        ("rotate", "unknown"),
        ("export",),
        ("export", "unknown"),
        ("export", "x", "--site"),
    ):
        answer = house.run("keys", *command)
        assert answer.returncode != 0
        assert "Error" in answer.stderr
        assert "Traceback" not in answer.stderr
    answer = house.run("settings", ROSETTE_MASTER_KEY="too short")
    assert answer.returncode == 2
    assert "ROSETTE_MASTER_KEY: must have at least 32 characters" in answer.stderr
    assert "too short" not in answer.stderr


def test_another_master_key_is_noticed_at_the_start_and_by_the_doctor(house: House):
    assert house.run("keys", "export", "--site").returncode == 0

    for command in ("serve", "up"):
        answer = house.run(command, ROSETTE_MASTER_KEY=OTHER)
        assert answer.returncode == 1
        assert "Wrong master key: keys or secrets were sealed with the master key" in answer.stderr
        assert "`rosette keys rotate --all`" in answer.stderr
    doctor = house.run("doctor", ROSETTE_MASTER_KEY=OTHER)
    assert "BAD  signing keys can be unsealed" in doctor.stdout

    assert house.run("keys", "rotate", "--all", ROSETTE_MASTER_KEY=OTHER).returncode == 0
    doctor = house.run("doctor", ROSETTE_MASTER_KEY=OTHER)
    assert "ok   signing keys can be unsealed" in doctor.stdout


def test_a_lost_master_key_is_noticed(house: House):
    assert house.run("keys", "export", "--site").returncode == 0
    [path] = house.folder.rglob("master.key")
    path.unlink()

    answer = house.run("serve")
    assert answer.returncode == 1
    assert "There is no master key" in answer.stderr
