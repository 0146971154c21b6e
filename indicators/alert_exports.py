"""The filtered list of clusters as CSV, in the form of every file of the site."""

import csv
import io
from typing import Final

from indicators.alert_filters import AlertFilters
from indicators.exports import BYTE_ORDER_MARK, csv_cell
from indicators.series.alerts import SourceFacts, cluster_row, clusters_of

COLUMNS: Final = (
    "number",
    "source",
    "districts",
    "first_date",
    "last_date",
    "alerts",
    "area_ha",
    "max_confidence",
    "verification",
    "longitude",
    "latitude",
    "is_synthetic",
)
_LEVELS: Final = {2: "nominal", 3: "high", 4: "highest"}


def cluster_csv(asked: AlertFilters, source: SourceFacts) -> bytes:
    """Return a line of column names, then one line a cluster. One query.

    Pages do not matter: all clusters of the question, in its order. Coordinates are
    the mean of the alerts, degrees WGS 84; a text that a sheet would run is guarded.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cluster in clusters_of(asked).iterator(chunk_size=2_000):
        row = cluster_row(cluster)
        writer.writerow(
            [
                row.number,
                csv_cell(source.code),
                csv_cell("; ".join(row.districts)),
                row.first_date.isoformat(),
                row.last_date.isoformat(),
                row.alerts,
                csv_cell(row.area_ha),
                _LEVELS[row.confidence],
                csv_cell(row.state),
                f"{cluster.centroid.x:.5f}",
                f"{cluster.centroid.y:.5f}",
                csv_cell(source.is_synthetic),
            ]
        )
    return (BYTE_ORDER_MARK + out.getvalue()).encode()
