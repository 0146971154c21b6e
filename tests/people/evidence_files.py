"""Files as people send them as evidence, good ones and bad ones."""

import io
from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    TextStringObject,
)

from tests.sources.workbooks import sheet_xml, workbook

CANARY = "canarioautora"


def pdf(*, password: str = "", size: int = 200) -> bytes:
    """A page with an author, a private note of its program and an attached file."""
    writer = PdfWriter()
    page = writer.add_blank_page(size, size)
    note = DictionaryObject({NameObject("/X"): TextStringObject(CANARY)})
    page[NameObject("/PieceInfo")] = note
    link = {"/S": "/URI", "/URI": "https://example.org/inei"}
    script = {"/S": "/JavaScript", "/JS": CANARY}
    for action in (link, script):
        _annotate(page, action)
    writer.add_metadata({"/Author": CANARY})
    writer.add_attachment("oculto.txt", CANARY.encode())
    if password:
        writer.encrypt(password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _annotate(page: Any, action: dict[str, str]) -> None:
    """A note of somebody on the page that does something when it is pressed."""
    names = {key: _pdf_text(text) for key, text in action.items()}
    note = DictionaryObject(
        {
            NameObject("/Subtype"): NameObject("/Link"),
            NameObject("/T"): TextStringObject(CANARY),
            NameObject("/A"): DictionaryObject(
                {NameObject(key): text for key, text in names.items()}
            ),
        }
    )
    held = page.indirect_reference.pdf._add_object(note)
    page.setdefault(NameObject("/Annots"), ArrayObject()).append(held)


def _pdf_text(text: str) -> NameObject | TextStringObject:
    return NameObject(text) if text.startswith("/") else TextStringObject(text)


def picture(kind: str = "JPEG") -> bytes:
    data = Image.Exif()
    data[0x010F] = CANARY
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "green").save(out, kind, exif=data)
    return out.getvalue()


def sheet(**extra: bytes) -> bytes:
    """A workbook; `extra` are parts by name, "__" for "/"."""
    parts: Mapping[str, bytes] = {
        f"{name.replace('__', '/')}": body for name, body in extra.items()
    }
    return workbook({"Hoja": sheet_xml([["Año", "Valor"], [2024, 1.25]])}, extra=parts)


def sent(body: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


def typed(**fields: Any) -> dict[str, Any]:
    """The form as a browser sends it: a public link to a document."""
    given = {
        "title": "Anuario 2024",
        "kind": "document",
        "access": "public",
        "url": "https://example.org/anuario",
        **fields,
    }
    return {f"evidence-{name}": one for name, one in given.items()}
