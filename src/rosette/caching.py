"""
The cache that all processes share, if one is set: Redis or Valkey.

What lies in it is named by all that determines it, so that it is never wrong; and it can be made
again, so that nothing is missed when the cache is empty, full or gone.
"""

import logging
import pickle
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

_AWAY: Final = (RedisError, OSError)
# What another release left there.
_UNREADABLE: Final = (pickle.PickleError, EOFError, AttributeError, ImportError, IndexError)

T = TypeVar("T")


def _or(fallback: Any) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """While the cache is away, the answer is ``fallback``; the log has why."""

    def make(ask: Callable[..., T]) -> Callable[..., T]:
        @wraps(ask)
        def answered(*args: Any, **kwargs: Any) -> T:
            try:
                return ask(*args, **kwargs)
            except (*_AWAY, *_UNREADABLE) as error:
                log.warning("the cache gives nothing: %s", type(error).__name__)
                answer: T = fallback
                return answer

        return answered

    return make


class SharedCache(RedisCache):
    """Django's cache in Redis, which is asked in vain while it is away."""

    @_or(None)
    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """What lies there; None while the cache is away."""
        return super().get(key, default, version)

    @_or(None)
    def set(self, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        """Put it there, if the cache is there."""
        super().set(key, value, *args, **kwargs)

    @_or(True)
    def add(self, key: str, value: Any, *args: Any, **kwargs: Any) -> bool:
        """Put it there, if nothing is; whether that was so, or cannot be said."""
        return bool(super().add(key, value, *args, **kwargs))

    @_or(False)
    def delete(self, key: str, version: int | None = None) -> bool:
        """Take it away; whether it was there."""
        return bool(super().delete(key, version))
