"""The production table of one source, read row by row; see `midagri` for the source."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from indicators.numbers import DecimalMark, decimal_mark_of
from indicators.sources.delimited import read_delimited
from indicators.sources.errors import ContentRefused, rows_refused
from indicators.sources.midagri import LIMITS, Layout
from indicators.sources.midagri_cells import (
    CellError,
    column_key,
    plain_name,
    read_amount,
    read_month,
    read_price,
    read_ubigeo,
    read_year,
)
from indicators.sources.records import RowError
from indicators.sources.spreadsheet import TextRow, is_workbook, open_workbook

# Workbooks may carry a title above the table.
_HEADER_WITHIN_ROWS: Final = 15
# A file with more bad cells has one cause; reading on would only cost memory.
_MOST_ERRORS: Final = 1000
_AMOUNTS: Final = ("production_t", "harvested_ha", "price_pen_kg")


@dataclass(frozen=True, slots=True)
class District:
    """What a row may be compared with: the district's name and its whole area, ha."""

    name: str
    area_ha: Decimal


@dataclass(frozen=True, slots=True)
class Calendar:
    """The last month that can have been harvested."""

    year: int
    month: int


@dataclass(frozen=True, slots=True)
class ProductionRow:
    """One crop in one district and month; `price_pen_kg` is None when not known."""

    ubigeo: str
    crop_name: str
    year: int
    month: int
    production_t: Decimal
    harvested_ha: Decimal
    price_pen_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class ProductionTable:
    """The rows of the known districts, sorted; at most one a district, crop, month.

    `edition` is the newest month ("2025-06"). `rows_left_out` counts rows of other
    districts, `headers_repeated` header rows inside the table, `ubigeos_repaired`
    codes that came as numbers. `warnings` do not stop the load.
    """

    rows: tuple[ProductionRow, ...]
    edition: str
    warnings: tuple[RowError, ...]
    rows_left_out: int
    headers_repeated: int
    ubigeos_repaired: int


def parse_production(
    content: bytes,
    filename: str,
    *,
    layout: Layout,
    districts: Mapping[str, District],
    within: str,
    today: Calendar,
) -> ProductionTable:
    """Return the production rows of the known districts from one source's file.

    Every row of the file is read. `within` is a ubigeo prefix ("2210"): a bad cell
    inside it, or in a row whose district cannot be told, refuses the whole file; one
    outside it is a warning, for nothing here depends on it.

    Raises:
        ContentRefused: the whole file, with the bad cells found: a wrong kind of
            file, missing or doubled columns, ragged rows, unknown districts,
            rows that repeat, and cells that are empty, negative or ambiguous.
    """
    reading = _Reading(layout, districts, within, today)
    for sheet, rows, decimal_mark in _sheets(content, filename, layout):
        reading.read_sheet(sheet, rows, decimal_mark)
    if not reading.has_table:
        raise ContentRefused(
            "no_header",
            "No se encuentran las columnas de esta fuente: "
            + ", ".join(names[0] for names in layout.columns.values())
            + ".",
            "The columns of this source are not found: "
            + ", ".join(names[0] for names in layout.columns.values())
            + ".",
            excerpt=content[:300].decode("utf-8", "replace"),
        )
    if reading.errors:
        raise rows_refused(reading.errors)
    if not reading.found:
        raise ContentRefused(
            "no_rows",
            f"El archivo no tiene ninguna fila de los distritos {within}….",
            f"The file has no row of the districts {within}….",
        )
    records = sorted(
        reading.found.values(),
        key=lambda row: (row.year, row.month, row.ubigeo, row.crop_name),
    )
    return ProductionTable(
        rows=tuple(records),
        edition=f"{records[-1].year}-{records[-1].month:02d}",
        warnings=tuple(reading.warnings),
        rows_left_out=reading.rows_left_out,
        headers_repeated=reading.headers_repeated,
        ubigeos_repaired=reading.ubigeos_repaired,
    )


def _sheets(
    content: bytes, filename: str, layout: Layout
) -> Iterator[tuple[str, Iterable[TextRow], DecimalMark]]:
    """Yield each sheet with its name and the decimal mark its numbers are read with."""
    if is_workbook(content, filename, LIMITS):
        for name, rows in open_workbook(content, LIMITS):
            # A cell that holds a number has no mark of its own; a text "12,5" is
            # refused beside it.
            yield name, rows, "."
        return
    rows = read_delimited(content).rows
    yield "", rows, decimal_mark_of(_amount_texts(rows, layout))


