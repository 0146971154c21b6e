"""The only writer of alert clusters: what changed is clustered again, nothing else.

Clusters follow the alerts: they are compared with the rows of a window, so it does
not matter which load changed them, nor whether an earlier run was cut short. Run it
after a load has been published; run twice it changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Point
from django.db import connection, transaction
from django.utils import timezone

from territory import alert_words as aw
from territory import linkage, pixels
from territory.alert_sources import Source
from territory.alert_words import Alerts
from territory.binary_copy import read_columns
from territory.footprints import footprint_of
from territory.models import AlertCluster, ClusterPart

EVER: Final = (date(2015, 1, 1), date(2059, 11, 9))
_ROWS_AT_ONCE = 500
_NO_WORDS = np.empty(0, dtype=np.uint64)
_NOTHING = np.empty(0, dtype=np.int64)
_STANDING_ALERTS = """
SELECT string_agg(int8send(
           (a.pixel << 16) | ((a.alert_date - DATE '2015-01-01')::bigint << 2)
           | (a.confidence - 1)), ''),
       string_agg(int8send((a.district_id << 32) | a.zone_set_id), '')
FROM territory_forestalert a
WHERE a.source = %s AND a.alert_date >= %s AND a.alert_date <= %s
  AND a.gone_load_id IS NULL
"""
_WRITTEN_FIELDS = (
    "first_date",
    "last_date",
    "alerts",
    "confidence",
    "area_ha",
    "centroid",
    "footprint",
    "members",
    "assigned",
    "merged_into",
    "updated_at",
)

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a run changed, in clusters.

    `merged` now lead to another one; `withdrawn` have no alert left.
    """

    added: int = 0
    changed: int = 0
    merged: int = 0
    withdrawn: int = 0


@transaction.atomic
def renew_clusters(
    *,
    source: Source,
    start: date = EVER[0],
    end: date = EVER[1],
    rebuild: bool = False,
) -> Renewed:
    """Return what changed after bringing a source's clusters in step with its alerts.

    Looks at alerts of the days `start` up to, not including, `end`, and at every
    cluster that a link could tie to them. With `rebuild` all of those clusters are
    computed again, not only those whose neighbourhood changed; numbers stay. Waits
    for another run on the same source.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"alert_clusters:{source.number}"],
        )
    known = _known(source, start, end)
    alerts = _standing_alerts(source, *_span(known, start, end))
    work = _work(known, alerts, start, end, rebuild=rebuild)
    return _written(source, known, work)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Clusters that a link could tie to a window, and each of their alerts.

    `alerts` in order, with the number of the cluster each is in or, if the source
    took the cluster back, was in.
    """

    rows: dict[int, AlertCluster]
    alerts: Alerts
    numbers: Numbers
    stands: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """Alerts to put into clusters, the group and the old number (0: none) of each."""

    alerts: Alerts
    groups: Numbers
    old_numbers: Numbers
    touched: Numbers


# --- Reading ------------------------------------------------------------------


def _known(source: Source, start: date, end: date) -> _Known:
    reach = timedelta(days=linkage.REACH_DAYS)
    rows = {
        row.number: row
        for row in AlertCluster.objects.filter(
            source=source.number,
            merged_into=None,
            last_date__gte=start - reach,
            first_date__lt=end + reach,
        ).defer("footprint", "centroid")
    }
    members = [_members(row) for row in rows.values()]
    alerts = aw.together([Alerts(_NO_WORDS, _NOTHING), *members])
    sizes = list(map(len, members))
    numbers = np.repeat(np.array(list(rows), dtype=np.int64), sizes)
    stands = np.repeat(np.array([row.alerts > 0 for row in rows.values()], bool), sizes)
    # Of a key that stands in one cluster and was once in another, the first counts.
    order = np.lexsort((~stands, aw.keys(alerts.words)))
    keys = aw.keys(alerts.words[order])
    first = order[np.append(True, keys[1:] != keys[:-1])[: len(order)]]
    return _Known(rows, alerts.where(first), numbers[first], stands[first])


def _members(row: AlertCluster) -> Alerts:
    return Alerts(
        np.frombuffer(row.members, dtype="<u8").astype(np.uint64),
        np.frombuffer(row.assigned, dtype="<i8").astype(np.int64),
    )


