"""
Watching what the house does: each request and job is given its occasion, and is, where settings ask
for it, logged, measured and traced.

``Occasions`` stands in front of Django's other middleware. All that costs time stands at the door
of the web server (``watched``), and nobody goes through it who did not ask for it.
"""

import logging
import re
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import lru_cache, partial
from typing import Any, Final

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished, task_started

from rosette import limits, metrics, occasions, tracing
from rosette.occasions import Occasion

access_log = logging.getLogger("rosette.access")

ROUTE: Final = "rosette.route"
"""Where a request's environment says by which pattern it was answered."""
REQUEST_ID: Final = "HTTP_X_REQUEST_ID"
_UNKNOWN: Final = "unknown"
_OPTIONAL: Final = re.compile(r"\(\?P<suffix>[^)]*\)\?")
_PART: Final = re.compile(r"\(\?P<(\w+)>[^)]*\)")

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Occasions:
    """Lets every request be the occasion of what it does, and tells its id in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, with ``X-Request-ID``."""
        name = occasions.request_id(request.META.get(REQUEST_ID))
        token = occasions.begin(Occasion("request", name, partial(limits.address_of, request)))
        try:
            response = self._get_response(request)
        finally:
            occasions.end(token)
        if request.resolver_match is not None:
            request.META[ROUTE] = request.resolver_match.route
        response["X-Request-ID"] = name
        return response


def start() -> bool:
    """Begin to watch in this process as the settings say; whether requests are to be watched."""
    wanted = settings.ROSETTE
    if wanted.measures:
        metrics.start()
    tracing.start(wanted)
    if metrics.is_on() or tracing.is_on():
        connection_created.connect(_watch_connection, dispatch_uid="rosette.watching")
    return wanted.access_log or metrics.is_on() or tracing.is_on()


def watched(
    answer: Callable[[Environ, StartResponse], Iterable[bytes]],
    environ: Environ,
    start_response: StartResponse,
) -> Iterable[bytes]:
    """What ``answer`` answers; seen from outside, with what its views left in the environment."""
    begun = time.perf_counter()
    # Whoever answers shall use the same.
    name = environ[REQUEST_ID] = occasions.request_id(environ.get(REQUEST_ID))
    told: list[Any] = []

    def started(status: str, headers: list[tuple[str, str]], *others: Any) -> Any:
        told[:] = status, headers
        return start_response(status, headers, *others)

    method = environ["REQUEST_METHOD"]
    with tracing.request(environ) as span:
        body = answer(environ, started)
        status = int(told[0][:3]) if told else 500
        route = pretty(environ.get(ROUTE, ""))
        span |= {
            "name": f"{method} {route}",
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "rosette.request_id": name,
        }
    seconds = time.perf_counter() - begun
    metrics.request(method, route, status, seconds)
    if settings.ROSETTE.access_log:
        size = len(body[0]) if isinstance(body, list) and body else None
        said = {"method": method, "route": route, "status": status, "bytes": size, "id": name}
        access_log.info(
            "%s %s %d %.1f ms",
            *(method, route, status, seconds * 1000),
            extra={**said, "ms": round(seconds * 1000, 1)},
        )
    return body


@lru_cache(1000)
def pretty(route: str) -> str:
    """A pattern of the URL tables as people write it: ``/v2/issuers/:issuer_id``."""
    if not route:
        return _UNKNOWN
    plain = _PART.sub(r":\1", _OPTIONAL.sub("", route))
    return "/" + re.sub(r"[\^$\\]|/\?", "", plain)


def watch_jobs() -> None:
    """Let every background job be the occasion of what it does."""
    task_started.connect(_job_started, dispatch_uid="rosette.watching")
    task_finished.connect(_job_finished, dispatch_uid="rosette.watching")


class _Running:
    """The job that the worker is at; it does one at a time."""

    stack = ExitStack()
    begun = 0.0


def _job_started(sender: Any, task_result: TaskResult[Any], **_: Any) -> None:
    _Running.stack.close()
    name = str(task_result.id)
    _Running.stack.enter_context(occasions.during(Occasion("job", name)))
    _Running.stack.enter_context(tracing.job(_task_name(task_result), name))
    _Running.begun = time.perf_counter()


def _job_finished(sender: Any, task_result: TaskResult[Any], **_: Any) -> None:
    is_done = task_result.status == TaskResultStatus.SUCCESSFUL
    seconds = time.perf_counter() - _Running.begun
    metrics.job(_task_name(task_result), "done" if is_done else "failed", seconds)
    if not is_done:
        tracing.fail()
    _Running.stack.close()


def _task_name(task_result: TaskResult[Any]) -> str:
    return task_result.task.module_path.rpartition(".")[2]


def _watch_connection(sender: Any, connection: BaseDatabaseWrapper, **_: Any) -> None:
    if _timed not in connection.execute_wrappers:
        connection.execute_wrappers.append(_timed)


def _timed(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    begun = time.perf_counter()
    try:
        with tracing.statement(sql, context["connection"].vendor):
            return execute(sql, params, many, context)
    finally:
        metrics.query(time.perf_counter() - begun)
