"""/v1/user: one's account, as Badgr's web client and scripts handle it."""

from collections.abc import Iterable
from typing import Annotated, Any, NotRequired

from django.http import HttpRequest
from pydantic import Field
from typing_extensions import TypedDict

from rosette import limits
from rosette.api.auth import Caller
from rosette.api.bodies import body
from rosette.api.shapes import Email, Plain, Shape, read
from rosette.api.v1.envelope import endpoint
from rosette.errors import NotFound
from rosette.models import EmailAddress, TermsVersion, User
from rosette.operations import accounts, terms
from rosette.operations import addresses as operations
from rosette.operations.accounts import Identities, ProfileWish, SignUp

READ = ("r:profile", "rw:profile")
WRITE = ("rw:profile",)
ABSENT: Any = None
_ID_MAX_DIGITS = 19

Mailbox = Annotated[Email, Field(max_length=254)]
FirstName = Annotated[Plain, Field(max_length=30)]
LastName = Annotated[Plain, Field(max_length=150)]
Password = Annotated[str, Field(max_length=4096)]


class NewPerson(Shape):
    """Somebody who wants an account."""

    first_name: FirstName
    last_name: LastName
    email: Mailbox
    password: Password
    marketing_opt_in: bool = False


class ProfileChange(Shape):
    """Changes of a profile. What is left out stays as it is."""

    first_name: FirstName = ABSENT
    last_name: LastName = ABSENT
    password: Password = ABSENT
    current_password: Password = ""
    agreed_terms_version: int = ABSENT
    marketing_opt_in: bool = ABSENT


class NewAddress(Shape):
    """One more address."""

    email: Mailbox


class AddressChange(Shape):
    """What is to be done about an address."""

    primary: bool = False
    resend: bool = False


class ForgottenPassword(Shape):
    """Somebody who forgot their password."""

    email: Annotated[Plain, Field(max_length=254)]


class NewPassword(Shape):
    """A new password, by the token of the mail."""

    token: Plain
    password: Password


class ProfileObject(TypedDict):
    """A person. ``slug`` is missing where nothing may be said of the account."""

    first_name: str
    last_name: str
    email: str | None
    url: list[str]
    telephone: list[str]
    slug: NotRequired[str]
    agreed_terms_version: int
    marketing_opt_in: bool
    has_password_set: bool
    latest_terms_version: int
    latest_terms_description: NotRequired[str]


class AddressObject(TypedDict):
    """A mail address of a person. ``variants`` is empty: letter case does not matter."""

    id: int
    email: str
    verified: bool
    primary: bool
    variants: list[str]


@endpoint(scopes=None, status=201, body=NewPerson, result=ProfileObject, refusals=(400, 429))
def sign_up(request: HttpRequest) -> ProfileObject:
    """Make an account; a mail asks to verify its address."""
    limits.attempt("sign-up", address=limits.address_of(request)).failed()
    sent = read(NewPerson, body(request))
    wish = SignUp(
        email=sent.email,
        password=sent.password,
        first_name=sent.first_name,
        last_name=sent.last_name,
        marketing_opt_in=sent.marketing_opt_in,
    )
    person = accounts.sign_up(wish)
    return _unsaid(wish) if person is None else _profile(person)


@endpoint(scopes=READ, result=ProfileObject)
def profile(request: HttpRequest, by: Caller) -> ProfileObject:
    """You."""
    return _profile(by.user)


@endpoint(scopes=WRITE, body=ProfileChange, result=ProfileObject, refusals=(400,))
def change_profile(request: HttpRequest, by: Caller) -> ProfileObject:
    """Change your names, password and consents; all of it is done or nothing."""
    sent = read(ProfileChange, body(request))
    wish: ProfileWish = sent.model_dump(include=sent.model_fields_set)  # type: ignore[assignment]
    return _profile(accounts.change_profile(by.user, wish))


@endpoint(scopes=READ, result=list[AddressObject])
def addresses(request: HttpRequest, by: Caller) -> list[AddressObject]:
    """Your mail addresses, the primary one first."""
    return [_address(item) for item in by.user.addresses()]


