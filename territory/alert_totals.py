"""Totals of alerts by day and by month, kept in step with every batch of rows."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.db import connection

from territory import alert_words as aw
from territory import pixels
from territory.alert_sources import Source
from territory.alert_words import Alerts

# A word's days and confidence: its low 16 bits.
_DAY_AND_LEVEL: Final = 1 << 16
Counts = npt.NDArray[np.int64]


def add_to_totals(source: Source, *, came: Alerts, went: Alerts) -> None:
    """Count in days and months what came, and no longer what went.

    Call it in the transaction that writes the rows, one at a time for a source.
    """
    alerts = aw.together([came, went])
    if not len(alerts):
        return
    sign = np.ones(len(alerts))
    sign[len(came) :] = -1
    days = _by_day(source, alerts, sign)
    with connection.cursor() as cursor:
        _merge(cursor, "territory_alertday", "day", source, days)
        _merge(cursor, "territory_alertmonth", "month", source, _by_month(days))


class _Totals:
    """Columns of one row a period, assignment and confidence; steps are areas."""

    def __init__(
        self,
        period: npt.NDArray[np.datetime64],
        level: Counts,
        assigned: aw.Assigned,
        alerts: Counts,
        steps: Counts,
    ) -> None:
        self.period = period
        self.level = level
        self.assigned = assigned
        self.alerts = alerts
        self.steps = steps


def _by_day(source: Source, alerts: Alerts, sign: npt.NDArray[np.float64]) -> _Totals:
    """Sum by counting, without sorting: one bin a day, confidence and assignment."""
    known = np.unique(alerts.assigned)
    low_bits = (alerts.words & np.uint64(_DAY_AND_LEVEL - 1)).astype(np.int64)
    first = int(low_bits.min()) & ~3
    span = int(low_bits.max()) - first + 1
    bins = np.searchsorted(known, alerts.assigned) * span + (low_bits - first)
    _, latitude = pixels.decode(aw.pixels_of(alerts.words))
    area_ha = source.areas_ha(latitude)
    # Whole steps below 2^53 add up exactly as floats.
    steps = np.bincount(bins, np.rint(area_ha / pixels.AREA_STEP_HA) * sign)
    counts = np.bincount(bins, sign)
    used = np.flatnonzero((counts != 0) | (steps != 0))
    used = used[np.argsort(used % span, kind="stable")]
    low_bits = used % span + first
    return _Totals(
        aw.FIRST_DAY + (low_bits >> 2),
        (low_bits & 3) + 1,
        known[used // span],
        counts[used].astype(np.int64),
        steps[used].astype(np.int64),
    )


def _by_month(days: _Totals) -> _Totals:
    months = days.period.astype("datetime64[M]")
    group = np.stack([months.astype(np.int64), days.level, days.assigned])
    group, which = np.unique(group, axis=1, return_inverse=True)
    which = which.ravel()
    # Exact: below 2^53, as above.
    alerts = np.bincount(which, days.alerts).astype(np.int64)
    steps = np.bincount(which, days.steps).astype(np.int64)
    changed = (alerts != 0) | (steps != 0)
    month, level, assigned = group[:, changed]
    first_days = month.astype("datetime64[M]").astype("datetime64[D]")
    return _Totals(first_days, level, assigned, alerts[changed], steps[changed])


# What a batch changed, a row a total. In the order of the key, so that a page of the
# table is touched once.
_DELTAS: Final = """
    SELECT %s::smallint source, d.period, d.confidence, d.assigned >> 32 district_id,
           (d.assigned & 4294967295)::int zone_set_id, d.alerts,
           d.area_steps * 0.000001 area_ha
    FROM unnest(%s::date[], %s::smallint[], %s::bigint[], %s::bigint[], %s::bigint[])
         AS d(period, confidence, assigned, alerts, area_steps)
"""
# Totals that only grow: an upsert looks up what the batch has, whatever the plan.
_GROW: Final = """
INSERT INTO {table} AS t
    (source, {period}, confidence, district_id, zone_set_id, alerts, area_ha)
{deltas}
ON CONFLICT ({key}) DO UPDATE
SET alerts = t.alerts + excluded.alerts, area_ha = t.area_ha + excluded.area_ha
"""
_MERGE: Final = """
MERGE INTO {table} t
USING ({deltas}) d
ON t.{period} = d.period AND t.source = d.source AND t.district_id = d.district_id
   AND t.zone_set_id = d.zone_set_id AND t.confidence = d.confidence
WHEN MATCHED AND t.alerts + d.alerts = 0 THEN DELETE
WHEN MATCHED THEN
    UPDATE SET alerts = t.alerts + d.alerts, area_ha = t.area_ha + d.area_ha
WHEN NOT MATCHED THEN
    INSERT (district_id, source, {period}, confidence, zone_set_id, alerts, area_ha)
    VALUES (d.district_id, d.source, d.period, d.confidence, d.zone_set_id, d.alerts,
            d.area_ha)
"""
_KEYS: Final = {
    "day": "source, day, district_id, zone_set_id, confidence",
    "month": "district_id, source, month, confidence, zone_set_id",
}


def _merge(
    cursor: Any, table: str, period: str, source: Source, totals: _Totals
) -> None:
    grows = (totals.alerts > 0) & (totals.steps > 0)
    for statement, chosen in ((_GROW, grows), (_MERGE, ~grows)):
        if not chosen.any():
            continue
        cursor.execute(
            statement.format(
                table=table, period=period, key=_KEYS[period], deltas=_DELTAS
            ),
            [
                source.number,
                totals.period[chosen].tolist(),
                totals.level[chosen].tolist(),
                totals.assigned[chosen].tolist(),
                totals.alerts[chosen].tolist(),
                totals.steps[chosen].tolist(),
            ],
        )
