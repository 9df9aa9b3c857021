"""
The people of the server, for those who run it.

Everything here is for administrators, and says NotPermitted to everybody else. The last of them
stays one: nobody could let anybody in again.
"""

from collections.abc import Sequence
from typing import Final, Literal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop as _

from rosette.errors import NotFound, NotPermitted, StillInUse
from rosette.models import EmailAddress, User
from rosette.operations import addresses, audit, devices, second_steps

Kind = Literal["", "administrators", "inactive", "unverified"]
KINDS: Final[tuple[Kind, ...]] = ("", "administrators", "inactive", "unverified")
_LAST: Final = _("This is the only administrator. Make another one first.")
_ONESELF: Final = _("You cannot do this to your own account.")


def page_of(
    wanted: str, kind: Kind, *, by: User, before: int | None = None, limit: int = 50
) -> list[User]:
    """
    People whose name or address has the text in it, the newest first.

    ``before`` is the row number of the last one on the page before.
    """
    _require(by)
    found = User.objects.all()
    for word in wanted.replace("\0", "").split():
        address = EmailAddress.objects.filter(
            user=OuterRef("pk"), email__contains=addresses.normalised(word)
        )
        names = Q(first_name__icontains=word) | Q(last_name__icontains=word)
        found = found.filter(names | Q(Exists(address)) | Q(entity_id=word))
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    match kind:
        case "administrators":
            found = found.filter(is_superuser=True)
        case "inactive":
            found = found.filter(is_active=False)
        case "unverified":
            found = found.filter(~Exists(verified))
        case _:
            pass
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


def find(entity_id: str, *, by: User) -> User:
    """The person of this name. Raises NotFound."""
    _require(by)
    person = User.objects.filter(entity_id=entity_id).first()
    if person is None:
        raise NotFound
    return person


@transaction.atomic
def deactivate(person: User, *, by: User) -> None:
    """Switch the account off: nobody signs in to it, and no token or session of it opens anything.

    What it has stays as it is. Raises StillInUse for oneself.
    """
    _require_other(person, by)
    _require_another_administrator(person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    audit.note("account.deactivate", "user", person.entity_id, by=by.entity_id)
    devices.end_all(person)


@transaction.atomic
def activate(person: User, *, by: User) -> None:
    """Switch the account on again."""
    _require(by)
    User.objects.filter(pk=person.pk).update(is_active=True)
    audit.note("account.activate", "user", person.entity_id, by=by.entity_id)


@transaction.atomic
def set_administrator(person: User, wanted: bool, *, by: User) -> None:
    """Let the person run the server, or no longer. Raises StillInUse for oneself."""
    _require_other(person, by)
    if not wanted:
        _require_another_administrator(person)
    User.objects.filter(pk=person.pk).update(is_superuser=wanted, is_staff=wanted)
    name = person.entity_id
    audit.note("account.administrator", "user", name, by=by.entity_id, is_admin=wanted)


def end_sessions(person: User, *, by: User) -> int:
    """Sign the person out of all pages; out of how many."""
    _require(by)
    return devices.end_all(person, by=by)


def turn_off_second_step(person: User, *, by: User) -> None:
    """Let the person in by password again, who lost what makes their codes. Raises NotFound."""
    _require_other(person, by)
    second_steps.turn_off(person, by=by.entity_id)


def administrators() -> Sequence[User]:
    """Those who run the server."""
    return list(User.objects.filter(is_superuser=True, is_active=True).order_by("pk"))


def _require(by: User) -> None:
    if not (by.is_superuser and by.is_active):
        raise NotPermitted


def _require_other(person: User, by: User) -> None:
    _require(by)
    if person.pk == by.pk:
        raise StillInUse(_ONESELF)


def _require_another_administrator(person: User) -> None:
    # Locked, in one order, so that of two who dismiss each other one is too late.
    rows = User.objects.select_for_update().filter(is_superuser=True, is_active=True)
    numbers = [row.pk for row in rows.order_by("pk")]
    if numbers == [person.pk]:
        raise StillInUse(_LAST)
