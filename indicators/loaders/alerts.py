"""Forest alerts: fetched per district or read from a file, compared, published.

An answer for a district and a window is complete, so it can also show what the
source took back. Such rows are kept and marked, no longer counted, and numbered in
the report; when many would go at once, as with an answer that came back empty, the
load is held for a person and nothing changes.
"""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from indicators.loaders import alert_files
from indicators.loaders.alert_rows import (
    ALERT_SOURCES,
    AlertReport,
    write_alert_columns,
)
from indicators.loaders.pipeline import (
    INTERRUPTED,
    RUNNING,
    finish,
    move,
    source_lock,
    start_load,
    store_file,
    store_path,
    told,
)
from indicators.loaders.sessions import configured_session
from indicators.models import Load, Source, SourceFile
from indicators.outbox import ask
from indicators.sources import gfw
from indicators.sources.errors import SourceError
from indicators.sources.registry import GFW_INTEGRATED_ALERTS, SOURCES
from indicators.sources.session import Session
from territory.alerts import TooManyMissing, Window
from territory.models import Place

SOURCE_CODE: Final = GFW_INTEGRATED_ALERTS.code
# A zip member without a time of its own, so that the same answers are the same file.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_DONE = (Load.State.PUBLISHED, Load.State.UNCHANGED)


@dataclass(frozen=True, slots=True)
class Days:
    """Days from `start` up to, not including, `end`."""

    start: date
    end: date

    @classmethod
    def reread(cls) -> Self:
        """Return the last 180 days, today included: what the source still revises."""
        end = timezone.localdate() + timedelta(days=1)
        return cls(end - timedelta(days=gfw.REREAD_DAYS), end)


def load_district_alerts(
    *,
    ubigeo: str,
    trigger: Load.Trigger,
    source_code: str = SOURCE_CODE,
    days: Days | None = None,
    requested_by: User | None = None,
    make_session: Callable[[], Session] | None = None,
) -> Load:
    """Return the finished load of one district's alerts, the last 180 days by default.

    It ends published, unchanged (the source has no newer version, or sent the same
    bytes), held (a large part of what was known is no longer sent) or rejected; only
    a published one changed anything. The version is asked for first, unless `days`
    are given.

    Raises:
        SourceBusy: another load of this district is running.
        Place.DoesNotExist: no current district has this number.
    """
    source = Source.objects.get(code=source_code)
    place = Place.objects.current().districts().get(ubigeo=ubigeo)
    window = days or Days.reread()
    key = f"{source_code}:{ubigeo}"
    with source_lock(key):
        bury_dead_loads(source, ubigeo)
        load = start_load(
            source, trigger=trigger, requested_by=requested_by, lock_key=key
        )
        load.report = {
            "ubigeo": ubigeo,
            "start": window.start.isoformat(),
            "end": window.end.isoformat(),
            "reread": days is None,
        }
        load.save()
        session = make_session or (lambda: configured_session(SOURCES[source_code]))
        return told(load, lambda: _load_window(load, place, window, session))


def load_alert_file(
    *,
    path: Path,
    trigger: Load.Trigger,
    source_code: str = SOURCE_CODE,
    requested_by: User | None = None,
    name: str = "",
    url: str = "",
) -> Load:
    """Return the finished load of a file of alerts as its source publishes it.

    A CSV of `query/csv` for the data sets of GFW, the service's GeoJSON or the zipped
    raster for MINAM's. A file says nothing about what it leaves out: it adds alerts
    and raises their confidence, in any of the current districts, and takes nothing
    back. It ends published, unchanged (the same bytes as the last file published),
    held (a person uploaded it) or rejected. `name` is the file's own where `path`
    has another; `url` where it was fetched from.

    Raises:
        SourceBusy: another file is being loaded.
        OSError: the file cannot be read.
    """
    source = Source.objects.get(code=source_code)
    key = f"{source_code}:file"
    with source_lock(key):
        bury_dead_loads(source, "")
        load = start_load(
            source, trigger=trigger, requested_by=requested_by, lock_key=key
        )
        load.report = {"ubigeo": "", "name": name or path.name}
        if earlier := _published_file(source, path):
            load.file = earlier.file
            load.report["same_file_as_load"] = earlier.pk
            return finish(load, Load.State.UNCHANGED)
        load.save()
        return told(load, lambda: _load_file(load, path, url))


