"""Which polygons hold each of a million points: exact, and faster than SQL.

A raster over the polygons answers for every cell that no border crosses; only points
in border cells are tested, and only against the polygons whose borders those are.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from territory.pixels import Degrees

OUTSIDE: Final = -1
# The raster stays in the processor's cache; a finer one settles more points at once
# and takes longer to build and to read (measured: 256 to 2048, best at 512).
GRID_CELLS: Final = 512
# Cells of at least 55 m: far wider than the rounding of a pixel's place.
_MOST_CELLS_PER_DEGREE = 2_000.0
# In cells: how far apart borders are sampled, and how far from a sample a cell is
# still taken for one of the border. Half a step covers the border itself, the rest,
# at least 2.7 m, points that are a rounding of their place.
_STEP = 0.25
_REACH = _STEP / 2 + 0.05
# A piece of points and what is computed for it stay in the cache as well.
_POINTS_PER_PIECE = 1 << 14

Labels = npt.NDArray[np.int16]
# Columns or positions of points whose place is wanted in another form.
Exact = Callable[[npt.NDArray[np.intp]], tuple[Degrees, Degrees]]


class PolygonIndex:
    """Finds the polygons of each point; polygons in degrees WGS 84, overlaps allowed.

    A point exactly on a border is not inside, as with PostGIS `ST_Contains`.
    """

    def __init__(self, polygons: Sequence[BaseGeometry]) -> None:
        """Build the raster, about 10 ms for six districts.

        Raises:
            ValueError: no polygon, or more than 32,767 combinations of them.
        """
        if not polygons:
            raise ValueError("0 polygons")
        self._polygons = list(polygons)
        shapely.prepare(self._polygons)
        west, south, east, north = shapely.total_bounds(self._polygons).tolist()
        self._west, self._south = west, south
        # Beside the polygons a rim of cells, where far points are looked up.
        self._per_degree_x, self._per_degree_y = (
            min(_MOST_CELLS_PER_DEGREE, (GRID_CELLS - 3) / extent)
            for extent in (east - west, north - south)
        )
        # A label stands for the polygons a cell lies in for sure, and those whose
        # borders may cross it. The first label is the outside.
        self._sure: list[tuple[int, ...]] = []
        self._open: list[tuple[int, ...]] = []
        self._labels: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
        self._label((), ())
        self._raster = self._rasterised()

    @property
    def combinations(self) -> Sequence[tuple[int, ...]]:
        """The polygons, by rising position, of each label; grows with `labels`."""
        return self._sure

    def positions(self, longitude: Degrees, latitude: Degrees) -> Labels:
        """Return for each point the position of its first polygon, or OUTSIDE."""
        labels = self.labels(longitude, latitude)
        first = [sure[0] if sure else OUTSIDE for sure in self._sure]
        return np.array(first, dtype=np.int16)[labels]

    def labels(
        self, longitude: Degrees, latitude: Degrees, exact: Exact | None = None
    ) -> Labels:
        """Return for each point the label of the polygons that hold it.

        `combinations` says which they are. `exact` gives the places of some points
        (by position) for the tests at borders, when the columns are a rounding of
        them by less than 2.5 m.
        """
        found = np.empty(len(longitude), dtype=np.int16)
        for start in range(0, len(longitude), _POINTS_PER_PIECE):
            piece = slice(start, start + _POINTS_PER_PIECE)
            cells = self._cells(longitude[piece], latitude[piece])
            self._raster.take(cells, out=found[piece])
        is_open = np.array([bool(borders) for borders in self._open])
        doubtful = np.flatnonzero(is_open[found])
        if len(doubtful):
            found[doubtful] = self._settled(
                found[doubtful],
                *(
                    exact(doubtful)
                    if exact
                    else (longitude[doubtful], latitude[doubtful])
                ),
            )
        return found

    def _cells(self, longitude: Degrees, latitude: Degrees) -> npt.NDArray[np.int32]:
        """Return the flat cell of each point; of far and missing ones in the rim."""
        y = (latitude - self._south) * self._per_degree_y
        y += 1.0
        # fmax and fmin take the number where the other is missing.
        np.fmin(np.fmax(y, 0.0, out=y), GRID_CELLS - 1.0, out=y)
        x = (longitude - self._west) * self._per_degree_x
        x += 1.0
        np.fmin(np.fmax(x, 0.0, out=x), GRID_CELLS - 1.0, out=x)
        cells: npt.NDArray[np.int32] = y.astype(np.int32)
        cells *= GRID_CELLS
        cells += x.astype(np.int32)
        return cells

    def _settled(self, open_labels: Labels, x: Degrees, y: Degrees) -> Labels:
        """Return the labels of points in border cells, each tested exactly."""
        order = np.argsort(open_labels, kind="stable")
        ordered = open_labels[order]
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        settled = np.empty_like(open_labels)
        for some in np.split(order, starts[1:]):
            label = int(open_labels[some[0]])
            found = np.full(len(some), self._label(self._sure[label], ()), np.int16)
            for polygon in self._open[label]:
                inside = shapely.contains_xy(self._polygons[polygon], x[some], y[some])
                self._relabel(found, inside, polygon)
            settled[some] = found
        return settled

    def _rasterised(self) -> Labels:
        raster = np.zeros((GRID_CELLS, GRID_CELLS), dtype=np.int16)
        for position, polygon in enumerate(self._polygons):
            west, south, east, north = polygon.bounds
            # Its cells, counted from the rim, and one beside them on every side.
            columns = slice(
                int((west - self._west) * self._per_degree_x),
                int((east - self._west) * self._per_degree_x) + 3,
            )
            rows = slice(
                int((south - self._south) * self._per_degree_y),
                int((north - self._south) * self._per_degree_y) + 3,
            )
            window = raster[rows, columns]
            border = self._border_cells(polygon)[rows, columns]
            inside = self._cells_inside(polygon, border, rows.start, columns.start)
            self._relabel(window, inside, position)
            self._relabel(window, border, position, is_open=True)
        return raster.ravel()

    def _relabel(
        self,
        labels: Labels,
        chosen: npt.NDArray[np.bool_],
        polygon: int,
        *,
        is_open: bool = False,
    ) -> None:
        """Add a polygon to the chosen labels, in place."""
        changed = labels[chosen]
        renamed = np.arange(len(self._sure), dtype=np.int16)
        for label in np.flatnonzero(np.bincount(changed)).tolist():
            sure, borders = self._sure[label], self._open[label]
            renamed[label] = (
                self._label(sure, (*borders, polygon))
                if is_open
                else self._label((*sure, polygon), borders)
            )
        labels[chosen] = renamed[changed]

    def _label(self, sure: tuple[int, ...], borders: tuple[int, ...]) -> int:
        key = tuple(sorted(sure)), borders
        if key not in self._labels:
            if len(self._labels) > np.iinfo(np.int16).max:
                raise ValueError("too many combinations of polygons")
            self._labels[key] = len(self._labels)
            self._sure.append(key[0])
            self._open.append(borders)
        return self._labels[key]

    def _cells_inside(
        self,
        polygon: BaseGeometry,
        border: npt.NDArray[np.bool_],
        first_row: int,
        first_column: int,
    ) -> npt.NDArray[np.bool_]:
        """Return the cells inside, borders left out.

        Cells without a border between them lie on one side of it, so one test answers
        for a whole run of them.
        """
        starts = ~border
        if not starts.any():
            return starts
        starts[:, 1:] &= border[:, :-1]
        row, column = (axis.astype(np.float64) for axis in np.nonzero(starts))
        answers = shapely.contains_xy(
            polygon,
            self._west + (column + first_column - 0.5) / self._per_degree_x,
            self._south + (row + first_row - 0.5) / self._per_degree_y,
        )
        run = np.cumsum(starts.ravel(), dtype=np.int32) - 1
        inside = answers[np.maximum(run, 0)].reshape(border.shape)
        return np.asarray(inside & ~border)

    def _border_cells(self, polygon: BaseGeometry) -> npt.NDArray[np.bool_]:
        """Return the cells that a border may touch."""
        border = np.zeros((GRID_CELLS, GRID_CELLS), dtype=bool)
        for line in shapely.get_parts(shapely.boundary(polygon)):
            points = shapely.get_coordinates(line)
            x = (points[:, 0] - self._west) * self._per_degree_x + 1.0
            y = (points[:, 1] - self._south) * self._per_degree_y + 1.0
            steps = 1 + np.ceil(
                np.maximum(np.abs(np.diff(x)), np.abs(np.diff(y))) / _STEP
            ).astype(np.int64)
            segment = np.repeat(np.arange(len(steps)), steps)
            first = np.cumsum(steps) - steps
            share = (np.arange(len(segment)) - first[segment]) / steps[segment]
            sampled_x = x[:-1][segment] + share * np.diff(x)[segment]
            sampled_y = y[:-1][segment] + share * np.diff(y)[segment]
            for row in (sampled_y - _REACH, sampled_y + _REACH):
                for column in (sampled_x - _REACH, sampled_x + _REACH):
                    border[row.astype(np.int64), column.astype(np.int64)] = True
        return border
