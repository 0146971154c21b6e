import datetime as dt
from decimal import Decimal

import numpy as np
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.db import IntegrityError, connection, transaction

from territory import alert_words as aw
from territory import pixels
from territory.alert_sources import Source
from territory.alerts import write_alerts
from territory.models import AlertDay, AlertMonth, ForestAlert, Zone, ZoneSet
from territory.outlines import OutlineError
from territory.zone_sets import ZoneCover
from territory.zones import ZoneOutline, ZonesWritten, checked_outline, write_zones
from tests.factories import PlaceFactory
from tests.territory.test_alerts import totals, totals_from_rows

INTEGRATED = Source(1, 0.0001)
TODAY = dt.date(2026, 11, 21)
KINDS = [Zone.Kind.REGIONAL_AREA, Zone.Kind.CONCESSION]


def box(west: float, south: float, east: float, north: float) -> MultiPolygon:
    return MultiPolygon(Polygon.from_bbox((west, south, east, north)), srid=4326)


def zone(code: str, geom: MultiPolygon, kind=Zone.Kind.REGIONAL_AREA) -> ZoneOutline:
    return ZoneOutline(kind, code, f"Zona {code}", geom)


def save(load_id: int, *zones: ZoneOutline) -> ZonesWritten:
    return write_zones(
        source="made_up",
        load_id=load_id,
        zones=zones,
        kinds=KINDS,
        today=TODAY,
        alert_sources=[INTEGRATED],
    )


def store_alerts(count: int = 400, source: Source = INTEGRATED) -> None:
    """Alerts all over the square of one degree, assigned to the zones in force."""
    rng = np.random.default_rng(7)
    longitude, latitude = rng.uniform(-77, -76, count), rng.uniform(-9, -8, count)
    words = aw.pack(
        longitude,
        latitude,
        np.datetime64("2024-06-01") + rng.integers(0, 900, count),
        rng.integers(2, 5, count).astype(np.int8),
    )
    sets = ZoneCover.current().zone_sets(longitude, latitude, aw.pixels_of(words))
    district_ids = np.full(count, PlaceFactory().pk)
    alerts = aw.unique(aw.Alerts(words, aw.assigned(district_ids, sets)))
    with transaction.atomic():
        write_alerts(source=source, load_id=1, alerts=alerts)


def zones_by_sql() -> dict[int, list[int]]:
    """The zones of each stored pixel, by PostGIS alone."""
    found = {}
    for row in ForestAlert.objects.all():
        longitude, latitude = pixels.decode(np.array([row.pixel]))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM territory_zone"
                " WHERE valid_to IS NULL"
                " AND ST_Contains(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326))",
                [longitude.item(), latitude.item()],
            )
            found[row.pixel] = cursor.fetchone()[0]
    return found


def zones_stored() -> dict[int, list[int]]:
    rows = ForestAlert.objects.select_related("zone_set")
    return {row.pixel: row.zone_set.zone_ids for row in rows}


@pytest.mark.django_db
class TestAssigning:
    def test_overlapping_zones_are_found_as_postgis_finds_them(self) -> None:
        save(
            5,
            zone("A", box(-76.8, -8.8, -76.4, -8.4)),
            zone("B", box(-76.6, -8.6, -76.2, -8.2), Zone.Kind.CONCESSION),
        )
        store_alerts()
        stored = zones_stored()
        assert stored == zones_by_sql()
        assert len(set(map(tuple, stored.values()))) == 4
        assert totals() == totals_from_rows()

    def test_new_changed_and_ended_zones_move_stored_alerts_and_their_totals(
        self,
    ) -> None:
        store_alerts()
        assert save(2, zone("A", box(-76.8, -8.8, -76.4, -8.4))).reassigned > 0
        assert (zones_stored(), totals()) == (zones_by_sql(), totals_from_rows())
        counted = AlertDay.objects.values_list("alerts", flat=True)
        before = sum(counted.all())
        ended = save(3, zone("B", box(-76.9, -8.9, -76.1, -8.1)))
        assert (ended.added, ended.ended) == (1, ("Zona A",))
        assert (zones_stored(), totals()) == (zones_by_sql(), totals_from_rows())
        assert sum(counted.all()) == before
        assert ZoneSet.objects.holding([Zone.objects.get(code="B").pk]).count() == 1

    def test_the_same_zones_again_change_nothing(self) -> None:
        store_alerts(50)
        zones = [zone("A", box(-76.8, -8.8, -76.4, -8.4))]
        save(2, *zones)
        before = list(Zone.objects.values()), zones_stored(), totals()
        assert save(3, *zones) == ZonesWritten(same=1)
        assert (list(Zone.objects.values()), zones_stored(), totals()) == before

    def test_what_the_source_took_back_moves_but_is_not_counted(self) -> None:
        store_alerts(50)
        ForestAlert.objects.update(gone_load_id=9)
        AlertDay.objects.all().delete()
        AlertMonth.objects.all().delete()
        save(2, zone("A", box(-77, -9, -76, -8)))
        assert zones_stored() == zones_by_sql()
        assert totals() == [[], []]

    def test_a_fault_half_way_leaves_zones_alerts_and_totals_as_they_were(
        self,
    ) -> None:
        store_alerts(50)
        before = list(Zone.objects.values()), zones_stored(), totals()
        with pytest.raises(ValueError, match="unknown source: 1"):
            write_zones(
                source="made_up",
                load_id=2,
                zones=[zone("A", box(-77, -9, -76, -8))],
                kinds=KINDS,
                today=TODAY,
                alert_sources=[],
            )
        assert (list(Zone.objects.values()), zones_stored(), totals()) == before

    def test_rows_beside_a_border_are_assigned_alike_at_load_and_later(self) -> None:
        edge = -76.5
        # Within the rounding of a pixel on both sides of the border.
        longitude = edge + np.linspace(-3e-5, 3e-5, 200)
        latitude = np.full(200, -8.5)
        codes = pixels.encode(longitude, latitude)
        save(2, zone("A", box(-77, -9, edge, -8)))
        cover = ZoneCover.current()
        at_load = cover.zone_sets(longitude, latitude, codes)
        later = cover.zone_sets(*pixels.decode(codes), codes)
        assert len(set(later.tolist())) == 2
        assert at_load.tolist() == later.tolist()


