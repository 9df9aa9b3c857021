"""
The outbox: mails that Rosette sends of its own accord, and what became of each.

A notice is added in the transaction of the change that it tells of. What it says is made when
it is sent, of the rows as they are then; so no secret link is ever stored.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.db import models
from django.utils import timezone

from rosette.models.accounts import EmailAddress, User
from rosette.models.assertions import Assertion
from rosette.models.base import on_postgresql, rows, stored_json, stored_moment
from rosette.models.issuers import Role


class Notice(models.Model):
    """
    One mail to one address.

    ``state`` goes from queued to sent, to bounced (the mail server will never take it for that
    address), to failed (given up after the last attempt), to skipped (it is not wanted, or what it
    tells of is gone) or to captured (it is of a sandbox, and lies in its inbox); ``last_error``
    says why. What is held waits to be told in a digest, see ``Held``; it becomes sent with that, or
    whatever else that becomes.
    ``due_at`` is when the next attempt may begin; during an attempt, when that one counts as lost.
    """

    class Kind(models.TextChoices):
        AWARD = "award"
        AWARD_AGAIN = "award_again"
        VERIFY_ADDRESS = "verify_address"
        RESET_PASSWORD = "reset_password"  # noqa: S105 -- the name of a mail
        PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- the name of a mail
        TWO_STEP_ON = "two_step_on"
        TWO_STEP_OFF = "two_step_off"
        RECOVERY_CODES = "recovery_codes"
        PASSKEY_ADDED = "passkey_added"
        PASSKEY_REMOVED = "passkey_removed"
        KEY_ADDED = "key_added"
        TEST = "test"
        WEBHOOK_DISABLED = "webhook_disabled"
        INVITATION = "invitation"
        DOMAIN_LOST = "domain_lost"
        CLAIM_LINK = "claim_link"
        CLAIM_DECLINED = "claim_declined"
        REQUESTS = "requests"
        DIGEST = "digest"

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"
        FAILED = "failed"
        BOUNCED = "bounced"
        SKIPPED = "skipped"
        HELD = "held"
        CAPTURED = "captured"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    to = models.CharField(max_length=768)
    assertion = models.ForeignKey(
        Assertion, null=True, on_delete=models.CASCADE, related_name="notices"
    )
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="notices")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="queued"),
                name="notice_queued",
            ),
        ]


GIVEN_UP: Final = (Notice.State.FAILED, Notice.State.BOUNCED)
"""The states of mails that nobody will get, unless somebody has them tried once more."""


_AWARD_NOTICES = """
    INSERT INTO rosette_notice
        (kind, "to", assertion_id, state, attempts, last_error, created_at, due_at)
    SELECT %s, address, number, 'queued', 0, '', %s, %s FROM ({asked}) AS asked
    RETURNING id
"""
_ADD_ON_POSTGRESQL = _AWARD_NOTICES.format(
    asked="SELECT * FROM unnest(%s::bigint[], %s::text[]) AS pairs(number, address)"
)
_ADD_ON_SQLITE = _AWARD_NOTICES.format(
    asked="SELECT json_extract(value, '$[0]') AS number, json_extract(value, '$[1]') AS address"
    " FROM json_each(%s)"
)


def add_award_notices(
    awards: Sequence[tuple[int, str]], *, at: datetime, kind: Notice.Kind = Notice.Kind.AWARD
) -> list[int]:
    """
    Queue one notice per award, given as (row number of the award, address); their row numbers.

    One statement, however many there are.
    """
    first = [kind.value, *[stored_moment(at)] * 2]
    if on_postgresql():
        numbers, addresses = [award[0] for award in awards], [award[1] for award in awards]
        found = rows(_ADD_ON_POSTGRESQL, [*first, numbers, addresses])
    else:
        found = rows(_ADD_ON_SQLITE, [*first, stored_json(awards)])
    return [number for (number,) in found]


def add_staff_notices(
    kind: Notice.Kind,
    issuer_id: int,
    *,
    roles: Collection[Role] = (Role.OWNER,),
    but_not: Collection[int] = (),
    at: datetime,
) -> list[int]:
    """
    Queue one notice to each person with such a role at the issuer, at their primary address, but
    not to people with these row numbers; the notices' row numbers.

    What it is about, its letter finds by the time, or by a row that names the notice.
    """
    people = EmailAddress.objects.filter(
        verified=True,
        primary=True,
        user__is_active=True,
        user__staff_rows__issuer=issuer_id,
        user__staff_rows__role__in=roles,
    ).exclude(user__in=but_not)
    made = Notice.objects.bulk_create(
        Notice(kind=kind, user_id=person.user_id, to=person.email, created_at=at, due_at=at)
        for person in people
    )
    return [notice.pk for notice in made]


class Held(models.Model):
    """
    A notice that waits for somebody's digest, or is in one.

    Null ``user``: they left meanwhile, and there will be none. ``due_at`` is when the digest may
    be made; ``digest`` the notice of that mail once it is, which tells of all that names it, and of
    nothing that is held later.
    """

    notice = models.OneToOneField(Notice, on_delete=models.CASCADE, related_name="held")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField()
    digest = models.ForeignKey(Notice, null=True, on_delete=models.SET_NULL, related_name="items")

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "user"],
                condition=models.Q(digest=None),
                name="held_waiting",
            ),
        ]


class MailChoice(models.Model):
    """How somebody wants mails of a kind; where there is none, as is usual for the kind."""

    class Choice(models.TextChoices):
        NOW = "now"
        DIGEST = "digest"
        NEVER = "never"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mail_choices")
    kind = models.CharField(max_length=20, choices=Notice.Kind.choices)
    choice = models.CharField(max_length=6, choices=Choice.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="mailchoice_once")]


class Unsubscribed(models.Model):
    """
    An address that wants no award notices.

    Only a keyed checksum of it is kept, 64 hex digits: the wish outlives the account, and tells
    nobody whose it was.
    """

    address_checksum = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
