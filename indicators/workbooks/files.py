"""The files that go out: the template of a year and the list of errors.

Imports xlsxwriter: for the views that send a file alone.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import xlsxwriter
from django.utils.translation import gettext as _

from indicators.exports import BYTE_ORDER_MARK, plain_number
from indicators.models import YearlyValue
from indicators.workbooks.columns import COLUMNS, flat_text, guarded
from indicators.workbooks.sheet_rows import SheetRow
from indicators.yearly.words import (
    indicator_name,
    kind_label,
    no_data_label,
    place_name,
    state_label,
    unit,
)

Cell = str | int | Decimal | None

# A sheet's numbers are binary fractions: more digits than these change in it.
_EXACT_DIGITS: Final = 15
_BOOK_OPTIONS: Final = {"in_memory": True, "strings_to_urls": False}
_HEAD: Final = {
    **{"bold": True, "text_wrap": True, "valign": "top", "border": 1},
    **{"bg_color": "#14532d", "font_color": "#ffffff"},
}
_FIXED: Final = {"bg_color": "#eeeeee", "text_wrap": True, "valign": "top", "border": 1}
_TYPED: Final = {"locked": False, "text_wrap": True, "valign": "top", "border": 1}
_MOST_DECIMALS: Final = 4


def template_cells(row: SheetRow) -> dict[str, Cell]:
    """Return the cells of a row by column; None is an empty cell, never zero."""
    shown, previous = row.shown, row.previous
    cells: dict[str, Cell] = {
        "code": guarded(row.indicator.code),
        "indicator": guarded(flat_text(indicator_name(row.indicator))),
        "place": guarded(flat_text(place_name(row.place))),
        "ubigeo": row.place.ubigeo,
        "unit": guarded(unit(row.indicator)),
        "previous_year": previous.year if previous else None,
        "previous": previous.value if previous else None,
        "year": row.year,
        "state": _state(row),
        "key": str(row.mark),
    }
    cells |= {name: guarded(text) or None for name, text in row.typed.items()}
    cells["value"] = shown.value if shown else None
    if shown is not None:
        cells["kind"] = kind_label(shown.kind)
    if shown is not None and shown.no_data_reason:
        cells["no_data_reason"] = no_data_label(shown.no_data_reason)
    return cells


def _state(row: SheetRow) -> str:
    shown = row.shown
    words = [state_label(shown.state if shown else "")]
    if shown is not None and shown.load_id:
        words.append(_("fuente automática"))
    if shown is not None and shown.is_synthetic:
        words.append(_("dato de ejemplo"))
    return " · ".join(words)


def template_csv(rows: Iterable[SheetRow]) -> bytes:
    """Return the template as CSV: UTF-8 with a byte order mark, commas, CRLF."""
    lines = (
        [_csv_text(cells[column.name]) for column in COLUMNS]
        for cells in map(template_cells, rows)
    )
    return _csv([str(column.header) for column in COLUMNS], lines)


def template_xlsx(rows: Iterable[SheetRow], *, year: int) -> bytes:
    """Return the template as XLSX: a sheet of values and one of instructions.

    Only cells that people fill are unlocked; there is no password.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _BOOK_OPTIONS) as book:
        sheet = book.add_worksheet(_("Valores %(year)s") % {"year": str(year)})
        last = _TemplateSheet(book, sheet).fill(rows)
        _finish(sheet, last)
        _instructions(book)
    return out.getvalue()


class _TemplateSheet:
    """Writes the rows of a template; keeps the formats it has made."""

    def __init__(self, book: Any, sheet: Any) -> None:
        self._book, self._sheet = book, sheet
        self._formats: dict[tuple[bool, int], Any] = {}

    def fill(self, rows: Iterable[SheetRow]) -> int:
        """Return the number of the last row, counted from 0; 0 without any."""
        _head(self._book, self._sheet, [(str(c.header), c.width) for c in COLUMNS])
        last = 0
        for last, row in enumerate(rows, 1):
            cells = template_cells(row)
            for place, column in enumerate(COLUMNS):
                is_open = column.is_typed and not row.is_fixed
                decimals = row.indicator.decimals
                self._write(last, place, cells[column.name], is_open, decimals)
        return last

    def _write(
        self, row: int, place: int, cell: Cell, is_open: bool, decimals: int
    ) -> None:
        if isinstance(cell, Decimal):
            digits = len(cell.normalize().as_tuple().digits)
            if digits <= _EXACT_DIGITS:
                shown = self._format(is_open, _decimals(cell, decimals))
                self._sheet.write_number(row, place, float(cell), shown)
                return
            cell = plain_number(cell)
        plain = self._format(is_open, -1)
        if cell is None:
            self._sheet.write_blank(row, place, None, plain)
        elif isinstance(cell, int):
            self._sheet.write_number(row, place, cell, plain)
        else:
            self._sheet.write_string(row, place, cell, plain)

    def _format(self, is_open: bool, decimals: int) -> Any:
        """Return the format of a cell; -1 decimals for what is no measured number."""
        key = (is_open, decimals)
        if key not in self._formats:
            look = dict(_TYPED if is_open else _FIXED)
            if decimals >= 0:
                look["num_format"] = "#,##0" + ("." + "0" * decimals) * (decimals > 0)
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]


