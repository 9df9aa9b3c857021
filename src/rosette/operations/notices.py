"""
The mails that Rosette sends of its own accord: asked for as rows, written and sent by the worker.

What a mail says is made when it is sent, of the rows as they are then.
"""

import logging
import math
import smtplib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from itertools import groupby
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail, signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count, F, Q
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django_tasks_db.models import DBTaskResult

from rosette import metrics
from rosette.errors import InvalidInput, NotFound
from rosette.images import InvalidImage
from rosette.models import (
    Assertion,
    ClaimRequest,
    EmailAddress,
    Invitation,
    Issuer,
    Notice,
    Role,
    Unsubscribed,
    User,
    Webhook,
)
from rosette.models.notices import add_award_notices
from rosette.operations import accounts, addresses, audit, invitations, pictures
from rosette.queue import enqueue

NOTICES_PER_JOB: Final = 100
BACKOFF: Final = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""How long to wait after the first, second … failed attempt; after the last, the notice failed."""

# Longer than the slowest conversation with a mail server, every answer of which may take 30 s.
_ATTEMPT_MAX: Final = timedelta(minutes=15)
_LOST_AFTER: Final = timedelta(hours=1)
_UNSUBSCRIBE_SALT: Final = "rosette.unsubscribe"
CLAIM_SALT: Final = "rosette.claim"
REQUEST_SALT: Final = "rosette.claim-request"
_ERROR_MAX_LENGTH: Final = 500

log = logging.getLogger(__name__)


@transaction.atomic(savepoint=False)
def queue_award_notices(awards: Sequence[tuple[int, str]]) -> None:
    """
    Ask for one notice per award, given as (row number of the award, address).

    Rows and jobs belong to the present transaction; a job does at most a hundred notices.
    """
    _enqueue(add_award_notices(awards, at=timezone.now()))


def specimen(award: Assertion) -> EmailMultiAlternatives:
    """
    The mail that would tell of the award, which need not be kept, nor its badge class and issuer.

    To a recipient without an account, so that it tells nobody who has one; with a place for the
    picture, ``cid:badge``, and no picture.
    """
    notice = Notice(kind=Notice.Kind.AWARD, to=award.recipient_identity, assertion=award)
    with translation.override(settings.ROSETTE.default_language):
        return _award_letter(notice, award, has_account=False, has_picture=True)


def send(notice_ids: Sequence[int]) -> None:
    """
    Send those of the notices that still wait and are due, over one connection.

    Each is first taken, in a transaction of its own, then sent outside of any, then marked. What
    somebody was about to send who then died, ``let_go`` gives free; so a mail may be repeated, but
    none is lost, and none is sent twice as long as the server answers.
    """
    post = mail.get_connection()
    failed: list[_Failure] = []
    early: list[int] = []
    away: Exception | None = None
    try:
        for number in notice_ids:
            notice = _taken(number)
            if notice is None:
                early.append(number)
                continue
            if away:
                failed.append(_Failure(notice, away))
                continue
            try:
                letter = _letter(notice)
                post.open()
                post.send_messages([letter])
            except _Moot as reason:
                _settle(notice, Notice.State.SKIPPED, why=str(reason))
            # One notice that cannot be written must not keep back the others.
            except Exception as error:
                failed.append(_Failure(notice, error))
                if _is_away(error):
                    away = error
                log.warning("notice %s: %s", notice.pk, _without_address(error))
            else:
                _settle(notice, Notice.State.SENT)
    finally:
        _postpone(failed)
        if early:
            _ask_again(early)
        with suppress(OSError):  # a failed goodbye changes nothing about what was sent
            post.close()


def let_go(notice_ids: Sequence[int]) -> None:
    """Whoever was sending these is dead: nobody is at the one that was not marked any more."""
    now = timezone.now()
    Notice.objects.filter(
        pk__in=notice_ids, state=Notice.State.QUEUED, due_at__lte=now + _ATTEMPT_MAX
    ).update(due_at=now)


def resume_lost() -> None:
    """Ask again for notices that are long due, and that no waiting job will send."""
    waiting = DBTaskResult.objects.ready().filter(
        task_path__in=["rosette.tasks.send_notices", "rosette.tasks.send_personal_notices"]
    )
    if waiting.exists():
        return  # what has to wait its turn is not lost
    lost = Notice.objects.filter(
        state=Notice.State.QUEUED, due_at__lt=timezone.now() - _LOST_AFTER
    ).order_by("pk")
    _enqueue(list(lost.values_list("pk", flat=True)))


class OutboxState(NamedTuple):
    """How many notices are in each state, and the latest ones that met trouble."""

    counts: dict[str, int]
    troubled: list[Notice]


def outbox_state(*, troubled: int = 10) -> OutboxState:
    """
    How sending goes.

    ``troubled`` are the latest notices that failed, or that wait for another attempt;
    ``last_error`` of each says why.
    """
    counted = dict(Notice.objects.values_list("state").annotate(Count("pk")))
    unsent = Notice.objects.filter(state__in=[Notice.State.FAILED, Notice.State.QUEUED])
    return OutboxState(
        {state.value: counted.get(state.value, 0) for state in Notice.State},
        list(unsent.exclude(last_error="").order_by("-pk")[:troubled]),
    )


def page_of(state: str, *, before: int | None = None, limit: int = 50) -> list[Notice]:
    """Mails in this state, or in any if it is empty, the newest first; ``before`` a row number."""
    found = Notice.objects.all()
    if state:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


@transaction.atomic
def retry(number: int) -> None:
    """
    Try once more to send a mail that failed, or that waits for its next attempt.

    Raises NotFound for any other.
    """
    waiting = Q(state=Notice.State.FAILED) | Q(state=Notice.State.QUEUED, attempts__gt=0)
    again = Notice.objects.filter(waiting, pk=number).update(
        state=Notice.State.QUEUED, attempts=0, due_at=timezone.now()
    )
    if not again:
        raise NotFound
    audit.note_mine("mail.retry", "server", "", number=number)
    _enqueue([number])


@transaction.atomic
def send_test(person: User) -> Notice:
    """
    Ask for a mail that says that mail works, to the person's own address.

    Raises InvalidInput for somebody without one.
    """
    known = EmailAddress.objects.filter(user=person).order_by("-primary", "-verified", "pk").first()
    if known is None:
        raise InvalidInput(general=[_("You have no address that a mail could go to.")])
    notice = Notice.objects.create(kind=Notice.Kind.TEST, user=person, to=known.email)
    audit.note("mail.test", "user", person.entity_id, by=person.entity_id)
    enqueue("send_personal_notices", notice_ids=[notice.pk])
    return notice


def last_test(person: User) -> Notice | None:
    """What became of the newest of these mails."""
    tests = Notice.objects.filter(kind=Notice.Kind.TEST, user=person)
    return tests.order_by("-pk").first()


def unsubscribe_token(notice: Notice) -> str:
    """What the links in a notice carry: it names the notice, not the address, and never ends."""
    return signing.Signer(salt=_UNSUBSCRIBE_SALT).sign(str(notice.pk))


def require_unsubscribe_token(token: str) -> Notice:
    """The notice that the token is about. Raises NotFound."""
    try:
        number = int(signing.Signer(salt=_UNSUBSCRIBE_SALT).unsign(token))
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    notice = Notice.objects.filter(pk=number).first()
    if notice is None:
        raise NotFound
    return notice


@transaction.atomic
def unsubscribe(token: str) -> None:
    """Send no more award notices to the address of this one. Raises NotFound."""
    to = require_unsubscribe_token(token).to
    Unsubscribed.objects.get_or_create(address_checksum=_checksum(to))
    audit.note("mail.unsubscribe", "server", "", by="")


def is_unsubscribed(email: str) -> bool:
    """Whether the address wants no award notices."""
    return Unsubscribed.objects.filter(address_checksum=_checksum(email)).exists()


def _checksum(email: str) -> str:
    """Made with the server's secret, because nobody needs long to try all addresses there are."""
    address = addresses.normalised(email)
    return salted_hmac(_UNSUBSCRIBE_SALT, address, algorithm="sha256").hexdigest()


