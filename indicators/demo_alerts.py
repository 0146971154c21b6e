"""Made-up alerts of the demo: a source of their own, never joined with a real one."""

from typing import Final

import numpy as np
from django.db import transaction

from indicators.loaders.alert_rows import Districts
from indicators.models.versioning import raise_data_version
from indicators.sources.gfw import AlertColumns
from territory import alert_words as aw
from territory.alert_sources import ALERT_SOURCES
from territory.alerts import lock_source, write_alerts
from territory.models import AlertMonth, AlertSource, Place
from territory.zone_sets import ZoneCover

ALERTS: Final = 6_000
CLEARINGS: Final = 60
FIRST_DAY: Final = np.datetime64("2025-01-01")
DAYS: Final = 660
# No load made them.
_NO_LOAD: Final = 0
_SPREAD_DEGREES: Final = 0.0022


def load_demo_alerts() -> int:
    """Return how many made-up alerts were added to the current districts.

    The same every time; 0 when there are any already. They stand in clearings that
    grow for some months, on the grid of a real source, so that every page shows them
    as it would show real ones.
    """
    source = ALERT_SOURCES[AlertSource.SYNTHETIC]
    if AlertMonth.objects.filter(source=source.number).exists():
        return 0
    with transaction.atomic():
        lock_source(source)
        districts = Districts(Place.objects.current().districts(), ZoneCover.current())
        alerts = aw.unique(districts.packed(_made_up(source.cell_degrees)))
        written = write_alerts(source=source, load_id=_NO_LOAD, alerts=alerts)
        raise_data_version()
    return written.added


def _made_up(cell_degrees: float) -> AlertColumns:
    rng = np.random.default_rng(2030)
    boxes = [place.geom.extent for place in Place.objects.current().districts()]
    west, south, east, north = np.array(boxes)[rng.integers(0, len(boxes), CLEARINGS)].T
    centres = np.column_stack([rng.uniform(west, east), rng.uniform(south, north)])
    # A few clearings are large, most are small.
    chance = rng.pareto(1.2, CLEARINGS) + 0.2
    own = rng.choice(CLEARINGS, ALERTS, p=chance / chance.sum())
    points = centres[own] + rng.normal(scale=_SPREAD_DEGREES, size=(ALERTS, 2))
    cells = np.floor(points / cell_degrees) * cell_degrees + cell_degrees / 2
    began = rng.integers(0, DAYS - 150, CLEARINGS)[own]
    return AlertColumns(
        longitude=cells[:, 0],
        latitude=cells[:, 1],
        day=FIRST_DAY + began + rng.integers(0, 150, ALERTS),
        confidence=rng.choice([2, 3, 4], ALERTS, p=[0.4, 0.35, 0.25]).astype(np.int8),
    )
