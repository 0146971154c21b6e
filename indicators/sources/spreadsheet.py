"""Reads tables that people and ministries send, as text cells, CSV or XLSX.

An XLSX file is a zip of XML: both can be tiny and unpack to gigabytes, and one cell
far away makes a dense reader reserve billions of cells. Everything is counted before
the real reader (calamine) sees it.
"""

import csv
import io
import re
import xml.parsers.expat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Final
from xml.etree import ElementTree

import python_calamine

from indicators.sources.errors import ContentRefused, rows_refused
from indicators.sources.records import RowError

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 60 * 1024 * 1024
MAX_ENTRIES: Final = 500
MAX_CELLS: Final = 2_000_000
# The two parts that name the sheets; Excel writes a few kilobytes.
_MAX_LISTING_BYTES = 4 * 1024 * 1024
_STEP_BYTES = 256 * 1024
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BOM = "\ufeff"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a table may be before it is refused unread."""

    file_bytes: int = MAX_FILE_BYTES
    unpacked_bytes: int = MAX_UNPACKED_BYTES
    cells: int = MAX_CELLS


USUAL: Final = Limits()


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row as text. `number` is what the reader of the file sees, from 1."""

    number: int
    cells: tuple[str, ...]

    def is_blank(self) -> bool:
        """Return whether no cell holds anything."""
        return not any(self.cells)


@dataclass(frozen=True, slots=True)
class TextSheet:
    """One visible sheet; a CSV file is one sheet with an empty name."""

    name: str
    rows: tuple[TextRow, ...]


def read_sheets(content: bytes, filename: str) -> tuple[TextSheet, ...]:
    """Return the visible sheets of a CSV or XLSX file, cells as trimmed text.

    Numbers of XLSX cells are written plainly with a decimal point, dates as ISO.
    The kind is taken from the content and must agree with the file's name. CSV is
    UTF-8, with or without byte order mark, separated by commas.

    Raises:
        ContentRefused: empty, too large, HTML, another kind, not UTF-8, half a
            file, a zip or XML bomb, or formulas saved without their value.
    """
    if is_workbook(content, filename, USUAL):
        return tuple(
            TextSheet(name, tuple(rows)) for name, rows in open_workbook(content, USUAL)
        )
    return (TextSheet("", _csv_rows(content)),)


def is_workbook(content: bytes, filename: str, limits: Limits) -> bool:
    """Return whether a file is XLSX; otherwise it is text that may be CSV.

    Raises:
        ContentRefused: empty, too large, HTML, or another kind than its name says.
    """
    if not content.strip():
        raise ContentRefused("empty", "El archivo está vacío.", "The file is empty.")
    if len(content) > limits.file_bytes:
        raise _too_large()
    suffix = filename.rpartition(".")[2].lower()
    head = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    if head.startswith((b"<!doctype", b"<html", b"<?xml")):
        raise ContentRefused(
            "html",
            "El archivo es una página web, no una tabla.",
            "The file is a web page, not a table.",
            excerpt=content[:300].decode("utf-8", "replace"),
        )
    if content.startswith(_ZIP) and suffix == "xlsx":
        return True
    if suffix != "csv" or content.startswith((_ZIP, _OLD_EXCEL, b"%PDF")):
        raise ContentRefused(
            "wrong_type",
            "Solo se aceptan tablas CSV o XLSX con su extensión correcta.",
            "Only CSV or XLSX tables with the right extension are accepted.",
        )
    return False


def _csv_rows(content: bytes) -> tuple[TextRow, ...]:
    try:
        text = content.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise ContentRefused(
            "not_utf8",
            "El archivo no está en UTF-8; guárdelo como «CSV UTF-8».",
            "The file is not UTF-8; save it as “CSV UTF-8”.",
        ) from error
    return text_rows(text, separator=",")


# A million empty lines take seconds; no table of a province or department comes near.
MOST_LINES: Final = 300_000


