"""A worker is killed while it makes a PDF: the next one makes it, once."""

import datetime as dt
from collections.abc import Iterator

import pytest
from celery import Celery
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from indicators import outbox
from indicators.dossier_files import ask_dossier
from indicators.models import AskedTask, DossierFile
from indicators.series.alert_dossier import Dossier, dossier
from tests.factories import write_cluster
from tests.faults.conftest import Programs, publish_again, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def asked(broker: Celery) -> DossierFile:
    cluster = write_cluster(ubigeo="990101", day=dt.date(2026, 1, 5))
    page = dossier(cluster.pk, lang="es")
    assert isinstance(page, Dossier)
    assert ask_dossier(page, lang="es")
    return DossierFile.objects.get()


@pytest.fixture
def other_session(asked: DossierFile) -> Iterator[BaseDatabaseWrapper]:
    """Another connection, which keeps everybody from reading clusters."""
    session = connection.copy()
    session.set_autocommit(False)
    with session.cursor() as cursor:
        cursor.execute("LOCK territory_alertcluster IN ACCESS EXCLUSIVE MODE")
    yield session
    session.close()


def waits_for_clusters() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted"
            " AND relation = 'territory_alertcluster'::regclass"
        )
        return bool(cursor.fetchone()[0])


def is_done() -> bool:
    return AskedTask.objects.filter(done_at__isnull=False).exists()


def test_the_pdf_of_a_killed_worker_is_made_by_the_next(
    programs: Programs,
    broker: Celery,
    asked: DossierFile,
    other_session: BaseDatabaseWrapper,
) -> None:
    worker = programs.worker()
    assert outbox.publish_due(app=broker) == 1
    wait_until(waits_for_clusters)
    programs.kill(worker)
    other_session.rollback()
    wait_until(lambda: not waits_for_clusters())
    asked.refresh_from_db()
    assert asked.state == "asked"
    programs.worker()
    assert publish_again(broker) == 1
    wait_until(is_done)
    made = DossierFile.objects.get()
    assert (made.state, made.times_asked) == ("made", 1)
    assert bytes(made.body or b"").startswith(b"%PDF-")
    # Delivered once more, nothing is made anew.
    AskedTask.objects.update(done_at=None)
    assert publish_again(broker) == 1
    wait_until(is_done)
    assert DossierFile.objects.get().made_at == made.made_at
