"""Zones laid over a place: squares whose areas are known from the ellipsoid."""

import math
import random
from typing import Any

import pytest
from django.db import connection

from territory.land_use import most_forest_ha, zone_overlay
from territory.models import Zone
from tests.factories import PlaceFactory, square

pytestmark = pytest.mark.django_db
KINDS = ("regional_area", "concession", "production_forest")
# WGS 84: half the long axis in metres, and the eccentricity.
A_M, E = 6_378_137.0, 0.081_819_190_842_6


def rectangle_ha(west: float, south: float, east: float, north: float) -> float:
    """The area between two meridians and two parallels, in closed form."""

    def band(latitude: float) -> float:
        sine = math.sin(math.radians(latitude))
        inner = math.log((1 + E * sine) / (1 - E * sine)) / (4 * E)
        return sine / (2 * (1 - (E * sine) ** 2)) + inner

    wide = math.radians(east - west)
    return A_M**2 * (1 - E**2) * wide * (band(north) - band(south)) / 10_000


def add_zone(kind: str, west: float, south: float, size: float, **facts: Any) -> Zone:
    given = {
        "kind": kind,
        "code": f"{kind}-{Zone.objects.count()}",
        "name": f"Zona {kind}",
        "geom": square(west, south, size),
        "area_ha": 1,
        "source": "zone_files",
        "first_load_id": 1,
    }
    zone: Zone = Zone.objects.create(**(given | facts))
    return zone


def overlay(*zones: Zone, counted: tuple[str, ...] = KINDS) -> Any:
    # One degree square: -76 to -75 and -8 to -7.
    place = PlaceFactory(province=True)
    return zone_overlay(
        place_id=place.pk, zone_ids=[zone.pk for zone in zones], counted=counted
    )


def near(area_ha: float) -> Any:
    # A square's edges on the ellipsoid are not quite its parallels.
    return pytest.approx(area_ha, rel=1e-4)


def test_two_overlapping_squares_are_counted_once() -> None:
    west = add_zone("regional_area", -75.9, -7.9, 0.2)
    east = add_zone("concession", -75.8, -7.8, 0.2)
    found = overlay(west, east)
    one = rectangle_ha(-75.9, -7.9, -75.7, -7.7)
    other = rectangle_ha(-75.8, -7.8, -75.6, -7.6)
    both = rectangle_ha(-75.8, -7.8, -75.7, -7.7)
    assert found.kinds_ha == {"regional_area": near(one), "concession": near(other)}
    assert found.sum_ha == near(one + other)
    assert found.union_ha == near(one + other - both)
    assert found.twice_ha == pytest.approx(both, rel=1e-3)
    whole = rectangle_ha(-76, -8, -75, -7)
    assert found.place_ha == pytest.approx(whole, rel=1e-4)
    assert found.share == pytest.approx((one + other - both) / whole, rel=1e-3)


def test_what_lies_outside_the_place_does_not_count() -> None:
    half = add_zone("concession", -76.1, -7.9, 0.2)
    outside = add_zone("regional_area", -77.0, -7.9, 0.2)
    beside = add_zone("production_forest", -76.2, -7.9, 0.2)
    found = overlay(half, outside, beside)
    inside = rectangle_ha(-76, -7.9, -75.9, -7.7)
    assert found.union_ha == near(inside)
    assert [(part.zone_id, part.kind) for part in found.parts] == [
        (half.pk, "concession")
    ]


def test_two_zones_of_a_kind_count_once_and_other_kinds_are_only_measured() -> None:
    first = add_zone("concession", -75.9, -7.9, 0.2)
    second = add_zone("concession", -75.9, -7.9, 0.1)
    buffer = add_zone("buffer_zone", -75.5, -7.5, 0.1)
    found = overlay(first, second, buffer)
    assert (
        found.union_ha == found.sum_ha == near(rectangle_ha(-75.9, -7.9, -75.7, -7.7))
    )
    assert found.kinds_ha["buffer_zone"] == near(rectangle_ha(-75.5, -7.5, -75.4, -7.4))


def test_without_zones_nothing_is_covered() -> None:
    found = overlay()
    assert (found.union_ha, found.sum_ha, found.parts, found.kinds_ha) == (0, 0, (), {})
    with pytest.raises(ValueError, match="no place"):
        zone_overlay(place_id=0, zone_ids=[], counted=KINDS)


@pytest.mark.parametrize("seed", range(12))
def test_the_union_is_never_more_than_the_sum_or_the_place(seed: int) -> None:
    chance = random.Random(seed)
    zones = [
        add_zone(
            chance.choice(KINDS),
            chance.uniform(-76.3, -75.1),
            chance.uniform(-8.3, -7.1),
            chance.uniform(0.01, 0.9),
        )
        for _ in range(chance.randint(1, 9))
    ]
    found = overlay(*zones)
    alone = [overlay(zone).union_ha for zone in zones]
    assert max(alone) <= found.union_ha * (1 + 1e-9)
    assert found.union_ha <= min(found.sum_ha, found.place_ha)
    assert found.union_ha == pytest.approx(by_points(zones, found.place_ha), rel=0.03)
    shuffled = chance.sample(zones, len(zones))
    assert overlay(*shuffled).union_ha == pytest.approx(found.union_ha, rel=1e-12)


def by_points(zones: list[Zone], place_ha: float) -> float:
    """The same, slowly: how many of 40,000 points of the place lie in any zone."""
    boxes = [zone.geom.extent for zone in zones]
    steps = [(n + 0.5) / 200 for n in range(200)]
    inside = sum(
        any(w < -76 + x < e and s < -8 + y < n for w, s, e, n in boxes)
        for x in steps
        for y in steps
    )
    return place_ha * inside / 40_000


def test_the_ellipsoid_and_utm_differ_by_less_than_a_thousandth() -> None:
    zone = add_zone("concession", -75.9, -7.9, 0.2)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ST_Area(ST_Transform(geom, 32718)) / 10000 FROM territory_zone"
            " WHERE id = %s",
            [zone.pk],
        )
        (utm_ha,) = cursor.fetchone()
    assert overlay(zone).union_ha == pytest.approx(utm_ha, rel=1e-3)


def test_no_more_forest_than_ground_or_than_stands() -> None:
    assert most_forest_ha(union_ha=10.0, forest_ha=None) == 10.0
    assert most_forest_ha(union_ha=10.0, forest_ha=12.0) == 10.0
    assert most_forest_ha(union_ha=10.0, forest_ha=8.0) == 8.0
