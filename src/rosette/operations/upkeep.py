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
    claim_links,
    deliveries,
    invitations,
    notices,
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
    Apply settings; prune ended tokens, offers, invitations and sessions, kept answers, finished
    tasks, award jobs and tables that nobody awarded; resume lost notices; the same for what
    webhooks are told.
    """
    now = timezone.now()
    terms.keep_configured()
    notices.resume_lost()
    deliveries.resume_lost()
    deliveries.forget(at=now)
    remembered = timedelta(seconds=settings.ROSETTE.idempotency_seconds)
    KeptAnswer.objects.filter(created_at__lt=now - remembered).delete()
    bulk.forget(before=now - _ENDED_AWARD_JOBS_KEPT)
    sheets.forget(before=now - sheets.KEPT)
    claim_links.forget(at=now)
    invitations.forget_ended()
    ended = now - _ENDED_TOKENS_KEPT
    Grant.objects.filter(expires__lt=ended).delete()
    # The second use of a token is only recognised as long as the first is remembered.
    RefreshToken.objects.filter(revoked__lt=now - _USED_TOKENS_KEPT).delete()
    # One with a refresh token is still needed: it is what the refreshed one is made from.
    AccessToken.objects.filter(expires__lt=ended, refresh_token=None).delete()
    wallets.forget()
    SessionStore.clear_expired()
    _prune(TaskResultStatus.SUCCESSFUL, before=now - _DONE_JOBS_KEPT)
    _prune(TaskResultStatus.FAILED, before=now - _FAILED_JOBS_KEPT)


def _prune(status: TaskResultStatus, *, before: datetime) -> None:
    DBTaskResult.objects.filter(status=status, finished_at__lt=before).delete()
