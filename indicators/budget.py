"""An annual ceiling read as a budget that the year's alerts burn (PROGRESS.md §5).

Pure: days with hectares in, finished numbers out. One source at a time; hectares of
two sources are never added. A day without an entry has no alert only where the source
covered it, so every function is told which years are whole.

A week is the ISO week, Monday to Sunday, cut where the calendar year begins and ends:
the ceiling counts calendar years, and in some of them week 53 or week 1 reaches into
the neighbour. Past years are read on the same day of the year, not in the week of the
same number, which may lie six days apart; 29 February reads as the 28th elsewhere.
"""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

METHOD: Final = "presupuesto v1"
LEAST_YEARS: Final = 3
# Dividing by a smaller share would multiply each doubtful hectare by ten or more.
LEAST_SHARE: Final = 0.10
# Sources still add and take back alerts of the last weeks.
PROVISIONAL_WEEKS: Final = 4

Days = Mapping[dt.date, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekPoint:
    """Hectares from 1 January to the last day of a week, that day included.

    `week` is the ISO number of that day's week, `area_ha` that of the week's days in
    the year alone. A provisional week may still change.
    """

    week: int
    last_day: dt.date
    area_ha: float
    cumulative_ha: float
    is_provisional: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PastShare:
    """Share (0 to 1) of a whole past year's hectares that fell by a day of the year."""

    year: int
    to_day_ha: float
    year_ha: float

    @property
    def share(self) -> float:
        """Return the share; the year's hectares are never zero."""
        return self.to_day_ha / self.year_ha


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What the ceiling would have used up by a day, in hectares.

    `past` are the years whose mean share was taken; empty: the calendar's share.
    """

    area_ha: float
    share: float
    past: tuple[PastShare, ...]

    @property
    def is_calendar(self) -> bool:
        """Return whether fewer than three whole past years were known."""
        return not self.past


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """A number with the lowest and highest that the past allows."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """The budget of one year and one source, hectares; None is "cannot be said".

    `is_over` compares what is counted so far, not the projection. A year of which
    nothing is covered has no budget at all (see `budget_of_year`).
    """

    year: int
    ceiling_ha: float
    data_to: dt.date
    weeks: tuple[WeekPoint, ...]
    to_date_ha: float
    expected: Expected
    projection: Range | None
    official: Range | None

    @property
    def is_over(self) -> bool:
        """Return whether the year to date passes the ceiling."""
        return self.to_date_ha > self.ceiling_ha

    @property
    def left_ha(self) -> float:
        """Return what is left of the ceiling; negative once it is passed."""
        return self.ceiling_ha - self.to_date_ha


@dataclass(frozen=True, kw_only=True, slots=True)
class Factor:
    """Official loss of a year over the same year's alerts of one source."""

    year: int
    official_ha: float
    alerts_ha: float

    @property
    def factor(self) -> float:
        """Return official ÷ alerts, without a unit."""
        return self.official_ha / self.alerts_ha


def week_ends(year: int, data_to: dt.date | None = None) -> tuple[dt.date, ...]:
    """Return the Sundays of a year and its 31 December, up to the data's last day.

    That last day ends the last week, whole or not. Empty when the data end before.
    """
    end = dt.date(year, 12, 31)
    end = end if data_to is None else min(end, data_to)
    day = dt.date(year, 1, 1)
    day += dt.timedelta(days=6 - day.weekday())
    ends = []
    while day < end:
        ends.append(day)
        day += dt.timedelta(days=7)
    return (*ends, end) if end.year == year else ()


def weekly_course(
    days: Days, year: int, *, data_to: dt.date | None = None
) -> tuple[WeekPoint, ...]:
    """Return the year's weeks in order, each with its own and the summed hectares.

    Without `data_to` the year is whole and nothing in it is provisional.
    """
    points = []
    first, total = dt.date(year, 1, 1), 0.0
    firm = None if data_to is None else data_to - dt.timedelta(PROVISIONAL_WEEKS * 7)
    for last in week_ends(year, data_to):
        area = _sum(days, first, last)
        total += area
        points.append(
            WeekPoint(
                week=last.isocalendar().week,
                last_day=last,
                area_ha=area,
                cumulative_ha=total,
                is_provisional=firm is not None and last > firm,
            )
        )
        first = last + dt.timedelta(days=1)
    return tuple(points)


def past_shares(
    days: Days, whole_years: Sequence[int], at: dt.date
) -> tuple[PastShare, ...]:
    """Return the share of each whole year before `at` that fell by its day, by year.

    A year without any hectare has no share and is left out.
    """
    shares = []
    for year in sorted(set(whole_years)):
        total = _sum(days, dt.date(year, 1, 1), dt.date(year, 12, 31))
        if year >= at.year or total <= 0:
            continue
        by_then = _sum(days, dt.date(year, 1, 1), _same_day(at, year))
        shares.append(PastShare(year=year, to_day_ha=by_then, year_ha=total))
    return tuple(shares)


def expected_by(
    ceiling_ha: float, shares: Sequence[PastShare], at: dt.date
) -> Expected:
    """Return ceiling × mean share of past years; fewer than three: the calendar's."""
    if len(shares) < LEAST_YEARS:
        share = at.timetuple().tm_yday / dt.date(at.year, 12, 31).timetuple().tm_yday
        return Expected(area_ha=ceiling_ha * share, share=share, past=())
    share = math.fsum(past.share for past in shares) / len(shares)
    return Expected(area_ha=ceiling_ha * share, share=share, past=tuple(shares))


def projected_end(to_date_ha: float, shares: Sequence[PastShare]) -> Range | None:
    """Return the year's end: to date ÷ the past years' mean, largest and least share.

    None with fewer than three past years, or while any had less than a tenth by then:
    too early. Never less than what is already counted, since no share passes 1.
    """
    if len(shares) < LEAST_YEARS:
        return None
    parts = [past.share for past in shares]
    if min(parts) < LEAST_SHARE:
        return None
    mean = math.fsum(parts) / len(parts)
    return Range(
        low=to_date_ha / max(parts),
        middle=to_date_ha / mean,
        high=to_date_ha / min(parts),
    )


def factors(
    days: Days, whole_years: Sequence[int], official_ha: Mapping[int, float]
) -> tuple[Factor, ...]:
    """Return official ÷ alerts for each whole year that has both, by year.

    A year without alerts has none: nothing can be divided by it.
    """
    found = []
    for year in sorted(set(whole_years) & official_ha.keys()):
        alerts = _sum(days, dt.date(year, 1, 1), dt.date(year, 12, 31))
        if alerts > 0:
            found.append(
                Factor(year=year, official_ha=official_ha[year], alerts_ha=alerts)
            )
    return tuple(found)


def official_to_date(to_date_ha: float, known: Sequence[Factor]) -> Range | None:
    """Return what the official figure may be for these alerts; None without a factor.

    Lowest and highest factor of the known years; the middle is their mean.
    """
    if not known:
        return None
    each = [factor.factor for factor in known]
    return Range(
        low=to_date_ha * min(each),
        middle=to_date_ha * math.fsum(each) / len(each),
        high=to_date_ha * max(each),
    )


def budget_of_year(
    days: Days,
    year: int,
    *,
    ceiling_ha: float,
    data_to: dt.date,
    whole_years: Sequence[int],
    official_ha: Mapping[int, float],
) -> Budget | None:
    """Return the budget of a year from one source's days; None before its data begin.

    `data_to` is the last day the source covers; `whole_years` are those it covers
    from 1 January to 31 December; `official_ha` the official loss by year. Hectares
    throughout; days after `data_to` are not looked at.
    """
    at = min(data_to, dt.date(year, 12, 31))
    weeks = weekly_course(days, year, data_to=data_to)
    if not weeks:
        return None
    shares = past_shares(days, whole_years, at)
    to_date = weeks[-1].cumulative_ha
    known = [f for f in factors(days, whole_years, official_ha) if f.year < year]
    return Budget(
        year=year,
        ceiling_ha=ceiling_ha,
        data_to=at,
        weeks=weeks,
        to_date_ha=to_date,
        expected=expected_by(ceiling_ha, shares, at),
        projection=projected_end(to_date, shares),
        official=official_to_date(to_date, known),
    )


def _same_day(at: dt.date, year: int) -> dt.date:
    if (at.month, at.day) == (2, 29):
        return dt.date(year, 3, 1) - dt.timedelta(days=1)
    return at.replace(year=year)


def _sum(days: Days, first: dt.date, last: dt.date) -> float:
    span = (last - first).days + 1
    if span > len(days):
        return math.fsum(area for day, area in days.items() if first <= day <= last)
    every = (first + dt.timedelta(days=n) for n in range(span))
    return math.fsum(days.get(day, 0.0) for day in every)
