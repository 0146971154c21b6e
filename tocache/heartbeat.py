"""The sign of life a worker leaves in Redis; /healthz reads it."""

from typing import Any

from celery import bootsteps
from django.conf import settings
from redis import Redis, RedisError

KEY = "tocache:worker-alive"
EVERY_S = 3.0
# Three signs may be missed before the worker counts as gone.
EXPIRES_S = 10


def redis_client() -> "Redis":
    """Return a client that a silent Redis holds for a second at most."""
    return Redis.from_url(
        settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1
    )


class Heartbeat(bootsteps.StartStopStep):
    """Runs while the worker is connected to the broker, and only then."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self._entry: Any = None

    def start(self, parent: Any) -> None:
        """Leave a sign now and every few seconds."""
        self._leave_sign()
        self._entry = parent.timer.call_repeatedly(EVERY_S, self._leave_sign)

    def stop(self, parent: Any) -> None:
        """Leave no further sign; the last one expires by itself."""
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None

    shutdown = stop

    @staticmethod
    def _leave_sign() -> None:
        try:
            redis_client().set(KEY, 1, ex=EXPIRES_S)
        except RedisError:
            # The worker's own connection notices a lost broker and reconnects.
            return
