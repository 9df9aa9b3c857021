"""/v1/issuer/issuers/:id/badges and /v1/issuer/all-badges: badge classes, as Badgr's web client."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.bodies import Body, body
from rosette.api.shapes import Line, Plain, Shape, Text, read
from rosette.api.v1.envelope import WHOLE, Answer, endpoint
from rosette.api.v1.shown import badgeclass_document, creators, in_v1_names, todays
from rosette.api.v2 import badgeclasses as v2
from rosette.api.v2.issuers import LIST, READ, WRITE
from rosette.api.v2.requests.badgeclasses import badgeclass_change, new_badgeclass
from rosette.api.v2.requests.queries import PageQuery
from rosette.api.v2.responses.badgeclasses import ExpiryObject
from rosette.api.v2.responses.common import issuer_address
from rosette.errors import InvalidInput, NotFound
from rosette.models import BadgeClass, Issuer
from rosette.openbadges.jsonld import Document
from rosette.operations import badgeclasses, issuers, pictures
from rosette.operations.policies import Actor, Reach

_EITHER_WAY: Final = (
    "The criteria field is mutually-exclusive with the criteria_url and criteria_text fields"
)
_NO_CRITERIA: Final = "One or both of the criteria_text and criteria_url fields must be provided"
_ADDRESS: Final = re.compile(r"https?://\S+", re.IGNORECASE)


class BadgeClassEntry(Shape):
    """
    A badge class. Tags, alignments and expiry that are left out are cleared.

    ``criteria`` is an address or a text, in the place of ``criteria_url`` or ``criteria_text``.
    All else is as in V2.
    """

    name: Annotated[Line, Field(max_length=255)]
    description: Text
    criteria: Plain | None = None
    criteria_url: Any = None
    criteria_text: Any = None


class AlignmentObject(TypedDict):
    """What a badge class is aligned to."""

    target_name: str
    target_url: str
    target_description: str | None
    target_framework: str | None
    target_code: str | None


class BadgeClassObject(TypedDict):
    """One kind of badge; ``json`` is its document of Open Badges 1.1."""

    created_at: datetime
    created_by: str | None
    id: int
    name: str
    image: str
    slug: str
    criteria_text: str | None
    criteria_url: str | None
    pathway_element_count: int
    description: str
    alignment: list[AlignmentObject]
    tags: list[str]
    expires: ExpiryObject
    issuer: str
    json: Document


@endpoint(scopes=LIST, verified=True, query=PageQuery, result=list[BadgeClassObject])
def index(request: HttpRequest, by: Caller) -> Answer:
    """The badge classes of all issuers where you have a role."""
    return _listed(request, v2.of_person(by))


@endpoint(
    scopes=READ,
    verified=True,
    query=PageQuery,
    result=list[BadgeClassObject],
    refusals=(403, 404),
)
def index_of_issuer(request: HttpRequest, by: Caller, issuer_id: str) -> Answer:
    """The badge classes of one issuer."""
    issuer = issuers.find(todays(Issuer, issuer_id), by=by.actor, reach=Reach.READ)
    return _listed(request, v2.selected().filter(issuer=issuer))


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=BadgeClassEntry,
    result=BadgeClassObject,
    refusals=(400, 403, 404),
)
def create(request: HttpRequest, by: Caller, issuer_id: str) -> BadgeClassObject:
    """Create a badge class of this issuer."""
    issuer = issuers.find(todays(Issuer, issuer_id), by=by.actor, reach=Reach.EDITOR)
    sent = _as_v2(body(request))
    if not sent.values.get("image"):
        raise InvalidInput({"image": ["This field is required"]})
    with in_v1_names():
        wish, _ = new_badgeclass(sent)
    return _shown([badgeclasses.create(issuer, wish, by=by.actor)])[0]


@endpoint(scopes=READ, verified=True, result=BadgeClassObject, refusals=(403, 404))
def read_one(
    request: HttpRequest, by: Caller, issuer_id: str, badgeclass_id: str
) -> BadgeClassObject:
    """One badge class."""
    return _shown([_find(issuer_id, badgeclass_id, Reach.READ, by=by.actor)])[0]


@endpoint(
    scopes=WRITE,
    verified=True,
    body=BadgeClassEntry,
    result=BadgeClassObject,
    refusals=(400, 403, 404),
)
def change(
    request: HttpRequest, by: Caller, issuer_id: str, badgeclass_id: str
) -> BadgeClassObject:
    """Change a badge class."""
    found = _find(issuer_id, badgeclass_id, Reach.EDITOR, by=by.actor)
    sent = _as_v2(body(request))
    cleared: dict[str, Any] = {"tags": [], "alignment": [], "expires": None}
    with in_v1_names():
        wish = badgeclass_change(replace(sent, values={**cleared, **sent.values}))
    return _shown([badgeclasses.change(found, wish, by=by.actor)])[0]


@endpoint(scopes=WRITE, verified=True, status=204, refusals=(400, 403, 404))
def remove(request: HttpRequest, by: Caller, issuer_id: str, badgeclass_id: str) -> None:
    """Remove a badge class, as long as no valid award of it stands."""
    found = _find(issuer_id, badgeclass_id, Reach.EDITOR, by=by.actor)
    badgeclasses.remove(found, by=by.actor)


def _find(issuer_id: str, badgeclass_id: str, reach: Reach, *, by: Actor) -> BadgeClass:
    found = badgeclasses.find(todays(BadgeClass, badgeclass_id), by=by, reach=reach)
    if found.issuer.entity_id != todays(Issuer, issuer_id):
        raise NotFound
    return found


def _as_v2(sent: Body) -> Body:
    """The body as V2 knows it, its criteria in one style. Raises InvalidInput."""
    entry = read(BadgeClassEntry, sent)
    styles = {name for name in ("criteria_url", "criteria_text") if getattr(entry, name)}
    if entry.criteria is not None and styles:
        raise InvalidInput({WHOLE: [_EITHER_WAY]})
    if not entry.criteria and not styles:
        raise InvalidInput({WHOLE: [_NO_CRITERIA]})
    values: Mapping[str, Any] = sent.values
    kept = {name: value for name, value in values.items() if name not in ("criteria", "issuer")}
    # The web client sends a text for both, and for what is not there an empty one.
    kept |= {name: kept[name] or None for name in ("criteria_url", "criteria_text") if name in kept}
    if entry.criteria:
        is_address = _ADDRESS.fullmatch(entry.criteria)
        kept["criteria_url" if is_address else "criteria_text"] = entry.criteria
    return replace(sent, values=kept)


def _listed(request: HttpRequest, rows: QuerySet[BadgeClass]) -> Answer:
    found, headers = v2.part(request, rows)
    return Answer(_shown(found), headers)


def _shown(rows: Sequence[BadgeClass]) -> list[BadgeClassObject]:
    """Wants ``issuer`` and ``created_by`` selected."""
    emails = creators(row.created_by.entity_id if row.created_by else None for row in rows)
    return [
        {
            "created_at": row.created_at,
            "created_by": emails.get(row.created_by.entity_id) if row.created_by else None,
            "id": row.pk,
            "name": row.name,
            "image": pictures.url(row.image),
            "slug": row.entity_id,
            "criteria_text": row.criteria_narrative or None,
            "criteria_url": row.criteria_url or None,
            "pathway_element_count": 0,
            "description": row.description,
            "alignment": row.alignments,
            "tags": row.tags,
            "expires": {"amount": row.expires_amount, "duration": row.expires_duration or None},
            "issuer": issuer_address(row.issuer.entity_id),
            "json": badgeclass_document(row),
        }
        for row in rows
    ]
