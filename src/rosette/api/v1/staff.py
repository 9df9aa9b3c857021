"""/v1/issuer/issuers/:id/staff: who works for an issuer, found by mail address."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from django.http import HttpRequest
from typing_extensions import TypedDict

from rosette import limits
from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.shapes import Plain, Shape, read
from rosette.api.v1.envelope import Answer, endpoint
from rosette.api.v1.shown import todays
from rosette.api.v1.users import ProfileObject, profiles
from rosette.api.v2.issuers import READ, WRITE
from rosette.models import Identifier, Issuer, IssuerStaff, User
from rosette.operations import addresses, issuers
from rosette.operations.policies import Reach

_UNKNOWN_ADDRESS = "User not found. Email must correspond to an existing user."
_UNKNOWN_PERSON = (
    "User not found. please provide a valid email address, username, url or telephone identifier."
)


class StaffChange(Shape):
    """What is to become of one person's role; the person in any one of four ways."""

    action: Literal["add", "modify", "remove"]
    role: Literal["owner", "editor", "staff"] = "staff"
    email: Plain | None = None
    username: Plain | None = None
    url: Plain | None = None
    telephone: Plain | None = None


class StaffObject(TypedDict):
    """One person's role at an issuer."""

    user: ProfileObject
    role: str


@endpoint(scopes=READ, verified=True, result=list[StaffObject], refusals=(403, 404))
def staff(request: HttpRequest, by: Caller, issuer_id: str) -> list[StaffObject]:
    """Who works for an issuer, in the order in which they came."""
    issuer = issuers.find(todays(Issuer, issuer_id), by=by.actor, reach=Reach.READ)
    return staff_of([issuer]).get(issuer.pk, [])


@endpoint(scopes=WRITE, verified=True, body=StaffChange, refusals=(400, 403, 404, 429))
def change_staff(request: HttpRequest, by: Caller, issuer_id: str) -> Any:
    """Add somebody to an issuer's staff, change their role, or remove them."""
    issuer = issuers.find(todays(Issuer, issuer_id), by=by.actor, reach=Reach.OWNER)
    sent = read(StaffChange, body(request))
    # Not finding tells who has no account, so one may not look for long.
    attempt = limits.attempt("staff search", address=limits.address_of(request))
    person = _person(sent)
    if person is None:
        attempt.failed()
        return Answer(_UNKNOWN_ADDRESS if sent.email else _UNKNOWN_PERSON, status=404)
    if person.pk == by.actor.user_id:
        return Answer(issuers.OWN_ROLE, status=400)
    match sent.action:
        case "add":
            row = issuers.add_staff(issuer, person, sent.role, by=by.actor)
        case "modify":
            row = issuers.change_staff(issuer, person, sent.role, by=by.actor)
        case _:
            issuers.remove_staff(issuer, person, by=by.actor)
            return f"User {person.username} has been removed from {issuer.name} staff."
    return _staff([row])[0]


def staff_of(rows: Iterable[Issuer]) -> dict[int, list[StaffObject]]:
    """Who works for each of the issuers, by row number; reads all of them at once."""
    found = issuers.staff(rows)
    people = profiles([entry.user for entries in found.values() for entry in entries])
    return {
        number: [{"user": people[entry.user_id], "role": entry.role} for entry in entries]
        for number, entries in found.items()
    }


def _person(sent: StaffChange) -> User | None:
    """Whom the client means; an address or number counts for its proven owner alone."""
    if sent.email:
        owned = addresses.owned(addresses.normalised(sent.email))
        return owned.user if owned else None
    if sent.username:
        return User.objects.filter(username=sent.username).first()
    for kind, value in (("url", sent.url), ("telephone", sent.telephone)):
        if value:
            proven = Identifier.objects.verified().filter(kind=kind, value=value)
            found = proven.select_related("user").first()
            return found.user if found else None
    return None


def _staff(rows: Sequence[IssuerStaff]) -> list[StaffObject]:
    people = profiles([row.user for row in rows])
    return [{"user": people[row.user_id], "role": row.role} for row in rows]
