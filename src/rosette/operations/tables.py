"""
Tables out of files of strangers: text parted by something, or a workbook (XLSX).

How a text is written is guessed, said, and can be said otherwise. A workbook is a ZIP of XML and
may be made to burst: what it says it unpacks to is added up before anything is, Python's reader
unpacks no more than that, and no more rows and columns are looked at than a sheet may have.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import ParseError

import openpyxl
from charset_normalizer import from_bytes
from django.utils.translation import gettext_noop as _
from openpyxl.utils.exceptions import InvalidFileException

from rosette.errors import InvalidInput

ROWS_AT_MOST: Final = 20_000
COLUMNS_AT_MOST: Final = 50
SOURCE_MAX_BYTES: Final = 10_000_000
ENCODINGS: Final = (
    *("utf_8", "cp1252", "iso8859_15", "utf_16", "cp1250", "cp1251", "cp1253", "cp1254"),
    *("mac_roman", "cp932", "gb18030", "big5", "euc_kr"),
)
DELIMITERS: Final = (",", ";", "\t", "|")

_UNPACKED_MAX_BYTES: Final = 60_000_000
_SAMPLE: Final = 65_536
_SNIFFED: Final = 4_096
_BLANK_ROWS: Final = 1_000
TOO_MANY: Final = _("A table can have no more than 20,000 lines. Please divide it.")
_TOO_WIDE: Final = _("A table can have no more than 50 columns.")
_EMPTY: Final = _("There is nothing in this table.")
_NO_TEXT: Final = _("This file cannot be read as a table. Save it as CSV or XLSX and try again.")
TOO_LARGE: Final = _("This file is too large. It may have no more than 10 megabytes.")
_BROKEN: Final = (
    *(zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, NotImplementedError),
    *(KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, EOFError),
    *(RuntimeError, OverflowError),
)
"""What a workbook that is none makes its reader raise."""


class Table(NamedTuple):
    """Rows, all as long as the widest; ``encoding`` and ``delimiter`` are empty for a workbook."""

    rows: list[list[str]]
    encoding: str
    delimiter: str


def read(source: bytes, *, encoding: str = "", delimiter: str = "") -> Table:
    """
    The table in the file, without its empty lines; what is not said is guessed.

    Raises InvalidInput for what is no table, or too large a one.
    """
    if len(source) > SOURCE_MAX_BYTES:
        raise InvalidInput(general=[TOO_LARGE])
    if source.startswith(b"PK\x03\x04"):
        return Table(_even(_of_workbook(source)), "", "")
    encoding = encoding if encoding in ENCODINGS else _encoding(source)
    try:
        text = source.decode("utf_8_sig" if encoding == "utf_8" else encoding)
    except UnicodeError as error:
        raise InvalidInput(general=[_NO_TEXT]) from error
    delimiter = delimiter if delimiter in DELIMITERS else _delimiter(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = _even([cell.strip() for cell in line] for line in lines)
    except csv.Error as error:
        raise InvalidInput(general=[_NO_TEXT]) from error
    return Table(rows, encoding, delimiter)


def _even(lines: Iterable[list[str]]) -> list[list[str]]:
    """The lines with something in them, all as long as the longest."""
    rows = list(islice((line for line in lines if any(line)), ROWS_AT_MOST + 2))
    if not rows:
        raise InvalidInput(general=[_EMPTY])
    if len(rows) > ROWS_AT_MOST + 1:  # and one line with the names of the columns
        raise InvalidInput(general=[TOO_MANY])
    width = max(max((at for at, cell in enumerate(row, 1) if cell), default=0) for row in rows)
    if width > COLUMNS_AT_MOST:
        raise InvalidInput(general=[_TOO_WIDE])
    return [(row + [""] * width)[:width] for row in rows]


def _encoding(source: bytes) -> str:
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf_16"
    try:
        source.decode("utf_8")
    except UnicodeDecodeError:
        # Out of few letters little can be told; the first that it may be is the likeliest.
        found = from_bytes(source[:_SAMPLE], cp_isolation=list(ENCODINGS[1:])).best()
        likely = found.could_be_from_charset if found else ()
        return next((name for name in ENCODINGS if name in likely), "cp1252")
    return "utf_8"


def _delimiter(text: str) -> str:
    sample = text[:_SNIFFED].lstrip()
    first = sample.partition("\n")[0]
    try:
        found = csv.Sniffer().sniff(sample, "".join(DELIMITERS)).delimiter
    except csv.Error:
        found = ""
    if found in DELIMITERS and found in first:
        return found
    return max(DELIMITERS, key=first.count)


def _of_workbook(source: bytes) -> Iterator[list[str]]:
    """The lines of the first sheet."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as parts:
            size = sum(part.file_size for part in parts.infolist())
        if size > _UNPACKED_MAX_BYTES:
            raise InvalidInput(general=[TOO_LARGE])
        book = openpyxl.load_workbook(
            io.BytesIO(source), read_only=True, data_only=True, keep_links=False
        )
        sheet = book.worksheets[0]
        most = ROWS_AT_MOST + _BLANK_ROWS
        for line in islice(sheet.iter_rows(max_col=COLUMNS_AT_MOST + 1, values_only=True), most):
            yield [_text(value) for value in line]
    except _BROKEN as error:
        raise InvalidInput(general=[_NO_TEXT]) from error


def _text(value: Any) -> str:
    """A cell as somebody would type it; days as ``2026-11-30``."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return (value.date() if value.time() == time() else value).isoformat()
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return str(int(value))
    return str(value).strip()
