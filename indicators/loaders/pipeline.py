"""What every load shares: the kept file, the lock, the states.

scheduled → downloading → validated | rejected → compared → published | held, and a
held load is published or discarded by a person with a reason.
"""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from indicators.models import Load, Source, SourceFile
from indicators.outbox import ask
from indicators.sources.errors import ContentRefused, SourceError

# Errors shown to a person; a file with thousands of bad cells has one cause.
LARGEST_ERROR_LIST = 200


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
    key = f"load:{source_code}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        if not cursor.fetchone()[0]:
            raise SourceBusy(source_code)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


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
        with path.open("rb") as original, _whole_or_not_at_all(kept) as part:
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


@contextmanager
def _whole_or_not_at_all(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        try:
            yield part
            part.flush()
            os.fsync(part.fileno())
            os.replace(part.name, path)
        except BaseException:
            os.unlink(part.name)
            raise


def _write_once(path: Path, body: bytes) -> None:
    if path.exists() and path.stat().st_size == len(body):
        return
    with _whole_or_not_at_all(path) as part:
        part.write(body)


def start_load(
    source: Source, *, trigger: Load.Trigger, requested_by: User | None = None
) -> Load:
    """Return a new load in the state downloading."""
    return Load.objects.create(
        source=source,
        trigger=trigger,
        state=Load.State.DOWNLOADING,
        started_at=timezone.now(),
        requested_by=requested_by,
    )


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
    """Return the load in its last state, saved."""
    load.state = state
    load.reason = reason
    load.finished_at = timezone.now()
    if state == Load.State.PUBLISHED:
        load.published_at = load.finished_at
    with transaction.atomic():
        load.save()
        if state == Load.State.PUBLISHED:
            ask(
                task="indicators.tasks.refresh_budgets",
                arguments={},
                key=f"budgets:load-{load.pk}",
            )
    return load
