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
_DAY_FILTERS: Final = "?desde=2025-11-01&hasta=2025-12-31"


@benchmark("scale.map", "scale.alerts", "scale.dossier", "scale.tile")
def scale(_work: Workplace) -> Iterator[Figure]:
    """Measure uncached pages and tiles before and after a hundredfold of alerts."""
    call_command("collectstatic", interactive=False, verbosity=0)
    made_up.store_districts()
    tiles.add_alerts(FEW, seed=1)
    few = _seconds()
    tiles.add_alerts(MANY - FEW, seed=2)
    many = _seconds()
    for name, seconds in many.items():
        yield Figure(
            name=f"scale.{name}",
            value=seconds / few[name],
            unit="",
            baseline="uncached with 10 M alerts, then with 100 k",
            goal="<= 1.3",
            measured=f"{seconds * 1000:.1f} ms",
            beside=f"{few[name] * 1000:.1f} ms",
        )


def _seconds() -> dict[str, float]:
    """Return the median seconds of each page, and of tiles of every zoom."""
    start = _LAST_DAY - timedelta(days=CLUSTERED_DAYS)
    renew_clusters(source=_SOURCE, start=start, end=_LAST_DAY)
    raise_data_version()
    # What the database does by itself within minutes must not run beside the pages.
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    number = AlertCluster.objects.filter(merged_into=None).order_by("pk").last()
    paths = {
        "map": f"/mapa/{_FILTERS}",
        "alerts": f"/alertas/{_DAY_FILTERS}",
        "dossier": f"/alertas/{number.pk if number else 0}/",
    }
    with serving("bench.page_settings", BENCH_COLD="1") as port:
        found = {name: _median(port, path) for name, path in paths.items()}
        found["tile"] = statistics.median(tiles.all_tiles(port)[0].values())
    return found


def _median(port: int, path: str) -> float:
    (value,) = side_by_side(lambda: median_seconds(port, path, 1.0))
    return value
