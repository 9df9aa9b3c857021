"""
Noting a change in the audit log, in the transaction of the change.

Every writing operation calls ``note`` (or hands ``entry`` to the statement of its change). No mail
address, name of a person, secret or free text goes into an entry: entity ids, names of fields, and
facts that are public anyway.

Of each entry stands beside it what only this server can make of it (``mac``): 4 bytes that name
the master key, 16 of a MAC of the content, and 8 of a MAC of that and the address, apart, so that
an address can be erased later without spoiling the rest.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Literal, get_args

import orjson
from django.utils import timezone

from rosette import occasions
from rosette.models import AuditEntry
from rosette.models.audit import Entry, add_entries, add_entry, content_of
from rosette.sealing import Sealer, kept_sealer

Action = Literal[
    "account.activate",
    "account.administrator",
    "account.ask",
    "account.change",
    "account.create",
    "account.deactivate",
    "account.delete",
    "account.export",
    "address.add",
    "address.ask",
    "address.change",
    "address.primary",
    "address.remove",
    "address.verify",
    "api-key.create",
    "api-key.end",
    "application.create",
    "audit.prune",
    "award.accept",
    "award.amend",
    "award.create",
    "award.forget",
    "award.import",
    "award.offer",
    "award.recheck",
    "award.reinstate",
    "award.reject",
    "award.replace",
    "award.resend",
    "award.revoke",
    "award.share",
    "award.show",
    "award.suspend",
    "award.take",
    "award.wallet",
    "badgeclass.archive",
    "badgeclass.change",
    "badgeclass.create",
    "badgeclass.remove",
    "badgeclass.unarchive",
    "claim-link.change",
    "claim-link.create",
    "claim-link.end",
    "claim-link.open",
    "claim.ask",
    "claim.decline",
    "claim.prove",
    "collection.change",
    "collection.create",
    "collection.remove",
    "collection.share",
    "consent.create",
    "consent.end",
    "device.end",
    "domain.lose",
    "domain.prove",
    "endorsement.ask",
    "endorsement.decline",
    "endorsement.give",
    "endorsement.remove",
    "endorsement.show",
    "endorsement.withdraw",
    "identifier.add",
    "identifier.ask",
    "identifier.remove",
    "identifier.verify",
    "invitation.accept",
    "invitation.create",
    "invitation.expire",
    "invitation.resend",
    "invitation.withdraw",
    "issuer.change",
    "issuer.create",
    "issuer.empty",
    "issuer.remove",
    "job.begin",
    "job.cancel",
    "job.end",
    "job.retry",
    "job.undo",
    "key.create",
    "key.rotate",
    "mail.choose",
    "mail.resubscribe",
    "mail.retry",
    "mail.test",
    "mail.unsubscribe",
    "passkey.add",
    "passkey.remove",
    "pathway.change",
    "pathway.create",
    "pathway.publish",
    "pathway.remove",
    "password.ask",
    "password.refuse",
    "password.set",
    "provider.connect",
    "provider.disconnect",
    "receipt.create",
    "second-step.codes",
    "second-step.off",
    "second-step.on",
    "sign-in.accept",
    "sign-in.end",
    "sign-in.refuse",
    "site.demo",
    "site.move",
    "site.restore",
    "staff.add",
    "staff.change",
    "staff.remove",
    "terms.agree",
    "terms.change",
    "token.create",
    "token.end",
    "token.refuse",
    "webhook.change",
    "webhook.create",
    "webhook.disable",
    "webhook.ping",
    "webhook.remove",
    "webhook.replay",
    "webhook.rotate",
]
"""What may be done to what; ``ask``: for a mail or message that lets somebody do more."""

ACTIONS: Final[tuple[str, ...]] = get_args(Action)

Kind = Literal[
    "application", "assertion", "audit", "badgeclass", "claim-link", "collection", "endorsement",
    "identifier", "issuer", "job", "key", "pathway", "receipt", "server", "user", "webhook", "",
]  # fmt: skip

OPERATOR: Final = "operator"
"""The actor of what is done at the shell."""
SERVER: Final = "server"
"""The actor of what nobody asked for."""
_ADDRESS_MAX_LENGTH: Final = 64
_LABEL_BYTES: Final = 4
_CONTENT_BYTES: Final = 16
_ADDRESS_BYTES: Final = 8
MAC_BYTES: Final = _LABEL_BYTES + _CONTENT_BYTES + _ADDRESS_BYTES


def note(
    action: Action,
    kind: Kind,
    name: str,
    /,
    *,
    by: str,
    issuer: str = "",
    at: datetime | None = None,
    sealer: Sealer | None = None,
    **details: Any,
) -> None:
    """
    Note what ``by`` (an entity id, ``SERVER``, or empty for somebody unknown) did to ``name``.

    ``issuer``: of the issuer that it concerns. ``details``: JSON values. At the shell the actor is
    the operator, and ``as`` in the details says in whose name. ``sealer``: another than that in
    force.
    """
    new = entry(action, kind, name, by=by, issuer=issuer, at=at, details=details, sealer=sealer)
    add_entry(new)


def entry(
    action: Action,
    kind: Kind,
    name: str,
    *,
    by: str,
    issuer: str = "",
    at: datetime | None = None,
    details: Mapping[str, Any] | None = None,
    sealer: Sealer | None = None,
) -> Entry:
    """What ``note`` would write, for statements that write more than that."""
    occasion = occasions.now()
    said = dict(details) if details else {}
    if occasion.kind == "command":
        if by and by != SERVER:
            said["as"] = by
        by = OPERATOR
    fields = (
        at or timezone.now(),
        action,
        by,
        occasion.application,
        kind,
        name,
        issuer,
        address := occasion.address[:_ADDRESS_MAX_LENGTH],  # a header may say anything
        occasion.id,
        orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode() if said else "{}",
    )
    return Entry(*fields, _mac(content_of(fields), address, sealer or kept_sealer()))


def note_mine(
    action: Action, kind: Kind, name: str, /, *, issuer: str = "", **details: Any
) -> None:
    """Note what the person who was let in did to what is theirs."""
    note(action, kind, name, by=occasions.now().person, issuer=issuer, **details)


def note_all(entries: Iterable[Entry]) -> None:
    """Note many changes, in one statement for a thousand."""
    add_entries(list(entries))


def digest(names: Iterable[str]) -> str:
    """What an entry says of very many things: SHA-256 in hex over their sorted names."""
    return sha256("\n".join(sorted(names)).encode()).hexdigest()


def is_genuine(found: Entry, sealer: Sealer) -> bool | None:
    """
    Whether this server wrote the entry as it is; None if it did so with another master key.

    An address that was erased is nothing to be wondered at, one that was changed is.
    """
    if found.mac[:_LABEL_BYTES] != _label(sealer):
        return None
    expected = _mac(found.content(), found.address, sealer)
    without_address = _LABEL_BYTES + _CONTENT_BYTES
    return found.mac == expected or (
        not found.address
        and len(found.mac) == MAC_BYTES
        and found.mac[:without_address] == expected[:without_address]
    )


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Names of what differs, in order."""
    return sorted(name for name in after if before.get(name) != after[name])


def compared(
    before: Mapping[str, Any], after: Mapping[str, Any], *, shown: Collection[str]
) -> dict[str, Any]:
    """
    The names of what differs, as ``changed``; and of what is ``shown`` the values before and after.

    What is shown is public and short; of all else the name is told and nothing more.
    """
    names = changed(before, after)
    said: dict[str, Any] = {"changed": names}
    told = [name for name in names if name in shown]
    if told:
        said["before"] = {name: before.get(name) for name in told}
        said["after"] = {name: after[name] for name in told}
    return said


def forget_addresses(person: str) -> None:
    """Erase where from the person acted, and where from their account was tried."""
    theirs = AuditEntry.objects.filter(actor=person) | AuditEntry.objects.filter(name=person)
    theirs.exclude(address="").update(address="")


def _mac(content: bytes, address: str, sealer: Sealer) -> bytes:
    of_content = sealer.mac(content)[:_CONTENT_BYTES]
    of_address = sealer.mac(of_content + address.encode())[:_ADDRESS_BYTES]
    return _label(sealer) + of_content + of_address


def _label(sealer: Sealer) -> bytes:
    return bytes.fromhex(sealer.label)[:_LABEL_BYTES]
