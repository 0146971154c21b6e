"""/healthz: whether web, database, Redis and a worker answer, each within seconds."""

import select
import time
from typing import Any, Literal

import psycopg2
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE
from redis import Redis, RedisError

from tocache.heartbeat import KEY, redis_client

State = Literal["ok", "down"]

DATABASE_PATIENCE_S = 2.0


# It only reads: a POST is a 405, before a token is asked for.
@csrf_exempt
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Return one word for each part; 200 when all are "ok", otherwise 503."""
    redis, worker = redis_and_worker(redis_client())
    parts: dict[str, State] = {
        "web": "ok",
        "database": database_state(),
        "redis": redis,
        "worker": worker,
    }
    well = all(state == "ok" for state in parts.values())
    return JsonResponse(parts, status=200 if well else 503)


def redis_and_worker(client: "Redis") -> tuple[State, State]:
    """Return the states of Redis and of the worker, whose sign Redis keeps.

    A worker nobody can ask about counts as down.
    """
    try:
        alive = client.exists(KEY)
    except RedisError:
        return "down", "down"
    finally:
        client.close()
    return "ok", "ok" if alive else "down"


def database_state(patience_s: float = DATABASE_PATIENCE_S) -> State:
    """Return "ok" when a new connection answers a query in time.

    Django's own connection has no limit on waiting for a server that took the
    connection and then went silent; this one is asynchronous and has.
    """
    known = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port")
    end = time.monotonic() + patience_s
    try:
        line = psycopg2.connect(
            **{name: known[name] for name in wanted if known.get(name)}, async_=True
        )
        try:
            _wait(line, end)
            cursor = line.cursor()
            cursor.execute("SELECT 1")
            _wait(line, end)
        finally:
            line.close()
    except (psycopg2.Error, TimeoutError):
        return "down"
    return "ok"


def _wait(line: Any, end: float) -> None:
    while (state := line.poll()) != POLL_OK:
        left = end - time.monotonic()
        reading = [line] if state == POLL_READ else []
        writing = [line] if state == POLL_WRITE else []
        if left <= 0 or not any(select.select(reading, writing, [], left)):
            raise TimeoutError
