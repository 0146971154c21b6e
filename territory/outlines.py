"""Polygons from GeoJSON, read with Python and GEOS only.

GDAL would follow a hostile spatial reference, so no text of others reaches it.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.contrib.gis.geos import GEOSException, MultiPolygon, Polygon
from django.contrib.gis.geos.linestring import LinearRing
from django.db import connection

# What services write who name the reference that GeoJSON has anyway.
_DEGREES: Final = {"EPSG:4326", "urn:ogc:def:crs:OGC:1.3:CRS84"}


class OutlineError(Exception):
    """Text that is no outline; says why in both languages, as text in Spanish."""

    def __init__(self, reason_es: str, reason_en: str) -> None:
        super().__init__(reason_es)
        self.reason_es = reason_es
        self.reason_en = reason_en


def read_features(body: bytes) -> list[Mapping[str, Any]]:
    """Return the features of a FeatureCollection in degrees WGS 84, maybe none.

    Raises:
        OutlineError: not such a collection, or another reference system.
    """
    try:
        collection = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise OutlineError(
            f"no es un archivo GeoJSON ({error})", f"it is no GeoJSON file ({error})"
        ) from error
    if not isinstance(collection, dict) or collection.get("type") != (
        "FeatureCollection"
    ):
        raise OutlineError(
            "no es una «FeatureCollection» de GeoJSON",
            "it is no GeoJSON “FeatureCollection”",
        )
    features = collection.get("features")
    if not isinstance(features, list):
        raise OutlineError(
            "la colección no tiene una lista «features»",
            "the collection has no list “features”",
        )
    if not all(isinstance(feature, dict) for feature in features):
        raise OutlineError(
            "un elemento de «features» no es un objeto",
            "an element of “features” is no object",
        )
    if "crs" in collection and _crs_name(collection["crs"]) not in _DEGREES:
        raise OutlineError(
            "solo se acepta GeoJSON en EPSG:4326",
            "only GeoJSON in EPSG:4326 is accepted",
        )
    return features


def _crs_name(crs: Any) -> str:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else ""


def read_multipolygon(geometry: Any) -> MultiPolygon:
    """Return a Polygon or MultiPolygon of GeoJSON, in degrees; maybe not valid.

    Raises:
        OutlineError: another kind of geometry, unreadable, or not in degrees.
    """
    if not isinstance(geometry, dict):
        geometry = {}
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not coordinates:
        raise OutlineError("no tiene un polígono", "it has no polygon")
    parts: Sequence[Any] = [coordinates] if kind == "Polygon" else coordinates
    try:
        # A height, as some services send it, is left out.
        polygons = [
            Polygon(*(LinearRing([point[:2] for point in ring]) for ring in part))
            for part in parts
        ]
        geom = MultiPolygon(polygons, srid=4326)
    except (GEOSException, TypeError, ValueError, IndexError, KeyError) as error:
        raise OutlineError(
            "el polígono no se puede leer", "the polygon cannot be read"
        ) from error
    if geom.empty:
        raise OutlineError("no tiene un polígono", "it has no polygon")
    west, south, east, north = geom.extent
    # Written so that what is not a number is refused as well.
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise OutlineError(
            "las coordenadas no son grados", "the coordinates are not degrees"
        )
    return geom


def ellipsoidal_area_ha(geom: MultiPolygon) -> Decimal:
    """Return the area on the WGS 84 ellipsoid in hectares, to a tenth."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT round((ST_Area(ST_GeomFromEWKB(%s)::geography)"
            " / 10000)::numeric, 1)",
            [bytes(geom.ewkb)],
        )
        area: Decimal = cursor.fetchone()[0]
    return area
