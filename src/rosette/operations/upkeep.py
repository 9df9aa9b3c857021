"""Keeping house: what was needed for a while is thrown away, what got lost is taken up again."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from rosette.models import AccessToken, Grant, KeptAnswer, RefreshToken
from rosette.operations import (
    bulk,
    catalogue,
    chain,
    claim_links,
    deliveries,
    domains,
    insights,
    invitations,
    notices,
    receipts,
    retention,
    sandbox,
    sheets,
    terms,
    wallets,
)
from rosette.sessions import SessionStore

_DONE_JOBS_KEPT: Final = timedelta(days=1)
_FAILED_JOBS_KEPT: Final = timedelta(days=30)
_ENDED_AWARD_JOBS_KEPT: Final = timedelta(days=30)
_ENDED_TOKENS_KEPT: Final = timedelta(days=1)
_USED_TOKENS_KEPT: Final = timedelta(days=30)


def keep_house() -> None:
    """
    Apply settings; prune ended tokens, offers, invitations, receipts and sessions, kept
    answers, finished tasks, award jobs, tables that nobody awarded, and what sandboxes kept;
    resume lost notices; the same for what webhooks are told; look again at proofs of domains, and
    count for insights.
    """
    now = timezone.now()
    terms.keep_configured()
    notices.resume_lost()
    deliveries.resume_lost()
    deliveries.forget(at=now)
    domains.ask_for_recheck()
    insights.ask_for_count()
    remembered = timedelta(seconds=settings.ROSETTE.idempotency_seconds)
    KeptAnswer.objects.filter(created_at__lt=now - remembered).delete()
    bulk.forget(before=now - _ENDED_AWARD_JOBS_KEPT)
    sheets.forget(before=now - sheets.KEPT)
    claim_links.forget(at=now)
    sandbox.forget(at=now)
    invitations.forget_ended()
    catalogue.catch_up()
    ended = now - _ENDED_TOKENS_KEPT
    Grant.objects.filter(expires__lt=ended).delete()
    # The second use of a token is only recognised as long as the first is remembered.
    RefreshToken.objects.filter(revoked__lt=now - _USED_TOKENS_KEPT).delete()
    # One with a refresh token is still needed: it is what the refreshed one is made from.
    AccessToken.objects.filter(expires__lt=ended, refresh_token=None).delete()
    wallets.forget()
    receipts.forget(at=now)
    SessionStore.clear_expired()
    chain.tidy(
        keep=_days(settings.ROSETTE.audit_days),
        keep_addresses=_days(settings.ROSETTE.audit_address_days),
    )
    _prune(TaskResultStatus.SUCCESSFUL, before=now - _DONE_JOBS_KEPT)
    _prune(TaskResultStatus.FAILED, before=now - _FAILED_JOBS_KEPT)


def anonymise() -> None:
    """Take recipients out of awards that are older than the settings allow, if they say so."""
    if years := settings.ROSETTE.anonymise_after_years:
        retention.anonymise(before=timezone.now() - timedelta(days=365.25 * years))


def _days(number: int) -> timedelta | None:
    """0 stands for ever."""
    return timedelta(days=number) if number else None


def _prune(status: TaskResultStatus, *, before: datetime) -> None:
    DBTaskResult.objects.filter(status=status, finished_at__lt=before).delete()
