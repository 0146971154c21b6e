"""Zones from a map service or a GeoJSON file, as whole sets: all of them or none.

What a source no longer has is held for a person: an answer that came short would end
a protected area.
"""

import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.gis.geos import MultiPolygon
from django.db import transaction
from django.utils import timezone

from indicators.loaders.alert_files import districts_box
from indicators.loaders.annual_loss import keep_zip
from indicators.loaders.faults import failed_inside, not_kept
from indicators.loaders.pipeline import (
    finish,
    move,
    reject,
    source_lock,
    start_load,
    store_file,
)
from indicators.loaders.sessions import configured_session
from indicators.models import Load, Source
from indicators.outbox import ask
from indicators.sources import sernanp
from indicators.sources.errors import ContentRefused, SourceError
from indicators.sources.records import RowError
from indicators.sources.registry import SERNANP_ZONES, ZONE_FILES
from indicators.sources.sernanp import ZoneRecord
from territory.alert_sources import ALERT_SOURCES
from territory.models import Zone
from territory.outlines import OutlineError, read_features, read_multipolygon
from territory.zones import ZoneOutline, checked_outline, write_zones

# What is wrong with a zone, in Spanish and in English.
Fault = tuple[str, str]
ZONE_SOURCES: Final = frozenset({SERNANP_ZONES.code, ZONE_FILES.code})

# Less of the larger outline in common than this: not a correction of the same place.
MOST_MOVED_SHARE: Final = 0.5


def load_protected_areas(*, trigger: Load.Trigger) -> Load:
    """Return the finished load of SERNANP's zones in the box of all districts.

    Raises:
        SourceBusy: another load of this source is running.
    """

    def work(load: Load) -> Load:
        with configured_session(SERNANP_ZONES) as session:
            fetched = sernanp.fetch_zones(session, districts_box())
        pages = [page for answers in fetched.values() for page in answers]
        load.file = keep_zip(
            load.source,
            {
                f"{kind}-{number:04d}.json": page.body
                for kind, answers in fetched.items()
                for number, page in enumerate(answers, 1)
            },
            fetched_at=pages[-1].fetched_at,
            url=pages[-1].final_url,
        )
        load.report["kinds"] = sorted(fetched)
        load.edition = timezone.localdate().isoformat()
        return _compared(load)

    return _run(SERNANP_ZONES.code, trigger, work)


def load_zone_file(
    *,
    path: Path,
    kind: Zone.Kind | None,
    trigger: Load.Trigger,
    is_synthetic: bool = False,
) -> Load:
    """Return the finished load of a GeoJSON file that has all zones of its kinds.

    Without `kind` each feature names its own in the property "kind".

    Raises:
        SourceBusy: another file is being loaded.
        OSError: the file cannot be read.
    """
    body = path.read_bytes()

    def work(load: Load) -> Load:
        load.file = store_file(
            source=load.source,
            body=body,
            fetched_at=load.started_at,
            original_name=path.name,
        )
        kinds = [kind.value] if kind else _named_kinds(body)
        if not is_synthetic and any(map(_says_made_up, _features(body))):
            raise _refused(
                [
                    (
                        "trae zonas inventadas (sintetico): cárgalo como sintético",
                        "it has made-up zones (sintetico): load it as synthetic",
                    )
                ]
            )
        load.report |= {
            "kinds": kinds,
            "kind": kind and kind.value,
            "synthetic": is_synthetic,
        }
        # A file says no edition: the day it was brought tells one from the next.
        load.edition = timezone.localdate().isoformat()
        return _compared(load)

    return _run(ZONE_FILES.code, trigger, work)


def publish(held: Load, *, reason: str) -> Load:
    """Return a held load as published; zones it does not have end today.

    Inside the caller's transaction, which holds the load.

    Raises:
        ValueError: a newer load of these kinds was published since, or its file
            cannot be read.
    """
    newer = Load.objects.filter(
        source=held.source, state=Load.State.PUBLISHED, pk__gt=held.pk
    )
    if any(set(held.report["kinds"]) & set(load.report["kinds"]) for load in newer):
        raise ValueError("Ya se publicó una carga más nueva de estas zonas.")
    try:
        return _published(held, _outlines(held), reason)
    except (OSError, SourceError) as error:
        raise ValueError(f"El archivo guardado no se puede leer: {error}") from error


def _compared(load: Load) -> Load:
    move(load, Load.State.VALIDATED)
    outlines = _outlines(load)
    load.rows_read = len(outlines)
    given = {(zone.kind, zone.code) for zone in outlines}
    known = Zone.objects.current().filter(
        source=load.source.code, kind__in=load.report["kinds"]
    )
    missing = [
        zone.name for zone in known if (Zone.Kind(zone.kind), zone.code) not in given
    ]
    load.rows_removed = len(missing)
    doubts = _doubts(list(known), outlines, load.report.get("synthetic", False))
    if missing:
        doubts.insert(0, f"la fuente ya no trae {', '.join(missing[:5])}")
    if doubts:
        load.rows_added = len(given) - (len(known) - len(missing))
        reason = f"Retenida: {'; '.join(doubts)}."
        return finish(load, Load.State.HELD, reason=reason)
    return _published(load, outlines, "")


