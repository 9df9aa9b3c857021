"""
Open Badges 2.0, both ways: facts to documents, and documents to facts.

Our own badges are hosted: a verifier fetches each document from its id.
"""

from typing import Any

from rosette.openbadges.credential import (
    Achievement,
    Alignment,
    Collection,
    Credential,
    Endorsement,
    Evidence,
    Profile,
    Revocation,
)
from rosette.openbadges.errors import MalformedDocument, RevokedAssertion
from rosette.openbadges.jsonld import (
    Document,
    beyond,
    extended,
    filled,
    linked,
    moment,
    objects,
    read_image,
    read_moment,
    read_recipient,
    render_image,
    render_recipient,
    require_type,
    required_text,
    text,
    texts,
    values,
    within,
)

CONTEXT = "https://w3id.org/openbadges/v2"

_COMMON = {"@context", "type", "id", "sourceUrl", "hostedUrl", "image"}
_ISSUER = _COMMON | {"name", "url", "email", "description"}
_BADGECLASS = _COMMON | {"name", "description", "issuer", "criteria", "alignment", "tags"}
_ASSERTION = _COMMON | {
    *("badge", "verification", "evidence", "narrative", "issuedOn", "expires", "recipient"),
    *("revoked", "revocationReason"),
}


def render_issuer(profile: Profile) -> Document:
    """The issuer's Profile, of the type ``Issuer`` (OB 2.0, "Profile")."""
    document = {
        **_head("Issuer", profile.id),
        "name": profile.name,
        "url": profile.url,
        "email": profile.email,
        "description": profile.description,
        **filled({"image": render_image(profile.image, profile.image_details)}),
        **filled({"endorsement": list(profile.endorsements)}),
        **_origin(profile),
    }
    return extended(document, profile.extensions)


def render_badgeclass(achievement: Achievement, expand_issuer: bool = False) -> Document:
    """The BadgeClass (OB 2.0, "BadgeClass"), with its issuer embedded if that is wished."""
    issuer = achievement.issuer
    document = {
        **_head("BadgeClass", achievement.id),
        "name": achievement.name,
        "description": achievement.description,
        "issuer": render_issuer(issuer) if expand_issuer else issuer.id,
        **filled({"image": render_image(achievement.image, achievement.image_details)}),
        "criteria": filled(
            {"id": achievement.criteria_url, "narrative": achievement.criteria_narrative}
        ),
        "alignment": [_alignment(alignment) for alignment in achievement.alignments],
        "tags": list(achievement.tags),
        **filled({"endorsement": list(achievement.endorsements)}),
        **_origin(achievement),
    }
    return extended(document, achievement.extensions)


def render_assertion(
    credential: Credential, expand_badge: bool = False, expand_issuer: bool = False
) -> Document:
    """
    The Assertion that a verifier fetches from its id (OB 2.0, "Assertion").

    A revoked one shrinks to its id and the reason; no other property is required of it
    (OB 2.0, "Revoking Hosted Assertions"). The issuer is embedded only in an embedded badge.
    """
    head = _head("Assertion", credential.id)
    if credential.revocation:
        return head | _revoked(credential.revocation)
    achievement = credential.achievement
    document = {
        **head,
        "badge": render_badgeclass(achievement, expand_issuer) if expand_badge else achievement.id,
        "image": credential.image,
        "verification": dict(credential.proof) or {"type": "HostedBadge"},
        "evidence": [_evidence(evidence) for evidence in credential.evidence],
        "narrative": credential.narrative,
        "issuedOn": moment(credential.issued_on),
        "expires": credential.expires_on and moment(credential.expires_on),
        "recipient": render_recipient(credential.recipient),
        "endorsement": list(credential.endorsements),
        **_origin(credential),
    }
    return extended(filled(document), credential.extensions)


def render_endorsement(endorsement: Endorsement) -> Document:
    """The Endorsement (OB 2.0, "Endorsement"), hosted; one that was withdrawn says just that."""
    head = _head("Endorsement", endorsement.id)
    if endorsement.revocation:
        return head | _revoked(endorsement.revocation)
    return {
        **head,
        "claim": {"id": endorsement.about, "endorsementComment": endorsement.comment},
        "issuer": endorsement.issuer.id,
        "issuedOn": moment(endorsement.issued_on),
        "verification": {"type": "HostedBadge"},
    }


def render_collection(
    collection: Collection, expand_badge: bool = False, expand_issuer: bool = False
) -> Document:
    """A collection with whole Assertions; not a class of the standard."""
    return {
        **_head("Collection", collection.id),
        "name": collection.name,
        "description": collection.description,
        "entityId": collection.uid,
        "owner": {
            "firstName": collection.owner_first_name,
            "lastName": collection.owner_last_name,
        },
        "badges": [
            render_assertion(credential, expand_badge, expand_issuer)
            for credential in collection.credentials
        ],
    }


