"""/v1/user/auth-token, and what Badgr's web client asks for and Rosette has none of."""

from django.http import HttpRequest
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.v1.envelope import endpoint
from rosette.api.v2.sharing import EVERY_SCOPE
from rosette.errors import NotPermitted
from rosette.models import User
from rosette.operations import applications
from rosette.scopes import DEFAULT_SCOPES


class TokenObject(TypedDict):
    """The token for the header ``Authorization: Token …``; it has no end."""

    username: str
    token: str


@endpoint(scopes=DEFAULT_SCOPES, result=TokenObject, refusals=(403,))
def legacy(request: HttpRequest, by: Caller) -> TokenObject:
    """Your token without end; the same each time."""
    person = _whole(by)
    return {"username": person.username, "token": applications.legacy_token(person)}


@endpoint(scopes=DEFAULT_SCOPES, result=TokenObject, refusals=(403,))
def replace_legacy(request: HttpRequest, by: Caller) -> TokenObject:
    """Replace your token without end."""
    person = _whole(by)
    return {"username": person.username, "token": applications.new_legacy_token(person)}


@endpoint(scopes=EVERY_SCOPE)
def external_tools(request: HttpRequest, by: Caller) -> list[dict[str, str]]:
    """The tools of others that are built in: always none."""
    return []


def _whole(by: Caller) -> User:
    """The caller, if their token may do all that the one that they ask for may."""
    if not by.is_whole:
        raise NotPermitted
    return by.user