@pytest.mark.django_db
class TestZones:
    def test_areas_are_ellipsoidal_and_a_new_outline_ends_the_old_one(self) -> None:
        save(2, zone("A", box(-76, -8, -75, -7)))
        # One degree square at 7–8° S, known from the ellipsoid.
        assert Zone.objects.get().area_ha == pytest.approx(
            Decimal(1_220_500), rel=Decimal("0.002")
        )
        assert save(3, zone("A", box(-76, -8, -75.5, -7))).changed == 1
        old, new = Zone.objects.order_by("pk")
        assert (old.valid_to, old.gone_load_id) == (TODAY, 3)
        assert (new.valid_to, new.gone_load_id, new.first_load_id) == (None, None, 3)

    def test_other_kinds_and_sources_are_left_alone(self) -> None:
        save(2, zone("A", box(-76, -8, -75, -7)))
        write_zones(
            source="other",
            load_id=3,
            zones=[],
            kinds=KINDS,
            today=TODAY,
            alert_sources=[],
        )
        assert Zone.objects.current().count() == 1

    def test_a_code_twice_is_refused(self) -> None:
        with pytest.raises(OutlineError, match="dos veces"):
            save(2, zone("A", box(0, 0, 1, 1)), zone("A", box(2, 2, 3, 3)))

    @pytest.mark.parametrize(
        "values",
        [
            {"area_ha": 0},
            {"name": ""},
            {"code": ""},
            {"valid_to": TODAY},
            {"gone_load_id": 3},
            {"valid_from": TODAY, "valid_to": dt.date(2020, 1, 1), "gone_load_id": 3},
        ],
    )
    def test_the_database_refuses_half_zones(self, values) -> None:
        save(2, zone("A", box(-76, -8, -75, -7)))
        with pytest.raises(IntegrityError):
            Zone.objects.update(**values)

    def test_the_database_refuses_two_current_outlines(self) -> None:
        save(2, zone("A", box(-76, -8, -75, -7)))
        row = Zone.objects.get()
        row.pk = None
        with pytest.raises(IntegrityError):
            row.save()


def test_a_ring_that_touches_itself_is_mended_and_said() -> None:
    # A square with a spike of no area along one side.
    spiked = shapely.Polygon([(0, 0), (1, 0), (1, 1), (1, 2), (1, 1), (0, 1)])
    geom = MultiPolygon(GEOSGeometry(spiked.wkb_hex, srid=4326), srid=4326)
    mended, was_mended = checked_outline(zone("A", geom))
    assert was_mended
    assert mended.geom.valid
    assert mended.geom.area == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("outline", "message"),
    [
        (zone("", box(0, 0, 1, 1)), "código"),
        (ZoneOutline(Zone.Kind.CONCESSION, "A", " ", box(0, 0, 1, 1)), "nombre"),
        (zone("A" * 61, box(0, 0, 1, 1)), "largo"),
        (
            zone(
                "A",
                MultiPolygon(
                    Polygon(((0, 0), (1, 1), (1, 0), (0, 1), (0, 0))), srid=4326
                ),
            ),
            "Zona A: el polígono no es válido",
        ),
    ],
    ids=["no code", "no name", "long code", "bow tie"],
)
def test_an_outline_that_cannot_be_kept_is_refused(outline, message) -> None:
    with pytest.raises(OutlineError, match=message) as refused:
        checked_outline(outline)
    assert refused.value.reason_en != refused.value.reason_es
