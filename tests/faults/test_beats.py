"""F-09: two beats follow the same schedule at once."""

from collections import Counter
from datetime import timedelta

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.utils import timezone

from indicators.models import AskedTask, ScheduleMark
from tests.faults.conftest import Programs, wait_until
from tocache.heartbeat import redis_client

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_f09_two_beats_ask_once_for_each_period(
    programs: Programs, broker: Celery
) -> None:
    entries = django_settings.CELERY_BEAT_SCHEDULE
    long_ago = timezone.now() - timedelta(days=40)
    for name in entries:
        ScheduleMark.objects.create(name=name, followed_to=long_ago)
    beats = [
        programs.start("beat", "--pidfile=", "-l", "INFO", TOCACHE_VAR=f"{folder}")
        for folder in (programs.log.parent / "one", programs.log.parent / "two")
    ]
    signs = [programs.log.parent / n / "beat" / "schedule" for n in ("one", "two")]
    wait_until(lambda: all(sign.exists() for sign in signs))
    assert [beat.poll() for beat in beats] == [None, None]
    asked = Counter(
        key.partition(":")[0] for key in AskedTask.objects.values_list("key", flat=True)
    )
    assert set(asked) == set(entries)
    # The short periods may have begun anew while both started.
    often = {"dead-loads", "send-notices", "alert-clusters"}
    assert {asked[name] for name in set(entries) - often} == {1}
    assert {asked[name] for name in often} <= {1, 2}
    wait_until(lambda: not AskedTask.objects.filter(published_at=None).exists())
    assert set(AskedTask.objects.values_list("publications", flat=True)) == {1}
    queue = programs.environment["FAULTS_QUEUE"]
    with redis_client() as redis:
        assert redis.llen(queue) == AskedTask.objects.count()
