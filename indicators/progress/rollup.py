"""An axis in counts, and the badges that stand beside a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from indicators.progress.calendar import GRACE_MONTHS, month_end
from indicators.progress.inputs import Milestone, Point, PointStatus
from indicators.progress.results import Reason, Result, Status

GOOD = frozenset(
    {Status.ACHIEVED, Status.MET_THIS_YEAR, Status.MAINTAINED, Status.ON_TRACK}
)
_WITHOUT_VERDICT = frozenset({Status.TREND_ONLY, Status.NOT_ASSESSABLE})


@dataclass(frozen=True, kw_only=True)
class RollUp:
    """How many goals of an axis stand where; never an average, never one score.

    ``statuses`` and ``reasons`` hold every member, in the enum's order, zeros
    included. ``assessable`` of ``total`` is the coverage: trends are shown and not
    counted as assessed.
    """

    statuses: tuple[tuple[Status, int], ...]
    reasons: tuple[tuple[Reason, int], ...]
    assessable: int
    total: int


def roll_up(results: Iterable[Result]) -> RollUp:
    """Return the counts of an axis; an axis without goals counts 0 of 0."""
    kept = list(results)
    statuses = Counter(result.status for result in kept)
    reasons = Counter(r.reason for r in kept if r.reason is not None)
    return RollUp(
        statuses=tuple((status, statuses[status]) for status in Status),
        reasons=tuple((reason, reasons[reason]) for reason in Reason),
        assessable=sum(1 for r in kept if r.status not in _WITHOUT_VERDICT),
        total=len(kept),
    )


class ScheduleState(StrEnum):
    """Whether the data keep to their own calendar."""

    UP_TO_DATE = "up_to_date"
    OVERDUE = "overdue"
    MILESTONE_WITHOUT_VALUE = "milestone_without_value"
    NO_VALUE = "no_value"
    NO_FREQUENCY = "no_frequency"


@dataclass(frozen=True, kw_only=True)
class ScheduleBadge:
    """The Schedule badge. ``stale_after``: last day on which the newest approved
    value is still fresh; None without a value or a frequency.
    """

    state: ScheduleState
    stale_after: date | None
    milestone_year: int | None = None


def schedule_badge(
    *,
    points: Sequence[Point],
    milestones: Sequence[Milestone],
    frequency_months: int | None,
    as_of: date,
) -> ScheduleBadge:
    """Return whether the newest approved value is older than frequency + 6 months,
    or an approved milestone went by without a value for its year or a later one.

    A yearly value's age counts from 31 December of its year. ``frequency_months``
    None is a source without a calendar. Raises ValueError for a frequency below 1.
    """
    if frequency_months is not None and frequency_months < 1:
        message = "a frequency is one month or more"
        raise ValueError(message)
    newest = max(
        (
            p.year
            for p in points
            if p.status is PointStatus.APPROVED and p.value is not None
        ),
        default=None,
    )
    stale_after = None
    if newest is not None and frequency_months is not None:
        stale_after = month_end(newest, 12 + frequency_months + GRACE_MONTHS)
    passed = [
        m.year
        for m in milestones
        if m.approved
        and date(m.year, 12, 31) < as_of
        and (newest is None or newest < m.year)
    ]
    if passed:
        state = ScheduleState.MILESTONE_WITHOUT_VALUE
    elif newest is None:
        state = ScheduleState.NO_VALUE
    elif stale_after is None:
        state = ScheduleState.NO_FREQUENCY
    else:
        late = as_of > stale_after
        state = ScheduleState.OVERDUE if late else ScheduleState.UP_TO_DATE
    return ScheduleBadge(
        state=state,
        stale_after=stale_after,
        milestone_year=min(passed, default=None),
    )


def evidence_badge(levels: Iterable[int]) -> int | None:
    """Return the worst evidence level behind a result, 0 (none) to 4 (the best).

    None where no value decided: there is nothing that could have evidence.
    """
    return min(levels, default=None)


def plainly_good(status: Status, schedule: ScheduleBadge) -> bool:
    """Return whether a goal may be shown as plain green: good and not stale."""
    fresh = (ScheduleState.UP_TO_DATE, ScheduleState.NO_FREQUENCY)
    return status in GOOD and schedule.state in fresh
