"""A drawn area as people send it: GeoJSON text, or the four edges of a box.

Parsed as JSON and built with GEOS; nothing of it reaches GDAL (docs/decisions.md).
"""

import json
import math
from typing import Any, Final

from django.contrib.gis.geos import GEOSException, Polygon
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from territory.models import Place

MOST_VERTICES: Final = 500
LONGEST_TEXT: Final = 60_000
# About 11 km: a field on the border reaches over it.
MARGIN_DEG: Final = 0.1
_CRS84: Final = ("urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326")


def polygon_of_text(text: str) -> Polygon:
    """Return the polygon of a GeoJSON text, EPSG:4326 (longitude, latitude).

    A Polygon, a Feature with one, or a FeatureCollection with one such Feature.

    Raises:
        ValidationError: anything else, in words for the person.
    """
    if len(text) > LONGEST_TEXT:
        raise ValidationError(_("El texto del área es demasiado largo."))
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError(
            _("El área no se entiende: pega un GeoJSON o llena los cuatro bordes.")
        ) from None
    shape = _geometry(found)
    if not isinstance(shape, dict) or shape.get("type") != "Polygon":
        raise ValidationError(_("El área debe ser un solo polígono (Polygon)."))
    return _checked(_built(shape.get("coordinates")))


def polygon_of_box(west: float, south: float, east: float, north: float) -> Polygon:
    """Return a box in EPSG:4326 from its edges in degrees.

    Raises:
        ValidationError: an edge is missing from the map, or they are turned around.
    """
    if not (west < east and south < north):
        raise ValidationError(
            _("Revisa los bordes: el oeste y el sur van antes que el este y el norte.")
        )
    return _checked(Polygon.from_bbox((west, south, east, north)))


def must_lie_at_home(polygon: Polygon) -> None:
    """Check that an area lies in the home jurisdiction, about 11 km around it included.

    Raises:
        ValidationError: it does not.
    """
    home = Place.objects.current().filter(
        level=Place.Level.PROVINCE, jurisdiction__is_home=True
    )
    place = home.first()
    if place is None or not place.geom.buffer(MARGIN_DEG).contains(polygon):
        raise ValidationError(_("El área debe estar dentro de la provincia."))


def _geometry(found: Any) -> Any:
    if not isinstance(found, dict):
        return None
    crs = found.get("crs")
    if crs is not None and not _is_4326(crs):
        raise ValidationError(
            _("Las coordenadas deben ser longitud y latitud (EPSG:4326).")
        )
    if found.get("type") == "FeatureCollection":
        features = found.get("features")
        one = isinstance(features, list) and len(features) == 1
        return _geometry(features[0]) if one else None  # type: ignore[index]
    if found.get("type") == "Feature":
        return _geometry(found.get("geometry"))
    return found


def _is_4326(crs: Any) -> bool:
    properties = crs.get("properties") if isinstance(crs, dict) else None
    return isinstance(properties, dict) and properties.get("name") in _CRS84


def _built(rings: Any) -> Polygon:
    if not isinstance(rings, list) or not rings:
        raise ValidationError(_("El polígono no tiene puntos."))
    points = [[_point(each) for each in _ring(ring)] for ring in rings]
    if sum(map(len, points)) > MOST_VERTICES:
        raise ValidationError(
            _("El área tiene demasiados puntos: el máximo es %(most)s.")
            % {"most": MOST_VERTICES}
        )
    try:
        return Polygon(*points)
    except (GEOSException, ValueError, TypeError):
        raise ValidationError(
            _("Un borde del polígono no se cierra o tiene menos de tres puntos.")
        ) from None


def _ring(ring: Any) -> list[Any]:
    if not isinstance(ring, list) or len(ring) > MOST_VERTICES:
        raise ValidationError(
            _("El área tiene demasiados puntos: el máximo es %(most)s.")
            % {"most": MOST_VERTICES}
        )
    return ring


def _point(point: Any) -> tuple[float, float]:
    good = isinstance(point, list) and len(point) in (2, 3)
    if not good or not all(_is_number(part) for part in point[:2]):
        raise ValidationError(_("Cada punto lleva dos números: longitud y latitud."))
    longitude, latitude = float(point[0]), float(point[1])
    if abs(longitude) > 180 or abs(latitude) > 85:
        raise ValidationError(
            _("Las coordenadas deben ser longitud y latitud (EPSG:4326).")
        )
    return longitude, latitude


def _is_number(part: Any) -> bool:
    if isinstance(part, bool) or not isinstance(part, int | float):
        return False
    return abs(part) < 1e6 and math.isfinite(part)


def _checked(polygon: Polygon) -> Polygon:
    polygon.srid = 4326
    if polygon.empty or polygon.area <= 0 or not polygon.valid:
        raise ValidationError(_("El polígono se cruza a sí mismo o no tiene área."))
    return polygon
