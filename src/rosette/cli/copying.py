"""What keeping, bringing back and moving a site have in common: rows, progress, plain words."""

import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:  # Django has to be ready before these are read
    from rosette.copies.databases import Filling
    from rosette.copies.tables import Table
    from rosette.operations.audit import Action

CHANGED_NOTHING = "Nothing was changed."


def fill(
    door: Any,
    known: "Sequence[Table]",
    pour: "Callable[[Filling], dict[str, int]]",
    counts: dict[str, int],
) -> None:
    """
    Write a new database in one transaction, and look at its references and numbers.

    ``pour`` writes the rows and answers with the last number given in each table; ``counts``: the
    rows that each must have then, or `CannotCopy`.
    """
    from django.db import transaction

    from rosette.copies.databases import Filling, count
    from rosette.copies.tables import CannotCopy

    filling = Filling(door)
    with door.constraint_checks_disabled(), transaction.atomic():
        filling.empty(known)
        numbers = pour(filling)
        door.check_constraints()
        filling.go_on_from(numbers, known)
        for table in known:
            if count(door, table) != counts.get(table.name, 0):
                raise CannotCopy(f"not all rows of {table.name} have arrived")


def note(action: "Action", master: str, **said: Any) -> None:
    """
    Note in the new site, before it takes its place, how it came there.

    ``master``: the master key that it will have. Without one nothing was ever noted in it.
    """
    from rosette.operations import audit
    from rosette.sealing import LocalSealer

    if master:
        sealer = LocalSealer(master)
        audit.note(action, "server", "", by=audit.SERVER, sealer=sealer, **said)


@contextmanager
def plainly(what: str, consolation: str) -> Iterator[None]:
    """Troubles in one sentence, and what became of everything."""
    import psycopg
    from django.db import Error

    from rosette.copies import places
    from rosette.copies.tables import CannotCopy

    troubles = (CannotCopy, Error, psycopg.Error, sqlite3.Error, OSError, OverflowError, ValueError)
    try:
        yield
    except places.HalfWay as error:
        raise click.ClickException(
            f"All is decided, but not in place: {error}. The next command tries again."
        ) from error
    except troubles as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise click.ClickException(f"{what}: {said}. {consolation}") from error


@contextmanager
def bar(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Progress for who watches; what is yielded takes how many more are done."""
    with click.progressbar(length=length, label=label, file=sys.stderr) as shown:
        yield shown.update


def counted(rows: Iterator[Any], advance: Callable[[int], None]) -> Iterator[Any]:
    """The rows; of every thousand, word is given."""
    number = 0
    for number, row in enumerate(rows, 1):
        yield row
        if not number % 1000:
            advance(1000)
    advance(number % 1000)
