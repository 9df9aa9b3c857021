"""The shared cache: a real Redis, and what happens when it goes."""

import logging
import pickle
from collections.abc import Iterator

import pytest

from rosette.caching import SharedCache
from tests.services import Unavailable, redis


@pytest.fixture
def address() -> Iterator[str]:
    try:
        with redis() as found:
            yield found
    except Unavailable as why:
        pytest.skip(str(why))


def cache_at(address: str) -> SharedCache:
    return SharedCache(address, {"OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 0.5}})


def test_all_processes_find_what_one_has_put_there(address: str):
    one, other = cache_at(address), cache_at(address)
    one.set("a", (b"\0\xff", {"b": 1}), 60)

    assert other.get("a") == (b"\0\xff", {"b": 1})
    assert other.add("a", 1) is False
    assert other.delete("a") is True
    assert one.get("a", "nothing") == "nothing"


def test_what_cannot_be_read_is_not_there(address: str):
    cache = cache_at(address)
    cache._cache.get_client(None).set(cache.make_key("a"), pickle.dumps(1)[:-1])

    assert cache.get("a") is None


def test_a_cache_that_is_gone_is_empty(caplog: pytest.LogCaptureFixture):
    with redis() as address:
        cache = cache_at(address)
        cache.set("a", 1)
        assert cache.get("a") == 1
    caplog.set_level(logging.WARNING)

    assert cache.get("a") is None
    cache.set("a", 1)
    assert cache.add("a", 1) is True
    assert cache.delete("a") is False
    assert "the cache gives nothing" in caplog.text


@pytest.mark.parametrize("wrong", ["http://cache", "redis"])
def test_an_address_of_something_else_is_refused(wrong: str):
    from rosette.config import Config

    with pytest.raises(ValueError, match="must begin with redis://"):
        Config(cache_url=wrong)
