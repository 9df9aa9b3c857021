"""
Passkeys: signing in by what a device keeps, with the finger or the PIN that opens it.

The protocol (Web Authentication, Level 2) is fido2's, the rows are allauth's. Only passkeys that
the device finds by itself, and that it gives to nobody but its person, are made here; so one is
two steps in one. What a ceremony needs between its two halves is handed to the caller, who keeps it
in the session.
"""

import struct
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidSignature
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from rosette.errors import InvalidInput, NotFound
from rosette.models import Authenticator, Notice, User
from rosette.operations import addresses, audit

MOST: Final = 20
NAME_MAX_LENGTH: Final = 60
_ANSWER_MAX_LENGTH: Final = 20_000
_TYPE: Final = Authenticator.Type.WEBAUTHN
_REQUIRED: Final = UserVerificationRequirement.REQUIRED
_NOT_MADE: Final = _("The passkey could not be made. Please try again.")
_UNKNOWN: Final = _("This passkey opens no account here.")
# What comes from a device, or from whoever plays one, can be wrong in every way.
_MALFORMED: Final = (
    *(ValueError, TypeError, KeyError, AttributeError, IndexError),
    *(InvalidSignature, struct.error),
)

Options = Mapping[str, Any]
State = Mapping[str, Any]


def begin_making(person: User) -> tuple[Options, State]:
    """What the device is asked for a new passkey, and what ``make`` wants back."""
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(
            # A random name, for the device keeps it in the clear.
            id=person.entity_id.encode(),
            name=_label(person),
            display_name=person.name or _label(person),
        ),
        credentials=[known for _, known in _credentials(person)],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=_REQUIRED,
    )
    return dict(options), state


@transaction.atomic
def make(person: User, name: str, answer: str, *, state: State | None) -> Authenticator:
    """
    Keep the passkey that the device made; ``answer`` is what it said, as JSON.

    Raises InvalidInput.
    """
    User.objects.select_for_update().get(pk=person.pk)
    said = _read(answer, _NOT_MADE)
    if state is None:
        raise InvalidInput(general=[_NOT_MADE])
    if len(of_person(person)) >= MOST:
        raise InvalidInput(
            general=[gettext("At most %(count)s passkeys can be kept.") % {"count": MOST}]
        )
    try:
        RegistrationResponse.from_dict(said)
        made = _server().register_complete(state, said)
    except _MALFORMED as error:
        raise InvalidInput(general=[_NOT_MADE]) from error
    fresh = made.credential_data
    if fresh is None or any(
        known.credential_id == fresh.credential_id for _, known in _credentials(person)
    ):
        raise InvalidInput(general=[_NOT_MADE])
    row: Authenticator = Authenticator.objects.create(
        user=person,
        type=_TYPE,
        data={"name": name[:NAME_MAX_LENGTH], "credential": said},
    )
    audit.note("passkey.add", "user", person.entity_id, by=person.entity_id, number=row.pk)
    addresses.tell(Notice.Kind.PASSKEY_ADDED, person)
    return row


def begin_signing_in() -> tuple[Options, State]:
    """What any device is asked, and what ``owner`` wants back."""
    options, state = _server().authenticate_begin(user_verification=_REQUIRED)
    return dict(options), state


def owner(answer: str, *, state: State | None) -> User:
    """Whose passkey answered; from now on it is known to be in use. Raises InvalidInput."""
    try:
        return _signed_in(answer, state)
    except InvalidInput:
        audit.note("sign-in.refuse", "user", "", by="", step="passkey")
        raise


@transaction.atomic
def _signed_in(answer: str, state: State | None) -> User:
    said = _read(answer, _UNKNOWN)
    if state is None:
        raise InvalidInput(general=[_UNKNOWN])
    try:
        response = AuthenticationResponse.from_dict(said)
        handle = (response.response.user_handle or b"").decode()
        person = User.objects.filter(entity_id=handle, is_active=True).first()
        if person is None:
            raise InvalidInput(general=[_UNKNOWN])
        known = _credentials(person)
        found = _server().authenticate_complete(state, [item for _, item in known], said)
    except _MALFORMED as error:
        raise InvalidInput(general=[_UNKNOWN]) from error
    for row, item in known:
        if item.credential_id == found.credential_id:
            row.record_usage()
    name = person.entity_id
    audit.note("sign-in.accept", "user", name, by=name, step="passkey")
    return person


def of_person(person: User) -> list[Authenticator]:
    """The person's passkeys, oldest first."""
    return list(Authenticator.objects.filter(user=person, type=_TYPE).order_by("pk"))


@transaction.atomic
def remove(person: User, number: str) -> None:
    """Let the passkey with this row number open the account no longer. Raises NotFound."""
    is_number = number.isascii() and number.isdigit() and len(number) <= 18
    mine = Authenticator.objects.filter(user=person, type=_TYPE)
    gone, _ = mine.filter(pk=int(number)).delete() if is_number else (0, {})
    if not gone:
        raise NotFound
    audit.note("passkey.remove", "user", person.entity_id, by=person.entity_id, number=int(number))
    addresses.tell(Notice.Kind.PASSKEY_REMOVED, person)


def _server() -> Fido2Server:
    return Fido2Server(
        PublicKeyCredentialRpEntity(
            id=urlsplit(settings.ROSETTE.origin).hostname, name=settings.ROSETTE.site_name
        ),
        verify_origin=lambda origin: origin == settings.ROSETTE.origin,
    )


def _credentials(person: User) -> list[tuple[Authenticator, AttestedCredentialData]]:
    return [(row, row.wrap().authenticator_data.credential_data) for row in of_person(person)]


def _read(answer: str, trouble: str) -> dict[str, Any]:
    try:
        said = orjson.loads(answer if len(answer) <= _ANSWER_MAX_LENGTH else "")
    except orjson.JSONDecodeError as error:
        raise InvalidInput(general=[trouble]) from error
    if not isinstance(said, dict):
        raise InvalidInput(general=[trouble])
    return said


def _label(person: User) -> str:
    known = person.addresses()
    return known[0].email if known else person.name or person.username