def read_issuer(document: Document) -> Profile:
    """The facts of a Profile; its type may be ``Issuer`` or ``Profile``."""
    require_type(document, "Issuer", "Profile")
    image, image_details = read_image(document)
    return Profile(
        id=required_text(document, "id"),
        name=required_text(document, "name"),
        url=text(document, "url"),
        email=next(iter(texts(document, "email")), ""),
        description=text(document, "description") or None,
        image=image,
        image_details=image_details,
        extensions=beyond(document, _ISSUER),
    )


def read_badgeclass(document: Document) -> Achievement:
    """The facts of a BadgeClass, whose issuer may be embedded or referred to."""
    require_type(document, "BadgeClass")
    image, image_details = read_image(document)
    criteria_url, criteria_narrative = _read_criteria(document)
    return Achievement(
        id=required_text(document, "id"),
        name=required_text(document, "name"),
        description=text(document, "description"),
        issuer=_read_linked_issuer(document),
        image=image,
        image_details=image_details,
        criteria_url=criteria_url,
        criteria_narrative=criteria_narrative,
        alignments=_read_alignments(document),
        tags=texts(document, "tags"),
        extensions=beyond(document, _BADGECLASS),
    )


def read_assertion(document: Document) -> Credential:
    """
    The facts of an Assertion, whose badge class may be embedded or referred to.

    OB 2.0 knows no ``uid``, so that of the credential is empty. Raises RevokedAssertion if the
    document says so, whatever else it holds.
    """
    require_type(document, "Assertion")
    id = required_text(document, "id")
    if document.get("revoked") is True:
        raise RevokedAssertion(id, text(document, "revocationReason"))
    expires = document.get("expires")
    image, _ = read_image(document)
    return Credential(
        id=id,
        uid="",
        achievement=_read_linked_badgeclass(document),
        recipient=read_recipient(document),
        issued_on=read_moment("issuedOn", document.get("issuedOn")),
        expires_on=None if expires is None else read_moment("expires", expires),
        image=image,
        narrative=text(document, "narrative"),
        evidence=tuple(_read_evidence(item) for item in values(document, "evidence")),
        extensions=beyond(document, _ASSERTION),
    )


def _head(type: str, id: str) -> Document:
    return {"@context": CONTEXT, "type": type, "id": id}


def _revoked(revocation: Revocation) -> Document:
    return {"revoked": True, "revocationReason": revocation.reason}


def _origin(fact: Profile | Achievement | Credential) -> Document:
    """Of the copy of a foreign document: where it comes from and where we keep it."""
    return {"sourceUrl": fact.id, "hostedUrl": fact.hosted_url} if fact.hosted_url else {}


def _alignment(alignment: Alignment) -> Document:
    return filled(
        {
            "targetName": alignment.name,
            "targetUrl": alignment.url,
            "targetDescription": alignment.description,
            "targetFramework": alignment.framework,
            "targetCode": alignment.code,
        }
    )


def _evidence(evidence: Evidence) -> Document:
    return filled({"type": "Evidence", "id": evidence.url, "narrative": evidence.narrative})


def _read_linked_badgeclass(document: Document) -> Achievement:
    badge = linked(document, "badge")
    with within("badge"):
        return Achievement(badge) if isinstance(badge, str) else read_badgeclass(badge)


def _read_linked_issuer(document: Document) -> Profile:
    issuer = linked(document, "issuer")
    with within("issuer"):
        return Profile(issuer) if isinstance(issuer, str) else read_issuer(issuer)


def _read_criteria(document: Document) -> tuple[str, str]:
    """URL and narrative; a text alone is the URL."""
    match document.get("criteria"):
        case None:
            return "", ""
        case str(url):
            return url, ""
        case dict(criteria):
            with within("criteria"):
                return text(criteria, "id"), text(criteria, "narrative")
        case _:
            raise MalformedDocument("criteria", "must be a URL or an object")


def _read_alignments(document: Document) -> tuple[Alignment, ...]:
    items = objects(document, "alignment")
    with within("alignment"):
        return tuple(
            Alignment(
                name=required_text(item, "targetName"),
                url=required_text(item, "targetUrl"),
                description=text(item, "targetDescription"),
                framework=text(item, "targetFramework"),
                code=text(item, "targetCode"),
            )
            for item in items
        )


def _read_evidence(item: Any) -> Evidence:
    """Evidence from an object, or from a text, which is its URL."""
    match item:
        case str(url):
            return Evidence(url)
        case dict():
            with within("evidence"):
                return Evidence(text(item, "id"), text(item, "narrative"))
        case _:
            raise MalformedDocument("evidence", "must be a URL or an object")
