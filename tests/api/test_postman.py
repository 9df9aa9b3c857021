"""The Postman collection, run by newman: Postman's own runner, a second opinion from outside."""

import subprocess
from pathlib import Path

import pytest

from rosette.api.reference.collection import collection
from tests.environment import ORIGIN
from tests.environments import node_with
from tests.served import Served
from tests.services import Unavailable

PERSON = "grace@example.org"
PASSWORD = "knots and splices"


@pytest.fixture(scope="session")
def newman() -> Path:
    """The program, made from its lock file when it is first asked for, and kept."""
    try:
        return node_with("newman", Path(__file__).parent / "newman") / ".bin" / "newman"
    except Unavailable as error:
        pytest.skip(str(error))


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
