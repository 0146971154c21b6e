"""Global Forest Watch: annual tree cover loss of a polygon, a second opinion.

Service: https://data-api.globalforestwatch.org, data set umd_tree_cover_loss
    (POST /dataset/{d}/latest/query/json, or `gfw_batch` for many polygons at once)
Licence: CC BY 4.0; cite Hansen and others (2013), Global Forest Watch and the date.
Publication lag: a year's loss appears about April of the next year.
Checked: 2026-11-20, documents and public clients only; never called live.

Quirks
- A year without loss is absent from the answer. Whether that means none or not looked
  at, nothing says: it stays missing and is never stored as zero.
- A forest is a canopy of 30 % or more in the year 2000 here, plantations included: it
  is another thing than the ministry's humid forest, so the two are never joined.
- Areas are floats of many digits; they are kept in hundredths of a hectare.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from indicators.sources.errors import ContentRefused, rows_refused
from indicators.sources.gfw import strict_geometry
from indicators.sources.json_reply import parsed_json
from indicators.sources.records import LossRow, RowError
from indicators.sources.session import Fetched, Session

DATASET: Final = "umd_tree_cover_loss"
YEAR_FIELD: Final = "umd_tree_cover_loss__year"
AREA_FIELD: Final = "area__ha"
CANOPY_PCT: Final = 30
FIRST_YEAR: Final = 2001
SQL: Final = (
    f"SELECT {YEAR_FIELD}, SUM({AREA_FIELD}) FROM results "  # noqa: S608
    f"WHERE umd_tree_cover_density_2000__threshold >= {CANOPY_PCT} "
    f"GROUP BY {YEAR_FIELD}"
)
_HUNDREDTHS: Final = Decimal("0.01")
# All of Peru has 128.5 million hectares of land (INEI).
_LARGEST_HA: Final = Decimal(130_000_000)


def fetch_loss(session: Session, geometry: Mapping[str, Any]) -> Fetched:
    """Return the raw answer for one polygon; errors as `Session.fetch`."""
    question = {"geometry": strict_geometry(geometry), "sql": SQL}
    return session.post_json(f"/dataset/{DATASET}/latest/query/json", question)


def parse_loss(body: bytes, ubigeo: str, *, max_year: int) -> tuple[LossRow, ...]:
    """Return one place's loss by year in hectares; years not sent are not there.

    Raises:
        ContentRefused: HTML, cut, another shape, or bad cells, each with its place in
            the list from 1, column and reason.
    """
    answer = parsed_json(body, exact=True)
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list) or answer.get("status") != "success":
        raise ContentRefused(
            "no_data",
            "La respuesta no trae la lista «data».",
            "The answer carries no “data” list.",
            excerpt=body[:300].decode("utf-8", "replace"),
        )
    return _checked(((ubigeo, row) for row in rows), max_year)


def parse_batch(
    body: bytes, ubigeos: frozenset[str], *, id_field: str, max_year: int
) -> tuple[LossRow, ...]:
    """Return the loss by place and year of a batch job's CSV, hectares.

    Raises:
        ContentRefused: other columns, a place nobody asked for, or bad cells.
    """
    table = csv.DictReader(io.StringIO(body.decode("utf-8-sig", "replace")))
    wanted = {id_field, YEAR_FIELD, AREA_FIELD}
    if not wanted <= set(table.fieldnames or ()):
        raise ContentRefused(
            "bad_header",
            f"Faltan columnas: {', '.join(sorted(wanted))}.",
            f"Columns are missing: {', '.join(sorted(wanted))}.",
            excerpt=body[:300].decode("utf-8", "replace"),
        )
    rows = list(table)
    strangers = {str(row[id_field]) for row in rows} - ubigeos
    if strangers:
        raise ContentRefused(
            "unknown_place",
            f"La respuesta trae un lugar que no se pidió: {min(strangers)}.",
            f"The answer carries a place nobody asked for: {min(strangers)}.",
        )
    return _checked(((row[id_field], row) for row in rows), max_year)


def _checked(rows: Iterable[tuple[str, Any]], max_year: int) -> tuple[LossRow, ...]:
    errors: list[RowError] = []
    found: dict[tuple[str, int], LossRow] = {}
    for number, (ubigeo, row) in enumerate(rows, start=1):
        year = _whole(row, YEAR_FIELD)
        area_ha = _amount(row, AREA_FIELD)
        if year is None or not FIRST_YEAR <= year <= max_year:
            reasons = (
                f"no es un año de {FIRST_YEAR} a {max_year}",
                f"is not a year from {FIRST_YEAR} to {max_year}",
            )
            errors.append(RowError(number, YEAR_FIELD, _shown(row), *reasons))
        elif (ubigeo, year) in found:
            reasons = ("el año se repite", "the year stands twice")
            errors.append(RowError(number, YEAR_FIELD, str(year), *reasons))
        elif area_ha is None:
            reasons = ("no es un área en hectáreas", "is not an area in hectares")
            errors.append(RowError(number, AREA_FIELD, _shown(row), *reasons))
        else:
            loss = LossRow(ubigeo, year, area_ha.quantize(_HUNDREDTHS))
            found[ubigeo, year] = loss
    if errors:
        raise rows_refused(errors)
    return tuple(found[key] for key in sorted(found))


def _number(row: Any, name: str) -> Decimal | None:
    value = row.get(name) if isinstance(row, dict) else None
    if value is None or isinstance(value, bool | list | dict):
        return None
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _whole(row: Any, name: str) -> int | None:
    number = _number(row, name)
    return int(number) if number is not None and number == int(number) else None


def _amount(row: Any, name: str) -> Decimal | None:
    number = _number(row, name)
    return number if number is not None and 0 <= number <= _LARGEST_HA else None


def _shown(row: Any) -> str:
    return str(row)[:40]
