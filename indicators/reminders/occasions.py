"""On which days a person is reminded of what is due. Pure."""

import datetime as dt
from collections.abc import Collection
from typing import Final, Literal

Occasion = Literal["month_before", "week_before", "late"]

MONTH_BEFORE: Final = dt.timedelta(days=30)
WEEK_BEFORE: Final = dt.timedelta(days=7)
WEEK: Final = dt.timedelta(weeks=1)


def occasion_of(
    *, due: Collection[dt.date], today: dt.date
) -> tuple[Occasion, dt.date] | None:
    """Return why somebody who owes values is reminded now, and for which period.

    One occasion a person: as long as anything is late, once a week, counted from the
    last due day that went by; otherwise 30 and 7 days before the next one. Each
    lasts until the next begins, so that a day without power delays it only. None
    when nothing is owed, or it is due in over 30 days or was due in the last 7.
    """
    late = [day for day in due if day < today]
    if late:
        last = max(late)
        weeks = (today - last) // WEEK
        return ("late", last + weeks * WEEK) if weeks else None
    coming = min(due, default=None)
    if coming is None or coming - today > MONTH_BEFORE:
        return None
    is_near = coming - today <= WEEK_BEFORE
    return ("week_before" if is_near else "month_before"), coming
