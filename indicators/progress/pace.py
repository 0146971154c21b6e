"""The arithmetic of the method: series, planned path, straight line, growth.

Inside, numbers are exact fractions of what was written down, so that a value on a
class border falls where a pocket calculator puts it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from indicators.progress.inputs import (
    Baseline,
    Inputs,
    Milestone,
    Point,
    PointStatus,
    TargetType,
    exact,
)
from indicators.progress.results import Expectation, LineMethod, Status

ON_TRACK_FROM = Fraction(95, 100)
ACCELERATE_FROM = Fraction(60, 100)
TOO_EARLY_BELOW = Fraction(10, 100)
LEAST_SQUARES_FROM = 4
CEILING_MEAN_YEARS = 3
YEARS_RUNNING = 2
RECENT_YEARS = 5
_CLASS_ORDER = (
    Status.DETERIORATION,
    Status.LIMITED,
    Status.ACCELERATE,
    Status.ON_TRACK,
)


@dataclass(frozen=True)
class Reading:
    """An approved value that may be compared with the latest one."""

    year: int
    value: Fraction
    ref: str = ""


@dataclass(frozen=True)
class Line:
    """A straight line through readings, turning on its centre."""

    method: LineMethod
    years: tuple[int, ...]
    over: Fraction
    under: Fraction
    centre_year: Fraction
    centre_value: Fraction

    @property
    def slope(self) -> Fraction:
        """Return the change in units a year."""
        return self.over / self.under

    def at(self, year: int) -> Fraction:
        """Return the line's value at a year, in the readings' unit."""
        return self.centre_value + self.slope * (year - self.centre_year)


def comparable_readings(inputs: Inputs) -> list[Reading]:
    """Return the approved values after the last break at or before the newest.

    By year, whatever order they came in; missing years are simply not there.
    """
    approved = sorted(_approved(inputs.points), key=lambda reading: reading.year)
    if not approved:
        return []
    newest = approved[-1].year
    start = break_before(inputs, newest)
    return [r for r in approved if start is None or r.year >= start]


def break_before(inputs: Inputs, year: int) -> int | None:
    """Return the first year of the method in force in ``year``; None: no break."""
    return max((b.year for b in inputs.breaks if b.year <= year), default=None)


def _approved(points: Sequence[Point]) -> list[Reading]:
    return [
        Reading(point.year, exact(point.value), point.ref)
        for point in points
        if point.status is PointStatus.APPROVED and point.value is not None
    ]


def with_baseline(
    readings: list[Reading], baseline: Baseline | None, kind: TargetType
) -> list[Reading]:
    """Return what a line is laid through: the adopted baseline, then the values.

    A cumulative goal's increments come back as running totals. Without a baseline
    the readings come back as they are.
    """
    if baseline is None:
        return readings
    total = exact(baseline.value)
    line = [Reading(baseline.year, total)]
    for reading in readings:
        if reading.year > baseline.year:
            total = (
                total + reading.value
                if kind is TargetType.CUMULATIVE
                else reading.value
            )
            line.append(Reading(reading.year, total, reading.ref))
    return line


def straight_line(readings: Sequence[Reading]) -> Line | None:
    """Return the least-squares line through four readings or more, else the one
    through the two ends; None for fewer than two readings.
    """
    if len(readings) < 2:
        return None
    years = tuple(reading.year for reading in readings)
    if len(readings) < LEAST_SQUARES_FROM:
        first, last = readings[0], readings[-1]
        return Line(
            method=LineMethod.END_POINTS,
            years=(first.year, last.year),
            over=last.value - first.value,
            under=Fraction(last.year - first.year),
            centre_year=Fraction(last.year),
            centre_value=last.value,
        )
    count = len(readings)
    mean_year = Fraction(sum(years), count)
    mean_value = sum((r.value for r in readings), Fraction(0)) / count
    return Line(
        method=LineMethod.LEAST_SQUARES,
        years=years,
        over=sum(
            ((r.year - mean_year) * (r.value - mean_value) for r in readings),
            Fraction(0),
        ),
        under=sum(((year - mean_year) ** 2 for year in years), Fraction(0)),
        centre_year=mean_year,
        centre_value=mean_value,
    )


def expectation(
    *,
    baseline: Baseline,
    milestones: Sequence[Milestone],
    target_year: int,
    target_value: Fraction,
    year: int,
) -> tuple[Expectation, Fraction]:
    """Return the stretch of the planned path at ``year`` and m(t) itself.

    The path runs through the baseline, the approved milestones between both years
    and the target; past the target's year it stays at the target.
    """
    knots = [(baseline.year, exact(baseline.value))]
    knots += sorted(
        (m.year, exact(m.value))
        for m in milestones
        if m.approved and baseline.year < m.year < target_year
    )
    knots.append((target_year, target_value))
    reached = min(year, target_year)
    at = next(i for i, knot in enumerate(knots) if i and reached <= knot[0])
    (from_year, from_value), (to_year, to_value) = knots[at - 1], knots[at]
    step = (to_value - from_value) / (to_year - from_year)
    value = from_value + step * (reached - from_year)
    stretch = Expectation(
        year=reached,
        value=float(value),
        from_year=from_year,
        from_value=float(from_value),
        to_year=to_year,
        to_value=float(to_value),
    )
    return stretch, value


def pace_class(pace: Fraction | float) -> Status:
    """Return what a pace alone says: on track, accelerate, limited, deterioration."""
    if pace >= ON_TRACK_FROM:
        return Status.ON_TRACK
    if pace >= ACCELERATE_FROM:
        return Status.ACCELERATE
    if pace >= 0:
        return Status.LIMITED
    return Status.DETERIORATION


def classes_apart(one: Status, other: Status) -> int:
    """Return how many classes lie between two pace classes, 0 to 3."""
    return abs(_CLASS_ORDER.index(one) - _CLASS_ORDER.index(other))


def compound_growth_ratio(
    *,
    baseline: float,
    latest: float,
    target: float,
    years_gone: int,
    years_total: int,
) -> float | None:
    """Return actual over required yearly growth, the published second method.

    None where growth has no meaning: baseline and target not of one sign, a value
    that changed sign, baseline equal to target, or no year gone. Source: the
    growth-rate method of Eurostat and Open SDG.
    """
    if baseline * target <= 0 or latest / baseline < 0 or years_gone <= 0:
        return None
    required = _yearly_growth(target / baseline, years_total)
    if required == 0:
        return None
    return _yearly_growth(latest / baseline, years_gone) / required


def _yearly_growth(ratio: float, years: int) -> float:
    return -1.0 if ratio == 0 else math.expm1(math.log(ratio) / years)
