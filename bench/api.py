"""The public API against an empty view on the same server, over HTTP.

One sync worker serves both, so that the worker and not the client is the limit; the
client opens a connection for each request, as such a worker wants it.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from bench.figures import Figure, Workplace, benchmark, seconds, side_by_side

REQUESTS = 300
VALUES = "/api/v1/values/?limit=100"
_START_SECONDS = 30.0
_FIRST_YEAR = 1900
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def empty(request: HttpRequest) -> HttpResponse:
    """Return nothing: what the server costs without a view."""
    return HttpResponse()


def server() -> Application:
    """Return the site with the empty view beside it, for the server to run.

    The empty view has every middleware of the site but the two that look up the
    data version for it: what it costs is Django, not the site's own caches.
    """
    import django

    django.setup()
    from tocache.urls import urlpatterns

    urlpatterns.insert(0, path("empty/", empty))
    site = WSGIHandler()
    settings.MIDDLEWARE = [
        name
        for name in settings.MIDDLEWARE
        if not name.startswith(("tocache.pagecache.", "indicators.api."))
    ]
    bare = WSGIHandler()

    def chosen(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        handler = bare if environ["PATH_INFO"] == "/empty/" else site
        return handler(environ, start)

    return chosen


@benchmark("api.list.vs_empty", "api.304.vs_empty")
def repeated_reads(work: Workplace) -> Iterator[Figure]:
    """A list of 100 values and its conditional answer, both as read again."""
    _store_values()
    with _served(work) as port:
        first = _answer(port, VALUES)
        if first.count(b'"kind":"measured"') != 100:
            raise AssertionError(first[:300])
        tag = _header(first, b"etag").decode()
        if not _answer(port, VALUES, tag).startswith(b"HTTP/1.1 304"):
            raise AssertionError("not a conditional answer")

        def asked(address: str, wanted: str = "") -> Callable[[], float]:
            def ask() -> None:
                for _ in range(REQUESTS):
                    _answer(port, address, wanted)

            return lambda: REQUESTS / seconds(ask)

        nothing, rows, unchanged = side_by_side(
            asked("/empty/"), asked(VALUES), asked(VALUES, tag)
        )
    yield _figure("api.list.vs_empty", rows, nothing, ">= 0.25")
    yield _figure("api.304.vs_empty", unchanged, nothing, ">= 0.6")


def _figure(name: str, per_second: float, nothing: float, goal: str) -> Figure:
    return Figure(
        name=name,
        value=per_second / nothing,
        unit="",
        baseline="empty Django view, same server",
        goal=goal,
        measured=f"{per_second:,.0f} requests/s",
        beside=f"{nothing:,.0f} requests/s",
    )


@contextmanager
def _served(work: Workplace) -> Iterator[int]:
    """Run the server for as long as the block runs; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "gunicorn", "--workers=1", "--log-level=error"]
    command += ["--no-control-socket", f"--bind=127.0.0.1:{port}", "bench.api:server()"]
    # The limit is counted as ever; only its number is out of reach.
    environ = os.environ | {"API_RATE_PER_MINUTE": "100000000", "DEMO": "1"}
    with (work.folder / "gunicorn.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=environ, cwd=settings.BASE_DIR, stdout=log, stderr=log
        )
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=_START_SECONDS)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            if _answer(port, "/empty/").startswith(b"HTTP/1.1 200"):
                return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def _answer(port: int, address: str, tag: str = "") -> bytes:
    condition = f"If-None-Match: {tag}\r\n" if tag else ""
    request = f"GET {address} HTTP/1.1\r\nHost: localhost\r\n{condition}\r\n"
    received = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request.encode())
        while chunk := connection.recv(262_144):
            received.append(chunk)
    return b"".join(received)


def _header(answer: bytes, name: bytes) -> bytes:
    for line in answer.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    raise AssertionError(f"no {name!r} in the answer")


def _store_values() -> None:
    """Store a hundred published values of the home jurisdiction."""
    from bench import made_up
    from indicators.models import Axis, Goal, Indicator, Plan, PlanVersion, YearlyValue
    from territory.models import Jurisdiction, Place

    made_up.store_districts()
    home = Jurisdiction.objects.get(is_home=True)
    plan = Plan.objects.create(
        jurisdiction=home, code="bench-api", title_es="Plan", title_en="Plan"
    )
    version = PlanVersion.objects.create(
        plan=plan, number=1, is_current=True, document_year=2022, target_year=2030
    )
    named = {"name_es": "Rendimiento de cacao", "name_en": "Cocoa yield"}
    axis = Axis.objects.create(plan_version=version, code="b", prefix="B", **named)
    texts = {"text_es": "Texto de la meta", "text_en": "Text of the goal"}
    goal = Goal.objects.create(
        axis=axis,
        code="B-01",
        slug="b",
        order=1,
        match_confidence="high",
        **named,
        **texts,
    )
    indicator = Indicator.objects.create(
        goal=goal,
        code="B-01",
        slug="b",
        unit_es="t/ha",
        unit_en="t/ha",
        target_type=Indicator.TargetType.LEVEL,
        direction=Indicator.Direction.INCREASE,
        collection=Indicator.Collection.STATISTICS,
        **named,
    )
    place = Place.objects.filter(jurisdiction=home).order_by("ubigeo")[0]
    YearlyValue.objects.bulk_create(
        YearlyValue(
            indicator=indicator,
            place=place,
            year=_FIRST_YEAR + n,
            value=Decimal(n) / 8,
            kind=YearlyValue.Kind.MEASURED,
            state=YearlyValue.State.PUBLISHED,
            source_text="Anuario estadístico de la producción agrícola, cuadro 12",
            is_synthetic=True,
            recorded_at=timezone.now(),
            published_at=timezone.now(),
        )
        for n in range(100)
    )
