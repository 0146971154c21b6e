"""When a year's value is due, and which years are asked for: tables by hand."""

import datetime as dt

import pytest

from indicators.progress import Point, owed_years, schedule_badge, value_due_on


def test_a_value_is_due_half_a_year_after_its_year() -> None:
    assert value_due_on(2025) == dt.date(2026, 6, 30)


def test_the_due_day_is_the_day_before_the_method_says_overdue() -> None:
    due = value_due_on(2025)
    states = [
        schedule_badge(
            points=[Point(year=2024, value=1.0)],
            milestones=(),
            frequency_months=12,
            as_of=day,
        ).state
        for day in (due, due + dt.timedelta(days=1))
    ]
    assert states == ["up_to_date", "overdue"]


@pytest.mark.parametrize(
    ("answered", "first", "months", "as_of", "owed"),
    [
        ((), 2025, 12, dt.date(2025, 12, 31), ()),
        ((), 2025, 12, dt.date(2026, 1, 1), (2025,)),
        ((), 2023, 12, dt.date(2026, 3, 1), (2023, 2024, 2025)),
        ((2024,), 2023, 12, dt.date(2026, 3, 1), (2023, 2025)),
        # Twice or four times a year is still one value a year.
        ((2024,), 2024, 3, dt.date(2026, 3, 1), (2025,)),
        ((2024,), 2024, 6, dt.date(2026, 3, 1), (2025,)),
        # One in two years, wherever the answered one lies.
        ((2023,), 2024, 24, dt.date(2025, 3, 1), ()),
        ((2023,), 2024, 24, dt.date(2026, 3, 1), (2025,)),
        ((2022,), 2024, 24, dt.date(2026, 3, 1), (2024,)),
        ((), 2024, 24, dt.date(2027, 3, 1), (2024, 2026)),
        ((2025,), 2024, 24, dt.date(2026, 3, 1), ()),
        ((), 2024, 18, dt.date(2026, 3, 1), (2024,)),
    ],
)
def test_owed_years_follow_the_frequency(
    answered: tuple[int, ...],
    first: int,
    months: int,
    as_of: dt.date,
    owed: tuple[int, ...],
) -> None:
    found = owed_years(
        answered=answered, first_year=first, frequency_months=months, as_of=as_of
    )
    assert found == owed


def test_a_frequency_below_a_month_is_refused() -> None:
    with pytest.raises(ValueError, match="one month"):
        owed_years(
            answered=(), first_year=2025, frequency_months=0, as_of=dt.date(2026, 1, 1)
        )
