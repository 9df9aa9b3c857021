"""/v1/user/socialaccounts: accounts at other providers, as Badgr's web client handles them."""

from django.http import HttpRequest
from typing_extensions import TypedDict

from rosette.api.auth import Caller
from rosette.api.v1.envelope import Answer, endpoint
from rosette.errors import NotPermitted
from rosette.models import SocialAccount
from rosette.operations import providers

READ = ("r:profile", "rw:profile")
WRITE = ("rw:profile",)


class SocialAccountObject(TypedDict):
    """An account at another provider."""

    id: int
    provider: str
    dateAdded: str
    uid: str
    firstName: str
    lastName: str
    primaryEmail: str


class ConnectObject(TypedDict):
    """Where the browser is to be led."""

    url: str


@endpoint(scopes=READ, result=list[SocialAccountObject])
def index(request: HttpRequest, by: Caller) -> list[SocialAccountObject]:
    """Your accounts at other providers that you can sign in with."""
    return [_shown(row) for row in providers.accounts_of(by.user)]


@endpoint(scopes=WRITE, result=ConnectObject, refusals=(400,))
def connect(request: HttpRequest, by: Caller) -> ConnectObject:
    """Where to connect an account at another provider, within ten minutes."""
    if not by.is_whole:
        raise NotPermitted
    return {"url": providers.connect_address(request.GET.get("provider", ""), by=by.user)}


@endpoint(scopes=READ, result=SocialAccountObject, refusals=(404,))
def read(request: HttpRequest, by: Caller, account_id: str) -> SocialAccountObject:
    """One of your accounts at other providers."""
    return _shown(providers.account(account_id, by=by.user))


@endpoint(scopes=WRITE, status=204, refusals=(400, 404))
def remove(request: HttpRequest, by: Caller, account_id: str) -> Answer:
    """Disconnect an account at another provider, unless it is the last way to sign in."""
    providers.disconnect(account_id, by=by.user)
    return Answer(b"")


def _shown(row: SocialAccount) -> SocialAccountObject:
    told = row.extra_data
    return {
        "id": row.pk,
        "provider": row.provider,
        "dateAdded": row.date_joined.isoformat().replace("+00:00", "Z"),
        "uid": row.uid,
        "firstName": told.get("first_name", ""),
        "lastName": told.get("last_name", ""),
        "primaryEmail": told.get("email", ""),
    }
