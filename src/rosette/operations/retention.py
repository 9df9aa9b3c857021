"""
Forgetting who earned what: old awards lose the address of their recipient, and stay.

In place of the address stands what documents have shown of it all along, its salted hash. So a
badge that its holder kept verifies as before for whoever says the address; nobody here knows it.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from rosette.models import Assertion, ClaimRequest, EmailAddress, Notice, PathwayCompletion
from rosette.models.base import rows, stored_moment
from rosette.openbadges.recipient import hashed
from rosette.operations import audit
from rosette.operations.recipients import PROFILE

AT_ONCE: Final = 500

# The whole table is looked through, once a day, rather than every award filling one more index.
# The recipients who have an account are asked for by the indexes of their identities.
_NOBODY_HERE: Final = """
    a.recipient_identity NOT LIKE 'sha256$%%'
    AND NOT EXISTS (SELECT 1 FROM account_emailaddress e WHERE e.email = a.recipient_identity
        AND e.verified AND a.recipient_kind = 'email')
    AND NOT EXISTS (SELECT 1 FROM rosette_identifier p WHERE p.value = a.recipient_identity
        AND p.kind = a.recipient_kind AND p.verified_at IS NOT NULL)
"""
_AWARDS: Final = f"""
    SELECT a.id FROM rosette_assertion a
    WHERE a.created_at < %s AND a.issued_on < %s AND a.id > %s AND a.source_url IS NULL
    AND {_NOBODY_HERE} ORDER BY a.id LIMIT %s
"""
_COMPLETIONS: Final = f"""
    SELECT a.id FROM rosette_pathwaycompletion a
    WHERE a.completed_at < %s AND {_NOBODY_HERE} ORDER BY a.id LIMIT %s
"""


def anonymise(*, before: datetime) -> int:
    """
    Take the recipient out of each award that was made and dated before; how many there were.

    The identity gives way to its hash, a name to nothing, and the mails and requests that led to
    the award go; pathways that were completed before are treated alike. Who has an account here
    keeps their awards, until they end it. Imported awards are their importers'.
    """
    moment = stored_moment(before)
    done, last = 0, 0
    while found := _numbers(_AWARDS, moment, moment, last):
        done += _anonymised(found)
        last = found[-1]
    while found := _numbers(_COMPLETIONS, moment):
        _anonymise_completions(found)
    here = EmailAddress.objects.filter(verified=True).values_list("email", flat=True)
    ClaimRequest.objects.filter(updated_at__lt=before).exclude(email__in=here).delete()
    return done


def _numbers(sql: str, *parameters: Any) -> list[int]:
    return [number for (number,) in rows(sql, [*parameters, AT_ONCE])]


@transaction.atomic
def _anonymise_completions(numbers: Sequence[int]) -> None:
    """No document shows them, so that any salt will do."""
    found = list(PathwayCompletion.objects.select_for_update().filter(pk__in=numbers))
    for row in found:
        row.recipient_identity = hashed(row.recipient_identity, secrets.token_hex(16))
    PathwayCompletion.objects.bulk_update(found, ["recipient_identity"])


@transaction.atomic
def _anonymised(numbers: Sequence[int]) -> int:
    now = timezone.now()
    found = list(Assertion.objects.select_for_update().filter(pk__in=numbers).order_by("pk"))
    for award in found:
        if not award.recipient_hashed:
            award.amended_at = now  # the documents change
        award.recipient_identity = hashed(award.recipient_identity, award.salt)
        award.recipient_hashed = True
        award.extensions.pop(PROFILE, None)
        award.updated_at = now
    changed = (
        *("recipient_identity", "recipient_hashed", "extensions", "amended_at", "updated_at"),
    )
    Assertion.objects.bulk_update(found, changed)
    Notice.objects.filter(assertion__in=found).delete()
    ClaimRequest.objects.filter(assertion__in=found).delete()
    names = [award.entity_id for award in found]
    audit.note(
        "award.forget",
        "server",
        "",
        by=audit.SERVER,
        count=len(names),
        digest=audit.digest(names),
    )
    return len(found)
