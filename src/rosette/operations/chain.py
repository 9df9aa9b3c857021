"""
Sealing the audit log, and finding out whether somebody has been at it.

Entries are sealed in the order of their row numbers, a thousand to the block. A row number is
drawn before its transaction ends; so the sealer reads how far they have been drawn, waits for
those transactions that were under way then, and only then reads: no entry comes in later below.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

import orjson
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from rosette.models import AuditBlock, AuditEntry
from rosette.models.audit import (
    Numbered,
    entries_between,
    entries_where,
    in_steps,
    newest_entry,
    packed_marks,
    under_way,
)
from rosette.operations import audit
from rosette.sealing import Sealer, sealer

log = logging.getLogger(__name__)

_PER_BLOCK: Final = 1000
_WAIT_SECONDS: Final = 5.0
_IDLE_SECONDS: Final = 1.0
_FINDINGS_MAX: Final = 100


@dataclass
class Report:
    """
    What became of the log.

    ``head``: the digest of the last block, to be kept elsewhere. ``waiting``: entries that are not
    sealed yet. ``unchecked``: entries of another master key, of which only the chain says that they
    are unchanged. ``findings``: what is wrong, in words; the first hundred.
    """

    blocks: int = 0
    entries: int = 0
    waiting: int = 0
    unchecked: int = 0
    head: str = ""
    findings: list[str] = field(default_factory=list)

    def find(self, what: str) -> None:
        """Take it down."""
        if len(self.findings) < _FINDINGS_MAX:
            self.findings.append(what)


def seal(*, wait_seconds: float = _WAIT_SECONDS) -> int:
    """
    Seal what can be sealed; how many blocks were made.

    None, where a transaction that may have entries goes on for longer than ``wait_seconds``. Not
    to be called within a transaction, which would see no other one end.
    """
    last = newest_entry()
    if not _settled(wait_seconds):
        return 0
    made = 0
    while True:
        try:
            block = _sealed(last)
        except IntegrityError:  # somebody else seals, too
            return made
        if block is None:
            return made
        made += 1
        # Whoever keeps the logs elsewhere has the heads there as well.
        log.info("audit log sealed up to block %d: %s", block.number, block.digest)


def verify(*, expect: str = "") -> Report:
    """
    The whole chain, computed anew.

    ``expect``: a head that was kept elsewhere; it has to be that of some block.
    """
    report, before = Report(), None
    with _one_moment():
        seals = sealer()
        pruned_through = _pruned_through(seals)
        is_known = not expect
        for block in AuditBlock.objects.order_by("number").iterator(chunk_size=20):
            _check_link(report, block, before, seals)
            _check_entries(report, block, before, seals, pruned_through)
            is_known = is_known or compare_digest(block.digest, expect)
            report.blocks, report.head, before = report.blocks + 1, block.digest, block
        last = before.last_entry if before else 0
        for item in in_steps(last, 2**63 - 1):
            report.waiting += 1
            _check_mac(report, item, seals)
    if not is_known:
        report.find(f"no block has the head {expect}: the end of the log was cut off or rewritten")
    return report


def head() -> AuditBlock | None:
    """The last block, if there is one."""
    return AuditBlock.objects.order_by("-number").first()


def prune(*, before: datetime) -> int:
    """
    Throw away the entries of blocks that are older; the blocks stay, and with them the chain.

    How many were thrown away. It is noted first, for unnoted it would be what an attacker does.
    """
    old = AuditBlock.objects.filter(pruned_at=None, last_at__lt=before).order_by("number")
    blocks = list(old.values_list("number", "last_entry", "count"))
    if not blocks:
        return 0
    audit.note("audit.prune", "audit", "", by=audit.SERVER, through=blocks[-1][0])
    for number, last, _ in blocks:
        with transaction.atomic():
            AuditBlock.objects.filter(pk=number).update(pruned_at=timezone.now())
            AuditEntry.objects.filter(pk__gt=_first(number), pk__lte=last).delete()
    return sum(count for _, _, count in blocks)


def erase_addresses(*, before: datetime) -> None:
    """Erase where from things were done, in sealed entries that are older."""
    old = AuditBlock.objects.filter(erased_at=None, pruned_at=None, last_at__lt=before)
    for number, last in list(old.order_by("number").values_list("number", "last_entry")):
        with transaction.atomic():
            entries = AuditEntry.objects.filter(pk__gt=_first(number), pk__lte=last)
            entries.exclude(address="").update(address="")
            AuditBlock.objects.filter(pk=number).update(erased_at=timezone.now())


def tidy(*, keep: timedelta | None, keep_addresses: timedelta | None) -> None:
    """Throw away what is older than that; None keeps it for ever."""
    now = timezone.now()
    if keep_addresses is not None:
        erase_addresses(before=now - keep_addresses)
    if keep is not None:
        prune(before=now - keep)


def _settled(wait_seconds: float) -> bool:
    """Wait for the transactions that are under way; whether they ended."""
    begun = time.monotonic()
    pending = set(under_way())
    while pending:
        waited = time.monotonic() - begun
        if waited > wait_seconds:
            return False
        time.sleep(0.02)
        # One that has written nothing for a second, such as a backup's, has drawn no number.
        pending &= {key for key, writes in under_way().items() if writes or waited < _IDLE_SECONDS}
    return True


def _first(number: int) -> int:
    """The row number after which the entries of the block with this number begin."""
    before = AuditBlock.objects.filter(number=number - 1).values_list("last_entry", flat=True)
    return before.first() or 0


@contextmanager
def _one_moment() -> Iterator[None]:
    """Whatever is read within is of the same moment."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@transaction.atomic
