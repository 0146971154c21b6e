"""Made-up zones of the demo: through the pipeline of zone files, marked as such."""

from pathlib import Path

from indicators.loaders.zones import load_zone_file
from indicators.models import Load
from territory.models import Zone


def load_demo_zones(path: Path) -> int:
    """Return how many made-up zones of a GeoJSON file were added.

    0 when the folder has no such file, or when there are zones already, made up or
    real: a demo never stands beside what somebody loaded.

    Raises:
        ValueError: the file was refused; the message is the load's reason.
    """
    if not path.exists() or Zone.objects.exists():
        return 0
    load = load_zone_file(
        path=path, kind=None, trigger=Load.Trigger.COMMAND, is_synthetic=True
    )
    if load.state != Load.State.PUBLISHED:
        raise ValueError(load.reason)
    return load.rows_added or 0
