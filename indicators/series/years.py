"""Which years are closed, since which session, and why one was opened again: public."""

import datetime as dt

from django.db.models import QuerySet
from django.utils import timezone

from indicators.models import YearLock
from indicators.series.records import YearClosing


def year_closings() -> tuple[YearClosing, ...]:
    """Return every closing of a year, the newest year first; one query.

    Who closed or opened it is a role on the page, never a person.
    """
    return tuple(_closing(lock) for lock in _newest_first(YearLock.objects.all()))


def closings_of(years: set[int]) -> tuple[YearClosing, ...]:
    """Return the closings of some years, the newest first; one query."""
    locks = YearLock.objects.filter(year__in=years)
    return tuple(_closing(lock) for lock in _newest_first(locks))


def _newest_first(locks: QuerySet[YearLock]) -> QuerySet[YearLock]:
    return locks.order_by("-year", "-locked_at", "-pk")


def _closing(lock: YearLock) -> YearClosing:
    return YearClosing(
        year=lock.year,
        session=lock.session,
        closed_on=timezone.localdate(lock.locked_at),
        opened_on=_day(lock.unlocked_at),
        opened_why=lock.unlock_reason,
    )


def _day(moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else timezone.localdate(moment)
