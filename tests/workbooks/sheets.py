"""Sheets as lists of rows: what a template says, changed as a person would."""

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

import python_calamine
from django.contrib.auth.models import User

from indicators.workbooks.columns import COLUMNS, header_of, names_by_header
from indicators.workbooks.files import template_csv, template_xlsx
from indicators.workbooks.sheet_rows import sheet_rows
from tests.sources.workbooks import sheet_xml, workbook

YEAR = 2024
Row = dict[str, Any]
LINK = "https://example.org/anuario"


def template(user: User, *, kind: str = "xlsx", year: int = YEAR) -> bytes:
    rows = sheet_rows(user, year)
    return template_csv(rows) if kind == "csv" else template_xlsx(rows, year=year)


def rows_of(content: bytes) -> list[Row]:
    """The rows of a template's first sheet, by column name; empty cells are ""."""
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    head, *rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    names = [names_by_header()[str(text).casefold()] for text in head]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def sheet(rows: list[Row], names: list[str] | None = None) -> bytes:
    """An XLSX of rows; row 1 has the headers of the columns `names`, all by default."""
    names = names or [column.name for column in COLUMNS]
    cells = [[header_of(name) for name in names]]
    cells += [[_cell(row.get(name, "")) for name in names] for row in rows]
    return workbook({"Valores": sheet_xml(cells)})


def _cell(value: Any) -> Any:
    """An empty cell is left out; what looks like Excel's escape is escaped."""
    if isinstance(value, str):
        return value.replace("_x", "_x005F_x") or None
    return value


def text_sheet(rows: list[Row], separator: str = ",") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    writer.writerow([str(column.header) for column in COLUMNS])
    for row in rows:
        writer.writerow([row.get(column.name, "") for column in COLUMNS])
    return out.getvalue()


def filled(user: User, change: Callable[[int, Row], Mapping[str, Any]]) -> bytes:
    """The template with `change(place in the list, row)` written into each row."""
    rows = rows_of(template(user))
    return sheet([row | change(number, row) for number, row in enumerate(rows)])


def good(value: object = 1.25, **cells: object) -> Row:
    """The typed cells of a value that nothing is asked about."""
    return {
        "value": value,
        "kind": "Medido",
        "source_text": "Anuario",
        "source_url": LINK,
        **cells,
    }
