"""The nightly sweep on real files."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from indicators.evidence.files import CleanFile, keep_file
from indicators.loaders.pipeline import store_file
from indicators.loaders.sweep import Swept, sweep_files
from indicators.models import Source, SourceFile
from tests.factories import EvidenceFactory

pytestmark = pytest.mark.django_db


def lay(root: Path, name: str, *, days_old: int) -> Path:
    path = root / "sources" / "made_up" / "ab" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    then = (timezone.now() - timedelta(days=days_old)).timestamp()
    os.utime(path, (then, then))
    return path


def test_what_no_row_knows_goes_after_two_days(source: Source, settings: Any) -> None:
    root = Path(settings.MEDIA_ROOT)
    kept = store_file(source=source, body=b"whole", fetched_at=timezone.now())
    known = root / kept.path
    os.utime(known, (0, 0))
    stays = [lay(root, ".part-new", days_old=1), lay(root, "new", days_old=1), known]
    goes = [lay(root, ".part-old", days_old=3), lay(root, "old", days_old=3)]
    assert sweep_files() == Swept(removed=2, unfinished=1, missing=0)
    assert [path.exists() for path in stays] == [True] * 3
    assert [path.exists() for path in goes] == [False] * 2


def test_files_of_evidence_stay_and_those_of_removed_evidence_go(settings: Any) -> None:
    kept, removed = (
        keep_file(CleanFile(name.encode(), "csv", name)) for name in ("kept", "removed")
    )
    file = {"url": "", "size_bytes": 4, "sha256": "a", "original_sha256": "a"}
    EvidenceFactory(path=kept, **file)
    root = Path(settings.MEDIA_ROOT)
    for name in (kept, removed):
        os.utime(root / name, (0, 0))
    assert sweep_files() == Swept(removed=1, unfinished=0, missing=0)
    assert [(root / name).exists() for name in (kept, removed)] == [True, False]


def test_a_missing_file_is_marked_until_it_is_back(
    source: Source, settings: Any
) -> None:
    row = store_file(source=source, body=b"whole", fetched_at=timezone.now())
    path = Path(settings.MEDIA_ROOT) / row.path
    path.unlink()
    assert sweep_files() == Swept(removed=0, unfinished=0, missing=1)
    first = SourceFile.objects.get().missing_since
    assert first is not None
    assert sweep_files().missing == 1
    assert SourceFile.objects.get().missing_since == first
    path.write_bytes(b"whole")
    assert sweep_files() == Swept(removed=0, unfinished=0, missing=0)
    assert SourceFile.objects.get().missing_since is None


def test_without_a_folder_there_is_nothing_to_sweep(settings: Any) -> None:
    assert sweep_files() == Swept(removed=0, unfinished=0, missing=0)
