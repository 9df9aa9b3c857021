"""People as V2 objects."""

from collections.abc import Iterable
from typing import Annotated, NotRequired
from urllib.parse import urlsplit

from django.conf import settings
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.v2.responses.common import Domain, PersonId, Timestamp
from rosette.models import EmailAddress, TermsVersion, User
from rosette.operations import accounts
from rosette.operations.accounts import Identities

FirstName = Annotated[str, Field(examples=["Ada"])]
LastName = Annotated[str, Field(examples=["Vale"])]


class EmailObject(TypedDict):
    """A mail address of a person."""

    email: Annotated[str, Field(examples=["ada@example.org"])]
    verified: Annotated[bool, Field(examples=[True])]
    primary: Annotated[bool, Field(examples=[True])]
    caseVariants: Annotated[
        list[str],
        Field(description="Always empty: addresses are the same in every letter case."),
    ]


class IdentityObject(TypedDict):
    """An identity, as an award expects it."""

    type: Annotated[str, Field(examples=["email"])]
    identity: Annotated[str, Field(examples=["ada@example.org"])]


class ColleagueObject(TypedDict):
    """A person, as colleagues see them."""

    entityType: Annotated[str, Field(examples=["BadgeUser"])]
    entityId: PersonId
    firstName: FirstName
    lastName: LastName
    url: list[str]
    telephone: list[str]
    badgrDomain: Domain


class StaffProfile(TypedDict):
    """A person who works for an issuer, as the issuer shows them."""

    entityType: Annotated[str, Field(examples=["BadgeUser"])]
    entityId: PersonId
    firstName: FirstName
    lastName: LastName
    emails: list[EmailObject]
    url: list[str]
    telephone: list[str]
    badgrDomain: Domain


class BadgeUserObject(TypedDict):
    """A person, as they see themselves."""

    entityType: Annotated[str, Field(examples=["BadgeUser"])]
    entityId: PersonId
    firstName: FirstName
    lastName: LastName
    emails: list[EmailObject]
    url: list[str]
    telephone: list[str]
    agreedTermsVersion: int
    hasAgreedToLatestTermsVersion: Annotated[bool, Field(examples=[True])]
    marketingOptIn: bool
    badgrDomain: Domain
    hasPasswordSet: Annotated[bool, Field(examples=[True])]
    recipient: IdentityObject | None


class TermsBeside(TypedDict):
    """What stands beside ``result``: the newest terms, and their gist until they are agreed to."""

    latestTermsVersion: int
    latestTermsDescription: NotRequired[str]


class TermsVersionObject(TypedDict):
    """One version of the terms of service."""

    version: Annotated[int, Field(examples=[2])]
    shortDescription: Annotated[str, Field(examples=["What we keep, and how long"])]
    url: Annotated[
        str | None,
        Field(description="Where the text is.", examples=["https://example.org/terms"]),
    ]
    created: Timestamp
    updated: Timestamp


def badge_user(person: User, identities: Identities, terms: TermsVersion | None) -> BadgeUserObject:
    """The person themselves; ``terms`` are the newest in force."""
    return {
        "entityType": "BadgeUser",
        "entityId": person.entity_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "emails": [_email(address) for address in identities.addresses],
        "url": identities.urls,
        "telephone": identities.telephones,
        "agreedTermsVersion": person.agreed_terms_version,
        "hasAgreedToLatestTermsVersion": _has_agreed(person, terms),
        "marketingOptIn": person.marketing_opt_in,
        "badgrDomain": badgr_domain(),
        "hasPasswordSet": person.has_usable_password(),
        "recipient": _recipient(identities),
    }


def staff_profiles(people: Iterable[User]) -> dict[int, StaffProfile]:
    """The people as they stand in an issuer's ``staff``, by row number; reads all at once."""
    known = {person.pk: person for person in people}
    found = accounts.identities(known.values())
    return {number: staff_profile(person, found[number]) for number, person in known.items()}


def staff_profile(person: User, identities: Identities) -> StaffProfile:
    """The person in an issuer's ``staff``."""
    return {
        "entityType": "BadgeUser",
        "entityId": person.entity_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "emails": [_email(address) for address in identities.addresses],
        "url": identities.urls,
        "telephone": identities.telephones,
        "badgrDomain": badgr_domain(),
    }


def colleague(person: User, identities: Identities) -> ColleagueObject:
    """The person as somebody sees them who works for the same issuer."""
    return {
        "entityType": "BadgeUser",
        "entityId": person.entity_id,
        "firstName": person.first_name,
        "lastName": person.last_name,
        "url": identities.urls,
        "telephone": identities.telephones,
        "badgrDomain": badgr_domain(),
    }


def terms_beside(person: User, terms: TermsVersion | None) -> TermsBeside:
    """The members of the envelope about the newest terms; version 0 if there are none."""
    if terms is None:
        return {"latestTermsVersion": 0}
    if _has_agreed(person, terms):
        return {"latestTermsVersion": terms.version}
    return {
        "latestTermsVersion": terms.version,
        "latestTermsDescription": terms.short_description,
    }


def terms_version(row: TermsVersion) -> TermsVersionObject:
    """The version of the terms."""
    return {
        "version": row.version,
        "shortDescription": row.short_description,
        "url": row.url or None,
        "created": row.created_at,
        "updated": row.updated_at,
    }


def badgr_domain() -> str:
    """The host name of this server, which stands in ``badgrDomain``."""
    return urlsplit(settings.ROSETTE.origin).hostname or ""


def _has_agreed(person: User, terms: TermsVersion | None) -> bool:
    return terms is None or person.agreed_terms_version >= terms.version


def _email(address: EmailAddress) -> EmailObject:
    return {
        "email": address.email,
        "verified": address.verified,
        "primary": address.primary,
        "caseVariants": [],
    }


def _recipient(identities: Identities) -> IdentityObject | None:
    for address in identities.addresses:
        if address.primary:
            return {"type": "email", "identity": address.email}
    for kind, values in (("url", identities.urls), ("telephone", identities.telephones)):
        for value in values:
            return {"type": kind, "identity": value}
    return None
