"""
Badges attached to PDF files, such as certificates: read, and nothing else.

A PDF of a stranger can loop, blow up or nest without end, so it meets its parser only in a process
of its own, bounded in time and memory, which is what this module is when it is run.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Final

import orjson

from rosette.openbadges.errors import UnbakedImage

SIGNATURE: Final = b"%PDF-"
MOST: Final = 100
"""So many badges one file may hold."""

_FILE_MAX_BYTES: Final = 20_000_000
_ATTACHMENT_MAX_BYTES: Final = 1_000_000
_ALL_MAX_BYTES: Final = 10_000_000
_ATTACHMENTS_MOST: Final = 1000
_SECONDS: Final = 3
_MEMORY_MAX_BYTES: Final = 1 << 30
_JWS: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


def attached(content: bytes) -> list[str]:
    """
    What may be badges among the attachments, in their order: JSON objects and compact JWS.

    Raises UnbakedImage if there is none, or if the file cannot be read within bounds.
    """
    if len(content) > _FILE_MAX_BYTES:
        raise UnbakedImage("The PDF is too large.")
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "rosette.openbadges.baking.pdf"],
            input=content,
            capture_output=True,
            timeout=_SECONDS * 4,
            check=True,
        )
        found: list[str] = orjson.loads(done.stdout)
    except (subprocess.SubprocessError, orjson.JSONDecodeError) as error:
        raise UnbakedImage("The PDF cannot be read.") from error
    if not found:
        raise UnbakedImage("There is no badge attached to the PDF.")
    if len(found) > MOST:
        raise UnbakedImage(f"There are more than {MOST} badges attached to the PDF.")
    return found


def unbake(content: bytes) -> str:
    """
    The one badge that is attached. Raises UnbakedImage if there is none, or if there are several.
    """
    found = attached(content)
    if len(found) > 1:
        raise UnbakedImage(
            f"There are {len(found)} badges attached to the PDF. Hand them in one by one."
        )
    return found[0]


def _attached(content: bytes) -> Iterator[str]:
    """As ``attached``, without its bounds on time and memory."""
    import io  # noqa: PLC0415 -- for the process of its own, as the parser is

    import pypdf  # noqa: PLC0415 -- slow to import, and of no use elsewhere

    reader = pypdf.PdfReader(io.BytesIO(content))
    left = _ALL_MAX_BYTES
    for number, item in enumerate(reader.attachment_list):
        if number >= _ATTACHMENTS_MOST or left <= 0:
            return
        found = item.content
        left -= len(found)
        if len(found) > _ATTACHMENT_MAX_BYTES:
            continue
        try:
            text = found.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            continue
        if text.startswith("{") or _JWS.fullmatch(text):
            yield text


def _main() -> None:
    """A PDF on standard input, the texts as a JSON list on standard output."""
    import resource  # noqa: PLC0415 -- Unix only, and no use outside this process

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_MAX_BYTES, _MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    texts = []
    for text in _attached(sys.stdin.buffer.read()):
        texts.append(text)
        if len(texts) > MOST:
            break
    sys.stdout.buffer.write(orjson.dumps(texts))


if __name__ == "__main__":
    _main()
