"""/estado/ says what is so: no database, a full disk, a stuck task, an old source."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from indicators.models import AskedTask, Load, ScheduleMark, SourceFile
from tests import factories
from tocache import cache as shared_cache
from tocache.schedule import ALIVE
from tocache.states import disk_state

pytestmark = pytest.mark.django_db
STATE = "/estado/"


def words(client: Client, path: str = STATE, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    assert "no-store" in answer.headers["Cache-Control"] or status == 503
    return " ".join(answer.content.decode().split())


def test_each_part_has_a_word(client: Client) -> None:
    page = words(client)
    assert 'Base de datos</dt><dd><span class="status tone-met">' in page
    # No worker and no schedule run beside the tests.
    for part in ("Trabajador de cargas y envíos", "Programación"):
        assert f'{part}</dt><dd><span class="status tone-worse">' in page
    ScheduleMark.objects.create(name=ALIVE, followed_to=timezone.now())
    page = words(client)
    assert 'Programación</dt><dd><span class="status tone-met">' in page


def test_a_silent_database_is_a_503_in_both_languages(
    client: Client, settings: Any
) -> None:
    port = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = "1"
    try:
        page = words(client, status=503)
        assert client.get(STATE).headers["Retry-After"] == "60"
        english = client.get("/en/estado/")
    finally:
        connection.settings_dict["PORT"] = port
    assert "La base de datos no responde" in page
    assert (english.status_code, english["Content-Language"]) == (503, "en")
    assert words(client)


def test_stuck_tasks_and_missing_files_are_told(client: Client) -> None:
    long_ago = timezone.now() - dt.timedelta(hours=2)
    AskedTask.objects.create(key="a", task="x", due_at=timezone.now())
    AskedTask.objects.update(asked_at=long_ago)
    SourceFile.objects.create(
        source=factories.SourceFactory(),
        sha256="0",
        size_bytes=1,
        path="sources/x",
        fetched_at=long_ago,
        missing_since=long_ago,
    )
    page = words(client)
    assert "1 tarea espera. 1 está atascada" in page
    assert "Falta 1 archivo de una fuente" in page


@pytest.mark.parametrize(("percent", "state"), [(84, "ok"), (85, "limited")])
def test_a_disk_is_nearly_full_from_85_percent(percent: int, state: str) -> None:
    assert disk_state(percent).state == state
    assert str(percent) in disk_state(percent).effect


def test_a_source_says_the_same_here_and_on_its_own_page(client: Client) -> None:
    source = factories.SourceFactory(
        code="geobosques_loss", is_scheduled=True, late_after_days=30
    )
    good = timezone.now() - dt.timedelta(days=100)
    factories.LoadFactory(source=source, started_at=good, published_at=good)
    factories.LoadFactory(
        source=source, state=Load.State.REJECTED, reason="El servicio no responde."
    )
    for path in (STATE, "/fuentes/"):
        page = " ".join(client.get(path).content.decode().split())
        assert "Última carga rechazada" in page
        assert "El servicio no responde." in page
        assert "Próxima carga" in page
    assert "Atrasada desde" in words(client)


def test_only_staff_is_told_that_redis_is_away(settings: Any) -> None:
    def page_of(user: User) -> str:
        client = Client()
        client.force_login(user)
        return client.get("/privacidad/").content.decode()

    staff = factories.UserFactory(is_staff=True)
    assert "Redis no responde" not in page_of(staff)
    location = settings.CACHES["default"]["LOCATION"]
    settings.CACHES["default"]["LOCATION"] = "redis://127.0.0.1:1/0"
    from django.core.cache import caches

    del caches["default"]
    try:
        assert "Redis no responde" in page_of(staff)
        assert "Redis no responde" not in page_of(factories.UserFactory())
    finally:
        settings.CACHES["default"]["LOCATION"] = location
        del caches["default"]
        shared_cache.wake()
    assert "Redis no responde" not in page_of(staff)
