"""The page on Open Badges 3.0 does what it says."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from rosette.cli.main import rosette
from rosette.config import PREFIX, Config
from rosette.openbadges.baking import unbake
from rosette.openbadges.keys import read_jwk, read_multikey
from rosette.openbadges.proofs import data_integrity, jwt
from tests.clients.people import person
from tests.environments import without_proxies
from tests.served import Served
from tests.test_readme import _need

_PAGE = (Path(__file__).parents[1] / "docs" / "open-badges-3.md").read_text("utf-8")
_BLOCK = re.compile(r"^<!-- test: open badges 3 -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.served
def test_the_commands_do_as_they_stand(served: Served, tmp_path: Path):
    _need("curl", "jq")
    ada = person(served, "ada")
    issuer = ada.issuer()
    award = ada.award(ada.badgeclass(issuer), "bob@example.org")
    [block] = _BLOCK.findall(_PAGE)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        env={
            **without_proxies(),
            "ASSERTION": award["openBadgeId"],
            "ISSUER": issuer["openBadgeId"],
        },
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Knot Tying\n1\nrevocation\ntrue\n"
    credential = json.loads((tmp_path / "credential.json").read_text("utf-8"))
    did = json.loads(served.rosette("keys", "export", issuer["entityId"]))
    token, key = did["verificationMethod"]
    multikey = read_multikey(key["publicKeyMultibase"])
    data_integrity.check(credential, credential["proof"][0], multikey)
    del credential["proof"]
    signed = (tmp_path / "credential.jwt").read_text()
    assert jwt.check(signed, read_jwk(token["publicKeyJwk"])) == credential
    baked = json.loads(unbake((tmp_path / "badge.png").read_bytes(), "credential"))
    del baked["proof"]
    assert baked == credential


def test_the_page_names_what_there_is():
    commands = set(re.findall(r"`rosette ([a-z]+)( [a-z]+)?", _PAGE))
    assert commands
    for verb, noun in commands:
        command = rosette.commands[verb]
        assert not noun or noun.strip() in command.commands  # type: ignore[attr-defined]
    for name in re.findall(rf"\b{PREFIX}([A-Z_]+)\b", _PAGE):
        assert name.lower() in Config.model_fields
