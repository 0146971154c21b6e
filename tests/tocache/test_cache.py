"""A cache that is down or silent is an empty one, and is asked once in a while."""

import socket
from collections.abc import Iterator

import pytest
from django.core.cache import caches

from tocache import cache as fail_open
from tocache.cache import FailOpenRedisCache


@pytest.fixture(autouse=True)
def _awake() -> Iterator[None]:
    fail_open.wake()
    yield
    fail_open.wake()


@pytest.fixture
def silent() -> Iterator[tuple[FailOpenRedisCache, socket.socket]]:
    """A cache whose server takes connections and says nothing."""
    server = socket.create_server(("127.0.0.1", 0))
    host, port = server.getsockname()
    options = {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}}
    yield FailOpenRedisCache(f"redis://{host}:{port}/0", options), server
    server.close()


def connections(server: socket.socket) -> int:
    """Count and take the connections that wait at a server."""
    server.setblocking(False)
    taken = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return taken
        taken += 1


def test_a_silent_cache_answers_as_an_empty_one_and_is_left_alone(
    silent: tuple[FailOpenRedisCache, socket.socket],
) -> None:
    cache, server = silent
    assert cache.get("a", "nothing") == "nothing"
    asked = connections(server)
    assert asked >= 1
    assert cache.add("a", 1) is True
    assert cache.incr("a") == 1
    assert cache.get_many(["a"]) == {}
    assert cache.has_key("a") is False
    assert cache.set("a", 1) is None
    assert cache.delete("a") is False
    assert connections(server) == 0


def test_it_is_asked_again_afterwards(
    silent: tuple[FailOpenRedisCache, socket.socket],
) -> None:
    cache, server = silent
    cache.get("a")
    connections(server)
    fail_open.wake()
    cache.get("a")
    assert connections(server) >= 1


def test_a_cache_that_answers_keeps_what_it_is_given() -> None:
    cache = caches["default"]
    assert isinstance(cache, FailOpenRedisCache)
    cache.set("kept", 7)
    assert cache.get("kept") == 7
