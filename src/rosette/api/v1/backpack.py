"""/v1/earner/badges: the badges that a person keeps, as Badgr's web client handles them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NotRequired

from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.shapes import Shape
from rosette.api.v1.envelope import endpoint
from rosette.api.v1.shown import EvidenceObject, credential_of, evidence_items
from rosette.api.v2.backpack import READ, WRITE
from rosette.api.v2.requests.backpack import AnswerEntry, ImportEntry, answer, source
from rosette.api.v2.responses.backpack import image_address, share_address
from rosette.models.badgeclasses import PublishedBadgeClass, published_badgeclasses_by_number
from rosette.openbadges import documents
from rosette.openbadges.credential import Credential
from rosette.openbadges.jsonld import Document
from rosette.operations import backpack, imports
from rosette.operations.backpack import Item

_ONE_ONLY: Final = "Only one instance input field allowed."


class FormQuery(Shape):
    """How documents are shown."""

    json_format: str | None = Field(
        None, description="`plain`; else each value stands in an object with its type."
    )


class BackpackQuery(FormQuery):
    """Which awards. Expired ones are shown unless the client says otherwise."""

    include_expired: str | None = None
    include_revoked: str | None = None
    include_pending: str | None = None


class PreviewObject(TypedDict):
    """A picture."""

    type: str
    id: str


class BackpackItemObject(TypedDict):
    """One award in a backpack; ``json`` is like its document of Open Badges 1.1, all inside."""

    id: str
    recipient_identifier: str
    acceptance: str
    narrative: str | None
    evidence_items: list[EvidenceObject]
    pending: bool
    extensions: Mapping[str, Any]
    json: Document
    imagePreview: PreviewObject
    issuerImagePreview: NotRequired[PreviewObject]
    image: str | None
    shareUrl: str


@endpoint(scopes=READ, verified=True, query=BackpackQuery, result=list[BackpackItemObject])
def index(request: HttpRequest, by: Caller) -> list[BackpackItemObject]:
    """Your awards, expired ones too."""
    found = backpack.index(
        by.actor,
        include_expired=_says(request, "include_expired", unless_said=True),
        include_revoked=_says(request, "include_revoked"),
        include_pending=_says(request, "include_pending"),
    )
    return _shown(request, found)


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=ImportEntry,
    query=FormQuery,
    result=BackpackItemObject,
    refusals=(400, 403, 429),
    outward=True,
)
def import_award(request: HttpRequest, by: Caller) -> BackpackItemObject:
    """Import an award of another server, or accept one of this server."""
    wanted = source(body(request), unless_one=_ONE_ONLY)
    return _shown(request, [imports.import_award(wanted, by=by.actor)])[0]


@endpoint(
    scopes=READ, verified=True, query=FormQuery, result=BackpackItemObject, refusals=(403, 404)
)
def read_one(request: HttpRequest, by: Caller, assertion_id: str) -> BackpackItemObject:
    """One of your awards, in whatever state it is."""
    return _shown(request, [backpack.find(assertion_id, by=by.actor)])[0]


@endpoint(
    scopes=WRITE,
    verified=True,
    body=AnswerEntry,
    query=FormQuery,
    result=BackpackItemObject,
    refusals=(400, 403, 404),
)
def accept(request: HttpRequest, by: Caller, assertion_id: str) -> BackpackItemObject:
    """Accept an award; a rejected one comes back."""
    item = backpack.find(assertion_id, by=by.actor)
    is_accepted, seen_by = answer(body(request))
    return _shown(request, [backpack.answer(item, is_accepted=is_accepted, seen_by=seen_by)])[0]


@endpoint(scopes=WRITE, verified=True, status=204, refusals=(403, 404))
def reject(request: HttpRequest, by: Caller, assertion_id: str) -> None:
    """Reject an award; an imported one is forgotten."""
    backpack.reject(backpack.find(assertion_id, by=by.actor))


def _says(request: HttpRequest, name: str, *, unless_said: bool = False) -> bool:
    said = request.GET.get(name, "").lower()
    return said in ("1", "true") if said else unless_said


def _shown(request: HttpRequest, found: Sequence[Item]) -> list[BackpackItemObject]:
    """Reads the badge classes of all of them at once."""
    is_plain = request.GET.get("json_format") == "plain"
    form = _plainly if is_plain else _with_types
    classes = published_badgeclasses_by_number(list({item.award.badgeclass_id for item in found}))
    return [_item(item, classes[item.award.badgeclass_id], form) for item in found]


def _item(item: Item, badgeclass: PublishedBadgeClass, form: "_Form") -> BackpackItemObject:
    award = item.award
    credential = credential_of(award, badgeclass)
    achievement = credential.achievement
    shown: BackpackItemObject = {
        "id": award.entity_id,
        "recipient_identifier": award.recipient_identity,
        "acceptance": award.acceptance,
        "narrative": award.narrative or None,
        "evidence_items": evidence_items(award),
        "pending": item.is_pending,
        "extensions": award.extensions,
        "json": form(_document(credential, item), _ASSERTION),
        "imagePreview": _preview(f"{achievement.address}/image"),
        "image": image_address(item),
        "shareUrl": share_address(item) or "",
    }
    if achievement.issuer.image:
        shown["issuerImagePreview"] = _preview(achievement.issuer.image)
    return shown


def _preview(address: str) -> PreviewObject:
    return {"type": "image", "id": f"{address}?type=png"}


def _document(credential: Credential, item: Item) -> Document:
    """
    The award with badge and issuer inside, under the ids of 2.0, and its recipient in the clear.

    A revoked one is shown whole as well; that it is revoked stands beside it. The image is one
    that can be had, whoever may see the award.
    """
    whole = replace(credential, revocation=None)
    document = documents.render(whole, "1_1", expand=("badge", "badge.issuer"))
    achievement = credential.achievement
    badge = document["badge"]
    written = {"criteria_text": achievement.criteria_narrative}
    addressed = {"criteria_url": achievement.criteria_url}
    return document | {
        "id": credential.id,
        "badge": badge
        | {"id": achievement.id, "issuer": badge["issuer"] | {"id": achievement.issuer.id}}
        | {name: said for name, said in (written | addressed).items() if said},
        "recipient": {
            "type": credential.recipient.kind,
            "recipient": item.award.recipient_identity,
        },
        "image": image_address(item) or document.get("image"),
    }


_Fields = Mapping[str, Any]
"""What a document shows, and what each value is: a type, or the fields of what is inside."""
_Form = Callable[[Document, _Fields], Document]

_ISSUER: Final[_Fields] = {
    "id": None,
    "type": None,
    "name": "xsd:string",
    "url": "@id",
    "description": "xsd:string",
    "image": "image",
    "email": "email",
}
_BADGE: Final[_Fields] = {
    "id": None,
    "type": None,
    "name": "xsd:string",
    "description": "xsd:string",
    "image": "image",
    "criteria": "@id",
    "criteria_text": "xsd:string",
    "criteria_url": "@id",
    "issuer": _ISSUER,
}
_ASSERTION: Final[_Fields] = {
    "id": None,
    "type": None,
    "uid": "xsd:string",
    "recipient": "email",
    "badge": _BADGE,
    "issuedOn": "xsd:dateTime",
    "expires": "xsd:dateTime",
    "image": "image",
}


def _plainly(document: Document, fields: _Fields) -> Document:
    return {
        name: _plainly(document[name], kind) if isinstance(kind, Mapping) else document[name]
        for name, kind in fields.items()
        if document.get(name) is not None
    }


def _with_types(document: Document, fields: _Fields) -> Document:
    return {
        name: _typed(document[name], kind)
        for name, kind in fields.items()
        if document.get(name) is not None
    }


def _typed(value: Any, kind: Any) -> Any:
    if kind is None:
        return value
    if isinstance(kind, Mapping):
        return _with_types(value, kind)
    if kind == "image":  # clients look under either name
        return {"type": kind, "id": value, "@value": value}
    return {"type": kind, "id" if kind == "@id" else "@value": value}
