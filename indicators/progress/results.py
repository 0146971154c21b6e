"""What the method says, with all that a page needs to print the sum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import date
from enum import Enum, StrEnum
from functools import cache
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from indicators.progress.inputs import Inputs

METHOD_VERSION = "ritmo v1"


class Status(StrEnum):
    """Where a goal stands; the words for it live with the pages."""

    ACHIEVED = "achieved"
    MET_THIS_YEAR = "met_this_year"
    MAINTAINED = "maintained"
    ON_TRACK = "on_track"
    ACCELERATE = "accelerate"
    LIMITED = "limited"
    DETERIORATION = "deterioration"
    TREND_ONLY = "trend_only"
    NOT_ASSESSABLE = "not_assessable"


class Reason(StrEnum):
    """Why a goal cannot be assessed."""

    NO_TARGET = "no_target"
    NO_BASELINE = "no_baseline"
    DEFINITION_PENDING = "definition_pending"
    NO_APPROVED_VALUE = "no_approved_value"
    ONE_POINT = "one_point"
    TOO_EARLY = "too_early"


class Trend(StrEnum):
    """Which way the approved values go, seen from the goal's direction."""

    IMPROVING = "improving"
    WORSENING = "worsening"
    FLAT = "flat"


class LineMethod(StrEnum):
    """How the straight line of a projection was laid."""

    LEAST_SQUARES = "least_squares"
    END_POINTS = "end_points"


@dataclass(frozen=True, kw_only=True)
class YearValue:
    """A value that entered the sum, in the indicator's unit."""

    year: int
    value: float
    ref: str = ""


@dataclass(frozen=True, kw_only=True)
class Projection:
    """A straight line through ``years``; drawn and said, it never decides.

    ``value`` is the line at ``year`` (the target's; None past it), ``slope`` in
    units a year, ``slope_over`` and ``slope_under`` its numerator and denominator,
    ``centre_year`` and ``centre_value`` the point the line turns on. ``meets``
    says whether ``value`` would meet the target; None without a target or value.
    """

    method: LineMethod
    years: tuple[int, ...]
    slope: float
    slope_over: float
    slope_under: float
    centre_year: float
    centre_value: float
    year: int
    value: float | None
    meets: bool | None


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """The stretch of the planned path in which the latest year lies.

    ``value`` is m(t): the straight line from (``from_year``, ``from_value``) to
    (``to_year``, ``to_value``) read at ``year``.
    """

    year: int
    value: float
    from_year: int
    from_value: float
    to_year: int
    to_value: float


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a sentence needs besides the status; None where it does not apply.

    ``met_since_year``: first year of the unbroken run of years that meet the
    target, up to the latest. ``must_hold_until``: the target's year while it lies
    ahead of a goal that is met. ``recent_change_per_year``: units a year from
    ``recent_from_year`` to the latest year, at most five years.
    ``baseline_break_year``: the break that cut the baseline off.
    ``missing_years``: years without approved value between the first and the
    latest used. Weights are those of a checklist or a count.
    """

    met_since_year: int | None = None
    must_hold_until: int | None = None
    recent_from_year: int | None = None
    recent_change_per_year: float | None = None
    baseline_break_year: int | None = None
    missing_years: tuple[int, ...] = ()
    weight_done: float | None = None
    weight_due: float | None = None
    weight_total: float | None = None
    unreported_steps: int = 0


@dataclass(frozen=True, kw_only=True)
class Result:
    """One assessment by the method, with its inputs.

    Values are in the indicator's unit, shares are fractions (1 is the whole way),
    None is "could not be computed". ``latest_value`` is the raw figure of
    ``latest_year``; ``deciding_value`` is the yt of the sum: the same, or the mean
    of ``used`` under an annual ceiling, or the running total of a cumulative goal.
    ``share`` p, ``expected_share`` e, ``pace`` r = p / e, ``compound_ratio`` the
    second opinion and ``compound_class`` what it alone would say;
    ``methods_differ`` when both are two classes or more apart.
    """

    inputs: Inputs
    status: Status
    reason: Reason | None = None
    method_version: str = METHOD_VERSION
    used: tuple[YearValue, ...] = ()
    latest_year: int | None = None
    latest_value: float | None = None
    deciding_value: float | None = None
    baseline_year: int | None = None
    baseline_value: float | None = None
    target_value: float | None = None
    expectation: Expectation | None = None
    share: float | None = None
    expected_share: float | None = None
    pace: float | None = None
    pace_class: Status | None = None
    required_change_per_year: float | None = None
    projection: Projection | None = None
    trend: Trend | None = None
    compound_ratio: float | None = None
    compound_class: Status | None = None
    methods_differ: bool = False
    facts: Facts = Facts()

    def as_json(self) -> dict[str, Any]:
        """Return inputs and outputs as plain JSON values; dates as ISO text."""
        plain: dict[str, Any] = _encode(asdict(self))
        return plain

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Result:
        """Return the stored result as it was said then, without recomputing it.

        Raises KeyError, ValueError or TypeError for text no ``as_json`` wrote.
        """
        kind: Any = cls
        result: Result = _decoder(kind)(data)
        return result


def _encode(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_encode(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return value


@cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    # Made once a kind: a stored result holds dozens of points of the same.
    if get_origin(kind) in (Union, UnionType):
        inner = _decoder(next(arm for arm in get_args(kind) if arm is not type(None)))
        return lambda value: None if value is None else inner(value)
    if get_origin(kind) is tuple:
        item = _decoder(get_args(kind)[0])
        return lambda values: tuple(item(value) for value in values)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        members = [(field.name, _decoder(hints[field.name])) for field in fields(kind)]
        make = cast("Callable[..., Any]", kind)
        return lambda value: make(**{name: read(value[name]) for name, read in members})
    if kind is date:
        return date.fromisoformat
    if kind is float:
        return float
    if issubclass(kind, Enum):
        return cast("Callable[[Any], Any]", kind)
    return lambda value: value
