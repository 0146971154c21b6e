import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from territory.boundaries import BoundaryError, load_boundaries, read_districts
from territory.models import Place
from tests.factories import GenerationFactory, JurisdictionFactory


def feature(ubigeo: str, west: float, **properties: Any) -> dict[str, Any]:
    ring = [[west, -8], [west + 1, -8], [west + 1, -7], [west, -7], [west, -8]]
    return {
        "type": "Feature",
        "properties": {"ubigeo": ubigeo, "nombre": f"D{ubigeo}", **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def collection(*features: dict[str, Any], **extra: Any) -> bytes:
    return json.dumps(
        {"type": "FeatureCollection", "features": features, **extra}
    ).encode()


@pytest.mark.django_db
def test_province_is_the_union_and_areas_are_ellipsoidal() -> None:
    province, generation = JurisdictionFactory(), GenerationFactory()
    body = collection(feature("990101", -76), feature("990102", -75))
    changes = load_boundaries(body, jurisdiction=province, generation=generation)
    assert changes == [
        "ADDED 990101 D990101",
        "ADDED 990102 D990102",
        "ADDED 9901 Villa Alta",
    ]
    whole = Place.objects.get(level=Place.Level.PROVINCE)
    districts = Place.objects.districts()
    # One degree square at 7–8° S: 110.5 km × 110.6 km, known from the ellipsoid.
    assert districts[0].area_ha == pytest.approx(
        Decimal(1_220_500), rel=Decimal("0.002")
    )
    # Each area is rounded to a tenth of a hectare.
    assert whole.area_ha == pytest.approx(
        sum(d.area_ha for d in districts), abs=Decimal("0.2")
    )
    assert load_boundaries(body, jurisdiction=province, generation=generation) == []


@pytest.mark.django_db
def test_the_shipped_boundaries_are_the_six_districts_of_2023() -> None:
    body = Path(settings.BASE_DIR, "fixtures/tocache/districts.geojson").read_bytes()
    load_boundaries(
        body,
        jurisdiction=JurisdictionFactory(code="t", ubigeo="2210"),
        generation=GenerationFactory(),
    )
    areas = dict(Place.objects.values_list("ubigeo", "area_ha"))
    assert sorted(areas) == ["2210", *(f"22100{n}" for n in range(1, 7))]
    assert areas["2210"] == Decimal("602692.5")
    assert areas["221003"] == Decimal("226321.0")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "no es un archivo GeoJSON"),
        (b"[]", "no tiene distritos"),
        (collection(), "no tiene distritos"),
        (
            collection(feature("990101", -76), crs={"type": "name"}),
            "solo se acepta GeoJSON en EPSG:4326",
        ),
        (collection(feature("990101", -76), feature("990101", -75)), "dos veces"),
        (collection(feature("990101", 500_000)), "no son grados"),
        (
            collection({"type": "Feature", "properties": {"ubigeo": "990101"}}),
            "no tiene «ubigeo» o «nombre»",
        ),
        (
            collection({**feature("990101", -76), "geometry": {"type": "Point"}}),
            "no tiene un polígono",
        ),
        (
            collection(
                {
                    **feature("990101", -76),
                    "geometry": {
                        "type": "Polygon",
                        "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]],
                    },
                }
            ),
            "no es válido",
        ),
    ],
)
def test_a_file_that_is_not_boundaries_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(BoundaryError, match=message):
        read_districts(body)


@pytest.mark.django_db
def test_a_district_of_another_province_is_refused_and_nothing_written() -> None:
    with pytest.raises(BoundaryError, match="no pertenece a 9901"):
        load_boundaries(
            collection(feature("990101", -76), feature("880101", -75)),
            jurisdiction=JurisdictionFactory(),
            generation=GenerationFactory(),
        )
    assert Place.objects.count() == 0
