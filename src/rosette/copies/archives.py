"""
The archive of a site: one tar file, written and read as a stream.

First ``rosette.json`` says what it is of; then come ``keys/…``, the rows as
``tables/TABLE/000001.jsonl.gz`` (the names of the columns, then a row a line) and ``media/…``; at
last ``manifest.json`` has a checksum of each, and how many rows there are, and
``manifest.json.sha256`` its own. Whoever reads it goes by
these names and by no others, so nothing in an archive says where on this machine something goes.
"""

import gzip
import io
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from typing import IO, BinaryIO, Final, Literal, NamedTuple, cast

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rosette.copies.databases import Row, Snapshot
from rosette.copies.tables import CannotCopy, Migration, Table

KEYS: Final = ("secret.key", "master.key")
_PART_BYTES: Final = 1_000_000
_ROW_MAX_BYTES: Final = 500_000_000
_JSON_MAX_BYTES: Final = 100_000_000
_HEAD: Final = "rosette.json"
_END: Final = "manifest.json"
_SEAL: Final = "manifest.json.sha256"
_PART: Final = re.compile(r"tables/([a-z0-9_]{1,63})/[0-9]{6}\.jsonl\.gz")
_FILE: Final = re.compile(r"media/((?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*)")
_SHOWN: Final = r"^[\x21-\x7e]*$"  # it is printed on a terminal
_KEY: Final = re.compile(r"keys/(secret\.key|master\.key)")
_BROKEN: Final = (
    *(tarfile.TarError, zlib.error, gzip.BadGzipFile, EOFError),
    *(orjson.JSONDecodeError, ValidationError, UnicodeDecodeError),
)

Advance = Callable[[int], None]


class Head(BaseModel):
    """
    What an archive is of.

    ``version``: of Rosette. ``origin``: the address of the site. ``counts``: rows of each table.
    """

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    version: str = Field(pattern=_SHOWN)
    made_at: datetime
    origin: str = Field(pattern=_SHOWN)
    database: Literal["sqlite", "postgresql"]
    migrations: list[Migration]
    counts: dict[str, int]
    files: int


class Manifest(BaseModel):
    """``members``: SHA-256 of each, in hex. ``last_numbers``: see ``Snapshot.last_numbers``."""

    model_config = ConfigDict(frozen=True)

    members: dict[str, str]
    counts: dict[str, int]
    last_numbers: dict[str, int]


class Part(NamedTuple):
    """Some rows of a table; the values are in the order of ``columns``."""

    table: str
    columns: list[str]
    rows: Iterator[Row]


class File(NamedTuple):
    """A file of the media folder; ``name`` is its way from there and leads nowhere else."""

    name: str
    content: IO[bytes]


class Key(NamedTuple):
    """``secret.key`` or ``master.key``."""

    name: str
    content: bytes


