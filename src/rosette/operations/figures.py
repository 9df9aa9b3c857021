"""What is not counted as it happens but looked up when a monitor asks; and whether all is ready."""

from datetime import datetime

from django.db import Error
from django.db.models import Count, Min, Q
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from rosette import schema
from rosette.metrics import Figure
from rosette.models import AuditBlock, AwardJob, Held, Notice, Webhook, WebhookDelivery
from rosette.models.base import row
from rosette.models.jobs import OPEN
from rosette.operations import keys


def figures() -> list[Figure]:
    """
    Jobs, mails, award jobs and what webhooks are to be told, and since when it waits.

    Each is looked up by an index.
    """
    now = timezone.now()
    jobs = dict(DBTaskResult.objects.values_list("status").annotate(Count("pk")))
    due = DBTaskResult.objects.filter(Q(run_after=None) | Q(run_after__lte=now))
    due = due.filter(status=TaskResultStatus.READY)
    mails = Notice.objects.filter(state=Notice.State.QUEUED)
    awards = AwardJob.objects.filter(state__in=[*OPEN, AwardJob.State.UNDOING])
    waiting = WebhookDelivery.objects.filter(state=WebhookDelivery.State.WAITING)
    sealed = AuditBlock.objects.order_by("-number").values_list("sealed_at", flat=True).first()
    return [
        Figure(
            "rosette_jobs_kept",
            "Background jobs, by state; done ones are kept for a day.",
            ("state",),
            [((str(state).lower(),), jobs.get(state, 0)) for state in TaskResultStatus.values],
        ),
        _age(
            "rosette_jobs_oldest_seconds",
            "How long the oldest job that is due has waited.",
            due.aggregate(at=Min("enqueued_at"))["at"],
            now,
        ),
        Figure("rosette_mails_queued", "Mails that wait.", (), [((), mails.count())]),
        Figure(
            "rosette_mails_held",
            "Mails that wait for somebody's daily one.",
            (),
            [((), Held.objects.filter(digest=None).count())],
        ),
        _age(
            "rosette_mails_oldest_seconds",
            "How long the mail that is due the longest has been so.",
            mails.filter(due_at__lte=now).aggregate(at=Min("due_at"))["at"],
            now,
        ),
        Figure("rosette_award_jobs_open", "Award jobs under way.", (), [((), awards.count())]),
        _age(
            "rosette_award_jobs_oldest_seconds",
            "How long the oldest of them has been under way.",
            awards.aggregate(at=Min("created_at"))["at"],
            now,
        ),
        Figure(
            "rosette_webhook_deliveries_waiting",
            "What webhooks are still to be told.",
            (),
            [((), waiting.count())],
        ),
        _age(
            "rosette_webhook_deliveries_oldest_seconds",
            "How long the oldest of it has waited.",
            waiting.aggregate(at=Min("created_at"))["at"],
            now,
        ),
        Figure(
            "rosette_webhooks_disabled",
            "Webhooks that are told nothing, because they did not answer or their owner wishes so.",
            (),
            [((), Webhook.objects.exclude(disabled_at=None).count())],
        ),
        _age("rosette_audit_sealed_seconds", "How long ago the audit log was sealed.", sealed, now),
    ]


def not_ready() -> list[str]:
    """
    Names of what is not ready: ``database``, ``migrations``, ``keys``.

    Of what hangs on the database nothing is said while it is away.
    """
    try:
        row("SELECT 1")
    except Error:
        return ["database"]
    missing = [] if _is_migrated() else ["migrations"]
    try:
        if keys.sealed_otherwise():
            missing.append("keys")
    except Error:
        pass  # no table yet, which the migrations are to be blamed for
    return missing


_migrated = False


def _is_migrated() -> bool:
    # They are not undone under a running server; so it is looked up until they are applied.
    global _migrated
    if not _migrated:
        _migrated = not schema.waiting()
    return _migrated


def _age(name: str, help: str, at: datetime | None, now: datetime) -> Figure:
    """0 for nothing."""
    return Figure(name, help, (), [((), (now - at).total_seconds() if at else 0.0)])
