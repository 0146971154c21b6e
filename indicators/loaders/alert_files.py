"""Alerts from a file as its source publishes it, a piece at a time."""

import csv
import hashlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.contrib.gis.db.models import Extent

from indicators.sources import geobosques_weekly
from indicators.sources.errors import ContentRefused, rows_refused
from indicators.sources.gfw import (
    CONFIDENCE_WORDS,
    DATASETS,
    FIRST_DAY,
    AlertColumns,
)
from indicators.sources.records import RowError
from indicators.sources.registry import GEOBOSQUES_RASTER
from territory.models import Place

_ROWS_PER_PIECE: Final = 200_000
_BYTES_PER_PIECE: Final = 1 << 18
_MOST_ROW_ERRORS = 200
_WORLD = {"longitude": 180.0, "latitude": 85.0}


def file_sha256(path: Path) -> str:
    """Return the hex digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def same_bytes(one: Path, other: Path) -> bool:
    """Return whether both files are there and equal: half the time of hashing one."""
    try:
        if one.stat().st_size != other.stat().st_size:
            return False
        with (
            one.open("rb", buffering=0) as left,
            other.open("rb", buffering=0) as right,
        ):
            while piece := left.read(_BYTES_PER_PIECE):
                if piece != right.read(_BYTES_PER_PIECE):
                    return False
    except FileNotFoundError:
        return False
    return True


def read_alert_file(
    path: Path, source_code: str, *, name: str, last_day: date
) -> Iterator[AlertColumns]:
    """Return the pieces of a file of any alert source; `name` is the file's own.

    Raises:
        ContentRefused: it is not what the source publishes.
    """
    if source_code in DATASETS:
        return read_alert_csv(path, source_code, last_day=last_day)
    box = districts_box()
    if source_code == GEOBOSQUES_RASTER.code:
        # rasterio brings GDAL: only who reads a raster pays for that.
        from indicators.sources import geobosques_raster

        return geobosques_raster.read_zip(
            path, name=name, box=box, last_day=last_day, room=path.parent
        )
    return geobosques_weekly.read_file(path, last_day=last_day)


def districts_box() -> tuple[float, float, float, float]:
    """Return (west, south, east, north) of the current districts, degrees WGS 84.

    Raises:
        ContentRefused: there are none; the boundaries were not loaded.
    """
    box = Place.objects.current().districts().aggregate(box=Extent("geom"))["box"]
    if box is None:
        raise ContentRefused(
            "no_districts",
            "Faltan los límites de los distritos: cárgalos primero.",
            "The boundaries of the districts are missing: load them first.",
        )
    west, south, east, north = box
    return west, south, east, north


def read_alert_csv(
    path: Path, dataset: str, *, last_day: date
) -> Iterator[AlertColumns]:
    """Yield the alerts of a file in its order, some 200,000 at a time.

    The header must name exactly the four columns of the API's answer. `last_day` is
    the latest day that can have an alert. Memory does not grow with the file.

    Raises:
        ContentRefused: cut short, other columns, or bad cells, each with row, column
            and reason; nothing of the file may be kept.
    """
    known = DATASETS[dataset]
    names = ["longitude", "latitude", known.date_field, known.confidence_field]
    _check_ends(path, names)
    try:
        with pd.read_csv(
            path,
            header=0,
            # Text is compared once per distinct word, not once per row.
            dtype={2: "category", 3: "category"},
            chunksize=_ROWS_PER_PIECE,
            index_col=False,
            keep_default_na=False,
            on_bad_lines="error",
            low_memory=False,
        ) as pieces:
            for piece in pieces:
                yield _columns(piece, names, last_day)
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise ContentRefused(
            "bad_csv",
            f"El archivo no se puede leer como CSV: {error}.",
            f"The file cannot be read as CSV: {error}.",
        ) from error


def _check_ends(path: Path, names: list[str]) -> None:
    """Refuse another header, and a file whose last line is not complete."""
    with path.open("rb") as file:
        first = file.readline(1000).decode("utf-8-sig", "replace").strip()
        file.seek(0, os.SEEK_END)
        if file.tell():
            file.seek(-1, os.SEEK_END)
        ends_whole = file.read(1) == b"\n"
    if next(csv.reader([first]), []) != names:
        raise ContentRefused(
            "bad_header",
            f"La primera fila debe ser: {', '.join(names)}.",
            f"The first row must be: {', '.join(names)}.",
            excerpt=first,
        )
    if not ends_whole:
        raise ContentRefused(
            "short_body",
            "El archivo está cortado: la última línea no termina.",
            "The file is cut: its last line does not end.",
        )


def _columns(piece: pd.DataFrame, names: list[str], last_day: date) -> AlertColumns:
    errors: list[RowError] = []
    # Row 1 is the header, and pandas counts from zero.
    first_row = int(piece.index[0]) + 2
    longitude, latitude = (
        _degrees(piece.iloc[:, position], name, first_row, errors)
        for position, name in enumerate(names[:2])
    )
    day = _by_word(
        piece.iloc[:, 2],
        {word: _day(word, last_day) for word in piece.iloc[:, 2].cat.categories},
        (names[2], f"no es una fecha AAAA-MM-DD de {FIRST_DAY} a {last_day}"),
        (first_row, errors),
        f"is not a date YYYY-MM-DD from {FIRST_DAY} to {last_day}",
    )
    confidence = _by_word(
        piece.iloc[:, 3],
        {word: _level(word) for word in piece.iloc[:, 3].cat.categories},
        (names[3], "no es una confianza conocida (nominal, high, highest)"),
        (first_row, errors),
        "is not a known confidence (nominal, high, highest)",
    )
    if errors:
        errors.sort(key=lambda error: error.row or 0)
        raise rows_refused(errors[:_MOST_ROW_ERRORS])
    return AlertColumns(
        longitude,
        latitude,
        day.astype("datetime64[D]"),
        confidence.astype(np.int8),
    )


def _degrees(
    cells: "pd.Series[Any]", name: str, first_row: int, errors: list[RowError]
) -> npt.NDArray[np.float64]:
    numbers = cells
    if cells.dtype != np.float64:
        numbers = pd.to_numeric(cells.astype(str), errors="coerce")
    degrees = numbers.to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~(np.abs(degrees) <= _WORLD[name]))
    for position in bad[:_MOST_ROW_ERRORS].tolist():
        errors.append(
            RowError(
                first_row + position,
                name,
                str(cells.iloc[position])[:40],
                f"no es un número de grados hasta {_WORLD[name]:g}",
                f"is not a number of degrees up to {_WORLD[name]:g}",
            )
        )
    return degrees


def _by_word(
    cells: "pd.Series[Any]",
    meanings: dict[Any, Any],
    told_es: tuple[str, str],
    noted: tuple[int, list[RowError]],
    reason_en: str,
) -> npt.NDArray[Any]:
    name, reason_es = told_es
    first_row, errors = noted
    codes = cells.cat.codes.to_numpy()
    # A row without the cell at all has the code -1: the place after all words.
    good = np.array([meaning is not None for meaning in meanings.values()] + [False])
    bad = np.flatnonzero(~good[codes])
    for position in bad[:_MOST_ROW_ERRORS].tolist():
        shown = "" if codes[position] < 0 else str(cells.iloc[position])[:40]
        errors.append(RowError(first_row + position, name, shown, reason_es, reason_en))
    if len(bad):
        return np.empty(0)
    return np.array(list(meanings.values()))[codes]


def _level(word: Any) -> int | None:
    # Nominal in JSON; in a CSV it could as well be a row that was cut.
    return CONFIDENCE_WORDS.get(word) if word else None


def _day(word: Any, last_day: date) -> np.datetime64 | None:
    try:
        day = date.fromisoformat(word)
    except (TypeError, ValueError):
        return None
    # fromisoformat also takes 20260101 and week dates.
    fine = FIRST_DAY <= day <= last_day and day.isoformat() == word
    return np.datetime64(day) if fine else None
