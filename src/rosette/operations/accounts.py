"""
People: sign up, sign in, change one's profile, choose and reset a password.

Their addresses are in ``operations/addresses.py``; the mails that are asked for here are written
in ``operations/notices.py``, when they are sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypedDict

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36
from django.utils.translation import gettext_noop as _

from rosette import limits
from rosette.errors import InvalidInput, NotFound
from rosette.models import (
    AccessToken,
    Application,
    EmailAddress,
    Grant,
    Identifier,
    LegacyToken,
    Notice,
    RefreshToken,
    SocialAccount,
    User,
)
from rosette.operations import addresses, audit, devices, terms
from rosette.operations.addresses import AddressWish
from rosette.operations.policies import Actor
from rosette.queue import enqueue


class _ResetTokens(PasswordResetTokenGenerator):
    """Tokens that also end when the person's own addresses change: a mailbox may be lost."""

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        verified = EmailAddress.objects.filter(user=user, verified=True).order_by("email")
        own = " ".join(verified.values_list("email", flat=True))
        return f"{super()._make_hash_value(user, timestamp)}{own}"


_reset_tokens = _ResetTokens()

ACCOUNT_EXISTS: Final = _(
    "Account could not be created. An account with this email address may already exist."
)
_NO_SIGN_UP: Final = _("Accounts on this server are made by its administrators.")


class IdentityBackend(ModelBackend):
    """Signing in with any of one's addresses, whatever the letter case, or the internal name."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        """
        The active person whose name or address and whose password this is.

        Takes as long for an unknown name as for a wrong password.
        """
        if not username or password is None:
            return None
        person = find_by_login(username)
        if person is None:
            User().set_password(password)  # as slow as the comparison would be
            audit.note("sign-in.refuse", "user", "", by="")
            return None
        fits = person.check_password(password)
        name = person.entity_id
        if not (fits and self.user_can_authenticate(person)):
            audit.note("sign-in.refuse", "user", name, by="")
            return None
        audit.note("sign-in.accept", "user", name, by=name)
        return person


def find_by_login(name: str) -> User | None:
    """
    Whom the address or internal name stands for.

    Of an address that several people have, the owner; if nobody owns it, the latest claimant.
    """
    if "\x00" in name:
        return None  # no database holds it, and PostgreSQL refuses to look
    claim = (
        EmailAddress.objects.filter(email=addresses.normalised(name))
        .select_related("user")
        .order_by("-verified", "-pk")
        .first()
    )
    return claim.user if claim else User.objects.filter(username=name).first()


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody says who wants an account."""

    email: str
    password: str
    first_name: str = ""
    last_name: str = ""
    marketing_opt_in: bool = False


@transaction.atomic
def sign_up(wish: SignUp) -> User | None:
    """
    A new account, its address to be verified by mail; the newest terms are taken as agreed.

    Somebody else's claim to the address that was never verified gives way. An account without a
    password is taken over, if its owner has proven nothing yet; if the address is verified, it
    gets a mail about choosing a password, and the answer is None.

    Raises InvalidInput if signing up is switched off, the password is weak, or there is an
    account; and TryLater if it is done for the same address again and again, since each time
    somebody gets a mail.
    """
    if not settings.ROSETTE.allow_signup:
        raise InvalidInput(general=[_NO_SIGN_UP])
    email = addresses.normalised(wish.email)
    owned = addresses.owned(email)
    if owned and owned.user.has_usable_password():
        raise InvalidInput(general=[ACCOUNT_EXISTS])
    _require_strong(wish.password, User(first_name=wish.first_name, last_name=wish.last_name))
    if owned:
        _start_reset(owned)
        return None
    limits.attempt("sign-up", name=email).failed()
    person = _new_account(wish, email)
    addresses.ask_for_mail(Notice.Kind.VERIFY_ADDRESS, person, email)
    return person


@transaction.atomic
def join(wish: SignUp) -> User:
    """
    A new account whose address is proven already, by a mail that was read.

    Otherwise as ``sign_up``. Raises InvalidInput if signing up is switched off, somebody owns the
    address, or the password is weak; and IntegrityError if somebody else is faster.
    """
    if not settings.ROSETTE.allow_signup:
        raise InvalidInput(general=[_NO_SIGN_UP])
    email = addresses.normalised(wish.email)
    if addresses.owned(email):
        raise InvalidInput(general=[ACCOUNT_EXISTS])
    _require_strong(wish.password, User(first_name=wish.first_name, last_name=wish.last_name))
    person = _new_account(wish, email)
    addresses.prove(person, email)
    return person


