"""Send many drafts to review, all of them or none."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from indicators.models import Assignment, Indicator, YearLock, YearlyValue
from indicators.yearly.writing import (
    RECORD,
    StaleValueError,
    ValueRefusedError,
    writing,
)

State = YearlyValue.State


def submit_drafts(*, actor: User, seen: Mapping[int, int]) -> int:
    """Return how many of the actor's own drafts are now in review: all that were seen.

    `seen` maps each draft to the version its author was shown. 7 queries, however
    many there are.

    Raises:
        StaleValueError: one of them was saved since.
        ValueRefusedError: one is gone or no draft any more, is somebody else's or of
            an indicator no longer assigned, or its year is locked.
    """
    with writing(actor, RECORD):
        rows = _locked(seen)
        if len(rows) < len(seen):
            raise ValueRefusedError("wrong_state")
        _require_own(actor, rows)
        _require_open_years(rows)
        for row in rows:
            if row.lock_version != seen[row.pk]:
                raise StaleValueError(row)
            if row.state != State.DRAFT:
                raise ValueRefusedError("wrong_state", value_id=row.pk)
        return YearlyValue.objects.filter(pk__in=seen).update(
            state=State.IN_REVIEW,
            submitted_at=timezone.now(),
            lock_version=F("lock_version") + 1,
        )


def _locked(seen: Mapping[int, int]) -> list[YearlyValue]:
    # The indicators before their values, in order, as whoever saves many does.
    ids = YearlyValue.objects.filter(pk__in=seen).values("indicator_id")
    ordered = Indicator.objects.filter(pk__in=ids).order_by("pk")
    list(ordered.select_for_update(no_key=True).values_list("pk"))
    rows = YearlyValue.objects.filter(pk__in=seen).order_by("pk")
    return list(rows.select_for_update())


def _require_own(actor: User, rows: list[YearlyValue]) -> None:
    assigned = Assignment.objects.of(actor.pk).values_list("indicator_id", flat=True)
    known = set(assigned)
    for row in rows:
        if row.recorded_by_id != actor.pk or row.indicator_id not in known:
            raise ValueRefusedError("not_allowed", value_id=row.pk)


def _require_open_years(rows: list[YearlyValue]) -> None:
    years = {row.year for row in rows}
    if YearLock.objects.standing().filter(year__in=years).exists():
        raise ValueRefusedError("year_locked")
