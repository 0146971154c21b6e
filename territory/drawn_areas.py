"""Alerts in a drawn polygon: by ranges of pixel codes, then each pixel's footprint.

The codes of a map tile are one range (territory/pixels.py), so a polygon is a few
dozen ranges of the alerts' own index. What those bring is then held against the
polygon exactly: a pixel counts with the part of its square that lies inside.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from django.db import connection
from shapely.geometry.base import BaseGeometry

from territory import pixels
from territory.alert_sources import Source

MOST_RANGES: Final = 64
# A pixel just outside reaches in by half its side at most; the largest is 30 m.
_REACH_DEG: Final = 0.00015


@dataclass(frozen=True, slots=True)
class AreaAlerts:
    """Alerts that touch a polygon and the hectares of them inside it, by confidence."""

    alerts: dict[int, int]
    area_ha: float


def covering_ranges(polygon: BaseGeometry) -> list[tuple[int, int]]:
    """Return half-open ranges of pixel codes that together cover a polygon.

    At most 64, joined where they touch; degrees WGS 84, and no hole is left.
    """
    shapely.prepare(polygon)
    tiles = [(0, 0, 0)]
    # Finer as long as there is room: each level makes at most four of one.
    while tiles[0][0] < pixels.ZOOM:
        finer = [
            (z + 1, 2 * x + i, 2 * y + j)
            for z, x, y in tiles
            for i in (0, 1)
            for j in (0, 1)
        ]
        finer = [tile for tile in finer if polygon.intersects(_tile_box(*tile))]
        if not finer or len(finer) > MOST_RANGES:
            break
        tiles = finer
    found: list[tuple[int, int]] = []
    for start, end in sorted(pixels.tile_range(*tile) for tile in tiles):
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def alerts_in_polygon(
    polygon: BaseGeometry,
    *,
    source: Source,
    start: dt.date,
    end: dt.date,
) -> AreaAlerts:
    """Return what a source has in a polygon from `start` up to, not with, `end`.

    Without those it took back. One query. For the mails of people who drew an area.
    """
    ranges = covering_ranges(polygon.buffer(_REACH_DEG))
    lows, highs = map(list, zip(*ranges, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.pixel, a.confidence"
            " FROM unnest(%s::bigint[], %s::bigint[]) r(low, high)"
            " JOIN territory_forestalert a"
            " ON a.pixel >= r.low AND a.pixel < r.high"
            " WHERE a.source = %s AND a.alert_date >= %s AND a.alert_date < %s"
            " AND a.gone_load_id IS NULL",
            [lows, highs, source.number, start, end],
        )
        rows = cursor.fetchall()
    codes = np.array([code for code, _ in rows], dtype=np.int64)
    levels = np.array([level for _, level in rows], dtype=np.int64)
    shares = _shares_inside(codes, polygon, source.cell_degrees)
    inside = shares > 0
    _, latitude = pixels.decode(codes)
    areas_ha = source.areas_ha(latitude) * shares
    counts = {
        int(level): int((levels[inside] == level).sum())
        for level in np.unique(levels[inside])
    }
    return AreaAlerts(alerts=counts, area_ha=float(areas_ha.sum()))


def _shares_inside(
    codes: pixels.Codes, polygon: BaseGeometry, cell_degrees: float
) -> pixels.Degrees:
    """Return the share (0 to 1) of each pixel's square that lies in a polygon."""
    longitude, latitude = pixels.decode(codes)
    half = cell_degrees / 2
    squares = shapely.box(
        longitude - half, latitude - half, longitude + half, latitude + half
    )
    shapely.prepare(polygon)
    shares = np.zeros(len(codes))
    whole = shapely.contains_properly(polygon, squares)
    part = ~whole & shapely.intersects(polygon, squares)
    shares[whole] = 1.0
    shares[part] = shapely.area(shapely.intersection(squares[part], polygon))
    shares[part] /= cell_degrees**2
    return shares


def _tile_box(z: int, x: int, y: int) -> BaseGeometry:
    """Return a map tile in degrees."""
    count = 1 << z
    edges = (1 - 2 * np.array([y, y + 1]) / count) * np.pi
    north, south = np.degrees(np.arctan(np.sinh(edges)))
    west, east = (x / count * 360 - 180, (x + 1) / count * 360 - 180)
    return shapely.box(west, south, east, north)
