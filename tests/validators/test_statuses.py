"""Status lists of a started server before the programs of others, who read the bits themselves."""

import json
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.clients.people import Person, person
from tests.environments import node_with, without_proxies
from tests.served import Served

pytestmark = pytest.mark.served

_HERE = Path(__file__).parent / "status"
_PATIENCE_SECONDS = 300
HOLDS, IS_SET = [[False], [False]], [[True], [True]]


def asked(credentials: list[dict[str, Any]], documents: dict[str, Any]) -> list[Any]:
    """
    Of each credential, what Digital Bazaar's and Digital Credentials' programs read in its list:
    a list with whether the bit is set, or what is wrong.
    """
    folder = node_with("status-verifiers", _HERE)
    done = subprocess.run(
        ["node", "statuses.mjs"],
        input=json.dumps({"credentials": credentials, "documents": documents}),
        cwd=folder,
        env=without_proxies(),
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


def looked_up(credentials: list[dict[str, Any]]) -> dict[str, Any]:
    """The lists that the credentials name, and the issuers' DID documents."""
    documents: dict[str, Any] = {}
    for credential in credentials:
        listed = credential["credentialStatus"]["statusListCredential"]
        issuer, _, _ = listed.partition("/status/")
        documents[listed] = requests.get(listed).json()
        did = requests.get(f"{issuer}/did.json").json()
        documents[did["id"]] = did
    return documents


def credential(award: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{award['openBadgeId']}/ob3").json()
    return found


@pytest.fixture(scope="module")
def ada(served: Served) -> Person:
    return person(served, "ada")


def test_others_read_revocations_and_suspensions_as_we_mean_them(ada: Person):
    issuer = ada.issuer()
    plain = ada.badgeclass(issuer)
    licence = ada.badgeclass(issuer, suspendable=True)
    awards = [ada.award(item, "bob@example.org") for item in (plain, plain, licence, licence)]
    kept = [credential(award) for award in awards]
    assert [item["credentialStatus"]["statusPurpose"] for item in kept] == [
        *["revocation"] * 2,
        *["suspension"] * 2,
    ]

    assert asked(kept, looked_up(kept)) == [HOLDS] * 4

    ada.one("DELETE", f"/v2/assertions/{awards[0]['entityId']}", {"revocation_reason": "r"})
    ada.one("POST", f"/v2/assertions/{awards[2]['entityId']}/suspend", {"reason": "r"})
    assert asked(kept, looked_up(kept)) == [IS_SET, HOLDS, IS_SET, HOLDS]

    ada.one("POST", f"/v2/assertions/{awards[2]['entityId']}/reinstate")
    ada.one("DELETE", f"/v2/assertions/{awards[3]['entityId']}", {"revocation_reason": "r"})
    assert asked(kept, looked_up(kept)) == [IS_SET, HOLDS, HOLDS, IS_SET]
    assert [credential(award) for award in awards] == kept


def test_others_read_the_list_after_the_keys_were_exchanged(ada: Person):
    issuer = ada.issuer()
    award = ada.award(ada.badgeclass(issuer), "bob@example.org")
    kept = credential(award)
    ada.one("DELETE", f"/v2/assertions/{award['entityId']}", {"revocation_reason": "r"})
    before = looked_up([kept])

    ada.served.rosette("keys", "rotate", issuer["entityId"], "--stolen")

    after = looked_up([kept])
    assert after != before
    assert asked([kept], after) == [IS_SET]


def test_others_refuse_a_list_that_was_tampered_with(ada: Person):
    kept = credential(ada.award(ada.badgeclass(), "bob@example.org"))
    documents = looked_up([kept])
    listed = kept["credentialStatus"]["statusListCredential"]
    forged = deepcopy(documents)
    forged[listed]["validFrom"] = "2020-01-01T00:00:00Z"
    other = looked_up([credential(ada.award(ada.badgeclass(), "bob@example.org"))])
    swapped = {**documents, **other}
    swapped[listed] = next(item for name, item in other.items() if "/status/" in name)

    [[why, _]] = asked([kept], forged)
    assert "not verified" in why
    [[why, _]] = asked([kept], swapped)
    assert "do not match" in why
