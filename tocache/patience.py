"""No request waits for ever on a database that took the question and went silent.

libpq has no limit on waiting for an answer: connect_timeout ends with the connection
and statement_timeout is kept by the very server that is silent. A thread of the web
server cannot be interrupted either, so another one hangs up for it.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)


class DatabasePatienceMiddleware:
    """Hang up on the database when a request has taken DATABASE_PATIENCE_S seconds."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; one whose database was silent is a 503."""
        with _watch.over(connections["default"]):
            return self.get_response(request)


class _Watch:
    """The requests of this process that run, and who hangs up for them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[int, list[Any]] = {}
        self._watcher_of = 0

    @contextmanager
    def over(self, connection: Any) -> Iterator[None]:
        me = threading.get_ident()
        with self._lock:
            self._running[me] = [time.monotonic(), connection]
            # A process made by fork has none of its parent's threads.
            if self._watcher_of != os.getpid():
                self._watcher_of = os.getpid()
                threading.Thread(target=self._look, daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._running.pop(me, None)

    def _look(self) -> None:
        while True:
            patience_s = settings.DATABASE_PATIENCE_S
            time.sleep(patience_s / 10)
            with self._lock:
                now = time.monotonic()
                for request in self._running.values():
                    if now - request[0] > patience_s:
                        request[0] = now
                        _hang_up(request[1])


# One a process: each chain of middleware with its own would leave a thread behind.
_watch = _Watch()


def _hang_up(connection: Any) -> None:
    """Close the line under a connection that another thread waits on."""
    line = connection.connection
    if line is None or line.closed:
        return
    logger.error("the database was silent for too long: hanging up")
    try:
        with socket.socket(fileno=os.dup(line.fileno())) as copy:
            copy.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It was closed in this very moment.
        return
