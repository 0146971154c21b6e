"""What every load shares: the kept file, the lock, the states.

scheduled → downloading → validated | rejected → compared → published | held, and a
held load is published or discarded by a person with a reason. LOAD_STEPS is the table,
and the database refuses any other step.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from indicators.loaders.faults import failed_inside, not_kept
from indicators.models import Load, Source, SourceFile
from indicators.models.sources import LOAD_STEPS
from indicators.outbox import ask
from indicators.sources.errors import ContentRefused, SourceError
from indicators.whole_files import whole_or_not_at_all

# Errors shown to a person; a file with thousands of bad cells has one cause.
LARGEST_ERROR_LIST = 200
_WAY: Final = ("scheduled", "downloading", "validated", "compared")
# States of a load that a worker is busy with.
RUNNING: Final = ("downloading", "validated", "compared")
# States in which an accepted file is still to be read, by one worker or the next.
OPEN: Final = (Load.State.SCHEDULED, Load.State.DOWNLOADING, Load.State.VALIDATED)
INTERRUPTED: Final = "La carga se interrumpió antes de terminar; no cambió nada."


class SourceBusy(Exception):
    """Another load of the same source is running; this one may simply not run."""


@contextmanager
def source_lock(source_code: str) -> Iterator[None]:
    """Hold the only load of a source for as long as the block runs.

    A session lock of the database: it has no expiry to guess, and a killed worker
    lets go of it by losing its connection.

    Raises:
        SourceBusy: somebody else holds it.
    """
    key = _lock_name(source_code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        if not cursor.fetchone()[0]:
            raise SourceBusy(source_code)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _lock_name(source_code: str) -> str:
    return f"load:{source_code}"


def store_file(
    *,
    source: Source,
    body: bytes,
    fetched_at: datetime,
    original_name: str = "",
    url: str = "",
    uploaded_by: User | None = None,
) -> SourceFile:
    """Return the record of raw bytes kept under their SHA-256; the same bytes once.

    Written to a temporary file, synced and renamed: a full disk leaves no half file.

    Raises:
        OSError: the file could not be kept; nothing was.
    """
    digest = hashlib.sha256(body).hexdigest()
    relative = Path("sources") / source.code / digest[:2] / digest
    _write_once(Path(settings.MEDIA_ROOT) / relative, body)
    record, _created = SourceFile.objects.get_or_create(
        source=source,
        sha256=digest,
        defaults={
            "size_bytes": len(body),
            "path": str(relative),
            "original_name": original_name[-200:],
            "url": url[:500],
            "fetched_at": fetched_at,
            "uploaded_by": uploaded_by,
        },
    )
    return record


def store_path(*, source: Source, path: Path, sha256: str) -> SourceFile:
    """Return the record of a file too large for memory, copied and kept as above.

    Raises:
        OSError: the file could not be kept; nothing was.
    """
    relative = Path("sources") / source.code / sha256[:2] / sha256
    kept = Path(settings.MEDIA_ROOT) / relative
    if not (kept.exists() and kept.stat().st_size == path.stat().st_size):
        with path.open("rb") as original, whole_or_not_at_all(kept) as part:
            shutil.copyfileobj(original, part, length=1 << 20)
    record, _created = SourceFile.objects.get_or_create(
        source=source,
        sha256=sha256,
        defaults={
            "size_bytes": path.stat().st_size,
            "path": str(relative),
            "original_name": path.name[:200],
            "fetched_at": timezone.now(),
        },
    )
    return record


def _write_once(path: Path, body: bytes) -> None:
    if path.exists() and path.stat().st_size == len(body):
        return
    with whole_or_not_at_all(path) as part:
        part.write(body)


def schedule_load(
    source: Source,
    *,
    trigger: Load.Trigger,
    requested_by: User | None = None,
    file: SourceFile | None = None,
) -> Load:
    """Return a new load that a worker is still to begin."""
    return Load.objects.create(
        source=source,
        trigger=trigger,
        state=Load.State.SCHEDULED,
        started_at=timezone.now(),
        requested_by=requested_by,
        file=file,
    )


def start_load(
    source: Source,
    *,
    trigger: Load.Trigger,
    requested_by: User | None = None,
    lock_key: str | None = None,
) -> Load:
    """Return a new load in the state downloading; the caller holds its lock."""
    load = schedule_load(source, trigger=trigger, requested_by=requested_by)
    load.lock_key = source.code if lock_key is None else lock_key
    return move(load, Load.State.DOWNLOADING)


def move(load: Load, state: Load.State) -> Load:
    """Return the load in a state, saved whole, having passed every state between.

    Where it stands is read from the database: what a rolled back transaction did is
    no longer true.

    Raises:
        ValueError: no way leads from where it stands to that state.
    """
    stands = Load.objects.values_list("state", flat=True).get(pk=load.pk)
    for step in _steps_between(stands, str(state)):
        Load.objects.filter(pk=load.pk).update(state=step)
    load.state = state
    load.save()
    return load


def _steps_between(start: str, end: str) -> list[str]:
    steps: list[str] = []
    while start != end and end not in LOAD_STEPS.get(start, ()):
        if start not in _WAY[:-1]:
            raise ValueError(f"a load cannot go from {start} to {end}")
        start = _WAY[_WAY.index(start) + 1]
        steps.append(start)
    return steps


def close_dead_loads() -> int:
    """Return how many loads whose worker is gone were closed.

    Only looks whether a lock is held, and takes none: a load that begins this moment
    must not find its source busy. What a worker was asked for through the outbox is
    given to another by itself.
    """
    closed = 0
    for pk, key in list(_running().values_list("pk", "lock_key")):
        if _is_locked(key):
            continue
        with transaction.atomic():
            dead = _running().select_for_update().filter(pk=pk).first()
            if dead is not None:
                finish(dead, Load.State.REJECTED, reason=INTERRUPTED)
                closed += 1
    return closed


def _running() -> Any:
    return Load.objects.filter(state__in=RUNNING).exclude(lock_key="")


def _is_locked(key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"
            " AND objsubid = 1 AND granted AND database ="
            " (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND ((classid::bigint << 32) | objid::bigint)"
            " = hashtextextended(%s, 0))",
            [_lock_name(key)],
        )
        return bool(cursor.fetchone()[0])


def reject(load: Load, error: SourceError) -> Load:
    """Return the load as rejected, with every reason; no data was changed."""
    report: dict[str, Any] = {
        "code": error.code,
        "reason_es": error.reason_es,
        "reason_en": error.reason_en,
        "excerpt": error.excerpt,
    }
    if isinstance(error, ContentRefused):
        listed = error.row_errors[:LARGEST_ERROR_LIST]
        report["errors_es"] = [row.sentence_es for row in listed]
        report["errors_en"] = [row.sentence_en for row in listed]
        report["errors_count"] = len(error.row_errors)
    load.report = {**load.report, **report}
    return finish(load, Load.State.REJECTED, reason=error.reason_es)


def finish(load: Load, state: Load.State, *, reason: str = "") -> Load:
    """Return the load in its last state, saved.

    Raises:
        ValueError: no way leads from where it stands to that state.
    """
    load.reason = reason
    load.finished_at = timezone.now()
    if state == Load.State.PUBLISHED:
        load.published_at = load.finished_at
    with transaction.atomic():
        move(load, state)
        if state == Load.State.PUBLISHED:
            ask(
                task="indicators.tasks.refresh_budgets",
                arguments={},
                key=f"budgets:load-{load.pk}",
            )
            ask(
                task="indicators.tasks.refresh_derived",
                arguments={},
                key=f"derived:load-{load.pk}",
            )
    return load


def told(load: Load, work: Callable[[], Load]) -> Load:
    """Return what the work returns, or the load rejected with the source's fault.

    Any other failure is also written down, then raised for whoever keeps the worker.
    """
    try:
        return work()
    except SourceError as error:
        return reject(load, error)
    except OSError as error:
        return reject(load, not_kept(error))
    except Exception as error:
        reject(load, failed_inside(error))
        raise


def run_source(
    code: str, *, trigger: Load.Trigger, work: Callable[[Load], Load]
) -> Load:
    """Return a new load of a source as its work ended it.

    Raises:
        SourceBusy: another load of this source is running.
    """
    source = Source.objects.get(code=code)
    with source_lock(code):
        load = start_load(source, trigger=trigger)
        return told(load, lambda: work(load))


def run_accepted(load: Load, work: Callable[[Load], Load]) -> Load:
    """Return an accepted load as finished; one that ended before is left as it is.

    A worker killed half-way changed nothing, so the next one begins anew.

    Raises:
        SourceBusy: another load of this source is running.
    """
    with source_lock(load.source.code):
        load.refresh_from_db()
        if load.state not in OPEN:
            return load
        # Without the key of its lock: a worker's death does not end this load, for
        # the outbox gives its kept file to another worker.
        if load.state == Load.State.SCHEDULED:
            move(load, Load.State.DOWNLOADING)
        return told(load, lambda: work(load))
