"""The command ``rosette``, as an operator meets it: real processes on a folder of their own."""

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.environment import DATABASE
from tests.house import House, new_database
from tests.served import Served


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A house that was made by ``rosette init``."""
    made = House(tmp_path_factory.mktemp("house"), **new_database(DATABASE, "commands"))
    made.first = made.run("init")
    assert made.first.returncode == 0, made.first.stderr
    return made


def test_the_first_init_makes_everything_and_prints_the_first_account(house):
    assert "Your first account:\n  email:    admin@localhost\n  password: " in house.first.stdout
    secret = house.folder / "secret.key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_a_second_init_changes_nothing(house):
    before = (house.folder / "secret.key").read_text()

    again = house.run("init")

    assert (again.returncode, again.stdout) == (0, "")
    assert (house.folder / "secret.key").read_text() == before


def test_of_several_that_begin_at_once_one_makes_everything(tmp_path):
    """On PostgreSQL they are nodes, each with a folder of its own."""
    database = new_database(DATABASE, "at_once")
    keys = {"ROSETTE_SECRET_KEY": "s" * 64, "ROSETTE_MASTER_KEY": "m" * 64}
    folders = "abc" if DATABASE == "postgresql" else "aaa"
    with ThreadPoolExecutor(3) as pool:
        nodes = [House(tmp_path / folder, **database, **keys) for folder in folders]
        said = sorted(pool.map(lambda node: node.done("init"), nodes), reverse=True)

    first, *others = said
    assert "Database ready" in first
    assert "Your first account:" in first
    assert others == ["", ""]


def test_a_database_that_is_away_is_named_without_traceback(tmp_path):
    away = "postgresql://someone:secret@127.0.0.1:1/rosette"
    answer = House(tmp_path / "data", ROSETTE_DATABASE_URL=away).run("init")

    assert answer.returncode == 1
    assert "The database: connection failed" in answer.stderr
    assert answer.stderr.endswith("`rosette doctor` looks into it.\n")
    assert "Traceback" not in answer.stderr
    assert "secret" not in answer.stderr


def test_without_init_a_command_says_what_to_do(tmp_path):
    answer = House(tmp_path / "nowhere").run("user", "list")

    assert answer.returncode == 1
    assert "Run `rosette init`, or `rosette up`" in answer.stderr


def test_a_wrong_setting_stops_the_start_and_is_named(house):
    answer = house.run("up", ROSETTE_PORT="door")

    assert answer.returncode == 2
    assert "ROSETTE_PORT: Input should be a valid integer" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_accounts_are_added_with_verified_addresses_and_listed(house):
    added = house.run(
        "user", "add", "Ada@Example.org", "--password-file", "-", "--admin", given="knots-at-sea\n"
    )
    listed = house.run("user", "list")

    assert added.returncode == 0, added.stderr
    name = added.stdout.split()[0]
    assert [line.split() for line in listed.stdout.splitlines()] == [
        [line.split()[0], "*", "admin@localhost"]
        if "admin@localhost" in line
        else [name, "*", "ada@example.org"]
        for line in listed.stdout.splitlines()
    ]


def test_an_account_that_is_there_or_a_weak_password_is_refused(house):
    weak = house.run("user", "add", "bob@example.org", "--password-file", "-", given="12\n")
    taken = house.run(
        "user", "add", "admin@localhost", "--password-file", "-", given="knots-at-sea\n"
    )

    assert (weak.returncode, taken.returncode) == (1, 1)
    assert "This password is too short. It must contain at least 8 characters." in weak.stderr
    assert "admin@localhost" in taken.stderr
    assert "bob@example.org" not in house.run("user", "list").stdout


def test_a_password_is_changed(house):
    answer = house.run(
        "user", "password", "admin@localhost", "--password-file", "-", given="new-knots-at-sea\n"
    )

    assert (answer.returncode, answer.stdout) == (
        0,
        "The password of admin@localhost is changed.\n",
    )


def test_the_demo_has_something_to_see_and_its_mails_go_out(house):
    demo = house.run("demo")
    worked = house.run("work", "--once")
    state = house.run("mail", "state")

    assert demo.returncode == 0, demo.stderr
    assert "`rosette user password ada@example.org`" in demo.stdout
    assert [line.split()[0] for line in demo.stdout.splitlines()[:10]] == [
        *("Issuer", "Badge", "Award", "Award", "Award"),
        *("Badge", "Award", "Award", "Badge", "Award"),
    ]
    assert worked.returncode == 0, worked.stderr
    assert "queued   0\n" in state.stdout
    listed = house.run("mail", "list").stdout
    assert "bob@example.org  [Rosette] Congratulations, you earned a badge!" in listed
    assert "you earned a badge!" in house.run("mail", "show").stdout
    assert "The sample issuer is there already." in house.run("demo").stderr


def test_settings_show_what_is_in_force_and_mask_secrets(house):
    answer = house.run("settings", ROSETTE_EMAIL_URL="smtp://user:hunter2@mail.example.org")

    assert answer.returncode == 0
    assert "ROSETTE_EMAIL_URL = ********" in answer.stdout
    assert "hunter2" not in answer.stdout
    assert "ROSETTE_ACCESS_TOKEN_SECONDS = 86400\n    whole number, in seconds, default 86400" in (
        answer.stdout
    )


def test_the_doctor_names_each_finding_and_what_to_do(house):
    ill = house.run("doctor")
    mute = house.run("doctor", ROSETTE_EMAIL_URL="smtp://127.0.0.1:9")

    assert ill.returncode == 1
    assert "BAD  public address" in ill.stdout
    assert "Set ROSETTE_PUBLIC_URL" in ill.stdout
    assert "BAD  mail" in mute.stdout


def test_the_doctor_finds_nothing_wrong_with_a_site_that_works(served: Served):
    assert json.loads(served.rosette("doctor", "--json")) == {
        "ok": True,
        "checks": [
            {"check": check, "ok": True}
            for check in (
                f"database ({DATABASE})",
                "migrations",
                "clock",
                "data folder is writable",
                "storage of images",
                "signing secret is private",
                "master key is private",
                "signing keys can be unsealed",
                "disk space",
                "public address",
                "several nodes",
                "site answers under its address",
                "mail",
                "worker",
            )
        ],
    }


def test_the_doctor_knows_whether_it_is_this_site_that_answers(house, served: Served):
    answer = house.run("doctor", "--json", ROSETTE_PUBLIC_URL=served.url)

    found = {item["check"]: item for item in json.loads(answer.stdout)["checks"]}
    assert found["site answers under its address"] == {
        "check": "site answers under its address",
        "ok": False,
        "trouble": "another site answers (status 200)",
        "remedy": "See that `rosette up` runs, and that the proxy of this address leads to "
        "http://127.0.0.1:8000.",
    }


def test_help_reads_as_a_list_of_verbs():
    answer = House(Path("nowhere")).run("--help")

    verbs = [line.split()[0] for line in answer.stdout.split("Commands:\n")[1].splitlines()]
    assert verbs == [
        *("up", "demo", "user", "award", "mail", "verify", "keys", "audit"),
        *("backup", "restore", "move"),
        *("doctor", "settings", "init", "serve", "work"),
    ]
    assert "..." not in answer.stdout.split("Commands:\n")[1]


def test_a_person_is_vouched_for_taken_along_and_deleted(house):
    house.run("user", "add", "dora@example.org", "--password-file", "-", given="knots and splices")
    archive = house.folder / "dora.zip"

    vouched = house.run("user", "verify", "dora@example.org", "+47 123 45 678")
    wrong = house.run("user", "verify", "dora@example.org", "ftp://dora.example.org")
    exported = house.run("user", "export", "Dora@example.org", str(archive))
    again = house.run("user", "export", "dora@example.org", str(archive))
    unsure = house.run("user", "delete", "dora@example.org", given="n\n")
    deleted = house.run("user", "delete", "dora@example.org", "--yes")
    gone = house.run("user", "delete", "dora@example.org", "--yes")

    assert vouched.stdout == "+4712345678 is verified.\n"
    assert wrong.stderr == "Error: Enter a valid URL.\n"
    assert exported.returncode == 0, exported.stderr
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    with ZipFile(archive) as found:
        assert b"+4712345678" in found.read("account.json")
    assert again.stderr == f"Error: {archive} is there already.\n"
    assert unsure.returncode == 1
    assert deleted.stdout == "The account of dora@example.org is gone.\n"
    assert gone.stderr == "Error: There is no account with the address 'dora@example.org'.\n"
    assert "dora" not in house.run("user", "list").stdout


def test_the_first_account_can_be_left_to_the_browser(tmp_path):
    settings = {}
    if DATABASE == "postgresql":
        from tests.services import postgresql

        settings["ROSETTE_DATABASE_URL"] = postgresql().new_database("setup")
    house = House(tmp_path, **settings)

    first, again = house.run("init", "--setup"), house.run("init", "--setup")

    code = first.stdout.partition("code:")[2].strip()
    assert "open:     http://localhost:8000/setup" in first.stdout
    assert re.fullmatch(r"([0-9a-f]{4}-){3}[0-9a-f]{4}", code)
    assert code in again.stdout
    assert house.run("user", "list").stdout == ""
    assert "Your first account:" in house.run("init").stdout


def test_two_step_sign_in_that_is_not_on_is_not_switched_off(house):
    refused = house.run("user", "one-step", "admin@localhost")

    assert refused.returncode == 1
    assert "admin@localhost has no two-step sign-in." in refused.stderr
