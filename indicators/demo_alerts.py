"""Made-up alerts of the demo: a source of their own, never joined with a real one."""

from typing import Final

import numpy as np
from django.db import transaction
from django.db.models import Sum

from indicators.demo import load_demo
from indicators.loaders.alert_rows import Districts
from indicators.models import Derivation, Indicator, YearlyValue
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
WHOLE_YEARS: Final = (2025,)
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


def load_demo_alert_years(*, place: Place) -> int:
    """Return how many made-up yearly values were added where alerts feed an indicator.

    The hectares of the made-up alerts of whole years, as the real ones would be
    counted; marked, and gone once a real value comes.
    """
    years = AlertMonth.objects.filter(
        source=AlertSource.SYNTHETIC, month__year__in=WHOLE_YEARS
    )
    sums = years.order_by().values_list("month__year").annotate(Sum("area_ha"))
    estimated = YearlyValue.Kind.ESTIMATED.value
    values = {year: [round(area_ha, 2), estimated] for year, area_ha in sums}
    fed = Derivation.objects.filter(
        rule=Derivation.Rule.ALERT_AREA,
        indicator__in=Indicator.objects.of_current_plan(),
    )
    return sum(
        load_demo({code: {"values": values}}, place=place)
        for code in fed.values_list("indicator__code", flat=True)
    )


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
