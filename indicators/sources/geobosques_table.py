"""The wide table of GEOBOSQUES, one row a district; see `geobosques` for the source.

Imports pandas and pandera (seconds): for tasks and commands only.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pandas as pd
import pandera.pandas as pa

from indicators.numbers import NumberError, parse_number
from indicators.sources.errors import ContentRefused, rows_refused
from indicators.sources.geobosques_rules import (
    FIRST_YEAR,
    LARGEST_HA,
    PIXEL_HA,
    ROUNDING_HA,
    rule_error,
)
from indicators.sources.records import LossRow, LossTable, RowError
from indicators.sources.spreadsheet import TextRow, read_sheets

# The ministry's workbooks may carry a title above the table.
_HEADER_WITHIN_ROWS = 15
_YEAR_COLUMN = re.compile(r"(\d{4})[ _]?HA")
_FOREST_COLUMN = re.compile(r"BOSQUE AL (\d{4})[ _]?HA")


@dataclass(frozen=True, slots=True)
class _Layout:
    header: TextRow
    ubigeo: int
    years: dict[int, int]
    forest: int


@dataclass(frozen=True, slots=True)
class _Cell:
    row: int
    position: int
    column: str
    ubigeo: str
    year: int
    ha: Decimal


def parse_wide_table(
    content: bytes,
    filename: str,
    *,
    known_ubigeos: Collection[str],
    max_year: int,
    within: str = "",
) -> LossTable:
    """Return the loss series of the known districts from the ministry's table.

    One row per (ubigeo, year), hectares; the forest standing is given for the last
    year only, as printed. `within` is a ubigeo prefix ("2210"): rows of other places
    are counted and left out. Inside it every district must be known and every known
    district must be there. `max_year` is the last year that can have been measured.

    Raises:
        ContentRefused: the whole file, with every bad cell found, for a wrong kind
            of file, half a file, missing or doubled columns, unknown, missing or
            repeated districts, years out of range, and cells that are empty,
            negative, ambiguous or no number.
    """
    rows, layout = _located(content, filename)
    errors = _header_errors(layout, max_year)
    body = [row for row in rows if row.number > layout.header.number]
    body = [row for row in body if not row.is_blank()]
    errors += _width_errors(body, layout)
    complete = [row for row in body if len(row.cells) == len(layout.header.cells)]
    inside = [row for row in complete if _ubigeo(row, layout).startswith(within)]
    expected = {ubigeo for ubigeo in known_ubigeos if ubigeo.startswith(within)}
    errors += _district_errors(complete, inside, layout, expected)
    cells, cell_errors = _cells(inside, layout)
    errors += cell_errors + _refused_cells(cells)
    if errors:
        raise rows_refused(sorted(set(errors), key=_place(layout)))
    forests = {cell.ubigeo: cell.ha for cell in cells if cell.position == layout.forest}
    last_year = max(layout.years)
    loss_rows = [
        LossRow(
            cell.ubigeo,
            cell.year,
            cell.ha,
            forests[cell.ubigeo] if cell.year == last_year else None,
        )
        for cell in cells
        if cell.position != layout.forest
    ]
    return LossTable(
        rows=tuple(sorted(loss_rows, key=lambda row: (row.ubigeo, row.year))),
        edition=str(last_year),
        warnings=tuple(_pixel_warnings(cells)),
        rows_left_out=len(complete) - len(inside),
    )


def _normal(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(plain.upper().split())


def _located(content: bytes, filename: str) -> tuple[tuple[TextRow, ...], _Layout]:
    """Return the rows of the first sheet that has a header, and where columns are."""
    for sheet in read_sheets(content, filename):
        for row in sheet.rows[:_HEADER_WITHIN_ROWS]:
            names = [_normal(cell) for cell in row.cells]
            if "UBIGEO" in names:
                return sheet.rows, _layout(row, names)
    raise ContentRefused(
        "no_header",
        "No se encuentra la columna UBIGEO; ¿es la tabla de GEOBOSQUES, separada "
        "por comas?",
        "There is no UBIGEO column; is this the GEOBOSQUES table, separated by commas?",
        excerpt=content[:300].decode("utf-8", "replace"),
    )


def _layout(header: TextRow, names: list[str]) -> _Layout:
    years: dict[int, int] = {}
    forests: list[int] = []
    errors: list[RowError] = []
    for position, name in enumerate(names):
        if found := _YEAR_COLUMN.fullmatch(name):
            if int(found[1]) in years:
                errors.append(rule_error(header.number, name, name, "year_twice"))
            years[int(found[1])] = position
        elif _FOREST_COLUMN.fullmatch(name):
            forests.append(position)
    if names.count("UBIGEO") > 1:
        errors.append(_doubled(header, "UBIGEO"))
    if len(forests) > 1:
        errors.append(_doubled(header, "BOSQUE AL …_ha"))
    if not years:
        errors.append(_missing(header, "2001_ha"))
    if not forests:
        errors.append(_missing(header, "BOSQUE AL …_ha"))
    if errors:
        raise rows_refused(errors)
    return _Layout(header, names.index("UBIGEO"), years, forests[0])


def _missing(header: TextRow, name: str) -> RowError:
    return RowError(
        header.number, name, "", "falta la columna", "the column is missing"
    )


def _doubled(header: TextRow, name: str) -> RowError:
    return RowError(
        header.number, name, "", "la columna se repite", "the column stands twice"
    )


def _header_errors(layout: _Layout, max_year: int) -> list[RowError]:
    row = layout.header.number
    errors = [
        rule_error(row, f"{year}_ha", str(year), "year_range")
        for year in layout.years
        if not FIRST_YEAR <= year <= max_year
    ]
    if errors:
        return errors
    errors += [
        _missing(layout.header, f"{year}_ha")
        for year in range(FIRST_YEAR, max(layout.years))
        if year not in layout.years
    ]
    forest_name = layout.header.cells[layout.forest]
    forest_year = _FOREST_COLUMN.fullmatch(_normal(forest_name))
    if forest_year is None or int(forest_year[1]) != max(layout.years):
        errors.append(
            RowError(
                row,
                forest_name,
                forest_name,
                f"el bosque no es del último año de la serie ({max(layout.years)})",
                f"the forest is not of the last year ({max(layout.years)})",
            )
        )
    return errors


def _width_errors(rows: Iterable[TextRow], layout: _Layout) -> list[RowError]:
    width = len(layout.header.cells)
    return [
        RowError(
            row.number,
            "",
            ",".join(row.cells)[-40:],
            f"tiene {len(row.cells)} columnas y no {width}; el archivo parece cortado",
            f"has {len(row.cells)} columns, not {width}; the file looks cut",
        )
        for row in rows
        if len(row.cells) != width
    ]


def _ubigeo(row: TextRow, layout: _Layout) -> str:
    text = row.cells[layout.ubigeo]
    return f"0{text}" if re.fullmatch(r"\d{5}", text) else text


def _district_errors(
    complete: list[TextRow],
    inside: list[TextRow],
    layout: _Layout,
    expected: set[str],
) -> list[RowError]:
    column = layout.header.cells[layout.ubigeo]
    here = {row.number for row in inside}
    frame = pd.DataFrame(
        {
            "row": [row.number for row in complete],
            "ubigeo": [_ubigeo(row, layout) for row in complete],
            "inside": [row.number in here for row in complete],
        }
    ).astype({"row": "int64", "ubigeo": "object", "inside": "bool"})
    schema = pa.DataFrameSchema(
        {"ubigeo": pa.Column(object, pa.Check(_six_digits, error="ubigeo_form"))},
        checks=[
            pa.Check(_first_of_its_kind, error="ubigeo_twice"),
            pa.Check(
                lambda table: (
                    ~table["inside"]
                    | ~_six_digits(table["ubigeo"])
                    | table["ubigeo"].isin(expected)
                ),
                error="ubigeo_unknown",
            ),
        ],
    )
    errors = [
        rule_error(int(frame["row"][index]), column, frame["ubigeo"][index], reason)
        for index, reason in _failures(schema, frame)
    ]
    missing = expected - {_ubigeo(row, layout) for row in inside}
    errors += [
        RowError(
            None,
            column,
            ubigeo,
            f"falta el distrito {ubigeo}; ¿está completo el archivo?",
            f"district {ubigeo} is missing; is the file complete?",
        )
        for ubigeo in sorted(missing)
    ]
    return errors


def _six_digits(ubigeos: "pd.Series[Any]") -> "pd.Series[bool]":
    return ubigeos.map(lambda text: bool(re.fullmatch(r"[0-9]{6}", text)))


def _first_of_its_kind(table: pd.DataFrame) -> "pd.Series[bool]":
    return ~table.duplicated("ubigeo")


def _cells(
    rows: Iterable[TextRow], layout: _Layout
) -> tuple[list[_Cell], list[RowError]]:
    """Return every number of the table, and the errors of those unreadable."""
    columns = [*layout.years.items(), (max(layout.years), layout.forest)]
    found: list[_Cell] = []
    errors: list[RowError] = []
    for row in rows:
        for year, position in columns:
            text, name = row.cells[position], layout.header.cells[position]
            try:
                ha = parse_number(text)
            except NumberError as error:
                errors.append(
                    RowError(
                        row.number, name, text[:40], error.reason_es, error.reason_en
                    )
                )
            else:
                ubigeo = _ubigeo(row, layout)
                found.append(_Cell(row.number, position, name, ubigeo, year, ha))
    return found, errors


def _refused_cells(cells: list[_Cell]) -> list[RowError]:
    frame = pd.DataFrame({"ha": [cell.ha for cell in cells]}, dtype="object")
    schema = pa.DataFrameSchema(
        {
            "ha": pa.Column(
                object,
                [
                    pa.Check(lambda ha: ha >= 0, error="negative"),
                    pa.Check(lambda ha: ha <= LARGEST_HA, error="too_large"),
                ],
            )
        }
    )
    return [
        rule_error(cells[at].row, cells[at].column, str(cells[at].ha), reason)
        for at, reason in _failures(schema, frame)
    ]


def _failures(
    schema: pa.DataFrameSchema, frame: pd.DataFrame
) -> Iterable[tuple[int, str]]:
    """Yield (index, reason) of every failing line, each once."""
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as failed:
        cases = failed.failure_cases[["index", "check"]].drop_duplicates()
        for index, reason in cases.itertuples(index=False):
            yield int(index), str(reason)


def _pixel_warnings(cells: Iterable[_Cell]) -> Iterable[RowError]:
    for cell in cells:
        rest = cell.ha % PIXEL_HA
        if min(rest, PIXEL_HA - rest) > ROUNDING_HA:
            yield RowError(
                cell.row,
                cell.column,
                str(cell.ha),
                "no es múltiplo de 0.09 ha (un píxel Landsat)",
                "is not a multiple of 0.09 ha (a Landsat pixel)",
            )


def _place(layout: _Layout) -> Callable[[RowError], tuple[int, int, str, str]]:
    order = {name: position for position, name in enumerate(layout.header.cells)}
    return lambda error: (
        error.row if error.row is not None else 10**9,
        order.get(error.column, -1),
        error.value,
        error.reason_es,
    )