def _span(known: _Known, start: date, end: date) -> tuple[date, date]:
    """Return first and last day of the window and of all that is known about it."""
    first = min([start, *(row.first_date for row in known.rows.values())])
    last = max(
        [end - timedelta(days=1), *(row.last_date for row in known.rows.values())]
    )
    return first, last


def _standing_alerts(source: Source, first: date, last: date) -> Alerts:
    with connection.cursor() as cursor:
        asked = cursor.mogrify(_STANDING_ALERTS, [source.number, first, last]).decode()
        words, assigned = read_columns(cursor, asked, ["i8", "i8"])
    native = words.astype(np.int64).view(np.uint64)
    return aw.in_order(Alerts(native, assigned.astype(np.int64)))


# --- Comparing ----------------------------------------------------------------


def _work(
    known: _Known, alerts: Alerts, start: date, end: date, *, rebuild: bool
) -> _Work:
    place = _positions(known.alerts, alerts)
    found = place >= 0
    # 0: in no cluster yet. The alerts of a withdrawn one are new as well.
    old, stands = np.zeros(len(alerts), dtype=np.int64), found.copy()
    old[found] = known.numbers[place[found]]
    stands[found] = known.stands[place[found]]
    days = aw.days_of(alerts.words)
    new = ~stands & (days >= np.datetime64(start)) & (days < np.datetime64(end))
    touched = _touched(known, alerts, new, rebuild=rebuild)
    chosen = new | (stands & np.isin(old, touched))
    mine = alerts.where(chosen)
    return _Work(mine, linkage.cluster_labels(mine.words), old[chosen], touched)


def _touched(
    known: _Known, alerts: Alerts, new: npt.NDArray[np.bool_], *, rebuild: bool
) -> Numbers:
    """Return the standing clusters that lost, changed or may have won an alert."""
    if rebuild:
        return np.unique(known.numbers[known.stands])
    at = _positions(alerts, known.alerts)
    differs = at < 0
    kept = np.flatnonzero(~differs)
    now, before = alerts.where(at[kept]), known.alerts.where(kept)
    differs[kept] = (now.words != before.words) | (now.assigned != before.assigned)
    if new.any():
        near = linkage.cells_about(alerts.words[new])
        differs |= np.isin(linkage.cell_keys(known.alerts.words), near)
    return np.unique(known.numbers[differs & known.stands])


def _positions(known: Alerts, wanted: Alerts) -> Numbers:
    """Return where each wanted alert stands among those known, -1 where it does not."""
    if not len(known):
        return np.full(len(wanted), -1, dtype=np.int64)
    keys, sought = aw.keys(known.words), aw.keys(wanted.words)
    at = np.minimum(np.searchsorted(keys, sought), len(keys) - 1)
    return np.where(keys[at] == sought, at, -1)


# --- Writing ------------------------------------------------------------------


def _written(source: Source, known: _Known, work: _Work) -> Renewed:
    number_of, heirs = _numbers(work)
    changed = []
    for first, alerts in _groups(work):
        number = number_of.get(first)
        if number is None or not _is_as_before(known.rows[number], alerts):
            changed.append((number, alerts))
    survivors = set(number_of.values())
    touched = set(work.touched.tolist()) | set(heirs)
    merged = {old: number_of[g] for old, g in heirs.items() if old not in survivors}
    withdrawn = touched - set(heirs)
    now = timezone.now()
    _save([_fresh(source, number, alerts, now) for number, alerts in changed])
    for old, survivor in merged.items():
        AlertCluster.objects.filter(merged_into=old).update(merged_into=survivor)
        AlertCluster.objects.filter(pk=old).update(
            alerts=0,
            area_ha=0,
            members=b"",
            assigned=b"",
            merged_into=survivor,
            updated_at=now,
        )
    # A withdrawn one keeps its members, to be known again if they come back.
    AlertCluster.objects.filter(pk__in=withdrawn).update(
        alerts=0, area_ha=0, updated_at=now
    )
    ClusterPart.objects.filter(cluster__in=[*merged, *withdrawn]).delete()
    added = sum(number is None for number, _ in changed)
    return Renewed(added, len(changed) - added, len(merged), len(withdrawn))


