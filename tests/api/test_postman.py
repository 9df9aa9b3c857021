"""The Postman collection, run by newman: Postman's own runner, a second opinion from outside."""

import shutil
import subprocess
from pathlib import Path

import pytest

from rosette.api.reference.collection import collection
from tests.environment import ORIGIN
from tests.served import Served

PERSON = "grace@example.org"
PASSWORD = "knots and splices"
_MADE_FROM = Path(__file__).parent / "newman"
_FOLDER = Path(__file__).parents[2] / ".cache" / "newman"
_STAMP = _FOLDER / "made-from.json"


@pytest.fixture(scope="session")
def newman() -> Path:
    """The program, made from its lock file when it is first asked for, and kept."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed here")
    wanted = (_MADE_FROM / "package-lock.json").read_text("utf-8")
    if not (_STAMP.exists() and _STAMP.read_text("utf-8") == wanted):
        shutil.rmtree(_FOLDER, ignore_errors=True)
        shutil.copytree(_MADE_FROM, _FOLDER)
        made = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(made, cwd=_FOLDER, check=True, capture_output=True)
        _STAMP.write_text(wanted, "utf-8")
    return _FOLDER / "node_modules" / ".bin" / "newman"


@pytest.mark.served
def test_collection_runs_from_a_token_to_a_revoked_award(newman, served: Served, tmp_path):
    served.add_person(PERSON, PASSWORD)
    file = tmp_path / "postman.json"
    with file.open("wb") as copy:
        subprocess.run(
            ["curl", "-sf", f"{served.url}/docs/v2/postman.json"], stdout=copy, check=True
        )

    run = subprocess.run(
        [
            *(newman, "run", file, "--disable-unicode", "--color", "off"),
            *("--env-var", f"username={PERSON}", "--env-var", f"password={PASSWORD}"),
        ],
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stdout
    assert run.stdout.count("[200 OK") + run.stdout.count("[201 Created") == 8, run.stdout


def test_collection_saves_what_later_calls_need():
    made = collection(ORIGIN)
    lines = [line for item in made["item"] for line in item["event"][0]["script"]["exec"]]

    assert [variable["key"] for variable in made["variable"]] == [
        *("baseUrl", "username", "password"),
        *("access_token", "issuerId", "badgeClassId", "assertionId"),
    ]
    assert [line for line in lines if "collectionVariables" in line] == [
        f'pm.collectionVariables.set("{name}", pm.response.json().{where});'
        for name, where in {
            "access_token": "access_token",
            "issuerId": "result[0].entityId",
            "badgeClassId": "result[0].entityId",
            "assertionId": "result[0].entityId",
        }.items()
    ]
