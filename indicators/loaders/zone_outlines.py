"""A load's kept file as outlines of zones, every one checked: all of them or none."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.gis.geos import MultiPolygon

from indicators.models import Load
from indicators.sources import sernanp
from indicators.sources.errors import ContentRefused
from indicators.sources.records import RowError
from indicators.sources.registry import ZONE_FILES
from indicators.sources.sernanp import ZoneRecord
from territory.models import Zone
from territory.outlines import OutlineError, read_features, read_multipolygon
from territory.zones import ZoneOutline, checked_outline

# A worker reads it whole: 48 MB with 21,000 zones took 540 MB of memory.
LARGEST_FILE_BYTES: Final = 40_000_000

# What is wrong with a zone, in Spanish and in English.
Fault = tuple[str, str]


def outlines_of(load: Load) -> list[ZoneOutline]:
    """Return the zones of a load's file, every one checked.

    Raises:
        ContentRefused: with every reason; one bad zone refuses all.
    """
    faults: list[Fault] = []
    outlines: dict[tuple[str, str], ZoneOutline] = {}
    repaired: list[str] = []
    for record in _records(load):
        try:
            outline = ZoneOutline(
                Zone.Kind(record.kind),
                record.code,
                record.name,
                read_multipolygon(record.geometry),
                record.valid_from,
            )
            outline, is_repaired = checked_outline(outline)
        except OutlineError as error:
            faults.append(
                (
                    _named(record.name, error.reason_es),
                    _named(record.name, error.reason_en),
                )
            )
            continue
        if is_repaired:
            repaired.append(outline.name)
        key = record.kind, record.code
        if key in outlines and not _is_part(outlines[key], outline):
            names = f"«{outlines[key].name}», «{outline.name}»"
            code = outline.code
            faults.append(
                (
                    f"dos zonas tienen el código {code}: {names}",
                    f"two zones have the code {code}: {names}",
                )
            )
            continue
        outlines[key] = _joined(outlines[key], outline) if key in outlines else outline
    if faults:
        raise refused(faults)
    load.report["repaired"] = repaired
    return list(outlines.values())


def _is_part(one: ZoneOutline, other: ZoneOutline) -> bool:
    return (one.name, one.valid_from) == (other.name, other.valid_from)


def _says_made_up(feature: Mapping[str, Any]) -> bool:
    properties = feature.get("properties")
    return isinstance(properties, dict) and properties.get("sintetico") is True


def _joined(one: ZoneOutline, other: ZoneOutline) -> ZoneOutline:
    """Return two parts of one zone, which services send as features of their own."""
    union = one.geom.union(other.geom)
    geom = union if isinstance(union, MultiPolygon) else MultiPolygon(union, srid=4326)
    return ZoneOutline(one.kind, one.code, one.name, geom, one.valid_from)


def _records(load: Load) -> Iterable[ZoneRecord]:
    assert load.file is not None
    path = Path(settings.MEDIA_ROOT) / load.file.path
    if load.source.code == ZONE_FILES.code:
        # Loads of before files could name kinds say only "kinds", and one.
        kind = load.report.get("kind", load.report["kinds"][0])
        for feature in _features(path.read_bytes()):
            yield sernanp.read_feature(feature, kind or _named_kind(feature))
        return
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            kind = name.partition("-")[0]
            yield from sernanp.parse_zones(archive.read(name), kind)


def kinds_of_file(
    body: bytes, *, kind: Zone.Kind | None, is_synthetic: bool
) -> list[str]:
    """Return the kinds of zone a file brings: `kind`, or those its features name.

    Raises:
        ContentRefused: it is larger than a worker can hold, holds no zones, names a
            kind there is not or none, or brings made-up zones as real ones.
    """
    if len(body) > LARGEST_FILE_BYTES:
        megabytes = LARGEST_FILE_BYTES // 1_000_000
        raise refused(
            [
                (
                    f"el archivo pesa más de {megabytes} MB: divídelo por tipo de zona",
                    f"the file has over {megabytes} MB: split it by kind of zone",
                )
            ]
        )
    features = _features(body)
    if not is_synthetic and any(map(_says_made_up, features)):
        raise refused(
            [
                (
                    "trae zonas inventadas (sintetico): cárgalo como sintético",
                    "it has made-up zones (sintetico): load it as synthetic",
                )
            ]
        )
    if kind:
        return [kind.value]
    kinds = {_named_kind(feature) for feature in features}
    if faults := [_no_such(kind) for kind in sorted(kinds - {*Zone.Kind.values})]:
        raise refused(faults)
    return sorted(kinds)


def _no_such(kind: str) -> Fault:
    if not kind:
        return (
            "hay zonas que no dicen su tipo («kind»): elige el tipo al cargarlo",
            "there are zones that do not say their kind (“kind”): choose it",
        )
    return f"no existe el tipo de zona «{kind}»", f"there is no zone kind “{kind}”"


def _features(body: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        features = read_features(body)
    except OutlineError as error:
        raise refused([(error.reason_es, error.reason_en)]) from error
    if not features:
        raise refused([("el archivo no tiene zonas", "the file has no zones")])
    return features


def _named_kind(feature: Mapping[str, Any]) -> str:
    properties = feature.get("properties")
    kind = properties.get("kind") if isinstance(properties, dict) else None
    return kind if isinstance(kind, str) else ""


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _named(name: str, reason: str) -> str:
    return reason if name in reason else f"{name}: {reason}"


def refused(faults: list[Fault]) -> ContentRefused:
    """Return the refusal of a whole set of zones, with each fault and their number."""
    # What the file says stands in the faults; the database takes no such text.
    faults = [(_storable(es), _storable(en)) for es, en in faults]
    first_es, first_en = faults[0]
    return ContentRefused(
        "bad_zones",
        f"Se rechazó todo: {len(faults)} error(es). El primero: {first_es}.",
        f"All of it was refused: {len(faults)} error(s). The first: {first_en}.",
        row_errors=tuple(RowError(None, "geometry", "", *fault) for fault in faults),
    )