def claim_token(award: Assertion) -> str:
    """What the link to claim an award carries (``operations/claims.py`` reads it)."""
    facts = [award.pk, claim_checksum(award.recipient_identity)]
    return signing.dumps(facts, salt=CLAIM_SALT)


def claim_checksum(identity: str) -> str:
    """What stands for the address in a link; the address itself is in none."""
    return salted_hmac(CLAIM_SALT, identity, algorithm="sha256").hexdigest()[:32]


class _Moot(Exception):
    """There is no point in sending the notice any more; the text says why."""


class _Failure(NamedTuple):
    notice: Notice
    error: Exception

    @property
    def is_final(self) -> bool:
        """Whether no further attempt is made: too many, or the server said no for good."""
        return self.notice.attempts > len(BACKOFF) or _is_final(self.error)

    @property
    def wait(self) -> timedelta:
        return BACKOFF[self.notice.attempts - 1]


def _enqueue(numbers: Sequence[int], *, after: timedelta | None = None) -> None:
    for start in range(0, len(numbers), NOTICES_PER_JOB):
        chunk = list(numbers[start : start + NOTICES_PER_JOB])
        enqueue("send_notices", after=after, notice_ids=chunk)


def _taken(number: int) -> Notice | None:
    """
    The notice, ours until the attempt counts as lost; None if it is not to be sent now.

    A condition in one UPDATE instead of a lock: a lock would have to be held while a mail server
    is talked to.
    """
    now = timezone.now()
    # One that was never tried is due, even if the clock has gone back since it was asked for.
    due = Q(due_at__lte=now) | Q(attempts=0)
    taken = Notice.objects.filter(due, pk=number, state=Notice.State.QUEUED).update(
        due_at=now + _ATTEMPT_MAX, attempts=F("attempts") + 1
    )
    if not taken:
        return None
    return (
        Notice.objects.select_related(
            "user",
            "assertion__badgeclass",
            "assertion__issuer",
            "invitation__issuer",
            "claim_request__link__badgeclass__issuer",
        )
        .filter(pk=number)
        .first()
    )


