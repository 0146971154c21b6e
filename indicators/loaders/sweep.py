"""What lies on the disk against what the database knows of; run every night."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils import timezone

from indicators.evidence.files import FOLDER as EVIDENCE_FOLDER
from indicators.models import Evidence, SourceFile
from indicators.whole_files import UNFINISHED

# A file is written before its row: a load may be between the two.
GRACE: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Swept:
    """Files removed that no row knows, of them unfinished; rows without their file."""

    removed: int
    unfinished: int
    missing: int


def sweep_files() -> Swept:
    """Return what was found among the kept files, after removing what nobody knows.

    Files younger than two days stay. A row whose file is gone is marked, and the mark
    is taken off when the file is back.
    """
    known = dict(SourceFile.objects.values_list("path", "missing_since"))
    evidence = Evidence.objects.exclude(path="").values_list("path", flat=True)
    referenced = {*known, *evidence}
    root = Path(settings.MEDIA_ROOT)
    oldest_kept = (timezone.now() - GRACE).timestamp()
    removed = unfinished = 0
    for path in _files_below(root / "sources", root / EVIDENCE_FOLDER):
        relative = path.relative_to(root).as_posix()
        if relative in referenced or path.stat().st_mtime > oldest_kept:
            continue
        path.unlink()
        removed += 1
        unfinished += path.name.startswith(UNFINISHED)
    missing = _mark_missing(root, known)
    return Swept(removed, unfinished, missing)


def _files_below(*folders: Path) -> Iterator[Path]:
    for folder in folders:
        for parent, _folders, names in os.walk(folder):
            yield from (Path(parent, name) for name in names)


def _mark_missing(root: Path, known: dict[str, datetime | None]) -> int:
    gone = {relative for relative in known if not (root / relative).is_file()}
    SourceFile.objects.filter(path__in=gone, missing_since=None).update(
        missing_since=timezone.now()
    )
    marked = {relative for relative, since in known.items() if since is not None}
    SourceFile.objects.filter(path__in=marked - gone).update(missing_since=None)
    return len(gone)
