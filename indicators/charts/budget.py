"""The course of a year's alerts against the ceiling, as an inline SVG."""

import datetime as dt
from dataclasses import dataclass
from html import escape

from indicators.charts.scale import round_ticks, tick_text

WIDTH = 400
HEIGHT = 250
_LETTER = 8.2
_TOP, _BOTTOM = 22, 226
_DAYS = 366
_MONTH_STARTS = {1: 0, 4: 91, 7: 182, 10: 274}


@dataclass(frozen=True, kw_only=True)
class Step:
    """Hectares from 1 January to a day; a provisional one may still change."""

    day: dt.date
    cumulative_ha: float
    is_provisional: bool = False


@dataclass(frozen=True, kw_only=True)
class BudgetCourse:
    """One source's year with its past years, hectares; the range is of 31 December."""

    year: int
    steps: tuple[Step, ...]
    past: tuple[tuple[int, tuple[Step, ...]], ...]
    ceiling_ha: float
    expected_ha: float
    low_ha: float | None
    high_ha: float | None
    is_synthetic: bool


@dataclass(frozen=True, kw_only=True)
class BudgetLabels:
    """The words of the chart, in the reader's language."""

    title: str
    description: str
    ceiling: str
    months: tuple[str, str, str, str]
    synthetic: str


def budget_svg(course: BudgetCourse, labels: BudgetLabels, *, chart_id: str) -> str:
    """Return the chart as an SVG element, or "" without any week.

    From zero, in hectares, one point a week. Past years grey, the ceiling dashed and
    labelled, the last weeks dotted, what the past would expect as a hollow square,
    the range of the year's end as a bar at the right edge. ``chart_id`` must be unique
    on the page.
    """
    if not course.steps:
        return ""
    axis = _Axis(course)
    parts = [
        _grid(axis, labels),
        *(_path(axis, steps, "budget-past") for _, steps in course.past),
        _ceiling(axis, course, labels),
        _own_path(axis, course),
        _expected(axis, course),
        _range(axis, course),
        _now(axis, course),
    ]
    if course.is_synthetic:
        parts.append(
            f'<text class="chart-synthetic" x="{WIDTH / 2:.0f}" y="{_TOP - 8}"'
            f' text-anchor="middle">{escape(labels.synthetic)}</text>'
        )
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-labelledby="{chart_id}-t {chart_id}-d">'
        f'<title id="{chart_id}-t">{escape(labels.title)}</title>'
        f'<desc id="{chart_id}-d">{escape(labels.description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def share_bar_svg(*, to_date_ha: float, expected_ha: float, ceiling_ha: float) -> str:
    """Return a small decorative bar: used, expected by today, and the ceiling.

    The sentence beside it says the same, so it is hidden from screen readers.
    """
    most = max(to_date_ha, ceiling_ha, 0.01) * 1.04
    used, expected, ceiling = (
        396 * value / most for value in (to_date_ha, expected_ha, ceiling_ha)
    )
    over = " over" if to_date_ha > ceiling_ha else ""
    return (
        '<svg class="share-bar" viewBox="0 0 400 30" aria-hidden="true">'
        f'<path class="budget-room" d="M2 8h{ceiling:.1f}v14h-{ceiling:.1f}z"/>'
        f'<path class="budget-used{over}" d="M2 8h{used:.1f}v14h-{used:.1f}z"/>'
        f'<path class="budget-mark" d="M{2 + expected:.1f} 4v22"/>'
        f'<path class="chart-target" d="M{2 + ceiling:.1f} 0v30"/></svg>'
    )


