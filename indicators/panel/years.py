"""The years of the panel: which are closed, and what each has."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from indicators.models import YearLock, YearlyValue

LISTED_YEARS = 8


@dataclass(frozen=True)
class YearRow:
    """A year with its counts of values, made-up ones of the demo left out.

    `lock` is None while the year is open; `may_close` is False for one that has not
    ended.
    """

    year: int
    published: int
    in_review: int
    drafts: int
    lock: YearLock | None
    may_close: bool


def panel_years() -> tuple[YearRow, ...]:
    """Return the last years, and older closed ones, newest first; two queries."""
    this_year = timezone.localdate().year
    locks = {
        lock.year: lock
        for lock in YearLock.objects.standing().select_related("locked_by")
    }
    years = set(range(this_year - LISTED_YEARS + 1, this_year + 1)) | set(locks)
    states = YearlyValue.State
    counted = (
        YearlyValue.objects.filter(year__in=years, is_synthetic=False)
        .order_by()
        .values("year")
        .annotate(
            published=Count("pk", filter=Q(state=states.PUBLISHED)),
            in_review=Count("pk", filter=Q(state=states.IN_REVIEW)),
            drafts=Count("pk", filter=Q(state__in=[states.DRAFT, states.RETURNED])),
        )
        .values_list("year", "published", "in_review", "drafts")
    )
    found = {year: counts for year, *counts in counted}
    rows = []
    for year in sorted(years, reverse=True):
        published, in_review, drafts = found.get(year, (0, 0, 0))
        rows.append(
            YearRow(
                year=year,
                published=published,
                in_review=in_review,
                drafts=drafts,
                lock=locks.get(year),
                may_close=year < this_year,
            )
        )
    return tuple(rows)
