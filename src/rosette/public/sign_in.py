"""
Signing in by other providers: the doors that a browser goes through, out and back in.

The protocols are allauth's; whose account it is, is ``operations/providers.py``'s to say. The
session holds nothing but the way that is under way, and ends with it. The web client gets a code,
which it exchanges for a token (``/o/code``). Whoever comes from a page of our own is led back
there, signed in by a new session, as the form of that page would have done it: half way, if they
have two-step sign-in. Whoever connects an account from there stays signed in.
"""

import logging
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthError
from allauth.socialaccount.providers.facebook import views as facebook
from allauth.socialaccount.providers.google import views as google
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from rosette import fetching, pages, sessions
from rosette.errors import NotFound
from rosette.models import User
from rosette.operations import providers, second_steps
from rosette.operations.providers import NotSignedIn, Presented, Refusal
from rosette.public.negotiation import public

_SECONDS: Final = 15.0
_ANSWER_MAX_BYTES: Final = 1_000_000
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_CONFIRMATION: Final = "confirmation"
# A page of ours, and never another site's: no second slash or backslash at its beginning. What is
# there for programs and for everybody is no page to sign in for.
_OUR_PAGE: Final = re.compile(
    r"/(?!/|\\|(?:v[0-9]|bcv1|o|api-auth|public|static|media)(?:[/?]|$))[!-\[\]-~]{0,8000}"
)
# What a provider can send instead of what it should.
_MALFORMED: Final = (KeyError, ValueError, TypeError, AttributeError)

log = logging.getLogger(__name__)


class Door(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks us, and where we take over from it."""

    def get_requests_session(self) -> requests.Session:
        """What allauth asks providers with: the guarded door, and nothing of the machine's own."""
        session = requests.Session()
        session.trust_env = False
        session.adapters.clear()
        session.mount("https://", _Guarded())
        session.mount("http://", _Guarded())
        return session

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> Any:
        """Of all that the provider tells, keep what is shown; allauth would store all of it."""
        person = super().populate_user(request, sociallogin, data)
        account, emails = sociallogin.account, sociallogin.email_addresses
        account.extra_data = {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "email": emails[0].email if emails else "",
            "url": str(account.get_profile_url() or ""),
        }
        return person

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """The provider has said who it is: the rest is ours."""
        who = _presented(sociallogin)
        state = sociallogin.state.get("data") or {}
        page = state.get("page", "")
        if not (page and _is_signed_in(request, state.get("connects"))):
            request.session.flush()
        try:
            if number := state.get("connects"):
                person = User.objects.filter(pk=number, is_active=True).first()
                if person is None:
                    raise NotSignedIn(Refusal.ENDED)
                providers.connect(who, person)
                raise ImmediateHttpResponse(_connected(request, page))
            raise ImmediateHttpResponse(_signed_in(request, providers.sign_in(who), page))
        except NotSignedIn as refusal:
            raise ImmediateHttpResponse(_refused(request, refusal.why, page)) from refusal

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Mapping[str, Any] | None = None,
    ) -> None:
        """The way to the provider and back went wrong somewhere."""
        if exception is not None:
            _log(provider.sub_id, exception)
        why = Refusal.CANCELLED if error == AuthError.CANCELLED else Refusal.FAILED
        raise ImmediateHttpResponse(_refused(request, why))


