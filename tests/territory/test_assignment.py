import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from territory.assignment import OUTSIDE, PolygonIndex


def wavy_split(seed: int) -> list[shapely.Polygon]:
    """Six polygons of some hundred vertices with shared, irregular borders."""
    rng = np.random.default_rng(seed)

    def line(start: float) -> np.ndarray:
        along = np.linspace(0.0, 1.0, 120)
        across = start + 0.02 * np.cumsum(rng.normal(size=120)) / 4
        return np.column_stack([across, along])

    frame = shapely.box(0.0, 0.0, 1.0, 1.0)
    cuts = [line(0.33), line(0.66), line(0.5)[:, ::-1]]
    lines = [shapely.boundary(frame), *(shapely.LineString(cut) for cut in cuts)]
    pieces = shapely.polygonize([shapely.union_all(lines)])
    largest = sorted(shapely.get_parts(pieces), key=shapely.area)[-6:]
    # Into the degrees of the province, so that ST_Contains sees real coordinates.
    return [
        shapely.transform(piece, lambda xy: xy * [0.9, 1.1] + [-76.9, -8.9])
        for piece in largest
    ]


def by_sql(polygons, longitude, latitude) -> np.ndarray:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH p AS (SELECT o, ST_GeomFromWKB(w, 4326) g"
            " FROM unnest(%s::bytea[]) WITH ORDINALITY AS t(w, o)),"
            " q AS (SELECT o, ST_SetSRID(ST_MakePoint(x, y), 4326) g"
            " FROM unnest(%s::float8[], %s::float8[]) WITH ORDINALITY AS t(x, y, o))"
            " SELECT q.o, min(p.o) FROM q JOIN p ON ST_Contains(p.g, q.g)"
            " GROUP BY q.o",
            [
                [bytes(GEOSGeometry(polygon.wkb_hex).wkb) for polygon in polygons],
                longitude.tolist(),
                latitude.tolist(),
            ],
        )
        found = np.full(len(longitude), OUTSIDE)
        for point, polygon in cursor.fetchall():
            found[point - 1] = polygon - 1
    return found


@pytest.mark.django_db
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_equals_st_contains_also_at_the_borders(seed):
    polygons = wavy_split(seed)
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(polygons)
    corners = shapely.get_coordinates(shapely.boundary(polygons))
    near = corners + rng.normal(scale=1e-6, size=corners.shape)
    middles = (corners[:-1] + corners[1:]) / 2
    anywhere = np.column_stack(
        [
            rng.uniform(west - 0.1, east + 0.1, 4000),
            rng.uniform(south - 0.1, north + 0.1, 4000),
        ]
    )
    longitude, latitude = np.concatenate([anywhere, corners, near, middles]).T
    found = PolygonIndex(polygons).positions(longitude, latitude)
    assert set(found) == {OUTSIDE, 0, 1, 2, 3, 4, 5}
    np.testing.assert_array_equal(found, by_sql(polygons, longitude, latitude))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_equals_one_test_per_point(seed):
    rng = np.random.default_rng(seed)
    hulls = [shapely.convex_hull(shapely.MultiPoint(rng.normal(size=(5, 2))))]
    hulls += [shapely.Point(rng.normal(size=2)).buffer(rng.uniform(0.01, 1))]
    holed = shapely.difference(hulls[0], hulls[1])
    polygons = [shape for shape in (holed, hulls[1]) if not shape.is_empty]
    longitude, latitude = rng.normal(size=(2, 500)) * 1.5
    expected = np.full(500, OUTSIDE)
    for position, polygon in reversed(list(enumerate(polygons))):
        expected[shapely.contains_xy(polygon, longitude, latitude)] = position
    found = PolygonIndex(polygons).positions(longitude, latitude)
    np.testing.assert_array_equal(found, expected)


def test_far_and_missing_points_are_outside():
    index = PolygonIndex([shapely.box(0, 0, 1, 1)])
    longitude = np.array([1e300, -1e300, np.nan, 0.5, 0.5, 2.0])
    latitude = np.array([0.5, 0.5, 0.5, np.nan, 0.5, 0.5])
    found = index.positions(longitude, latitude)
    assert found.tolist() == [OUTSIDE, OUTSIDE, OUTSIDE, OUTSIDE, 0, OUTSIDE]


def test_the_first_of_two_overlapping_polygons_holds_the_point():
    index = PolygonIndex([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)])
    found = index.positions(np.array([1.5, 2.5]), np.array([1.5, 2.5]))
    assert found.tolist() == [0, 1]


def test_no_polygons_are_refused():
    with pytest.raises(ValueError, match="0 polygons"):
        PolygonIndex([])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_overlapping_polygons_all_hold_a_point_as_single_tests_say(seed):
    rng = np.random.default_rng(seed)
    polygons = [
        shapely.Point(rng.normal(size=2)).buffer(rng.uniform(0.001, 1.5))
        for _ in range(rng.integers(1, 7))
    ]
    polygons += [shapely.difference(polygons[0], polygons[-1].buffer(-0.0005))]
    polygons = [polygon for polygon in polygons if not polygon.is_empty]
    corners = shapely.get_coordinates(polygons)
    points = np.concatenate([rng.normal(size=(500, 2)) * 2, corners])
    longitude, latitude = points[:, 0].copy(), points[:, 1].copy()
    index = PolygonIndex(polygons)
    labels = index.labels(longitude, latitude)
    inside = np.array(
        [shapely.contains_xy(polygon, longitude, latitude) for polygon in polygons]
    )
    for point, label in enumerate(labels):
        expected = tuple(np.flatnonzero(inside[:, point]).tolist())
        assert index.combinations[label] == expected


def test_a_polygon_smaller_than_a_cell_is_found():
    small = shapely.box(0.5, 0.5, 0.5001, 0.5001)
    index = PolygonIndex([shapely.box(0, 0, 1, 1), small])
    labels = index.labels(np.array([0.50005, 0.4999]), np.array([0.50005, 0.50005]))
    assert [index.combinations[label] for label in labels] == [(0, 1), (0,)]


def test_where_a_border_is_near_the_exact_place_decides():
    index = PolygonIndex([shapely.box(0, 0, 1, 1)])
    east, west = np.array([1.00001, 0.5]), np.array([0.99999, 7.0])
    middle = np.array([0.5, 0.5])
    labels = index.labels(east, middle, exact=lambda at: (west[at], middle[at]))
    assert [index.combinations[label] for label in labels] == [(0,), (0,)]