def _numbers(work: _Work) -> tuple[dict[int, int], dict[int, int]]:
    """Return the number of each group that has one, and the heir of each old number.

    A group is named by its label. An old cluster's heir is the group with most of
    its alerts, the first of equals; of several old numbers in one group the lowest,
    which was public for longest, survives.
    """
    had = work.old_numbers > 0
    if not had.any():
        return {}, {}
    pairs, votes = np.unique(
        np.stack([work.old_numbers[had], work.groups[had]]), axis=1, return_counts=True
    )
    heirs: dict[int, int] = {}
    number_of: dict[int, int] = {}
    for at in np.lexsort((pairs[1], -votes, pairs[0])).tolist():
        old, group = int(pairs[0, at]), int(pairs[1, at])
        if old not in heirs:
            heirs[old] = group
            number_of[group] = min(old, number_of.get(group, old))
    return number_of, heirs


def _groups(work: _Work) -> Iterator[tuple[int, Alerts]]:
    """Yield each group's label and its alerts in order."""
    order = np.argsort(work.groups, kind="stable")
    labels, starts = np.unique(work.groups[order], return_index=True)
    ends = [*starts.tolist(), len(order)][1:]
    for label, first, end in zip(labels.tolist(), starts.tolist(), ends, strict=True):
        yield label, work.alerts.where(order[first:end])


@dataclass(frozen=True, slots=True, eq=False)
class _Fresh:
    """A row to write, its alerts and the area of each in steps."""

    row: AlertCluster
    alerts: Alerts
    area_steps: pixels.Degrees


def _fresh(source: Source, number: int | None, alerts: Alerts, now: datetime) -> _Fresh:
    longitude, latitude = pixels.decode(aw.pixels_of(alerts.words))
    days = aw.days_of(alerts.words)
    footprint = footprint_of(alerts.words, source.cell_degrees)
    area_ha = source.areas_ha(latitude)
    steps = np.rint(area_ha / pixels.AREA_STEP_HA)
    row = AlertCluster(
        number=number,
        source=source.number,
        first_date=days.min().item(),
        last_date=days.max().item(),
        alerts=len(alerts),
        confidence=int(aw.confidences_of(alerts.words).max()),
        area_ha=_hectares(steps.sum()),
        centroid=Point(float(longitude.mean()), float(latitude.mean()), srid=4326),
        footprint=_geos(footprint),
        members=alerts.words.astype("<u8").tobytes(),
        assigned=alerts.assigned.astype("<i8").tobytes(),
        updated_at=now,
    )
    return _Fresh(row, alerts, steps)


def _geos(footprint: shapely.MultiPolygon) -> MultiPolygon:
    made = GEOSGeometry(memoryview(shapely.to_wkb(footprint)), srid=4326)
    assert isinstance(made, MultiPolygon)
    return made


def _save(fresh: list[_Fresh]) -> None:
    known = [each.row for each in fresh if each.row.number is not None]
    new = [each.row for each in fresh if each.row.number is None]
    AlertCluster.objects.bulk_create(
        known,
        batch_size=_ROWS_AT_ONCE,
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=_WRITTEN_FIELDS,
    )
    AlertCluster.objects.bulk_create(new, batch_size=_ROWS_AT_ONCE)
    ClusterPart.objects.filter(cluster__in=known).delete()
    ClusterPart.objects.bulk_create(
        [part for each in fresh for part in _parts(each)], batch_size=5_000
    )


def _parts(fresh: _Fresh) -> Iterator[ClusterPart]:
    levels = aw.confidences_of(fresh.alerts.words).astype(np.int64)
    # Numbers of districts and zone sets are small: 4 bits more find room.
    which, of = np.unique((fresh.alerts.assigned << 4) | levels, return_inverse=True)
    counts = np.bincount(of)
    steps = np.bincount(of, fresh.area_steps)
    for key, count, sum_steps in zip(which.tolist(), counts, steps, strict=True):
        district_id, zone_set_id = divmod(key >> 4, 1 << 32)
        yield ClusterPart(
            cluster=fresh.row,
            district_id=district_id,
            zone_set_id=zone_set_id,
            confidence=key & 15,
            alerts=int(count),
            area_ha=_hectares(sum_steps),
        )


def _is_as_before(row: AlertCluster, alerts: Alerts) -> bool:
    # A withdrawn one has its members still.
    before = _members(row)
    return (
        row.alerts > 0
        and np.array_equal(before.words, alerts.words)
        and np.array_equal(before.assigned, alerts.assigned)
    )


def _hectares(steps: float) -> Decimal:
    # Whole steps below 2^53 add up exactly as floats.
    return int(steps) * Decimal("0.000001")
