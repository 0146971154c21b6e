"""Which alerts belong together: single linkage in space and time, in numpy alone.

Alerts of one cell of the grid below are linked by construction, so only cells are
joined to each other: a dense patch of a million pixels has some ten thousand cells.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from territory import alert_words as aw
from territory import pixels

# A field opened over some weeks is one event: proposed by this dashboard, not by the
# sources, which publish pixels only.
REACH_M: Final = 100.0
REACH_DAYS: Final = 60
# Side of a web-Mercator cell of zoom 24 at the equator.
_CELL_M = 2 * np.pi * 6_378_137.0 / pixels.CELLS_PER_AXIS
# 29 cells are 69.3 m at the equator and less elsewhere: the diagonal stays below
# REACH_M, and 61 days hold no two days further apart than REACH_DAYS.
_GRID_CELLS = 29
_GRID_DAYS = REACH_DAYS + 1
_PAIRS_AT_ONCE = 1 << 21

Labels = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]
Metres = npt.NDArray[np.float64]


class Points:
    """Where and when each alert is: cells of the map, metres a cell there, days."""

    def __init__(self, words: aw.Words) -> None:
        codes = aw.pixels_of(words)
        self.x, self.y = pixels.cells_of(codes)
        self.day = (aw.days_of(words) - aw.FIRST_DAY).astype(np.int64)
        _, latitude = pixels.decode(codes)
        self.cell_m: Metres = _CELL_M * np.cos(np.radians(latitude))

    def __len__(self) -> int:
        return len(self.x)

    def are_linked(self, one: Places, other: Places) -> npt.NDArray[np.bool_]:
        """Return for each pair whether both reaches hold.

        Metres on the sphere, within 0.7 % of those on the ellipsoid.
        """
        scale = (self.cell_m[one] + self.cell_m[other]) / 2
        dx = (self.x[one] - self.x[other]) * scale
        dy = (self.y[one] - self.y[other]) * scale
        near: npt.NDArray[np.bool_] = dx * dx + dy * dy <= REACH_M**2
        near &= np.abs(self.day[one] - self.day[other]) <= REACH_DAYS
        return near


def cluster_labels(words: aw.Words) -> Labels:
    """Return for each alert the position of the first one of its cluster.

    Two alerts are linked when they are at most REACH_M and at most REACH_DAYS apart;
    a cluster is what links join, whatever the order of the words. Words of one
    source, one per pixel and day.
    """
    if not len(words):
        return np.empty(0, dtype=np.int64)
    points = Points(words)
    cells = _Cells(points)
    joined = _joined_cells(points, cells)
    label_of_cell = np.full(len(cells), len(points), dtype=np.int64)
    np.minimum.at(label_of_cell, joined[cells.of_point], np.arange(len(points)))
    return label_of_cell[joined[cells.of_point]]


def cells_about(words: aw.Words) -> Labels:
    """Return the sorted keys of the cells in which a link to these alerts may lie."""
    points = Points(words)
    x, y, day = _grid(points)
    reach = _cell_reach(points)
    keys = [
        _key(x + dx, y + dy, day + dd)
        for dx in range(-reach, reach + 1)
        for dy in range(-reach, reach + 1)
        for dd in (-1, 0, 1)
    ]
    return np.unique(np.concatenate(keys))


def cell_keys(words: aw.Words) -> Labels:
    """Return the key of each alert's cell, comparable with `cells_about`."""
    return _key(*_grid(Points(words)))


def components(count: int, one: Places, other: Places) -> Labels:
    """Return for each of `count` things the smallest one it is joined to."""
    root = np.arange(count)
    while len(one):
        a, b = root[one], root[other]
        apart = a != b
        one, other, a, b = one[apart], other[apart], a[apart], b[apart]
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while True:
            further = root[root]
            if (further == root).all():
                break
            root = further
    return root


class _Cells:
    """Occupied cells, sorted by key, with their points one after the other."""

    def __init__(self, points: Points) -> None:
        x, y, day = _grid(points)
        self.keys, first, self.of_point, self.counts = np.unique(
            _key(x, y, day), return_index=True, return_inverse=True, return_counts=True
        )
        self.x, self.y, self.day = x[first], y[first], day[first]
        self.points = np.argsort(self.of_point, kind="stable")
        self.starts = np.cumsum(self.counts) - self.counts

    def __len__(self) -> int:
        return len(self.keys)


def _joined_cells(points: Points, cells: _Cells) -> Labels:
    one, other = _neighbours(points, cells)
    # Most neighbours in a dense patch are joined by the first points they hold.
    firsts = cells.points[cells.starts]
    quick = points.are_linked(firsts[one], firsts[other])
    root = components(len(cells), one[quick], other[quick])
    linked_one, linked_other = [one[quick]], [other[quick]]
    # The small ones first: what they join spares the large ones.
    order = np.argsort(cells.counts[one] * cells.counts[other], kind="stable")
    one, other = one[order], other[order]
    while len(one):
        apart = root[one] != root[other]
        one, other = one[apart], other[apart]
        sizes = np.cumsum(cells.counts[one] * cells.counts[other])
        taken = max(1, int(np.searchsorted(sizes, _PAIRS_AT_ONCE)))
        some_one, some_other = one[:taken], other[:taken]
        linked = _any_linked(points, cells, some_one, some_other)
        linked_one.append(some_one[linked])
        linked_other.append(some_other[linked])
        if linked.any():
            root = components(
                len(cells), np.concatenate(linked_one), np.concatenate(linked_other)
            )
        one, other = one[taken:], other[taken:]
    return root


def _neighbours(points: Points, cells: _Cells) -> tuple[Places, Places]:
    """Return each pair of occupied cells between which a link may lie, once."""
    reach = _cell_reach(points)
    ones, others = [], []
    every = np.arange(len(cells))
    for dx in range(-reach, reach + 1):
        for dy in range(-reach, reach + 1):
            for dd in (-1, 0, 1):
                if (dx, dy, dd) <= (0, 0, 0):
                    continue
                wanted = _key(cells.x + dx, cells.y + dy, cells.day + dd)
                at = np.minimum(np.searchsorted(cells.keys, wanted), len(cells) - 1)
                found = cells.keys[at] == wanted
                ones.append(every[found])
                others.append(at[found])
    return np.concatenate(ones), np.concatenate(others)


def _any_linked(
    points: Points, cells: _Cells, one: Places, other: Places
) -> npt.NDArray[np.bool_]:
    """Return for each pair of cells whether any two of their points are linked."""
    width = cells.counts[other]
    sizes = cells.counts[one] * width
    pair = np.repeat(np.arange(len(one)), sizes)
    within = np.arange(len(pair)) - (np.cumsum(sizes) - sizes)[pair]
    row, column = np.divmod(within, width[pair])
    linked = points.are_linked(
        cells.points[cells.starts[one][pair] + row],
        cells.points[cells.starts[other][pair] + column],
    )
    return np.bincount(pair[linked], minlength=len(one)) > 0


def _cell_reach(points: Points) -> int:
    """Return how many cells away a link may lie: 2 in the tropics."""
    return int(np.ceil(REACH_M / points.cell_m.min() / _GRID_CELLS))


def _grid(points: Points) -> tuple[Places, Places, Places]:
    return points.x // _GRID_CELLS, points.y // _GRID_CELLS, points.day // _GRID_DAYS


def _key(x: Places, y: Places, day: Places) -> Labels:
    # 20 bits an axis hold the grid, 10 the days; one is added so that a neighbour
    # below zero does not run into the next field.
    return ((x + 16) << 42) | ((y + 16) << 20) | (day + 1)
