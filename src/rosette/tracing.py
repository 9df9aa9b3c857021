"""
Traces for OpenTelemetry: what a request or job spent its time on; none until ``start`` is called.

The library is an extra (``rosette[traces]``) and is loaded by ``start`` alone.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from rosette.config import Config, WrongSetting

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

_SQL_MAX_LENGTH: Final = 2000

_tracer: "Tracer | None" = None
_provider: "TracerProvider | None" = None


def start(settings: Config) -> None:
    """Begin to send traces to the setting ``otlp_url``. Raises WrongSetting without the library."""
    global _tracer, _provider
    if _tracer is not None or not settings.otlp_url:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 -- an extra
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio  # noqa: PLC0415
    except ImportError as error:
        raise WrongSetting(
            "ROSETTE_OTLP_URL: traces need more libraries; see docs/observability.md"
        ) from error
    _provider = TracerProvider(
        resource=Resource.create({"service.name": "rosette"}),
        sampler=ParentBasedTraceIdRatio(settings.otlp_share),
    )
    exporter = OTLPSpanExporter(settings.otlp_url, headers=dict(settings.otlp_header_pairs))
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("rosette")


def is_on() -> bool:
    """Whether this process makes traces."""
    return _tracer is not None


def flush() -> None:
    """Send what waits to be sent, now."""
    if _provider is not None:
        _provider.force_flush()


@contextmanager
def request(environ: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """
    A span for the request, a child of the caller's ``traceparent``.

    What is put into the dictionary within becomes its attributes; ``name``, its name.
    """
    said: dict[str, Any] = {}
    if _tracer is None:
        yield said
        return
    from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 -- an extra
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
        TraceContextTextMapPropagator,
    )

    carrier = {
        name: str(environ[key])
        for name, key in (("traceparent", "HTTP_TRACEPARENT"), ("tracestate", "HTTP_TRACESTATE"))
        if key in environ
    }
    parent = TraceContextTextMapPropagator().extract(carrier)
    method = str(environ["REQUEST_METHOD"])
    with _span(method, SpanKind.SERVER, {}, parent) as span:
        yield said
        span.update_name(said.pop("name", method))
        for key, value in said.items():
            span.set_attribute(key, value)
        if said.get("http.response.status_code", 200) >= 500:
            span.set_status(StatusCode.ERROR)


@contextmanager
def job(task: str, number: str) -> Iterator[None]:
    """A span for a background job."""
    if _tracer is None:
        yield
        return
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 -- an extra

    with _span(task, SpanKind.CONSUMER, {"messaging.message.id": number}):
        yield


def fail() -> None:
    """What is traced now has failed."""
    if _tracer is not None:
        from opentelemetry.trace import StatusCode, get_current_span  # noqa: PLC0415 -- an extra

        get_current_span().set_status(StatusCode.ERROR)


@contextmanager
def statement(sql: str, vendor: str) -> Iterator[None]:
    """A span for a statement; its parameters, which may be anything, are not in it."""
    if _tracer is None:
        yield
        return
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 -- an extra

    said = {"db.system.name": vendor, "db.query.text": sql.strip()[:_SQL_MAX_LENGTH]}
    name = sql.split(None, 1)[0].upper() if sql.strip() else "statement"
    with _span(name, SpanKind.CLIENT, said):
        yield


def _span(name: str, kind: Any, said: Mapping[str, Any], parent: Any = None) -> Any:
    assert _tracer is not None
    # Of errors nothing is told but that there was one: what they quote may be anything.
    return _tracer.start_as_current_span(
        name,
        parent,
        kind,
        attributes=dict(said),
        record_exception=False,
        set_status_on_exception=False,
    )
