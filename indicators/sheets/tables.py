"""Opens an uploaded statistic as text, guarded and bounded. Pure."""

from dataclasses import dataclass
from itertools import islice
from typing import Final

from indicators.sources.delimited import read_delimited
from indicators.sources.errors import ContentRefused
from indicators.sources.spreadsheet import (
    Limits,
    TextRow,
    TextSheet,
    is_workbook,
    open_workbook,
)

# Every district of the country in a year, or every school of a region, fits. A sheet
# is read at each step: 250,000 cells take one to two seconds.
LIMITS: Final = Limits(
    file_bytes=10 * 1024 * 1024, unpacked_bytes=40 * 1024 * 1024, cells=250_000
)
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 200
# Titles stand near the top, under a name, a period and a unit.
_TITLES_WITHIN: Final = 15


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet: its place from 0, Excel's letter and its title or ""."""

    index: int
    letter: str
    title: str


def read_statistic(content: bytes, filename: str) -> tuple[TextSheet, ...]:
    """Return the visible sheets of an XLSX or CSV file that hold anything.

    CSV may have any usual encoding and separator.

    Raises:
        ContentRefused: empty, too large, too many rows or columns, another kind than
            its name says, damaged, a bomb, or formulas saved without their value.
    """
    if is_workbook(content, filename, LIMITS):
        sheets = tuple(
            TextSheet(name.replace("\0", ""), tuple(islice(rows, MAX_ROWS + 1)))
            for name, rows in open_workbook(content, LIMITS)
        )
    else:
        sheets = (TextSheet("", read_delimited(content).rows),)
    filled = tuple(
        sheet for sheet in sheets if not all(row.is_blank() for row in sheet.rows)
    )
    if not filled:
        raise ContentRefused("empty", "El archivo está vacío.", "The file is empty.")
    for sheet in filled:
        _check_size(sheet)
    return filled


def _check_size(sheet: TextSheet) -> None:
    if len(sheet.rows) > MAX_ROWS:
        raise ContentRefused(
            "too_many_rows",
            f"Una hoja tiene más de {MAX_ROWS:,} filas. Deja solo las de la región.",
            f"A sheet has more than {MAX_ROWS:,} rows. Keep those of the region only.",
        )
    if max(len(row.cells) for row in sheet.rows) > MAX_COLUMNS:
        raise ContentRefused(
            "too_many_columns",
            f"Una hoja tiene más de {MAX_COLUMNS} columnas. Quita las que sobran.",
            f"A sheet has more than {MAX_COLUMNS} columns. Remove those not needed.",
        )


def likely_title_row(sheet: TextSheet) -> int:
    """Return the number of the first row near the top that is widest in texts.

    Names and units above a table fill one or two cells; its titles fill them all. A
    person sees the guess and changes it.
    """
    top = [row for row in sheet.rows if row.number <= _TITLES_WITHIN]
    texts = {row.number: sum(map(_is_title, row.cells)) for row in top}
    return max(texts, key=lambda number: (texts[number], -number), default=1)


def _is_title(cell: str) -> bool:
    return bool(cell) and not cell.replace(".", "").replace(",", "").isdigit()


def columns_of(sheet: TextSheet, title_row: int) -> tuple[Column, ...]:
    """Return every column of a sheet with the title that stands in a row."""
    width = max((len(row.cells) for row in sheet.rows), default=0)
    titles = next((row.cells for row in sheet.rows if row.number == title_row), ())
    return tuple(
        Column(
            index=index,
            letter=column_letter(index),
            title=_title(titles[index]) if index < len(titles) else "",
        )
        for index in range(width)
    )


def _title(cell: str) -> str:
    # XLSX can name a NUL, which no database keeps.
    return " ".join(cell.replace("\0", "").split())


def column_letter(index: int) -> str:
    """Return Excel's letters for a column counted from 0."""
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_of(row: TextRow, index: int) -> str:
    """Return the text of a cell; "" beyond the row's end."""
    return row.cells[index] if index < len(row.cells) else ""
