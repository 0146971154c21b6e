"""What may be kept as evidence: content that is what its name says, without metadata.

Who wrote a document, when and on which machine is nobody's business and easy to
publish by accident. What cannot be cleaned surely is refused with the way out.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any, Final

from django.utils.translation import gettext as _

from indicators.evidence.files import CleanFile
from indicators.evidence.pictures import PhotoRefused, redrawn
from indicators.language import page_language
from indicators.sources.errors import ContentRefused
from indicators.sources.spreadsheet import Limits, is_workbook, open_workbook

MOST_BYTES: Final = 20_000_000
MOST_PAGES: Final = 2_000
# Reading 400,000 took 5 s; a request has 20. Long reports have some ten thousand.
MOST_PARTS: Final = 200_000
# Parts packed together are small and slow: 240,000 notes on pages took 16 s.
MOST_PARTS_PACKED: Final = 50_000
_LIMITS: Final = Limits(
    file_bytes=MOST_BYTES, unpacked_bytes=100_000_000, cells=600_000
)
_PROTECTED_OFFICE: Final = b"\xd0\xcf\x11\xe0"
# Parts of a workbook that run, or that carry files of another kind.
_ACTIVE_PARTS: Final = (
    *("vbaproject", "macrosheets/", "embeddings/", "activex/", "externallinks/"),
    *("connections.xml", "querytables/", "webextensions/"),
)
# Parts that name people or machines and that a workbook cannot simply lose.
_NAMING_PARTS: Final = ("persons/", "comments")
# Of these a workbook needs the part and not what it says: printers, forms' own data.
_EMPTIED_PARTS: Final = {
    re.compile(r"xl/printersettings/\w+\.bin", re.I): b"",
    re.compile(r"customxml/item\d*\.xml", re.I): b"<empty/>",
}
_KNOWN_PARTS: Final = re.compile(
    r"(\[Content_Types\]\.xml|[\w/]*_rels/[\w.]*\.rels|docProps/\w+\.(xml|jpeg|emf|wmf)"
    r"|customXml/\w+\.xml|xl/printerSettings/\w+\.bin"
    r"|xl/(\w+/)*\w+\.(xml|png|jpe?g|emf|vml))"
)
# Excel writes where on its author's disk the workbook lay.
_ABS_PATH: Final = re.compile(
    rb"<mc:AlternateContent[^>]*>(?:(?!</mc:AlternateContent>).)*absPath.*?"
    rb"</mc:AlternateContent>|<x15ac:absPath[^>]*/>",
    re.S,
)
# Their parts of a workbook, emptied: who wrote it, for whom, when, with what.
_ABOUT_PARTS: Final = {
    "docProps/core.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b"<cp:coreProperties xmlns:cp="
    b'"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>',
    "docProps/app.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b"<Properties xmlns="
    b'"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>',
    "docProps/custom.xml": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    b"<Properties xmlns="
    b'"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"/>',
}
# What a note or link on a page looks like and says; neither who wrote it nor when, no
# file, no script.
_KEPT_OF_NOTES: Final = frozenset(
    {
        *("/Type", "/Subtype", "/Rect", "/Contents", "/AP", "/AS", "/F", "/C", "/CA"),
        *("/Border", "/BS", "/QuadPoints", "/InkList", "/L", "/Vertices", "/Dest"),
        *("/DA", "/DS", "/IC", "/LE", "/Name", "/Open"),
    }
)
_GEOJSON_TYPES: Final = frozenset(
    {
        *("FeatureCollection", "Feature", "GeometryCollection"),
        *("Point", "MultiPoint", "LineString", "MultiLineString"),
        *("Polygon", "MultiPolygon"),
    }
)


class FileRefused(ValueError):
    """A file that cannot be kept; its text is for whoever sent it."""


def cleaned_file(body: bytes, name: str) -> CleanFile:
    """Return what is kept of a file that somebody sent under a name.

    Raises:
        FileRefused: empty, above 20 MB, of another format than its name says or than
            those taken, damaged, a bomb, with a password, macros or a signature.
    """
    ending = name.rpartition(".")[2].lower()
    ending = {"jpeg": "jpg"}.get(ending, ending)
    if not body:
        raise FileRefused(_("El archivo está vacío."))
    if len(body) > MOST_BYTES:
        raise FileRefused(_("El archivo debe pesar como máximo 20 MB."))
    if ending not in _CLEANERS:
        raise FileRefused(
            _("Elige un archivo PDF, XLSX, CSV, JPG, PNG o GeoJSON, con su extensión.")
        )
    return CleanFile(_CLEANERS[ending](body), ending, hashlib.sha256(body).hexdigest())


def _pdf(body: bytes) -> bytes:
    # Only uploads need it: no page should load it.
    from pypdf import PdfReader, PdfWriter

    if b"%PDF-" not in body[:1024]:
        raise FileRefused(_not_as_named("PDF"))
    if body.count(b" obj") > MOST_PARTS:
        raise FileRefused(
            _("El PDF tiene demasiadas partes: guarda una copia impresa.")
        )
    if b"/ByteRange" in body:
        raise FileRefused(
            _(
                "El PDF tiene una firma digital y limpiarlo la rompería. Agrega el "
                "enlace a la página que lo publica, o guarda una copia impresa en PDF."
            )
        )
    try:
        reader = PdfReader(io.BytesIO(body), strict=False)
        if reader.is_encrypted:
            raise FileRefused(_("El PDF tiene contraseña: guárdalo sin ella."))
        if len(reader.xref_objStm) > MOST_PARTS_PACKED:
            raise FileRefused(
                _("El PDF tiene demasiadas partes: guarda una copia impresa.")
            )
        if not 0 < len(reader.pages) <= MOST_PAGES:
            raise FileRefused(_("El PDF debe tener entre 1 y 2,000 páginas."))
        # The pages alone: author, dates, scripts and attached files stay behind.
        writer = PdfWriter()
        for page in reader.pages:
            _forget(writer.add_page(page))
        writer.metadata = None
        out = io.BytesIO()
        writer.write(out)
    except FileRefused:
        raise
    # A damaged file makes the reader fail in any way there is.
    except Exception as error:
        raise FileRefused(_("El PDF está dañado o incompleto.")) from error
    return out.getvalue()


def _forget(page: Any) -> None:
    """Take off what a page says of its making, and what it does when opened.

    Of notes on the page their text and links stay.
    """
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject

    for key in ("/Metadata", "/PieceInfo", "/LastModified", "/AA", "/AF", "/B"):
        page.pop(key, None)
    for held in page.get("/Annots", ArrayObject()).get_object():
        note = held.get_object()
        action = note.get("/A", DictionaryObject()).get_object()
        for key in set(note) - _KEPT_OF_NOTES:
            note.pop(key)
        if action.get("/S") == "/URI" and "/URI" in action:
            kept = {NameObject(key): action[key] for key in ("/S", "/URI")}
            note[NameObject("/A")] = DictionaryObject(kept)


def _workbook(body: bytes) -> bytes:
    if body.startswith(_PROTECTED_OFFICE):
        raise FileRefused(
            _(
                "El libro tiene contraseña o es de un Excel antiguo: guárdalo como "
                "XLSX sin ella."
            )
        )
    try:
        if not is_workbook(body, "x.xlsx", _LIMITS):
            raise FileRefused(_not_as_named("XLSX"))
        next(iter(open_workbook(body, _LIMITS)), None)
    except ContentRefused as refused:
        raise FileRefused(_in_words(refused)) from refused
    return _without_about(body)


def _without_about(body: bytes) -> bytes:
    """Return a checked workbook whose parts about its author are empty."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(body)) as given,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept,
    ):
        for part in given.infolist():
            if any(word in part.filename.lower() for word in _ACTIVE_PARTS):
                raise FileRefused(
                    _("El libro trae macros u otros archivos: guárdalo sin ellos.")
                )
            if any(word in part.filename.lower() for word in _NAMING_PARTS):
                raise FileRefused(
                    _(
                        "El libro trae comentarios con nombres de personas: copia los "
                        "valores a un libro nuevo y envía ese."
                    )
                )
            if not _KNOWN_PARTS.fullmatch(part.filename):
                raise FileRefused(
                    _("El libro trae macros u otros archivos: guárdalo sin ellos.")
                )
            content = _emptied(part.filename)
            if content is None:
                content = _ABS_PATH.sub(b"", given.read(part))
            kept.writestr(
                zipfile.ZipInfo(part.filename),
                content,
                compress_type=zipfile.ZIP_DEFLATED,
            )
    return out.getvalue()