def _amount_texts(rows: tuple[TextRow, ...], layout: Layout) -> Iterator[str]:
    for header in rows[:_HEADER_WITHIN_ROWS]:
        columns = _positions(header, layout)
        if columns is not None:
            at = [columns[name] for name in _AMOUNTS if name in columns]
            for row in rows:
                yield from (row.cells[i] for i in at if i < len(row.cells))
            return


def _positions(row: TextRow, layout: Layout) -> dict[str, int] | None:
    """Return field → position; None if the row does not look like the header."""
    keys = [column_key(cell) for cell in row.cells]
    found = {}
    for name, titles in layout.columns.items():
        known = next((k for k in map(column_key, titles) if k in keys), None)
        if known is not None:
            found[name] = keys.index(known)
    return found if {"ubigeo", "crop"} <= found.keys() else None


@dataclass
class _Reading:
    """What was read so far."""

    layout: Layout
    districts: Mapping[str, District]
    within: str
    today: Calendar
    found: dict[tuple[str, str, int, int], ProductionRow] = field(default_factory=dict)
    first_rows: dict[tuple[str, str, int, int], str] = field(default_factory=dict)
    other_names: set[tuple[str, str]] = field(default_factory=set)
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowError] = field(default_factory=list)
    rows_left_out: int = 0
    headers_repeated: int = 0
    ubigeos_repaired: int = 0
    has_table: bool = False

    def read_sheet(
        self, sheet: str, rows: Iterable[TextRow], decimal_mark: DecimalMark
    ) -> None:
        rows = iter(rows)
        above = list(islice(rows, _HEADER_WITHIN_ROWS))
        headers = ((row, _positions(row, self.layout)) for row in above)
        header, columns = next(
            ((row, found) for row, found in headers if found), (None, None)
        )
        if header is None or columns is None:
            return
        self.has_table = True
        self.errors += _header_errors(header, self.layout, columns)
        if self.errors:
            return
        table = _Sheet(sheet, header, columns, decimal_mark)
        for row in chain(above, rows):
            is_body = row.number > header.number and not row.is_blank()
            if is_body and len(self.errors) < _MOST_ERRORS:
                self._read(row, table)

    def _read(self, row: TextRow, table: "_Sheet") -> None:
        if self._is_header(row, table):
            self.headers_repeated += 1
            return
        width = len(table.header.cells)
        if len(row.cells) < width or any(row.cells[width:]):
            self.errors.append(
                table.error(
                    row,
                    "",
                    f"tiene {len(row.cells)} columnas y no {width}",
                    f"has {len(row.cells)} columns, not {width}",
                    value=";".join(row.cells)[-40:],
                )
            )
            return
        problems: list[RowError] = []
        ubigeo = self._ubigeo(row, table, problems)
        record = self._record(row, table, ubigeo, problems)
        if ubigeo is not None and not ubigeo.startswith(self.within):
            self.rows_left_out += 1
            self._warn(problems)
        elif problems or record is None:
            self.errors += problems
        else:
            self._keep(row, table, record)

    def _is_header(self, row: TextRow, table: "_Sheet") -> bool:
        return all(
            at < len(row.cells)
            and column_key(row.cells[at]) == column_key(table.header.cells[at])
            for at in table.columns.values()
        )

    def _ubigeo(
        self, row: TextRow, table: "_Sheet", problems: list[RowError]
    ) -> str | None:
        try:
            ubigeo, was_repaired = read_ubigeo(table.cell(row, "ubigeo"))
        except CellError as error:
            problems.append(table.cell_error(row, "ubigeo", error))
            return None
        self.ubigeos_repaired += was_repaired
        if ubigeo.startswith(self.within) and ubigeo not in self.districts:
            problems.append(
                table.error(
                    row,
                    "ubigeo",
                    "no es un distrito de esta provincia",
                    "is no district of this province",
                )
            )
        return ubigeo

    def _record(
        self,
        row: TextRow,
        table: "_Sheet",
        ubigeo: str | None,
        problems: list[RowError],
    ) -> ProductionRow | None:
        mark = table.decimal_mark
        readers: dict[str, Callable[[str], Any]] = {
            "year": lambda text: read_year(text, self.today.year),
            "month": read_month,
            "production_t": lambda text: read_amount(text, mark),
            "harvested_ha": lambda text: read_amount(text, mark),
            "price_pen_kg": lambda text: read_price(text, mark),
        }
        values: dict[str, Any] = {}
        for name, read in readers.items():
            try:
                values[name] = read(table.cell(row, name))
            except CellError as error:
                problems.append(table.cell_error(row, name, error))
        crop_name = plain_name(table.cell(row, "crop"))[:80]
        if not crop_name:
            problems.append(table.error(row, "crop", "está vacío", "it is empty"))
        if problems or ubigeo is None:
            return None
        record = ProductionRow(ubigeo=ubigeo, crop_name=crop_name, **values)
        problems += self._doubts(row, table, record)
        return record

    def _doubts(
        self, row: TextRow, table: "_Sheet", record: ProductionRow
    ) -> Iterator[RowError]:
        if (record.year, record.month) > (self.today.year, self.today.month):
            yield table.error(
                row, "month", "el mes está en el futuro", "the month is in the future"
            )
        district = self.districts.get(record.ubigeo)
        if district is None:
            return
        if record.harvested_ha > district.area_ha:
            yield table.error(
                row,
                "harvested_ha",
                "la cosecha es mayor que el distrito entero",
                "the harvested area is larger than the whole district",
            )
        given = plain_name(table.cell(row, "district"))
        if given != plain_name(district.name) and (record.ubigeo, given) not in (
            self.other_names
        ):
            # The code decides, for names are written in many ways; said once each.
            self.other_names.add((record.ubigeo, given))
            reason_es = f"el ubigeo {record.ubigeo} es de {district.name}"
            reason_en = f"the ubigeo {record.ubigeo} is that of {district.name}"
            self._warn([table.error(row, "district", reason_es, reason_en)])

    def _warn(self, problems: list[RowError]) -> None:
        if len(self.warnings) < _MOST_ERRORS:
            self.warnings += problems

    def _keep(self, row: TextRow, table: "_Sheet", record: ProductionRow) -> None:
        key = (record.ubigeo, record.crop_name, record.year, record.month)
        if key in self.found:
            self.errors.append(
                table.error(
                    row,
                    "ubigeo",
                    f"repite distrito, cultivo y mes de la {self.first_rows[key]}",
                    f"repeats district, crop and month of {self.first_rows[key]}",
                )
            )
            return
        self.found[key] = record
        where = f" de la hoja {table.name}" if table.name else ""
        self.first_rows[key] = f"fila {row.number}{where}"


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    header: TextRow
    columns: Mapping[str, int]
    decimal_mark: DecimalMark

    def cell(self, row: TextRow, name: str) -> str:
        return row.cells[self.columns[name]]

    def error(
        self,
        row: TextRow,
        name: str,
        reason_es: str,
        reason_en: str,
        value: str | None = None,
    ) -> RowError:
        column = self.header.cells[self.columns[name]] if name else ""
        shown = value if value is not None else (self.cell(row, name) if name else "")
        if self.name:
            reason_es = f"{reason_es} (hoja {self.name})"
            reason_en = f"{reason_en} (sheet {self.name})"
        return RowError(row.number, column, shown[:40], reason_es, reason_en)

    def cell_error(self, row: TextRow, name: str, error: CellError) -> RowError:
        return self.error(row, name, error.reason_es, error.reason_en)


def _header_errors(
    header: TextRow, layout: Layout, columns: Mapping[str, int]
) -> Iterator[RowError]:
    keys = [column_key(cell) for cell in header.cells]
    for name, titles in layout.columns.items():
        known = {column_key(title) for title in titles}
        count = sum(key in known for key in keys)
        if name not in columns:
            yield RowError(
                header.number,
                titles[0],
                "",
                "falta la columna",
                "the column is missing",
            )
        elif count > 1:
            yield RowError(
                header.number,
                titles[0],
                "",
                "la columna se repite",
                "the column stands twice",
            )
