"""Vector tiles over HTTP: time, size, completeness, and growth with the alerts."""

import socket
import statistics
import time
from collections.abc import Iterator
from typing import Final

import brotli
import mapbox_vector_tile
import numpy as np
from django.db import connection, transaction

from bench import made_up
from bench.figures import Figure, Workplace, benchmark, side_by_side
from bench.pages import EMPTY
from bench.web_server import fetch, requests_per_second, serving
from indicators.models.versioning import raise_data_version
from indicators.sources.gfw import AlertColumns
from territory import alert_words as aw
from territory import pixels
from territory.alert_sources import ALERT_SOURCES
from territory.alerts import lock_source, write_alerts
from territory.models import AlertSource, Place
from territory.zone_sets import ZoneCover

SMALL: Final = 1_000_000
LARGE: Final = 10_000_000
ROWS_AT_ONCE: Final = 1_000_000
ZOOMS: Final = range(8, 15)
TILES_A_ZOOM: Final = 12
ROUNDS: Final = 3
_SOURCE: Final = ALERT_SOURCES[AlertSource.GFW_INTEGRATED]
_PATH: Final = "/tiles/alertas/gfw_integrated_alerts"


@benchmark(
    "tile.median_ms",
    "tile.densest_ms",
    "tile.largest_kb",
    "tile.complete",
    "tile.cached_vs_empty",
    "tile.densest_grows",
)
def tiles(_work: Workplace) -> Iterator[Figure]:
    """Measure uncached tiles of a million alerts, kept ones, and ten million."""
    made_up.store_districts()
    add_alerts(SMALL, seed=1)
    with serving("bench.page_settings", BENCH_COLD="1") as port:
        times_s, sizes = all_tiles(port)
        densest = max(times_s, key=lambda path: times_s[path])
        small_s = _densest_s(port, times_s)
        median_s = statistics.median(times_s.values())
        yield _plain("tile.median_ms", median_s * 1000, "ms", 10)
        yield _plain("tile.densest_ms", small_s * 1000, "ms", 90)
        yield _plain("tile.largest_kb", max(sizes.values()) / 1000, "kB", 120)
        yield _complete(port)
    yield _kept(densest)
    add_alerts(LARGE - SMALL, seed=2)
    with serving("bench.page_settings", BENCH_COLD="1") as port:
        large_s = _densest_s(port, all_tiles(port)[0])
    yield Figure(
        name="tile.densest_grows",
        value=large_s / small_s,
        unit="",
        baseline="the slowest tile with 1 M alerts, then with 10 M",
        goal="<= 1.5",
        measured=f"{large_s * 1000:.0f} ms",
        beside=f"{small_s * 1000:.0f} ms",
    )


def _plain(name: str, value: float, unit: str, most: float) -> Figure:
    return Figure(
        name=name,
        value=value,
        unit=unit,
        baseline="zooms 8 to 14, 1 M alerts, uncached, over HTTP",
        goal=f"<= {most}",
    )


def _kept(path: str) -> Figure:
    with (
        serving("bench.page_settings") as site,
        serving("bench.empty_settings") as bare,
    ):
        fetch(site, path)
        kept, empty = side_by_side(
            lambda: requests_per_second(site, path),
            lambda: requests_per_second(bare, "/"),
        )
    return Figure(
        name="tile.cached_vs_empty",
        value=kept / empty,
        unit="",
        baseline=EMPTY,
        goal=">= 0.4",
        measured=f"{kept:,.0f}/s",
        beside=f"{empty:,.0f}/s",
    )


# --- Alerts -------------------------------------------------------------------


