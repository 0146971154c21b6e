"""What may be kept as evidence, and what is left of it."""

import hashlib
import io
import json
import struct
import zipfile
import zlib

import pytest
from PIL import Image
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from indicators.evidence.cleaning import MOST_BYTES, FileRefused, cleaned_file
from tests.people.evidence_files import CANARY, pdf, picture, sheet

POINT = {"type": "Point", "coordinates": [-76.5, -8.2]}


def png_bomb() -> bytes:
    """A PNG of 60,000 by 60,000 pixels in a few bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(name + body)
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1_000))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def wrong_offset() -> bytes:
    """A workbook whose list of parts says to lie far beyond its end."""
    body = sheet()
    at = body.rindex(b"PK\x05\x06") + 16
    return body[:at] + b"\xff\xff\xff\x0f" + body[at + 4 :]


def zip_bomb() -> bytes:
    return sheet(xl__media__a=b"\0" * 120_000_000)


def test_pdf_keeps_its_pages_and_nothing_about_its_author() -> None:
    given = pdf()
    assert given.count(CANARY.encode()) == 6
    kept = cleaned_file(given, "Informe.PDF")
    assert CANARY.encode() not in kept.body
    reader = PdfReader(io.BytesIO(kept.body))
    assert (len(reader.pages), reader.attachments, reader.metadata) == (1, {}, None)
    assert b"inei" in kept.body
    assert b"JavaScript" in given and b"JavaScript" not in kept.body
    assert kept.ending == "pdf"
    assert kept.original_sha256 == hashlib.sha256(given).hexdigest()
    assert kept.sha256 == hashlib.sha256(kept.body).hexdigest()


@pytest.mark.parametrize(
    ("kind", "name"), [("JPEG", "a.jpg"), ("JPEG", "a.jpeg"), ("PNG", "a.png")]
)
def test_picture_keeps_its_format_and_no_metadata(kind: str, name: str) -> None:
    given = picture(kind)
    assert CANARY.encode() in given
    kept = cleaned_file(given, name)
    assert CANARY.encode() not in kept.body
    with Image.open(io.BytesIO(kept.body)) as opened:
        assert (opened.format, opened.size) == (kind, (40, 20))


def test_workbook_keeps_its_cells_and_not_its_author() -> None:
    about = f"<x>{CANARY}</x>".encode()
    given = sheet(**{"docProps__core.xml": about, "docProps__app.xml": about})
    kept = cleaned_file(given, "tabla.xlsx")
    with zipfile.ZipFile(io.BytesIO(kept.body)) as parts:
        assert CANARY.encode() not in b"".join(map(parts.read, parts.namelist()))
    book = CalamineWorkbook.from_filelike(io.BytesIO(kept.body))
    assert book.get_sheet_by_index(0).to_python() == [["Año", "Valor"], [2024.0, 1.25]]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Año;Valor\n2024;1,25".encode(), "tabla.csv"),
        (json.dumps(POINT).encode(), "punto.geojson"),
        ("\ufeffAño,Valor\n".encode(), "de-excel.csv"),
    ],
)
def test_text_is_kept_byte_for_byte(body: bytes, name: str) -> None:
    assert cleaned_file(body, name).body == body


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        (b"", "a.pdf", "está vacío"),
        (b"x" * (MOST_BYTES + 1), "a.csv", "como máximo 20 MB"),
        (b"MZ", "a.exe", "PDF, XLSX, CSV, JPG, PNG o GeoJSON"),
        (b"x", "sin-extension", "PDF, XLSX, CSV, JPG, PNG o GeoJSON"),
        (picture(), "a.pdf", "no es PDF"),
        (b"%PDF-1.7\nroto", "a.pdf", "dañado"),
        (pdf(password="x"), "a.pdf", "contraseña"),
        (pdf() + b"/ByteRange", "a.pdf", "firma digital"),
        (b"%PDF-1.7" + b" obj" * 200_001, "a.pdf", "demasiadas partes"),
        (picture(), "a.png", "se pueda abrir"),
        (picture()[:300], "a.jpg", "se pueda abrir"),
        (png_bomb(), "a.png", "demasiados píxeles"),
        (pdf(), "a.xlsx", "no es una tabla|CSV o XLSX"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xlsx", "contraseña"),
        (sheet()[:200], "a.xlsx", "dañado"),
        (wrong_offset(), "a.xlsx", "dañado"),
        (zip_bomb(), "a.xlsx", "se expande demasiado"),
        (sheet(**{"xl__vbaProject.bin": b"x"}), "a.xlsx", "macros"),
        (sheet(**{"xl__embeddings__a.bin": b"x"}), "a.xlsx", "u otros archivos"),
        (b'<!DOCTYPE html><p onload="x">', "a.csv", "página web"),
        (b"a\0b\n", "a.csv", "no es CSV"),
        (b"a\xf1o\n", "a.csv", "UTF-8"),
        (sheet(), "a.csv", "CSV o XLSX"),
        (b"{", "a.geojson", "no es GeoJSON"),
        (b'{"type": "Topology"}', "a.geojson", "no es GeoJSON"),
        (b'{"type": "Point", "coordinates": [NaN, 1]}', "a.geojson", "no es GeoJSON"),
        (b"[" * 100_000, "a.geojson", "no es GeoJSON"),
        (b"9" * 10_000, "a.geojson", "no es GeoJSON"),
        (b"\xff\xfe", "a.geojson", "UTF-8"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_cannot_be_kept_is_refused_in_words(
    body: bytes, name: str, words: str
) -> None:
    with pytest.raises(FileRefused, match=words):
        cleaned_file(body, name)


def test_workbook_loses_its_path_and_printer_and_refuses_names() -> None:
    said = CANARY.encode()
    parts = {
        "customXml/item1.xml": b"<a>%s</a>" % said,
        "xl/printerSettings/printerSettings1.bin": said,
        "xl/theme/theme1.xml": b"<a><x15ac:absPath url='C:/%s'/></a>" % said,
    }
    body = cleaned_file(sheet(**parts), "a.xlsx").body
    with zipfile.ZipFile(io.BytesIO(body)) as kept:
        assert [kept.read(part) for part in parts] == [b"<empty/>", b"", b"<a></a>"]
    for part in ("xl/persons/person.xml", "evil.exe", "xl/connections.xml"):
        with pytest.raises(FileRefused):
            cleaned_file(sheet(**{part: b"<x/>"}), "a.xlsx")


@pytest.mark.parametrize("kind", [["Point"], {}, None, 3])
def test_geojson_of_a_strange_type_is_refused(kind: object) -> None:
    with pytest.raises(FileRefused):
        cleaned_file(json.dumps({"type": kind}).encode(), "a.geojson")