class _Guarded(BaseAdapter):
    """Sends what allauth asks by ``rosette.fetching``."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """The answer. Raises requests.ConnectionError."""
        body = request.body
        content = body.encode() if isinstance(body, str) else body
        assert content is None or isinstance(content, bytes)  # a form, as allauth sends it
        carried = {
            name: str(value)
            for name, value in request.headers.items()
            if name.lower() in ("authorization", "content-type")
        }
        try:
            found = fetching.fetch(
                request.url or "",
                accept="application/json",
                max_bytes=_ANSWER_MAX_BYTES,
                timeout_seconds=_SECONDS,
                allow_loopback=settings.ROSETTE.fetch_loopback,
                headers=carried,
                content=content if request.method == "POST" else None,
            )
        except fetching.FetchError as error:
            raise requests.ConnectionError(error.message) from error
        answer = requests.Response()
        answer.status_code = found.status
        answer.url = found.url
        answer.request = request
        answer.headers.update(found.headers)
        answer.raw = HTTPResponse(body=found.content, preload_content=False)
        answer._content = found.content
        return answer

    def close(self) -> None:
        """Nothing is kept open."""


@public()
def start(request: HttpRequest) -> HttpResponse:
    """
    ``GET /account/sociallogin?provider=ID``: to the provider, to sign in.

    With ``authCode`` (of ``/v2/socialaccounts/connect``), to connect an account there; this is
    asked once more, so that nobody is led by a link to connect theirs to somebody else's. With
    ``page``, the page of ours that it is for; an address elsewhere counts for nothing.
    """
    return _through(request, _start)


def _start(request: HttpRequest) -> HttpResponse:
    provider_id = request.GET.get("provider", "")
    providers.configured(provider_id)
    code = request.GET.get("authCode", "")
    page = _OUR_PAGE.fullmatch(request.GET.get("page", ""))
    state: dict[str, Any] = {"page": page[0]} if page else {}
    try:
        if code:
            key = request.session.pop(_CONFIRMATION, None)
            if key is None or key != request.GET.get("key"):
                return _ask(request, provider_id, code)
            state |= {"connects": providers.begin_connecting(code).pk}
        provider = Door(request).get_provider(request, provider=provider_id)
        answer: HttpResponse = provider.redirect(request, process="login", data=state)
        return answer
    except NotSignedIn as refusal:
        return _refused(request, refusal.why)
    except _failures() as error:
        _log(provider_id, error)
        return _refused(request, Refusal.FAILED)


def _ask(request: HttpRequest, provider_id: str, code: str) -> HttpResponse:
    person = providers.who_connects(code)
    key = request.session[_CONFIRMATION] = secrets.token_urlsafe(16)
    page = request.GET.get("page", "")
    query = urlencode({"provider": provider_id, "authCode": code, "key": key, "page": page})
    addresses = person.addresses()
    return _page(
        request,
        {
            "asks": True,
            "provider": providers.configured(provider_id).name or provider_id,
            "who": addresses[0].email if addresses else person.name,
            "yes": f"/account/sociallogin?{query}",
        },
    )


@public()
def back_from_oidc(request: HttpRequest, provider_id: str) -> HttpResponse:
    """``GET /account/oidc/:provider/login/callback``: back from an OpenID Connect provider."""
    _require("oidc", provider_id)
    return _through(request, openid_connect.callback, provider_id=provider_id)


@public()
def back_from_google(request: HttpRequest) -> HttpResponse:
    """``GET /account/google/login/callback``: back from Google."""
    _require("google", "google")
    return _through(request, google.oauth2_callback)


@public()
def back_from_facebook(request: HttpRequest) -> HttpResponse:
    """``GET /account/facebook/login/callback``: back from Facebook."""
    _require("facebook", "facebook")
    return _through(request, facebook.oauth2_callback)


@public(methods=("GET", "HEAD", "POST"))
def saml(request: HttpRequest, organization_slug: str, door: str) -> HttpResponse:
    """``/account/saml/:provider/:door``: what a SAML identity provider needs of us."""
    _require("saml", organization_slug)
    from allauth.socialaccount.providers.saml import views  # noqa: PLC0415 -- few need its library

    request.user = AnonymousUser()  # nobody is ever signed in by a session
    return _through(request, getattr(views, door), organization_slug=organization_slug)


def _require(kind: str, provider_id: str) -> None:
    if providers.configured(provider_id).kind != kind:
        raise NotFound


def _through(request: HttpRequest, view: Callable[..., HttpResponse], **path: str) -> HttpResponse:
    """What the view answers, with a session, under the address by which the world knows us."""
    origin = urlsplit(settings.ROSETTE.origin)
    request.META["HTTP_HOST"] = origin.netloc
    request.META["wsgi.url_scheme"] = origin.scheme

    def answered(request: HttpRequest) -> HttpResponse:
        try:
            return view(request, **path)
        except _failures() as error:
            _log(path.get("provider_id") or path.get("organization_slug", ""), error)
            return _refused(request, Refusal.FAILED)

    response = SessionMiddleware(answered)(request)
    assert isinstance(response, HttpResponse)  # and nothing to be awaited
    for name, value in _PRIVATE.items():
        response[name] = value
    return response


def _failures() -> tuple[type[Exception], ...]:
    """How the libraries say that something is wrong with a provider or its answer."""
    known = (requests.RequestException, OAuth2Error, PermissionDenied, *_MALFORMED)
    # Those of SAML, if it is configured and so its libraries are loaded.
    return known + tuple(
        getattr(sys.modules[module], name)
        for module, name in (
            ("onelogin.saml2.errors", "OneLogin_Saml2_Error"),
            ("lxml.etree", "LxmlError"),
            ("xmlsec", "Error"),
        )
        if module in sys.modules
    )


def _presented(sociallogin: Any) -> Presented:
    account = sociallogin.account
    told = account.extra_data
    return Presented(
        provider=account.provider,
        uid=account.uid,
        # Some providers say "false", which is true.
        emails=[(item.email, item.verified is True) for item in sociallogin.email_addresses],
        first_name=told["first_name"],
        last_name=told["last_name"],
        url=told["url"],
    )


def _signed_in(request: HttpRequest, person: User, page: str) -> HttpResponse:
    if page and second_steps.is_on(person):
        sessions.begin_halfway(request, person)
        # The page that asks for the code asks first of all who it is.
        return HttpResponseRedirect("/auth/login" if page == "/" else page)
    if page:
        sessions.begin(request, person)
        return HttpResponseRedirect(page)
    if not settings.ROSETTE.ui_url:
        return _page(request, {"done": True})
    code = providers.auth_code(person)
    return HttpResponseRedirect(pages.in_web_client("auth", "login", authCode=code))


def _is_signed_in(request: HttpRequest, number: int | None) -> bool:
    """Whether the session is that of the person who connects an account."""
    person = get_user(request) if number else None
    return isinstance(person, User) and person.pk == number


def _connected(request: HttpRequest, page: str) -> HttpResponse:
    if page:
        return HttpResponseRedirect(page)
    address = pages.in_web_client("profile", "")
    return HttpResponseRedirect(address) if address else _page(request, {"connected": True})


def _refused(request: HttpRequest, why: Refusal, page: str = "") -> HttpResponse:
    address = "" if page else pages.in_web_client("auth", "login", authError=why.value)
    return (
        HttpResponseRedirect(address)
        if address
        else _page(request, {"why": why.value, "back": page}, 400)
    )


def _page(request: HttpRequest, context: Mapping[str, Any], status: int = 200) -> HttpResponse:
    return pages.page(request, "accounts/sign_in.html", context, status)


def _log(provider_id: str, error: Exception) -> None:
    # Only our own words: what a provider says may hold secrets.
    said = str(error) if isinstance(error, requests.ConnectionError) else type(error).__name__
    log.warning("sign-in by %s: %s", provider_id, said, exc_info=isinstance(error, _MALFORMED))
