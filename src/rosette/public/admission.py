"""
Who is let in: before anything is done for a request, and before its body is read.

Whoever asks for too much is told so at once, in the envelope, with ``Retry-After``: 429 if it is
one client's doing, 503 if there are too many. A body over the limit is not read.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

import orjson
from django.conf import settings

from rosette import limits
from rosette.bodies import SMALL_BYTES, Body, BrokenOff, Reading
from rosette.crowd import Crowd, Full
from rosette.rates import Rates

_WELL: Final = ("/health", "/ready")
_BUSY_SECONDS: Final = 1
Answering = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Doorkeeper:
    """A WSGI application before another one."""

    def __init__(self, answering: Answering) -> None:
        known = settings.ROSETTE
        self._answering = answering
        self._crowd = Crowd(known.web_threads, known.web_queue, known.web_queue_seconds)
        # Whoever asks whether the server lives is answered however full it is.
        self._well = Crowd(1, known.web_queue, known.web_queue_seconds)
        self._rates = Rates(known)
        self._reading = Reading(
            known.web_queue,
            known.web_threads,
            known.web_body_seconds,
            port=None if known.trusted_proxies else known.port,
        )
        self._most_bytes = max(known.body_max_bytes, known.job_max_bytes)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Let it in, or answer in few words."""
        address = limits.address_within(environ)
        token = environ.get("HTTP_AUTHORIZATION", "")
        told: list[tuple[str, str]] = []
        if self._rates.is_on:
            count = self._rates.count(token, address)
            told = count.headers
            if count.wait is not None:
                said = "Too many requests. Please wait and try again."
                return _refusal(start_response, 429, said, count.wait, told)
            start_response = _telling(start_response, told)
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit() or int(length) > self._most_bytes:
            return _refusal(start_response, 413, "The request body is too large.", None, told)
        crowd = self._well if environ["PATH_INFO"] in _WELL else self._crowd
        end: Callable[[], None] | None = None
        try:
            if length != "0" or "HTTP_TRANSFER_ENCODING" in environ:
                end = self._with_body(environ, int(length), environ.get("REMOTE_ADDR", ""))
            try:
                place = crowd.enter(token or address)
            except Full:
                if end:
                    end()
                raise
        except BrokenOff:
            return _refusal(start_response, 408, "The request body broke off.", None, told)
        except Full as full:
            if full.is_own:
                said = "Too many requests at a time. Please wait and try again."
                return _refusal(start_response, 429, said, _BUSY_SECONDS, told)
            said = "The server is busy. Please try again."
            return _refusal(start_response, 503, said, _BUSY_SECONDS, told)
        # The place is left when the answer is there, or, where it comes bit by bit, at its end.
        try:
            answer = self._answering(environ, start_response)
        except BaseException:
            crowd.leave(place)
            raise
        finally:
            if end:
                end()
        if isinstance(answer, list):
            crowd.leave(place)
            return answer
        return _Slowly(answer, lambda: crowd.leave(place))

    def _with_body(
        self, environ: dict[str, Any], length: int, address: str
    ) -> Callable[[], None] | None:
        """Read a small body; of a large one, what is to be called when it was read."""
        body = Body(environ["wsgi.input"], length, address)
        if "HTTP_TRANSFER_ENCODING" in environ:
            # Nobody knows how long it is; Django reads nothing of it.
            return None
        if length <= SMALL_BYTES:
            environ["wsgi.input"] = self._reading.small(body)
            return None
        self._reading.begin(body, is_large=True)
        environ["wsgi.input"] = body
        return lambda: self._reading.end(body, is_large=True)


class _Slowly:
    """An answer that comes bit by bit."""

    def __init__(self, answer: Iterable[bytes], end: Callable[[], None]) -> None:
        self._answer = answer
        self._bits = iter(answer)
        self._end: Callable[[], None] | None = end

    def __iter__(self) -> "_Slowly":
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._bits)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Whether it was read to its end or not."""
        try:
            if hasattr(self._answer, "close"):
                self._answer.close()
        finally:
            end, self._end = self._end, None
            if end:
                end()


def _telling(start_response: Callable[..., Any], told: list[tuple[str, str]]) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *others: Any) -> Any:
        return start_response(status, [*headers, *told], *others)

    return start


_STATUS: Final = {
    408: ("408 Request Timeout", "miscellaneous error"),
    413: ("413 Content Too Large", "miscellaneous error"),
    429: ("429 Too Many Requests", "miscellaneous error"),
    503: ("503 Service Unavailable", "service unavailable"),
}


def _refusal(
    start_response: Callable[..., Any],
    status: int,
    said: str,
    wait: int | None,
    told: list[tuple[str, str]],
) -> list[bytes]:
    """The envelope, made without Django."""
    line, description = _STATUS[status]
    body = orjson.dumps(
        {
            "status": {"success": False, "description": description},
            "result": [],
            "fieldErrors": {},
            "validationErrors": [said],
        }
    )
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Access-Control-Allow-Origin", "*"),
        *(() if wait is None else (("Retry-After", str(wait)),)),
        *(told if status == 429 else ()),
    ]
    start_response(line, headers)
    return [body]