@endpoint(scopes=WRITE, status=201, body=NewAddress, result=AddressObject, refusals=(400,))
def add_address(request: HttpRequest, by: Caller) -> AddressObject:
    """Add an address; a mail asks to verify it."""
    sent = read(NewAddress, body(request))
    return _address(operations.add(by.user, sent.email))


@endpoint(scopes=READ, result=AddressObject, refusals=(404,))
def address(request: HttpRequest, by: Caller, address_id: str) -> AddressObject:
    """One of your addresses."""
    return _address(operations.find(by.user, _number(address_id)))


@endpoint(scopes=WRITE, body=AddressChange, result=AddressObject, refusals=(400, 404, 429))
def change_address(request: HttpRequest, by: Caller, address_id: str) -> AddressObject:
    """Make an address the primary one, or have the mail that verifies it sent again."""
    sent = read(AddressChange, body(request))
    person, number = by.user, _number(address_id)
    if sent.resend:
        operations.resend_verification(person, number)
    if sent.primary:
        operations.make_primary(person, number)
    return _address(operations.find(person, number))


@endpoint(scopes=WRITE, result=int, refusals=(400, 404))
def remove_address(request: HttpRequest, by: Caller, address_id: str) -> int:
    """Give up an address that is not the primary one; the body is the number 200."""
    operations.remove(by.user, _number(address_id))
    return 200


@endpoint(scopes=None, body=ForgottenPassword, refusals=(400, 429))
def forgot_password(request: HttpRequest) -> dict[str, str]:
    """Ask for a mail with a link to choose a new password; the answer tells nothing."""
    limits.attempt("password reset", address=limits.address_of(request)).failed()
    accounts.forgot_password(read(ForgottenPassword, body(request)).email)
    return {}


@endpoint(scopes=None, body=NewPassword, refusals=(400, 404))
def reset_password(request: HttpRequest) -> dict[str, str]:
    """Choose a new password, with the token of the mail."""
    sent = read(NewPassword, body(request))
    accounts.reset_password(sent.token, sent.password)
    return {}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_MAX_DIGITS):
        raise NotFound
    return int(text)


def profiles(people: Iterable[User]) -> dict[int, ProfileObject]:
    """The people, by row number; reads what belongs to all of them at once."""
    known = {person.pk: person for person in people}
    identities = accounts.identities(known.values())
    newest = TermsVersion.latest()
    return {number: _shown(person, identities[number], newest) for number, person in known.items()}


def _profile(person: User) -> ProfileObject:
    return profiles([person])[person.pk]


def _shown(person: User, identities: Identities, newest: TermsVersion | None) -> ProfileObject:
    primary = next((item.email for item in identities.addresses if item.primary), None)
    shown: ProfileObject = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": primary,
        "url": identities.urls,
        "telephone": identities.telephones,
        "slug": person.entity_id,
        "agreed_terms_version": person.agreed_terms_version,
        "marketing_opt_in": person.marketing_opt_in,
        "has_password_set": person.has_usable_password(),
        "latest_terms_version": newest.version if newest else 0,
    }
    if newest and person.agreed_terms_version < newest.version:
        shown["latest_terms_description"] = newest.short_description
    return shown


def _unsaid(wish: SignUp) -> ProfileObject:
    """What was asked for, as if it were done; the owner of the address learns more by mail."""
    newest = terms.latest_version()
    return {
        "first_name": wish.first_name,
        "last_name": wish.last_name,
        "email": wish.email,
        "url": [],
        "telephone": [],
        "agreed_terms_version": newest,
        "marketing_opt_in": wish.marketing_opt_in,
        "has_password_set": True,
        "latest_terms_version": newest,
    }


def _address(row: EmailAddress) -> AddressObject:
    return {
        "id": row.pk,
        "email": row.email,
        "verified": row.verified,
        "primary": row.primary,
        "variants": [],
    }
