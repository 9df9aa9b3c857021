"""
The second step of signing in: a code that an app of the person's makes, or one of their list.

The arithmetic (RFC 6238) and the rows are allauth's. What they rest on is sealed by the master
key. A person has two-step sign-in exactly if there is a row of the app; from then on a password
alone opens nothing, on no entrance (``require_none``). A passkey is two steps in one, and stands in
``operations/passkeys.py``.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _

from rosette.errors import InvalidInput, NotFound
from rosette.models import Authenticator, EmailAddress, Notice, User
from rosette.operations import addresses, audit
from rosette.sealing import WrongMasterKey, sealer

REFUSED: Final = (
    "This account has two-step sign-in, so that a password alone makes no token. "
    "Make an API key at {origin}/account/keys instead."
)
_PURPOSE: Final = "second step"
_USED: Final = "used"
_TOTP: Final = Authenticator.Type.TOTP
_CODES: Final = Authenticator.Type.RECOVERY_CODES
_WRONG_CODE: Final = _("The code is wrong. Is the clock of your device right?")
_ON_ALREADY: Final = _("Two-step sign-in is on already.")

log = logging.getLogger(__name__)


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """What allauth asks us: how a secret is kept, and what apps show beside the code."""

    def encrypt(self, text: str) -> str:
        """As it is kept."""
        return sealer().seal(text.encode(), purpose=_PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """As it is used. Raises WrongMasterKey."""
        return sealer().unseal(encrypted_text, purpose=_PURPOSE).decode()

    def get_totp_issuer(self) -> str:
        """The name of the site."""
        name: str = settings.ROSETTE.site_name
        return name

    def get_totp_label(self, user: User) -> str:
        """The address that the person knows their account by."""
        found = EmailAddress.objects.filter(user=user).order_by("-primary", "-verified", "pk")
        known = found.first()
        return known.email if known else user.name or user.username


def is_on(person: User) -> bool:
    """Whether the person's password alone does not let them in."""
    return bool(Authenticator.objects.filter(user=person, type=_TOTP).exists())


def require_none(person: User) -> None:
    """Raise InvalidInput for whoever has to take a second step, which cannot be taken here."""
    if is_on(person):
        raise InvalidInput(general=[REFUSED.format(origin=settings.ROSETTE.origin)])


def new_secret() -> str:
    """What an app would make codes of, sealed."""
    return str(encrypt(totp.generate_totp_secret()))


class Offer:
    """What a person puts into their app: as text, and as an SVG picture to photograph."""

    def __init__(self, person: User, sealed: str) -> None:
        self.secret: str = decrypt(sealed)
        self.address: str = Adapter().build_totp_url(person, self.secret)
        self.picture: str = Adapter().build_totp_svg(self.address)

    @property
    def in_groups(self) -> str:
        """The secret in groups of four, as people type it."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


@transaction.atomic
def turn_on(person: User, sealed: str, code: str) -> list[str]:
    """
    Ask the person for codes from now on; the list of codes for when the app is gone.

    ``code`` shows that the app has the secret. Raises InvalidInput about ``code``.
    """
    secret = decrypt(sealed)
    counter = _counter(secret, code, after=0)
    if counter is None:
        raise InvalidInput({"code": [_WRONG_CODE]})
    try:
        with transaction.atomic():
            row = TOTP.activate(person, secret).instance
    except IntegrityError as error:  # in another window
        raise InvalidInput(general=[_ON_ALREADY]) from error
    row.data[_USED] = counter
    row.save(update_fields=["data"])
    Authenticator.objects.filter(user=person, type=_CODES).delete()
    codes = RecoveryCodes.activate(person).get_unused_codes()
    _note("second-step.on", person)
    addresses.tell(Notice.Kind.TWO_STEP_ON, person)
    return list(codes)


@transaction.atomic
def turn_off(person: User, *, by: str = "") -> None:
    """
    Ask the person for no codes any more. Raises NotFound if nobody does.

    ``by``: as ``audit.note`` takes it, if it is not the person who wants it.
    """
    gone, _ = Authenticator.objects.filter(user=person, type__in=[_TOTP, _CODES]).delete()
    if not gone:
        raise NotFound
    audit.note("second-step.off", "user", person.entity_id, by=by or person.entity_id)
    addresses.tell(Notice.Kind.TWO_STEP_OFF, person)


@transaction.atomic
def new_recovery_codes(person: User) -> list[str]:
    """A new list; the codes of the one before count no longer. Raises NotFound."""
    if not is_on(person):
        raise NotFound
    Authenticator.objects.filter(user=person, type=_CODES).delete()
    codes = RecoveryCodes.activate(person).get_unused_codes()
    _note("second-step.codes", person)
    addresses.tell(Notice.Kind.RECOVERY_CODES, person)
    return list(codes)


def recovery_codes_left(person: User) -> int:
    """How many codes of the list are still good."""
    row = Authenticator.objects.filter(user=person, type=_CODES).first()
    return 0 if row is None else 10 - int(row.data.get("used_mask", 0)).bit_count()


@transaction.atomic
def is_right(person: User, code: str) -> bool:
    """
    Whether this is a code of the person's app or list; each counts once.

    Codes of the app are those of now, half a minute before and after.
    """
    plain = "".join(code.split()).replace("-", "")
    rows = Authenticator.objects.select_for_update().filter(user=person, type__in=[_TOTP, _CODES])
    try:
        is_right = any(_fits(row, plain) for row in rows)
    except WrongMasterKey as error:
        log.error("two-step sign-in of %s: %s", person.entity_id, error)
        is_right = False
    if is_right:
        _note("sign-in.accept", person, step="code")
    else:
        audit.note("sign-in.refuse", "user", person.entity_id, by="", step="code")
    return is_right


def recovery_codes(codes: Sequence[str]) -> str:
    """The list as a text to keep."""
    return "\n".join(codes) + "\n"


def _note(action: audit.Action, person: User, /, **said: Any) -> None:
    audit.note(action, "user", person.entity_id, by=person.entity_id, **said)


def _fits(row: Authenticator, code: str) -> bool:
    if row.type == _CODES:
        fits: bool = row.wrap().validate_code(code)
        if fits:
            row.record_usage()
        return fits
    counter = _counter(decrypt(row.data["secret"]), code, after=row.data.get(_USED, 0))
    if counter is None:
        return False
    # A code that somebody looked at over a shoulder is good no longer (RFC 6238, section 5.2).
    row.data[_USED] = counter
    row.last_used_at = timezone.now()
    row.save(update_fields=["data", "last_used_at"])
    return True


def _counter(secret: str, code: str, *, after: int) -> int | None:
    """Which step of time the code belongs to; None if it is none that counts now."""
    for counter in totp.yield_hotp_counters_from_time():
        expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if counter > after and compare_user_code(actual=code, expected=expected):
            return int(counter)
    return None
