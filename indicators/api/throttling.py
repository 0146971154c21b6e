"""So many requests a minute from one address; never a reason to fail.

Redis counts for all processes together. When it is down or silent each process
counts for itself: the API keeps answering and is still protected, at most by the
number of processes times the limit.
"""

import ipaddress
import logging
import threading
import time
from functools import cache
from hashlib import blake2b

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

WINDOW_S = 60
REDIS_TIMEOUT_S = 0.5
# After a failure Redis is left alone this long, so that a silent one costs the
# half second once and not on every request.
REDIS_PAUSE_S = 10.0
MAX_LOCAL_ADDRESSES = 10_000

logger = logging.getLogger(__name__)


class LocalCount:
    """Counts of this process in the current minute, bounded in size."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._counts: dict[str, int] = {}

    def add(self, key: str, window: int) -> int:
        """Return how often the key came in this window; 0 when the table is full."""
        with self._lock:
            if window != self._window:
                self._window = window
                self._counts = {}
            if key not in self._counts and len(self._counts) >= MAX_LOCAL_ADDRESSES:
                return 0
            self._counts[key] = self._counts.get(key, 0) + 1
            return self._counts[key]


class AddressLimit:
    """Fixed windows of a minute, keyed by a keyed hash of the address.

    The address itself is neither stored nor logged; the hash changes every minute,
    so that counts cannot be joined into a trail.
    """

    def __init__(self) -> None:
        self._local = LocalCount()
        self._redis_rests_until = 0.0

    def seconds_to_wait(self, address: str) -> int:
        """Return 0 if the request may pass, else the seconds to the next window.

        Counts the request. Never raises: without Redis the process's own count
        decides.
        """
        now = time.time()
        window = int(now // WINDOW_S)
        key = _window_key(address, window)
        if self._count(key, window) <= settings.API_RATE_PER_MINUTE:
            return 0
        return max(1, int((window + 1) * WINDOW_S - now))

    def _count(self, key: str, window: int) -> int:
        if time.monotonic() < self._redis_rests_until:
            return self._local.add(key, window)
        try:
            pipe = _redis_client(settings.REDIS_URL).pipeline(transaction=False)
            pipe.incr(key)
            pipe.expire(key, 2 * WINDOW_S)
            return int(pipe.execute()[0])
        except (redis.RedisError, OSError) as error:
            self._redis_rests_until = time.monotonic() + REDIS_PAUSE_S
            logger.warning(
                "API limit counts by process for %s s: Redis does not answer (%s)",
                int(REDIS_PAUSE_S),
                type(error).__name__,
            )
            return self._local.add(key, window)


@cache
def _redis_client(url: str) -> redis.Redis:
    # redis-py retries three times with pauses unless told not to.
    return redis.Redis.from_url(
        url,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )


def _window_key(address: str, window: int) -> str:
    secret = settings.SECRET_KEY.encode()[:64]
    text = f"{window}:{_network(address)}".encode()
    return "api-limit:" + blake2b(text, key=secret, digest_size=16).hexdigest()


def _network(address: str) -> str:
    """Return the address, or the /64 of an IPv6 one: a household has a whole /64."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return address
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))
