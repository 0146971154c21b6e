"""Turns a sheet into values by a rule that a person set. Pure.

What cannot be read with certainty is an error of its cell; a cell that says there is
no figure is a missing value, never zero; rows of other places are counted and left.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from indicators.numbers import (
    DecimalMark,
    NumberError,
    decimal_mark_of,
    parse_number,
)
from indicators.sheets.tables import cell_of, column_letter
from indicators.sources.records import RowError
from indicators.sources.spreadsheet import TextRow, TextSheet

# What Peru's statistics print where there is no figure.
MISSING_SIGNS: Final = frozenset(
    (
        *("", "-", "–", "—", ".", "..", "...", "…", "*"),
        *("n.d.", "n.d", "nd", "n/d", "s.d.", "s/d", "sd"),
        *("n.a.", "n/a", "na", "n.r.", "nr"),
        *("sin dato", "sin datos", "no disponible"),
    )
)
_MOST_DECIMALS: Final = Decimal("0.0001")
_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Rows whose cell says a text; with "*" at its end, begins with it."""

    column: int
    text: str

    def takes(self, row: TextRow) -> bool:
        """Return whether a row is one of those meant; capitals do not matter."""
        wanted = _plain(self.text)
        found = _plain(cell_of(row, self.column))
        if wanted.endswith("*"):
            return found.startswith(wanted.removesuffix("*"))
        return found == wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRule:
    """How a sheet is read. Rows count from 1 as Excel's, columns from 0.

    One of `year_column` and `year` is set. `place_column` holds ubigeos; None means
    every row is of one place, which the caller knows. A value is multiplied by
    `factor` to come into the indicator's unit.
    """

    title_row: int
    value_column: int
    year_column: int | None = None
    year: int | None = None
    place_column: int | None = None
    filters: tuple[RowFilter, ...] = ()
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class SheetValue:
    """One value as found: its cell, place, year and number.

    `ubigeo` is "" when the rule knows the place; `value` is None where the file says
    that there is no figure; `is_rounded` when the file gave more than four decimals.
    """

    row: int
    column: str
    ubigeo: str
    year: int
    value: Decimal | None
    text: str
    is_rounded: bool = False


@dataclass(frozen=True, slots=True)
class SheetReading:
    """What a sheet gave: values in its order, errors by cell, rows left out."""

    values: tuple[SheetValue, ...]
    errors: tuple[RowError, ...]
    left_out: int


def read_values(
    sheet: TextSheet, rule: SheetRule, *, ubigeos: Collection[str]
) -> SheetReading:
    """Return the values of the rows under the titles that every filter takes.

    `ubigeos` are the places known here. The decimal mark is the one that the whole
    column of values proves; where it proves none, commas are refused.
    """
    rows = [row for row in sheet.rows if row.number > rule.title_row]
    rows = [row for row in rows if not row.is_blank()]
    mark = decimal_mark_of(cell_of(row, rule.value_column) for row in rows)
    taken = [row for row in rows if _is_meant(row, rule)]
    found: list[SheetValue] = []
    errors: list[RowError] = []
    for row in taken:
        try:
            found.append(_value(row, rule, mark, ubigeos))
        except _CellError as wrong:
            errors.append(wrong.error)
    values, repeated = _apart(found)
    return SheetReading(
        values=values,
        errors=tuple(sorted((*errors, *repeated), key=lambda error: error.row or 0)),
        left_out=len(rows) - len(taken),
    )


class _CellError(Exception):
    def __init__(self, error: RowError) -> None:
        super().__init__(error.reason_es)
        self.error = error


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_meant(row: TextRow, rule: SheetRule) -> bool:
    """Return whether a row is data: notes under a table have no year and no value."""
    if not all(one.takes(row) for one in rule.filters):
        return False
    has_value = bool(cell_of(row, rule.value_column))
    if rule.year_column is not None:
        return has_value or bool(cell_of(row, rule.year_column))
    return has_value or bool(rule.filters)


def _value(
    row: TextRow, rule: SheetRule, mark: DecimalMark, ubigeos: Collection[str]
) -> SheetValue:
    text = cell_of(row, rule.value_column)
    number = _number(row, rule, text, mark)
    kept = None if number is None else _four_decimals(number)
    return SheetValue(
        row=row.number,
        column=column_letter(rule.value_column),
        ubigeo=_ubigeo(row, rule, ubigeos),
        year=_year(row, rule),
        value=kept,
        text=text,
        is_rounded=kept != number,
    )


def _number(
    row: TextRow, rule: SheetRule, text: str, mark: DecimalMark
) -> Decimal | None:
    if _plain(text) in MISSING_SIGNS:
        return None
    try:
        return parse_number(text.removesuffix("%"), decimal_mark=mark) * rule.factor
    except NumberError as error:
        raise _wrong(
            row, rule.value_column, text, error.reason_es, error.reason_en
        ) from error


def _four_decimals(number: Decimal) -> Decimal:
    # Larger ones are refused later, by their size.
    if number.adjusted() > 18 or number == number.to_integral_value():
        return number
    rounded = number.quantize(_MOST_DECIMALS)
    # What rounding would turn into zero is refused later, by its decimals.
    return rounded or number


def _year(row: TextRow, rule: SheetRule) -> int:
    if rule.year_column is None:
        assert rule.year is not None
        return rule.year
    text = cell_of(row, rule.year_column)
    if not _YEAR.fullmatch(text):
        raise _wrong(
            row,
            rule.year_column,
            text,
            f"«{text[:40]}» no es un año de cuatro cifras.",
            f"“{text[:40]}” is not a year of four digits.",
        )
    return int(text)


def _ubigeo(row: TextRow, rule: SheetRule, ubigeos: Collection[str]) -> str:
    if rule.place_column is None:
        return ""
    text = cell_of(row, rule.place_column)
    # A province's code is its four digits, or six that end in zeros.
    code = text.removesuffix("00") if len(text) == 6 else text
    for known in (text, code):
        if known in ubigeos:
            return known
    raise _wrong(
        row,
        rule.place_column,
        text,
        f"«{text[:40]}» no es el ubigeo de un lugar de este tablero.",
        f"“{text[:40]}” is not the ubigeo of a place of this dashboard.",
    )


def _apart(
    found: Iterable[SheetValue],
) -> tuple[tuple[SheetValue, ...], list[RowError]]:
    """Return what stands once, and an error for each cell of what stands twice."""
    places: dict[tuple[str, int], list[SheetValue]] = {}
    for one in found:
        places.setdefault((one.ubigeo, one.year), []).append(one)
    once = tuple(group[0] for group in places.values() if len(group) == 1)
    repeated = [
        _repeated(one, group) for group in places.values() for one in group if group[1:]
    ]
    return once, repeated


def _repeated(one: SheetValue, group: list[SheetValue]) -> RowError:
    other = group[1] if one is group[0] else group[0]
    return RowError(
        one.row,
        one.column,
        one.text,
        f"la fila {other.row} da otro valor del mismo lugar y año. Agrega una "
        "condición para quedarte con uno.",
        f"row {other.row} gives another value of the same place and year. Add a "
        "condition to keep one of them.",
    )


def _wrong(
    row: TextRow, column: int, text: str, reason_es: str, reason_en: str
) -> _CellError:
    return _CellError(
        RowError(row.number, column_letter(column), text, reason_es, reason_en)
    )