class Writer:
    """Writes an archive. What is not closed by ``end`` is none."""

    def __init__(self, to: BinaryIO, head: Head) -> None:
        self._tar = tarfile.open(mode="w|", fileobj=to)  # noqa: SIM115 -- closed by `end`
        self._made_at = head.made_at
        self._members: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._add(_HEAD, head.model_dump_json(indent=1).encode())

    def key(self, name: str, content: bytes) -> None:
        """Add a key."""
        self._add(f"keys/{name}", content)

    def file(self, name: str, content: bytes) -> None:
        """Add a file; ``name`` as in ``File``. Raises CannotCopy for names that none may have."""
        if not _FILE.fullmatch(f"media/{name}"):
            raise CannotCopy(f"there is a file in the media folder that is not ours: {name}")
        self._add(f"media/{name}", content)

    def table(self, table: Table, rows: Iterator[Row], advance: Advance) -> None:
        """Add all rows of a table."""
        names = orjson.dumps([column.name for column in table.columns])
        lines, size, parts, counted = [names], 0, 0, 0
        for row in rows:
            line = orjson.dumps(row)
            lines.append(line)
            size += len(line)
            if size >= _PART_BYTES:
                parts += 1
                counted += self._part(table, parts, lines)
                advance(len(lines) - 1)
                lines, size = [names], 0
        if len(lines) > 1:
            counted += self._part(table, parts + 1, lines)
            advance(len(lines) - 1)
        self._counts[table.name] = counted

    def end(self, last_numbers: dict[str, int]) -> None:
        """The archive is whole."""
        made = Manifest(members=self._members, counts=self._counts, last_numbers=last_numbers)
        self._add(_END, made.model_dump_json(indent=1).encode())
        self._add(_SEAL, self._members[_END].encode())
        self._tar.close()

    def _part(self, table: Table, number: int, lines: Sequence[bytes]) -> int:
        packed = gzip.compress(b"\n".join(lines) + b"\n", 5, mtime=0)
        self._add(f"tables/{table.name}/{number:06}.jsonl.gz", packed)
        return len(lines) - 1

    def _add(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        info.mode = 0o600
        info.mtime = int(self._made_at.timestamp())
        self._tar.addfile(info, io.BytesIO(content))
        self._members[name] = sha256(content).hexdigest()


def new_head(taken: Snapshot, tables: Sequence[Table], **facts: str | int) -> Head:
    """The head of an archive of the snapshot; ``facts`` are version, origin and files."""
    return Head.model_validate(
        {
            "made_at": datetime.now(UTC),
            "database": taken.vendor,
            "migrations": taken.migrations(),
            "counts": {table.name: taken.count(table) for table in tables},
            **facts,
        }
    )


class Reader:
    """
    Reads an archive, once, from its beginning to its end.

    Whatever it hands out is not to be trusted before ``members`` has come to its end. Raises
    CannotCopy wherever something is wrong.
    """

    manifest: Manifest
    """Once ``members`` has come to its end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._last = ""
        self._found: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        foreign = "it is no backup of Rosette"
        try:
            self._tar = tarfile.open(mode="r|", fileobj=stream)  # noqa: SIM115 -- a mere reader
            first = self._tar.next()
        except tarfile.TarError as error:
            raise CannotCopy(foreign) from error
        if first is None or first.name != _HEAD or not _is_plain(first):
            raise CannotCopy(foreign)
        content = self._whole(first)
        try:
            if orjson.loads(content).get("format") != 1:
                raise CannotCopy("it was made by a later version of Rosette")
            self.head = Head.model_validate_json(content)
        except (AttributeError, *_BROKEN) as error:
            raise CannotCopy(foreign) from error

    def members(self) -> Iterator[Part | File | Key]:
        """Keys, rows and files, each to be read before the next one is asked for."""
        with self._broken_here():
            yield from self._members()

    def _members(self) -> Iterator[Part | File | Key]:
        while info := self._tar.next():
            self._last = info.name
            if not _is_plain(info) or info.name in self._found:
                raise CannotCopy(f"it has a member that no backup has: {info.name[:200]!r}")
            if info.name == _END:
                self._end(info)
                return
            yield from self._member(info)
        raise CannotCopy(f"it is cut off, or damaged, after {self._last}")

    def _member(self, info: tarfile.TarInfo) -> Iterator[Part | File | Key]:
        if _KEY.fullmatch(info.name):
            yield Key(info.name.removeprefix("keys/"), self._whole(info))
            return
        found = self._tar.extractfile(info)
        assert found is not None  # it is plain
        read = _Hashed(found, info.name)
        if part := _PART.fullmatch(info.name):
            with gzip.GzipFile(fileobj=read) as opened:
                unpacked = cast(IO[bytes], opened)
                columns = orjson.loads(_line(unpacked))
                if not isinstance(columns, list) or not all(isinstance(c, str) for c in columns):
                    raise EOFError
                rows = self._rows(part[1], len(columns), unpacked)
                yield Part(part[1], columns, rows)
                for _ in rows:
                    pass
        elif file := _FILE.fullmatch(info.name):
            yield File(file[1], cast(IO[bytes], read))
        else:
            raise CannotCopy(f"it has a member that no backup has: {info.name[:200]!r}")
        while read.read(65_536):
            pass
        self._found[info.name] = read.hash.hexdigest()

    def _rows(self, table: str, width: int, unpacked: IO[bytes]) -> Iterator[Row]:
        counted = self._counts.setdefault(table, 0)
        with self._broken_here():  # whoever takes the rows is not within `members`
            while line := _line(unpacked):
                row = orjson.loads(line)
                if not isinstance(row, list) or len(row) != width:
                    raise EOFError
                counted += 1
                yield row
        self._counts[table] = counted

    @contextmanager
    def _broken_here(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            raise CannotCopy(f"it is damaged at {self._last}") from error

    def _end(self, info: tarfile.TarInfo) -> None:
        """Compare what was read to what should have been."""
        content = self._whole(info)
        seal = self._tar.next()
        if seal is None or seal.name != _SEAL or not _is_plain(seal):
            raise CannotCopy(f"it is cut off, or damaged, after {_END}")
        if self._whole(seal) != self._found[_END].encode():
            raise CannotCopy(f"{_END} is damaged")
        del self._found[_END], self._found[_SEAL]
        manifest = Manifest.model_validate_json(content)
        for name in sorted(manifest.members.keys() | self._found.keys()):
            if manifest.members.get(name) != self._found.get(name):
                wrong = "is missing" if name not in self._found else "is damaged"
                raise CannotCopy(f"{name} {wrong}")
        counts = {name: number for name, number in manifest.counts.items() if number}
        if counts != {name: number for name, number in self._counts.items() if number}:
            raise CannotCopy("it has not as many rows as it says")
        while self._stream.read(65_536):
            pass  # only whoever reads an encrypted one to its end knows that it is genuine
        self.manifest = manifest

    def _whole(self, info: tarfile.TarInfo) -> bytes:
        found = self._tar.extractfile(info)
        if found is None or info.size > _JSON_MAX_BYTES:
            raise CannotCopy(f"it is damaged at {info.name}")
        try:
            content = found.read()
        except tarfile.TarError as error:
            raise CannotCopy(f"it is cut off, or damaged, at {info.name}") from error
        self._found[info.name] = sha256(content).hexdigest()
        return content


class _Hashed(io.RawIOBase):
    """A stream that knows the checksum of what was read of it."""

    def __init__(self, source: IO[bytes], name: str) -> None:
        self._source = source
        self._name = name
        self.hash = sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            content = self._source.read(size)
        except tarfile.TarError as error:
            raise CannotCopy(f"it is cut off, or damaged, at {self._name}") from error
        self.hash.update(content)
        return content

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        content = self.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


def _is_plain(info: tarfile.TarInfo) -> bool:
    return info.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not info.issparse()


def _line(unpacked: IO[bytes]) -> bytes:
    line = unpacked.readline(_ROW_MAX_BYTES)
    if line and not line.endswith(b"\n"):
        raise EOFError
    return line
