"""What several V1 objects have in common: names, creators, and documents of Open Badges 1.1."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from typing_extensions import TypedDict

from rosette.errors import InvalidInput
from rosette.models import BadgeClass, EmailAddress, Issuer
from rosette.models.assertions import AssertionRecord, PublishedAssertion
from rosette.models.badgeclasses import PublishedBadgeClass
from rosette.models.issuers import PublishedIssuer
from rosette.openbadges import documents
from rosette.openbadges.credential import Credential
from rosette.openbadges.jsonld import Document
from rosette.operations import publishing


class EvidenceObject(TypedDict):
    """One piece of evidence."""

    evidence_url: str | None
    narrative: str | None


def evidence_items(row: AssertionRecord) -> list[EvidenceObject]:
    """The award's evidence."""
    return [{"evidence_url": item["url"], "narrative": item["narrative"]} for item in row.evidence]


_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")


@contextmanager
def in_v1_names(**renamed: str) -> Iterator[None]:
    """What is refused within is told of fields in V1's spelling; ``renamed``: V2's name, V1's."""
    try:
        yield
    except InvalidInput as refusal:
        fields = _respelt(refusal.fields, renamed)
        raise InvalidInput(fields, general=refusal.general, rows=refusal.rows) from refusal


def _respelt(said: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(said, list):
        return [_respelt(item, renamed) for item in said]
    if not isinstance(said, Mapping):
        return said
    return {
        renamed.get(name) or _CAPITAL.sub("_", name).lower(): _respelt(inner, renamed)
        for name, inner in said.items()
    }


def todays(model: type[Issuer] | type[BadgeClass], name: str) -> str:
    """The name of today of what may be called by its slug of old."""
    return model.entity_id_of(name) or name


def creators(people: Iterable[str | None]) -> dict[str | None, str]:
    """The primary addresses of the people of these names: one query, however many they are."""
    found: list[tuple[str, str]] = list(
        EmailAddress.objects.filter(
            primary=True, user__entity_id__in={name for name in people if name}
        ).values_list("user__entity_id", "email")
    )
    return dict(found)


def issuer_document(row: Issuer) -> Document:
    """The issuer, under its id of 2.0: 1.1 would add a version to it."""
    profile = publishing.profile(_published_issuer(row))
    return documents.render(profile, "1_1") | {"id": profile.id}


def badgeclass_document(row: BadgeClass) -> Document:
    """The badge class, under the ids of 2.0. Wants ``issuer`` selected."""
    own = {name: getattr(row, name) for name in PublishedBadgeClass._fields[:-1]}
    achievement = publishing.achievement(
        PublishedBadgeClass(**own, issuer=_published_issuer(row.issuer))
    )
    ids = {"id": achievement.id, "issuer": achievement.issuer.id}
    return documents.render(achievement, "1_1") | ids


def assertion_document(credential: Credential) -> Document:
    """The award, under the ids of 2.0."""
    document = documents.render(credential, "1_1") | {"id": credential.id}
    if credential.revocation:
        return document
    verify = {"type": "hosted", "url": credential.id}
    return document | {"badge": credential.achievement.id, "verify": verify}


def credential_of(row: AssertionRecord, badgeclass: PublishedBadgeClass) -> Credential:
    """The facts of an award."""
    own = {name: getattr(row, name) for name in PublishedAssertion._fields[:-2]}
    return publishing.credential(
        PublishedAssertion(**own, endorsements=None, badgeclass=badgeclass)  # unknown to 1.1
    )


def _published_issuer(row: Issuer) -> PublishedIssuer:
    return PublishedIssuer(**{name: getattr(row, name) for name in PublishedIssuer._fields})
