"""
Signing in with an account at another provider: whose account it is, and what that gives.

The protocol is allauth's (``public/sign_in.py``). Here stand the rules: an account at a provider
is one person's; an address counts only if the provider calls it verified and is trusted with
that; and what the browser carries back is a code, good once and for ten minutes, never a token.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from oauth2_provider.models import set_token_value
from oauthlib.common import generate_token

from rosette.config import SignInProvider
from rosette.errors import InvalidInput, NotFound, StillInUse
from rosette.models import AccessToken, EmailAddress, Grant, Notice, SocialAccount, User
from rosette.models.applications import checksum
from rosette.operations import addresses, applications, audit, second_steps, terms
from rosette.scopes import DEFAULT_SCOPES

_CODE_LIFETIME: Final = timedelta(seconds=600)
_CONNECTS: Final = ""
"""The scope of a code that only says to whom an account is to be connected."""
LAST_WAY: Final = _("This is the only way to sign in to your account. Choose a password first.")
_FIRST_NAME_MAX: Final = 30
_LAST_NAME_MAX: Final = 150


class Refusal(Enum):
    """Why somebody cannot sign in by a provider, in words for people."""

    TAKEN = "That account is connected to somebody else already."
    CLAIMED = (
        "There is an account with this email address. Sign in with your password, "
        "then connect the provider in your profile."
    )
    UNVERIFIED = "The provider has not verified your email address."
    NO_ADDRESS = "The provider does not say your email address."
    CLOSED = "Accounts on this server are made by its administrators."
    INACTIVE = "This account is switched off."
    ENDED = "The link has ended. Please try again."
    FAILED = "Signing in by the provider failed. Please try again."
    CANCELLED = "Signing in was cancelled."
    TWO_STEP = "Your account has two-step sign-in, so that you can sign in on this site only."


class NotSignedIn(Exception):
    """Nobody is signed in, and nothing is changed; ``why`` says what to do."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Presented:
    """Whom a provider says that somebody is. ``emails``: (address, whether it is verified)."""

    provider: str
    uid: str
    emails: Sequence[tuple[str, bool]] = ()
    first_name: str = ""
    last_name: str = ""
    url: str = ""


class Token(NamedTuple):
    """A new access token: its text, which is never shown again, and its row."""

    text: str
    row: AccessToken


def configured(provider_id: str) -> SignInProvider:
    """The provider of this id. Raises NotFound."""
    for provider in settings.ROSETTE.sign_in_providers:
        if provider.id == provider_id:
            found: SignInProvider = provider
            return found
    raise NotFound


@transaction.atomic
def sign_in(who: Presented) -> User:
    """
    The person whose account at the provider this is; a new one, if it is nobody's yet.

    Somebody with a verified address of a person of this server is that person, provided that
    they have verified it here as well. Raises NotSignedIn.
    """
    known = _account(who)
    if known is not None:
        known.extra_data = _shown(who)
        known.save(update_fields=["extra_data"])
        return _let_in(_active(known.user), who)
    verified = _verified(who)
    for email in verified:
        if owned := addresses.owned(email):
            person = _active(owned.user)
            _connect(person, who)
            return _let_in(person, who)
    return _let_in(_newcomer(who, verified), who)


@transaction.atomic
def connect(who: Presented, person: User) -> None:
    """Let the person sign in with this account, too. Raises NotSignedIn if it is another's."""
    known = _account(who)
    if known is not None:
        if known.user_id != person.pk:
            raise NotSignedIn(Refusal.TAKEN)
        return
    _connect(_active(person), who)


def accounts_of(person: User) -> list[SocialAccount]:
    """The person's accounts at providers, oldest first."""
    return list(SocialAccount.objects.filter(user=person).order_by("pk"))


def account(number: str, *, by: User) -> SocialAccount:
    """The person's own account with this row number. Raises NotFound."""
    is_number = number.isascii() and number.isdigit() and len(number) <= 18
    found = SocialAccount.objects.filter(user=by, pk=int(number)).first() if is_number else None
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def disconnect(number: str, *, by: User) -> None:
    """
    Let the person sign in with the account no longer.

    Raises NotFound, and StillInUse for the last way in: there has to be a password, or another
    account at a provider that is still configured.
    """
    person = User.objects.select_for_update().get(pk=by.pk)
    gone = account(number, by=person)
    offered = {provider.id for provider in settings.ROSETTE.sign_in_providers}
    others = SocialAccount.objects.filter(user=person, provider__in=offered).exclude(pk=gone.pk)
    if not person.has_usable_password() and not others.exists():
        raise StillInUse(LAST_WAY)
    name = person.entity_id
    audit.note("provider.disconnect", "user", name, by=name, provider=gone.provider)
    gone.delete()


def connect_address(provider_id: str, *, by: User) -> str:
    """
    Where the person's browser connects an account at the provider: good once, for ten minutes.

    Raises InvalidInput for a provider that is not configured.
    """
    try:
        configured(provider_id)
    except NotFound as error:
        raise InvalidInput({"provider": ["Unknown provider."]}) from error
    code = _code(by, _CONNECTS)
    return (
        f"{settings.ROSETTE.origin}/account/sociallogin"
        f"?provider={quote(provider_id)}&authCode={code}"
    )


def who_connects(code: str) -> User:
    """The person who asked to connect an account, by the code. Raises NotSignedIn."""
    found = _stands_for(code, _CONNECTS)
    if found is None:
        raise NotSignedIn(Refusal.ENDED)
    person: User = found.user
    return person


