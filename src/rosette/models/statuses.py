"""Which awards do not hold, for status lists, and the changes that make it so."""

from datetime import datetime
from typing import NamedTuple

from rosette.models.assertions import Visibility
from rosette.models.base import row, rows, run, stored_moment


class Changed(NamedTuple):
    """An award that was revoked, suspended or reinstated at some time; ``number`` is its row's."""

    number: int
    revoked_at: datetime | None
    suspended_at: datetime | None
    reinstated_at: datetime | None


class Revoked(NamedTuple):
    """A revoked award as the world may know of it."""

    entity_id: str
    reason: str
    revoked_at: datetime


def changed(issuer_id: int, numbers: range) -> list[Changed]:
    """The issuer's awards with row numbers in this range that were ever changed so."""
    found = rows(
        "SELECT id, revoked_at, suspended_at, reinstated_at FROM rosette_assertion"
        " WHERE issuer_id = %s AND id >= %s AND id < %s AND (revoked_at IS NOT NULL"
        " OR suspended_at IS NOT NULL OR reinstated_at IS NOT NULL) ORDER BY id",
        [issuer_id, numbers.start, numbers.stop],
    )
    return [Changed(*item) for item in found]


def newest_number() -> int:
    """The highest row number of an award on this server; 0 if there is none."""
    found = row("SELECT MAX(id) FROM rosette_assertion")
    number: int = (found and found[0]) or 0
    return number


def revoked(issuer_id: int) -> list[Revoked]:
    """The issuer's revoked awards that everybody may see, in the order in which they were made."""
    found = rows(
        "SELECT entity_id, revocation_reason, revoked_at FROM rosette_assertion"
        " WHERE issuer_id = %s AND revoked_at IS NOT NULL AND visibility = %s ORDER BY id",
        [issuer_id, Visibility.PUBLIC.value],
    )
    return [Revoked(*item) for item in found]


def suspend(number: int, *, reason: str, at: datetime) -> bool:
    """Let the award with this row number not hold; False if it was revoked or suspended before."""
    when = stored_moment(at)
    return bool(
        run(
            "UPDATE rosette_assertion SET suspended_at = %s, suspension_reason = %s,"
            " updated_at = %s WHERE id = %s AND revoked_at IS NULL AND suspended_at IS NULL",
            [when, reason, when, number],
        )
    )


def reinstate(number: int, *, at: datetime) -> bool:
    """Let the suspended award hold again; False if it was revoked or is not suspended."""
    when = stored_moment(at)
    return bool(
        run(
            "UPDATE rosette_assertion SET suspended_at = NULL, suspension_reason = '',"
            " reinstated_at = %s, updated_at = %s"
            " WHERE id = %s AND revoked_at IS NULL AND suspended_at IS NOT NULL",
            [when, when, number],
        )
    )
