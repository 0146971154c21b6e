"""Asking in a transaction, and publishing on a real broker what was asked for."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from indicators import outbox
from indicators.models import AskedTask
from indicators.tasks import load_gfw_alerts
from tests import factories
from tocache.heartbeat import redis_client

pytestmark = pytest.mark.django_db(transaction=True)
TASK = "indicators.tasks.load_gfw_alerts_of_district"


@pytest.fixture
def app() -> Iterator[Celery]:
    """Publishes to a queue of its own on the real broker."""
    app = Celery(broker=django_settings.CELERY_BROKER_URL, set_as_current=False)
    app.conf.task_default_queue = f"outbox-{os.getpid()}"
    app.conf.broker_transport_options = {"socket_connect_timeout": 1}
    yield app
    redis_client().delete(app.conf.task_default_queue)


def queued(app: Celery) -> list[Any]:
    """Return the arguments of every message that waits in the queue, oldest first."""
    messages: Any = redis_client().lrange(app.conf.task_default_queue, 0, -1)
    return [json.loads(message)["headers"]["kwargsrepr"] for message in messages[::-1]]


def ask(key: str = "a", ubigeo: str = "990101") -> bool:
    return outbox.ask(task=TASK, arguments={"ubigeo": ubigeo}, key=key)


def test_what_is_rolled_back_was_never_asked_for(app: Celery) -> None:
    with transaction.atomic():
        assert ask()
        transaction.set_rollback(True)
    assert outbox.publish_due(app=app) == 0
    assert queued(app) == []


def test_the_same_key_is_asked_and_published_once(app: Celery) -> None:
    assert ask()
    assert not ask(ubigeo="990102")
    assert outbox.publish_due(app=app) == 1
    assert outbox.publish_due(app=app) == 0
    assert queued(app) == ["{'ubigeo': '990101'}"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("indicators.tasks.no_such_task", ImportError),
        ("no.such.module", ImportError),
        ("indicators.outbox.outbox_state", TypeError),
    ],
)
def test_a_misspelt_task_is_refused_when_it_is_asked_for(
    name: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        outbox.ask(task=name, arguments={}, key="a")
    assert not AskedTask.objects.exists()


def test_two_that_publish_at_once_take_different_rows(app: Celery) -> None:
    ask("a", "990101")
    with transaction.atomic():
        AskedTask.objects.select_for_update().get(key="a")
        ask_elsewhere = Thread(target=_ask_and_publish, args=[app])
        ask_elsewhere.start()
        ask_elsewhere.join(20)
        assert queued(app) == ["{'ubigeo': '990102'}"]
    assert outbox.publish_due(app=app) == 1


def _ask_and_publish(app: Celery) -> None:
    try:
        ask("b", "990102")
        outbox.publish_due(app=app)
    finally:
        connection.close()


def test_what_no_worker_did_is_published_again(app: Celery) -> None:
    ask()
    outbox.publish_due(app=app)
    AskedTask.objects.update(due_at=timezone.now())
    assert outbox.publish_due(app=app) == 1
    assert AskedTask.objects.get().publications == 2


def test_a_broker_that_is_away_keeps_the_row_and_its_error() -> None:
    away = Celery(broker="redis://127.0.0.1:1/0", set_as_current=False)
    ask()
    assert outbox.publish_due(app=away) == 0
    row = AskedTask.objects.get()
    assert (row.publications, row.done_at) == (0, None)
    assert "127.0.0.1:1" in row.last_error
    assert timezone.now() < row.due_at < timezone.now() + timedelta(seconds=61)


def test_the_state_tells_what_waits_and_what_is_stuck() -> None:
    nothing = outbox.outbox_state()
    assert (nothing.waiting, nothing.stuck, nothing.oldest_asked_at) == (0, 0, None)
    for key in ("fresh", "late", "given up", "done"):
        ask(key)
    hours_ago = timezone.now() - timedelta(hours=3)
    AskedTask.objects.filter(key="late").update(asked_at=hours_ago)
    AskedTask.objects.filter(key="given up").update(
        gave_up_at=timezone.now(), last_error="OSError"
    )
    AskedTask.objects.filter(key="done").update(done_at=timezone.now())
    state = outbox.outbox_state()
    assert (state.waiting, state.stuck) == (2, 2)
    assert state.oldest_asked_at == hours_ago


def test_only_what_was_done_long_ago_is_forgotten() -> None:
    for key in ("open", "done", "old"):
        ask(key)
    AskedTask.objects.filter(key="done").update(done_at=timezone.now())
    AskedTask.objects.filter(key="old").update(
        done_at=timezone.now() - timedelta(days=31)
    )
    assert outbox.forget_done() == 1
    assert set(AskedTask.objects.values_list("key", flat=True)) == {"open", "done"}


def test_alerts_are_asked_for_once_a_district_and_day(settings: Any) -> None:
    settings.GFW_API_KEY = "k"
    for number in (1, 2):
        factories.PlaceFactory(ubigeo=f"99010{number}")
    assert load_gfw_alerts() == 2
    assert load_gfw_alerts() == 0
    asked = AskedTask.objects.values_list("task", "arguments__ubigeo")
    assert sorted(asked) == [(TASK, "990101"), (TASK, "990102")]


def give_up(key: str) -> AskedTask:
    ask(key)
    AskedTask.objects.filter(key=key).update(
        gave_up_at=timezone.now(), last_error="OSError: lleno", failures=4
    )
    return AskedTask.objects.get(key=key)


def test_what_was_given_up_goes_out_again_with_who_and_why(app: Celery) -> None:
    row, who = give_up("a"), factories.UserFactory()
    assert outbox.publish_due(app=app) == 0
    outbox.ask_again(number=row.pk, who=who, why="Hay sitio en el disco.")
    assert outbox.given_up() == []
    assert outbox.publish_due(app=app) == 1
    row.refresh_from_db()
    assert (row.failures, row.last_error) == (0, "OSError: lleno")
    entry = LogEntry.objects.get(object_id=str(row.pk))
    assert (entry.user, entry.change_message) == (who, "Hay sitio en el disco.")
    with pytest.raises(outbox.NotGivenUp):
        outbox.ask_again(number=row.pk, who=who, why="otra vez")


def test_an_administrator_asks_again_from_the_panel(client: Client) -> None:
    row, who = give_up("a"), factories.UserFactory()
    who.user_permissions.add(Permission.objects.get(codename="change_askedtask"))
    client.force_login(who)
    home = client.get("/panel/").content.decode()
    assert "1 tarea falló varias veces" in home
    path = "/panel/tareas/"
    assert "OSError: lleno" in client.get(path).content.decode()
    refused = client.post(path, {"task": row.pk, "reason": " "})
    assert refused.status_code == 422
    assert "Escribe el motivo." in refused.content.decode()
    asked = {"task": row.pk, "reason": "Ya hay red."}
    for words in ("Pedida otra vez", "ya no está abandonada"):
        page = client.post(path, asked, follow=True).content.decode()
        assert words in page
    assert "No hay tareas abandonadas." in page
    assert LogEntry.objects.get().change_message == "Ya hay red."
