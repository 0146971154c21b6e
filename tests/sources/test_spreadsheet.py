import zipfile
from io import BytesIO

import pytest

from indicators.sources.errors import ContentRefused
from indicators.sources.spreadsheet import (
    MAX_FILE_BYTES,
    MAX_UNPACKED_BYTES,
    read_sheets,
)
from tests.sources.workbooks import MAIN, sheet_xml, table, workbook


def refusal(content: bytes, filename: str) -> ContentRefused:
    with pytest.raises(ContentRefused) as refused:
        read_sheets(content, filename)
    return refused.value


def test_csv_rows_keep_the_line_a_person_sees():
    (sheet,) = read_sheets('\ufeffa,"b\nc"\n\nd , 2\n'.encode(), "x.CSV")
    assert [(row.number, row.cells) for row in sheet.rows] == [
        (1, ("a", "b\nc")),
        (3, ()),
        (4, ("d", "2")),
    ]
    assert sheet.rows[1].is_blank()


def test_xlsx_cells_come_as_plain_text():
    content = table(
        [["UBIGEO", "ha"], [221001, 373.41], ["010101", 0.1 + 0.2], [None, 1e-5]]
    )
    (sheet,) = read_sheets(content, "x.xlsx")
    assert sheet.name == "Hoja1"
    assert [row.cells for row in sheet.rows] == [
        ("UBIGEO", "ha"),
        ("221001", "373.41"),
        ("010101", "0.3"),
        ("", "0.00001"),
    ]


def test_xlsx_rows_above_and_left_of_the_table_are_counted():
    (sheet,) = read_sheets(table([[], [None, None, "x"]]), "x.xlsx")
    assert sheet.rows[1].number == 2
    assert sheet.rows[1].cells == ("", "", "x")


def test_xlsx_hidden_sheets_are_not_read():
    one = sheet_xml([["a"]])
    content = workbook({"Vista": one, "Oculta": one}, hidden=["Oculta"])
    assert [sheet.name for sheet in read_sheets(content, "x.xlsx")] == ["Vista"]


def test_xlsx_formulas_without_value_are_named():
    error = refusal(table([["UBIGEO", "ha"], [1, 2], [3, "=A1+A2"]]), "x.xlsx")
    (cell,) = error.row_errors
    assert cell.sentence_es == (
        "fila 3, columna B: la celda B3 tiene una fórmula sin valor"
    )


def test_xlsx_formulas_with_a_value_are_read():
    part = sheet_xml([["a", 1]]).replace("<v>1</v>", "<f>2-1</f><v>1</v>")
    (sheet,) = read_sheets(workbook({"x": part}), "x.xlsx")
    assert sheet.rows[0].cells == ("a", "1")


@pytest.mark.parametrize(
    ("content", "filename", "code"),
    [
        (b"", "x.csv", "empty"),
        (b" \n ", "x.csv", "empty"),
        (b"<!DOCTYPE html><html>", "x.csv", "html"),
        (b"\xef\xbb\xbf\n<HTML><body>", "x.xlsx", "html"),
        (b"a,b\n1,2\n", "x.txt", "wrong_type"),
        (b"a,b\n1,2\n", "x.xlsx", "wrong_type"),
        (b"a\n", "", "wrong_type"),
        (b"PK\x03\x04zip", "x.csv", "wrong_type"),
        (b"PK\x03\x04zip", "x.xlsx", "unreadable"),
        (b"\xd0\xcf\x11\xe0old", "x.xls", "wrong_type"),
        (b"\xd0\xcf\x11\xe0old", "x.csv", "wrong_type"),
        (b"%PDF-1.7", "x.csv", "wrong_type"),
        ("HIDROGRAFÍA\n".encode("cp1252"), "x.csv", "not_utf8"),
        ("a,b\n".encode("utf-16"), "x.csv", "not_utf8"),
        (b"a,\x00\n", "x.csv", "wrong_type"),
        (b"a,b\n1,", "x.csv", "bad_rows"),
        (b'a,b\n1,"2\n', "x.csv", "bad_rows"),
        (b'a,b\n1,"2"3\n', "x.csv", "bad_rows"),
        (b"a" * (MAX_FILE_BYTES + 1), "x.csv", "too_large"),
    ],
)
def test_read_sheets_refuses(content, filename, code):
    assert refusal(content, filename).code == code


def test_half_a_file_names_its_last_row():
    (error,) = refusal(b"a,b\n1,2\n3,", "x.csv").row_errors
    assert (error.row, error.value) == (3, "3,")
    (error,) = refusal(b'a,b\n1,2\n3,"4\n', "x.csv").row_errors
    assert error.row == 3


def test_a_zip_bomb_is_not_unpacked():
    content = workbook(
        {"x": sheet_xml([["a"]])}, extra={"bomb": bytes(MAX_UNPACKED_BYTES)}
    )
    assert len(content) < 100_000
    assert refusal(content, "x.xlsx").code == "too_large"


def test_a_zip_that_lies_about_its_size_is_refused():
    content = workbook({"x": sheet_xml([["a"]])}, extra={"bomb": bytes(1_000_000)})
    lying = content.replace((1_000_000).to_bytes(4, "little"), bytes([9, 0, 0, 0]))
    assert lying != content
    assert refusal(lying, "x.xlsx").code == "unreadable"


def test_a_zip_of_too_many_parts_is_refused():
    extra = {f"part{at}": b"" for at in range(600)}
    content = workbook({"x": sheet_xml([["a"]])}, extra=extra)
    assert refusal(content, "x.xlsx").code == "too_large"


def test_one_cell_far_away_is_refused():
    far = sheet_xml([["a"]]).replace(
        "</sheetData>",
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>',
    )
    assert refusal(workbook({"x": far}), "x.xlsx").code == "too_large"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities_are_refused(doctype, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}<x xmlns="{MAIN}"/>'
    content = workbook(
        {"x": sheet_xml([["a"]])},
        extra={"xl/worksheets/sheet1.xml": text.encode(encoding)},
    )
    assert refusal(content, "x.xlsx").code == "xml_entities"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml"])
def test_a_damaged_part_is_refused(part):
    content = workbook({"x": sheet_xml([["a"]])}, extra={part: b"<workbook"})
    assert refusal(content, "x.xlsx").code == "unreadable"


def test_half_an_xlsx_is_refused():
    content = table([["a"] * 20] * 20)
    assert refusal(content[: len(content) // 2], "x.xlsx").code == "unreadable"


def test_a_zip_that_is_no_workbook_is_refused():
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refusal(written.getvalue(), "x.xlsx").code == "unreadable"
