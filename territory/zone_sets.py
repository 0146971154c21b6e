"""Which zones cover a point together, and the number of each such set."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from territory import pixels
from territory.assignment import PolygonIndex
from territory.models import Zone, ZoneSet
from territory.pixels import Codes, Degrees

ZoneSets = npt.NDArray[np.int64]


class ZoneCover:
    """Finds the zone set of each alert.

    Where a border is near, the centre of the alert's pixel decides and not the point
    it came with: only the pixel is kept, and finding the set of a stored alert again
    must give the same answer.
    """

    def __init__(self, zones: Sequence[tuple[int, BaseGeometry]]) -> None:
        """Take numbers and outlines (degrees WGS 84) of zones; none is fine."""
        self._ids = [number for number, _ in zones]
        self._index = PolygonIndex([geom for _, geom in zones]) if zones else None

    @classmethod
    def current(cls) -> Self:
        """Return the cover of all zones in force; one query."""
        rows = Zone.objects.current().order_by("pk").values_list("pk", "geom")
        return cls([(pk, shapely.from_wkb(bytes(geom.wkb))) for pk, geom in rows])

    def zone_sets(
        self, longitude: Degrees, latitude: Degrees, codes: Codes
    ) -> ZoneSets:
        """Return the number of each point's zone set; `codes` are their pixels."""
        if self._index is None:
            (nowhere,) = zone_set_numbers([()])
            return np.full(len(longitude), nowhere, dtype=np.int64)

        labels = self._index.labels(
            longitude, latitude, exact=lambda at: pixels.decode(codes[at])
        )
        used = np.flatnonzero(np.bincount(labels)).tolist()
        # Only sets that hold an alert are given a number.
        numbers = np.zeros(len(self._index.combinations), dtype=np.int64)
        numbers[used] = zone_set_numbers(
            [
                tuple(self._ids[position] for position in combination)
                for combination in (self._index.combinations[label] for label in used)
            ]
        )
        return numbers[labels]


def zone_set_numbers(sets: Sequence[tuple[int, ...]]) -> list[int]:
    """Return the number of each set of zones, made when it is new.

    Zone numbers rise within a set. Two transactions may need the same new set: the
    second waits for the first.
    """
    numbers = _known()
    # Only what is new: an insert that conflicts still uses up a number.
    new = [ZoneSet(zone_ids=list(one)) for one in sets if one not in numbers]
    if new:
        ZoneSet.objects.bulk_create(new, ignore_conflicts=True)
        numbers = _known()
    return [numbers[zone_ids] for zone_ids in sets]


def _known() -> dict[tuple[int, ...], int]:
    rows = ZoneSet.objects.values_list("zone_ids", "pk")
    return {tuple(zone_ids): number for zone_ids, number in rows}
