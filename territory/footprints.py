"""The ground that alerts cover: their pixels' squares, joined. Pure; shapely alone."""

from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from territory import alert_words as aw
from territory import pixels

# Above this many corners a footprint is drawn coarser; no area is read from it.
MOST_CORNERS: Final = 3_000

Rows = npt.NDArray[np.int64]


def footprint_of(words: aw.Words, cell_degrees: float) -> MultiPolygon:
    """Return the squares of the alerts' pixels as one multipolygon, degrees WGS 84.

    `cell_degrees` is the side of the source's pixels, whose grid counts from 0, 0.
    Beyond MOST_CORNERS it is made of squares twice as wide, and again, until it has
    fewer: every pixel stays covered.

    Raises:
        ValueError: no alert.
    """
    if not len(words):
        raise ValueError("no alert, no footprint")
    cells_per_degree = round(1 / cell_degrees)
    longitude, latitude = pixels.decode(aw.pixels_of(words))
    column = np.floor(longitude * cells_per_degree).astype(np.int64)
    row = np.floor(latitude * cells_per_degree).astype(np.int64)
    widening = 1
    while True:
        strips = _strips(column // widening, row // widening)
        joined = shapely.union_all(shapely.box(*(strips * widening / cells_per_degree)))
        if shapely.get_num_coordinates(joined) <= MOST_CORNERS:
            return _multipolygon(joined)
        widening *= 2


def _strips(column: Rows, row: Rows) -> Rows:
    """Return west, south, east and north of each run of squares side by side."""
    # One number a square, columns of a row in order; each square once.
    cells = np.unique((row << 32) + column)
    starts = np.append(True, np.diff(cells) != 1)
    ends = np.append(starts[1:], True)
    south, west = _axes(cells[starts])
    _, east = _axes(cells[ends])
    return np.stack([west, south, east + 1, south + 1])


def _axes(cells: Rows) -> tuple[Rows, Rows]:
    # Columns west of Greenwich are below zero: rounding finds the row all the same.
    row = (cells + (1 << 31)) >> 32
    return row, cells - (row << 32)


def _multipolygon(shape: BaseGeometry) -> MultiPolygon:
    parts = shapely.get_parts(shape)
    return MultiPolygon([part for part in parts if isinstance(part, Polygon)])
