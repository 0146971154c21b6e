"""Alerts in a polygon, against a slow way: every alert, every square."""

import datetime as dt

import numpy as np
import pytest
import shapely
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from territory import pixels
from territory.alerts import write_alerts
from territory.drawn_areas import alerts_in_polygon, covering_ranges
from tests.factories import PlaceFactory
from tests.territory.test_alerts import DAY, INTEGRATED, alerts

AREAS = st.tuples(
    st.floats(-77, -75),
    st.floats(-9, -7),
    st.floats(0.0001, 0.5),
    st.floats(0.0001, 0.5),
)


@settings(deadline=None)
@given(
    AREAS, st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=5)
)
def test_ranges_cover_every_point_of_the_area(area, within):
    west, south, wide, high = area
    ranges = covering_ranges(shapely.box(west, south, west + wide, south + high))
    assert 1 <= len(ranges) <= 64
    longitude = np.array([west + wide * x for x, _ in within])
    latitude = np.array([south + high * y for _, y in within])
    for code in pixels.encode(longitude, latitude):
        assert any(low <= code < end for low, end in ranges)


@pytest.mark.django_db
def test_hectares_are_those_of_the_footprints_inside():
    district = PlaceFactory(ubigeo="990101")
    rows = [(n, DAY, 2 + n % 3) for n in range(40)] + [(50, DAY - dt.timedelta(9), 3)]
    with transaction.atomic():
        write_alerts(source=INTEGRATED, load_id=1, alerts=alerts(district, *rows))
    edge = -76.0 + 10.5 * 0.0001
    triangle = shapely.Polygon([(edge, -8.001), (-75.997, -8.0), (edge, -7.999)])
    found = alerts_in_polygon(
        triangle,
        source=INTEGRATED,
        start=DAY,
        end=DAY + dt.timedelta(days=1),
    )
    codes = pixels.encode(-76.0 + np.arange(40) * 0.0001 + 0.00005, np.full(40, -8.0))
    total, counts = 0.0, {}
    for n, (x, y) in enumerate(zip(*pixels.decode(codes), strict=True)):
        square = shapely.box(x - 5e-5, y - 5e-5, x + 5e-5, y + 5e-5)
        share = square.intersection(triangle).area / 1e-8
        total += share * pixels.cell_area_ha(np.array([y]), 0.0001)[0]
        if share > 0:
            counts[2 + n % 3] = counts.get(2 + n % 3, 0) + 1
    assert found.alerts == counts
    assert found.area_ha == pytest.approx(total, rel=1e-9)
    assert 0.1 < total < 40 * 0.0123
