"""/v2/badgeclasses, and the badge classes of one issuer"""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet
from django.http import HttpRequest

from rosette.api import examples
from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.v2 import feeds, paging
from rosette.api.v2.envelope import Answer, endpoint
from rosette.api.v2.issuers import CREATE, LIST, READ, READ_OR_HOLD, WRITE
from rosette.api.v2.requests.badgeclasses import (
    BadgeClassChange,
    NewBadgeClass,
    badgeclass_change,
    new_badgeclass,
)
from rosette.api.v2.requests.queries import FeedQuery, PageQuery
from rosette.api.v2.responses.badgeclasses import BadgeClassObject, badgeclass
from rosette.api.v2.responses.common import issuer_address
from rosette.errors import InvalidInput, NotFound
from rosette.models import BadgeClass
from rosette.operations import badgeclasses, issuers
from rosette.operations.policies import Reach

_EXAMPLE = {
    "name": "Knot Tying",
    "description": "Ties knots",
    "image": examples.IMAGE,
    "criteriaNarrative": "Tie **ten** knots",
    "tags": ["rope"],
}
_NO_EDITOR = "You do not have permission to edit badges on this issuer."


@endpoint(scopes=LIST, verified=True, query=PageQuery, result=BadgeClassObject)
def index(request: HttpRequest, by: Caller) -> Answer:
    """The badge classes of all issuers where you have a role."""
    return _listed(request, of_person(by))


@endpoint(
    scopes=LIST,
    verified=True,
    query=FeedQuery,
    result=BadgeClassObject,
    beside=paging.FeedBeside,
    refusals=(400,),
)
def changed(request: HttpRequest, by: Caller) -> Answer:
    """
    Badge classes that have changed, earliest change first.

    Send the answer's `timestamp` back as the next `since`.
    """
    return feeds.changed(request, of_person(by), _shown)


@endpoint(
    scopes=(*CREATE, "rw:issuer:*"),
    verified=True,
    status=201,
    body=NewBadgeClass,
    result=BadgeClassObject,
    example={"issuer": examples.ISSUER, **_EXAMPLE},
)
def create(request: HttpRequest, by: Caller) -> Sequence[BadgeClassObject]:
    """
    Create a badge class of the issuer that the body names.

    For the issuer's editors.
    """
    wish, named = new_badgeclass(body(request))
    if not named:
        raise InvalidInput({"issuer": ["This field is required"]})
    try:
        issuer = issuers.find(named, by=by.actor, reach=Reach.READ)
    except NotFound as refusal:
        raise InvalidInput(
            {"issuer": [f'Invalid entity_id "{named}" - object does not exist.']}
        ) from refusal
    try:
        return _shown([badgeclasses.create(issuer, wish, by=by.actor)])
    except NotFound as refusal:
        raise InvalidInput({"issuer": [_NO_EDITOR]}) from refusal


@endpoint(scopes=READ, verified=True, query=PageQuery, result=BadgeClassObject)
def index_of_issuer(request: HttpRequest, by: Caller, issuer_id: str) -> Answer:
    """The badge classes of one issuer."""
    issuer = issuers.find(issuer_id, by=by.actor, reach=Reach.READ)
    return _listed(request, selected().filter(issuer=issuer))


@endpoint(
    scopes=WRITE,
    verified=True,
    status=201,
    body=NewBadgeClass,
    result=BadgeClassObject,
    example=_EXAMPLE,
)
def create_of_issuer(
    request: HttpRequest, by: Caller, issuer_id: str
) -> Sequence[BadgeClassObject]:
    """
    Create a badge class of this issuer.

    For the issuer's editors.
    """
    issuer = issuers.find(issuer_id, by=by.actor, reach=Reach.EDITOR)
    wish, named = new_badgeclass(body(request))
    if named and named not in (issuer.entity_id, issuer_address(issuer.entity_id)):
        raise InvalidInput({"issuer": ["The issuer of the body is not the issuer of the path."]})
    return _shown([badgeclasses.create(issuer, wish, by=by.actor)])


@endpoint(scopes=READ_OR_HOLD, verified=True, result=BadgeClassObject)
def read(request: HttpRequest, by: Caller, badgeclass_id: str) -> Sequence[BadgeClassObject]:
    """One badge class."""
    found = badgeclasses.find(badgeclass_id, by=by.actor, reach=Reach.READ, or_holder=True)
    return _shown([found])


@endpoint(
    scopes=WRITE,
    verified=True,
    body=BadgeClassChange,
    result=BadgeClassObject,
    example={"description": "Ties knots, blindfolded", "criteriaUrl": None},
)
def change(request: HttpRequest, by: Caller, badgeclass_id: str) -> Sequence[BadgeClassObject]:
    """
    Change a badge class.

    For the issuer's editors. What is left out stays as it is.
    """
    found = badgeclasses.find(badgeclass_id, by=by.actor, reach=Reach.EDITOR)
    return _shown([badgeclasses.change(found, badgeclass_change(body(request)), by=by.actor)])


@endpoint(scopes=WRITE, verified=True, status=204, refusals=(400,))
def remove(request: HttpRequest, by: Caller, badgeclass_id: str) -> None:
    """
    Remove a badge class.

    For the issuer's editors, as long as no valid award of it stands.
    """
    found = badgeclasses.find(badgeclass_id, by=by.actor, reach=Reach.EDITOR)
    badgeclasses.remove(found, by=by.actor)


def selected() -> QuerySet[BadgeClass]:
    """All that are there, with what they are shown with."""
    return BadgeClass.objects.filter(deleted_at=None).select_related("issuer", "created_by")


def of_person(by: Caller) -> QuerySet[BadgeClass]:
    """Those of all issuers where the person has a role."""
    return selected().filter(issuer__staff_rows__user_id=by.actor.user_id)


def part(
    request: HttpRequest, rows: QuerySet[BadgeClass]
) -> tuple[Sequence[BadgeClass], Mapping[str, str]]:
    """Those of the rows that the query asks for, and the headers that lead to the others."""
    size = paging.page_size(request, default=None)
    if size is None:
        return list(rows.order_by("created_at", "id")), {}
    found = paging.page(
        request,
        paging.slice_of(rows, "created_at"),
        lambda row: paging.Position(row.created_at, row.pk),
        size=size,
        newest_first=True,
    )
    return found.rows, paging.links(request, found)


def _listed(request: HttpRequest, rows: QuerySet[BadgeClass]) -> Answer:
    found, headers = part(request, rows)
    return Answer(_shown(found), headers=headers)


def _shown(rows: Sequence[BadgeClass]) -> list[BadgeClassObject]:
    return [badgeclass(row) for row in rows]
