"""The same series as a Plotly figure, for the reader who asks to explore it."""

from typing import Any

from indicators.charts.data import Labels, Point, Series

_INK = "#1c2b25"
_ACCENT = "#14623f"
_OLD = "#8aa396"
_TARGET = "#8a2f14"
_GRID = "#dfe4dd"
_VEIL = "rgba(255,255,255,0.85)"

# The one theme. Plotly's own template is nearly all of a figure's weight.
THEME: dict[str, Any] = {
    "template": None,
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"family": "system-ui, sans-serif", "size": 15, "color": _INK},
    "separators": ".,",
    "margin": {"l": 64, "r": 16, "t": 34, "b": 44},
    "hovermode": "closest",
    "hoverlabel": {"font": {"size": 15}},
    "legend": {"orientation": "h", "y": -0.16},
}
CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "responsive": True,
    "locale": "es-PE",
    "showSendToCloud": False,
}


def build_series_figure(series: Series, labels: Labels) -> dict[str, Any]:
    """Return data, layout and config of a Plotly figure as plain JSON values.

    Plain dictionaries: a graph object costs 3.4 times as much. Missing years are
    None, so that lines break there; values are in the series' own unit.
    """
    return {
        "data": [_values(series, labels), *_path(series, labels)],
        "layout": THEME
        | {
            "xaxis": _year_axis(series),
            "yaxis": {
                "title": {"text": labels.unit},
                "rangemode": "tozero",
                "gridcolor": _GRID,
                "zerolinecolor": _INK,
                "automargin": True,
                "tickformat": ",",
            },
            "shapes": _shapes(series),
            "annotations": _annotations(series, labels),
        },
        "config": CONFIG,
    }


def _values(series: Series, labels: Labels) -> dict[str, Any]:
    changed = max((b.year for b in series.breaks), default=0)
    trace: dict[str, Any] = {
        "x": [point.year for point in series.points],
        "y": [point.value for point in series.points],
        "name": labels.values,
        "customdata": [_hover_note(point, labels) for point in series.points],
        "hovertemplate": "%{x}: %{y:,} "
        f"{labels.unit}%{{customdata}}<extra></extra>",
    }
    hollow = [point.is_preliminary for point in series.points]
    if series.bars:
        shades = [_OLD if p.year < changed else _ACCENT for p in series.points]
        return trace | {
            "type": "bar",
            "marker": {
                "color": [
                    "#ffffff" if h else c for h, c in zip(hollow, shades, strict=True)
                ],
                "line": {"color": shades, "width": 2},
                "pattern": {
                    "shape": ["/" if p.year < changed else "" for p in series.points]
                },
            },
        }
    return trace | {
        "type": "scatter",
        "mode": "lines+markers",
        "connectgaps": False,
        "line": {"color": _ACCENT, "width": 3},
        "marker": {
            "size": 10,
            "color": _ACCENT,
            "symbol": ["circle-open" if h else "circle" for h in hollow],
        },
    }


def _hover_note(point: Point, labels: Labels) -> str:
    notes = [labels.preliminary] if point.is_preliminary else []
    notes += [labels.proxy] if point.is_proxy else []
    notes += [labels.synthetic] if point.is_synthetic else []
    return "".join(f" · {note}" for note in notes)


def _path(series: Series, labels: Labels) -> list[dict[str, Any]]:
    start = series.baseline
    if start is None or series.target_value is None:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": [start.year, series.target_year],
            "y": [start.value, series.target_value],
            "name": labels.path,
            "line": {"color": _TARGET, "width": 1.5, "dash": "dot"},
            "marker": {"symbol": "square-open", "size": 10, "color": _TARGET},
            "hovertemplate": "%{x}: %{y:,}<extra></extra>",
        }
    ]


def _year_axis(series: Series) -> dict[str, Any]:
    years = [point.year for point in series.points] or [series.target_year]
    if series.baseline is not None:
        years.append(series.baseline.year)
    return {
        "range": [min(years) - 0.6, max([*years, series.target_year]) + 0.6],
        "tickformat": "d",
        "gridcolor": "rgba(0,0,0,0)",
        "fixedrange": False,
    }


def _shapes(series: Series) -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = [
        {
            "type": "line",
            "x0": change.year - 0.5,
            "x1": change.year - 0.5,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": _INK, "width": 1, "dash": "dot"},
        }
        for change in series.breaks
    ]
    if series.target_value is not None:
        shapes.append(
            {
                "type": "line",
                "xref": "paper",
                "x0": 0,
                "x1": 1,
                "y0": series.target_value,
                "y1": series.target_value,
                "line": {"color": _TARGET, "width": 2, "dash": "dash"},
            }
        )
    return shapes


def _annotations(series: Series, labels: Labels) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = [
        {
            "x": change.year - 0.5,
            "yref": "paper",
            "y": 1,
            "xanchor": "center",
            "yanchor": "bottom",
            "text": f"{change.year}: {labels.break_word}",
            "showarrow": False,
        }
        for change in series.breaks
    ]
    if series.target_value is not None:
        notes.append(
            {
                "xref": "paper",
                "x": 1,
                "xanchor": "right",
                "y": series.target_value,
                "yanchor": "bottom",
                "text": " ".join(labels.target_lines),
                "showarrow": False,
                "font": {"color": _TARGET},
                "bgcolor": _VEIL,
            }
        )
    if series.is_synthetic:
        notes.append(
            {
                "xref": "paper",
                "x": 0.5,
                "yref": "paper",
                "y": 0,
                "yanchor": "bottom",
                "text": labels.synthetic,
                "showarrow": False,
                "bgcolor": _VEIL,
            }
        )
    return notes
