"""When an entry is due, and that two who follow the schedule ask once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from django.db import connection

from indicators.models import AskedTask, ScheduleMark
from tocache.schedule import follow_schedule, latest_due, next_due

LIMA = ZoneInfo("America/Lima")
DAILY = crontab(minute=40, hour=3)
MONDAYS = crontab(minute=20, hour=3, day_of_week=1)
ENTRIES: dict[str, dict[str, Any]] = {
    "alerts": {"task": "indicators.tasks.load_gfw_alerts", "schedule": DAILY}
}


def at(text: str) -> datetime:
    """Return a time of Lima; 2026-11-23 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=LIMA)


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        (DAILY, "2026-11-21 03:39", "2026-11-21 03:40"),
        (DAILY, "2026-11-21 03:40", "2026-11-22 03:40"),
        (DAILY, "2026-12-31 23:59", "2027-01-01 03:40"),
        (MONDAYS, "2026-11-21 12:00", "2026-11-23 03:20"),
        (MONDAYS, "2026-11-23 03:20", "2026-11-30 03:20"),
        (crontab(minute="*/15"), "2026-11-21 23:50", "2026-11-22 00:00"),
    ],
)
def test_next_time(schedule: crontab, after: str, due: str) -> None:
    assert next_due(schedule, after=at(after)) == at(due)


@pytest.mark.parametrize(
    ("after", "now", "due"),
    [
        ("2026-11-21 03:40", "2026-11-22 03:39", None),
        ("2026-11-21 03:40", "2026-11-22 03:40", "2026-11-22 03:40"),
        ("2026-11-21 03:40", "2026-11-25 02:00", "2026-11-24 03:40"),
    ],
)
def test_of_missed_times_the_latest(after: str, now: str, due: str | None) -> None:
    found = latest_due(DAILY, after=at(after), now=at(now))
    assert found == (None if due is None else at(due))


@pytest.mark.django_db(transaction=True)
def test_a_period_is_asked_for_once_by_however_many() -> None:
    follow_schedule(ENTRIES, now=at("2026-11-21 12:00"))
    assert not AskedTask.objects.exists()

    def follow(now: datetime) -> int:
        try:
            return follow_schedule(ENTRIES, now=now)
        finally:
            connection.close()

    for day in ("2026-11-22 03:40", "2026-11-23 03:41"):
        with ThreadPoolExecutor(4) as several:
            asked = list(several.map(follow, [at(day)] * 4))
        assert sorted(asked) == [0, 0, 0, 1]
    assert AskedTask.objects.count() == 2
    assert ScheduleMark.objects.get(name="alerts").followed_to == at("2026-11-23 03:40")