@transaction.atomic
def begin_connecting(code: str) -> User:
    """As ``who_connects``; the code is good no longer."""
    person = _used(code, _CONNECTS)
    if person is None:
        raise NotSignedIn(Refusal.ENDED)
    return person


def auth_code(person: User) -> str:
    """
    What a browser carries to the web client, to be exchanged for a token there.

    Raises NotSignedIn for whoever has to take a second step, for which the client has no form.
    """
    if second_steps.is_on(person):
        raise NotSignedIn(Refusal.TWO_STEP)
    return _code(person, " ".join(DEFAULT_SCOPES))


@transaction.atomic
def token_for(code: str) -> Token:
    """The access token that the code is good for, once. Raises NotFound."""
    person = _used(code, " ".join(DEFAULT_SCOPES))
    if person is None:
        raise NotFound
    text = generate_token()
    row = AccessToken(
        user=person,
        application=applications.ensure_public_client(),
        scope=" ".join(DEFAULT_SCOPES),
        expires=timezone.now() + timedelta(seconds=lifetime_seconds()),
    )
    set_token_value(row, text)
    row.save()
    name = person.entity_id
    audit.note("token.create", "user", name, by=name, client=applications.PUBLIC, grant="code")
    return Token(text, row)


def lifetime_seconds() -> int:
    """How long a new token lives."""
    seconds: int = settings.ROSETTE.access_token_seconds
    return seconds


def _account(who: Presented) -> SocialAccount | None:
    return (
        SocialAccount.objects.filter(provider=who.provider, uid=who.uid)
        .select_related("user")
        .first()
    )


def _active(person: User) -> User:
    if not person.is_active:
        raise NotSignedIn(Refusal.INACTIVE)
    return person


def _verified(who: Presented) -> list[str]:
    """The addresses that the provider vouches for, where its word is taken."""
    provider = configured(who.provider)
    if not provider.believed:
        return []
    says_nothing = provider.kind == "saml"
    return [
        addresses.normalised(email)
        for email, is_verified in who.emails
        if is_verified or says_nothing
    ]


def _newcomer(who: Presented, verified: Sequence[str]) -> User:
    """
    A new person with the first of their addresses.

    An address that was not verified by the provider is claimed and mailed to; but where anybody
    has it already, it might be theirs, and no account is made.
    """
    if not settings.ROSETTE.allow_signup:
        raise NotSignedIn(Refusal.CLOSED)
    claimed = [addresses.normalised(email) for email, _ in who.emails]
    if not claimed:
        raise NotSignedIn(Refusal.NO_ADDRESS)
    email = (verified or claimed)[0]
    if not verified and EmailAddress.objects.filter(email=email).exists():
        owned = addresses.owned(email)
        raise NotSignedIn(Refusal.CLAIMED if owned else Refusal.UNVERIFIED)
    person = User(
        first_name=who.first_name[:_FIRST_NAME_MAX], last_name=who.last_name[:_LAST_NAME_MAX]
    )
    person.set_password(None)
    person.save()
    terms.agree(person, terms.latest_version())
    addresses.give_way(email, to=person)
    EmailAddress.objects.create(user=person, email=email, primary=True, verified=bool(verified))
    name = person.entity_id
    audit.note("account.create", "user", name, by=name, provider=who.provider)
    if not verified:
        addresses.ask_for_mail(Notice.Kind.VERIFY_ADDRESS, person, email)
    _connect(person, who)
    return person


def _connect(person: User, who: Presented) -> None:
    try:
        with transaction.atomic():
            SocialAccount.objects.create(
                user=person, provider=who.provider, uid=who.uid, extra_data=_shown(who)
            )
    except IntegrityError as error:  # somebody else was faster
        raise NotSignedIn(Refusal.TAKEN) from error
    name = person.entity_id
    audit.note("provider.connect", "user", name, by=name, provider=who.provider)


def _let_in(person: User, who: Presented) -> User:
    name = person.entity_id
    audit.note("sign-in.accept", "user", name, by=name, provider=who.provider)
    return person


def _shown(who: Presented) -> dict[str, Any]:
    """What is kept of what a provider tells: only what the API shows."""
    return {
        "first_name": who.first_name,
        "last_name": who.last_name,
        "email": who.emails[0][0] if who.emails else "",
        "url": who.url,
    }


def _code(person: User, scope: str) -> str:
    text = secrets.token_urlsafe(32)
    Grant.objects.create(
        user=person,
        application=applications.ensure_public_client(),
        code=checksum(text),
        expires=timezone.now() + _CODE_LIFETIME,
        redirect_uri="",
        scope=scope,
    )
    return text


def _stands_for(code: str, scope: str) -> Grant | None:
    found: Grant | None = (
        Grant.objects.select_related("user")
        .filter(
            code=checksum(code),
            application__client_id=applications.PUBLIC,
            redirect_uri="",
            scope=scope,
            expires__gt=timezone.now(),
            user__is_active=True,
        )
        .first()
    )
    return found


def _used(code: str, scope: str) -> User | None:
    """Whom the code stands for; from now on it stands for nobody."""
    found = _stands_for(code, scope)
    if found is None:
        return None
    # Of two who come at once, one finds it gone.
    gone, _ = Grant.objects.filter(pk=found.pk).delete()
    person: User | None = found.user if gone else None
    return person
