"""On which days somebody is reminded: a table by hand."""

import datetime as dt

import pytest

from indicators.reminders.occasions import occasion_of

DUE = dt.date(2026, 6, 30)
LAST_YEAR = dt.date(2025, 6, 30)


@pytest.mark.parametrize(
    ("today", "occasion"),
    [
        (dt.date(2026, 5, 30), None),
        (dt.date(2026, 5, 31), ("month_before", DUE)),
        (dt.date(2026, 6, 22), ("month_before", DUE)),
        (dt.date(2026, 6, 23), ("week_before", DUE)),
        (dt.date(2026, 6, 30), ("week_before", DUE)),
        (dt.date(2026, 7, 1), None),
        (dt.date(2026, 7, 6), None),
        (dt.date(2026, 7, 7), ("late", dt.date(2026, 7, 7))),
        (dt.date(2026, 7, 13), ("late", dt.date(2026, 7, 7))),
        (dt.date(2026, 7, 14), ("late", dt.date(2026, 7, 14))),
        (dt.date(2027, 1, 1), ("late", dt.date(2026, 12, 29))),
    ],
)
def test_one_due_day_has_these_occasions(
    today: dt.date, occasion: tuple[str, dt.date] | None
) -> None:
    assert occasion_of(due=[DUE], today=today) == occasion


def test_what_is_late_speaks_for_what_is_coming() -> None:
    late = occasion_of(due=[DUE, LAST_YEAR], today=dt.date(2026, 6, 25))
    assert late == ("late", dt.date(2026, 6, 22))


def test_who_owes_nothing_is_not_reminded() -> None:
    assert occasion_of(due=[], today=DUE) is None
