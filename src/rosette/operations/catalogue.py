"""
The catalogue: what is found in it, by which words, and which issuers wish to be there.

Words are compared without regard to capitals and accents, and by their beginnings: ``knot`` finds
“Knots”. In writing without spaces, any two signs in a row are found.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import BadgeClass, CatalogueTerm, Issuer
from rosette.models.catalogue import EVERYTHING, TERM_MAX_LENGTH, Catalogued, catalogued
from rosette.operations import audit, policies
from rosette.operations.policies import Actor, Reach
from rosette.queue import enqueue

PAGE: Final = 24
_BEGINNING_MIN, _BEGINNING_MAX = 3, 12
_WORDS_MAX: Final = 120
_ASKED_MAX: Final = 8
_AT_A_TIME: Final = 200
_WORD: Final = re.compile(r"[^\W_]+")
_WITHOUT_SPACES: Final = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u2e80-\uffef\U00020000-\U0003ffff]"
)
LANGUAGES: Final = {
    code: str(info["name_local"]).capitalize()
    for code, info in sorted(LANG_INFO.items(), key=lambda item: str(item[1].get("name_local")))
    if "name_local" in info and len(code) <= 3
}
"""Languages by code, each by its own name."""
_UNKNOWN_LANGUAGE: Final = _("Choose a language of the list.")


class Sought(NamedTuple):
    """
    What somebody looks for; empty is whatever there is.

    ``text`` are words, all of which have to be there; ``issuer`` is the name of one; ``language``
    is one of ``LANGUAGES``.
    """

    text: str = ""
    tag: str = ""
    issuer: str = ""
    language: str = ""


class Found(NamedTuple):
    """A page of what was found; ``after`` leads to the next, and is empty if there is none."""

    items: list[Catalogued]
    after: str


def search(sought: Sought, *, after: str = "", size: int = PAGE) -> Found:
    """One page of the catalogue, the newest first. Raises NotFound if this site has none."""
    _require_catalogue()
    found = catalogued(_asked(sought), after=after, limit=size + 1)
    items = found[:size]
    return Found(items, items[-1].badgeclass.entity_id if len(found) > size else "")


@transaction.atomic
def enter(issuer: Issuer, *, is_in: bool, language: str, by: Actor) -> None:
    """
    Let the issuer's badges be in the catalogue, or not; say which language they are written in.

    What is taken out is gone at once; what comes in is there when a job is done. Raises NotFound
    if this site has no catalogue and for a sandbox, NotPermitted below editor, InvalidInput for
    another language.
    """
    _require_catalogue()
    policies.require(Reach.EDITOR, by, issuer)
    if issuer.sandbox:
        raise NotFound
    if language and language not in LANGUAGES:
        raise InvalidInput({"language": [_UNKNOWN_LANGUAGE]})
    issuer = Issuer.objects.select_for_update().get(pk=issuer.pk)
    before = {"in_catalogue": issuer.in_catalogue, "language": issuer.language}
    issuer.in_catalogue, issuer.language = is_in, language
    issuer.updated_at = timezone.now()
    issuer.save(update_fields=["in_catalogue", "language", "updated_at"])
    after = {"in_catalogue": is_in, "language": language}
    audit.note(
        "issuer.change",
        "issuer",
        issuer.entity_id,
        by=by.user_entity_id,
        issuer=issuer.entity_id,
        **audit.compared(before, after, shown=after),
    )
    enqueue("index_catalogue", issuer_id=issuer.pk)


def note(badgeclass: BadgeClass) -> None:
    """Let it be found by what it says now. Wants ``issuer`` selected; costs nothing outside."""
    if badgeclass.issuer.in_catalogue:
        _index([badgeclass])


def note_issuer(issuer: Issuer) -> None:
    """Let its badge classes be found by its new name; costs nothing outside."""
    if issuer.in_catalogue:
        enqueue("index_catalogue", issuer_id=issuer.pk)


def index_issuer(issuer_id: int) -> None:
    """Let the badge classes of the issuer be found as it wishes now, some at a time."""
    last = 0
    while True:
        with transaction.atomic():
            some = list(
                BadgeClass.objects.select_for_update(of=("self",))
                .select_related("issuer")
                .filter(issuer=issuer_id, pk__gt=last)
                .order_by("pk")[:_AT_A_TIME]
            )
            _index(some)
        if not some:
            return
        last = some[-1].pk


def catch_up() -> None:
    """Index what was made just while its issuer entered the catalogue, and so was missed."""
    known = CatalogueTerm.objects.filter(term=EVERYTHING, badgeclass=OuterRef("pk"))
    missed = BadgeClass.objects.filter(
        ~Exists(known),
        issuer__in_catalogue=True,
        issuer__deleted_at=None,
        deleted_at=None,
        archived_at=None,
    )
    for issuer_id in set(missed.values_list("issuer_id", flat=True)[:_AT_A_TIME]):
        index_issuer(issuer_id)


def _index(classes: list[BadgeClass]) -> None:
    CatalogueTerm.objects.filter(badgeclass__in=classes).delete()
    CatalogueTerm.objects.bulk_create(
        (
            CatalogueTerm(badgeclass=badgeclass, term=term)
            for badgeclass in classes
            if badgeclass.issuer.in_catalogue
            and badgeclass.deleted_at is None
            and not badgeclass.archived
            for term in sorted(_terms(badgeclass))
        ),
        batch_size=2000,
    )


def _terms(badgeclass: BadgeClass) -> set[str]:
    issuer = badgeclass.issuer
    texts = [badgeclass.name, issuer.name, *badgeclass.tags, badgeclass.description]
    found = {EVERYTHING, _whole("issuer", issuer.entity_id)}
    found |= {_whole("tag", _plain(tag)) for tag in badgeclass.tags}
    if issuer.language:
        found.add(_whole("language", issuer.language))
    for word in list(dict.fromkeys(_words(texts)))[:_WORDS_MAX]:
        found |= _beginnings(word)
    return found


def _asked(sought: Sought) -> list[str]:
    """The terms that stand for what is sought, the rarest (as far as can be guessed) first."""
    words: list[str] = []
    for word in list(_words([sought.text]))[:_ASKED_MAX]:
        words += sorted(_pairs(word)) if _WITHOUT_SPACES.search(word) else [word[:_BEGINNING_MAX]]
    terms = sorted(dict.fromkeys(words), key=len, reverse=True)[: 2 * _ASKED_MAX]
    if sought.issuer:
        terms.append(_whole("issuer", sought.issuer))
    if sought.tag:
        terms.append(_whole("tag", _plain(sought.tag)))
    if sought.language:
        terms.append(_whole("language", sought.language))
    return terms or [EVERYTHING]


def _beginnings(word: str) -> set[str]:
    if _WITHOUT_SPACES.search(word):
        return {*_pairs(word), *word}
    shortest = min(len(word), _BEGINNING_MIN)
    # One or two letters find only words that are no longer.
    return {word[:size] for size in range(shortest, min(len(word), _BEGINNING_MAX) + 1)}


def _pairs(word: str) -> set[str]:
    return {word[at : at + 2] for at in range(len(word) - 1)} or {word}


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _WORD.findall(_plain(text))


def _plain(text: str) -> str:
    """Without capitals and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize(
        "NFC", "".join(sign for sign in apart if not unicodedata.combining(sign))
    ).strip()


def _whole(kind: str, value: str) -> str:
    return f"{kind}:{value}"[:TERM_MAX_LENGTH]


def _require_catalogue() -> None:
    if not settings.ROSETTE.catalogue:
        raise NotFound