def text_rows(text: str, *, separator: str) -> tuple[TextRow, ...]:
    """Return the rows of a CSV text, cells trimmed, blank lines included.

    Raises:
        ContentRefused: no text, half a file, or quotes that do not close.
    """
    if "\x00" in text:
        raise ContentRefused(
            "wrong_type",
            "El archivo no es una tabla de texto.",
            "The file is not a table of text.",
        )
    last_line = text.count("\n") + 1
    if last_line > MOST_LINES:
        raise ContentRefused(
            "too_many_rows",
            f"El archivo tiene más de {MOST_LINES:,} filas.",
            f"The file has more than {MOST_LINES:,} rows.",
        )
    if not text.endswith("\n"):
        raise rows_refused(
            [
                RowError(
                    last_line,
                    "",
                    text[text.rfind("\n") + 1 :][-40:],
                    "el archivo termina a mitad de la fila; parece cortado",
                    "the file ends in the middle of the row; it looks cut",
                )
            ]
        )
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=separator)
    rows: list[TextRow] = []
    try:
        before = 0
        for cells in reader:
            rows.append(TextRow(before + 1, tuple(cell.strip() for cell in cells)))
            before = reader.line_num
    except csv.Error as error:
        raise rows_refused(
            [
                RowError(
                    before + 1,
                    "",
                    "",
                    "comillas sin cerrar o mal puestas; el archivo parece cortado",
                    "quotes not closed or misplaced; the file looks cut",
                )
            ]
        ) from error
    return tuple(rows)


def open_workbook(
    content: bytes, limits: Limits, *, strict: bool = False
) -> Iterator[tuple[str, Iterable[TextRow]]]:
    """Yield name and rows of each visible sheet; rows are read as they are asked for.

    Every part was counted and checked before the first sheet comes. With `strict`,
    error values such as #N/A and merged cells are refused too: both read as empty.

    Raises:
        ContentRefused: damaged, a zip or XML bomb, or formulas without their value.
    """
    _check_parts(content, limits, strict=strict)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        for about in workbook.sheets_metadata:
            if (
                about.visible == python_calamine.SheetVisibleEnum.Visible
                and about.typ == python_calamine.SheetTypeEnum.WorkSheet
            ):
                sheet = workbook.get_sheet_by_name(about.name)
                yield about.name, _sheet_rows(sheet)
    except (python_calamine.CalamineError, ValueError) as error:
        raise _unreadable() from error


def _sheet_rows(sheet: python_calamine.CalamineSheet) -> Iterator[TextRow]:
    # The iterator begins at the first filled column; readers count from column A.
    left = ("",) * (sheet.start[1] if sheet.start else 0)
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield TextRow(number, (*left, *map(_text, row)))


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, int | float):
        # Excel shows 15 digits; the 17th of a binary fraction is nobody's number.
        return f"{Decimal(f'{cell:.15g}'):f}"
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip()


def _check_parts(content: bytes, limits: Limits, *, strict: bool) -> None:
    """Refuse bombs and formulas without value, one piece of a part at a time.

    What really comes out is counted, not what the file claims.
    """
    errors: list[RowError] = []
    room = limits.unpacked_bytes
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            claimed = sum(entry.file_size for entry in entries)
            if len(entries) > MAX_ENTRIES or claimed > room:
                raise _too_large()
            sheets = _sheet_parts(archive)
            for entry in entries:
                is_sheet = entry.filename in sheets
                scan = _SheetScan(limits.cells, strict=strict) if is_sheet else None
                with archive.open(entry) as stream:
                    room = _scan_part(stream, entry.filename, scan, room)
                errors += scan.errors if scan else []
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        # A wrong offset in its list of parts; found by changing bytes at random.
        ValueError,
    ) as error:
        raise _unreadable() from error
    if errors:
        raise rows_refused(errors)


def _scan_part(
    stream: IO[bytes], name: str, scan: "_SheetScan | None", room: int
) -> int:
    """Return how many bytes may still come out after this part."""
    parser = _parser(scan) if name.endswith((".xml", ".rels")) or scan else None
    try:
        while piece := stream.read(_STEP_BYTES):
            room -= len(piece)
            if room < 0:
                raise _too_large()
            if parser is not None:
                parser.Parse(piece, False)
        if parser is not None:
            parser.Parse(b"", True)
    except xml.parsers.expat.ExpatError as error:
        raise _unreadable() from error
    return room