@transaction.atomic
def add_person(
    email: str,
    password: str | None = None,
    *,
    first_name: str = "",
    last_name: str = "",
    verified: bool = False,
    is_admin: bool = False,
) -> User:
    """
    A new account, made by whoever runs the server.

    Without a password, its owner chooses one by "forgot password". An address that is not
    vouched for gets a mail to verify it.

    Raises InvalidInput if the address has an account, or the password is weak.
    """
    email = addresses.normalised(email)
    if EmailAddress.objects.filter(email=email).exists():
        raise InvalidInput({"email": [addresses.in_use(email)]})
    person = User(
        first_name=first_name, last_name=last_name, is_superuser=is_admin, is_staff=is_admin
    )
    if password is not None:
        _require_strong(password, person)
    person.set_password(password)
    person.save()
    EmailAddress.objects.create(user=person, email=email, primary=True, verified=verified)
    name = person.entity_id
    audit.note("account.create", "user", name, by=audit.SERVER, is_admin=is_admin)
    if not verified:
        addresses.ask_for_mail(Notice.Kind.VERIFY_ADDRESS, person, email)
    return person


@transaction.atomic
def add_first(email: str, password: str, *, first_name: str = "", last_name: str = "") -> User:
    """
    The first account of the server, an administrator's, as ``add_person``.

    Raises NotFound as soon as there is anybody: of two who come at once, one is too late.
    """
    # A lock that both want; the row is there from the beginning.
    list(Application.objects.select_for_update().filter(client_id="public"))
    if User.objects.exists():
        raise NotFound
    return add_person(
        email, password, first_name=first_name, last_name=last_name, verified=True, is_admin=True
    )


def setup_code() -> str:
    """
    What says, while there is no account yet, that somebody runs this server.

    Made of the server's secret, so that the shell can print it and any process check it, and
    nothing has to be kept. It is asked for as long as there is nobody, and never again.
    """
    digest = salted_hmac("rosette.setup", "", algorithm="sha256").hexdigest()
    return "-".join(digest[at : at + 4] for at in range(0, 16, 4))


def require_setup_code(code: str) -> None:
    """Raise InvalidInput unless this is the code, and NotFound once there is an account."""
    if User.objects.exists():
        raise NotFound
    if not constant_time_compare(code.strip().lower(), setup_code()):
        raise InvalidInput({"code": [_("This is not the code that the server printed.")]})


@transaction.atomic
def set_password(email: str, password: str) -> User:
    """
    The person who owns or claims the address, with a new password, set by who runs the server.

    Raises InvalidInput if there is nobody, or the password is weak.
    """
    person = find_by_login(email)
    if person is None:
        raise InvalidInput({"email": [f"There is no account with the address '{email}'."]})
    _require_strong(password, person)
    audit.note("password.set", "user", person.entity_id, by=audit.SERVER)
    _set_password(person, password)
    return person


def find(entity_id: str, *, by: Actor) -> User:
    """
    The person of this name, for a colleague at some issuer.

    Raises NotFound for strangers, so that nobody learns who has an account.
    """
    colleague = (
        User.objects.filter(
            entity_id=entity_id,
            is_active=True,
            staff_rows__issuer__deleted_at=None,
            staff_rows__issuer__staff_rows__user_id=by.user_id,
        )
        .distinct()
        .first()
    )
    if colleague is None or not by.is_verified:
        raise NotFound
    return colleague


class Identities(NamedTuple):
    """What a person is known by: every mail address, and the proven web addresses and numbers."""

    addresses: list[EmailAddress]
    urls: list[str]
    telephones: list[str]


def identities(people: Iterable[User]) -> dict[int, Identities]:
    """The identities of each of the people, by row number: two queries, however many they are."""
    found = {person.pk: Identities([], [], []) for person in people}
    for address in EmailAddress.objects.filter(user_id__in=found).order_by("-primary", "pk"):
        found[address.user_id].addresses.append(address)
    for item in Identifier.objects.verified().filter(user_id__in=found).order_by("pk"):
        mine = found[item.user_id]
        (mine.urls if item.kind == Identifier.Kind.URL else mine.telephones).append(item.value)
    return found


class ProfileWish(TypedDict, total=False):
    """
    What a profile is to be; what is not in it stays as it is.

    ``emails`` is the whole list. A new ``password`` wants the ``current_password``.
    """

    first_name: str
    last_name: str
    marketing_opt_in: bool
    agreed_terms_version: int
    password: str
    current_password: str
    emails: Sequence[AddressWish]


def change_profile(person: User, wish: ProfileWish, *, session: str = "") -> User:
    """
    The person's row after the changes; all of them are made or none.

    A new password ends every session of the person but the one of this number.

    Terms are agreed to upwards only, and only those in force; anything else is passed over.

    Raises InvalidInput, about ``current_password``, ``password``, or as ``addresses.replace``;
    and TryLater after wrong passwords.
    """
    if "password" in wish:
        # Outside of the transaction, which would take back that a guess was counted.
        _require_current_password(person, wish.get("current_password", ""))
    return _changed_profile(person, wish, session)


def reset_token(person: User) -> str:
    """
    What lets its bearer choose a new password.

    It ends after three days, and when a password was chosen or the person's own addresses change.
    """
    return f"{int_to_base36(person.pk)}-{_reset_tokens.make_token(person)}"