@transaction.atomic
def _ask_again(numbers: Sequence[int]) -> None:
    """
    Those that wait, and are not due yet: somebody else is at it, who may not live to its end, or
    the clock went back. The job that looked at them is gone, so another one shall.
    """
    now = timezone.now()
    waiting = Notice.objects.filter(pk__in=numbers, state=Notice.State.QUEUED)
    waits = {
        number: max(1, math.ceil((due_at - now).total_seconds()))
        for number, due_at in waiting.values_list("pk", "due_at")
    }
    for seconds, group in groupby(sorted(waits, key=waits.__getitem__), key=waits.__getitem__):
        _enqueue(list(group), after=timedelta(seconds=seconds))


def _settle(notice: Notice, state: Notice.State, *, why: str = "") -> None:
    sent_at = timezone.now() if state is Notice.State.SENT else None
    Notice.objects.filter(pk=notice.pk).update(state=state, sent_at=sent_at, last_error=why)
    metrics.mail(state)


@transaction.atomic
def _postpone(failed: Sequence[_Failure]) -> None:
    """Give up what is to be given up; the rest is asked for again, one job for each wait."""
    now = timezone.now()
    again: list[_Failure] = []
    for failure in failed:
        notice = failure.notice
        notice.last_error = _said(failure.error)
        if failure.is_final:
            notice.state = Notice.State.FAILED
            metrics.mail(Notice.State.FAILED)
        else:
            metrics.mail("postponed")
            notice.due_at = now + failure.wait
            again.append(failure)
    Notice.objects.bulk_update(
        [failure.notice for failure in failed], ["state", "due_at", "last_error"]
    )
    for wait, group in groupby(sorted(again, key=_wait), key=_wait):
        _enqueue([failure.notice.pk for failure in group], after=wait)