def _doubts(
    known: Sequence[Zone], outlines: Sequence[ZoneOutline], is_synthetic: bool
) -> list[str]:
    """Return why a person must look before these outlines replace the known ones."""
    new = {(zone.kind, zone.code): zone for zone in outlines}
    pairs = [
        (zone, new[Zone.Kind(zone.kind), zone.code])
        for zone in known
        if (Zone.Kind(zone.kind), zone.code) in new
    ]
    moved = [old.name for old, now in pairs if _is_elsewhere(old, now)]
    turned = [old.name for old, _now in pairs if old.is_synthetic != is_synthetic]
    doubts = []
    if moved:
        doubts.append(
            "cambian de lugar o de tamaño en más de la mitad: " + ", ".join(moved[:5])
        )
    if turned:
        was, now = (
            ("reales", "inventadas") if is_synthetic else ("inventadas", "reales")
        )
        doubts.append(f"pasan de {was} a {now}: " + ", ".join(turned[:5]))
    return doubts


def _is_elsewhere(old: Zone, now: ZoneOutline) -> bool:
    larger = max(old.geom.area, now.geom.area)
    shared: float = old.geom.buffer(0).intersection(now.geom.buffer(0)).area
    return shared < MOST_MOVED_SHARE * larger


def _published(load: Load, outlines: list[ZoneOutline], reason: str) -> Load:
    try:
        with transaction.atomic():
            written = write_zones(
                source=load.source.code,
                load_id=load.pk,
                zones=outlines,
                kinds=[Zone.Kind(kind) for kind in load.report["kinds"]],
                today=timezone.localdate(),
                alert_sources=ALERT_SOURCES.values(),
                is_synthetic=load.report.get("synthetic", False),
            )
            load.rows_added, load.rows_changed = written.added, written.changed
            load.rows_removed, load.rows_same = len(written.ended), written.same
            load.report["reassigned"] = written.reassigned
            if written.reassigned:
                # A dossier says in which zones its alerts lie.
                ask(
                    task="indicators.tasks.renew_alert_clusters",
                    arguments={},
                    key=f"clusters:load-{load.pk}",
                )
            changed = written.added or written.changed or written.ended
            state = Load.State.PUBLISHED if changed else Load.State.UNCHANGED
            return finish(load, state, reason=reason)
    except OutlineError as error:
        raise _refused([(error.reason_es, error.reason_en)]) from error


# --- From kept bytes to outlines ------------------------------------------------


def _outlines(load: Load) -> list[ZoneOutline]:
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
        raise _refused(faults)
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


def _features(body: bytes) -> Sequence[Mapping[str, Any]]:
    try:
        features = read_features(body)
    except OutlineError as error:
        raise _refused([(error.reason_es, error.reason_en)]) from error
    if not features:
        raise _refused([("el archivo no tiene zonas", "the file has no zones")])
    return features


def _named_kinds(body: bytes) -> list[str]:
    kinds = [_named_kind(feature) for feature in _features(body)]
    faults = [
        (f"no existe el tipo de zona «{kind}»", f"there is no zone kind “{kind}”")
        for kind in sorted({*kinds} - {*Zone.Kind.values})
    ]
    if faults:
        raise _refused(faults)
    return sorted({*kinds})


def _named_kind(feature: Mapping[str, Any]) -> str:
    properties = feature.get("properties")
    kind = properties.get("kind") if isinstance(properties, dict) else None
    return kind if isinstance(kind, str) else ""


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


def _named(name: str, reason: str) -> str:
    return reason if name in reason else f"{name}: {reason}"


def _refused(faults: list[Fault]) -> ContentRefused:
    # What the file says stands in the faults; the database takes no such text.
    faults = [(_storable(es), _storable(en)) for es, en in faults]
    first_es, first_en = faults[0]
    return ContentRefused(
        "bad_zones",
        f"Se rechazó todo: {len(faults)} error(es). El primero: {first_es}.",
        f"All of it was refused: {len(faults)} error(s). The first: {first_en}.",
        row_errors=tuple(RowError(None, "geometry", "", *fault) for fault in faults),
    )


def _run(code: str, trigger: Load.Trigger, work: Callable[[Load], Load]) -> Load:
    source = Source.objects.get(code=code)
    with source_lock(code):
        load = start_load(source, trigger=trigger)
        try:
            return work(load)
        except SourceError as error:
            return reject(load, error)
        except OSError as error:
            return reject(load, not_kept(error))
        except Exception as error:
            reject(load, failed_inside(error))
            raise
