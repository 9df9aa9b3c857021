"""
Letters: what the mails say that Rosette sends of its own accord, and what their links carry.

A letter is made when it is sent, of the rows as they are then; ``notices`` asks for it.
"""

from collections.abc import Callable
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rosette.errors import NotFound
from rosette.images import InvalidImage
from rosette.models import (
    Assertion,
    EmailAddress,
    Invitation,
    Notice,
)
from rosette.operations import accounts, addresses, invitations, pictures, subjects
from rosette.operations.subjects import Moot
from rosette.operations.unsubscribing import unsubscribe_token

CLAIM_SALT: Final = "rosette.claim"
REQUEST_SALT: Final = "rosette.claim-request"


class Letter(EmailMultiAlternatives):
    mixed_subtype = "related"  # the image belongs to the HTML, and is no attachment


def letter_of(notice: Notice) -> Letter:
    """
    The mail, in the language of the site.

    Raises Moot, and ValidationError if the notice goes to no address.
    """
    validate_email(notice.to)
    with translation.override(settings.ROSETTE.default_language):
        return _LETTERS[Notice.Kind(notice.kind)](notice)


def specimen(award: Assertion) -> EmailMultiAlternatives:
    """
    The mail that would tell of the award, which need not be kept, nor its badge class and issuer.

    To a recipient without an account, so that it tells nobody who has one; with a place for the
    picture, ``cid:badge``, and no picture.
    """
    notice = Notice(kind=Notice.Kind.AWARD, to=award.recipient_identity, assertion=award)
    with translation.override(settings.ROSETTE.default_language):
        return _award_letter(notice, award, has_account=False, has_picture=True)


def claim_token(award: Assertion) -> str:
    """What the link to claim an award carries (``operations/claims.py`` reads it)."""
    facts = [award.pk, claim_checksum(award.recipient_identity)]
    return signing.dumps(facts, salt=CLAIM_SALT)


def claim_checksum(identity: str) -> str:
    """What stands for the address in a link; the address itself is in none."""
    return salted_hmac(CLAIM_SALT, identity, algorithm="sha256").hexdigest()[:32]


def _award(notice: Notice) -> Letter:
    award = subjects.award_of(notice)
    picture = _picture(award.badgeclass.image)
    letter = _award_letter(
        notice, award, has_account=subjects.has_account(notice), has_picture=picture is not None
    )
    if picture is not None:
        inline = MIMEImage(picture, "png")
        inline.add_header("Content-ID", "<badge>")
        inline.add_header("Content-Disposition", "inline", filename="badge.png")
        letter.attach(inline)
    return letter


