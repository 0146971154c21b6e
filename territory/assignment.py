"""Which polygon holds each of a million points: exact, and faster than SQL.

A raster over the polygons answers for every cell that no border crosses; only
points in border cells are tested against the polygons themselves.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from territory.pixels import Degrees

OUTSIDE: Final = -1
_BORDER = -2
GRID_CELLS: Final = 2048

Positions = npt.NDArray[np.int16]


class PolygonIndex:
    """Finds the polygon of each point; polygons in degrees WGS 84.

    Where polygons overlap the first one holds the point. A point exactly on a
    border is in none, as with PostGIS `ST_Contains`.
    """

    def __init__(self, polygons: Sequence[BaseGeometry]) -> None:
        """Build the raster, about 30 ms for six districts.

        Raises:
            ValueError: no polygon, or more than 32,767.
        """
        if not 0 < len(polygons) <= np.iinfo(np.int16).max:
            raise ValueError(f"{len(polygons)} polygons")
        self._polygons = list(polygons)
        shapely.prepare(self._polygons)
        bounds = shapely.total_bounds(self._polygons)
        self._west, self._south = float(bounds[0]), float(bounds[1])
        # One cell of room, so that a point on the far edge has a cell as well.
        self._cells_per_degree_x = (GRID_CELLS - 1) / (float(bounds[2]) - self._west)
        self._cells_per_degree_y = (GRID_CELLS - 1) / (float(bounds[3]) - self._south)
        self._raster = self._rasterised()

    def positions(self, longitude: Degrees, latitude: Degrees) -> Positions:
        """Return for each point the position of its polygon, or OUTSIDE."""
        # Comparing as float first: a far point would overflow as an integer.
        x = (longitude - self._west) * self._cells_per_degree_x
        y = (latitude - self._south) * self._cells_per_degree_y
        near = (x >= 0) & (x < GRID_CELLS) & (y >= 0) & (y < GRID_CELLS)
        if near.all():
            cells = y.astype(np.int32) * GRID_CELLS + x.astype(np.int32)
            found = self._raster[cells]
        else:
            found = np.full(len(longitude), OUTSIDE, dtype=np.int16)
            cells = y[near].astype(np.int32) * GRID_CELLS + x[near].astype(np.int32)
            found[near] = self._raster[cells]
        doubtful = np.flatnonzero(found == _BORDER)
        if len(doubtful):
            found[doubtful] = self._tested(longitude[doubtful], latitude[doubtful])
        return found

    def _tested(self, longitude: Degrees, latitude: Degrees) -> Positions:
        found = np.full(len(longitude), OUTSIDE, dtype=np.int16)
        for position, polygon in enumerate(self._polygons):
            left = np.flatnonzero(found == OUTSIDE)
            inside = shapely.contains_xy(polygon, longitude[left], latitude[left])
            found[left[inside]] = position
        return found

    def _rasterised(self) -> Positions:
        """Return the flat raster: a position, OUTSIDE, or _BORDER for each cell.

        Cells without a border between them lie on one side of every border, so one
        test answers for a whole run of them.
        """
        border = self._border_cells()
        starts = ~border
        starts[:, 1:] &= border[:, :-1]
        row, column = (axis.astype(np.float64) for axis in np.nonzero(starts))
        answers = self._tested(
            self._west + (column + 0.5) / self._cells_per_degree_x,
            self._south + (row + 0.5) / self._cells_per_degree_y,
        )
        run = np.cumsum(starts.ravel(), dtype=np.int32) - 1
        raster = answers[np.maximum(run, 0)]
        raster[border.ravel()] = _BORDER
        return raster

    def _border_cells(self) -> npt.NDArray[np.bool_]:
        """Return the cells that a border may touch, with their neighbours.

        Borders are sampled at most half a cell apart: what lies between two samples
        is never further than in the neighbouring cell.
        """
        border = np.zeros((GRID_CELLS + 2, GRID_CELLS + 2), dtype=bool)
        lines = shapely.get_parts(shapely.boundary(self._polygons))
        for line in lines:
            points = shapely.get_coordinates(line)
            x = (points[:, 0] - self._west) * self._cells_per_degree_x
            y = (points[:, 1] - self._south) * self._cells_per_degree_y
            steps = 1 + np.ceil(
                2 * np.maximum(np.abs(np.diff(x)), np.abs(np.diff(y)))
            ).astype(np.int64)
            segment = np.repeat(np.arange(len(steps)), steps)
            first = np.cumsum(steps) - steps
            share = (np.arange(len(segment)) - first[segment]) / steps[segment]
            sampled_x = x[:-1][segment] + share * np.diff(x)[segment]
            sampled_y = y[:-1][segment] + share * np.diff(y)[segment]
            border[sampled_y.astype(np.int64) + 1, sampled_x.astype(np.int64) + 1] = 1
        wide = border[:, :-2] | border[:, 1:-1] | border[:, 2:]
        return np.asarray(wide[:-2] | wide[1:-1] | wide[2:])