def add_alerts(rows: int, *, seed: int, years: tuple[int, int] = (2024, 2026)) -> None:
    """Write made-up alerts around clearings through the only writer there is.

    Their days are spread over the years, the second not included.
    """
    from indicators.loaders.alert_rows import Districts

    districts = Districts(Place.objects.current().districts(), ZoneCover.current())
    rng = np.random.default_rng(seed)
    first, after = (np.datetime64(f"{year}-01-01") for year in years)
    days = np.arange(first, after)
    for start in range(0, rows, ROWS_AT_ONCE):
        count = min(ROWS_AT_ONCE, rows - start)
        cells = made_up.cells_of(rng, count)
        columns = AlertColumns(
            longitude=-(cells[:, 0] + 0.5) / 10_000,
            latitude=-(cells[:, 1] + 0.5) / 10_000,
            day=rng.choice(days, count),
            confidence=rng.integers(2, 5, count).astype(np.int8),
        )
        with transaction.atomic():
            lock_source(_SOURCE)
            alerts = aw.unique(districts.packed(columns))
            write_alerts(source=_SOURCE, load_id=seed, alerts=alerts)
            raise_data_version()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE territory_forestalert, territory_alertcell")


# --- Tiles --------------------------------------------------------------------


def _paths(z: int) -> list[str]:
    """Return every tile of a zoom that the made-up province touches."""
    west, north = _column_row(z, made_up.WEST, made_up.NORTH)
    east, south = _column_row(z, made_up.EAST, made_up.SOUTH)
    return [
        f"{_PATH}/{z}/{x}/{y}.mvt"
        for x in range(west, east + 1)
        for y in range(north, south + 1)
    ]


def _column_row(z: int, longitude: float, latitude: float) -> tuple[int, int]:
    code = pixels.encode(np.array([longitude]), np.array([latitude]))[0]
    bits = [int(code) >> 2 * (pixels.ZOOM - z) >> shift for shift in (0, 1)]
    x, y = (sum((half >> 2 * b & 1) << b for b in range(z)) for half in bits)
    return x, y


def all_tiles(port: int, query: str = "") -> tuple[dict[str, float], dict[str, int]]:
    """Return seconds and compressed bytes of tiles spread over every zoom."""
    rng = np.random.default_rng(7)
    times_s: dict[str, float] = {}
    sizes: dict[str, int] = {}
    for z in ZOOMS:
        paths = _paths(z)
        some = rng.permutation(len(paths))[:TILES_A_ZOOM]
        for path in (f"{paths[place]}{query}" for place in some):
            _asked(port, path)
            taken = [_asked(port, path) for _ in range(ROUNDS)]
            times_s[path] = statistics.median(seconds for seconds, _ in taken)
            sizes[path] = len(taken[0][1])
    return times_s, sizes


def _densest_s(port: int, times_s: dict[str, float]) -> float:
    """Return the time of the slowest tile, asked for again."""
    slowest = sorted(times_s, key=lambda path: times_s[path])[-3:]
    return max(
        statistics.median(_asked(port, path)[0] for _ in range(7)) for path in slowest
    )


def _asked(port: int, path: str) -> tuple[float, bytes]:
    """Return seconds and body of an answer; an empty tile has none."""
    request = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n"
        "Connection: close\r\n\r\n"
    )
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(request.encode())
        parts = []
        while part := line.recv(65_536):
            parts.append(part)
    taken_s = time.perf_counter() - started
    head, _, body = b"".join(parts).partition(b"\r\n\r\n")
    if head[9:12] not in (b"200", b"204"):
        raise RuntimeError(f"{path}: {head[:60]!r}")
    return taken_s, body


def _complete(port: int) -> Figure:
    """Return the share of the alerts found in the tiles, the worst zoom of all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(alerts)::bigint FROM territory_alertmonth")
        (expected,) = cursor.fetchone()
    shares = []
    for z in (8, 10, 12, 13, 14):
        found = sum(_counted(_asked(port, path)[1]) for path in _paths(z))
        shares.append(found / expected)
    return Figure(
        name="tile.complete",
        value=min(shares),
        unit="",
        baseline="alerts in all tiles of zooms 8, 10, 12, 13 and 14 ÷ in the totals",
        goal=">= 1",
    )


def _counted(body: bytes) -> int:
    if not body:
        return 0
    layer = mapbox_vector_tile.decode(brotli.decompress(body))["alertas"]
    return sum(feature["properties"]["alertas"] for feature in layer["features"])
