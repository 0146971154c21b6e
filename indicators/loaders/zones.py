"""Zones from a map service or a GeoJSON file, as whole sets: all of them or none.

What a source no longer has is held for a person: an answer that came short would end
a protected area.
"""

from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from indicators.loaders.alert_files import districts_box
from indicators.loaders.annual_loss import keep_zip
from indicators.loaders.pipeline import (
    finish,
    move,
    run_accepted,
    run_source,
    schedule_load,
    store_file,
)
from indicators.loaders.sessions import configured_session
from indicators.loaders.zone_differences import ZoneDifferences, zone_differences
from indicators.loaders.zone_outlines import kinds_of_file, outlines_of, refused
from indicators.models import Load, Source
from indicators.outbox import ask
from indicators.sources import sernanp
from indicators.sources.errors import SourceError
from indicators.sources.registry import SERNANP_ZONES, ZONE_FILES
from territory.alert_sources import ALERT_SOURCES
from territory.models import Zone
from territory.outlines import OutlineError
from territory.zones import ZoneOutline, write_zones

ZONE_SOURCES: Final = frozenset({SERNANP_ZONES.code, ZONE_FILES.code})


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

    return run_source(SERNANP_ZONES.code, trigger=trigger, work=work)


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
        load.report |= {"kind": kind and kind.value, "synthetic": is_synthetic}
        return _read_file(load)

    return run_source(ZONE_FILES.code, trigger=trigger, work=work)


def accept_upload(*, body: bytes, name: str, kind: Zone.Kind | None, who: User) -> Load:
    """Return the load of a kept file of real zones; a worker reads it.

    Without `kind` each feature names its own in the property "kind".

    Raises:
        OSError: the file could not be kept; nothing was.
    """
    source = Source.objects.get(code=ZONE_FILES.code)
    file = store_file(
        source=source,
        body=body,
        fetched_at=timezone.now(),
        original_name=name,
        uploaded_by=who,
    )
    with transaction.atomic():
        load = schedule_load(
            source, trigger=Load.Trigger.UPLOAD, requested_by=who, file=file
        )
        load.report = {
            "file_name": name,
            "kind": kind and kind.value,
            "synthetic": False,
        }
        load.save()
        ask(
            task="indicators.tasks.read_zone_file",
            arguments={"load_id": load.pk},
            key=f"zone-load-{load.pk}",
        )
    return load


def run_load(load: Load) -> Load:
    """Return an accepted file's load as finished (pipeline.run_accepted)."""
    return run_accepted(load, _read_file)


def publish(held: Load, *, reason: str) -> Load:
    """Return an approved load as published; zones it does not have end today.

    Inside the caller's transaction, which holds the load.

    Raises:
        ValueError: a newer load of these kinds was published since, what would change
            is not what the person saw (the report has it anew), or its file cannot be
            read.
    """
    newer = Load.objects.filter(
        source=held.source, state=Load.State.PUBLISHED, pk__gt=held.pk
    )
    if any(set(held.report["kinds"]) & set(load.report["kinds"]) for load in newer):
        raise ValueError("Ya se publicó una carga más nueva de estas zonas.")
    try:
        outlines = outlines_of(held)
        seen, found = held.report.get("zones"), _differences(held, outlines).report()
        # Loads held before the report had them show no lists.
        if seen is not None and seen != found:
            held.report["zones"] = found
            raise ValueError("Las zonas publicadas cambiaron: revisa otra vez.")
        return _published(held, outlines, reason)
    except (OSError, SourceError) as error:
        raise ValueError(f"El archivo guardado no se puede leer: {error}") from error


def _read_file(load: Load) -> Load:
    assert load.file is not None
    kind = load.report["kind"]
    load.report["kinds"] = kinds_of_file(
        (Path(settings.MEDIA_ROOT) / load.file.path).read_bytes(),
        kind=Zone.Kind(kind) if kind else None,
        is_synthetic=load.report["synthetic"],
    )
    # A file says no edition: the day it was brought tells one from the next.
    load.edition = timezone.localdate().isoformat()
    return _compared(load)


def _compared(load: Load) -> Load:
    move(load, Load.State.VALIDATED)
    outlines = outlines_of(load)
    found = _differences(load, outlines)
    load.rows_read, load.rows_same = len(outlines), found.same
    load.rows_added, load.rows_changed = len(found.came), len(found.changed)
    load.rows_removed = len(found.gone)
    load.report["zones"] = found.report()
    doubts = found.doubts(is_synthetic=load.report.get("synthetic", False))
    if load.trigger == Load.Trigger.UPLOAD and found.is_any():
        doubts.append("la subió una persona y la publica otra")
    if doubts:
        reason = f"Retenida: {'; '.join(doubts)}."
        return finish(load, Load.State.HELD, reason=reason)
    return _published(load, outlines, "")


def _differences(load: Load, outlines: list[ZoneOutline]) -> ZoneDifferences:
    known = Zone.objects.current().filter(
        source=load.source.code, kind__in=load.report["kinds"]
    )
    is_synthetic = load.report.get("synthetic", False)
    return zone_differences(list(known), outlines, is_synthetic=is_synthetic)


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
        raise refused([(error.reason_es, error.reason_en)]) from error
