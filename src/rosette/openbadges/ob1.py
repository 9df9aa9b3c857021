"""
Open Badges 1.1, both ways: facts to documents, and documents to facts.

Facts carry the ids of 2.0. A verifier wants each document to declare the id under which it was
fetched, so the documents of 1.1 add ``?v=1_1`` to the ids of what is published here.
"""

import re
from datetime import UTC, datetime

from rosette.openbadges.credential import (
    Achievement,
    Alignment,
    Collection,
    Credential,
    Evidence,
    Profile,
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
    within,
)

CONTEXT = "https://w3id.org/openbadges/v1"

_COMMON = {"@context", "type", "id", "source_url", "hosted_url", "image"}
_ISSUER = _COMMON | {"name", "url", "email", "description"}
_BADGECLASS = _COMMON | {"name", "description", "issuer", "criteria", "alignment", "tags"}
_ASSERTION = _COMMON | {
    *("badge", "verify", "uid", "evidence", "issuedOn", "expires", "recipient"),
    *("revoked", "revocationReason"),
}

_ZONELESS = re.compile(r"\d{4}-\d\d-\d\d(T[\d:.]+)?")
_UNIX_SECONDS = re.compile(r"\d{9,12}")


def render_issuer(profile: Profile) -> Document:
    """The issuer (OB 1.1, "IssuerOrganization")."""
    document = {
        **_head("Issuer", profile),
        "name": profile.name,
        "url": profile.url,
        "email": profile.email,
        "description": profile.description,
        **filled({"image": render_image(profile.image, profile.image_details)}),
        **_origin(profile),
    }
    return extended(document, profile.extensions)


def render_badgeclass(achievement: Achievement, expand_issuer: bool = False) -> Document:
    """
    The BadgeClass (OB 1.1, "BadgeClass"), with its issuer embedded if that is wished.

    Criteria have to be a URL here. Without one it is that of our page, which shows the text.
    """
    issuer = achievement.issuer
    page = f"{achievement.address}/criteria"
    document = {
        **_head("BadgeClass", achievement),
        "name": achievement.name,
        "description": achievement.description,
        "issuer": render_issuer(issuer) if expand_issuer else _id(issuer),
        **filled({"image": render_image(achievement.image, achievement.image_details)}),
        "criteria": achievement.criteria_url or page,
        **_origin(achievement),
    }
    return extended(document, achievement.extensions)


def render_assertion(
    credential: Credential, expand_badge: bool = False, expand_issuer: bool = False
) -> Document:
    """
    The BadgeAssertion that a verifier fetches from its id (OB 1.1, "Assertion").

    A revoked one shrinks to its id and the reason. The issuer is embedded only in an embedded
    badge.
    """
    head = _head("Assertion", credential)
    if credential.revocation:
        return head | {"revoked": True, "revocationReason": credential.revocation.reason}
    achievement = credential.achievement
    badge = render_badgeclass(achievement, expand_issuer) if expand_badge else _id(achievement)
    document = {
        **head,
        "badge": badge,
        "image": credential.image,
        "verify": _verify(credential),
        "uid": credential.uid,
        "evidence": _evidence(credential),
        "issuedOn": moment(credential.issued_on),
        "expires": credential.expires_on and moment(credential.expires_on),
        "recipient": render_recipient(credential.recipient),
        **_origin(credential),
    }
    return extended(filled(document), credential.extensions)


