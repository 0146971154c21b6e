"""The table of crops: brought in line with its file, and asked for names."""

from pathlib import Path

import yaml

from indicators.models import Crop, ProductionRecord
from indicators.sources.midagri_cells import plain_name
from indicators.sync import ChangeLog, PlanFileError


def sync_crops(path: Path) -> ChangeLog:
    """Return what changed after bringing the crops in line with a file.

    Raises:
        PlanFileError: two crops claim the same name, or one to remove is still used.
    """
    rows = yaml.safe_load(path.read_text("utf-8"))
    for row in rows:
        row["source_names"] = [plain_name(name) for name in row["source_names"]]
    names = [name for row in rows for name in row["source_names"]]
    if doubled := {name for name in names if names.count(name) > 1}:
        raise PlanFileError(f"{path.name}: dos cultivos se llaman {sorted(doubled)}")
    log = ChangeLog()
    crops = log.sync_rows(Crop.objects.all(), key="code", fixed={}, rows=rows)
    for crop in crops.values():
        # Rows kept under a name that nobody knew when they came.
        kept = ProductionRecord.objects.filter(crop_name__in=crop.source_names)
        kept.exclude(crop=crop).update(crop=crop)
    return log


def crops_by_source_name() -> dict[str, Crop]:
    """Return the crops by each name a source may give them, as `plain_name` has it."""
    return {name: crop for crop in Crop.objects.all() for name in crop.source_names}
