"""When an entry of the schedule is due; sources are loaded by entries of their name."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any

from celery.schedules import crontab
from django.utils import timezone


def next_runs(
    entries: Mapping[str, Mapping[str, Any]], *, now: datetime
) -> dict[str, datetime]:
    """Return when each source is loaded next, by its code.

    An entry loads the source of its own name, with "-" for "_".
    """
    return {
        name.replace("-", "_"): next_due(entry["schedule"], after=now)
        for name, entry in entries.items()
    }


def latest_due(schedule: crontab, *, after: datetime, now: datetime) -> datetime | None:
    """Return the last time after `after` and up to `now` that a schedule names."""
    latest = None
    due = next_due(schedule, after=after)
    while due <= now:
        latest, due = due, next_due(schedule, after=due)
    return latest


def next_due(schedule: crontab, *, after: datetime) -> datetime:
    """Return the first time after a moment that a schedule names."""
    asked_then: Any = copy(schedule)
    asked_then.nowfun = lambda: timezone.localtime(after)
    start, wait, _now = asked_then.remaining_delta(timezone.localtime(after))
    due: datetime = start + wait
    return due
