"""The decision: from inputs to a status, in the method's own order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from indicators.progress.inputs import (
    STEP_TYPES,
    Baseline,
    Direction,
    Inputs,
    TargetType,
    exact,
    holds,
)
from indicators.progress.pace import (
    CEILING_MEAN_YEARS,
    RECENT_YEARS,
    TOO_EARLY_BELOW,
    YEARS_RUNNING,
    Reading,
    break_before,
    classes_apart,
    comparable_readings,
    compound_growth_ratio,
    expectation,
    pace_class,
    straight_line,
    with_baseline,
)
from indicators.progress.results import (
    Facts,
    Projection,
    Reason,
    Result,
    Status,
    Trend,
    YearValue,
)
from indicators.progress.steps import assess_steps


@dataclass(frozen=True)
class _Case:
    """The inputs after rules 1 to 3: approved, in order, on one side of a break.

    ``line`` is what is compared over time: the readings from the baseline on, or
    the running totals of a cumulative goal. ``baseline`` is None when a break cuts
    it off, ``target`` None when it cannot be known.
    """

    inputs: Inputs
    readings: list[Reading]
    line: list[Reading]
    baseline: Baseline | None
    baseline_break: int | None
    target: Fraction | None

    @property
    def kind(self) -> TargetType:
        return self.inputs.target.type

    @property
    def needs_baseline(self) -> bool:
        return self.kind in (TargetType.CUMULATIVE, TargetType.PERCENT_OF_BASELINE)

    @property
    def moved_on(self) -> bool:
        """A value is newer than the baseline, so the two can be compared."""
        return (
            self.baseline is not None
            and bool(self.readings)
            and self.readings[-1].year > self.baseline.year
        )

    @property
    def deciding(self) -> Fraction:
        """The yt of the sum."""
        if self.kind is not TargetType.ANNUAL_CEILING:
            return self.line[-1].value
        last = self.readings[-CEILING_MEAN_YEARS:]
        return sum((r.value for r in last), Fraction(0)) / len(last)

    @property
    def starts_met(self) -> bool:
        """The baseline already meets the target: the promise is to keep it."""
        return self.baseline is not None and self.meets(exact(self.baseline.value))

    def meets(self, value: Fraction) -> bool:
        return self.target is not None and holds(
            value, self.inputs.target.operator, self.target
        )

    @property
    def met_since(self) -> int | None:
        """The first of the unbroken years, up to the latest, that meet the target."""
        if self.kind is TargetType.CUMULATIVE and not self.moved_on:
            return None
        since: int | None = None
        totals = self.kind is TargetType.CUMULATIVE
        for reading in reversed(self.line if totals else self.readings):
            follows = since is None or reading.year == since - 1
            if not (follows and self.meets(reading.value)):
                break
            since = reading.year
        return since


def assess(inputs: Inputs) -> Result:
    """Return where a goal stands by the method "ritmo v1".

    Always returns a Result: what cannot be assessed carries a reason. Values stay
    in the indicator's unit; what could not be computed is None. Contradicting
    inputs were refused with ProgressInputError when they were built.
    """
    target = inputs.target
    if target.definition_pending:
        return Result(
            inputs=inputs,
            status=Status.NOT_ASSESSABLE,
            reason=Reason.DEFINITION_PENDING,
        )
    if target.type in STEP_TYPES:
        return assess_steps(inputs)
    case = _prepare(inputs)
    result = _measured(case, _described(case))
    verdict = _verdict(case, result)
    if isinstance(verdict, Reason):
        return replace(result, status=Status.NOT_ASSESSABLE, reason=verdict)
    return replace(result, status=verdict)


def _prepare(inputs: Inputs) -> _Case:
    readings = comparable_readings(inputs)
    baseline, cut = inputs.baseline, None
    if baseline is not None and readings:
        start = break_before(inputs, readings[-1].year)
        if start is not None and baseline.year < start:
            baseline, cut = None, start
    target = None
    if inputs.target.value is not None:
        target = exact(inputs.target.value)
        if inputs.target.type is TargetType.PERCENT_OF_BASELINE:
            target = None if baseline is None else exact(baseline.value) * (1 + target)
    case = _Case(inputs, readings, readings, baseline, cut, target)
    if not case.moved_on:
        return case
    return replace(case, line=with_baseline(readings, baseline, case.kind))


def _verdict(case: _Case, result: Result) -> Status | Reason:
    if case.kind is TargetType.DIRECTION_ONLY:
        return _trend_verdict(case)
    if case.inputs.target.value is None:
        return Reason.NO_TARGET
    if not case.readings:
        return Reason.NO_APPROVED_VALUE
    if case.needs_baseline and case.baseline is None:
        return Reason.NO_BASELINE
    latest = case.line[-1]
    if case.starts_met and case.moved_on:
        kept = case.meets(latest.value)
        return Status.MAINTAINED if kept else Status.DETERIORATION
    if case.kind is TargetType.ANNUAL_CEILING and case.met_since is not None:
        running = latest.year - case.met_since + 1
        enough = running >= YEARS_RUNNING
        return Status.ACHIEVED if enough else Status.MET_THIS_YEAR
    if case.baseline is not None and not case.moved_on:
        return Reason.ONE_POINT
    if case.kind is not TargetType.ANNUAL_CEILING and case.meets(latest.value):
        return Status.ACHIEVED
    if case.baseline is None:
        return Reason.NO_BASELINE
    return _pace_verdict(case, result)


def _trend_verdict(case: _Case) -> Status | Reason:
    if not case.readings:
        return Reason.NO_APPROVED_VALUE
    return Status.TREND_ONLY if len(case.line) > 1 else Reason.ONE_POINT


def _pace_verdict(case: _Case, result: Result) -> Status | Reason:
    if result.pace_class is not None:
        return result.pace_class
    if result.expected_share is not None:
        return Reason.TOO_EARLY
    # Baseline and target are one number that a strict operator does not accept:
    # there is no way to share out, only standing still or moving off.
    stood_still = case.deciding == case.target
    return Status.LIMITED if stood_still else Status.DETERIORATION


def _described(case: _Case) -> Result:
    """Return all that can be said without comparing baseline and target."""
    inputs = case.inputs
    result = Result(
        inputs=inputs,
        status=Status.NOT_ASSESSABLE,
        baseline_year=case.baseline.year if case.baseline else None,
        baseline_value=case.baseline.value if case.baseline else None,
        target_value=None if case.target is None else float(case.target),
        facts=Facts(baseline_break_year=case.baseline_break),
    )
    if not case.readings:
        return result
    latest = case.readings[-1]
    totals_known = case.kind is not TargetType.CUMULATIVE or case.moved_on
    projection = _projection(case) if totals_known else None
    return replace(
        result,
        used=_used(case),
        latest_year=latest.year,
        latest_value=float(latest.value),
        deciding_value=float(case.deciding) if totals_known else None,
        required_change_per_year=_required(case) if totals_known else None,
        projection=projection,
        trend=_trend(case, projection),
        facts=_facts(case) if totals_known else result.facts,
    )


def _used(case: _Case) -> tuple[YearValue, ...]:
    used = case.readings[-1:]
    if case.kind is TargetType.ANNUAL_CEILING:
        used = case.readings[-CEILING_MEAN_YEARS:]
    elif case.kind is TargetType.DIRECTION_ONLY:
        used = case.readings
    elif case.kind is TargetType.CUMULATIVE:
        start = case.baseline.year if case.baseline else None
        used = [r for r in case.readings if start is None or r.year > start]
    return tuple(YearValue(year=r.year, value=float(r.value), ref=r.ref) for r in used)


def _facts(case: _Case) -> Facts:
    latest = case.line[-1]
    years = {reading.year for reading in case.line}
    recent = [r for r in case.line if latest.year - RECENT_YEARS <= r.year]
    since, goal_year = case.met_since, case.inputs.target.year
    facts = Facts(
        met_since_year=since,
        must_hold_until=goal_year if since and latest.year < goal_year else None,
        baseline_break_year=case.baseline_break,
        missing_years=tuple(
            year for year in range(min(years), latest.year) if year not in years
        ),
    )
    if len(recent) < 2:
        return facts
    first = recent[0]
    change = (latest.value - first.value) / (latest.year - first.year)
    return replace(
        facts, recent_from_year=first.year, recent_change_per_year=float(change)
    )


def _required(case: _Case) -> float | None:
    latest, goal_year = case.line[-1], case.inputs.target.year
    if case.target is None or latest.year >= goal_year or case.meets(latest.value):
        return None
    return float((case.target - latest.value) / (goal_year - latest.year))


def _projection(case: _Case) -> Projection | None:
    line = straight_line(case.line)
    if line is None:
        return None
    year = case.inputs.target.year
    value = line.at(year) if year > case.line[-1].year else None
    known = value is not None and case.target is not None
    return Projection(
        method=line.method,
        years=line.years,
        slope=float(line.slope),
        slope_over=float(line.over),
        slope_under=float(line.under),
        centre_year=float(line.centre_year),
        centre_value=float(line.centre_value),
        year=year,
        value=None if value is None else float(value),
        meets=case.meets(value) if known and value is not None else None,
    )


def _trend(case: _Case, projection: Projection | None) -> Trend | None:
    if projection is None:
        return None
    if projection.slope == 0:
        return Trend.FLAT
    rising = projection.slope > 0
    wanted = case.inputs.target.direction is Direction.INCREASE
    return Trend.IMPROVING if rising == wanted else Trend.WORSENING


def _measured(case: _Case, result: Result) -> Result:
    """Return the result with p, e, r and the second opinion where they exist."""
    baseline, target = case.baseline, case.target
    if baseline is None or target is None or not case.moved_on or case.starts_met:
        return result
    start = exact(baseline.value)
    if start == target:
        return result
    year = case.line[-1].year
    stretch, planned = expectation(
        baseline=baseline,
        milestones=case.inputs.milestones,
        target_year=case.inputs.target.year,
        target_value=target,
        year=year,
    )
    share = (case.deciding - start) / (target - start)
    expected = (planned - start) / (target - start)
    pace = share / expected if expected >= TOO_EARLY_BELOW else None
    return _second_opinion(
        replace(
            result,
            expectation=stretch,
            share=float(share),
            expected_share=float(expected),
            pace=None if pace is None else float(pace),
            pace_class=None if pace is None else pace_class(pace),
        ),
        years_gone=year - baseline.year,
        years_total=case.inputs.target.year - baseline.year,
    )


def _second_opinion(result: Result, *, years_gone: int, years_total: int) -> Result:
    start, latest = result.baseline_value, result.deciding_value
    if start is None or latest is None or result.target_value is None:
        return result
    ratio = compound_growth_ratio(
        baseline=start,
        latest=latest,
        target=result.target_value,
        years_gone=years_gone,
        years_total=years_total,
    )
    if ratio is None:
        return result
    opinion = pace_class(ratio)
    own = result.pace_class
    return replace(
        result,
        compound_ratio=ratio,
        compound_class=opinion,
        methods_differ=own is not None and classes_apart(own, opinion) >= 2,
    )
