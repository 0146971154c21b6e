"""GEOBOSQUES: the week's early alerts, points of an ArcGIS map service.

Service: the layer `alertas_tempranas_pt_{year}`; its root is listed at
    https://geobosques.minam.gob.pe/geobosque/view/servicios.php and printed nowhere
    else, so it is a setting (GEOBOSQUES_ALERTS_URL).
Licence: none stated; public data, cite MINAM (PNCBMCC), GEOBOSQUES.
Publication lag: weekly; clouds delay a pixel by weeks.
Checked: 2026-11-20, public clients only; never called live.

Quirks
- `fe_alerta` is in milliseconds since 1970, at midnight of Lima or of Greenwich: both
  give the same day in UTC.
- No field says how sure an alert is: the lowest confidence is stored.
- Paging, counting and faults: see `arcgis`.
"""

import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from indicators.sources.arcgis import Box, features, fetch_pages
from indicators.sources.errors import ContentRefused, rows_refused
from indicators.sources.gfw import FIRST_DAY, AlertColumns
from indicators.sources.records import RowError
from indicators.sources.session import Fetched, Session

# 2 nominal: the source states none, and a guess must not look like knowledge.
CONFIDENCE: Final = 2
DAY_FIELD: Final = "fe_alerta"
_LAYER: Final = "/0"
_MOST_ROW_ERRORS: Final = 200
_LARGEST_FILE_BYTES: Final = 64 * 1024 * 1024
_LARGEST_DAY_MS: Final = 4_102_444_800_000  # the year 2100


def fetch(session: Session, box: Box) -> tuple[Fetched, ...]:
    """Return the raw pages of the alerts in a box; errors as `arcgis.fetch_pages`."""
    return fetch_pages(session, _LAYER, box)


def parse(body: bytes, *, last_day: date, content_type: str = "") -> AlertColumns:
    """Return the alerts of one page; `last_day` is the latest day that can have one.

    Raises:
        ContentRefused: another shape, or bad features, each with its place in the
            list from 1 and the reason. Nothing is returned in part.
    """
    errors: list[RowError] = []
    rows: list[tuple[float, float, date]] = []
    for number, feature in enumerate(features(body, content_type), start=1):
        place, day = _place(feature), _day(feature, last_day)
        if place is None:
            reasons = ("no es un punto en grados", "is not a point in degrees")
            errors.append(RowError(number, "geometry", "", *reasons))
        if day is None:
            value = str(_properties(feature).get(DAY_FIELD))[:40]
            reasons = (
                f"no es una fecha de {FIRST_DAY} a {last_day}",
                f"is not a date from {FIRST_DAY} to {last_day}",
            )
            errors.append(RowError(number, DAY_FIELD, value, *reasons))
        if place is not None and day is not None:
            rows.append((*place, day))
    if errors:
        raise rows_refused(errors[:_MOST_ROW_ERRORS])
    return AlertColumns(
        np.array([row[0] for row in rows], dtype=np.float64),
        np.array([row[1] for row in rows], dtype=np.float64),
        np.array([row[2] for row in rows], dtype="datetime64[D]"),
        np.full(len(rows), CONFIDENCE, dtype=np.int8),
    )


def read_file(path: Path, *, last_day: date) -> Iterator[AlertColumns]:
    """Yield the alerts of a kept zip of pages, or of one GeoJSON file of the service.

    Raises:
        ContentRefused: not such a file, or unpacked larger than 64 MB.
    """
    if not zipfile.is_zipfile(path):
        yield parse(path.read_bytes(), last_day=last_day)
        return
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > _LARGEST_FILE_BYTES:
            raise ContentRefused(
                "too_large",
                f"El archivo, descomprimido, supera {_LARGEST_FILE_BYTES:,} bytes.",
                f"The file, unpacked, is larger than {_LARGEST_FILE_BYTES:,} bytes.",
            )
        for name in sorted(archive.namelist()):
            yield parse(archive.read(name), last_day=last_day)


def _properties(feature: Any) -> dict[str, Any]:
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _place(feature: Any) -> tuple[float, float] | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    position = geometry.get("coordinates")
    if not isinstance(position, list) or len(position) < 2:
        return None
    longitude, latitude = position[:2]
    if any(type(degrees) not in (int, float) for degrees in (longitude, latitude)):
        return None
    inside = abs(longitude) <= 180 and abs(latitude) <= 85
    return (float(longitude), float(latitude)) if inside else None


def _day(feature: Any, last_day: date) -> date | None:
    milliseconds = _properties(feature).get(DAY_FIELD)
    # bool is an int to Python.
    if not isinstance(milliseconds, int | float) or isinstance(milliseconds, bool):
        return None
    if not 0 < milliseconds < _LARGEST_DAY_MS:
        return None
    day = datetime.fromtimestamp(milliseconds / 1000, UTC).date()
    return day if FIRST_DAY <= day <= last_day else None
