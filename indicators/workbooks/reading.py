"""Reads the workbook that somebody sent, guarded, as cells by column name."""

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Final

from django.utils.translation import gettext as _

from indicators.numbers import DecimalMark, decimal_mark_of
from indicators.sources.delimited import read_delimited
from indicators.sources.errors import ContentRefused
from indicators.sources.spreadsheet import (
    Limits,
    TextRow,
    column_letters,
    is_workbook,
    open_workbook,
)
from indicators.workbooks.columns import (
    NEEDED,
    flat_text,
    header_of,
    names_by_header,
    unguarded,
)
from indicators.yearly.words import in_english

MOST_ROWS: Final = 10_000
MOST_BYTES: Final = 10_000_000
_LIMITS: Final = Limits(file_bytes=MOST_BYTES, cells=MOST_ROWS * 60)
# People put a title above the table; nobody writes a page of them.
_HEADER_WITHIN: Final = 10
_MOST_SENTENCES: Final = 20
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_NUMBERS: Final = ("value", "previous")


class WorkbookRefused(ValueError):
    """A file that cannot be read as a workbook of values.

    `sentences` say why, in the language of the page.
    """

    def __init__(self, *sentences: str) -> None:
        super().__init__(*sentences)
        self.sentences = sentences


@dataclass(frozen=True)
class SheetLine:
    """One row with something in it: its number in the sheet, its cells by column."""

    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class ReadSheet:
    """The lines of a sheet, the letters of its columns, and how it writes numbers."""

    lines: tuple[SheetLine, ...]
    letters: Mapping[str, str]
    decimal_mark: DecimalMark


def read_workbook(content: bytes, file_name: str) -> ReadSheet:
    """Return the rows of the sheet that has the template's headers, in any order.

    Raises:
        WorkbookRefused: of another kind, protected, with macros, damaged, a bomb,
            without the headers, without rows, or with too many of them.
    """
    _refuse_what_only_looks_right(content, file_name)
    try:
        if is_workbook(content, file_name, _LIMITS):
            sheets = open_workbook(content, _LIMITS, strict=True)
            found = (_sheet_of(rows, mark=".") for _name, rows in sheets)
            sheet = next((one for one in found if one is not None), None)
        else:
            text = read_delimited(content)
            sheet = _sheet_of(text.rows, mark=None if text.separator == ";" else ".")
    except ContentRefused as refused:
        raise WorkbookRefused(*_sentences(refused)) from refused
    if sheet is None:
        raise WorkbookRefused(
            _(
                "Ninguna hoja tiene los encabezados de la plantilla. Descarga la "
                "plantilla y escribe en ella."
            )
        )
    if not sheet.lines:
        raise WorkbookRefused(_("La hoja no tiene filas: solo encabezados."))
    return sheet


def _refuse_what_only_looks_right(content: bytes, file_name: str) -> None:
    suffix = file_name.rpartition(".")[2].lower()
    if content.startswith(_OLD_EXCEL):
        raise WorkbookRefused(
            _(
                "El archivo tiene contraseña o es de un Excel antiguo (.xls). Guárdalo "
                "como «Libro de Excel (.xlsx)», sin contraseña."
            )
        )
    if suffix in {"xlsm", "xlsb", "xltm"} or _has_macros(content):
        raise WorkbookRefused(
            _(
                "El archivo tiene macros. Guárdalo como «Libro de Excel (.xlsx)», "
                "sin macros."
            )
        )


def _has_macros(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return any("vbaproject" in name.lower() for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _sheet_of(rows: Iterable[TextRow], *, mark: DecimalMark) -> ReadSheet | None:
    """Return the table under its headers; None where there are none."""
    rows = iter(rows)
    names: dict[int, str] = {}
    for row in islice(rows, _HEADER_WITHIN):
        names = _header(row)
        if {"code", "value"} & set(names.values()):
            break
    else:
        return None
    _refuse_wrong_headers(names)
    lines = []
    for row in rows:
        if row.is_blank():
            continue
        cells = {
            # Excel writes any sign as _x0000_: no database holds a NUL.
            name: flat_text(unguarded(row.cells[place]))
            if place < len(row.cells)
            else ""
            for place, name in names.items()
        }
        lines.append(SheetLine(row.number, cells))
        if len(lines) > MOST_ROWS:
            raise WorkbookRefused(
                _("El archivo tiene más de %(most)s filas. Divídelo en varios.")
                % {"most": f"{MOST_ROWS:,}"}
            )
    if mark is None:
        # Older values beside the new ones were written by the same program.
        typed = (line.cells.get(name, "") for line in lines for name in _NUMBERS)
        mark = decimal_mark_of(typed)
    letters = {name: column_letters(place + 1) for place, name in names.items()}
    return ReadSheet(tuple(lines), letters, mark)


def _header(row: TextRow) -> dict[int, str]:
    known = names_by_header()
    return {
        place: known[" ".join(text.split()).casefold()]
        for place, text in enumerate(row.cells)
        if " ".join(text.split()).casefold() in known
    }


def _refuse_wrong_headers(names: Mapping[int, str]) -> None:
    held = list(names.values())
    missing = [header_of(name) for name in NEEDED if name not in held]
    twice = [header_of(name) for name in NEEDED if held.count(name) > 1]
    sentences = [
        _("Falta la columna «%(name)s». No cambies los encabezados.") % {"name": name}
        for name in missing
    ]
    sentences += [
        _("La columna «%(name)s» está dos veces.") % {"name": name} for name in twice
    ]
    if sentences:
        raise WorkbookRefused(*sentences)


def _sentences(refused: ContentRefused) -> tuple[str, ...]:
    english = in_english()
    if refused.code == "too_large":
        return (
            _(
                "El archivo es demasiado grande: hasta %(megabytes)s MB y %(rows)s "
                "filas."
            )
            % {"megabytes": str(MOST_BYTES // 1_000_000), "rows": f"{MOST_ROWS:,}"},
        )
    bad = [
        one.sentence_en if english else one.sentence_es for one in refused.row_errors
    ]
    if not bad:
        return (refused.reason_en if english else refused.reason_es,)
    shown = tuple(f"{text[0].upper()}{text[1:]}." for text in bad[:_MOST_SENTENCES])
    if len(bad) > _MOST_SENTENCES:
        more = _("Y %(number)s celdas más.") % {"number": len(bad) - _MOST_SENTENCES}
        shown = (*shown, more)
    return shown
