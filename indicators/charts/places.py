"""A cluster of alerts on two small drawings: where it lies, and its outline. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_METRES_A_DEGREE: Final = 111_320.0
_SCALES_M: Final = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
# Room around an outline, as a share of its longer side.
_ROOM = 0.25

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Outline:
    """A shape as SVG path data in degrees, north up, and whether it is marked."""

    path: str
    is_marked: bool = False


def place_svg(
    outlines: Sequence[Outline],
    *,
    bounds: Box,
    point: tuple[float, float],
    title: str,
    chart_id: str,
) -> str:
    """Return districts with a ring at a point (longitude, latitude).

    `bounds` are west, south, east, north of all that is drawn.
    """
    view, side = _view(bounds, room=0.02)
    x, y = point[0], -point[1]
    shapes = "".join(
        f'<path class="{"map-here" if one.is_marked else "map-place"}" d="{one.path}"/>'
        for one in outlines
    )
    return (
        f'<svg class="map" viewBox="{view}" role="img" aria-labelledby="{chart_id}-t">'
        f'<title id="{chart_id}-t">{escape(title)}</title>{shapes}'
        f'<circle class="map-ring" cx="{x:.5f}" cy="{y:.5f}" r="{side / 28:.5f}"/>'
        f'<circle class="map-dot" cx="{x:.5f}" cy="{y:.5f}" r="{side / 120:.5f}"/>'
        "</svg>"
    )


def outline_svg(path: str, *, bounds: Box, title: str, chart_id: str) -> str:
    """Return a footprint with a scale bar whose length is written beside it."""
    view, side = _view(bounds, room=_ROOM)
    west, south, east, north = bounds
    middle = math.radians((south + north) / 2)
    metre = 1 / (_METRES_A_DEGREE * math.cos(middle))
    length_m = next((m for m in _SCALES_M if m * metre > side / 6), _SCALES_M[-1])
    left = (west + east) / 2 - side * 0.47
    low = -(south + north) / 2 + side * 0.46
    return (
        f'<svg class="map" viewBox="{view}" role="img" aria-labelledby="{chart_id}-t">'
        f'<title id="{chart_id}-t">{escape(title)}</title>'
        f'<path class="map-alert" d="{path}"/>'
        f'<path class="map-scale" d="M{left:.6f} {low:.6f}h{length_m * metre:.6f}"/>'
        f'<text class="map-words" font-size="{side / 22:.6f}" x="{left:.6f}"'
        f' y="{low - side / 60:.6f}">{length_m:,} m</text></svg>'
    )


def _view(bounds: Box, *, room: float) -> tuple[str, float]:
    """Return a square viewBox around the bounds and its side, in degrees."""
    west, south, east, north = bounds
    side = max(east - west, north - south) * (1 + 2 * room)
    left, top = (west + east - side) / 2, -(south + north + side) / 2
    return f"{left:.6f} {top:.6f} {side:.6f} {side:.6f}", side
