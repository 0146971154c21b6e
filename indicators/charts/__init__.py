"""Charts of yearly values: plain data in, an SVG or a Plotly figure out."""

from indicators.charts.data import Break, Labels, Point, Series
from indicators.charts.figure import build_series_figure
from indicators.charts.svg import trend_svg

__all__ = [
    "Break",
    "Labels",
    "Point",
    "Series",
    "build_series_figure",
    "trend_svg",
]
