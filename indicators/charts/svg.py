"""Yearly values as an inline SVG: first paint, print, and pages without JavaScript."""

from html import escape

from indicators.charts.data import Labels, Point, Series
from indicators.charts.scale import (
    Frame,
    round_ticks,
    tick_text,
    value_range,
    year_labels,
)

WIDTH = 400
HEIGHT = 250
# Widths at the letter size of a phone (14.5 drawing units at 360 px).
_LETTER = 8.2
_YEAR_APART = 42


def trend_svg(series: Series, labels: Labels, *, chart_id: str) -> str:
    """Return the chart as an SVG element, or "" for a series without any value.

    The axis starts at zero. Bars for yearly flows, a line for levels; a year
    without a value stays empty and is never bridged. Preliminary years are hollow,
    years before a change of method hatched, the target is a dashed labelled line.
    Carries no style of its own beyond classes: the page's style sheet draws it.
    ``chart_id`` must be unique on the page.
    """
    if all(point.value is None for point in series.points):
        return ""
    frame = _frame(series)
    parts = [
        _grid(frame),
        _years(frame, series),
        _breaks(frame, series, labels),
        _missing(frame, series),
        _bars(frame, series, chart_id) if series.bars else _line(frame, series),
        _baseline(frame, series, labels),
        _target(frame, series, labels),
        _latest(frame, series),
        _synthetic(series, labels),
    ]
    title, about = escape(labels.title), escape(labels.description)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{chart_id}-t {chart_id}-d">'
        f'<title id="{chart_id}-t">{title}</title>'
        f'<desc id="{chart_id}-d">{about}</desc>'
        f"{_patterns(chart_id)}{''.join(parts)}</svg>"
    )


def _frame(series: Series) -> Frame:
    low, high = value_range(series)
    longest = max(len(tick_text(tick)) for tick in round_ticks(low, high))
    first = series.points[0].year
    if series.baseline is not None and not series.bars:
        first = min(first, series.baseline.year)
    return Frame(
        left=_LETTER * longest + 8,
        right=WIDTH - 4,
        top=26,
        bottom=HEIGHT - (42 if series.is_synthetic else 24),
        first_year=first,
        last_year=max(series.points[-1].year, series.target_year),
        low=low,
        high=high,
    )


def _patterns(chart_id: str) -> str:
    return (
        f'<defs><pattern id="{chart_id}-h" width="4" height="4"'
        ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="chart-old" width="1.6" height="4"/></pattern></defs>'
    )


def _grid(frame: Frame) -> str:
    lines = []
    for tick in round_ticks(frame.low, frame.high):
        y = frame.y(tick)
        name = "chart-zero" if tick == 0 else "chart-grid"
        lines.append(
            f'<path class="{name}" d="M{frame.left:.1f} {y:.1f}H{frame.right:.1f}"/>'
            f'<text class="chart-tick" x="{frame.left - 5:.1f}" y="{y:.1f}"'
            f' dy=".35em" text-anchor="end">{tick_text(tick)}</text>'
        )
    return "".join(lines)


def _years(frame: Frame, series: Series) -> str:
    known = [p.year for p in series.points if p.value is not None]
    wanted = [frame.last_year, known[-1], frame.first_year]
    wanted += [b.year for b in series.breaks]
    return "".join(
        f'<text class="chart-tick" x="{frame.x(year):.1f}" y="{frame.bottom:.1f}"'
        f' dy="1.3em" text-anchor="{_anchor(frame, year)}">{year}</text>'
        for year in year_labels(frame, wanted, _YEAR_APART)
    )


def _anchor(frame: Frame, year: int) -> str:
    if frame.right - frame.x(year) < _YEAR_APART / 2:
        return "end"
    return "middle"


def _breaks(frame: Frame, series: Series, labels: Labels) -> str:
    parts = []
    for change in series.breaks:
        if not frame.first_year < change.year <= frame.last_year:
            continue
        x = frame.x(change.year - 0.5)
        late = x > WIDTH / 2
        parts.append(
            f'<path class="chart-break" d="M{x:.1f} 8V{frame.bottom:.1f}"/>'
            f'<text class="chart-note" x="{x + (-4 if late else 4):.1f}" y="14"'
            f' text-anchor="{"end" if late else "start"}">'
            f"{change.year}: {escape(labels.break_word)}</text>"
        )
    return "".join(parts)


def _missing(frame: Frame, series: Series) -> str:
    y = frame.bottom - 5
    crosses = [
        f"M{frame.x(p.year) - 2.5:.1f} {y - 2.5:.1f}l5 5m0 -5l-5 5"
        for p in series.points
        if p.value is None
    ]
    if not crosses:
        return ""
    return f'<path class="chart-missing" d="{"".join(crosses)}"/>'


