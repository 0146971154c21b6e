"""NASA FIRMS: hot spots seen by satellites, for context.

Service: https://firms.modaps.eosdis.nasa.gov/api/area/csv/{key}/{sensor}/{box}/{days}/
    {first day}
Licence: open data of NASA; cite NASA LANCE FIRMS.
Publication lag: three hours.
Checked: 2026-11-20, public clients only; never called live.

Quirks
- The key is part of the address: the session keeps it out of what is stored or shown.
- A wrong key answers the text "Invalid MAP_KEY." with 400, 401 or 200.
- Five days a request at the most; 5,000 transactions in ten minutes, and several days
  count as several.
- VIIRS says l, n or h for confidence; MODIS a number from 0 to 100. Their columns have
  different names, too.
- `acq_time` is hours and minutes in UTC without leading zeros: 534 is 05:34.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from indicators.sources.arcgis import Box
from indicators.sources.errors import (
    ContentRefused,
    RequestRefused,
    SourceError,
    rows_refused,
)
from indicators.sources.records import RowError
from indicators.sources.session import Fetched, Session

DAYS_A_REQUEST: Final = 5
_COLUMNS: Final = ("latitude", "longitude", "acq_date", "acq_time", "satellite")
_VIIRS_WORDS: Final = frozenset({"l", "n", "h"})


@dataclass(frozen=True, slots=True)
class Fire:
    """One hot spot: degrees WGS 84, aware UTC, megawatts or None where not given."""

    longitude: float
    latitude: float
    detected_at: datetime
    satellite: str
    confidence: str
    power_mw: float | None


def fetch_fires(
    session: Session, key: str, sensor: str, box: Box, start: date, end: date
) -> tuple[Fetched, ...]:
    """Return the raw tables from `start` up to, not including, `end`.

    Raises:
        SourceError: see `Session.fetch`; RequestRefused for a key it does not take.
    """
    return tuple(
        _fetch(session, key, f"{sensor}/{_place(box)}/{days}/{first.isoformat()}")
        for first, days in _windows(start, end)
    )


def parse_fires(body: bytes, *, sensor: str) -> tuple[Fire, ...]:
    """Return the hot spots of one table, in its order.

    Raises:
        RequestRefused: the text says that the key is wrong.
        ContentRefused: HTML, other columns, cut, or bad cells, each with its row (the
            header is row 1), column and reason. Nothing is returned in part.
    """
    text = body.decode("utf-8-sig", "replace")
    _check_key(text)
    if not text.endswith("\n"):
        raise _refused(text, "cut_short", "llegó cortada", "was cut short")
    rows = csv.DictReader(io.StringIO(text), strict=True)
    wanted = {*_COLUMNS, "confidence", "frp"}
    if not wanted <= set(rows.fieldnames or ()):
        raise _refused(text, "bad_header", "trae otras columnas", "has other columns")
    errors: list[RowError] = []
    fires = []
    try:
        for number, row in enumerate(rows, start=2):
            fire = _fire(row, number, sensor, errors)
            if fire is not None:
                fires.append(fire)
    except csv.Error as error:
        raise _refused(text, "bad_csv", "no es CSV", "is no CSV") from error
    if errors:
        raise rows_refused(errors[:200])
    return tuple(fires)


def _fetch(session: Session, key: str, rest: str) -> Fetched:
    try:
        fetched = session.get(f"/api/area/csv/{key}/{rest}")
    except SourceError as error:
        _check_key(error.excerpt)
        raise
    _check_key(fetched.body[:200].decode("utf-8", "replace"))
    return fetched


def _check_key(text: str) -> None:
    if "invalid map_key" in text[:200].lower():
        raise RequestRefused(
            "bad_key",
            "La fuente no aceptó la clave (Invalid MAP_KEY).",
            "The source did not accept the key (Invalid MAP_KEY).",
        )


def _windows(start: date, end: date) -> Iterator[tuple[date, int]]:
    first = start
    while first < end:
        days = min(DAYS_A_REQUEST, (end - first).days)
        yield first, days
        first += timedelta(days=days)


def _place(box: Box) -> str:
    return ",".join(f"{degrees:.4f}" for degrees in box)


def _fire(
    row: dict[str, str], number: int, sensor: str, errors: list[RowError]
) -> Fire | None:
    longitude = _float(row["longitude"], 180.0)
    latitude = _float(row["latitude"], 90.0)
    detected_at = _instant(row["acq_date"], row["acq_time"])
    confidence = _confidence(row["confidence"], sensor)
    frp = row["frp"] or ""
    power_mw = _float(frp, 1e6) if frp else None
    checks = (
        ("longitude", longitude, "no son grados", "is not in degrees"),
        ("latitude", latitude, "no son grados", "is not in degrees"),
        ("acq_time", detected_at, "no es una hora", "is not a time"),
        ("confidence", confidence, "no es una confianza conocida", "is not known"),
        ("frp", power_mw if frp else 0.0, "no es un número", "is not a number"),
    )
    for column, value, reason_es, reason_en in checks:
        if value is None:
            shown = str(row[column])[:40]
            errors.append(RowError(number, column, shown, reason_es, reason_en))
    if longitude is None or latitude is None or detected_at is None or not confidence:
        return None
    satellite = (row["satellite"] or "")[:16]
    return Fire(longitude, latitude, detected_at, satellite, confidence, power_mw)


def _float(text: str | None, most: float) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if abs(number) <= most else None


def _instant(day: str | None, time: str | None) -> datetime | None:
    clock = (time or "").zfill(4)
    try:
        return datetime.strptime(f"{day} {clock}", "%Y-%m-%d %H%M").replace(tzinfo=UTC)
    except ValueError:
        return None


def _confidence(text: str | None, sensor: str) -> str | None:
    word = (text or "").strip()
    if sensor.startswith("VIIRS"):
        return word if word in _VIIRS_WORDS else None
    return word if word.isdecimal() and int(word) <= 100 else None


def _refused(text: str, code: str, told_es: str, told_en: str) -> ContentRefused:
    return ContentRefused(
        code,
        f"La respuesta {told_es}.",
        f"The answer {told_en}.",
        excerpt=text[:300],
    )