def _wait(failure: _Failure) -> timedelta:
    return failure.wait


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_ERROR_MAX_LENGTH]


def _without_address(error: Exception) -> str:
    """For the log: a mail server's words about one mail name its recipient."""
    return _said(error) if _is_away(error) else type(error).__name__


def _is_final(error: Exception) -> bool:
    """Whether the server refused this mail or its recipient for good (5yz, RFC 5321 4.2.1)."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= 500 for code, _text in error.recipients.values())
        case smtplib.SMTPDataError():
            return error.smtp_code >= 500
        case ValidationError():  # no address at all
            return True
        case _:
            return False


def _is_away(error: Exception) -> bool:
    """Whether the error is about the server as a whole, so that it would meet every mail."""
    about_one_mail = (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPSenderRefused,
        smtplib.SMTPDataError,
    )
    return isinstance(error, OSError) and not isinstance(error, about_one_mail)


class _Letter(EmailMultiAlternatives):
    mixed_subtype = "related"  # the image belongs to the HTML, and is no attachment


def _letter(notice: Notice) -> _Letter:
    """
    The mail, in the language of the site.

    Raises _Moot, and ValidationError if the notice goes to no address.
    """
    validate_email(notice.to)
    with translation.override(settings.ROSETTE.default_language):
        return _LETTERS[Notice.Kind(notice.kind)](notice)


def _award(notice: Notice) -> _Letter:
    award = notice.assertion
    if award is None:
        raise _Moot("the award is gone")
    if award.revoked_at:
        raise _Moot("the award was revoked")
    address = addresses.normalised(notice.to)
    if address != addresses.normalised(award.recipient_identity):
        raise _Moot("the award went to another address")
    if is_unsubscribed(notice.to):
        raise _Moot("the address is unsubscribed")
    has_account = EmailAddress.objects.filter(email=address, verified=True).exists()
    picture = _picture(award.badgeclass.image)
    letter = _award_letter(notice, award, has_account=has_account, has_picture=picture is not None)
    if picture is not None:
        inline = MIMEImage(picture, "png")
        inline.add_header("Content-ID", "<badge>")
        inline.add_header("Content-Disposition", "inline", filename="badge.png")
        letter.attach(inline)
    return letter


def _award_letter(
    notice: Notice, award: Assertion, *, has_account: bool, has_picture: bool
) -> _Letter:
    unsubscribe = f"{settings.ROSETTE.origin}/unsubscribe/{unsubscribe_token(notice)}"
    page = f"{settings.ROSETTE.origin}/public/assertions/{award.entity_id}"
    letter = _written(
        notice,
        "award",
        subject=_("[%(site)s] Congratulations, you earned a badge!")
        % {"site": settings.ROSETTE.site_name},
        sender=award.issuer.name,
        context={
            "badge": award.badgeclass,
            "issuer": award.issuer,
            "page": page,
            "claim": _claim_page(award) if award.recipient_kind == "email" else page,
            "download": f"{page}/baked",
            "unsubscribe": unsubscribe,
            "has_account": has_account,
            "has_picture": has_picture,
        },
    )
    letter.extra_headers["List-Unsubscribe"] = f"<{unsubscribe}>"
    letter.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return letter


def _claim_page(award: Assertion) -> str:
    return f"{settings.ROSETTE.origin}/claim/{claim_token(award)}"


def _verify_address(notice: Notice) -> _Letter:
    claim = EmailAddress.objects.filter(user=notice.user, email=notice.to).first()
    if claim is None:
        raise _Moot("the address was given up")
    if claim.verified:
        raise _Moot("the address is verified")
    token = addresses.verification_token(claim)
    return _written(
        notice,
        "verify_address",
        subject=_("Confirm Your %(site)s Account") % {"site": settings.ROSETTE.site_name},
        context={"link": f"{settings.ROSETTE.origin}/v2/auth/confirm-email/{token}"},
    )


def _reset_password(notice: Notice) -> _Letter:
    owned = EmailAddress.objects.filter(user=notice.user, email=notice.to, verified=True)
    if notice.user is None or not owned.filter(user__is_active=True).exists():
        raise _Moot("the address is nobody's any more")
    token = accounts.reset_token(notice.user)
    return _written(
        notice,
        "reset_password",
        subject=_("Reset your %(site)s password") % {"site": settings.ROSETTE.site_name},
        context={"link": f"{settings.ROSETTE.origin}/v2/auth/forgot-password?token={token}"},
    )


def _password_changed(notice: Notice) -> _Letter:
    return _written(
        notice, "password_changed", subject=_("Your password has been successfully changed")
    )


def _security(notice: Notice) -> _Letter:
    """That something changed about how somebody signs in, so that it is not done unseen."""
    said = {
        Notice.Kind.TWO_STEP_ON: _("Two-step sign-in was switched on"),
        Notice.Kind.TWO_STEP_OFF: _("Two-step sign-in was switched off"),
        Notice.Kind.RECOVERY_CODES: _("New recovery codes were made"),
        Notice.Kind.PASSKEY_ADDED: _("A passkey was added"),
        Notice.Kind.PASSKEY_REMOVED: _("A passkey was removed"),
        Notice.Kind.KEY_ADDED: _("An API key was made"),
    }[Notice.Kind(notice.kind)]
    return _written(
        notice,
        "security",
        subject=_("[%(site)s] %(what)s") % {"site": settings.ROSETTE.site_name, "what": said},
        context={"what": said, "at": notice.created_at},
    )


def _test(notice: Notice) -> _Letter:
    return _written(
        notice,
        "test",
        subject=_("[%(site)s] Mail works") % {"site": settings.ROSETTE.site_name},
    )


def _invitation(notice: Notice) -> _Letter:
    invitation: Invitation | None = getattr(notice, "invitation", None)
    if invitation is None or invitation.issuer.deleted_at:
        raise _Moot("the invitation was withdrawn")
    if invitation.expires_at < timezone.now():
        raise _Moot("the invitation has expired")
    code = invitations.code(invitation)
    return _written(
        notice,
        "invitation",
        subject=_("[%(site)s] %(issuer)s invites you")
        % {"site": settings.ROSETTE.site_name, "issuer": invitation.issuer.name},
        context={
            "invitation": invitation,
            "link": f"{settings.ROSETTE.origin}/invitations/{code}",
        },
    )


def _claim_link(notice: Notice) -> _Letter:
    """Its link proves the address, and is all that does."""
    claim = _claim_of(notice)
    token = signing.dumps(claim.pk, salt=REQUEST_SALT)
    return _written(
        notice,
        "claim_link",
        subject=_("[%(site)s] Your badge: %(badge)s")
        % {"site": settings.ROSETTE.site_name, "badge": claim.link.badgeclass.name},
        context={"claim": claim, "link": f"{settings.ROSETTE.origin}/c/confirm/{token}"},
    )


def _claim_declined(notice: Notice) -> _Letter:
    claim = _claim_of(notice)
    return _written(
        notice,
        "claim_declined",
        subject=_("[%(site)s] Your request for a badge: %(badge)s")
        % {"site": settings.ROSETTE.site_name, "badge": claim.link.badgeclass.name},
        context={"claim": claim},
    )


def _claim_of(notice: Notice) -> ClaimRequest:
    claim: ClaimRequest | None = getattr(notice, "claim_request", None)
    if claim is None or claim.link.badgeclass.issuer.deleted_at:
        raise _Moot("the request is gone")
    return claim


def _webhook_disabled(notice: Notice) -> _Letter:
    """The webhook is the one that was disabled when the notice was made."""
    webhook = (
        Webhook.objects.filter(
            disabled_at=notice.created_at,
            issuer__staff_rows__user=notice.user,
            issuer__staff_rows__role=Role.OWNER,
        )
        .select_related("issuer")
        .first()
    )
    if webhook is None:
        raise _Moot("the webhook is enabled again, or not theirs any more")
    return _written(
        notice,
        "webhook_disabled",
        subject=_("[%(site)s] A webhook of %(issuer)s was disabled")
        % {"site": settings.ROSETTE.site_name, "issuer": webhook.issuer.name},
        context={
            "webhook": webhook,
            "issuer": webhook.issuer,
            # The rest of an address may be a secret.
            "host": urlsplit(webhook.url).hostname,
        },
    )


def _domain_lost(notice: Notice) -> _Letter:
    """The issuer is the one whose proof was lost when the notice was made."""
    issuer = Issuer.objects.filter(
        proof_lost_at=notice.created_at,
        deleted_at=None,
        staff_rows__user=notice.user,
        staff_rows__role=Role.OWNER,
    ).first()
    if issuer is None:
        raise _Moot("the domain is proven again, or the issuer is not theirs any more")
    return _written(
        notice,
        "domain_lost",
        subject=_("[%(site)s] The proof of %(domain)s is gone")
        % {"site": settings.ROSETTE.site_name, "domain": issuer.proven_domain},
        context={
            "issuer": issuer,
            "link": f"{settings.ROSETTE.origin}/issuers/{issuer.entity_id}/domain",
        },
    )


_LETTERS: Final[dict[Notice.Kind, Callable[[Notice], _Letter]]] = {
    Notice.Kind.AWARD: _award,
    Notice.Kind.VERIFY_ADDRESS: _verify_address,
    Notice.Kind.RESET_PASSWORD: _reset_password,
    Notice.Kind.PASSWORD_CHANGED: _password_changed,
    Notice.Kind.TWO_STEP_ON: _security,
    Notice.Kind.TWO_STEP_OFF: _security,
    Notice.Kind.RECOVERY_CODES: _security,
    Notice.Kind.PASSKEY_ADDED: _security,
    Notice.Kind.PASSKEY_REMOVED: _security,
    Notice.Kind.KEY_ADDED: _security,
    Notice.Kind.TEST: _test,
    Notice.Kind.INVITATION: _invitation,
    Notice.Kind.CLAIM_LINK: _claim_link,
    Notice.Kind.CLAIM_DECLINED: _claim_declined,
    Notice.Kind.WEBHOOK_DISABLED: _webhook_disabled,
    Notice.Kind.DOMAIN_LOST: _domain_lost,
}


def _written(
    notice: Notice,
    template: str,
    *,
    subject: str,
    sender: str = "",
    context: dict[str, Any] | None = None,
) -> _Letter:
    """The mail of the templates ``email/<template>.txt`` and ``.html``."""
    words = {
        "site_name": settings.ROSETTE.site_name,
        "origin": settings.ROSETTE.origin,
        "to": notice.to,
        **(context or {}),
    }
    host = urlsplit(settings.ROSETTE.origin).hostname
    letter = _Letter(
        subject=_one_line(subject),
        body=render_to_string(f"email/{template}.txt", words).rstrip() + "\n",
        from_email=_from(sender or settings.ROSETTE.site_name),
        to=[notice.to],
        headers={
            # The same at every attempt, so that mail servers recognise a repetition.
            "Message-ID": f"<{notice.kind}.{notice.pk}.{notice.created_at:%Y%m%d%H%M%S}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    letter.attach_alternative(render_to_string(f"email/{template}.html", words), "text/html")
    return letter


def _from(name: str) -> str:
    return formataddr((_one_line(name), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _one_line(text: str) -> str:
    """The text without line ends and other control characters: nothing that begins a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _picture(name: str) -> bytes | None:
    """The badge's image as PNG, as far as there is one that can be drawn."""
    try:
        return pictures.rendered(name, "png")
    except (NotFound, InvalidImage):
        return None
