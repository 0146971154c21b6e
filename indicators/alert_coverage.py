"""Which days of which districts a source of alerts has told: no row is zero only there.

A window load asks for the days of one district. A file names no days: it is taken to
cover from its source's first alert to the last, stretched to a new year's edge where
that is near, for the first days of January often bring none.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Max, Min
from django.utils import timezone

from indicators.models import Load
from territory.models import AlertDay, AlertSource

NEAR_EDGE: Final = dt.timedelta(days=15)
_DONE: Final = (Load.State.PUBLISHED, Load.State.UNCHANGED)
# Half open: the second day is the first one that is not covered.
Span = tuple[dt.date, dt.date]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """Days a source covers, for each district's number; `last_day` is its last alert's.

    Days after `last_day` were asked for but may not have been looked at from space
    yet: they are not taken as covered.
    """

    spans: dict[int, tuple[Span, ...]]
    last_day: dt.date

    def holds(self, district_id: int, first: dt.date, last: dt.date) -> bool:
        """Return whether every day from first to last is covered in a district."""
        return last <= self.last_day and any(
            start <= first and last < end for start, end in self.spans[district_id]
        )

    def whole_years(self) -> tuple[int, ...]:
        """Return the years covered from 1 January to 31 December in every district."""
        return tuple(
            year
            for year in range(2015, self.last_day.year + 1)
            if all(
                self.holds(pk, dt.date(year, 1, 1), dt.date(year, 12, 31))
                for pk in self.spans
            )
        )


def coverage_of(
    source: AlertSource, districts: dict[int, str], *, source_code: str
) -> Coverage | None:
    """Return the coverage of a source in districts (number to ubigeo); None: no alert.

    Two queries.
    """
    ends = AlertDay.objects.filter(source=source, district__in=districts).aggregate(
        first=Min("day"), last=Max("day")
    )
    if ends["last"] is None:
        return None
    windows, has_file = _windows(source_code)
    by_file = _stretched(ends["first"], ends["last"])
    spans = {}
    for pk, ubigeo in districts.items():
        own = list(windows.get(ubigeo, ()))
        if has_file or not windows:
            own.append(by_file)
        spans[pk] = joined(own)
    last = ends["last"]
    if last >= dt.date(last.year, 12, 31) - NEAR_EDGE:
        last = max(last, min(dt.date(last.year, 12, 31), _latest(spans)))
    return Coverage(spans=spans, last_day=last)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """A load that ended well: on which day it looked, at which days of which district.

    `ubigeo` and `span` are None for a file, which names neither.
    """

    on: dt.date
    ubigeo: str | None
    span: Span | None

    def saw(self, ubigeo: str, day: dt.date, since: dt.date) -> bool:
        """Return whether it looked at a district's day on or after another day."""
        if self.on < since or self.ubigeo not in (None, ubigeo):
            return False
        return self.span is None or self.span[0] <= day < self.span[1]


def looks_of(source_code: str) -> list[Look]:
    """Return the loads of a source that ended well. One query."""
    loads = Load.objects.filter(source__code=source_code, state__in=_DONE)
    looks = []
    for started_at, report in loads.values_list("started_at", "report"):
        span = _window_of(report)
        looks.append(
            Look(
                on=timezone.localdate(started_at),
                ubigeo=report["ubigeo"] if span else None,
                span=span,
            )
        )
    return looks


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that touch or overlap made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return tuple(found)


def _windows(source_code: str) -> tuple[dict[str, list[Span]], bool]:
    loads = Load.objects.filter(source__code=source_code, state__in=_DONE)
    windows: defaultdict[str, list[Span]] = defaultdict(list)
    has_file = False
    for report in loads.values_list("report", flat=True):
        if span := _window_of(report):
            windows[report["ubigeo"]].append(span)
        else:
            has_file = True
    return windows, has_file


def _window_of(report: dict[str, Any]) -> Span | None:
    """Return the days a load asked for; None for a file."""
    if "start" not in report or not report.get("ubigeo"):
        return None
    return dt.date.fromisoformat(report["start"]), dt.date.fromisoformat(report["end"])


def _stretched(first: dt.date, last: dt.date) -> Span:
    new_year, end = dt.date(first.year, 1, 1), dt.date(last.year, 12, 31)
    if first - new_year <= NEAR_EDGE:
        first = new_year
    if end - last <= NEAR_EDGE:
        last = end
    return first, last + dt.timedelta(days=1)


def _latest(spans: dict[int, tuple[Span, ...]]) -> dt.date:
    ends = [own[-1][1] if own else dt.date.min for own in spans.values()]
    return max(min(ends), dt.date(2015, 1, 2)) - dt.timedelta(days=1)
