"""Which district a point lies in, against PostGIS."""

from collections.abc import Iterator

import numpy as np
from django.db import connection
from shapely import Polygon

from bench import made_up
from bench.figures import Figure, Workplace, benchmark, seconds, side_by_side
from territory.assignment import PolygonIndex

POINTS = 1_000_000


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
