"""The catalogue: by which words a badge class is found by everybody."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import models

from rosette.models.badgeclasses import PUBLISHED_BADGECLASS, BadgeClass, PublishedBadgeClass
from rosette.models.base import rows

EVERYTHING = ""
"""The term that every badge class in the catalogue has."""
TERM_MAX_LENGTH = 260


class CatalogueTerm(models.Model):
    """
    One of the things that a badge class of the catalogue is found by.

    ``term``: the beginning of a word in it, or ``tag:…``, ``issuer:…``, ``language:…``, or
    ``EVERYTHING``. The index has the classes of a term in the order in which they are shown, so
    that a page of whatever is asked is read from it, and no table is looked through.
    """

    badgeclass = models.ForeignKey(BadgeClass, on_delete=models.CASCADE, related_name="terms")
    term = models.CharField(max_length=TERM_MAX_LENGTH)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["term", "badgeclass"], name="catalogueterm_once")
        ]


class Catalogued(NamedTuple):
    """A badge class as the catalogue shows it; ``language`` is empty if nobody said."""

    created_at: datetime
    language: str
    badgeclass: PublishedBadgeClass


_PAGE = f"""
    SELECT b.created_at, i.language, {PUBLISHED_BADGECLASS}
    FROM rosette_catalogueterm t
    JOIN rosette_badgeclass b ON b.id = t.badgeclass_id
    JOIN rosette_issuer i ON i.id = b.issuer_id
    WHERE t.term = %s AND i.in_catalogue AND i.deleted_at IS NULL AND b.deleted_at IS NULL
"""
_ALSO = """
    AND EXISTS (
        SELECT 1 FROM rosette_catalogueterm o
        WHERE o.term = %s AND o.badgeclass_id = t.badgeclass_id
    )
"""
_AFTER = """
    AND t.badgeclass_id < (SELECT c.id FROM rosette_badgeclass c WHERE c.entity_id = %s)
"""


def page_query(terms: Sequence[str], after: str, limit: int) -> tuple[str, list[object]]:
    """What ``catalogued`` asks, of one term or more; the first leads through the index."""
    sql = _PAGE + _ALSO * (len(terms) - 1) + (_AFTER if after else "")
    parameters: list[object] = [*terms, *([after] if after else []), limit]
    return f"{sql} ORDER BY t.badgeclass_id DESC LIMIT %s", parameters


def catalogued(terms: Sequence[str], *, after: str, limit: int) -> list[Catalogued]:
    """
    The badge classes of the catalogue that have all of the terms, the newest first.

    ``after`` is the name of the last one on the page before, or empty.
    """
    sql, parameters = page_query(terms, after, limit)
    return [
        Catalogued(item[0], item[1], PublishedBadgeClass.of(item[2:]))
        for item in rows(sql, parameters)
    ]
