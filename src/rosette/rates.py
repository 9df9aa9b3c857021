"""
How many requests a minute a token and an address may make, and how that is told.

Off unless the settings ``rate_per_token`` and ``rate_per_address`` say a number. Counted by the
minute of the clock, in the shared cache if there is one, so that all nodes count together; one
operation there for each of the two. Without it, and while it is away, each process counts for
itself. Told as draft-ietf-httpapi-ratelimit-headers has it:
``RateLimit-Policy: "token";q=600;w=60`` and ``RateLimit: "token";r=599;t=42`` (what is left, and
seconds until it is full again).
"""

import hashlib
import logging
import time
from typing import Final, NamedTuple

from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage

from rosette.config import Config

_WINDOW_SECONDS: Final = 60
log = logging.getLogger(__name__)


class Count(NamedTuple):
    """
    Where somebody stands.

    ``headers`` tell it; ``wait``: seconds until the next request is heard, None if this one is.
    """

    headers: list[tuple[str, str]]
    wait: int | None


class Rates:
    """The limits that the settings name."""

    def __init__(self, settings: Config) -> None:
        self._most = {"token": settings.rate_per_token, "address": settings.rate_per_address}
        self.is_on: Final = any(self._most.values())
        self._own = MemoryStorage()
        self._shared: RedisStorage | None = None
        if self.is_on and settings.cache_url:
            url = settings.cache_url.replace("unix://", "redis+unix://", 1)
            # With its own errors, so that Redis need not be known where there is none.
            self._shared = RedisStorage(
                url, wrap_exceptions=True, socket_timeout=1, socket_connect_timeout=0.5
            )

    def count(self, token: str, address: str) -> Count:
        """Count a request with this ``Authorization`` header, if it has one, from this address."""
        now = time.time()
        minute, passed = divmod(int(now), _WINDOW_SECONDS)
        until = _WINDOW_SECONDS - passed
        policies: list[str] = []
        states: list[str] = []
        wait: int | None = None
        for kind, value in (("token", token), ("address", address)):
            most = self._most[kind]
            if not (most and value):
                continue
            # What stands in the shared cache names nobody.
            name = hashlib.sha256(f"{kind} {value}".encode()).hexdigest()[:32]
            left = most - self._counted(f"rosette-rate/{minute}/{name}")
            policies.append(f'"{kind}";q={most};w={_WINDOW_SECONDS}')
            states.append(f'"{kind}";r={max(0, left)};t={until}')
            if left < 0:
                wait = until
        headers: list[tuple[str, str]] = []
        if policies:
            headers = [("RateLimit-Policy", ", ".join(policies)), ("RateLimit", ", ".join(states))]
        return Count(headers, wait)

    def _counted(self, key: str) -> int:
        if self._shared is not None:
            try:
                return self._shared.incr(key, _WINDOW_SECONDS)
            except (StorageError, OSError) as error:
                log.warning("requests are counted by each process: %s", type(error).__name__)
        return self._own.incr(key, _WINDOW_SECONDS)
