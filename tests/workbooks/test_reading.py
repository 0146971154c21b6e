"""What is refused before anything is kept, in words a person can act on."""

import io
import zipfile

import pytest
from django.contrib.auth.models import User
from django.utils.translation import override

from indicators.models import Indicator, WorkbookImport
from indicators.workbooks import reading
from indicators.workbooks.actions import send_workbook
from indicators.workbooks.columns import COLUMNS, header_of, names_by_header
from indicators.workbooks.reading import MOST_ROWS, WorkbookRefused, read_workbook
from tests.sources.workbooks import sheet_xml, workbook
from tests.workbooks.sheets import YEAR, rows_of, sheet, template, text_sheet

HEADERS = [str(column.header) for column in COLUMNS]
NAMES = [column.name for column in COLUMNS]
PLAIN = {"code": "BOS-01", "ubigeo": "9901", "year": YEAR, "key": ""}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def with_part(name: str, content: bytes) -> bytes:
    return workbook(
        {"Valores": sheet_xml([HEADERS, ["BOS-01"]])}, extra={name: content}
    )


def with_sheet(text: str) -> bytes:
    return workbook({"Valores": text})


def with_cell(xml: str) -> bytes:
    """A good sheet whose second row has one more cell, written as given."""
    return with_sheet(
        sheet_xml([HEADERS]).replace("</sheetData>", f"{xml}</sheetData>")
    )


def bomb() -> bytes:
    return with_part("xl/media/a.xml", b"<a>" + b" " * 70_000_000 + b"</a>")


def wide() -> bytes:
    return with_cell('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;">]>'
    b"<worksheet>&c;</worksheet>"
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
REFUSED = {
    "old Excel": (OLE, "a.xls", "contraseña o es de un Excel antiguo"),
    "password": (OLE, "a.xlsx", "contraseña o es de un Excel antiguo"),
    "macros by name": (sheet([PLAIN]), "a.xlsm", "macros"),
    "macros inside": (with_part("xl/vbaProject.bin", b"x"), "a.xlsx", "macros"),
    "PDF": (b"%PDF-1.7\n", "a.xlsx", "CSV o XLSX"),
    "page": (b"<!DOCTYPE html><html>", "a.csv", "página web"),
    "empty": (b" \n", "a.csv", "vacío"),
    "cut workbook": (sheet([PLAIN])[:-200], "a.xlsx", "dañado o incompleto"),
    "cut text": (text_sheet([PLAIN]).encode()[:-9], "a.csv", "cortado"),
    "NUL": (b"a,b\r\n\0,c\r\n", "a.csv", "tabla de texto"),
    "bomb": (bomb(), "a.xlsx", "demasiado grande"),
    "sheet far away": (wide(), "a.xlsx", "demasiado grande"),
    "laughs": (with_part("xl/worksheets/sheet1.xml", LAUGHS), "a.xlsx", "entidades"),
    "outside": (with_part("xl/styles.xml", OUTSIDE), "a.xlsx", "entidades"),
    "no headers": (with_sheet(sheet_xml([["hola"]])), "a.xlsx", "Ninguna hoja"),
    "empty sheet": (with_sheet(sheet_xml([])), "a.xlsx", "Ninguna hoja"),
    "no rows": (sheet([]), "a.xlsx", "no tiene filas"),
    "missing column": (
        sheet([PLAIN], [name for name in NAMES if name != "note"]),
        "a.xlsx",
        "Falta la columna «Nota»",
    ),
    "column twice": (sheet([PLAIN], [*NAMES, "value"]), "a.xlsx", "está dos veces"),
    "formula without value": (
        with_cell('<row r="2"><c r="I2"><f>A1+1</f></c></row>'),
        "a.xlsx",
        "Fila 2, columna I: la celda I2 tiene una fórmula sin valor.",
    ),
    "error value": (
        with_cell('<row r="2"><c r="I2" t="e"><v>#N/A</v></c></row>'),
        "a.xlsx",
        "la celda I2 tiene un error de Excel",
    ),
    "merged cells": (
        with_sheet(
            sheet_xml([HEADERS, ["BOS-01"]]).replace(
                "</sheetData>",
                '</sheetData><mergeCells><mergeCell ref="I2:I3"/></mergeCells>',
            )
        ),
        "a.xlsx",
        "las celdas I2:I3 están combinadas",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_file_is_refused_in_words(name: str) -> None:
    content, file_name, words = REFUSED[name]
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(content, file_name)
    assert words in " ".join(refused.value.sentences)


def test_a_sheet_of_150_megabytes_in_a_small_file_is_refused() -> None:
    out = io.BytesIO()
    row = b'<row><c t="inlineStr"><is><t>' + b"a" * 100_000 + b"</t></is></c></row>"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        with zipfile.ZipFile(io.BytesIO(sheet([PLAIN]))) as small:
            for part in small.namelist():
                if "sheet1" not in part:
                    archive.writestr(part, small.read(part))
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(1_500):
                part.write(row)
    content = out.getvalue()
    assert len(content) < 500_000
    with pytest.raises(WorkbookRefused, match="demasiado grande"):
        read_workbook(content, "a.xlsx")


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 3)
    assert len(read_workbook(sheet([PLAIN] * 3), "a.xlsx").lines) == 3
    with pytest.raises(WorkbookRefused, match="más de 3 filas"):
        read_workbook(sheet([PLAIN] * 4), "a.xlsx")
    assert MOST_ROWS >= 5_000


def test_table_is_found_under_a_title_and_beside_other_columns() -> None:
    cells = [["Matriz 2024"], [], ["Mi columna", *HEADERS]]
    cells += [["x", "BOS-01"], []]
    book = workbook({"Notas": sheet_xml([["x"]]), "V": sheet_xml(cells)})
    found = read_workbook(book, "a.xlsx")
    (line,) = found.lines
    assert (line.row, line.cells["code"]) == (4, "BOS-01")
    assert found.letters["code"] == "B"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_semicolons_and_a_proven_decimal_comma_are_read(encoding: str) -> None:
    rows = [
        PLAIN | {"value": text, "source_text": "Año"} for text in ("12,5", "1.581,5")
    ]
    found = read_workbook(text_sheet(rows, ";").encode(encoding), "a.csv")
    assert found.decimal_mark == ","
    assert [line.cells["source_text"] for line in found.lines] == ["Año", "Año"]


def test_semicolons_that_prove_nothing_allow_no_comma() -> None:
    content = text_sheet([PLAIN | {"value": "1,581"}], ";").encode()
    assert read_workbook(content, "a.csv").decimal_mark is None


@pytest.mark.django_db
def test_refused_file_leaves_nothing(editor: User, indicators: list[Indicator]) -> None:
    with pytest.raises(WorkbookRefused):
        send_workbook(actor=editor, file_name="a.xls", content=OLE)
    assert not WorkbookImport.objects.exists()


@pytest.mark.django_db
def test_headers_are_known_in_both_languages(
    editor: User, indicators: list[Indicator]
) -> None:
    rows = rows_of(template(editor))
    for language in ("es-pe", "en"):
        with override(language):
            content = sheet(rows)
            for column in COLUMNS:
                header = str(column.header).casefold()
                assert names_by_header()[header] == column.name
        assert len(read_workbook(content, "a.xlsx").lines) == len(rows)
    assert header_of("value") == "Valor"
