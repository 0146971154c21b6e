"""Hectares a week and place as small inline bars under each other. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

WIDTH: Final = 400
ROW_HEIGHT: Final = 58
_BARS_HEIGHT = 30
_TOP = 4


@dataclass(frozen=True, kw_only=True)
class WeekRow:
    """A place and its hectares in each week, oldest first; a week without is 0."""

    name: str
    weeks_ha: tuple[float, ...]
    total: str


def weekly_bars_svg(
    rows: Sequence[WeekRow],
    *,
    title: str,
    description: str,
    ends: tuple[str, str],
    provisional: int,
    chart_id: str,
) -> str:
    """Return the rows as an SVG element, or "" where no week has anything.

    All rows share one scale from zero, so that places can be compared. The last
    `provisional` weeks are hollow. `ends` are the words below first and last week;
    `total` stands at the end of each row. Styled by the page's classes alone.
    """
    most = max((ha for row in rows for ha in row.weeks_ha), default=0.0)
    if not most:
        return ""
    height = _TOP + ROW_HEIGHT * len(rows) + 20
    parts = [_row(row, number, most, provisional) for number, row in enumerate(rows)]
    first, last = (escape(word) for word in ends)
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' aria-labelledby="{chart_id}-t {chart_id}-d">'
        f'<title id="{chart_id}-t">{escape(title)}</title>'
        f'<desc id="{chart_id}-d">{escape(description)}</desc>{"".join(parts)}'
        f'<text class="chart-tick" x="0" y="{height - 4}">{first}</text>'
        f'<text class="chart-tick" x="{WIDTH}" y="{height - 4}" text-anchor="end">'
        f"{last}</text></svg>"
    )


def _row(row: WeekRow, number: int, most: float, provisional: int) -> str:
    base = _TOP + ROW_HEIGHT * (number + 1) - 8
    slot = WIDTH / len(row.weeks_ha)
    firm = len(row.weeks_ha) - provisional
    bars = []
    for week, ha in enumerate(row.weeks_ha):
        if not ha:
            continue
        tall = max(_BARS_HEIGHT * ha / most, 1.2)
        name = "chart-bar" if week < firm else "chart-bar-preliminary"
        bars.append(
            f'<rect class="{name}" x="{week * slot + slot * 0.12:.1f}"'
            f' y="{base - tall:.1f}" width="{slot * 0.76:.1f}" height="{tall:.1f}"/>'
        )
    words = base - _BARS_HEIGHT - 5
    return (
        f'<path class="chart-zero" d="M0 {base}H{WIDTH}"/>{"".join(bars)}'
        f'<text x="0" y="{words}">{escape(row.name)}</text>'
        f'<text class="chart-note" x="{WIDTH}" y="{words}" text-anchor="end">'
        f"{escape(row.total)}</text>"
    )