def render_collection(
    collection: Collection, expand_badge: bool = False, expand_issuer: bool = False
) -> Document:
    """A collection with whole Assertions; not a class of the standard."""
    return {
        **_head("Collection", collection),
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
    """The facts of an issuer."""
    require_type(document, "Issuer", "IssuerOrganization")
    image, image_details = read_image(document)
    return Profile(
        id=required_text(document, "id"),
        name=required_text(document, "name"),
        url=text(document, "url"),
        email=text(document, "email"),
        description=text(document, "description") or None,
        image=image,
        image_details=image_details,
        extensions=beyond(document, _ISSUER),
    )


def read_badgeclass(document: Document) -> Achievement:
    """The facts of a BadgeClass, whose issuer may be embedded or referred to."""
    require_type(document, "BadgeClass")
    image, image_details = read_image(document)
    return Achievement(
        id=required_text(document, "id"),
        name=required_text(document, "name"),
        description=text(document, "description"),
        issuer=_read_linked_issuer(document),
        image=image,
        image_details=image_details,
        criteria_url=text(document, "criteria"),
        alignments=_read_alignments(document),
        tags=texts(document, "tags"),
        extensions=beyond(document, _BADGECLASS),
    )


def read_assertion(document: Document) -> Credential:
    """
    The facts of an Assertion, whose badge class may be embedded or referred to.

    Raises RevokedAssertion if the document says so, whatever else it holds.
    """
    require_type(document, "Assertion")
    id = required_text(document, "id")
    if document.get("revoked") is True:
        raise RevokedAssertion(id, text(document, "revocationReason"))
    expires = document.get("expires")
    evidence = text(document, "evidence")
    image, _ = read_image(document)
    return Credential(
        id=id,
        uid=text(document, "uid"),
        achievement=_read_linked_badgeclass(document),
        recipient=read_recipient(document),
        issued_on=_read_moment("issuedOn", document.get("issuedOn")),
        expires_on=None if expires is None else _read_moment("expires", expires),
        image=image,
        evidence=(Evidence(evidence),) if evidence else (),
        extensions=beyond(document, _ASSERTION),
    )


def _head(type: str, fact: Profile | Achievement | Credential | Collection) -> Document:
    return {"@context": CONTEXT, "type": type, "id": _id(fact)}


def _id(fact: Profile | Achievement | Credential | Collection) -> str:
    """The id in this version; that of the copy of a foreign document stays as it is."""
    is_foreign = not isinstance(fact, Collection) and fact.hosted_url is not None
    return fact.id if is_foreign else f"{fact.id}?v=1_1"


def _origin(fact: Profile | Achievement | Credential) -> Document:
    """Of the copy of a foreign document: where it comes from and where we keep it."""
    return {"source_url": fact.id, "hosted_url": fact.hosted_url} if fact.hosted_url else {}


def _verify(credential: Credential) -> Document:
    """How it is verified: at its address, or, of a signed one, with the key at that address."""
    if not credential.proof:
        return {"type": "hosted", "url": _id(credential)}
    return filled({"type": "signed", "url": credential.proof.get("creator")})


def _evidence(credential: Credential) -> str:
    """One URL: of the evidence if just one has a page, else of the assertion, which shows all."""
    match credential.evidence:
        case ():
            return ""
        case (Evidence(url=url),) if url:
            return url
        case _:
            return credential.address


def _read_linked_badgeclass(document: Document) -> Achievement:
    badge = linked(document, "badge")
    with within("badge"):
        return Achievement(badge) if isinstance(badge, str) else read_badgeclass(badge)


def _read_linked_issuer(document: Document) -> Profile:
    issuer = linked(document, "issuer")
    with within("issuer"):
        return Profile(issuer) if isinstance(issuer, str) else read_issuer(issuer)


def _read_alignments(document: Document) -> tuple[Alignment, ...]:
    items = objects(document, "alignment")
    with within("alignment"):
        return tuple(
            Alignment(
                name=required_text(item, "name"),
                url=required_text(item, "url"),
                description=text(item, "description"),
            )
            for item in items
        )


def _read_moment(member: str, value: object) -> datetime:
    """
    A moment in one of the forms of OB 1.1, "DateTime": ISO 8601 or UNIX seconds.

    A date or time without zone is taken to be in UTC, a date alone as its first second.
    """
    if isinstance(value, str) and _ZONELESS.fullmatch(value):
        return read_moment(member, f"{value}Z" if "T" in value else f"{value}T00:00:00Z")
    if isinstance(value, str) and not _UNIX_SECONDS.fullmatch(value):
        return read_moment(member, value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(float(value), UTC)
        except (ValueError, OverflowError, OSError):
            raise MalformedDocument(member, "must be a date and time") from None
    raise MalformedDocument(member, "is missing" if value is None else "must be a date and time")