def publish(held: Load, *, reason: str) -> Load:
    """Return a held load as published: what its window misses is marked as gone.

    Its clusters are asked for. Inside the caller's transaction, which holds the load.

    Raises:
        ValueError: a newer load of the district was published since, or its file
            cannot be read.
    """
    assert held.file is not None
    ubigeo = held.report["ubigeo"]
    newer = _published_of(held.source, ubigeo).filter(pk__gt=held.pk)
    if ubigeo and newer.exists():
        raise ValueError("Ya se publicó una carga más nueva de este distrito.")
    try:
        published = (
            _publish_window_of(held, reason) if ubigeo else _publish_file(held, reason)
        )
    except (OSError, SourceError) as error:
        raise ValueError(f"El archivo guardado no se puede leer: {error}") from error
    # A worker's own load goes on to its clusters; this one ends with a request.
    ask(
        task="indicators.tasks.renew_clusters_of_load",
        arguments={"load_id": held.pk},
        key=f"clusters:load-{held.pk}",
    )
    return published


def _publish_window_of(held: Load, reason: str) -> Load:
    assert held.file is not None
    place = Place.objects.current().districts().get(ubigeo=held.report["ubigeo"])
    days = Days(
        date.fromisoformat(held.report["start"]), date.fromisoformat(held.report["end"])
    )
    report = write_alert_columns(
        source=ALERT_SOURCES[held.source.code],
        load_id=held.pk,
        pieces=list(_kept_answers(held.file)),
        window=_window(place, days),
        accept_missing=True,
    )
    _note(held, report)
    return finish(held, Load.State.PUBLISHED, reason=reason)


def _published_file(source: Source, path: Path) -> Load | None:
    """Return the load that published these very bytes, if one did."""
    size = path.stat().st_size
    loads = _published_of(source, "").filter(file__size_bytes=size)
    load: Load
    for load in loads.select_related("file"):
        assert load.file is not None
        if alert_files.same_bytes(path, settings.MEDIA_ROOT / load.file.path):
            return load
    return None


def _load_file(load: Load, path: Path, url: str) -> Load:
    sha256 = alert_files.file_sha256(path)
    load.file = store_path(source=load.source, path=path, sha256=sha256)
    if url and not load.file.url:
        load.file.url = url[:500]
        load.file.save(update_fields=["url"])
    load.save()
    if load.trigger != Load.Trigger.UPLOAD:
        return _publish_file(load, "")
    read, last_day = 0, None
    for piece in _pieces(load):
        read += len(piece)
        if len(piece):
            last_day = max(filter(None, (last_day, piece.day.max().item())))
    load.rows_read, load.data_to_date = read, last_day
    return finish(
        load,
        Load.State.HELD,
        reason="Retenida: la subió una persona y la publica otra.",
    )


def _publish_file(load: Load, reason: str) -> Load:
    with transaction.atomic():
        report = write_alert_columns(
            source=ALERT_SOURCES[load.source.code],
            load_id=load.pk,
            pieces=_pieces(load),
        )
        # Reading, checking and comparing are one pass: so are the states.
        _note(load, report)
        return finish(load, Load.State.PUBLISHED, reason=reason)


def _pieces(load: Load) -> Iterator[gfw.AlertColumns]:
    assert load.file is not None
    return alert_files.read_alert_file(
        settings.MEDIA_ROOT / load.file.path,
        load.source.code,
        name=load.report.get("name", ""),
        last_day=timezone.localdate(),
    )


def _load_window(
    load: Load, place: Place, days: Days, make_session: Callable[[], Session]
) -> Load:
    batch = _fetched(load, place, days, make_session)
    if batch is None:
        return finish(load, Load.State.UNCHANGED)
    load.file = _keep_answers(load.source, place.ubigeo, batch)
    load.edition = batch.version
    move(load, Load.State.VALIDATED)
    if earlier := _earlier_of_same_bytes(load):
        load.report["same_file_as_load"] = earlier.pk
        return finish(load, Load.State.UNCHANGED)
    return _publish_window(load, place, days, batch.alerts)


def _fetched(
    load: Load, place: Place, days: Days, make_session: Callable[[], Session]
) -> gfw.AlertBatch | None:
    """Return the source's answer, or None when its version was already read."""
    with make_session() as session:
        if load.report["reread"]:
            load.edition = gfw.latest_version(session, load.source.code)
            last = _last_reread(load.source, place.ubigeo)
            if last and last.edition == load.edition:
                load.report["same_version_as_load"] = last.pk
                return None
        geometry = {"type": place.geom.geom_type, "coordinates": place.geom.coords}
        return gfw.fetch_alerts(
            session, load.source.code, geometry, days.start, days.end
        )


