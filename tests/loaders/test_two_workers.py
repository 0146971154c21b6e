"""A department's alerts, loaded district by district by two real workers at once."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection
from django.utils import timezone

from indicators.models import Load
from territory.models import ForestAlert, Place
from tests import factories
from tests.sources.gfw_server import API_KEY, GfwServer
from tests.territory.test_alerts import totals, totals_from_rows
from tests.territory.test_zones import box as square
from tests.territory.test_zones import save, zone, zones_by_sql, zones_stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TASK = "indicators.tasks.load_gfw_alerts_of_district"
# As many as San Martín has, in rows of 13 and columns of 6.
DISTRICTS = 78
ALERTS = 2_000
WORDS = ("nominal", "high", "highest")


@pytest.fixture
def server() -> Iterator[GfwServer]:
    with GfwServer() as server:
        yield server


@pytest.fixture
def queue(server: GfwServer, tmp_path: Any) -> Iterator[Celery]:
    """Two worker processes on the test database; yields what publishes to them."""
    database = connection.settings_dict
    url = "postgis://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    if socket_folder := database["OPTIONS"].get("host"):
        url = f"postgis://{database['USER']}@/{database['NAME']}?host={socket_folder}"
    name = f"two-{os.getpid()}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "GFW_URL": server.url,
        "GFW_API_KEY": API_KEY,
        "SOURCE_PRIVATE_ENDPOINTS": "{}:{}".format(*server.endpoint),
        "TOCACHE_VAR": str(tmp_path),
        "DEMO": "1",
    }
    command = [sys.executable, "-m", "celery", "-A", "tocache", "worker", "-l", "error"]
    command += ["--pool=prefork", "--concurrency=1", "-Q", name, "-n"]
    workers = [
        subprocess.Popen([*command, f"{name}-{number}@%h"], env=environment)
        for number in (1, 2)
    ]
    app = Celery(broker=django_settings.CELERY_BROKER_URL, set_as_current=False)
    app.conf.task_default_queue = name
    yield app
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    for worker in workers:
        worker.wait(timeout=60)


def make_department() -> list[str]:
    """Squares of a tenth of a degree side by side; their numbers."""
    first = factories.PlaceFactory(ubigeo="990101")
    for number in range(DISTRICTS):
        row, column = divmod(number, 6)
        west, south = -77 + column / 10, -9 + row / 10
        geom = Polygon.from_bbox((west, south, west + 0.1, south + 0.1))
        Place.objects.update_or_create(
            generation=first.generation,
            ubigeo=f"99{number // 8 + 1:02d}{number % 8 + 1:02d}",
            defaults={
                "jurisdiction": first.jurisdiction,
                "name": f"Distrito {number}",
                "level": Place.Level.DISTRICT,
                "geom": MultiPolygon(geom, srid=4326),
                "area_ha": 12_000,
            },
        )
    return list(Place.objects.values_list("ubigeo", flat=True))


def make_alerts() -> list[tuple[float, float, str, str]]:
    """One alert a pixel of the source's grid, all over the department and beyond."""
    rng = np.random.default_rng(78)
    cells = np.unique(rng.integers(0, [6_500, 13_500], size=(ALERTS, 2)), axis=0)
    last = timezone.localdate()
    return [
        (
            round(-77 + x / 10_000 + 0.00005, 5),
            round(-9 + y / 10_000 + 0.00005, 5),
            (last - dt.timedelta(days=int(rng.integers(0, 170)))).isoformat(),
            WORDS[int(rng.integers(0, 3))],
        )
        for x, y in cells.tolist()
    ]


def wait_for_loads(count: int) -> None:
    deadline = time.monotonic() + 240
    while Load.objects.exclude(finished_at=None).count() < count:
        assert time.monotonic() < deadline, "the loads did not end"
        time.sleep(0.2)


def stored() -> list[tuple[Any, ...]]:
    rows = ForestAlert.objects.order_by("pixel", "alert_date")
    return list(rows.values_list("pixel", "alert_date", "district", "confidence"))


def test_nothing_is_lost_and_nothing_comes_twice(
    queue: Celery, server: GfwServer
) -> None:
    ubigeos = make_department()
    assert len(ubigeos) == DISTRICTS
    factories.SourceFactory(code="gfw_integrated_alerts")
    save(1, zone("A", square(-76.9, -8.9, -76.55, -8.2)))
    server.alerts = make_alerts()
    server.is_clipping = True
    inside = [a for a in server.alerts if a[0] < -76.4 and a[1] < -7.7]
    assert 0 < len(inside) < len(server.alerts)

    for ubigeo in ubigeos:
        queue.send_task(TASK, [ubigeo])
    wait_for_loads(DISTRICTS)
    states = set(Load.objects.values_list("state", flat=True))
    assert states == {Load.State.PUBLISHED}, Load.objects.values_list("reason")
    assert len(stored()) == len(inside)
    assert sum(load.rows_added or 0 for load in Load.objects.all()) == len(inside)
    assert totals() == totals_from_rows()
    assert zones_stored() == zones_by_sql()

    # Some of them twice over, as after a lost acknowledgement: nothing moves.
    before = stored(), totals()
    server.version = "v20261119"
    for ubigeo in [*ubigeos[:6], *ubigeos[:6]]:
        queue.send_task(TASK, [ubigeo])
    wait_for_loads(DISTRICTS + 6)
    assert (stored(), totals()) == before
    again = Load.objects.exclude(finished_at=None).order_by("pk")[DISTRICTS:]
    assert {load.state for load in again} == {Load.State.UNCHANGED}