@transaction.atomic
def forgot_password(email: str) -> None:
    """
    Ask for a mail about a new password.

    Whether there is such an account is looked up by the worker, so that neither the answer nor
    the time that it takes tells.
    """
    audit.note("password.ask", "user", "", by="")
    enqueue("start_password_reset", email=email)


@transaction.atomic
def start_password_reset(email: str) -> None:
    """Mail the link to this address, if it is a verified one; at most once in five minutes."""
    owned = addresses.owned(addresses.normalised(email))
    if owned:
        _start_reset(owned)


@transaction.atomic
def reset_password(token: str, password: str) -> User:
    """
    The person whose mailed token this is, with the new password.

    Whoever forgot it may have lost it to somebody, so every token of the account ends.

    Raises NotFound for a token that is wrong, used or too old, and InvalidInput for a weak
    password.
    """
    person = require_reset_token(token)
    _require_strong(password, person)
    _note("password.set", person, forgotten=True)
    _set_password(person, password)
    _end_tokens(person)
    limits.forget("login", *(address.email for address in person.addresses()))
    return person


def require_reset_token(token: str) -> User:
    """The person whose password the token may set now. Raises NotFound."""
    number, _, key = token.partition("-")
    try:
        person = User.objects.filter(pk=base36_to_int(number), is_active=True).first()
    except ValueError as error:
        raise NotFound from error
    if person is None or not _reset_tokens.check_token(person, key):
        raise NotFound
    return person


@transaction.atomic
def _changed_profile(person: User, wish: ProfileWish, session: str) -> User:
    person = User.objects.select_for_update().get(pk=person.pk)
    facts = _facts(person)
    if "password" in wish:
        _require_strong(wish["password"], person)
        _note("password.set", person)
        _set_password(person, wish["password"], session=session)
    if "emails" in wish:
        addresses.replace(person, wish["emails"])
    person.first_name = wish.get("first_name", person.first_name)
    person.last_name = wish.get("last_name", person.last_name)
    person.marketing_opt_in = wish.get("marketing_opt_in", person.marketing_opt_in)
    person.save()
    _note("account.change", person, changed=audit.changed(facts, _facts(person)))
    terms.agree(person, wish.get("agreed_terms_version", 0))
    return person


def _note(action: audit.Action, person: User, /, **said: Any) -> None:
    audit.note(action, "user", person.entity_id, by=person.entity_id, **said)


def _facts(person: User) -> dict[str, Any]:
    """What can be changed of a profile, as the audit log compares it."""
    names = ("first_name", "last_name", "marketing_opt_in")
    return {name: getattr(person, name) for name in names}


def _require_strong(password: str, person: User) -> None:
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise InvalidInput({"password": error.messages}) from error


def _require_current_password(person: User, current: str) -> None:
    if not current:
        raise InvalidInput({"current_password": [_("Field is required")]})
    attempt = limits.attempt("password change", name=person.entity_id)
    if not person.check_password(current):
        attempt.failed()
        audit.note("password.refuse", "user", person.entity_id, by=person.entity_id)
        raise InvalidInput({"current_password": [_("Incorrect password")]})
    attempt.succeeded()


def _set_password(person: User, password: str, *, session: str = "") -> None:
    person.set_password(password)
    person.save(update_fields=["password", "updated_at"])
    devices.end_all(person, but=session)
    addresses.tell(Notice.Kind.PASSWORD_CHANGED, person)


def _end_tokens(person: User) -> None:
    """Whoever acts in the person's name has to sign in anew, with the password of now."""
    for model in (RefreshToken, AccessToken, Grant, LegacyToken):
        model._default_manager.filter(user=person).delete()


def _new_account(wish: SignUp, email: str) -> User:
    """The account, with the address claimed by it and by nobody else."""
    person = _claimed_without_password(email) or User()
    person.first_name = wish.first_name
    person.last_name = wish.last_name
    person.marketing_opt_in = wish.marketing_opt_in
    person.set_password(wish.password)
    person.save()
    terms.agree(person, terms.latest_version())
    addresses.give_way(email, to=person)
    if not EmailAddress.objects.filter(user=person, email=email).exists():
        EmailAddress.objects.create(user=person, email=email, primary=True)
    _note("account.create", person)
    return person


def _claimed_without_password(email: str) -> User | None:
    """An account that was made for this address by others, whose owner has not come yet."""
    for claim in EmailAddress.objects.filter(email=email, verified=False).select_related("user"):
        person: User = claim.user
        is_vacant = person.is_active and not person.has_usable_password()
        # Whoever signs in to it at a provider is somebody, and would be let in later as well.
        is_somebodys = SocialAccount.objects.filter(user=person).exists()
        if is_vacant and not (person.is_superuser or person.verified_identities() or is_somebodys):
            return person
    return None


def _start_reset(owned: EmailAddress) -> None:
    if owned.user.is_active:
        audit.note("password.ask", "user", owned.user.entity_id, by="")
        addresses.ask_for_mail_unless_recent(Notice.Kind.RESET_PASSWORD, owned.user, owned.email)
