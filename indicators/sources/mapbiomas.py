"""MapBiomas Alerta: polygons of deforestation that people reviewed.

Service: https://maps.alerta.mapbiomas.org/geoserver/ows (WFS 2.0, GeoJSON), layer
    mapbiomas-alerta-peru:dashboard-alerts-staging; no key
Licence: CC BY 4.0; cite MapBiomas Alerta Perú.
Publication lag: weeks: each polygon is checked by a person first.
Checked: 2026-11-20, public clients only; never called live.

Quirks
- The bounding box has latitude first, because its reference system is named by urn;
  the coordinates in GeoJSON have longitude first all the same.
- Faults come as XML with status 200.
- `numberMatched` says how many there are; a page may hold fewer.
- A polygon may cross itself; it is repaired, and counted as such.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry import shape as shapely_shape

from indicators.sources.arcgis import Box
from indicators.sources.errors import ContentRefused, PassingFault, rows_refused
from indicators.sources.json_reply import parsed_json
from indicators.sources.records import RowError
from indicators.sources.session import Fetched, Session

LAYER: Final = "mapbiomas-alerta-peru:dashboard-alerts-staging"
FIRST_DAY: Final = date(2015, 1, 1)
PAGE_ROWS: Final = 2000
MOST_PAGES: Final = 100
_MARGIN_DEG: Final = 1.0


@dataclass(frozen=True, slots=True)
class DeforestationPolygon:
    """One polygon: the source's own number, the day, WKB in degrees WGS 84."""

    external_id: str
    detected_on: date
    wkb: bytes
    is_repaired: bool = False


def fetch_polygons(session: Session, box: Box) -> tuple[Fetched, ...]:
    """Return the raw pages of all polygons in (west, south, east, north), degrees.

    Raises:
        SourceError: see `Session.fetch`; PassingFault when the pages do not hold as
            many as the service counts.
    """
    pages: list[Fetched] = []
    got, matched = 0, 1
    while got < matched and len(pages) < MOST_PAGES:
        page = session.get(f"/ows?{_query(box, got)}")
        answer = _collection(page.body)
        pages.append(page)
        rows = len(answer["features"])
        told = answer.get("numberMatched", answer.get("totalFeatures"))
        matched = told if isinstance(told, int) else got + rows
        got += rows
        if not rows:
            break
    if got < matched:
        raise PassingFault(
            "rows_missing",
            f"La fuente cuenta {matched:,} polígonos y envió {got:,}.",
            f"The source counts {matched:,} polygons and sent {got:,}.",
        )
    return tuple(pages)


def parse_polygons(
    body: bytes, *, box: Box, last_day: date
) -> tuple[DeforestationPolygon, ...]:
    """Return the polygons of one page.

    Raises:
        ContentRefused: XML, cut, another shape, or bad features, each with its place
            in the list from 1 and the reason. Nothing is returned in part.
    """
    errors: list[RowError] = []
    found: dict[str, DeforestationPolygon] = {}
    for number, feature in enumerate(_collection(body)["features"], start=1):
        polygon = _polygon(feature, number, (box, last_day), errors)
        if polygon is not None and polygon.external_id in found:
            reasons = ("se repite", "stands twice")
            errors.append(RowError(number, "id", polygon.external_id, *reasons))
        elif polygon is not None:
            found[polygon.external_id] = polygon
    if errors:
        raise rows_refused(errors[:200])
    return tuple(found.values())


def _polygon(
    feature: Any, number: int, asked: tuple[Box, date], errors: list[RowError]
) -> DeforestationPolygon | None:
    box, last_day = asked
    own = feature.get("properties") if isinstance(feature, dict) else None
    own = own if isinstance(own, dict) else {}
    name = own.get("id", feature.get("id") if isinstance(feature, dict) else None)
    day = _day(own.get("detected_at"), last_day)
    shape = _shape(feature.get("geometry") if isinstance(feature, dict) else None)
    for column, value, fine, reason_es, reason_en in (
        ("id", name, name not in (None, ""), "falta", "is missing"),
        (
            "detected_at",
            own.get("detected_at"),
            day is not None,
            f"no es una fecha de {FIRST_DAY} a {last_day}",
            f"is not a date from {FIRST_DAY} to {last_day}",
        ),
        (
            "geometry",
            "",
            shape is not None and _is_near(shape, box),
            "no es un polígono dentro de la zona pedida",
            "is not a polygon inside the area asked for",
        ),
    ):
        if not fine:
            shown = "" if value is None else str(value)[:40]
            errors.append(RowError(number, column, shown, reason_es, reason_en))
    if day is None or shape is None or name in (None, ""):
        return None
    whole = shape if shape.is_valid else _repaired(shape)
    return DeforestationPolygon(
        str(name)[:80], day, shapely.to_wkb(whole), whole is not shape
    )


def _shape(geometry: Any) -> MultiPolygon | None:
    if not isinstance(geometry, dict) or geometry.get("type") not in (
        "Polygon",
        "MultiPolygon",
    ):
        return None
    try:
        shape = shapely_shape(geometry)
    except (ValueError, TypeError, AttributeError, IndexError, shapely.GEOSException):
        return None
    if shape.is_empty or not all(abs(degrees) < 1e3 for degrees in shape.bounds):
        return None
    return MultiPolygon(list(_polygons([shape])))


def _repaired(shape: MultiPolygon) -> MultiPolygon:
    """Return the parts with an area; lines and points of a crossing have none."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    return MultiPolygon(list(_polygons(parts)))


def _polygons(parts: Any) -> Iterator[Polygon]:
    for part in parts:
        if isinstance(part, Polygon):
            yield part
        elif isinstance(part, MultiPolygon):
            yield from part.geoms


def _is_near(shape: MultiPolygon, box: Box) -> bool:
    """Return whether a polygon lies where it was asked for: else axes are swapped."""
    west, south, east, north = box
    left, bottom, right, top = shape.bounds
    return bool(
        left <= east + _MARGIN_DEG
        and right >= west - _MARGIN_DEG
        and bottom <= north + _MARGIN_DEG
        and top >= south - _MARGIN_DEG
    )


def _day(value: Any, last_day: date) -> date | None:
    # With or without a time of day.
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= last_day else None


def _collection(body: bytes) -> dict[str, Any]:
    answer = parsed_json(body)
    if not isinstance(answer, dict) or not isinstance(answer.get("features"), list):
        raise ContentRefused(
            "no_features",
            "La respuesta no trae la lista «features».",
            "The answer carries no “features” list.",
            excerpt=body[:300].decode("utf-8", "replace"),
        )
    return answer


def _query(box: Box, start: int) -> str:
    west, south, east, north = box
    return urlencode(
        {
            "service": "WFS",
            "version": "2.0.0",
            "request": "GetFeature",
            "typeName": LAYER,
            "outputFormat": "application/json",
            "bbox": f"{south},{west},{north},{east},urn:ogc:def:crs:EPSG::4326",
            "startIndex": str(start),
            "count": str(PAGE_ROWS),
        }
    )
