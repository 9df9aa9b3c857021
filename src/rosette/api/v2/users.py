"""/v2/users, and what people may do without signing in: /v2/auth, /v2/termsVersions."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from rosette import limits, pages
from rosette.api import examples
from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.endpoints import Endpoint
from rosette.api.v2.envelope import Answer, endpoint
from rosette.api.v2.requests import users as requests
from rosette.api.v2.requests.queries import TokenQuery
from rosette.api.v2.responses import users as responses
from rosette.api.v2.responses.users import (
    BadgeUserObject,
    ColleagueObject,
    TermsBeside,
    TermsVersionObject,
)
from rosette.errors import NotFound
from rosette.models import TermsVersion, User
from rosette.operations import accounts, addresses, providers, second_steps
from rosette.operations.addresses import Verification

READ = ("r:profile", "rw:profile")
WRITE = ("rw:profile",)


@endpoint(
    scopes=None,
    status=201,
    body=requests.NewPerson,
    result=BadgeUserObject,
    beside=TermsBeside,
    refusals=(429,),
    example={
        "firstName": "Bob",
        "lastName": "Reed",
        "email": "bob@example.org",
        "password": "knots and splices",
    },
)
def sign_up(request: HttpRequest) -> Answer:
    """
    Make an account.

    A mail asks to verify the address; until then, nothing but the profile can be used. The newest
    terms are taken as agreed. `result` is empty if there is an account without a password: its
    owner gets a mail about choosing one.
    """
    limits.attempt("sign-up", address=limits.address_of(request)).failed()
    person = accounts.sign_up(requests.new_person(body(request)))
    return Answer([]) if person is None else _oneself(person)


@endpoint(scopes=READ, result=BadgeUserObject, beside=TermsBeside)
def read_self(request: HttpRequest, by: Caller) -> Answer:
    """You."""
    return _oneself(by.user)


@endpoint(
    scopes=WRITE,
    body=requests.ProfileChange,
    refusals=(429,),
    result=BadgeUserObject,
    beside=TermsBeside,
    example={"emails": [{"email": "ada@example.org", "primary": True}]},
)
def change_self(request: HttpRequest, by: Caller) -> Answer:
    """
    Change your profile, addresses or password.

    What is left out stays as it is; all of it is done or nothing.
    """
    return _oneself(accounts.change_profile(by.user, requests.profile_change(body(request))))


@endpoint(scopes=READ, result=BadgeUserObject | ColleagueObject)
def read(request: HttpRequest, by: Caller, user_id: str) -> Answer:
    """One person: you, or, without mail addresses, somebody who works for the same issuer."""
    if user_id == by.actor.user_entity_id:
        return _oneself(by.user)
    person = accounts.find(user_id, by=by.actor)
    return Answer([responses.colleague(person, accounts.identities([person])[person.pk])])


@endpoint(
    scopes=WRITE,
    body=requests.ProfileChange,
    refusals=(429,),
    result=BadgeUserObject,
    beside=TermsBeside,
    example={"lastName": "Vale"},
)
def change(request: HttpRequest, by: Caller, user_id: str) -> Answer:
    """Change your profile, as `/v2/users/self`; nobody else's."""
    if user_id != by.actor.user_entity_id:
        raise NotFound
    return _oneself(accounts.change_profile(by.user, requests.profile_change(body(request))))


@endpoint(
    scopes=None,
    body=requests.ForgottenPassword,
    refusals=(429,),
    example={"email": "ada@example.org"},
)
def forgot_password(request: HttpRequest) -> Sequence[dict[str, str]]:
    """
    Ask for a mail with a link to choose a new password.

    The answer is the same whether or not there is such an account. Mail goes to verified
    addresses only, at most once in five minutes.
    """
    limits.attempt("password reset", address=limits.address_of(request)).failed()
    accounts.forgot_password(requests.forgotten_password(body(request)))
    return [{}]


@endpoint(
    scopes=None,
    body=requests.NewPassword,
    refusals=(404,),
    example={"token": examples.MAIL_TOKEN, "password": "splices and knots"},
)
def reset_password(request: HttpRequest) -> Sequence[dict[str, str]]:
    """
    Choose a new password, with the token of the mail.

    The token works once, within three days. All other tokens of the account end: whoever acts
    for it has to sign in anew.
    """
    token, password = requests.new_password(body(request))
    accounts.reset_password(token, password)
    return [{}]


def _to_password_page(request: HttpRequest) -> HttpResponse:
    token = request.GET.get("token", "") or "-"
    there = pages.in_web_client("change-password", token)
    return _to_page(there or f"/account/password/{quote(token, safe='')}")


def _verify_address(request: HttpRequest, token: str) -> HttpResponse:
    outcome, address = addresses.verify(token), addresses.of_token(token)
    if (
        outcome is Verification.DONE
        and address
        and pages.in_web_client()
        and not second_steps.is_on(address.user)
    ):
        code = providers.auth_code(address.user)
        name = address.user.first_name or address.email
        return _to_page(
            pages.in_web_client("auth", "login", name, email=address.email, authCode=code)
        )
    there = pages.in_web_client("auth", "login", authError=_ADDRESS_ERRORS.get(outcome, ""))
    return _to_page(there or f"/account/email/{outcome.value}")


# Badgr's words for what became of the link.
_ADDRESS_ERRORS: Final = {
    Verification.UNKNOWN: "Your email confirmation link is invalid. Please attempt to create an "
    "account with this email address, again.",
    Verification.DONE_BEFORE: "Your email address is already verified. You may now log in.",
    Verification.EXPIRED: "Your authorization link has expired. You have been sent a new link.",
    Verification.TAKEN: "Your email confirmation token is associated with an unexpected user. "
    "You may try again",
}


forgot_password_link = Endpoint(
    handle=_to_password_page,
    summary="The link of the mail: leads to a page for choosing a new password.",
    description="",
    scopes=None,
    status=302,
    query=TokenQuery,
)
confirm_email_link = Endpoint(
    handle=_verify_address,
    summary="The link of the mail: verifies the address, and leads to a page that says so.",
    description="The first verified address becomes the primary one. An expired link brings a "
    "new mail.",
    scopes=None,
    status=302,
)


@endpoint(scopes=None, result=TermsVersionObject, refusals=(404,))
def latest_terms(request: HttpRequest) -> Sequence[TermsVersionObject]:
    """The newest terms of service; 404 if there are none."""
    newest = TermsVersion.latest()
    if newest is None:
        raise NotFound
    return [responses.terms_version(newest)]


def _oneself(person: User) -> Answer:
    terms = TermsVersion.latest()
    shown = responses.badge_user(person, accounts.identities([person])[person.pk], terms)
    return Answer([shown], beside=responses.terms_beside(person, terms))


def _to_page(path: str) -> HttpResponse:
    # Not kept anywhere, and the page's address says nothing to the next site.
    return HttpResponseRedirect(
        path, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )
