"""Closing a year after its session, and opening it again: both public, for good."""

from django.contrib.auth.models import User
from django.utils import timezone

from indicators.models import YearLock
from indicators.yearly.checks import EARLIEST_YEAR
from indicators.yearly.closed_years import seize_year
from indicators.yearly.writing import ValueRefusedError, writing

LOCK = "indicators.lock_year"


def lock_year(*, actor: User, year: int, session: str) -> YearLock:
    """Return the lock of a year whose published values nobody changes from now on.

    What is under way stays and waits until the year is opened.

    Raises:
        ValueRefusedError: the actor may not, no session is named, the year has not
            ended or is closed already, or somebody is publishing in it right now.
    """
    session = session.strip()
    with writing(actor, LOCK, session):
        if not session:
            raise ValueRefusedError("no_session")
        if not EARLIEST_YEAR <= year < timezone.localdate().year:
            raise ValueRefusedError("year_not_over")
        if not seize_year(year):
            raise ValueRefusedError("year_busy")
        if YearLock.objects.standing().filter(year=year).exists():
            raise ValueRefusedError("year_closed")
        return YearLock.objects.create(
            year=year, session=session, locked_by=actor, locked_at=timezone.now()
        )


def unlock_year(*, actor: User, year: int, reason: str) -> YearLock:
    """Return the lock that held a year, now ended with its reason; it stays public.

    Raises:
        ValueRefusedError: the actor may not, no reason is given, or the year is open.
    """
    with writing(actor, LOCK, reason.strip()):
        if not reason.strip():
            raise ValueRefusedError("no_reason")
        standing = YearLock.objects.standing().select_for_update(of=("self",))
        lock = standing.filter(year=year).first()
        if lock is None:
            raise ValueRefusedError("year_open")
        lock.unlocked_by, lock.unlocked_at = actor, timezone.now()
        lock.unlock_reason = reason.strip()
        lock.save()
        return lock
