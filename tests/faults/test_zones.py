"""A worker is killed while it publishes zones: the next one publishes them, once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.conf import LazySettings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from indicators import outbox
from indicators.loaders.review import publish_held
from indicators.loaders.zones import accept_upload, run_load
from indicators.models import AskedTask, Load
from territory.models import Zone
from tests import factories
from tests.faults.conftest import Programs, publish_again, wait_until
from tests.loaders.test_zone_loads import area

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TASK = "indicators.tasks.publish_load"


@pytest.fixture
def approved(settings: LazySettings, tmp_path: Path) -> Load:
    settings.MEDIA_ROOT = tmp_path / "media"
    factories.SourceFactory(code="zone_files")
    features = [area("C1", -76.5, -8.5)]
    load = accept_upload(
        body=json.dumps({"type": "FeatureCollection", "features": features}).encode(),
        name="zonas.geojson",
        kind=Zone.Kind.CONCESSION,
        who=factories.UserFactory(),
    )
    held = run_load(load)
    AskedTask.objects.update(done_at=held.finished_at)
    return publish_held(load=held, who=factories.UserFactory(), why="Revisado")


@pytest.fixture
def zones_held_elsewhere(approved: Load) -> Iterator[BaseDatabaseWrapper]:
    """Another connection, which keeps everybody from writing zones."""
    session = connection.copy()
    session.set_autocommit(False)
    with session.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('forest_alerts:zones', 0))"
        )
    yield session
    session.close()


def waits_for_zones() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
        )
        return bool(cursor.fetchone()[0])


def is_done() -> bool:
    return AskedTask.objects.filter(task=TASK, done_at__isnull=False).exists()


def test_zones_of_a_killed_worker_are_published_by_the_next(
    programs: Programs,
    broker: Celery,
    approved: Load,
    zones_held_elsewhere: BaseDatabaseWrapper,
) -> None:
    worker = programs.worker()
    assert outbox.publish_due(app=broker) == 1
    wait_until(waits_for_zones)
    programs.kill(worker)
    zones_held_elsewhere.rollback()
    wait_until(lambda: not waits_for_zones())
    approved.refresh_from_db()
    assert approved.state == Load.State.APPROVED
    assert not Zone.objects.exists()
    programs.worker()
    assert publish_again(broker) == 1
    wait_until(is_done)
    approved.refresh_from_db()
    assert (approved.state, approved.reason) == (Load.State.PUBLISHED, "Revisado")
    assert [zone.code for zone in Zone.objects.all()] == ["C1"]
