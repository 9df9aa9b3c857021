"""
The entrance: facts to documents, and documents to facts, in whichever version is wanted.

This is the only place that knows which module speaks which version.
"""

import re
from collections.abc import Container
from datetime import datetime
from typing import Literal, Protocol, TypeVar, assert_never, cast, get_args

from rosette.openbadges import ob1, ob2, ob3
from rosette.openbadges.credential import (
    Achievement,
    Collection,
    Credential,
    Endorsement,
    Profile,
)
from rosette.openbadges.errors import MalformedDocument
from rosette.openbadges.jsonld import Document, values

Version = Literal["1_1", "2_0"]
VERSIONS: tuple[Version, ...] = get_args(Version)

CREDENTIAL_CONTEXTS = ob3.CONTEXTS
CREDENTIAL_TYPES = ob3.TYPES
"""Of the credentials of version 3.0; some say more."""

Fact = TypeVar("Fact", Profile, Achievement, Credential)


def render(
    fact: Profile | Achievement | Credential | Collection,
    version: Version = "2_0",
    *,
    expand: Container[str] = (),
) -> Document:
    """
    The document that publishes ``fact`` in ``version``.

    ``expand`` holds paths of members to embed instead of linking to them: ``issuer`` in an
    Achievement; ``badge`` and ``badge.issuer`` in a Credential; ``badges.badge`` and
    ``badges.badge.issuer`` in a Collection. Others have no effect, nor has an issuer whose
    badge is not embedded.
    """
    speaker = _SPEAKERS[version]
    match fact:
        case Profile():
            return speaker.render_issuer(fact)
        case Achievement():
            return speaker.render_badgeclass(fact, "issuer" in expand)
        case Credential():
            return speaker.render_assertion(fact, "badge" in expand, "badge.issuer" in expand)
        case Collection():
            return speaker.render_collection(
                fact, "badges.badge" in expand, "badges.badge.issuer" in expand
            )
        case _:
            assert_never(fact)


def achievement_credential(
    credential: Credential,
    *,
    valid_from: datetime | None = None,
    status: Document | None = None,
    with_schema: bool = False,
    holder: str | None = None,
) -> Document:
    """The credential of version 3.0, to be signed; as ``ob3.render_credential``."""
    return ob3.render_credential(
        credential, valid_from=valid_from, status=status, with_schema=with_schema, holder=holder
    )


def achievement(achievement: Achievement) -> Document:
    """The achievement of version 3.0 by itself."""
    return ob3.render_achievement(achievement)


def endorsement(endorsement: Endorsement) -> Document:
    """The Endorsement of version 2.0; earlier versions have none."""
    return ob2.render_endorsement(endorsement)


def endorsement_credential(
    endorsement: Endorsement, *, valid_from: datetime | None = None, revocations: str
) -> Document:
    """The EndorsementCredential of version 3.0, to be signed; as ``ob3.render_endorsement``."""
    return ob3.render_endorsement(endorsement, valid_from=valid_from, revocations=revocations)


def read(document: Document, wanted: type[Fact]) -> Fact:
    """
    The facts of a document, which has to be of the class that is wanted.

    What it only links to is known by its id (``is_reference``); put in the fetched one with
    ``dataclasses.replace``. Nothing embedded has been verified by being embedded.

    Raises MalformedDocument, and RevokedAssertion if a Credential is wanted and was revoked.
    """
    speaker = _SPEAKERS[detect_version(document)]
    readers = {
        Profile: speaker.read_issuer,
        Achievement: speaker.read_badgeclass,
        Credential: speaker.read_assertion,
    }
    return cast(Fact, readers[wanted](document))


def detect_version(document: Document) -> Version:
    """
    The version that the document's ``@context`` names; the newest, if it names several.

    Raises MalformedDocument if it names none that is spoken here.
    """
    named = {
        found[1]
        for context in values(document, "@context")
        if isinstance(context, str) and (found := _CONTEXT.fullmatch(context))
    }
    if not named:
        raise MalformedDocument("@context", "must be that of Open Badges 1.1 or 2.0")
    return "2_0" if "2" in named else "1_1"


class _Speaker(Protocol):
    """What the module of a version offers."""

    def render_issuer(self, profile: Profile) -> Document: ...
    def render_badgeclass(self, achievement: Achievement, expand_issuer: bool) -> Document: ...
    def render_assertion(
        self, credential: Credential, expand_badge: bool, expand_issuer: bool
    ) -> Document: ...
    def render_collection(
        self, collection: Collection, expand_badge: bool, expand_issuer: bool
    ) -> Document: ...
    def read_issuer(self, document: Document) -> Profile: ...
    def read_badgeclass(self, document: Document) -> Achievement: ...
    def read_assertion(self, document: Document) -> Credential: ...


_SPEAKERS: dict[Version, _Speaker] = {"1_1": ob1, "2_0": ob2}

# Both homes of the contexts, as issuers have written them over the years.
_CONTEXT = re.compile(
    r"https?://(?:w3id\.org/openbadges|openbadgespec\.org)/v([12])(?:/|/context\.json)?"
)
