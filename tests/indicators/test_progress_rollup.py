from datetime import date

import pytest

from indicators.progress import (
    Milestone,
    Reason,
    ScheduleBadge,
    ScheduleState,
    Status,
    TargetType,
    evidence_badge,
    plainly_good,
    roll_up,
    schedule_badge,
)
from tests.indicators.progress_cases import (
    AS_OF,
    LOSS,
    Values,
    ceiling,
    judge,
    points,
    rising,
)


def test_roll_up_counts_and_coverage():
    results = [
        ceiling(LOSS),
        judge(rising(9), {2025: 3}),
        judge(rising(None, TargetType.DIRECTION_ONLY), {2022: 1, 2023: 2}),
        judge(rising(9), {2025: 5}, (2020, 1)),
    ]
    axis = roll_up(results)
    assert (axis.assessable, axis.total) == (2, 4)
    assert dict(axis.statuses)[Status.ACHIEVED] == 1
    assert dict(axis.statuses)[Status.TREND_ONLY] == 1
    assert dict(axis.statuses)[Status.LIMITED] == 0
    assert dict(axis.reasons)[Reason.NO_BASELINE] == 1
    assert roll_up([]).total == 0


def badge(
    values: Values,
    as_of: date,
    frequency: int | None = 12,
    milestones: tuple[Milestone, ...] = (),
) -> ScheduleBadge:
    return schedule_badge(
        points=points(values),
        milestones=milestones,
        frequency_months=frequency,
        as_of=as_of,
    )


def test_schedule_turns_after_frequency_and_six_months():
    fresh = badge({2024: 5}, date(2026, 6, 30))
    stale = badge({2024: 5}, date(2026, 7, 1))
    assert fresh.state is ScheduleState.UP_TO_DATE
    assert fresh.stale_after == date(2026, 6, 30)
    assert stale.state is ScheduleState.OVERDUE
    assert badge({2024: 5}, date(2025, 9, 30), 3).state is ScheduleState.UP_TO_DATE
    assert badge({2024: 5}, date(2025, 10, 1), 3).state is ScheduleState.OVERDUE


def test_schedule_without_value_frequency_or_milestone_value():
    assert badge({2024: None}, AS_OF).state is ScheduleState.NO_VALUE
    assert badge({2024: 5}, AS_OF, None).state is ScheduleState.NO_FREQUENCY
    stops = (Milestone(year=2025, value=3),)
    assert badge({2024: 5}, date(2025, 12, 31), 12, stops).state is (
        ScheduleState.UP_TO_DATE
    )
    missed = badge({2024: 5}, date(2026, 1, 1), 12, stops)
    assert missed.state is ScheduleState.MILESTONE_WITHOUT_VALUE
    assert missed.milestone_year == 2025
    assert badge({2025: 5}, date(2026, 1, 1), 12, stops).milestone_year is None
    with pytest.raises(ValueError, match="month"):
        badge({}, AS_OF, 0)


def test_stale_data_is_never_plain_green():
    fresh, stale = badge({2024: 5}, AS_OF), badge({2020: 5}, AS_OF)
    assert plainly_good(Status.ACHIEVED, fresh)
    assert not plainly_good(Status.ACHIEVED, stale)
    assert not plainly_good(Status.ACCELERATE, fresh)
    assert not plainly_good(Status.TREND_ONLY, fresh)


def test_evidence_is_the_worst_behind_the_value():
    assert evidence_badge([4, 1, 3]) == 1
    assert evidence_badge([4, 0]) == 0
    assert evidence_badge([]) is None
