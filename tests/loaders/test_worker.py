"""A real worker on a real broker: the scheduled load, a new edition, a held one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.db import connection
from pytest_httpserver import HTTPServer

from indicators.loaders.review import publish_held
from indicators.models import Indicator, Load
from tests import factories
from tests.loaders.conftest import Losses, published
from tests.loaders.test_geobosques_pipeline import serve

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TASK = "indicators.tasks.load_geobosques_loss"


@pytest.fixture
def queue(httpserver: HTTPServer, tmp_path: Any) -> Iterator[Celery]:
    """A worker process on the test database; yields what publishes to it."""
    database = connection.settings_dict
    url = "postgis://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    if socket_folder := database["OPTIONS"].get("host"):
        url = f"postgis://{database['USER']}@/{database['NAME']}?host={socket_folder}"
    name = f"test-{os.getpid()}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "GEOBOSQUES_URL": httpserver.url_for("").rstrip("/"),
        "SOURCE_PRIVATE_ENDPOINTS": f"{httpserver.host}:{httpserver.port}",
        "TOCACHE_VAR": str(tmp_path),
        "DEMO": "1",
    }
    command = [sys.executable, "-m", "celery", "-A", "tocache", "worker"]
    command += ["--pool=prefork", "--concurrency=1", "-Q", name, "-l", "warning"]
    worker = subprocess.Popen(command, env=environment)
    app = Celery(broker=django_settings.CELERY_BROKER_URL, set_as_current=False)
    app.conf.task_default_queue = name
    yield app
    worker.send_signal(signal.SIGTERM)
    worker.wait(timeout=30)


def wait_for_load(number: int) -> Load:
    """Return the load of that number once it has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ended = Load.objects.exclude(finished_at=None).order_by("pk")
        if ended.count() >= number:
            return ended[number - 1]
        time.sleep(0.1)
    raise AssertionError(f"load {number} did not end")


def test_a_worker_adds_an_edition_and_a_held_one_waits_for_a_person(
    queue: Celery,
    indicator: Indicator,
    edition_2023: Losses,
    httpserver: HTTPServer,
    table: Callable[[Losses], bytes],
) -> None:
    serve(httpserver, edition_2023)
    queue.send_task(TASK)
    assert wait_for_load(1).state == Load.State.PUBLISHED
    assert published(indicator)[2023] == Decimal("1400.13")

    for row in edition_2023.values():
        row[2024] = "300.06"
    httpserver.clear()
    serve(httpserver, edition_2023)
    queue.send_task(TASK)
    second = wait_for_load(2)
    assert (second.state, second.rows_added) == (Load.State.PUBLISHED, 3)
    assert published(indicator)[2024] == Decimal("900.18")

    edition_2023["990101"][2024] = "900.00"
    httpserver.clear()
    serve(httpserver, edition_2023)
    queue.send_task(TASK)
    held = wait_for_load(3)
    assert held.state == Load.State.HELD
    assert published(indicator)[2024] == Decimal("900.18")
    publish_held(load=held, who=factories.UserFactory(), why="Confirmado por el MINAM")
    assert published(indicator)[2024] == Decimal("1500.12")
