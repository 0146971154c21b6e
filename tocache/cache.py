"""The shared cache: nice to have, never needed."""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from django.core.cache import cache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# Each try against a hung Redis costs a reader its whole time-out.
SILENT_SECONDS: Final = 30.0


class _Rest:
    """Until when Redis is left alone; one for the process."""

    until = 0.0


def wake() -> None:
    """Ask Redis again at the next call."""
    _Rest.until = 0.0


def redis_is_away() -> bool:
    """Return whether Redis did not answer just now; asks it once, if it may be well."""
    cache.get("tocache:is-redis-there")
    return time.monotonic() < _Rest.until


def _fail_open(name: str, missing: Callable[..., Any]) -> Callable[..., Any]:
    """Return a cache method that answers as an empty cache while Redis is away."""
    method = getattr(RedisCache, name)

    def answer(self: RedisCache, *args: Any, **options: Any) -> Any:
        if time.monotonic() < _Rest.until:
            return missing(*args, **options)
        try:
            return method(self, *args, **options)
        except (RedisError, OSError) as error:
            _Rest.until = time.monotonic() + SILENT_SECONDS
            logger.warning(
                "no Redis for %s s: cache.%s: %s", SILENT_SECONDS, name, error
            )
            return missing(*args, **options)

    return answer


def _default(_key: str, default: Any = None, version: int | None = None) -> Any:
    return default


class FailOpenRedisCache(RedisCache):
    """Redis that behaves as an empty cache while it is down or silent.

    Signing in, resetting a password and reading must not end in an error because a
    counter cannot be kept. After a failure Redis is left alone for half a minute.
    add answers True, as a cache that kept nothing would.
    """

    get = _fail_open("get", _default)
    get_many = _fail_open("get_many", lambda *_a, **_o: {})
    has_key = _fail_open("has_key", lambda *_a, **_o: False)
    add = _fail_open("add", lambda *_a, **_o: True)
    set = _fail_open("set", lambda *_a, **_o: None)
    set_many = _fail_open("set_many", lambda *_a, **_o: [])
    touch = _fail_open("touch", lambda *_a, **_o: False)
    delete = _fail_open("delete", lambda *_a, **_o: False)
    delete_many = _fail_open("delete_many", lambda *_a, **_o: None)
    incr = _fail_open("incr", lambda *_a, **_o: 1)
