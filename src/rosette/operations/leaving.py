"""
Going away: a person takes their data along, or ends their account.

What ends with an account is all that is the person's. What stays is the issuers': awards to the
person and the pathways that they completed, with the identity that these were made to, are records
of whoever made them; so is a table that is about to be awarded, which ends within a week.
"""

from collections.abc import Sequence
from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django_tasks_db.models import DBTaskResult

from rosette import limits, outbox
from rosette.errors import InvalidInput, NotFound, StillInUse
from rosette.models import (
    AccessToken,
    Assertion,
    CapturedMail,
    ClaimRequest,
    EmailAddress,
    Identifier,
    Invitation,
    Issuer,
    IssuerStaff,
    KeptAnswer,
    Notice,
    Role,
    User,
)
from rosette.models.backpack import awarded_to
from rosette.operations import addresses, audit, export

FRESH: Final = timedelta(minutes=10)
_IN_MEMORY_BYTES: Final = 5_000_000
_STALE: Final = _(
    "Sign in anew first: your account has no password, so a fresh token is asked for."
)
_LAST_ADMIN: Final = _("You are the only administrator of this server. Make another one first.")


def exported(person: User) -> IO[bytes]:
    """
    The archive of the person's data (ZIP), at its beginning; the file is gone when it is closed.

    Raises InvalidInput if it is larger than the setting ``export_max_bytes``, and TryLater for
    one who asks again and again.
    """
    limits.attempt("export", name=person.entity_id).failed()
    audit.note("account.export", "user", person.entity_id, by=person.entity_id)
    file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 -- closed when it is sent
    try:
        export.write(person, file, max_bytes=settings.ROSETTE.export_max_bytes)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def leave(
    person: User, *, password: str, token_id: int | None = None, is_fresh: bool = False
) -> None:
    """
    End one's own account, as ``end``.

    The password says that it is really them; who has none shows a token of the last ten minutes,
    or is known to have proven themselves just now (``is_fresh``).
    Raises InvalidInput, TryLater after wrong passwords, and StillInUse.
    """
    if person.has_usable_password():
        attempt = limits.attempt("leaving", name=person.entity_id)
        if not password:
            raise InvalidInput({"password": [_("Field is required")]})
        if not person.check_password(password):
            attempt.failed()
            audit.note("password.refuse", "user", person.entity_id, by=person.entity_id)
            raise InvalidInput({"password": [_("Incorrect password")]})
    elif (
        not is_fresh
        and not AccessToken.objects.filter(pk=token_id, created__gt=timezone.now() - FRESH).exists()
    ):
        raise InvalidInput(general=[_STALE])
    end(person)


@transaction.atomic
def end(person: User) -> None:
    """
    End the account: nothing outside of the issuers' records names the person any more.

    Raises StillInUse for the only owner of an issuer, for whose address an issuer shows as its
    own, and for the last administrator; and NotFound for whoever is gone already.
    """
    # Locked, in one order, so that of the last two who leave at once, one sees the other gone.
    admins = Q(is_superuser=True) if person.is_superuser else Q()
    found = User.objects.select_for_update().filter(Q(pk=person.pk) | admins).order_by("pk")
    locked = {row.pk: row for row in found}
    if person.pk not in locked:
        raise NotFound  # they left by another door
    person = locked[person.pk]
    mine = [item.email for item in person.addresses()]
    verified = [item.email for item in person.addresses() if item.verified]
    _require_free(person, verified)
    # Copies of other servers' awards were the person's own doing. One that they imported for an
    # identity that somebody else has proven by now is that person's.
    theirs = (Q(created_by=person) & ~_proven()) | awarded_to(person.verified_identities())
    Assertion.objects.filter(theirs, source_url__isnull=False).delete()
    Notice.objects.filter(to__in=verified).delete()
    CapturedMail.objects.filter(to__in=verified).delete()
    Invitation.objects.filter(email__in=verified).delete()
    ClaimRequest.objects.filter(email__in=verified).delete()
    Issuer.objects.annotate(mail=Lower("email")).filter(
        mail__in=verified, deleted_at__isnull=False
    ).update(email="")
    _forget_answers(person, mine)
    _forget_jobs(mine)
    audit.note("account.delete", "user", person.entity_id, by=person.entity_id)
    # Their name stays in the log, which is that of nobody any more, and nothing that leads to them.
    audit.forget_addresses(person.entity_id)
    person.delete()
    # Mail that is written to files instead of being sent. Not a job: it would name the addresses.
    transaction.on_commit(lambda: outbox.forget(mine))


def _proven() -> Q:
    """That the award is to an identity that somebody has proven."""
    email = EmailAddress.objects.filter(email=OuterRef("recipient_identity"), verified=True)
    other = Identifier.objects.verified().filter(
        kind=OuterRef("recipient_kind"), value=OuterRef("recipient_identity")
    )
    return Q(Exists(email), recipient_kind="email") | Q(Exists(other))


def _require_free(person: User, verified: Sequence[str]) -> None:
    if person.is_superuser:
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=person.pk)
        if not others.exists():
            raise StillInUse(_LAST_ADMIN)
    ours = Issuer.objects.filter(staff_rows__user=person, staff_rows__role=Role.OWNER)
    list(ours.select_for_update(of=("self",)).order_by("pk"))
    owned = Issuer.objects.filter(
        deleted_at=None, staff_rows__user=person, staff_rows__role=Role.OWNER
    ).exclude(
        pk__in=IssuerStaff.objects.filter(role=Role.OWNER)
        .exclude(user=person)
        .values_list("issuer_id")
    )
    if names := list(owned.order_by("pk").values_list("name", flat=True)):
        raise StillInUse(
            gettext(
                "You are the only owner of these issuers. Make somebody else an owner, or delete "
                "them first: %(names)s"
            )
            % {"names": ", ".join(names)}
        )
    shown = Issuer.objects.annotate(mail=Lower("email")).filter(
        mail__in=verified, deleted_at=None, source_url=None
    )
    if names := list(shown.order_by("pk").values_list("name", flat=True)):
        raise StillInUse(
            gettext(
                "Your email address is published by these issuers. Give them another one first: "
                "%(names)s"
            )
            % {"names": ", ".join(names)}
        )


def _forget_answers(person: User, emails: Sequence[str]) -> None:
    """Answers kept for a repetition: the person's own, and those to their sign-up."""
    KeptAnswer.objects.filter(owner=person.entity_id).delete()
    nobodys = KeptAnswer.objects.filter(owner__startswith="at:")
    told = [
        number
        for number, body in nobodys.values_list("pk", "body").iterator()
        if any(email.encode() in bytes(body).lower() for email in emails)
    ]
    KeptAnswer.objects.filter(pk__in=told).delete()


def _forget_jobs(emails: Sequence[str]) -> None:
    """Jobs that name an address, done or not."""
    resets = DBTaskResult.objects.filter(task_path="rosette.tasks.start_password_reset")
    named = [
        number
        for number, arguments in resets.values_list("pk", "args_kwargs").iterator()
        if addresses.normalised(str(arguments["kwargs"].get("email", ""))) in emails
    ]
    DBTaskResult.objects.filter(pk__in=named).delete()
