"""/v2/issuers"""

from collections.abc import Sequence

from django.http import HttpRequest

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.v2 import feeds
from rosette.api.v2.envelope import Answer, endpoint
from rosette.api.v2.paging import FeedBeside
from rosette.api.v2.requests.issuers import IssuerChange, NewIssuer, issuer_change, new_issuer
from rosette.api.v2.requests.queries import FeedQuery, IssuerQuery
from rosette.api.v2.responses import issuers as responses
from rosette.api.v2.responses.issuers import IssuerObject
from rosette.models import Issuer
from rosette.operations import issuers
from rosette.operations.policies import Reach

READ = ("r:issuer", "rw:issuer", "rw:issuer:*", "rw:serverAdmin")
READ_OR_HOLD = (*READ, "r:backpack", "rw:backpack")
WRITE = ("rw:issuer", "rw:issuer:*", "rw:serverAdmin")
LIST = ("r:issuer", "rw:issuer", "rw:serverAdmin")
CREATE = ("rw:issuer", "rw:serverAdmin")


@endpoint(scopes=LIST, verified=True, query=IssuerQuery, result=IssuerObject)
def index(request: HttpRequest, by: Caller) -> Sequence[IssuerObject]:
    """The issuers where you have a role."""
    return _shown(request, issuers.of_person(by.actor))


@endpoint(
    scopes=CREATE,
    verified=True,
    status=201,
    body=NewIssuer,
    query=IssuerQuery,
    result=IssuerObject,
    example={
        "name": "Harbor Learning",
        "url": "https://harbor.example.org",
        "email": "ada@example.org",
        "description": "Night school for sailors",
    },
)
def create(request: HttpRequest, by: Caller) -> Sequence[IssuerObject]:
    """
    Create an issuer.

    You become its owner. Its email must be one of your verified addresses.
    """
    return _shown(request, [issuers.create(new_issuer(body(request)), by=by.actor)])


@endpoint(
    scopes=LIST,
    verified=True,
    query=FeedQuery,
    result=IssuerObject,
    beside=FeedBeside,
    refusals=(400,),
)
def changed(request: HttpRequest, by: Caller) -> Answer:
    """
    Issuers that have changed, earliest change first.

    Send the answer's `timestamp` back as the next `since`.
    """
    mine = Issuer.objects.filter(
        staff_rows__user_id=by.actor.user_id, deleted_at=None
    ).select_related("created_by")
    return feeds.changed(request, mine, lambda rows: _shown(request, rows))


@endpoint(scopes=READ_OR_HOLD, verified=True, query=IssuerQuery, result=IssuerObject)
def read(request: HttpRequest, by: Caller, issuer_id: str) -> Sequence[IssuerObject]:
    """
    One issuer.

    Who holds one of its awards reads it as well, without who works there.
    """
    found = issuers.find(issuer_id, by=by.actor, reach=Reach.READ, or_holder=True)
    return _shown(request, [found], staff_too=issuers.works_for(found, by=by.actor))


@endpoint(
    scopes=WRITE,
    verified=True,
    body=IssuerChange,
    query=IssuerQuery,
    result=IssuerObject,
    example={"description": "Night school for sailors and shipwrights"},
)
def change(request: HttpRequest, by: Caller, issuer_id: str) -> Sequence[IssuerObject]:
    """
    Change an issuer.

    For its editors; only its owners change who works there. What is left out stays as it is.
    """
    issuer = issuers.find(issuer_id, by=by.actor, reach=Reach.EDITOR)
    changed = issuers.change(issuer, issuer_change(body(request)), by=by.actor)
    return _shown(request, [changed])


@endpoint(scopes=WRITE, verified=True, status=204, refusals=(400,))
def remove(request: HttpRequest, by: Caller, issuer_id: str) -> None:
    """
    Remove an issuer with its badge classes.

    For its owners, as long as no award of it stands.
    """
    issuers.remove(issuers.find(issuer_id, by=by.actor, reach=Reach.OWNER), by=by.actor)


def _shown(
    request: HttpRequest, rows: Sequence[Issuer], *, staff_too: bool = True
) -> list[IssuerObject]:
    hides = request.GET.get("include_staff", "").lower() in ("false", "f", "off", "no", "n", "0")
    return responses.issuers(rows, with_staff=staff_too and not hides)
