"""Polygons and fires of other sources beside alerts, never added to them."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from indicators.series.alert_context import alert_context
from territory.detections import (
    FireRow,
    PolygonRow,
    renew_fire_days,
    write_fires,
    write_polygons,
)
from territory.models import DetectionDay, FireDetection
from tests.factories import (
    LoadFactory,
    PlaceFactory,
    SourceFactory,
    square,
    write_cluster,
)
from tests.territory.test_land_use import near, rectangle_ha

pytestmark = pytest.mark.django_db
DAY = timezone.localdate() - dt.timedelta(days=40)


@pytest.fixture
def sources(db: None) -> Any:
    facts = {"licence": "CC BY 4.0", "cautions_es": ["No se suma."]}
    mapbiomas = SourceFactory(code="mapbiomas_alerts", name_es="MapBiomas", **facts)
    return mapbiomas, SourceFactory(code="nasa_firms", name_es="Focos", **facts)


@pytest.fixture
def detections(sources: Any) -> Any:
    """A polygon over the border of two districts, one inside; three fires in one."""
    west = PlaceFactory(ubigeo="990101", name="Oeste")
    east = PlaceFactory(ubigeo="990102", name="Este")
    edge = east.geom.extent[0]
    over, inside = square(edge - 0.01, -7.95, 0.02), square(edge - 0.05, -7.95, 0.01)
    write_polygons(
        source="mapbiomas_alerts",
        load_id=1,
        rows=[polygon("1", DAY, over), polygon("2", DAY - dt.timedelta(5), inside)],
    )
    at = dt.datetime.combine(DAY, dt.time(15), dt.UTC)
    fires = [(west.geom.extent[0] + 0.01, at), (west.geom.extent[0] + 0.02, at)]
    # 2 h in Greenwich is the evening before in Lima.
    fires.append((west.geom.extent[0] + 0.03, at.replace(hour=2)))
    write_fires(
        sensor="VIIRS_NOAA20_NRT",
        load_id=2,
        rows=[FireRow(x, -7.95, moment, "N20", "n", None) for x, moment in fires],
    )
    renew_fire_days(source="nasa_firms")
    for source in sources:
        now = timezone.now()
        LoadFactory(source=source, data_to_date=DAY, finished_at=now)
    return edge


def polygon(number: str, day: dt.date, geom: MultiPolygon) -> PolygonRow:
    return PolygonRow(number, day, bytes(geom.wkb))


def test_days_are_counted_by_district_with_the_part_inside(detections: float) -> None:
    edge = detections
    found = {
        (row.source, row.district.name, row.day): (row.detections, row.area_ha)
        for row in DetectionDay.objects.select_related("district")
    }
    half = rectangle_ha(edge, -7.95, edge + 0.01, -7.93)
    whole = rectangle_ha(edge - 0.05, -7.95, edge - 0.04, -7.94)
    earlier = DAY - dt.timedelta(days=5)
    assert {key: count for key, (count, _) in found.items()} == {
        ("mapbiomas_alerts", "Oeste", DAY): 1,
        ("mapbiomas_alerts", "Este", DAY): 1,
        ("mapbiomas_alerts", "Oeste", earlier): 1,
        ("nasa_firms", "Oeste", DAY): 2,
        ("nasa_firms", "Oeste", DAY - dt.timedelta(days=1)): 1,
    }
    areas = {key[1:]: float(ha) for key, (_, ha) in found.items() if ha is not None}
    assert areas["Este", DAY] == near(half)
    assert areas["Oeste", earlier] == near(whole)


def test_loading_again_and_a_changed_outline_keep_the_days_in_step(
    detections: float,
) -> None:
    before = list(DetectionDay.objects.values("source", "day", "area_ha"))
    same = square(detections - 0.01, -7.95, 0.02)
    write_polygons(source="mapbiomas_alerts", load_id=3, rows=[polygon("1", DAY, same)])
    renew_fire_days(source="nasa_firms")
    assert list(DetectionDay.objects.values("source", "day", "area_ha")) == before
    moved = square(detections - 0.03, -7.95, 0.02)
    write_polygons(
        source="mapbiomas_alerts", load_id=4, rows=[polygon("1", DAY, moved)]
    )
    assert not DetectionDay.objects.filter(district__name="Este").exists()
    assert FireDetection.objects.count() == 3


def test_filters_choose_district_and_days(detections: float) -> None:
    polygons, fires = alert_context(lang="es")
    assert [(r.district, r.detections) for r in polygons.rows] == [
        ("Este", 1),
        ("Oeste", 2),
    ]
    assert [(r.sensor, r.detections) for r in fires.rows] == [("VIIRS_NOAA20_NRT", 3)]
    assert fires.rows[0].area_ha is None
    polygons, fires = alert_context(lang="es", ubigeos=["990102"], since=DAY)
    assert [r.district for r in polygons.rows] == ["Este"]
    assert fires.rows == ()
    polygons, _ = alert_context(lang="es", until=DAY - dt.timedelta(days=1))
    assert [(r.district, r.first_day) for r in polygons.rows] == [
        ("Oeste", DAY - dt.timedelta(days=5))
    ]


def test_the_pages_show_them_apart_with_source_and_licence(
    client: Client, detections: float
) -> None:
    cluster = write_cluster(ubigeo="990101", day=DAY)
    before = client.get("/alertas/").content.decode()
    for path in ("/alertas/", f"/alertas/{cluster.pk}/"):
        text = client.get(path).content.decode()
        part = text[text.index("t-beside") :]
        assert "nunca se suma con las alertas" in part
        assert "CC BY 4.0" in part
        assert "No se suma." in part
        assert "VIIRS_NOAA20_NRT" in part
        assert "Oeste" in part
    dossier = client.get(f"/alertas/{cluster.pk}/").content.decode()
    assert '<th scope="row">Este' not in dossier[dossier.index("t-beside") :]
    # The alerts' own sum is that of the pixels alone.
    DetectionDay.objects.all().delete()
    text = client.get("/alertas/?orden=antigua").content.decode()
    big = 'class="big"'
    assert before[before.index(big) :][:80] == text[text.index(big) :][:80]


def test_what_was_never_loaded_is_said_and_is_not_zero(
    client: Client, sources: Any
) -> None:
    text = client.get("/alertas/").content.decode()
    assert text.count("Sin dato: esta fuente todavía no se cargó.") == 2
    LoadFactory(source=sources[0], finished_at=timezone.now())
    text = client.get("/alertas/?orden=antigua").content.decode()
    assert text.count("Sin dato: esta fuente todavía no se cargó.") == 1
    assert text.count("Nada registrado en ese lugar y periodo.") == 1


def test_a_withdrawn_cluster_shows_no_other_places(
    client: Client, detections: float
) -> None:
    cluster = write_cluster(ubigeo="990101", day=DAY)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM territory_clusterpart")
        cursor.execute("UPDATE territory_alertcluster SET alerts = 0, area_ha = 0")
    text = client.get(f"/alertas/{cluster.pk}/").content.decode()
    assert "t-beside" not in text


@pytest.mark.parametrize("facts", [{"detections": 0}, {"area_ha": 0}])
def test_the_database_refuses_empty_days(detections: float, facts: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DetectionDay.objects.filter(source="mapbiomas_alerts").update(**facts)
