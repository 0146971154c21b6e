"""What the method reads: values, target, baseline, milestones, steps, breaks."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction


class ProgressInputError(ValueError):
    """The inputs contradict each other; nothing is computed from them."""


class PointStatus(StrEnum):
    """Whether a second person has approved a value."""

    APPROVED = "approved"
    PROVISIONAL = "provisional"


class PointKind(StrEnum):
    """How a value came to be; it is carried for the page and decides nothing."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    SYNTHETIC = "synthetic"


class TargetType(StrEnum):
    """How a target is to be read."""

    LEVEL = "level"
    ANNUAL_CEILING = "annual_ceiling"
    CUMULATIVE = "cumulative"
    PERCENT_OF_BASELINE = "percent_of_baseline"
    LIMITED_SHARE = "limited_share"
    COUNT = "count"
    BINARY = "binary"
    CHECKLIST = "checklist"
    MAINTAIN = "maintain"
    DIRECTION_ONLY = "direction_only"


STEP_TYPES = frozenset({TargetType.COUNT, TargetType.BINARY, TargetType.CHECKLIST})


class Direction(StrEnum):
    """Which way is better."""

    INCREASE = "increase"
    DECREASE = "decrease"


class Operator(StrEnum):
    """How the plan compares a value with its target; ``<`` is strict."""

    LT = "<"
    LE = "<="
    GE = ">="
    GT = ">"


_COMPARISONS: dict[Operator, Callable[[Fraction, Fraction], bool]] = {
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GE: operator.ge,
    Operator.GT: operator.gt,
}
_RISING = frozenset({Operator.GE, Operator.GT})
# 0.30 is thirty per cent; a 30 put in by mistake would ask for 31 times the baseline.
_LARGEST_CHANGE = 3.0


def exact(value: float) -> Fraction:
    """Return the decimal number as it is written, so that 0.9 is nine tenths.

    Binary floats would put 0.95 on the wrong side of a class border.
    """
    return Fraction(repr(float(value)))


def holds(value: Fraction, comparison: Operator, target: Fraction) -> bool:
    """Return whether the value meets the target by the target's own operator."""
    return _COMPARISONS[comparison](value, target)


@dataclass(frozen=True, kw_only=True)
class Point:
    """A yearly value in the indicator's own unit; for a cumulative target, the
    increment of that year.

    ``value`` is None where the year has no figure, never 0. ``ref`` names the
    stored value so that a result can say which ones it used.
    """

    year: int
    value: float | None
    status: PointStatus = PointStatus.APPROVED
    kind: PointKind = PointKind.MEASURED
    ref: str = ""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the plan promises for ``year``.

    ``value`` is in the indicator's unit, but for a percent of baseline it is the
    change as a fraction (0.30 for thirty per cent more). None: the plan gives no
    number. ``definition_pending``: what is to be measured is not settled.
    """

    type: TargetType
    direction: Direction
    operator: Operator
    value: float | None
    year: int = 2030
    definition_pending: bool = False

    def __post_init__(self) -> None:
        if (self.operator in _RISING) != (self.direction is Direction.INCREASE):
            message = f"operator {self.operator} contradicts {self.direction}"
            raise ProgressInputError(message)
        if self.type is TargetType.PERCENT_OF_BASELINE and self.value is not None:
            if not -1 < self.value <= _LARGEST_CHANGE:
                message = f"change {self.value} is not a fraction such as 0.30"
                raise ProgressInputError(message)
        elif self.type in STEP_TYPES:
            if self.direction is not Direction.INCREASE:
                message = "a count or a checklist can only increase"
                raise ProgressInputError(message)
            if self.value is not None and self.value <= 0:
                message = "a count needs a target above zero"
                raise ProgressInputError(message)


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The start the committee adopted, in the indicator's unit; never invented."""

    year: int
    value: float


@dataclass(frozen=True, kw_only=True)
class Milestone:
    """A value expected by the end of a year before the target's."""

    year: int
    value: float
    approved: bool = True


@dataclass(frozen=True, kw_only=True)
class ChecklistStep:
    """One step of a checklist. ``done`` is None while nobody has reported on it.

    ``due`` None means the end of the target's year. A step whose state is
    provisional counts as not reported.
    """

    weight: float
    due: date | None
    done: bool | None
    status: PointStatus = PointStatus.APPROVED
    ref: str = ""

    @property
    def reported(self) -> bool:
        """Return whether an approved report says yes or no."""
        return self.done is not None and self.status is PointStatus.APPROVED


@dataclass(frozen=True, kw_only=True)
class SeriesBreak:
    """The definition, unit or source method changed; ``year`` is the first new one."""

    year: int


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything one assessment reads, kept with the result to recompute it.

    ``as_of`` is the day of the assessment; due dates are read against it.

    Raises ProgressInputError for two values of one year and status, two milestones
    of one year, a number that is not finite, a share outside
    0–100, a step without weight, or a target year not after the baseline's.
    """

    target: Target
    as_of: date
    points: tuple[Point, ...] = ()
    baseline: Baseline | None = None
    milestones: tuple[Milestone, ...] = ()
    steps: tuple[ChecklistStep, ...] = ()
    breaks: tuple[SeriesBreak, ...] = ()

    def __post_init__(self) -> None:
        _refuse_repeated("values", ((p.year, p.status) for p in self.points))
        _refuse_repeated("milestones", ((m.year, m.approved) for m in self.milestones))
        numbers = self._numbers()
        if not all(math.isfinite(number) for number in numbers):
            message = "a number is not finite"
            raise ProgressInputError(message)
        if self.target.type is TargetType.LIMITED_SHARE and not all(
            0 <= number <= 100 for number in numbers
        ):
            message = "a share lies outside 0–100"
            raise ProgressInputError(message)
        if any(step.weight <= 0 for step in self.steps):
            message = "a step needs a weight above zero"
            raise ProgressInputError(message)
        self._check_baseline()

    def _check_baseline(self) -> None:
        if self.baseline is None:
            return
        if self.baseline.year >= self.target.year:
            message = "the target year must come after the baseline's"
            raise ProgressInputError(message)
        percent = self.target.type is TargetType.PERCENT_OF_BASELINE
        if percent and self.baseline.value <= 0:
            message = "a percent of a baseline needs a baseline above zero"
            raise ProgressInputError(message)

    def _numbers(self) -> tuple[float, ...]:
        numbers = [p.value for p in self.points if p.value is not None]
        numbers += [m.value for m in self.milestones]
        numbers += [s.weight for s in self.steps]
        numbers += [] if self.baseline is None else [self.baseline.value]
        numbers += [] if self.target.value is None else [self.target.value]
        return tuple(numbers)


def _refuse_repeated(what: str, keys: Iterable[tuple[int, PointStatus | bool]]) -> None:
    seen: set[tuple[int, PointStatus | bool]] = set()
    for key in keys:
        if key in seen:
            message = f"two {what} for {key[0]}"
            raise ProgressInputError(message)
        seen.add(key)
