"""Districts from a GeoJSON file, and the province as their union."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.gis.geos import MultiPolygon
from django.db import transaction

from territory.models import BoundaryGeneration, Jurisdiction, Place
from territory.outlines import (
    OutlineError,
    ellipsoidal_area_ha,
    read_multipolygon,
)


class BoundaryError(Exception):
    """The boundary file cannot be loaded; the message says what and why, in Spanish."""


@dataclass(frozen=True)
class District:
    """One feature of the file."""

    ubigeo: str
    name: str
    capital: str
    geom: MultiPolygon


def read_districts(body: bytes) -> list[District]:
    """Return the districts of a GeoJSON FeatureCollection in EPSG:4326, by ubigeo.

    Raises:
        BoundaryError: not such a file, another reference system, a feature without
            ubigeo or name, a ubigeo twice, or a polygon that is not valid.
    """
    try:
        collection = json.loads(body)
    except ValueError as error:
        raise BoundaryError(f"no es un archivo GeoJSON ({error})") from error
    if not isinstance(collection, dict) or not collection.get("features"):
        raise BoundaryError("el archivo no tiene distritos")
    if "crs" in collection:
        raise BoundaryError("solo se acepta GeoJSON en EPSG:4326, sin «crs»")
    districts = [_district(feature) for feature in collection["features"]]
    if len({d.ubigeo for d in districts}) != len(districts):
        raise BoundaryError("un ubigeo está dos veces")
    return sorted(districts, key=lambda district: district.ubigeo)


def _district(feature: Mapping[str, Any]) -> District:
    properties = feature.get("properties") or {}
    ubigeo, name = properties.get("ubigeo"), properties.get("nombre")
    if not (isinstance(ubigeo, str) and isinstance(name, str)):
        raise BoundaryError("un distrito no tiene «ubigeo» o «nombre»")
    return District(
        ubigeo=ubigeo,
        name=name,
        capital=properties.get("capital") or "",
        geom=_multipolygon(ubigeo, feature.get("geometry") or {}),
    )


def _multipolygon(ubigeo: str, geometry: Any) -> MultiPolygon:
    try:
        geom = read_multipolygon(geometry)
    except OutlineError as error:
        raise BoundaryError(f"{ubigeo}: {error}") from error
    if not geom.valid:
        raise BoundaryError(f"{ubigeo}: el polígono no es válido ({geom.valid_reason})")
    return geom


def load_boundaries(
    body: bytes, *, jurisdiction: Jurisdiction, generation: BoundaryGeneration
) -> list[str]:
    """Return what was added or changed ("ADDED 221001 Tocache"); nothing if nothing.

    Areas are ellipsoidal (geography), in hectares. The province is the union of the
    districts. Written in one transaction.

    Raises:
        BoundaryError: see read_districts; or a district outside the jurisdiction.
    """
    districts = read_districts(body)
    prefix = jurisdiction.ubigeo
    for district in districts:
        if not district.ubigeo.startswith(prefix):
            raise BoundaryError(f"{district.ubigeo} no pertenece a {prefix}")
    union = MultiPolygon([p for d in districts for p in d.geom], srid=4326).unary_union
    whole = union if isinstance(union, MultiPolygon) else MultiPolygon(union, srid=4326)
    province = District(prefix, jurisdiction.name, "", whole)
    with transaction.atomic():
        changes = [
            _save(district, Place.Level.DISTRICT, jurisdiction, generation)
            for district in districts
        ]
        changes.append(_save(province, Place.Level.PROVINCE, jurisdiction, generation))
    return [change for change in changes if change]


def _save(
    district: District,
    level: Place.Level,
    jurisdiction: Jurisdiction,
    generation: BoundaryGeneration,
) -> str:
    place = Place.objects.filter(generation=generation, ubigeo=district.ubigeo).first()
    if (
        place
        and (place.name, place.capital) == (district.name, district.capital)
        and place.geom.equals_exact(district.geom)
    ):
        return ""
    values = {
        "jurisdiction": jurisdiction,
        "name": district.name,
        "capital": district.capital,
        "level": level,
        "geom": district.geom,
        "area_ha": ellipsoidal_area_ha(district.geom),
    }
    _place, created = Place.objects.update_or_create(
        generation=generation, ubigeo=district.ubigeo, defaults=values
    )
    return f"{'ADDED' if created else 'CHANGED'} {district.ubigeo} {district.name}"
