"""Public pages: requests, queries, bytes, growth and a slow phone line."""

import os
from collections.abc import Iterator
from pathlib import Path

import brotli
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import page_data
from bench.figures import ROUNDS, Figure, Workplace, benchmark, side_by_side
from bench.web_server import (
    fetch,
    median_seconds,
    requests_per_second,
    serving,
)

YEARS = 20
TENTH = 2
EMPTY = "an empty Django view without middleware, same server"
ROWS = "a template with 35 rows from the database, 8 clients"
_BEFORE_PLOTLY = ("js/chart.js", "img/icon.svg")


@benchmark(
    "page.home.grows",
    "page.indicator.grows",
    "page.home.queries",
    "page.indicator.queries",
    "page.home.bytes",
    "page.indicator.bytes",
    "page.home.all_bytes",
    "page.indicator.all_bytes",
    "page.home.vs_empty",
    "page.indicator.vs_empty",
    "page.home.cold",
    "page.indicator.cold",
    "page.home.slow_phone",
    "page.indicator.slow_phone",
    "page.indicator.plotly_slow_phone",
)
def public_pages(_work: Workplace) -> Iterator[Figure]:
    """Measure the home page and an indicator's, cold and kept."""
    call_command("collectstatic", interactive=False, verbosity=0)
    slug = page_data.make_province(years=TENTH)
    paths = {"home": "/", "indicator": f"/indicadores/{slug}/"}
    with serving("bench.page_settings", BENCH_COLD="1") as port:
        small = {name: _median(port, path) for name, path in paths.items()}
        page_data.grow(years=YEARS)
        for name, path in paths.items():
            yield _growth(name, small[name], _median(port, path))
        yield from _cold(port, paths)
    yield from _weights(paths)
    yield from _kept(paths)
    yield from _slow_phone(paths)


def _median(port: int, path: str) -> float:
    (value,) = side_by_side(lambda: median_seconds(port, path, 1.0))
    return value


def _growth(name: str, small: float, large: float) -> Figure:
    return Figure(
        name=f"page.{name}.grows",
        value=large / small,
        unit="",
        baseline="the same page with a tenth of the years",
        goal="<= 1.3",
        measured=f"{large * 1000:.1f} ms",
        beside=f"{small * 1000:.1f} ms",
    )


def _cold(port: int, paths: dict[str, str]) -> Iterator[Figure]:
    for name, path in paths.items():
        page, rows = side_by_side(
            lambda path=path: median_seconds(port, path, 1.5),  # type: ignore[misc]
            lambda: median_seconds(port, "/bench-rows/", 1.5),
        )
        yield Figure(
            name=f"page.{name}.cold",
            value=page / rows,
            unit="",
            baseline=ROWS,
            goal="<= 4",
            measured=f"{page * 1000:.1f} ms",
            beside=f"{rows * 1000:.1f} ms",
        )


def _weights(paths: dict[str, str]) -> Iterator[Figure]:
    limits = {"home": 15, "indicator": 20}
    static = sum(_packed(Path(settings.BASE_DIR, "static", f)) for f in _BEFORE_PLOTLY)
    for name, path in paths.items():
        with CaptureQueriesContext(connection) as captured:
            client = Client(SERVER_NAME="localhost")
            answer = client.get(path, headers={"accept-encoding": "br"})
        size = len(answer.content)
        yield Figure(
            name=f"page.{name}.queries",
            value=len(captured),
            unit="",
            baseline="",
            goal="<= 8",
        )
        yield Figure(
            name=f"page.{name}.bytes",
            value=size,
            unit="B",
            baseline="",
            goal=f"<= {limits[name] * 1000}",
        )
        yield Figure(
            name=f"page.{name}.all_bytes",
            value=size + static,
            unit="B",
            baseline="",
            goal="<= 60000",
        )


def _packed(file: Path) -> int:
    return len(brotli.compress(file.read_bytes()))


def _kept(paths: dict[str, str]) -> Iterator[Figure]:
    with (
        serving("bench.page_settings") as site,
        serving("bench.empty_settings") as bare,
    ):
        for name, path in paths.items():
            fetch(site, path)
            page, empty = side_by_side(
                lambda path=path: requests_per_second(site, path),  # type: ignore[misc]
                lambda: requests_per_second(bare, "/"),
            )
            yield Figure(
                name=f"page.{name}.vs_empty",
                value=page / empty,
                unit="",
                baseline=EMPTY,
                goal=">= 0.50",
                measured=f"{page:,.0f}/s",
                beside=f"{empty:,.0f}/s",
            )


def _slow_phone(paths: dict[str, str]) -> Iterator[Figure]:
    # Imported here: only this figure needs a browser.
    from bench.slow_phone import chart_seconds, plotly_seconds

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with serving("bench.page_settings") as port:
        for name, path in paths.items():
            fetch(port, path)
            yield Figure(
                name=f"page.{name}.slow_phone",
                value=chart_seconds(port, path, ROUNDS),
                unit="s",
                baseline="400 kbit/s, 400 ms, processor ÷ 4",
                goal="<= 1.0",
            )
        yield Figure(
            name="page.indicator.plotly_slow_phone",
            value=plotly_seconds(port, paths["indicator"]),
            unit="s",
            baseline="400 kbit/s, 400 ms, processor ÷ 4, from the touch",
            goal="<= 10",
        )
