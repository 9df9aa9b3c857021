"""Loading for the library: over real HTTP from this machine, or from nothing."""

from datetime import UTC, datetime
from typing import Any

from rosette import fetching
from rosette.openbadges.verification import Loaded, Policy, Unreachable, Verdict, verify

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def load(url: str, *, accept: str, max_bytes: int) -> Loaded:
    """Whatever this machine serves, and nothing else."""
    try:
        answer = fetching.fetch(
            url,
            accept=accept,
            max_bytes=max_bytes,
            timeout_seconds=5,
            allow_loopback=True,
            resolve=_resolve,
        )
    except fetching.FetchError as error:
        raise Unreachable(error.message) from error
    return Loaded(answer.url, answer.status, answer.media_type, answer.content)


def verdict(source: Any, **options: Any) -> Verdict:
    """The verdict at noon of the day of the tests."""
    policy = Policy(**options.pop("policy", {}))
    return verify(source, load=load, at=NOW, policy=policy, **options)


def _resolve(host: str, port: int) -> list[str]:
    if host not in ("127.0.0.1", "localhost"):
        raise OSError(f"{host} is not this machine")
    return ["127.0.0.1"]