def _sealed(last: int) -> AuditBlock | None:
    """The next block, up to ``last`` at most; None if there is nothing to seal."""
    before = AuditBlock.objects.select_for_update().order_by("-number").first()
    found = entries_between(before.last_entry if before else 0, last, limit=_PER_BLOCK)
    if not found:
        return None
    seals = sealer()
    block = AuditBlock(
        number=before.number + 1 if before else 1,
        last_entry=found[-1].number,
        last_at=max(item.entry.at for item in found),
        count=len(found),
        marks=packed_marks(found),
        previous=before.digest if before else "",
        label=seals.label,
        sealed_at=timezone.now(),
    )
    block.digest = block.expected_digest()
    block.mac = seals.mac(block.digest.encode()).hex()
    block.save(force_insert=True)
    return block


def _check_link(
    report: Report, block: AuditBlock, before: AuditBlock | None, seals: Sealer
) -> None:
    number = before.number + 1 if before else 1
    if block.number != number:
        report.find(f"block {number} is missing")
    elif block.previous != (before.digest if before else ""):
        report.find(f"block {block.number} does not follow from the one before it")
    if block.digest != block.expected_digest():
        report.find(f"block {block.number} was changed")
    if block.label == seals.label:
        mac = seals.mac(block.digest.encode()).hex()
        if not compare_digest(mac, block.mac):
            report.find(f"block {block.number} was not sealed by this server")


def _check_entries(
    report: Report,
    block: AuditBlock,
    before: AuditBlock | None,
    seals: Sealer,
    pruned_through: int,
) -> None:
    marked = block.marked()
    if block.pruned_at is not None:
        if block.number > pruned_through:
            report.find(f"block {block.number} was emptied by somebody else")
        return
    for item in in_steps(before.last_entry if before else 0, block.last_entry):
        mark = marked.pop(item.number, None)
        report.entries += 1
        if mark is None:
            report.find(f"entry {item.number} was added afterwards ({_shown(item)})")
        elif mark != item.mark():
            report.find(f"entry {item.number} was changed ({_shown(item)})")
        else:
            _check_mac(report, item, seals)
    for number in marked:
        report.find(f"entry {number} is missing from block {block.number}")


def _check_mac(report: Report, item: Numbered, seals: Sealer) -> None:
    is_genuine = audit.is_genuine(item.entry, seals)
    if is_genuine is None:
        report.unchecked += 1
    elif not is_genuine:
        report.find(f"entry {item.number} was not written by this server ({_shown(item)})")


def _shown(item: Numbered) -> str:
    return f"{item.entry.action} at {item.entry.at:%Y-%m-%d %H:%M:%S}"


def _pruned_through(seals: Sealer) -> int:
    """Up to which block entries were thrown away for their age, as this server noted it."""
    for item in entries_where("action = %s", ["audit.prune"], limit=10):
        if audit.is_genuine(item.entry, seals) is not False:
            return int(orjson.loads(item.entry.details)["through"])
    return 0
