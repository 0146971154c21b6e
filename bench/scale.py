"""Pages and tiles with a hundred thousand alerts, and with ten million."""

import statistics
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from django.core.management import call_command
from django.db import connection

from bench import made_up, tiles
from bench.figures import Figure, Workplace, benchmark, side_by_side
from bench.web_server import median_seconds, serving
from indicators.models.versioning import raise_data_version
from territory.alert_sources import ALERT_SOURCES
from territory.clusters import renew_clusters
from territory.models import AlertCluster, AlertSource

FEW: Final = 100_000
MANY: Final = 10_000_000
# As after a load: what changed lately is clustered, not the whole history.
CLUSTERED_DAYS: Final = 6
_LAST_DAY: Final = date(2025, 12, 31)
_SOURCE: Final = ALERT_SOURCES[AlertSource.GFW_INTEGRATED]
_FILTERS: Final = "?desde=2024-01&hasta=2025-12"
_LAST_YEAR: Final = "?desde=2025-01&hasta=2025-12"
_DAY_FILTERS: Final = "?desde=2025-11-01&hasta=2025-12-31"


@benchmark("scale.map", "scale.alerts", "scale.dossier", "scale.denser_tile")
def denser(_work: Workplace) -> Iterator[Figure]:
    """Measure uncached pages before and after a hundredfold of alerts in their view."""
    call_command("collectstatic", interactive=False, verbosity=0)
    made_up.store_districts()
    tiles.add_alerts(FEW, seed=1)
    few = _seconds()
    tiles.add_alerts(MANY - FEW, seed=2)
    many = _seconds()
    # A tile of few alerts is nearly empty, one of many shows up to 4,096 squares:
    # its limit is that of the densest tile.
    few_s, many_s = few.pop("tile"), many.pop("tile")
    for name, seconds in many.items():
        yield _ratio(f"scale.{name}", few[name], seconds)
    yield Figure(
        name="scale.denser_tile",
        value=many_s * 1000,
        unit="ms",
        baseline="median tile with 10 M alerts in view, beside 100 k",
        goal="<= 90",
        measured=f"{many_s * 1000:.1f} ms",
        beside=f"{few_s * 1000:.1f} ms",
    )


@benchmark("scale.tile")
def longer_history(_work: Workplace) -> Iterator[Figure]:
    """Measure uncached tiles of one year before and after ten years of alerts."""
    call_command("collectstatic", interactive=False, verbosity=0)
    made_up.store_districts()
    tiles.add_alerts(FEW, seed=1, years=(2025, 2026))
    few_s = _tile_seconds(_LAST_YEAR)
    tiles.add_alerts(MANY - FEW, seed=2, years=(2015, 2025))
    yield _ratio("scale.tile", few_s, _tile_seconds(_LAST_YEAR))


def _ratio(name: str, few_s: float, many_s: float) -> Figure:
    return Figure(
        name=name,
        value=many_s / few_s,
        unit="",
        baseline="uncached with 10 M alerts, then with 100 k",
        goal="<= 1.3",
        measured=f"{many_s * 1000:.1f} ms",
        beside=f"{few_s * 1000:.1f} ms",
    )


def _seconds() -> dict[str, float]:
    """Return the median seconds of each page, and of tiles of every zoom."""
    start = _LAST_DAY - timedelta(days=CLUSTERED_DAYS)
    renew_clusters(source=_SOURCE, start=start, end=_LAST_DAY)
    _settle()
    number = AlertCluster.objects.filter(merged_into=None).order_by("pk").last()
    paths = {
        "map": f"/mapa/{_FILTERS}",
        "alerts": f"/alertas/{_DAY_FILTERS}",
        "dossier": f"/alertas/{number.pk if number else 0}/",
    }
    with serving("bench.page_settings", BENCH_COLD="1") as port:
        found = {name: _median(port, path) for name, path in paths.items()}
    found["tile"] = _tile_seconds("")
    return found


def _tile_seconds(query: str) -> float:
    """Return the median seconds of tiles of every zoom."""
    _settle()
    with serving("bench.page_settings", BENCH_COLD="1") as port:
        return statistics.median(tiles.all_tiles(port, query)[0].values())


def _settle() -> None:
    """Do what the database does by itself within minutes, not beside the pages."""
    raise_data_version()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _median(port: int, path: str) -> float:
    (value,) = side_by_side(lambda: median_seconds(port, path, 1.0))
    return value
