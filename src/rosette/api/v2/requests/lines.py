"""
Awards as lines, for jobs of any length: read one by one, checked a thousand at a time.

A line of JSON is an award as the API takes it. A line of CSV is one under the names of the first
line, whose spelling is forgiven (``Email``, ``recipient.identity``, ``issued_on``).
"""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

import orjson

from rosette.api.bodies import MalformedBody
from rosette.api.v2.requests.assertions import checked
from rosette.errors import InvalidInput
from rosette.operations.bulk import Line

JSON_LINES: Final = ("application/x-ndjson", "application/jsonl", "application/x-jsonlines")
CSV: Final = "text/csv"

_AT_A_TIME: Final = 1000
_NOT_A_LETTER: Final = re.compile(r"[^a-z]")
_COLUMNS: Final = {
    **dict.fromkeys(("email", "emailaddress", "identity", "recipientidentity"), "identity"),
    **dict.fromkeys(("recipient", "identifier"), "identity"),
    **dict.fromkeys(("type", "recipienttype"), "type"),
    **dict.fromkeys(("hashed", "recipienthashed"), "hashed"),
    "narrative": "narrative",
    **dict.fromkeys(("evidence", "evidenceurl"), "url"),
    "evidencenarrative": "evidence narrative",
    **dict.fromkeys(("issuedon", "issued"), "issuedOn"),
    **dict.fromkeys(("expires", "expireson"), "expires"),
    "notify": "notify",
    "allowduplicateawards": "allowDuplicateAwards",
}


def from_json(lines: Iterable[bytes], *, notify: bool) -> Iterator[Line]:
    """Awards, one JSON object to the line; blank lines are passed over."""
    filled = (line for line in lines if line.strip())
    return _checked(map(_object, filled), notify=notify)


def from_csv(lines: Iterable[bytes], *, notify: bool) -> Iterator[Line]:
    """
    Awards, one to the row below the names of the columns; in UTF-8, parted by ``,`` ``;`` or tab.

    Columns with other names are passed over. Raises MalformedBody, and InvalidInput if no column
    says who receives.
    """
    return _checked(_rows(lines), notify=notify)


def _checked(items: Iterator[Any], *, notify: bool) -> Iterator[Line]:
    while some := list(islice(items, _AT_A_TIME)):
        yield from checked(some, notify=notify)


def _object(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None  # refused as what is no object


def _rows(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    ended = (line.removesuffix(b"\n") for line in lines)  # those of a file have their ends
    texts = (line.decode("utf-8-sig" if at == 0 else "utf-8") for at, line in enumerate(ended))
    try:
        first = next(texts, "")
        delimiter = max(",;\t", key=first.count)
        [names] = csv.reader([first], delimiter=delimiter) if first.strip() else [[]]
        columns = [_COLUMNS.get(_NOT_A_LETTER.sub("", name.lower())) for name in names]
        if "identity" not in columns:
            raise InvalidInput(general=["The first line must name a column `email`."])
        known = [column for column in columns if column]
        if twice := [name for name in dict.fromkeys(known) if known.count(name) > 1]:
            meant = ", ".join(
                f"`{name}`" for name, column in zip(names, columns, strict=True) if column in twice
            )
            raise InvalidInput(general=[f"These columns mean the same; keep one of them: {meant}."])
        for cells in csv.reader((f"{text}\n" for text in texts), delimiter=delimiter):
            if any(cell.strip() for cell in cells):
                yield _award(dict(zip(columns, cells, strict=False)))
    except UnicodeDecodeError as error:
        raise MalformedBody("The table must be in UTF-8.") from error
    except csv.Error as error:
        raise MalformedBody(f"The table cannot be read: {error}.") from error


def _award(cells: dict[str | None, str]) -> dict[str, Any]:
    """A row as the JSON object that says the same; an empty cell says nothing."""
    said = {name: text.strip() for name, text in cells.items() if name and text.strip()}
    recipient = {name: said.pop(name) for name in ("identity", "type", "hashed") if name in said}
    evidence = {
        name: said.pop(column)
        for name, column in (("url", "url"), ("narrative", "evidence narrative"))
        if column in said
    }
    return {
        **said,
        **({"recipient": recipient} if recipient else {}),
        **({"evidence": [evidence]} if evidence else {}),
    }
