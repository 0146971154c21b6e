"""Goals made of steps: a checklist, a yes or no, a count of things."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

from indicators.progress.inputs import ChecklistStep, Inputs, exact, holds
from indicators.progress.pace import TOO_EARLY_BELOW, comparable_readings, pace_class
from indicators.progress.results import Facts, Reason, Result, Status, YearValue


def assess_steps(inputs: Inputs) -> Result:
    """Return the result of a goal made of steps: p is weight done over all weight.

    e is the weight whose due date has passed. A count without listed steps is read
    from its yearly values instead: each unit weighs one and falls due with the
    milestone that counts it, the rest at the end of the target's year.
    Shares are fractions; without an approved report or value there is no share.
    """
    if inputs.steps:
        return _from_list(inputs)
    return _from_values(inputs)


def _from_list(inputs: Inputs) -> Result:
    steps = inputs.steps
    total = _weight(steps)
    done = _weight([s for s in steps if s.reported and s.done])
    goal_end = _end_of(inputs.target.year)
    due = _weight([s for s in steps if (s.due or goal_end) < inputs.as_of])
    unreported = sum(1 for step in steps if not step.reported)
    facts = Facts(
        weight_done=float(done),
        weight_due=float(due),
        weight_total=float(total),
        unreported_steps=unreported,
    )
    if unreported == len(steps):
        return Result(
            inputs=inputs,
            status=Status.NOT_ASSESSABLE,
            reason=Reason.NO_APPROVED_VALUE,
            facts=replace(facts, weight_done=None),
        )
    draft = Result(inputs=inputs, status=Status.NOT_ASSESSABLE, facts=facts)
    return _judged(draft, done, due, total, complete=done == total)


def _from_values(inputs: Inputs) -> Result:
    target = inputs.target
    draft = Result(
        inputs=inputs, status=Status.NOT_ASSESSABLE, target_value=target.value
    )
    if target.value is None:
        return replace(draft, reason=Reason.NO_TARGET)
    readings = comparable_readings(inputs)
    if not readings:
        return replace(draft, reason=Reason.NO_APPROVED_VALUE)
    latest, total = readings[-1], exact(target.value)
    due = _units_due(inputs, total)
    draft = replace(
        draft,
        used=(YearValue(year=latest.year, value=float(latest.value), ref=latest.ref),),
        latest_year=latest.year,
        latest_value=float(latest.value),
        deciding_value=float(latest.value),
        facts=Facts(
            weight_done=float(latest.value),
            weight_due=float(due),
            weight_total=float(total),
        ),
    )
    complete = holds(latest.value, target.operator, total)
    return _judged(draft, latest.value, due, total, complete=complete)


def _judged(
    draft: Result, done: Fraction, due: Fraction, total: Fraction, *, complete: bool
) -> Result:
    expected = due / total
    pace = done / due if expected >= TOO_EARLY_BELOW else None
    result = replace(
        draft,
        share=float(done / total),
        expected_share=float(expected),
        pace=None if pace is None else float(pace),
        pace_class=None if pace is None else pace_class(pace),
    )
    if complete:
        return replace(result, status=Status.ACHIEVED)
    if pace is None:
        return replace(result, reason=Reason.TOO_EARLY)
    return replace(result, status=pace_class(pace))


def _units_due(inputs: Inputs, total: Fraction) -> Fraction:
    if inputs.as_of > _end_of(inputs.target.year):
        return total
    passed = [
        exact(m.value)
        for m in inputs.milestones
        if m.approved and _end_of(m.year) < inputs.as_of
    ]
    return min(max(passed, default=Fraction(0)), total)


def _weight(steps: list[ChecklistStep] | tuple[ChecklistStep, ...]) -> Fraction:
    return sum((exact(step.weight) for step in steps), Fraction(0))


def _end_of(year: int) -> date:
    return date(year, 12, 31)