def _bars(frame: Frame, series: Series, chart_id: str) -> str:
    changed = max((b.year for b in series.breaks), default=0)
    width, zero = frame.slot * 0.66, frame.y(0)
    parts = []
    for point in series.points:
        if point.value is None:
            continue
        y = frame.y(point.value)
        name, fill = "chart-bar", ""
        if point.is_preliminary:
            name = "chart-bar-preliminary"
        elif point.year < changed:
            name, fill = "chart-bar-old", f' fill="url(#{chart_id}-h)"'
        parts.append(
            f'<rect class="{name}" x="{frame.x(point.year) - width / 2:.1f}"'
            f' y="{min(y, zero):.1f}" width="{width:.1f}"'
            f' height="{max(abs(zero - y), 0.8):.1f}"{fill}/>'
        )
    return "".join(parts)


def _line(frame: Frame, series: Series) -> str:
    changes = {b.year for b in series.breaks}
    path, dots = [], []
    previous: Point | None = None
    for point in series.points:
        if point.value is None:
            previous = None
            continue
        x, y = frame.x(point.year), frame.y(point.value)
        joined = previous is not None and point.year not in changes
        path.append(f"{'L' if joined else 'M'}{x:.1f} {y:.1f}")
        name = "chart-dot-preliminary" if point.is_preliminary else "chart-dot"
        dots.append(f'<circle class="{name}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>')
        previous = point
    return f'<path class="chart-line" d="{"".join(path)}"/>{"".join(dots)}'


def _baseline(frame: Frame, series: Series, labels: Labels) -> str:
    start, goal = series.baseline, series.target_value
    if start is None or start.value is None or start.year < frame.first_year:
        return ""
    x, y = frame.x(start.year), frame.y(start.value)
    way = ""
    if goal is not None:
        end = f"{frame.x(series.target_year):.1f} {frame.y(goal):.1f}"
        way = f'<path class="chart-way" d="M{x:.1f} {y:.1f}L{end}"/>'
    rising = goal is not None and goal > start.value
    above = y + 18 if rising and y + 22 < frame.bottom else y - 9
    return (
        f'{way}<rect class="chart-base" x="{x - 4.5:.1f}" y="{y - 4.5:.1f}"'
        f' width="9" height="9"/><text class="chart-note" x="{x - 4:.1f}"'
        f' y="{above:.1f}">{escape(labels.baseline)}</text>'
    )


def _target(frame: Frame, series: Series, labels: Labels) -> str:
    if series.target_value is None:
        return ""
    y = frame.y(series.target_value)
    lines = labels.target_lines
    if y < frame.top + 34 and not series.breaks:
        lines = (" ".join(lines),)
        return _target_at(frame, y, lines, above=True)
    above = y - frame.top > 17 * len(lines) and not _latest_above(frame, series)
    return _target_at(frame, y, lines, above=above)


def _target_at(frame: Frame, y: float, lines: tuple[str, ...], *, above: bool) -> str:
    text = "".join(
        f'<tspan x="{frame.right:.1f}" dy="{_step(n, len(lines), above)}">'
        f"{escape(line)}</tspan>"
        for n, line in enumerate(lines)
    )
    return (
        f'<path class="chart-target" d="M{frame.left:.1f} {y:.1f}H{frame.right:.1f}"/>'
        f'<text class="chart-target-text" y="{y:.1f}" text-anchor="end">{text}</text>'
    )


def _latest_above(frame: Frame, series: Series) -> bool:
    """Return whether the newest number stands where the target's words would."""
    latest = [p.value for p in series.points if p.value is not None][-1]
    if latest is None or series.target_value is None:
        return False
    above = frame.y(series.target_value) - frame.y(latest)
    room_below = frame.bottom - frame.y(series.target_value) > 40
    return 0 < above < 46 and room_below


def _step(n: int, lines: int, above: bool) -> str:
    if n:
        return "1.1em"
    return f"-{0.4 + 1.1 * (lines - 1):.1f}em" if above else "1.1em"


def _latest(frame: Frame, series: Series) -> str:
    point = [p for p in series.points if p.value is not None][-1]
    if point.value is None:
        return ""
    text = tick_text(point.value)
    x, y = frame.x(point.year), frame.y(point.value)
    if frame.right - x > _LETTER * len(text) + 3:
        # The years to come are empty: the number stands there, off the bars.
        place = f'x="{x + frame.slot * 0.6 + 3:.1f}" y="{y:.1f}" dy=".7em"'
        return f'<text class="chart-latest" {place}>{text}</text>'
    return (
        f'<text class="chart-latest" x="{min(x + frame.slot / 2, frame.right):.1f}"'
        f' y="{max(y - 8, 12):.1f}" text-anchor="end">{text}</text>'
    )


def _synthetic(series: Series, labels: Labels) -> str:
    if not series.is_synthetic:
        return ""
    return (
        f'<text class="chart-synthetic" x="{WIDTH / 2:.0f}" y="{HEIGHT - 4}"'
        f' text-anchor="middle">{escape(labels.synthetic)}</text>'
    )
