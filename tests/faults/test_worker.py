"""F-06, F-07, F-08 and F-10: a real worker is killed, doubled, cut off its broker."""

import os
import signal
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from celery import Celery
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from indicators import outbox
from indicators.loaders.pipeline import close_dead_loads
from indicators.models import AskedTask, Indicator, Load
from tests.faults.conftest import (
    Programs,
    publish_again,
    redis_address,
    redis_url,
    wait_until,
)
from tests.faults.proxy import Proxy
from tests.loaders.conftest import Losses, published
from tests.loaders.test_geobosques_pipeline import serve

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
TASK = "indicators.tasks.load_geobosques_loss"
YEARS = {2022: Decimal("1350.00"), 2023: Decimal("1400.13")}


class Held:
    """The first request to the source waits until it is let go."""

    def __init__(self) -> None:
        self.came = threading.Event()
        self.go = threading.Event()

    def __call__(self, _request: Request) -> Response:
        self.came.set()
        self.go.wait(60)
        return Response("busy", status=503)


@pytest.fixture
def held(httpserver: HTTPServer, edition_2023: Losses) -> Iterator[Held]:
    held = Held()
    httpserver.expect_oneshot_request(
        "/api/forest-loss/wet-forest-list"
    ).respond_with_handler(held)
    serve(httpserver, edition_2023)
    yield held
    held.go.set()


def children_of(pid: int) -> list[int]:
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(word) for word in words]


def ask(broker: Celery) -> None:
    outbox.ask(task=TASK, arguments={}, key="one")
    outbox.publish_due(app=broker)


def is_done() -> bool:
    return AskedTask.objects.filter(key="one", done_at__isnull=False).exists()


def states() -> list[str]:
    return list(Load.objects.order_by("pk").values_list("state", flat=True))


def test_f06_the_load_of_a_killed_child_is_done_by_another(
    programs: Programs, broker: Celery, indicator: Indicator, held: Held
) -> None:
    worker = programs.worker()
    ask(broker)
    assert held.came.wait(60)
    assert states() == ["downloading"]
    (child,) = children_of(worker.pid)
    os.kill(child, signal.SIGKILL)
    wait_until(lambda: close_dead_loads() == 1)
    held.go.set()
    # The broker gives the message back by itself; if that came too early to get the
    # dead one's lock, the row is published again half a minute later.
    wait_until(lambda: is_done() or programs.said("runs elsewhere"))
    if not is_done():
        publish_again(broker)
    wait_until(is_done)
    assert states() == ["rejected", "published"]
    assert published(indicator) == YEARS


def test_f07_the_load_of_a_killed_worker_is_done_by_the_next(
    programs: Programs, broker: Celery, indicator: Indicator, held: Held
) -> None:
    worker = programs.worker()
    ask(broker)
    assert held.came.wait(60)
    programs.kill(worker)
    held.go.set()
    wait_until(lambda: close_dead_loads() == 1)
    assert published(indicator) == {}
    programs.worker()
    assert publish_again(broker) == 1
    wait_until(is_done)
    assert states() == ["rejected", "published"]
    assert published(indicator) == YEARS


def test_f08_a_task_longer_than_the_brokers_patience_is_done_once(
    programs: Programs, broker: Celery, indicator: Indicator, held: Held
) -> None:
    programs.worker(children=2, FAULTS_VISIBILITY_S="1")
    ask(broker)
    assert held.came.wait(60)
    wait_until(lambda: programs.said("runs elsewhere"))
    assert states() == ["downloading"]
    held.go.set()
    wait_until(is_done)
    # The message comes back once more and finds its row crossed off.
    publish_again(broker)
    outbox.AskedTask.objects.filter(key="one").update(done_at=None)
    publish_again(broker)
    wait_until(is_done)
    assert states() == ["published", "unchanged"]
    assert published(indicator) == YEARS


def test_f10_a_worker_that_lost_its_broker_goes_on_when_it_is_back(
    programs: Programs,
    broker: Celery,
    indicator: Indicator,
    httpserver: HTTPServer,
    edition_2023: Losses,
) -> None:
    serve(httpserver, edition_2023)
    with Proxy(redis_address()) as line:
        worker = programs.worker(REDIS_URL=redis_url(line.port))
        wait_until(lambda: programs.said("ready."))
        line.set("down")
        wait_until(lambda: programs.said("Connection to broker lost"))
        ask(broker)
        assert worker.poll() is None
        line.set("pass")
        wait_until(is_done)
        programs.kill(worker)
    assert states() == ["published"]
    assert published(indicator) == YEARS
