"""``rosette verify``, as people run it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rosette.openbadges.baking import bake
from tests.foreign import Academy, academy
from tests.openbadges.facts import SVG, png
from tests.openbadges.verification.keys import put_key, sign, signed_award
from tests.openbadges.verification.signing import Issuer


@pytest.fixture
def there() -> Iterator[Academy]:
    with academy() as found:
        yield found


def verify(
    *arguments: str | Path, given: bytes = b"", **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the command where there is no Rosette."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ROSETTE_")}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    done = subprocess.run(
        [sys.executable, "-m", "rosette", "verify", *map(str, arguments)],
        input=given,
        capture_output=True,
        env={**environment, "PYTHONIOENCODING": "utf-8", **settings},
        timeout=120,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def test_a_good_badge_is_valid_line_by_line(there: Academy) -> None:
    url = there.award()

    answer = verify(url, "--recipient", "bob@example.org")

    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == (
        "✓  This is the address of a badge.\n"
        f"✓  The assertion is at {url}.\n"
        "✓  Everything in the assertion is as the standard says.\n"
        f"✓  The badge class is at {there.origin}/navigation.\n"
        "✓  Everything in the badge class is as the standard says.\n"
        f"✓  The issuer is at {there.origin}/issuer.\n"
        "✓  Everything in the issuer is as the standard says.\n"
        "✓  The badge lies where its issuer has its badges.\n"
        "✓  The issuer has not revoked the badge.\n"
        "✓  The badge was issued on 2024-05-02 and does not expire.\n"
        "✓  The badge was awarded to bob@example.org.\n"
        "✓  The image of the badge class is a PNG.\n"
        "\n"
        "VALID\n"
    )


def test_a_credential_of_open_badges_3(there: Academy, tmp_path: Path) -> None:
    ada = Issuer(there)
    ada.publish_list()
    credential = ada.signed(listed=True)
    file = tmp_path / "badge.png"
    file.write_bytes(bake(png(), json.dumps(credential), "credential"))

    good = verify(file, "--recipient", "bob@example.org")
    offline = verify(file, "--offline")
    token = verify("-", given=ada.token().encode())
    changed = verify("-", given=json.dumps({**credential, "name": "Captain"}).encode())

    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout == (
        "✓  This PNG holds a badge.\n"
        "✓  All that the credential says is defined by contexts known here.\n"
        "✓  Everything in the credential is as the schema of 1EdTech says.\n"
        f"✓  The signature fits, with the key {ada.did}#key-1.\n"
        f"✓  The key belongs to the issuer, {ada.did}.\n"
        "✓  The badge was issued on 2026-01-15 and is good until 2036-01-15.\n"
        "✓  The badge was awarded to bob@example.org.\n"
        "✓  The issuer has not revoked the badge.\n"
        "✓  The image of the badge class is a PNG.\n"
        "\n"
        "VALID\n"
    )
    assert [answer.returncode for answer in (offline, token, changed)] == [2, 0, 1]


def test_every_kind_of_file(there: Academy, tmp_path: Path) -> None:
    jws = sign(signed_award(there))
    there.award()
    document = json.dumps(there.document("/award"))
    files = {
        "hosted.png": bake(png(), document),
        "hosted.svg": bake(SVG, document),
        "signed.png": bake(png(), jws),
        "badge.json": document.encode(),
        "badge.jws": jws.encode() + b"\n",
    }
    for name, content in files.items():
        file = tmp_path / name
        file.write_bytes(content)
        answer = verify(file)
        assert (answer.returncode, answer.stdout.splitlines()[-1]) == (0, "VALID"), name
        assert verify("-", given=content).stdout == answer.stdout


def test_a_bad_badge_says_what_is_wrong(there: Academy) -> None:
    url = there.award(expires="2024-06-01T00:00:00Z")

    answer = verify(url)

    assert answer.returncode == 1
    assert (
        "✗  The badge expired on 2024-06-01.\n   Ask the issuer whether it can be renewed.\n"
    ) in answer.stdout
    assert answer.stdout.splitlines()[-1] == "NOT VALID any more: the badge has expired."


def test_the_whole_verdict_as_json(there: Academy) -> None:
    answer = verify(there.award(revoked=True, revocationReason="Error"), "--json")

    found = json.loads(answer.stdout)
    assert (answer.returncode, found["verdict"], found["valid"]) == (1, "revoked", False)
    assert [check["check"] for check in found["checks"]] == ["input", "reachable", "status"]


@pytest.mark.parametrize(
    ("content", "last"),
    [
        (b"a badge, please", "There is no badge in this."),
        (png(), "There is no badge in this."),
        (b"\xff\xfe\x00", "There is no badge in this."),
        (b"http://127.0.0.1:9/x", "It cannot be told: not all of the badge could be fetched."),
    ],
)
def test_what_cannot_be_told_is_2(content: bytes, last: str) -> None:
    answer = verify("-", given=content)

    assert (answer.returncode, answer.stdout.splitlines()[-1]) == (2, last)
    assert answer.stderr == ""


def test_a_file_that_is_not_there_is_2(tmp_path: Path) -> None:
    answer = verify(tmp_path / "nothing.png")

    assert (answer.returncode, answer.stdout) == (2, "")
    assert "nothing.png cannot be read" in answer.stderr


def test_offline_nobody_is_asked(there: Academy) -> None:
    answer = verify(there.award(), "--offline")

    assert answer.returncode == 2
    assert there.asked == []


def test_without_colour_and_marks_it_can_be_read_too(there: Academy) -> None:
    url = there.award(recipient={"type": "email", "identity": "md5$" + "0" * 32, "hashed": True})

    answer = verify(url, "--recipient", "bob@example.org", PYTHONIOENCODING="ascii")

    assert answer.returncode == 1
    assert "\x1b" not in answer.stdout
    assert {line.split(" ")[0] for line in answer.stdout.splitlines()} >= {"ok", "!", "NO"}


def test_a_badge_does_not_command_the_terminal(there: Academy) -> None:
    answer = verify(there.award(revoked=True, revocationReason="\x1b[2Jgone\r\n"))

    assert "\x1b" not in answer.stdout
    assert "?[2Jgone??" in answer.stdout


def test_the_settings_say_which_algorithms_are_taken(there: Academy, tmp_path: Path) -> None:
    key = put_key(there, "ec")
    there.issuer(publicKey=key)
    document = signed_award(there, verification={"type": "SignedBadge", "creator": key})
    file = tmp_path / "badge.jws"
    file.write_text(sign(document, key="ec", algorithm="ES256"))

    assert verify(file).returncode == 1
    assert verify(file, ROSETTE_SIGNED_BADGE_ALGORITHMS="RS256,ES256").returncode == 0
    wrong = verify(file, ROSETTE_SIGNED_BADGE_ALGORITHMS="none")
    assert (wrong.returncode, "knows no none" in wrong.stderr) == (2, True)
