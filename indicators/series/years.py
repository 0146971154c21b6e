"""Which years are closed, since which session, and why one was opened again: public."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from indicators.models import YearLock
from indicators.series.history_records import YearClosing

LOCK_FIELDS = ("year", "session", "locked_at", "unlocked_at", "unlock_reason")


def year_closings() -> tuple[YearClosing, ...]:
    """Return every closing of a year, the newest year first; one query.

    Who closed or opened it is a role on the page, never a person.
    """
    locks = YearLock.objects.order_by("-year", "-locked_at", "-pk")
    return tuple(closing_of(lock) for lock in locks.values(*LOCK_FIELDS))


def closing_of(lock: Mapping[str, Any]) -> YearClosing:
    """Return a closing from the fields of a lock; moments may be ISO texts."""
    return YearClosing(
        year=lock["year"],
        session=lock["session"],
        closed_at=_moment(lock["locked_at"]),
        opened_at=_moment(lock["unlocked_at"]) if lock["unlocked_at"] else None,
        opened_why=lock["unlock_reason"],
    )


def _moment(value: dt.datetime | str) -> dt.datetime:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value
