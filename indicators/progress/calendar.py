"""When a year's value is due, and which years a frequency asks for. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from math import ceil

# The months after its period in which a value may still come; then it is late.
GRACE_MONTHS = 6


def value_due_on(year: int) -> date:
    """Return the last day on which the value of a year is in time.

    The same day on which the method starts to call a yearly series overdue.
    """
    return month_end(year, 12 + GRACE_MONTHS)


def owed_years(
    *,
    answered: Collection[int],
    first_year: int,
    frequency_months: int,
    as_of: date,
) -> tuple[int, ...]:
    """Return the years over by a day whose value is asked for, earliest first.

    ``answered`` are years that have a value or say why there is none. A frequency of
    24 months asks for one value in two years, wherever the answered one lies; one
    below a year still asks for one value a year. Nothing before ``first_year``.

    Raises:
        ValueError: a frequency below one month.
    """
    if frequency_months < 1:
        message = "a frequency is one month or more"
        raise ValueError(message)
    step = ceil(frequency_months / 12)
    owed: list[int] = []
    for year in range(first_year, as_of.year):
        near = range(year - step + 1, year + step)
        if not any(one in answered or one in owed for one in near):
            owed.append(year)
    return tuple(owed)


def month_end(year: int, months: int) -> date:
    """Return the last day of the month that lies ``months`` after the year began."""
    first_after = date(year + months // 12, months % 12 + 1, 1)
    return date.fromordinal(first_after.toordinal() - 1)