def _decimals(value: Decimal, least: int) -> int:
    exponent = value.normalize().as_tuple().exponent
    own = -exponent if isinstance(exponent, int) else 0
    return min(max(own, least, 0), _MOST_DECIMALS)


def _head(book: Any, sheet: Any, heads: Sequence[tuple[str, int]]) -> None:
    look = book.add_format(_HEAD)
    for place, (text, width) in enumerate(heads):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, text, look)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _finish(sheet: Any, last: int) -> None:
    places = {column.name: place for place, column in enumerate(COLUMNS)}
    lists = {
        "kind": [kind_label(code) for code in YearlyValue.Kind.values],
        "no_data_reason": [
            no_data_label(code) for code in YearlyValue.NoDataReason.values
        ],
    }
    for name, choices in lists.items():
        place = places[name]
        sheet.data_validation(
            *(1, place, max(last, 1), place),
            {
                "validate": "list",
                "source": choices,
                "error_title": _("Elige de la lista"),
                "error_message": _("Elige una de las opciones de la lista."),
            },
        )
    sheet.set_column(places["key"], places["key"], 8, None, {"hidden": True})
    sheet.protect("", {"format_columns": True, "format_rows": True})


def _instructions(book: Any) -> None:
    sheet = book.add_worksheet(_("Instrucciones"))
    sheet.set_column(0, 0, 100)
    look = book.add_format({"text_wrap": True, "valign": "top", "font_size": 12})
    for row, text in enumerate(instructions()):
        sheet.write_string(row, 0, text, look)
    sheet.protect("")


def instructions() -> tuple[str, ...]:
    """Return how the template is filled in, a sentence or two a line."""
    return (
        _("Escribe solo en las celdas blancas. Las grises identifican cada fila."),
        _("Usa punto decimal y, si quieres, coma para los miles: 1,581.5."),
        _(
            "Elige el tipo de valor de la lista: medido, estimado, preliminar o sin "
            "dato."
        ),
        _(
            "Si no hay dato, elige «Sin dato», elige el motivo y deja el valor vacío. "
            "Vacío no es cero."
        ),
        _("Escribe la fuente de cada valor: quién lo publica, qué documento y fecha."),
        _(
            "Si un valor llama la atención o no tiene enlace, escribe por qué es "
            "correcto."
        ),
        _("Si corriges un valor publicado, escribe el motivo de la corrección."),
        _("Deja como están las filas que no cambian: no se tocan."),
        _(
            "Sube el archivo en «Importar desde Excel». Primero verás qué cambia; nada "
            "se guarda hasta que tú lo digas y nada se publica sin revisión."
        ),
    )


_ERROR_HEADS: Final = (
    *(("row", 7), ("cell", 8), ("code", 12), ("name", 44), ("place", 20)),
    *(("year", 7), ("before", 18), ("after", 18), ("message", 80)),
)


def _error_heads() -> list[tuple[str, int]]:
    words = {
        **{"row": _("Fila"), "cell": _("Celda"), "code": _("Código")},
        **{"name": _("Indicador"), "place": _("Lugar"), "year": _("Año")},
        **{"before": _("Antes"), "after": _("Nuevo"), "message": _("Mensaje")},
    }
    return [(words[name], width) for name, width in _ERROR_HEADS]


def _error_rows(lines: Iterable[Mapping[str, Any]]) -> Iterable[list[Cell]]:
    for line in lines:
        for letters, message in line["messages"]:
            cell = f"{letters}{line['row']}" if letters else ""
            whole = {**line, "cell": cell, "message": message}
            yield [_error_cell(whole[name]) for name, _width in _ERROR_HEADS]


def _error_cell(value: str | int) -> Cell:
    if isinstance(value, int):
        return value or None
    return guarded(flat_text(value)) or None


def errors_csv(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the messages of preview lines as CSV, one a line."""
    texts = ([_csv_text(cell) for cell in row] for row in _error_rows(lines))
    return _csv([text for text, _width in _error_heads()], texts)


def errors_xlsx(lines: Iterable[Mapping[str, Any]]) -> bytes:
    """Return the messages of preview lines as XLSX, one a row."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, _BOOK_OPTIONS) as book:
        sheet = book.add_worksheet(_("Errores"))
        _head(book, sheet, _error_heads())
        look = book.add_format({"text_wrap": True, "valign": "top"})
        for number, cells in enumerate(_error_rows(lines), 1):
            for place, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(number, place, cell, look)
                elif cell is not None:
                    sheet.write_string(number, place, str(cell), look)
    return out.getvalue()


def _csv_text(cell: Cell) -> str:
    if cell is None:
        return ""
    return plain_number(cell) if isinstance(cell, Decimal) else str(cell)


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    return (BYTE_ORDER_MARK + out.getvalue()).encode()
