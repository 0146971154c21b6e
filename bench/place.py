"""Which district a point lies in, against PostGIS, and totals by place."""

import statistics
from collections.abc import Iterator
from functools import partial

import numpy as np
from django.db import connection, transaction
from shapely import Polygon

from bench import made_up
from bench.alert_loads import load_file
from bench.figures import ROUNDS, Figure, Workplace, benchmark, seconds, side_by_side
from indicators.loaders.alert_rows import ALERT_SOURCES
from indicators.sources.registry import GFW_INTEGRATED_ALERTS
from territory import alert_words
from territory.alert_totals import add_to_totals
from territory.alert_words import Alerts
from territory.assignment import PolygonIndex
from territory.models import Place
from territory.zone_sets import zone_set_numbers

POINTS = 1_000_000
_BATCH = 10_000
# Six districts, ten years: every month has alerts.
_LEAST_TOTALS = 6 * 120


@benchmark("place.assign.vs_sql")
def assignment(_work: Workplace) -> Iterator[Figure]:
    """District of a million points: ours, raster included, and ST_Contains."""
    polygons = made_up.districts()
    rng = np.random.default_rng(1)
    longitude = rng.uniform(made_up.WEST, made_up.EAST, POINTS)
    latitude = rng.uniform(made_up.SOUTH, made_up.NORTH, POINTS)
    _store(polygons, longitude, latitude)

    def ours() -> float:
        return seconds(lambda: PolygonIndex(polygons).positions(longitude, latitude))

    def by_sql() -> float:
        return seconds(_counted_by_sql)

    found = PolygonIndex(polygons).positions(longitude, latitude)
    inside = np.bincount(found[found >= 0], minlength=len(polygons)).tolist()
    if inside != _counted_by_sql():
        raise AssertionError("the two do not find the same districts")
    own_s, sql_s = side_by_side(ours, by_sql)
    yield Figure(
        name="place.assign.vs_sql",
        value=own_s / sql_s,
        unit="",
        baseline="indexed ST_Contains count of 1 M points",
        goal="<= 0.06",
        measured=f"{own_s * 1000:,.0f} ms",
        beside=f"{sql_s * 1000:,.0f} ms",
    )


def _store(polygons: list[Polygon], *axes: made_up.Degrees) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_place (id int, geom geometry)")
        for position, polygon in enumerate(polygons):
            cursor.execute(
                "INSERT INTO bench_place VALUES (%s, ST_GeomFromText(%s, 4326))",
                [position, polygon.wkt],
            )
        cursor.execute(
            "CREATE TABLE bench_point AS"
            " SELECT ST_SetSRID(ST_MakePoint(x, y), 4326) geom"
            " FROM unnest(%s::float8[], %s::float8[]) AS p(x, y)",
            [axis.tolist() for axis in axes],
        )
        cursor.execute("CREATE INDEX ON bench_point USING gist (geom)")
        cursor.execute("VACUUM ANALYZE bench_point")


def _counted_by_sql() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, count(*) FROM bench_place d"
            " JOIN bench_point p ON ST_Contains(d.geom, p.geom)"
            " GROUP BY d.id ORDER BY d.id"
        )
        return [count for _, count in cursor.fetchall()]


@benchmark("place.totals_ms", "place.totals_update_ms")
def totals(work: Workplace) -> Iterator[Figure]:
    """Totals of all years read, and kept in step with a batch of alerts."""
    made_up.store_districts()
    path = work.folder / "history.csv"
    made_up.write_csv(path, POINTS, seed=20, first_year=2016, years=10)
    load_file(path)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE territory_alertday, territory_alertmonth")
    _all_totals()
    read_s = statistics.median(seconds(_all_totals) for _ in range(ROUNDS))
    yield Figure(
        name="place.totals_ms",
        value=read_s * 1000,
        unit="ms",
        baseline="month, district and source, ten years, from 1 M alerts",
        goal="<= 3",
    )
    batches = [_batch(seed) for seed in range(ROUNDS + 1)]
    spent = [seconds(partial(_keep_in_step, batch)) for batch in batches]
    yield Figure(
        name="place.totals_update_ms",
        value=statistics.median(spent[1:]) * 1000,
        unit="ms",
        baseline="10,000 alerts of the last two weeks, in days and months",
        goal="<= 15",
    )


def _all_totals() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month, district_id, source, sum(alerts), sum(area_ha)"
            " FROM territory_alertmonth GROUP BY month, district_id, source"
        )
        if len(cursor.fetchall()) < _LEAST_TOTALS:
            raise AssertionError("totals are missing")


def _batch(seed: int) -> Alerts:
    """Return alerts as a day's load brings them: the days the source still adds to."""
    rng = np.random.default_rng(seed)
    words = alert_words.pack(
        rng.uniform(made_up.WEST, made_up.EAST, _BATCH),
        rng.uniform(made_up.SOUTH, made_up.NORTH, _BATCH),
        np.datetime64("2025-12-18") + rng.integers(0, 14, _BATCH),
        rng.integers(2, 5, _BATCH).astype(np.int8),
    )
    places = list(Place.objects.districts().values_list("pk", flat=True))
    (zone_set,) = zone_set_numbers([()])
    where = alert_words.assigned(
        rng.choice(places, _BATCH), np.full(_BATCH, zone_set, dtype=np.int64)
    )
    return alert_words.unique(Alerts(words, where))


def _keep_in_step(batch: Alerts) -> None:
    with transaction.atomic():
        nothing = batch.where(np.zeros(len(batch), dtype=bool))
        source = ALERT_SOURCES[GFW_INTEGRATED_ALERTS.code]
        add_to_totals(source, came=batch, went=nothing)
