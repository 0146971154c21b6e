"""A cluster of alerts on two small drawings: where it lies, and its outline. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_METRES_A_DEGREE: Final = 111_320.0
_SCALES_M: Final = (5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
# Room around an outline, as a share of its longer side.
_ROOM = 0.25
_DRAWN: Final = 400

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
    style: str = "",
) -> str:
    """Return districts with a ring at a point (longitude, latitude).

    `bounds` are west, south, east, north of all that is drawn. `style` is CSS for
    where the style sheet of the page does not reach; widths that sheet leaves open are
    the drawing's own.
    """
    view, side = _view(bounds, room=0.02)
    x, y = point[0], -point[1]
    shapes = "".join(
        f'<path class="{"map-here" if one.is_marked else "map-place"}" d="{one.path}"'
        f' stroke-width="{side / 300:.5f}"/>'
        for one in outlines
    )
    return (
        f'<svg class="map" viewBox="{view}" role="img" aria-labelledby="{chart_id}-t">'
        f'<title id="{chart_id}-t">{escape(title)}</title>{_style(style)}'
        f"{shapes}"
        f'<circle class="map-ring" cx="{x:.5f}" cy="{y:.5f}" r="{side / 28:.5f}"'
        f' stroke-width="{side / 100:.5f}"/>'
        f'<circle class="map-dot" cx="{x:.5f}" cy="{y:.5f}" r="{side / 120:.5f}"/>'
        "</svg>"
    )


def outline_svg(
    path: str, *, bounds: Box, title: str, chart_id: str, style: str = ""
) -> str:
    """Return a footprint with a scale bar whose length is written beside it.

    Drawn 400 units wide: letters of a ten-thousandth of a unit, as degrees would make
    them, are lost where it is printed.
    """
    _, side = _view(bounds, room=_ROOM)
    west, south, east, north = bounds
    middle = math.radians((south + north) / 2)
    metre = 1 / (_METRES_A_DEGREE * math.cos(middle))
    length_m = next((m for m in _SCALES_M if m * metre > side / 6), _SCALES_M[-1])
    unit = _DRAWN / side
    to_units = (
        f"translate({_DRAWN / 2:g} {_DRAWN / 2:g}) scale({unit:.4f})"
        f" translate({-(west + east) / 2:.6f} {(south + north) / 2:.6f})"
    )
    left, low = 0.03 * _DRAWN, 0.96 * _DRAWN
    return (
        f'<svg class="map" viewBox="0 0 {_DRAWN} {_DRAWN}" role="img"'
        f' aria-labelledby="{chart_id}-t">'
        f'<title id="{chart_id}-t">{escape(title)}</title>{_style(style)}'
        f'<g transform="{to_units}"><path class="map-alert" d="{path}"'
        f' stroke-width="{side / 250:.7f}"/></g>'
        f'<path class="map-scale" d="M{left:g} {low:g}h{length_m * metre * unit:.2f}"'
        f' stroke-width="4"/>'
        f'<text class="map-words" font-size="{_DRAWN / 22:.1f}" x="{left:g}"'
        f' y="{low - _DRAWN / 60:.2f}">{length_m:,} m</text></svg>'
    )


def _style(css: str) -> str:
    return f"<style>{css}</style>" if css else ""


def _view(bounds: Box, *, room: float) -> tuple[str, float]:
    """Return a square viewBox around the bounds and its side, in degrees."""
    west, south, east, north = bounds
    side = max(east - west, north - south) * (1 + 2 * room)
    left, top = (west + east - side) / 2, -(south + north + side) / 2
    return f"{left:.6f} {top:.6f} {side:.6f} {side:.6f}", side