def _sheet_parts(archive: zipfile.ZipFile) -> frozenset[str]:
    """Return the names of the parts that hold sheets."""
    listings = []
    for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        try:
            with archive.open(name) as stream:
                part = stream.read(_MAX_LISTING_BYTES + 1)
            if len(part) > _MAX_LISTING_BYTES:
                raise _too_large()
            # Entities are refused before a reader that would follow them sees them.
            _parser(None).Parse(part, True)
            listings.append(ElementTree.fromstring(part))
        except (
            KeyError,
            ElementTree.ParseError,
            xml.parsers.expat.ExpatError,
        ) as error:
            raise _unreadable() from error
    workbook, relations = listings
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    found = set()
    for sheet in workbook.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            target = targets.get(sheet.get(_RELATION), "")
            absolute = target.removeprefix("/")
            found.add(absolute if target.startswith("/") else f"xl/{target}")
    return frozenset(found)


class _SheetScan:
    """Finds formulas without value in a sheet and refuses one that is too wide.

    Excel's own files carry the last computed value of a formula; files written by
    programs may not, and such a cell would be read as empty.
    """

    def __init__(self, cells: int, *, strict: bool) -> None:
        self.errors: list[RowError] = []
        self._cells = cells
        self._strict = strict
        self._row = self._column = self._widest = self._longest = 0
        self._has_formula = self._has_value = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Note where the reader is; called for each element that opens."""
        match tag.rpartition(":")[2]:
            case "row":
                given = attributes.get("r", "")
                self._row = int(given) if given.isdecimal() else self._row + 1
                self._column = 0
            case "c":
                self._cell(attributes.get("r", ""))
                if self._strict and attributes.get("t") == "e":
                    self._note("tiene un error de Excel", "has an Excel error")
            case "mergeCell" if self._strict:
                self._merged(attributes.get("ref", ""))
            case "f":
                self._has_formula = True
            case "v" | "is":
                self._has_value = True

    def _cell(self, reference: str) -> None:
        placed = _REFERENCE.fullmatch(reference)
        self._column += 1
        if placed is not None:
            self._column = _column_number(placed[1])
            self._row = int(placed[2])
        self._has_formula = self._has_value = False
        self._widest = max(self._widest, self._column)
        self._longest = max(self._longest, self._row)
        if self._widest * self._longest > self._cells:
            raise _too_large()

    def end(self, tag: str) -> None:
        """Note a formula whose cell closes without a value."""
        if tag.rpartition(":")[2] != "c" or self._has_value or not self._has_formula:
            return
        self._note("tiene una fórmula sin valor", "has a formula without a value")

    def _note(self, reason_es: str, reason_en: str) -> None:
        letters = column_letters(self._column)
        cell = f"{letters}{self._row}"
        self.errors.append(
            RowError(
                self._row,
                letters,
                "",
                f"la celda {cell} {reason_es}",
                f"cell {cell} {reason_en}",
            )
        )

    def _merged(self, span: str) -> None:
        placed = _REFERENCE.match(span)
        self.errors.append(
            RowError(
                int(placed[2]) if placed else None,
                placed[1] if placed else "",
                span,
                f"las celdas {span} están combinadas",
                f"cells {span} are merged",
            )
        )


def _parser(scan: _SheetScan | None) -> xml.parsers.expat.XMLParserType:
    parser = xml.parsers.expat.ParserCreate()
    if scan is not None:
        parser.StartElementHandler = scan.start
        parser.EndElementHandler = scan.end

    def refuse(*_: object) -> None:
        raise ContentRefused(
            "xml_entities",
            "El archivo define entidades XML; no se acepta.",
            "The file defines XML entities; this is not accepted.",
        )

    # An office file never has a document type; entities can only come with one.
    parser.StartDoctypeDeclHandler = refuse
    return parser


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def column_letters(number: int) -> str:
    """Return what Excel calls a column, counted from 1: 27 is AA."""
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _too_large() -> ContentRefused:
    return ContentRefused(
        "too_large",
        "El archivo es demasiado grande o se expande demasiado.",
        "The file is too large or unpacks to too much.",
    )


def _unreadable() -> ContentRefused:
    return ContentRefused(
        "unreadable",
        "El archivo XLSX está dañado o incompleto.",
        "The XLSX file is damaged or incomplete.",
    )
