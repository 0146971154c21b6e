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
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from xml.etree import ElementTree

import python_calamine

from indicators.sources.errors import ContentRefused, rows_refused
from indicators.sources.records import RowError

MAX_FILE_BYTES: Final = 10 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 60 * 1024 * 1024
MAX_ENTRIES: Final = 500
MAX_CELLS: Final = 2_000_000
_STEP_BYTES = 256 * 1024
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_BOM = "\ufeff"
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


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
    if not content.strip():
        raise ContentRefused("empty", "El archivo está vacío.", "The file is empty.")
    if len(content) > MAX_FILE_BYTES:
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
        return _workbook(content)
    if suffix != "csv" or content.startswith((_ZIP, _OLD_EXCEL, b"%PDF")):
        raise ContentRefused(
            "wrong_type",
            "Solo se aceptan tablas CSV o XLSX con su extensión correcta.",
            "Only CSV or XLSX tables with the right extension are accepted.",
        )
    return (TextSheet("", _csv_rows(content)),)


def _csv_rows(content: bytes) -> tuple[TextRow, ...]:
    try:
        text = content.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise ContentRefused(
            "not_utf8",
            "El archivo no está en UTF-8; guárdelo como «CSV UTF-8».",
            "The file is not UTF-8; save it as “CSV UTF-8”.",
        ) from error
    if "\x00" in text:
        raise ContentRefused(
            "wrong_type",
            "El archivo no es una tabla de texto.",
            "The file is not a table of text.",
        )
    last_line = text.count("\n") + 1
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
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
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


def _workbook(content: bytes) -> tuple[TextSheet, ...]:
    parts = _unpacked(content)
    errors: list[RowError] = []
    for part in _sheet_parts(parts).values():
        errors += _checked_sheet(parts.get(part, b""))
    if errors:
        raise rows_refused(errors)
    try:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        found = []
        for about in workbook.sheets_metadata:
            if (
                about.visible == python_calamine.SheetVisibleEnum.Visible
                and about.typ == python_calamine.SheetTypeEnum.WorkSheet
            ):
                cells = workbook.get_sheet_by_name(about.name).to_python(
                    skip_empty_area=False
                )
                found.append(TextSheet(about.name, _text_rows(cells)))
    except (python_calamine.CalamineError, ValueError) as error:
        raise _unreadable() from error
    return tuple(found)


def _text_rows(cells: Sequence[Sequence[object]]) -> tuple[TextRow, ...]:
    return tuple(
        TextRow(number, tuple(_text(cell) for cell in row))
        for number, row in enumerate(cells, start=1)
    )


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


def _unpacked(content: bytes) -> dict[str, bytes]:
    """Return every part, having counted what really comes out, not what is claimed."""
    parts: dict[str, bytes] = {}
    room = MAX_UNPACKED_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if (
                len(entries) > MAX_ENTRIES
                or sum(entry.file_size for entry in entries) > room
            ):
                raise _too_large()
            for entry in entries:
                pieces = []
                with archive.open(entry) as stream:
                    while piece := stream.read(_STEP_BYTES):
                        room -= len(piece)
                        if room < 0:
                            raise _too_large()
                        pieces.append(piece)
                parts[entry.filename] = b"".join(pieces)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise _unreadable() from error
    return parts


def _sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """Return sheet name → part name, after refusing entities in any XML part."""
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")):
            _scan(part, {})
    try:
        workbook = ElementTree.fromstring(parts["xl/workbook.xml"])
        relations = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
    except (KeyError, ElementTree.ParseError) as error:
        raise _unreadable() from error
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    found = {}
    for sheet in workbook.iter():
        if sheet.tag.rpartition("}")[2] == "sheet":
            target = targets.get(sheet.get(_RELATION), "")
            absolute = target.removeprefix("/")
            found[sheet.get("name", "")] = (
                absolute if target.startswith("/") else f"xl/{target}"
            )
    return found


def _checked_sheet(part: bytes) -> list[RowError]:
    """Return one error per formula without value; refuse a sheet that is too wide.

    Excel's own files carry the last computed value of a formula; files written by
    programs may not, and such a cell would be read as empty.
    """
    errors: list[RowError] = []
    state = {"row": 0, "column": 0, "widest": 0, "longest": 0, "formula": 0, "value": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        match tag.rpartition(":")[2]:
            case "row":
                given = attributes.get("r", "")
                state["row"] = int(given) if given.isdecimal() else state["row"] + 1
                state["column"] = 0
            case "c":
                placed = _REFERENCE.fullmatch(attributes.get("r", ""))
                state["column"] += 1
                if placed is not None:
                    state["column"] = _column_number(placed[1])
                    state["row"] = int(placed[2])
                state["formula"] = state["value"] = 0
                state["widest"] = max(state["widest"], state["column"])
                state["longest"] = max(state["longest"], state["row"])
                if state["widest"] * state["longest"] > MAX_CELLS:
                    raise _too_large()
            case "f":
                state["formula"] = 1
            case "v" | "is":
                state["value"] = 1

    def end(tag: str) -> None:
        if tag.rpartition(":")[2] == "c" and state["formula"] > state["value"]:
            errors.append(
                RowError(
                    state["row"],
                    _column_letters(state["column"]),
                    "",
                    "la celda tiene una fórmula sin valor",
                    "the cell has a formula without a value",
                )
            )

    _scan(part, {"StartElementHandler": start, "EndElementHandler": end})
    return errors


def _scan(part: bytes, handlers: dict[str, object]) -> None:
    parser = xml.parsers.expat.ParserCreate()
    for name, handler in handlers.items():
        setattr(parser, name, handler)

    def refuse(*_: object) -> None:
        raise ContentRefused(
            "xml_entities",
            "El archivo define entidades XML; no se acepta.",
            "The file defines XML entities; this is not accepted.",
        )

    # An office file never has a document type; entities can only come with one.
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(part, True)
    except xml.parsers.expat.ExpatError as error:
        raise _unreadable() from error


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _column_letters(number: int) -> str:
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