def _award_letter(
    notice: Notice, award: Assertion, *, has_account: bool, has_picture: bool
) -> Letter:
    unsubscribe = f"{settings.ROSETTE.origin}/unsubscribe/{unsubscribe_token(notice)}"
    page = f"{settings.ROSETTE.origin}/public/assertions/{award.entity_id}"
    letter = written(
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


def _verify_address(notice: Notice) -> Letter:
    claim = EmailAddress.objects.filter(user=notice.user, email=notice.to).first()
    if claim is None:
        raise Moot("the address was given up")
    if claim.verified:
        raise Moot("the address is verified")
    token = addresses.verification_token(claim)
    return written(
        notice,
        "verify_address",
        subject=_("Confirm Your %(site)s Account") % {"site": settings.ROSETTE.site_name},
        context={"link": f"{settings.ROSETTE.origin}/v2/auth/confirm-email/{token}"},
    )


def _reset_password(notice: Notice) -> Letter:
    owned = EmailAddress.objects.filter(user=notice.user, email=notice.to, verified=True)
    if notice.user is None or not owned.filter(user__is_active=True).exists():
        raise Moot("the address is nobody's any more")
    token = accounts.reset_token(notice.user)
    return written(
        notice,
        "reset_password",
        subject=_("Reset your %(site)s password") % {"site": settings.ROSETTE.site_name},
        context={"link": f"{settings.ROSETTE.origin}/v2/auth/forgot-password?token={token}"},
    )


def _password_changed(notice: Notice) -> Letter:
    return written(
        notice, "password_changed", subject=_("Your password has been successfully changed")
    )


def _security(notice: Notice) -> Letter:
    """That something changed about how somebody signs in, so that it is not done unseen."""
    said = {
        Notice.Kind.TWO_STEP_ON: _("Two-step sign-in was switched on"),
        Notice.Kind.TWO_STEP_OFF: _("Two-step sign-in was switched off"),
        Notice.Kind.RECOVERY_CODES: _("New recovery codes were made"),
        Notice.Kind.PASSKEY_ADDED: _("A passkey was added"),
        Notice.Kind.PASSKEY_REMOVED: _("A passkey was removed"),
        Notice.Kind.KEY_ADDED: _("An API key was made"),
    }[Notice.Kind(notice.kind)]
    return written(
        notice,
        "security",
        subject=_("[%(site)s] %(what)s") % {"site": settings.ROSETTE.site_name, "what": said},
        context={"what": said, "at": notice.created_at},
    )


def _test(notice: Notice) -> Letter:
    return written(
        notice,
        "test",
        subject=_("[%(site)s] Mail works") % {"site": settings.ROSETTE.site_name},
    )


def _invitation(notice: Notice) -> Letter:
    invitation: Invitation | None = getattr(notice, "invitation", None)
    if invitation is None or invitation.issuer.deleted_at:
        raise Moot("the invitation was withdrawn")
    if invitation.expires_at < timezone.now():
        raise Moot("the invitation has expired")
    code = invitations.code(invitation)
    return written(
        notice,
        "invitation",
        subject=_("[%(site)s] %(issuer)s invites you")
        % {"site": settings.ROSETTE.site_name, "issuer": invitation.issuer.name},
        context={
            "invitation": invitation,
            "link": f"{settings.ROSETTE.origin}/invitations/{code}",
        },
    )


def _claim_link(notice: Notice) -> Letter:
    """Its link proves the address, and is all that does."""
    claim = subjects.claim_of(notice)
    token = signing.dumps(claim.pk, salt=REQUEST_SALT)
    return written(
        notice,
        "claim_link",
        subject=_("[%(site)s] Your badge: %(badge)s")
        % {"site": settings.ROSETTE.site_name, "badge": claim.link.badgeclass.name},
        context={"claim": claim, "link": f"{settings.ROSETTE.origin}/c/confirm/{token}"},
    )


def _claim_declined(notice: Notice) -> Letter:
    claim = subjects.claim_of(notice)
    return written(
        notice,
        "claim_declined",
        subject=_("[%(site)s] Your request for a badge: %(badge)s")
        % {"site": settings.ROSETTE.site_name, "badge": claim.link.badgeclass.name},
        context={"claim": claim},
    )


def _requests(notice: Notice) -> Letter:
    issuer, queues = subjects.queues_of(notice)
    if not EmailAddress.objects.filter(user=notice.user, email=notice.to, verified=True).exists():
        raise Moot("the address is not theirs any more")
    count = sum(queue.waiting for queue in queues)
    return written(
        notice,
        "requests",
        subject=ngettext(
            "[%(site)s] A request for a badge waits at %(issuer)s",
            "[%(site)s] %(count)s requests for badges wait at %(issuer)s",
            count,
        )
        % {"site": settings.ROSETTE.site_name, "issuer": issuer.name, "count": count},
        context={"issuer": issuer, "queues": queues, "count": count},
    )


def _webhook_disabled(notice: Notice) -> Letter:
    webhook = subjects.webhook_of(notice)
    return written(
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


def _domain_lost(notice: Notice) -> Letter:
    issuer = subjects.unproven_issuer_of(notice)
    return written(
        notice,
        "domain_lost",
        subject=_("[%(site)s] The proof of %(domain)s is gone")
        % {"site": settings.ROSETTE.site_name, "domain": issuer.proven_domain},
        context={
            "issuer": issuer,
            "link": subjects.domain_page(issuer),
        },
    )


_LETTERS: Final[dict[Notice.Kind, Callable[[Notice], Letter]]] = {
    Notice.Kind.AWARD: _award,
    Notice.Kind.AWARD_AGAIN: _award,
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
    Notice.Kind.REQUESTS: _requests,
}
"""Of every kind but the digest, whose letter is made of what it tells."""


def written(
    notice: Notice,
    template: str,
    *,
    subject: str,
    sender: str = "",
    context: dict[str, Any] | None = None,
) -> Letter:
    """The mail of the templates ``email/<template>.txt`` and ``.html``."""
    words = {
        "site_name": settings.ROSETTE.site_name,
        "origin": settings.ROSETTE.origin,
        "to": notice.to,
        "choices": f"{settings.ROSETTE.origin}/account/notifications",
        **(context or {}),
    }
    host = urlsplit(settings.ROSETTE.origin).hostname
    letter = Letter(
        subject=one_line(subject),
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
    return formataddr((one_line(name), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def one_line(text: str) -> str:
    """The text without line ends and other control characters: nothing that begins a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _picture(name: str) -> bytes | None:
    """The badge's image as PNG, as far as there is one that can be drawn."""
    try:
        return pictures.rendered(name, "png")
    except (NotFound, InvalidImage):
        return None