def _emptied(part: str) -> bytes | None:
    """Return what stands for a part that tells of people or machines, else None."""
    if part in _ABOUT_PARTS:
        return _ABOUT_PARTS[part]
    found = (said for name, said in _EMPTIED_PARTS.items() if name.fullmatch(part))
    return next(found, None)


def _table(body: bytes) -> bytes:
    try:
        is_workbook(body, "x.csv", _LIMITS)
    except ContentRefused as refused:
        raise FileRefused(_in_words(refused)) from refused
    if "\0" in _text(body, "CSV"):
        raise FileRefused(_not_as_named("CSV"))
    return body


def _geojson(body: bytes) -> bytes:
    def refuse(_constant: str) -> None:
        raise ValueError("no JSON number")

    try:
        document = json.loads(_text(body, "GeoJSON"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(_not_as_named("GeoJSON")) from error
    kind = document.get("type") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in _GEOJSON_TYPES:
        raise FileRefused(_not_as_named("GeoJSON"))
    return body


def _jpg(body: bytes) -> bytes:
    return _picture(body, "JPEG")


def _png(body: bytes) -> bytes:
    return _picture(body, "PNG")


def _picture(body: bytes, form: Any) -> bytes:
    try:
        return redrawn(body, formats=(form,), into=form)
    except PhotoRefused as refused:
        raise FileRefused(str(refused)) from refused


def _text(body: bytes, form: str) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FileRefused(
            _("El archivo no está en UTF-8: guárdalo como %(form)s UTF-8.")
            % {"form": form}
        ) from error


def _not_as_named(form: str) -> str:
    return _("El contenido del archivo no es %(form)s, aunque su nombre lo diga.") % {
        "form": form
    }


def _in_words(refused: ContentRefused) -> str:
    return refused.reason_en if page_language() == "en" else refused.reason_es


_CLEANERS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "pdf": _pdf,
    "xlsx": _workbook,
    "csv": _table,
    "jpg": _jpg,
    "png": _png,
    "geojson": _geojson,
}
CONTENT_TYPES: Final = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "jpg": "image/jpeg",
    "png": "image/png",
    "geojson": "application/geo+json",
}