def _publish_window(
    load: Load, place: Place, days: Days, alerts: gfw.AlertColumns
) -> Load:
    try:
        with transaction.atomic():
            report = write_alert_columns(
                source=ALERT_SOURCES[load.source.code],
                load_id=load.pk,
                pieces=[alerts],
                window=_window(place, days),
            )
            _note(load, report)
            move(load, Load.State.COMPARED)
            return finish(load, Load.State.PUBLISHED)
    except TooManyMissing as refused:
        load.rows_read = len(alerts)
        load.rows_removed = refused.missing
        return finish(
            load,
            Load.State.HELD,
            reason=(
                f"Retenida: la fuente ya no trae {refused.missing:,} de las"
                f" {refused.known:,} alertas conocidas de {place.name} en el periodo."
            ),
        )


def _window(place: Place, days: Days) -> Window:
    return Window(days.start, days.end, frozenset({place.pk}))


def _note(load: Load, report: AlertReport) -> None:
    written = report.written
    load.rows_read = report.read
    load.rows_added = written.added
    load.rows_changed = written.raised + written.returned
    load.rows_removed = written.missing
    load.rows_same = written.same + written.lowered
    load.data_to_date = report.last_day
    load.report = {
        **load.report,
        "outside": report.outside,
        "repeated": report.repeated,
        "raised": written.raised,
        "returned": written.returned,
        "lowered": written.lowered,
    }


# --- Kept answers -------------------------------------------------------------


def _keep_answers(source: Source, ubigeo: str, batch: gfw.AlertBatch) -> SourceFile:
    """Keep one zip with every answer, byte for byte, in order of time."""
    replies = io.BytesIO()
    with zipfile.ZipFile(replies, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, answer in enumerate(batch.fetched, start=1):
            name = f"{ubigeo}-{number:04d}.json"
            archive.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), answer.body)
    return store_file(
        source=source,
        body=replies.getvalue(),
        fetched_at=batch.fetched[-1].fetched_at,
        original_name=f"{ubigeo}.zip",
        url=batch.fetched[-1].final_url,
    )


def _kept_answers(file: SourceFile) -> Iterator[gfw.AlertColumns]:
    with zipfile.ZipFile(Path(settings.MEDIA_ROOT) / file.path) as archive:
        for name in sorted(archive.namelist()):
            yield gfw.parse(archive.read(name), file.source.code)


# --- Earlier loads ------------------------------------------------------------


def _loads_of(source: Source, ubigeo: str) -> Any:
    return Load.objects.filter(source=source, report__ubigeo=ubigeo).order_by("-pk")


def _last_reread(source: Source, ubigeo: str) -> Load | None:
    """Return the last load that looked at all the days the source still revises."""
    done = _loads_of(source, ubigeo).filter(state__in=_DONE, report__reread=True)
    last: Load | None = done.first()
    return last


def _published_of(source: Source, ubigeo: str) -> Any:
    return _loads_of(source, ubigeo).filter(state=Load.State.PUBLISHED)


def _earlier_of_same_bytes(load: Load) -> Load | None:
    """Return the load that already dealt with these bytes, if none came since.

    A held one counts: the same answer does not need a second decision.
    """
    states = [Load.State.PUBLISHED, Load.State.HELD]
    earlier: Load | None = (
        _loads_of(load.source, load.report["ubigeo"]).filter(state__in=states).first()
    )
    same = earlier is not None and earlier.file_id == load.file_id
    # An empty answer has the same bytes for every window.
    return earlier if earlier and same and _starts_before(earlier, load) else None


def _starts_before(earlier: Load, load: Load) -> bool:
    """Return whether an earlier load asked for all the days that this one asked for.

    Its last day may lie before: bytes that are the same bring nothing newer.
    """
    return bool(earlier.report["start"] <= load.report["start"])


def bury_dead_loads(source: Source, ubigeo: str) -> None:
    """Reject loads whose worker was killed: the lock is ours, so none is running."""
    for dead in _loads_of(source, ubigeo).filter(state__in=RUNNING):
        finish(dead, Load.State.REJECTED, reason=INTERRUPTED)
