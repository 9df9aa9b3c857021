"""/v1/issuer/issuers: issuers, as Badgr's web client handles them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.http import HttpRequest
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.bodies import Body, body
from rosette.api.v1.envelope import endpoint
from rosette.api.v1.shown import creators, issuer_document, todays
from rosette.api.v1.staff import StaffObject, staff_of
from rosette.api.v2.issuers import CREATE, LIST, READ, WRITE
from rosette.api.v2.requests.issuers import IssuerChange, NewProfile, issuer_change, new_profile
from rosette.api.v2.responses.users import badgr_domain
from rosette.models import Issuer
from rosette.openbadges.jsonld import Document
from rosette.operations import issuers, pictures
from rosette.operations.policies import Reach


class IssuerObject(TypedDict):
    """
    Somebody who awards badges; ``json`` is its document of Open Badges 1.1.

    There are no groups and pathways, so their counts are 0.
    """

    created_at: datetime
    created_by: str | None
    name: str
    slug: str
    image: str | None
    email: str
    description: str
    url: str
    staff: list[StaffObject]
    badgrapp: str
    json: Document
    badgeClassCount: int
    recipientGroupCount: int
    recipientCount: int
    pathwayCount: int


@endpoint(scopes=LIST, verified=True, result=list[IssuerObject])
def index(request: HttpRequest, by: Caller) -> list[IssuerObject]:
    """The issuers where you have a role."""
    return _shown(issuers.of_person(by.actor))


@endpoint(
    scopes=CREATE,
    verified=True,
    status=201,
    body=NewProfile,
    result=IssuerObject,
    refusals=(400, 403),
)
def create(request: HttpRequest, by: Caller) -> IssuerObject:
    """Create an issuer; you become its owner."""
    return _shown([issuers.create(new_profile(_without_staff(body(request))), by=by.actor)])[0]


@endpoint(scopes=READ, verified=True, result=IssuerObject, refusals=(403, 404))
def read(request: HttpRequest, by: Caller, issuer_id: str) -> IssuerObject:
    """One issuer."""
    found = issuers.find(todays(Issuer, issuer_id), by=by.actor, reach=Reach.READ)
    return _shown([found])[0]


@endpoint(
    scopes=WRITE, verified=True, body=IssuerChange, result=IssuerObject, refusals=(400, 403, 404)
)
def change(request: HttpRequest, by: Caller, issuer_id: str) -> IssuerObject:
    """Change an issuer. What is left out stays as it is."""
    found = issuers.find(todays(Issuer, issuer_id), by=by.actor, reach=Reach.EDITOR)
    wish = issuer_change(_without_staff(body(request)))
    return _shown([issuers.change(found, wish, by=by.actor)])[0]


@endpoint(scopes=WRITE, verified=True, status=204, refusals=(400, 403, 404))
def remove(request: HttpRequest, by: Caller, issuer_id: str) -> None:
    """Remove an issuer with its badge classes, as long as no award of it stands."""
    found = issuers.find(todays(Issuer, issuer_id), by=by.actor, reach=Reach.OWNER)
    issuers.remove(found, by=by.actor)


def _without_staff(sent: Body) -> Body:
    """Who works there is shown in another shape than V2's, and changed at another address."""
    if not isinstance(sent.values, dict):
        return sent
    return replace(sent, values={k: value for k, value in sent.values.items() if k != "staff"})


def _shown(rows: Sequence[Issuer]) -> list[IssuerObject]:
    staff = staff_of(rows)
    counts = issuers.counts(rows)
    emails = creators(row.created_by.entity_id if row.created_by else None for row in rows)
    return [
        {
            "created_at": row.created_at,
            "created_by": emails.get(row.created_by.entity_id) if row.created_by else None,
            "name": row.name,
            "slug": row.entity_id,
            "image": pictures.url(row.image) if row.image else None,
            "email": row.email,
            "description": row.description,
            "url": row.url,
            "staff": staff.get(row.pk, []),
            "badgrapp": badgr_domain(),
            "json": issuer_document(row),
            "badgeClassCount": counts[row.pk].badgeclasses,
            "recipientGroupCount": 0,
            "recipientCount": counts[row.pk].recipients,
            "pathwayCount": 0,
        }
        for row in rows
    ]
