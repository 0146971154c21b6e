"""From columns of alerts to rows: districts found, duplicates out, batches bounded."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from django.db import transaction

from indicators.sources.errors import ContentRefused
from indicators.sources.gfw import AlertColumns
from territory import alert_sources
from territory import alert_words as aw
from territory import alerts as writer
from territory.alert_changes import Written
from territory.alert_sources import Source
from territory.assignment import PolygonIndex
from territory.models import AlertSource, Place
from territory.pixels import Degrees
from territory.zone_sets import ZoneCover

# By the code of the source; the demo's made-up alerts come from no load.
ALERT_SOURCES: Final[Mapping[str, Source]] = {
    AlertSource(number).label: source
    for number, source in alert_sources.ALERT_SOURCES.items()
    if number != AlertSource.SYNTHETIC
}
# Held above this share of what was known, and above what a single field can be.
MOST_MISSING_SHARE: Final = 0.05
MOST_MISSING_ALWAYS: Final = 20
# Bounds the memory of a load, whatever the size of its file.
ROWS_PER_BATCH: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class AlertReport:
    """What a load read and did, in rows.

    `outside` lie in none of the districts asked for, `repeated` came more than once
    (same pixel and day) within a batch; neither is written. Days are None when
    nothing was read.
    """

    read: int = 0
    outside: int = 0
    repeated: int = 0
    written: Written = field(default_factory=Written)
    last_day: date | None = None

    def __add__(self, other: "AlertReport") -> "AlertReport":
        days = [day for day in (self.last_day, other.last_day) if day]
        return AlertReport(
            self.read + other.read,
            self.outside + other.outside,
            self.repeated + other.repeated,
            self.written + other.written,
            max(days) if days else None,
        )


class Districts:
    """Current districts and zones, for finding those of each alert."""

    def __init__(self, places: Iterable[Place], zones: ZoneCover) -> None:
        """Take both.

        Raises:
            ContentRefused: there are none; the boundaries were not loaded.
        """
        ordered = sorted(places, key=lambda place: place.ubigeo)
        if not ordered:
            raise ContentRefused(
                "no_districts",
                "Faltan los límites de los distritos: cárgalos primero.",
                "The boundaries of the districts are missing: load them first.",
            )
        self._zones = zones
        self._ids = np.array([*(place.pk for place in ordered), 0], dtype=np.int64)
        self._index = PolygonIndex(
            [shapely.from_wkb(bytes(place.geom.wkb)) for place in ordered]
        )

    def packed(self, columns: AlertColumns) -> aw.Alerts:
        """Return the alerts that lie in a district, in their order."""
        ids = self.ids_of(columns.longitude, columns.latitude)
        inside = ids != 0
        words = aw.pack(
            columns.longitude, columns.latitude, columns.day, columns.confidence
        )
        longitude, latitude = columns.longitude, columns.latitude
        if not inside.all():
            ids, words = ids[inside], words[inside]
            longitude, latitude = longitude[inside], latitude[inside]
        zone_sets = self._zones.zone_sets(longitude, latitude, aw.pixels_of(words))
        return aw.Alerts(words, aw.assigned(ids, zone_sets))

    def ids_of(self, longitude: Degrees, latitude: Degrees) -> npt.NDArray[np.int64]:
        """Return the district's number for each point, 0 in none."""
        # Position -1, outside, is the last place of the list.
        return self._ids[self._index.positions(longitude, latitude)]


def write_alert_columns(
    *,
    source: Source,
    load_id: int,
    pieces: Iterable[AlertColumns],
    window: writer.Window | None = None,
    accept_missing: bool = False,
) -> AlertReport:
    """Return the report after writing alerts in one transaction, all or nothing.

    With a window the pieces are everything the source has there, and are written in
    one batch; without one they only add and raise.

    Raises:
        TooManyMissing: too much of the window disappeared, and it is not accepted.
        ContentRefused: a value no alert can have, or there are no districts.
    """
    total = AlertReport()
    with transaction.atomic():
        writer.lock_source(source)
        # Read under the lock: zones do not change while alerts are assigned to them.
        districts = Districts(Place.objects.current().districts(), ZoneCover.current())
        for batch in _batches(pieces, None if window else ROWS_PER_BATCH):
            total += _write_batch(
                source, load_id, batch, districts, window, accept_missing
            )
    return total


def _write_batch(
    source: Source,
    load_id: int,
    batch: list[AlertColumns],
    districts: Districts,
    window: writer.Window | None,
    accept_missing: bool,
) -> AlertReport:
    try:
        packed = [districts.packed(piece) for piece in batch]
    except ValueError as error:
        raise ContentRefused(
            "bad_alerts",
            f"Un valor que ninguna alerta puede tener: {error}.",
            f"A value that no alert can have: {error}.",
        ) from error
    inside = aw.together(packed)
    read = sum(map(len, batch))
    outside = read - len(inside)
    if window:
        asked = np.isin(inside.district_ids, list(window.district_ids))
        outside += len(inside) - int(asked.sum())
        inside = inside.where(asked)
    alerts = aw.unique(inside)
    written = writer.write_alerts(
        source=source,
        load_id=load_id,
        alerts=alerts,
        window=window,
        may_lose=None if accept_missing else _may_lose,
    )
    days = [piece.day.max().item() for piece in batch if len(piece)]
    return AlertReport(
        read=read,
        outside=outside,
        repeated=len(inside) - len(alerts),
        written=written,
        last_day=max(days) if days else None,
    )


def _may_lose(missing: int, known: int) -> bool:
    return missing <= max(MOST_MISSING_ALWAYS, MOST_MISSING_SHARE * known)


def _batches(
    pieces: Iterable[AlertColumns], rows: int | None
) -> Iterator[list[AlertColumns]]:
    """Yield pieces together up to some rows; all of them at once without a number."""
    batch: list[AlertColumns] = []
    for piece in pieces:
        if rows and batch and sum(map(len, batch)) + len(piece) > rows:
            yield batch
            batch = []
        batch.append(piece)
    # A window without any alert still shows what is missing.
    if batch:
        yield batch
