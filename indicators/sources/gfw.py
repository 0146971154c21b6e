"""Global Forest Watch Data API: forest alerts of a polygon.

Service: https://data-api.globalforestwatch.org (POST /dataset/{d}/latest/query/json)
Licence: CC BY 4.0 (the data set's own metadata); cite "Integrated Deforestation
    Alerts". UMD/GLAD and WUR, accessed through Global Forest Watch, with the date.
Publication lag: days (integrated alerts are released daily; clouds delay a pixel).
Checked: 2026-11-20, documents and public clients only; never called live.

Quirks
- `latest` answers 307 with a relative Location; a POST keeps method and body.
- The version in the address does not pin raster layers: always the newest is read.
- Bodies are strict: one key too many in body or geometry is a 422.
- No paging. A query runs 55 s at most, then 500 "Query took too long to process." or
  500 "... invalid response code 413": halve the window and ask again.
- Dates are text. Confidence is nominal, high or highest; "" was nominal in older
  environments, and the retired service sent the integers 2 and 3.
- An answer with too many rows for memory (session.MAX_BODY_BYTES) is halved as well.
- An empty answer is a plain empty list. Confidence of a pixel rises later, so a
  window of 180 days is read again at every run.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from indicators.sources.alert_sets import DATASETS as DATASETS
from indicators.sources.alert_sets import AlertDataset as AlertDataset
from indicators.sources.errors import (
    ContentRefused,
    PassingFault,
    SourceError,
    TookTooLong,
    rows_refused,
)
from indicators.sources.json_reply import parsed_json
from indicators.sources.records import RowError
from indicators.sources.session import Fetched, Session

CONFIDENCE_WORDS: Final[Mapping[object, int]] = {
    "nominal": 2,
    "high": 3,
    "highest": 4,
    "": 2,
    2: 2,
    3: 3,
    4: 4,
}
# Encoded alert dates count from this day (GFW raster analysis, queries.py).
FIRST_DAY: Final = date(2015, 1, 1)
REREAD_DAYS: Final = 180
FETCH_BUDGET_S: Final = 1800.0
# A pixel whose centre lies just outside the polygon's box still touches it.
_BOX_MARGIN_DEG = 0.01
_MOST_ROW_ERRORS = 200
_VERSION = re.compile(r"v\d{1,8}(\.\d{1,3}){0,2}")


@dataclass(frozen=True, slots=True, eq=False)
class AlertColumns:
    """Alerts as columns of equal length, in the order they came.

    longitude, latitude: float64, degrees WGS 84, centre of the pixel.
    day: datetime64[D]. confidence: int8, 2 nominal, 3 high, 4 highest.
    Nothing is missing; an answer with a missing value is refused whole.
    """

    longitude: npt.NDArray[np.float64]
    latitude: npt.NDArray[np.float64]
    day: npt.NDArray[np.datetime64]
    confidence: npt.NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.longitude)


@dataclass(frozen=True, slots=True, eq=False)
class AlertBatch:
    """All alerts of one polygon and window `[start, end)`, with the raw answers.

    `version` is the concrete version that `latest` led to; `fetched` holds one
    answer per window asked, in order of time.
    """

    dataset: str
    version: str
    start: date
    end: date
    alerts: AlertColumns
    fetched: tuple[Fetched, ...]


def latest_version(session: Session, dataset: str) -> str:
    """Return the newest version of a data set, such as "v20261118" or "v1.13".

    Raises:
        SourceError: the source cannot be read, or answers without a version.
    """
    fetched = session.get(f"/dataset/{dataset}/latest")
    described = _answer(fetched.body, fetched.content_type).get("data")
    version = described.get("version") if isinstance(described, dict) else None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise ContentRefused(
            "no_version",
            "La fuente no dice qué versión es la última.",
            "The source does not say which version is the latest.",
            excerpt=_excerpt(fetched.body),
        )
    return version


def fetch_alerts(
    session: Session,
    dataset: str,
    geometry: Mapping[str, Any],
    start: date,
    end: date,
    *,
    budget_s: float = FETCH_BUDGET_S,
) -> AlertBatch:
    """Return the alerts of a polygon from `start` up to, not including, `end`.

    `geometry` is GeoJSON Polygon or MultiPolygon in WGS 84; other members are left
    out. When the source finds a window too long it is halved, down to one day, all
    within `budget_s` seconds.

    Raises:
        ValueError: unknown data set, empty window or other geometry.
        SourceError: see `Session.fetch`; ContentRefused for a bad answer,
            TookTooLong when even one day is too much.
    """
    known = _known(dataset)
    if start >= end:
        raise ValueError(f"empty window {start} to {end}")
    shape = strict_geometry(geometry)
    box = _box(shape["coordinates"])
    pieces: list[AlertColumns] = []
    answers: list[Fetched] = []
    for fetched, window in _windows(session, known, shape, (start, end), budget_s):
        answers.append(fetched)
        pieces.append(
            parse(
                fetched.body,
                known.code,
                content_type=fetched.content_type,
                window=window,
                box=box,
            )
        )
    versions = {_version_in(fetched.final_url) for fetched in answers}
    if len(versions) > 1:
        raise PassingFault(
            "version_changed",
            "La fuente publicó una versión nueva durante la descarga.",
            "The source released a new version during the download.",
        )
    return AlertBatch(
        dataset=known.code,
        version=versions.pop(),
        start=start,
        end=end,
        alerts=_joined(pieces),
        fetched=tuple(answers),
    )


def alert_sql(dataset: AlertDataset, start: date, end: date) -> str:
    """Return the query for `[start, end)`; the API compares with >= and <= only."""
    last = end - timedelta(days=1)
    # Nothing here comes from outside: the names are this module's, the days are dates.
    return (
        f"SELECT longitude, latitude, {dataset.date_field}, "  # noqa: S608
        f"{dataset.confidence_field} FROM results "
        f"WHERE {dataset.date_field} >= '{start.isoformat()}' "
        f"AND {dataset.date_field} <= '{last.isoformat()}'"
    )


def strict_geometry(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """Return only type and coordinates: any other member is answered with 422.

    Raises:
        ValueError: not a Polygon or MultiPolygon with coordinates.
    """
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not coordinates:
        raise ValueError(f"a Polygon or MultiPolygon is needed, not {kind!r}")
    return {"type": kind, "coordinates": coordinates}


def parse(
    body: bytes,
    dataset: str,
    *,
    content_type: str = "application/json",
    window: tuple[date, date] | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> AlertColumns:
    """Return the alerts of one answer; an empty answer gives empty columns.

    `window` is half-open and `box` is (west, south, east, north) in degrees: rows
    outside either mean that the source ignored the question.

    Raises:
        ContentRefused: HTML, cut, wrong shape, or bad cells, each of the first 200
            with row, column and reason. Nothing is returned in part.
    """
    known = _known(dataset)
    rows = _answer(body, content_type).get("data")
    if not isinstance(rows, list):
        raise ContentRefused(
            "no_data",
            "La respuesta no trae la lista «data».",
            "The answer carries no “data” list.",
            excerpt=_excerpt(body),
        )
    names = ("longitude", "latitude", known.date_field, known.confidence_field)
    try:
        columns = [[row[name] for row in rows] for name in names]
    except (KeyError, TypeError):
        raise rows_refused(list(_shape_errors(rows, names))) from None
    west, south, east, north = box or (-180.0, -90.0, 180.0, 90.0)
    margin = _BOX_MARGIN_DEG if box else 0.0
    errors: list[RowError] = []
    longitude = _degrees(columns[0], names[0], west - margin, east + margin, errors)
    latitude = _degrees(columns[1], names[1], south - margin, north + margin, errors)
    day = _days(columns[2], names[2], window, errors)
    confidence = _confidences(columns[3], names[3], errors)
    if errors:
        errors.sort(key=lambda error: error.row or 0)
        raise rows_refused(errors[:_MOST_ROW_ERRORS])
    return AlertColumns(longitude, latitude, day, confidence)


def _known(dataset: str) -> AlertDataset:
    if dataset not in DATASETS:
        raise ValueError(f"unknown alert data set {dataset!r}")
    return DATASETS[dataset]


def _windows(
    session: Session,
    dataset: AlertDataset,
    shape: dict[str, Any],
    window: tuple[date, date],
    budget_s: float,
) -> Iterator[tuple[Fetched, tuple[date, date]]]:
    """Yield one answer per window, earliest first, halving those that are too long."""
    ends_at = time.monotonic() + budget_s
    waiting = [window]
    while waiting:
        if time.monotonic() > ends_at:
            raise PassingFault(
                "budget_spent",
                f"La consulta no terminó en {budget_s:g} segundos.",
                f"The query did not end within {budget_s:g} seconds.",
            )
        first, after = waiting.pop()
        question = {"geometry": shape, "sql": alert_sql(dataset, first, after)}
        try:
            fetched = session.post_json(
                f"/dataset/{dataset.code}/latest/query/json", question
            )
        except (TookTooLong, ContentRefused) as refused:
            days = (after - first).days
            if days <= 1 or not _is_too_big(refused):
                raise
            middle = first + timedelta(days=days // 2)
            # A stack: the earlier half goes on top, so answers stay in order.
            waiting += [(middle, after), (first, middle)]
        else:
            yield fetched, (first, after)


def _is_too_big(refused: SourceError) -> bool:
    """Return whether half the days may be answered: too long, or too many rows."""
    return isinstance(refused, TookTooLong) or refused.code == "too_large"


def _answer(body: bytes, content_type: str) -> dict[str, Any]:
    answer = parsed_json(body, content_type)
    if not isinstance(answer, dict) or answer.get("status") != "success":
        raise ContentRefused(
            "no_success",
            "La respuesta no dice «status: success».",
            "The answer does not say “status: success”.",
            excerpt=_excerpt(body),
        )
    return answer


def _excerpt(body: bytes) -> str:
    return body[:300].decode("utf-8", "replace")


def _version_in(url: str) -> str:
    found = re.search(rf"/({_VERSION.pattern})/query/", url)
    if found is None:
        raise ContentRefused(
            "no_version",
            "La fuente respondió sin llevar a una versión concreta.",
            "The source answered without leading to a concrete version.",
            excerpt=url,
        )
    return found.group(1)


def _box(coordinates: Any) -> tuple[float, float, float, float]:
    points = np.array(list(_positions(coordinates)), dtype=np.float64)
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _positions(nested: Any) -> Iterable[tuple[float, float]]:
    if isinstance(nested[0], int | float):
        yield nested[0], nested[1]
        return
    for inner in nested:
        yield from _positions(inner)


def _shape_errors(rows: Sequence[Any], names: Sequence[str]) -> Iterable[RowError]:
    found = 0
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            yield RowError(
                number, "", str(row)[:40], "no es un registro", "is not a record"
            )
            found += 1
        else:
            for name in names:
                if name not in row:
                    yield RowError(
                        number, name, "", "falta la columna", "the column is missing"
                    )
                    found += 1
        if found >= _MOST_ROW_ERRORS:
            return


def _degrees(
    values: list[Any], name: str, low: float, high: float, errors: list[RowError]
) -> npt.NDArray[np.float64]:
    # bool is an int to Python, numpy would read the text "1.0" as a number, and an
    # integer of 400 digits fits no float.
    if not set(map(type, values)) <= {float, int} or any(
        type(value) is int and abs(value) > 360 for value in values
    ):
        _note(
            errors,
            name,
            values,
            [
                type(value) is float or (type(value) is int and abs(value) <= 360)
                for value in values
            ],
            "no es un número",
            "is not a number",
        )
        return np.empty(0)
    degrees = np.array(values, dtype=np.float64)
    inside = (degrees >= low) & (degrees <= high)
    if not inside.all():
        _note(
            errors,
            name,
            values,
            inside.tolist(),
            f"está fuera de {low:.4f} a {high:.4f} grados",
            f"is outside {low:.4f} to {high:.4f} degrees",
        )
    return degrees


def _days(
    values: list[Any],
    name: str,
    window: tuple[date, date] | None,
    errors: list[RowError],
) -> npt.NDArray[np.datetime64]:
    first, after = window or (FIRST_DAY, date.max)
    # Few distinct days stand in many rows: each text is read once.
    texts = [value if isinstance(value, str) else "" for value in values]
    days = {text: _day(text) for text in set(texts)}
    read = [days[text] for text in texts]
    good = [day is not None and first <= day < after for day in read]
    if not all(good):
        _note(
            errors,
            name,
            values,
            good,
            f"no es una fecha AAAA-MM-DD desde {first} y antes de {after}",
            f"is not a date YYYY-MM-DD from {first} and before {after}",
        )
        return np.empty(0, dtype="datetime64[D]")
    return np.array(read, dtype="datetime64[D]")


def _day(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _confidences(
    values: list[Any], name: str, errors: list[RowError]
) -> npt.NDArray[np.int8]:
    # json gives true as True, which equals 1, and 2.0 equals 2: both are refused.
    levels = [
        CONFIDENCE_WORDS.get(value) if type(value) in (str, int) else None
        for value in values
    ]
    if None in levels:
        _note(
            errors,
            name,
            values,
            [level is not None for level in levels],
            "no es una confianza conocida (nominal, high, highest)",
            "is not a known confidence (nominal, high, highest)",
        )
        return np.empty(0, dtype=np.int8)
    return np.array(levels, dtype=np.int8)


def _note(
    errors: list[RowError],
    column: str,
    values: list[Any],
    good: list[bool],
    reason_es: str,
    reason_en: str,
) -> None:
    bad = (index for index, fine in enumerate(good) if not fine)
    for _, index in zip(range(_MOST_ROW_ERRORS), bad, strict=False):
        shown = json.dumps(values[index], ensure_ascii=False)[:40]
        errors.append(RowError(index + 1, column, shown, reason_es, reason_en))


def _joined(pieces: list[AlertColumns]) -> AlertColumns:
    return AlertColumns(
        np.concatenate([piece.longitude for piece in pieces]),
        np.concatenate([piece.latitude for piece in pieces]),
        np.concatenate([piece.day for piece in pieces]),
        np.concatenate([piece.confidence for piece in pieces]),
    )
