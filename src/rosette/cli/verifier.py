"""``rosette verify``: whether a badge is good. It needs neither database nor server."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Final

import click

from rosette import fetching
from rosette.config import config
from rosette.openbadges.verification import (
    Check,
    Loaded,
    Policy,
    Source,
    Unreachable,
    Verdict,
    identities,
    report,
)
from rosette.openbadges.verification import verify as verified
from rosette.openbadges.verification.loading import Loader, nothing

_SECONDS: Final = 60.0
_FILE_MAX_BYTES: Final = 20_000_000

_MARKS: Final = {"passed": ("✓", "green"), "failed": ("✗", "red"), "unknown": ("?", "yellow")}
_PLAIN_MARKS: Final = {"✓": "ok", "✗": "NO"}
_EXIT_CODES: Final = {"passed": 0, "failed": 1, "unknown": 2}
_VERDICTS: Final = {
    "unreadable": "There is no badge in this.",
    "unavailable": "It cannot be told: not all of the badge could be fetched.",
    "revoked": "NOT VALID: the badge has been revoked.",
    "malformed": "NOT VALID: the badge is not as the standard asks.",
    "bad-signature": "NOT VALID: the signature does not vouch for the badge.",
    "untrusted-key": "NOT VALID: nobody shows that the issuer issued it.",
    "expired": "NOT VALID any more: the badge has expired.",
    "not-yet-valid": "NOT VALID yet.",
    "suspended": "NOT VALID at present: the issuer has suspended the badge.",
    "wrong-recipient": "NOT VALID for this recipient.",
    "status-unknown": "It cannot be told whether the badge has been revoked.",
    "verified": "VALID",
}


@click.command()
@click.argument("badge", metavar="FILE|URL|-")
@click.option(
    "--recipient",
    multiple=True,
    metavar="ID",
    help="Who says that it is theirs: an e-mail address, URL or telephone number; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the whole verdict as JSON.")
@click.option(
    "--extensions", is_flag=True, help="Fetch the schemas of extensions that are not known here."
)
@click.option("--offline", is_flag=True, help="Ask no server; what it takes stays unknown.")
def verify(
    badge: str, recipient: tuple[str, ...], as_json: bool, extensions: bool, offline: bool
) -> None:
    """
    Verify a badge of anybody, in a file or at an address.

    A file may be PNG, SVG, JSON or JWS; - reads it from standard input. Badges of Open Badges 1.1
    and 2.0 are known, hosted and signed, and credentials of 3.0. Every check is listed with a mark:
    ok (✓), wrong (✗), not to be told (?), or worth a remark (!).

    \b
    The exit code is
      0  if the badge is valid,
      1  if it is not,
      2  if that cannot be told, or there is no badge.
    """
    verdict = verified(
        _source(badge),
        load=nothing if offline else _over_network(monotonic() + _SECONDS),
        at=datetime.now(UTC),
        recipient=[identity for text in recipient for identity in identities(text)],
        policy=Policy(algorithms=config().algorithms, load_extensions=extensions),
    )
    if as_json:
        click.echo(json.dumps(report(verdict), indent=2))
    else:
        _show(verdict)
    sys.exit(2 if verdict.outcome == "unreadable" else _EXIT_CODES[verdict.state])


def _source(badge: str) -> Source:
    if badge.lower().startswith(("http://", "https://", "data:")):
        return badge
    try:
        if badge == "-":
            content = sys.stdin.buffer.read(_FILE_MAX_BYTES + 1)
        else:
            with Path(badge).open("rb") as file:
                content = file.read(_FILE_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _Unreadable(f"{badge} cannot be read: {error}") from error
    if len(content) > _FILE_MAX_BYTES:
        raise _Unreadable(f"{badge} is too large for a badge.")
    return content


class _Unreadable(click.ClickException):
    """Nothing that could be verified."""

    exit_code = 2


def _over_network(deadline: float) -> Loader:
    """Asks whom the badge names; whoever runs this may ask their own machine too."""

    def load(url: str, *, accept: str, max_bytes: int) -> Loaded:
        try:
            answer = fetching.fetch(
                url,
                accept=accept,
                max_bytes=max_bytes,
                timeout_seconds=max(0.001, deadline - monotonic()),
                allow_loopback=True,
            )
        except fetching.FetchError as error:
            raise Unreachable(error.message) from error
        return Loaded(answer.url, answer.status, answer.media_type, answer.content)

    return load


def _show(verdict: Verdict) -> None:
    for check in verdict.checks:
        mark, colour = _mark(check)
        click.echo(f"{click.style(_drawn(mark), fg=colour)} {_printable(check.said)}")
        if check.advice and check.is_against:
            click.echo(f"   {_printable(check.advice)}")
    click.echo()
    colour = {"passed": "green", "failed": "red", "unknown": "yellow"}[verdict.state]
    click.secho(_VERDICTS[verdict.outcome], fg=colour, bold=True)


def _mark(check: Check) -> tuple[str, str]:
    return (
        ("!", "yellow") if check.state != "passed" and not check.decisive else _MARKS[check.state]
    )


def _drawn(mark: str) -> str:
    """The mark, or letters for it where the terminal cannot show it."""
    return _PLAIN_MARKS[mark] if _printable(mark) != mark else f"{mark} "


def _printable(text: str) -> str:
    """The text as far as the terminal can show it; what badges say must not command it."""
    encoding = sys.stdout.encoding or "ascii"
    shown = "".join(letter if letter.isprintable() else "?" for letter in text)
    return shown.encode(encoding, "replace").decode(encoding)
