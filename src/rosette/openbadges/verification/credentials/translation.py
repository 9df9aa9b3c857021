"""A credential in the terms of Open Badges 2.0, for those who know nothing newer."""

from typing import Any, Final, NamedTuple

from rosette.openbadges.jsonld import Document, filled, render_recipient
from rosette.openbadges.recipient import Recipient
from rosette.openbadges.verification import terms, values
from rosette.openbadges.verification.verdict import Node

_VERSION: Final = "3.0"


class Nodes(NamedTuple):
    """The three objects of a credential; of one that names its issuer only, that has no name."""

    award: Node
    badgeclass: Node
    issuer: Node


def translated(document: Document, recipient: Recipient | None) -> Nodes:
    """
    The objects of a credential that keeps to the schema.

    All are parts of one document, for all of which its signature vouches.
    """
    subject: Document = document["credentialSubject"]
    achievement: Document = subject["achievement"]
    profile = document["issuer"]
    profile = profile if isinstance(profile, dict) else {"id": profile}
    return Nodes(
        Node(document["id"], document, _award(document, subject, achievement, recipient), _VERSION),
        Node(
            achievement["id"], achievement, _badgeclass(achievement, str(profile["id"])), _VERSION
        ),
        Node(str(profile["id"]), profile, _issuer(profile), _VERSION),
    )


def _award(
    document: Document, subject: Document, achievement: Document, recipient: Recipient | None
) -> Document:
    awarded = document.get("awardedDate")
    return filled(
        {
            "type": "Assertion",
            "id": document["id"],
            "badge": achievement["id"],
            "recipient": render_recipient(recipient) if recipient else None,
            "issuedOn": awarded if values.moment(awarded) else document.get("validFrom"),
            "expires": document.get("validUntil"),
            "narrative": subject.get("narrative"),
            "evidence": [
                filled({"id": item.get("id"), "narrative": _narrative(item)})
                for item in terms.listed(document.get("evidence"))
                if isinstance(item, dict)
            ],
            "verification": {"type": "SignedBadge"},
        }
    )


def _badgeclass(achievement: Document, issuer: str) -> Document:
    criteria = achievement["criteria"]
    return filled(
        {
            "type": "BadgeClass",
            "id": achievement["id"],
            "name": achievement["name"],
            "description": achievement["description"],
            "image": _image(achievement),
            "criteria": filled({"id": criteria.get("id"), "narrative": criteria.get("narrative")}),
            "tags": terms.listed(achievement.get("tag")),
            "alignment": [
                filled({name: item.get(name) for name in _ALIGNMENT})
                for item in terms.listed(achievement.get("alignment"))
                if isinstance(item, dict)
            ],
            "issuer": issuer,
        }
    )


_ALIGNMENT: Final = (
    *("targetName", "targetUrl", "targetDescription", "targetFramework", "targetCode"),
)


def _issuer(profile: Document) -> Document:
    id = str(profile["id"])
    return filled(
        {
            "type": "Issuer",
            "id": id,
            "name": profile.get("name") or id,
            "url": profile.get("url"),
            "email": profile.get("email"),
            "description": profile.get("description"),
            "image": _image(profile),
        }
    )


def _narrative(evidence: Document) -> Any:
    return evidence.get("narrative") or evidence.get("description") or evidence.get("name")


def _image(owner: Document) -> str:
    image = owner.get("image")
    found = image.get("id") if isinstance(image, dict) else image
    return found if isinstance(found, str) else ""