class _Axis:
    """Where days and hectares lie."""

    def __init__(self, course: BudgetCourse) -> None:
        numbers = [course.ceiling_ha, course.expected_ha, course.high_ha or 0.0]
        numbers += [step.cumulative_ha for step in course.steps]
        numbers += [s.cumulative_ha for _, steps in course.past for s in steps]
        self.high = max(numbers) * 1.06 or 1.0
        self.ticks = round_ticks(0.0, self.high)
        self.left = _LETTER * max(len(tick_text(tick)) for tick in self.ticks) + 8
        self.right = WIDTH - 10.0

    def x(self, day: dt.date) -> float:
        return self.at(day.timetuple().tm_yday)

    def at(self, day_of_year: float) -> float:
        return self.left + (self.right - self.left) * day_of_year / _DAYS

    def y(self, area_ha: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * area_ha / self.high


def _grid(axis: _Axis, labels: BudgetLabels) -> str:
    lines = []
    for tick in axis.ticks:
        y = axis.y(tick)
        name = "chart-zero" if tick == 0 else "chart-grid"
        lines.append(
            f'<path class="{name}" d="M{axis.left:.1f} {y:.1f}H{axis.right:.1f}"/>'
            f'<text class="chart-tick" x="{axis.left - 5:.1f}" y="{y:.1f}" dy=".35em"'
            f' text-anchor="end">{tick_text(tick)}</text>'
        )
    for name, start in zip(labels.months, _MONTH_STARTS.values(), strict=True):
        lines.append(
            f'<text class="chart-tick" x="{axis.at(start):.1f}" y="{_BOTTOM}"'
            f' dy="1.3em">{escape(name)}</text>'
        )
    return "".join(lines)


def _points(axis: _Axis, steps: tuple[Step, ...]) -> list[str]:
    return [f"{axis.x(s.day):.1f} {axis.y(s.cumulative_ha):.1f}" for s in steps]


def _path(axis: _Axis, steps: tuple[Step, ...], name: str) -> str:
    start = f"{axis.left:.1f} {axis.y(0):.1f}"
    return f'<path class="{name}" d="M{"L".join([start, *_points(axis, steps)])}"/>'


def _own_path(axis: _Axis, course: BudgetCourse) -> str:
    firm = tuple(step for step in course.steps if not step.is_provisional)
    soft = course.steps[max(0, len(firm) - 1) :]
    points = _points(axis, soft)
    if not firm:
        points = [f"{axis.left:.1f} {axis.y(0):.1f}", *points]
    dotted = f'<path class="budget-soft" d="M{"L".join(points)}"/>'
    return (_path(axis, firm, "chart-line") if firm else "") + dotted


def _ceiling(axis: _Axis, course: BudgetCourse, labels: BudgetLabels) -> str:
    y = axis.y(course.ceiling_ha)
    return (
        f'<path class="chart-target" d="M{axis.left:.1f} {y:.1f}H{axis.right:.1f}"/>'
        f'<text class="chart-target-text" x="{axis.left + 4:.1f}" y="{y - 5:.1f}">'
        f"{escape(labels.ceiling)}</text>"
    )


def _expected(axis: _Axis, course: BudgetCourse) -> str:
    x, y = axis.x(course.steps[-1].day), axis.y(course.expected_ha)
    return f'<path class="chart-base" d="M{x - 4.5:.1f} {y - 4.5:.1f}h9v9h-9z"/>'


def _range(axis: _Axis, course: BudgetCourse) -> str:
    if course.low_ha is None or course.high_ha is None:
        return ""
    low, high = axis.y(course.low_ha), axis.y(course.high_ha)
    x = axis.right
    return (
        f'<path class="budget-range" d="M{x:.1f} {low:.1f}V{high:.1f}'
        f'M{x - 5:.1f} {low:.1f}h10M{x - 5:.1f} {high:.1f}h10"/>'
    )


def _now(axis: _Axis, course: BudgetCourse) -> str:
    last = course.steps[-1]
    x, y = axis.x(last.day), axis.y(last.cumulative_ha)
    text = tick_text(round(last.cumulative_ha, 1))
    late = x > WIDTH / 2
    return (
        f'<circle class="chart-dot-preliminary" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>'
        f'<text class="chart-latest" x="{x + (-6 if late else 6):.1f}"'
        f' y="{y + (16 if y < 60 else -7):.1f}"'
        f' text-anchor="{"end" if late else "start"}">{text}</text>'
    )
