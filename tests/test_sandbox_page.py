"""The page on sandboxes does what it says."""

import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.clients.people import address, person
from tests.environments import without_proxies
from tests.served import Served
from tests.test_readme import _need

_PAGE = (Path(__file__).parents[1] / "docs" / "sandbox.md").read_text("utf-8")
_WITHIN_SECONDS = 180


@pytest.mark.served
def test_a_sandbox_is_made_as_it_stands_there_and_its_mails_are_sent_to_nobody(served: Served):
    _need("curl")
    ada = person(served, "ada")
    [command] = re.findall(r"^```sh\n(curl .*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    command = command.replace("https://badges.example.org", served.url)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command.replace("you@example.org", ada.email)],
        env={**without_proxies(), "TOKEN": ada.tokens["access_token"]},
        capture_output=True,
        text=True,
        check=True,
    )

    (issuer,) = json.loads(done.stdout)["result"]
    assert issuer["sandbox"] is True
    bob = address("bob")
    path = f"/v2/assertions/{ada.award(ada.badgeclass(issuer), bob, notify=True)['entityId']}"
    patience = time.monotonic() + _WITHIN_SECONDS
    states = set()
    while "captured" not in states and time.monotonic() < patience:
        states.add(ada.call("GET", path).json()["result"][0]["notification"])
        time.sleep(0.1)
    assert states <= {"queued", "captured"}
    assert "captured" in states
    sent = (served.data_dir / "mail").glob("*.eml")
    assert not any(bob.encode() in file.read_bytes() for file in sent)
