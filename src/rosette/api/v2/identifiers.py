"""/v2/users/self/identifiers: web addresses and telephone numbers, claimed and proven."""

from collections.abc import Sequence

from django.http import HttpRequest

from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.v2.envelope import endpoint
from rosette.api.v2.requests import identifiers as requests
from rosette.api.v2.responses import identifiers as responses
from rosette.api.v2.responses.identifiers import IdentifierObject
from rosette.models import Identifier
from rosette.operations import identifiers

READ = ("r:profile", "rw:profile")
WRITE = ("rw:profile",)


@endpoint(scopes=READ, result=IdentifierObject)
def index(request: HttpRequest, by: Caller) -> Sequence[IdentifierObject]:
    """Your web addresses and telephone numbers, verified or not."""
    return [responses.identifier(row) for row in identifiers.of_person(by.user)]


@endpoint(
    scopes=WRITE,
    status=201,
    body=requests.NewIdentifier,
    result=IdentifierObject,
    example={"type": "url", "identity": "https://ada.example.org"},
)
def add(request: HttpRequest, by: Caller) -> Sequence[IdentifierObject]:
    """Claim a web address or telephone number; it counts once it is verified."""
    kind, value = requests.new_identifier(body(request))
    return [responses.identifier(identifiers.add(kind, value, by=by.user))]


@endpoint(scopes=READ, result=IdentifierObject)
def read(request: HttpRequest, by: Caller, identifier_id: str) -> Sequence[IdentifierObject]:
    """One of your web addresses or telephone numbers."""
    return [responses.identifier(identifiers.find(identifier_id, by=by.user))]


@endpoint(scopes=WRITE, status=204, refusals=(400,))
def remove(request: HttpRequest, by: Caller, identifier_id: str) -> None:
    """
    Give up a web address or telephone number.

    Awards to it leave your backpack. Refused for the last verified identity that you have.
    """
    person = by.user
    identifiers.remove(identifiers.find(identifier_id, by=person), by=person)


@endpoint(
    scopes=WRITE,
    body=requests.Code,
    result=IdentifierObject,
    refusals=(429,),
    example={"code": "493015"},
)
def verify(request: HttpRequest, by: Caller, identifier_id: str) -> Sequence[IdentifierObject]:
    """
    Verify a web address or telephone number.

    Of a web address, the page is read now; `proof` says what has to stand there. To a telephone,
    a code is sent if there is none in the call; called with the code, the number is verified.
    """
    row = identifiers.find(identifier_id, by=by.user)
    code = requests.code(body(request))
    if row.kind == Identifier.Kind.URL:
        row = identifiers.verify_url(row)
    elif code is not None:
        row = identifiers.confirm(row, code)
    elif row.verified_at is None:
        identifiers.ask_for_code(row)
    return [responses.identifier(row)]
