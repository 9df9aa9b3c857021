"""Addresses that want no more mails about awards: by a link in one of these, from anybody."""

from typing import Final

from django.core import signing
from django.db import transaction
from django.utils.crypto import salted_hmac

from rosette.errors import NotFound
from rosette.models import Notice, Unsubscribed, User
from rosette.operations import addresses, audit

_SALT: Final = "rosette.unsubscribe"


def unsubscribe_token(notice: Notice) -> str:
    """What the links in a notice carry: it names the notice, not the address, and never ends."""
    return signing.Signer(salt=_SALT).sign(str(notice.pk))


def require_unsubscribe_token(token: str) -> Notice:
    """The notice that the token is about. Raises NotFound."""
    try:
        number = int(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    notice = Notice.objects.filter(pk=number).first()
    if notice is None:
        raise NotFound
    return notice


@transaction.atomic
def unsubscribe(token: str) -> Notice:
    """
    Send no more award notices to the address of this one, which is returned. Raises NotFound.

    The link of a mail of a sandbox does nothing: whoever has it does not own the address.
    """
    notice = require_unsubscribe_token(token)
    if notice.state == Notice.State.CAPTURED:
        return notice
    Unsubscribed.objects.get_or_create(address_checksum=_checksum(notice.to))
    audit.note("mail.unsubscribe", "server", "", by="")
    return notice


@transaction.atomic
def resubscribe(person: User, email: str) -> None:
    """Send award notices to this address again. Raises NotFound if it is not proven theirs."""
    mine = [item.email for item in person.addresses() if item.verified]
    if email not in mine:
        raise NotFound
    Unsubscribed.objects.filter(address_checksum=_checksum(email)).delete()
    audit.note("mail.resubscribe", "user", person.entity_id, by=person.entity_id)


def unsubscribed_of(person: User) -> list[str]:
    """The person's proven addresses that want no award notices."""
    found = {_checksum(item.email): item.email for item in person.addresses() if item.verified}
    rows = Unsubscribed.objects.filter(address_checksum__in=found)
    return [found[checksum] for checksum in rows.values_list("address_checksum", flat=True)]


def is_unsubscribed(email: str) -> bool:
    """Whether the address wants no award notices."""
    return Unsubscribed.objects.filter(address_checksum=_checksum(email)).exists()


def _checksum(email: str) -> str:
    """Made with the server's secret, because nobody needs long to try all addresses there are."""
    address = addresses.normalised(email)
    return salted_hmac(_SALT, address, algorithm="sha256").hexdigest()
