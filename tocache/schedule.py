"""The schedule: asks for what is due and publishes what was asked for.

Celery's own scheduler publishes to the broker: what falls due while that is away is
lost, and two of them do everything twice. This one writes a row for each period into
the database, where one row a period can be, and hands all rows on from there.
"""

import logging
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from celery.beat import Scheduler
from celery.schedules import crontab
from django.conf import settings
from django.db import Error, close_old_connections, transaction
from django.utils import timezone

from indicators.models import ScheduleMark
from indicators.outbox import ask, publish_due

logger = logging.getLogger(__name__)

EVERY_S: Final = 5.0
# The row that says when the schedule was last looked at.
ALIVE: Final = "schedule"


class OutboxScheduler(Scheduler):
    """Beat's part that decides what is due, kept in the database."""

    def tick(self, *_args: Any, **_options: Any) -> float:
        """Return in how many seconds to look again; a silent database is waited for."""
        try:
            close_old_connections()
            follow_schedule(settings.CELERY_BEAT_SCHEDULE, now=timezone.now())
            publish_due(app=self.app)
        except Error as error:
            logger.warning("no database, the schedule waits: %s", error)
        else:
            _leave_sign(Path(settings.CELERY_BEAT_SCHEDULE_FILENAME))
        return EVERY_S


def _leave_sign(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path)


def follow_schedule(entries: dict[str, dict[str, Any]], *, now: datetime) -> int:
    """Return how many tasks were asked for since the schedule was last followed.

    An entry first seen is followed from now on. Of periods missed in a row, as after
    days without power, the latest alone is asked for.
    """
    asked = 0
    for name, entry in entries.items():
        with transaction.atomic():
            mark = _locked_mark(name, now)
            due = latest_due(entry["schedule"], after=mark.followed_to, now=now)
            if due is None:
                continue
            asked += ask(
                task=entry["task"],
                arguments=entry.get("kwargs", {}),
                key=f"{name}:{due.isoformat()}",
            )
            mark.followed_to = due
            mark.save()
    ScheduleMark.objects.update_or_create(name=ALIVE, defaults={"followed_to": now})
    return asked


def _locked_mark(name: str, now: datetime) -> ScheduleMark:
    ScheduleMark.objects.get_or_create(name=name, defaults={"followed_to": now})
    return ScheduleMark.objects.select_for_update().get(name=name)


def latest_due(schedule: crontab, *, after: datetime, now: datetime) -> datetime | None:
    """Return the last time after `after` and up to `now` that a schedule names."""
    latest = None
    due = next_due(schedule, after=after)
    while due <= now:
        latest, due = due, next_due(schedule, after=due)
    return latest


def next_due(schedule: crontab, *, after: datetime) -> datetime:
    """Return the first time after a moment that a schedule names."""
    asked_from = crontab(
        minute=schedule._orig_minute,
        hour=schedule._orig_hour,
        day_of_week=schedule._orig_day_of_week,
        day_of_month=schedule._orig_day_of_month,
        month_of_year=schedule._orig_month_of_year,
        nowfun=lambda: timezone.localtime(after),
    )
    start, wait, _now = asked_from.remaining_delta(timezone.localtime(after))
    return start + wait
