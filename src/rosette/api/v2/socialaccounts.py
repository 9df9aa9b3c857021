"""/v2/socialaccounts: accounts at other providers that somebody signs in with."""

from collections.abc import Sequence

from django.http import HttpRequest

from rosette.api.auth import Caller
from rosette.api.v2.envelope import endpoint
from rosette.api.v2.requests.queries import ProviderNameQuery
from rosette.api.v2.responses import socialaccounts as responses
from rosette.api.v2.responses.socialaccounts import ConnectObject, SocialAccountObject
from rosette.errors import NotPermitted
from rosette.operations import providers

READ = ("r:profile", "rw:profile")
WRITE = ("rw:profile",)


@endpoint(scopes=READ, result=SocialAccountObject)
def index(request: HttpRequest, by: Caller) -> Sequence[SocialAccountObject]:
    """Your accounts at other providers that you can sign in with."""
    return [responses.social_account(item) for item in providers.accounts_of(by.user)]


@endpoint(scopes=WRITE, query=ProviderNameQuery, result=ConnectObject, refusals=(400,))
def connect(request: HttpRequest, by: Caller) -> Sequence[ConnectObject]:
    """
    Where to connect an account at another provider.

    Lead the browser there within ten minutes; it works once. The token must lend all that you may
    do, since whoever is connected may do all of it, too.
    """
    if not by.is_whole:
        raise NotPermitted
    return [{"url": providers.connect_address(request.GET.get("provider", ""), by=by.user)}]


@endpoint(scopes=READ, result=SocialAccountObject)
def read(request: HttpRequest, by: Caller, account_id: str) -> Sequence[SocialAccountObject]:
    """One of your accounts at other providers."""
    return [responses.social_account(providers.account(account_id, by=by.user))]


@endpoint(scopes=WRITE, status=204, refusals=(400,))
def remove(request: HttpRequest, by: Caller, account_id: str) -> None:
    """
    Disconnect an account at another provider.

    Refused if you could not sign in any more: choose a password first.
    """
    providers.disconnect(account_id, by=by.user)
