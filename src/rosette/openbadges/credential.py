"""
The facts of a badge, free of any version; named as Open Badges 3.0 names them.

``documents`` renders them and reads them. Texts that are marked Markdown are kept as written.
Moments are aware. Ids and other URLs are absolute; the ids of our own facts are those of
version 2.0, and older versions derive theirs. An empty text means that nothing was given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from rosette.openbadges.recipient import Recipient

Extensions = Mapping[str, Any]
"""Members beyond the standard, by the name that they have in the document."""


@dataclass(frozen=True, slots=True)
class Profile:
    """
    An issuer.

    A document may name its issuer by URL only: then just ``id`` is known, and ``is_reference``
    is true. ``hosted_url`` is where we publish a copy of a foreign issuer; our own have none.
    ``image_details`` are the members of an image object besides its id, such as ``caption``.
    ``endorsements`` are the addresses of what others say of it.
    """

    id: str
    name: str = ""
    url: str = ""
    email: str = ""
    description: str | None = None
    image: str | None = None
    image_details: Extensions = field(default_factory=dict)
    hosted_url: str | None = None
    endorsements: tuple[str, ...] = ()
    extensions: Extensions = field(default_factory=dict)

    @property
    def is_reference(self) -> bool:
        """Whether only the id is known."""
        return not self.name

    @property
    def address(self) -> str:
        """Where we publish it, be it our own or a copy."""
        return self.hosted_url or self.id


_UNKNOWN = Profile(id="")


@dataclass(frozen=True, slots=True)
class Alignment:
    """A framework's objective that an achievement is aligned to (OB 2.0, "AlignmentObject")."""

    name: str
    url: str
    description: str = ""
    framework: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Achievement:
    """
    What is awarded: a badge class.

    ``image`` is a URL or, in foreign documents, perhaps a ``data:`` URI; ``criteria_narrative``
    is Markdown. ``is_reference``, ``hosted_url`` and ``image_details`` are as for ``Profile``;
    the issuer of a mere reference is unknown, its id empty.
    """

    id: str
    name: str = ""
    description: str = ""
    issuer: Profile = _UNKNOWN
    image: str | None = None
    image_details: Extensions = field(default_factory=dict)
    criteria_url: str = ""
    criteria_narrative: str = ""
    alignments: tuple[Alignment, ...] = ()
    tags: tuple[str, ...] = ()
    hosted_url: str | None = None
    endorsements: tuple[str, ...] = ()
    extensions: Extensions = field(default_factory=dict)

    @property
    def is_reference(self) -> bool:
        """Whether only the id is known."""
        return not self.name

    @property
    def address(self) -> str:
        """Where we publish it, be it our own or a copy."""
        return self.hosted_url or self.id


@dataclass(frozen=True, slots=True)
class Evidence:
    """Work that shows the achievement; one of the two at least. ``narrative`` is Markdown."""

    url: str = ""
    narrative: str = ""


@dataclass(frozen=True, slots=True)
class Revocation:
    """That an award was taken back. ``reason`` is published."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Credential:
    """
    One award of one achievement to one recipient.

    ``uid`` is unique to the issuer's server (our entity id); ``image`` is the URL of the baked
    image; ``narrative`` is Markdown. ``hosted_url`` is as for ``Profile``. ``proof`` is what the
    original of a foreign credential says about its signature, in its own words; a hosted one has
    none.
    """

    id: str
    uid: str
    achievement: Achievement
    recipient: Recipient
    issued_on: datetime
    expires_on: datetime | None = None
    image: str | None = None
    narrative: str = ""
    evidence: tuple[Evidence, ...] = ()
    revocation: Revocation | None = None
    hosted_url: str | None = None
    proof: Extensions = field(default_factory=dict)
    endorsements: tuple[str, ...] = ()
    extensions: Extensions = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where we publish it, be it our own or a copy."""
        return self.hosted_url or self.id


@dataclass(frozen=True, slots=True)
class Collection:
    """
    Credentials that their owner shows together.

    ``id`` is the public URL of the share. Which credentials belong there is the caller's
    choice: revoked and declined ones do not.
    """

    id: str
    uid: str
    name: str
    description: str
    owner_first_name: str
    owner_last_name: str
    credentials: tuple[Credential, ...] = ()


@dataclass(frozen=True, slots=True)
class Endorsement:
    """
    What one issuer says of another, of a badge class or of an award.

    ``about`` is the id of the endorsed in version 2.0, and ``kind`` what that is; ``name`` says
    so in words. ``comment`` is Markdown.
    """

    id: str
    kind: Literal["issuer", "badgeclass", "assertion"]
    about: str
    name: str
    issuer: Profile
    comment: str
    issued_on: datetime
    revocation: Revocation | None = None
