"""A worker is killed while it saves a workbook: all of it or nothing, then all once."""

from collections.abc import Iterator

import pytest
from celery import Celery
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from governance.role_sync import sync_roles
from indicators import outbox
from indicators.models import AskedTask, WorkbookImport, YearlyValue
from indicators.workbooks import actions
from indicators.yearly.assignments import assign_all
from tests import factories
from tests.faults.conftest import Programs, publish_again, wait_until
from tests.workbooks.sheets import filled, good

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def asked(broker: Celery, monkeypatch: pytest.MonkeyPatch) -> WorkbookImport:
    """A workbook of three rows that waits to be saved by a worker."""
    monkeypatch.setattr(actions, "MOST_ROWS_AT_ONCE", 2)
    factories.PlaceFactory(province=True)
    for _ in range(3):
        factories.IndicatorFactory()
    sync_roles(write=True)
    editor: User = factories.UserFactory()
    editor.groups.add(Group.objects.get(name="editor"))
    assign_all(editor)
    content = filled(editor, lambda n, _row: good(n))
    sent = actions.send_workbook(actor=editor, file_name="a.xlsx", content=content)
    assert actions.preview_workbook(sent.pk) == "read"
    AskedTask.objects.all().delete()
    return actions.accept_workbook(actor=editor, import_id=sent.pk)


@pytest.fixture
def other_session(asked: WorkbookImport) -> Iterator[BaseDatabaseWrapper]:
    """Another connection, which lets nobody write the history of values."""
    session = connection.copy()
    session.set_autocommit(False)
    with session.cursor() as cursor:
        # The first value is written by then and its history is not.
        cursor.execute("LOCK indicators_yearlyvalueevent IN SHARE MODE")
    yield session
    session.close()


def waits_for_history() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted"
            " AND relation = 'indicators_yearlyvalueevent'::regclass"
        )
        return bool(cursor.fetchone()[0])


def is_done() -> bool:
    return AskedTask.objects.filter(done_at__isnull=False).exists()


def test_the_workbook_of_a_killed_worker_is_saved_once_by_the_next(
    programs: Programs,
    broker: Celery,
    asked: WorkbookImport,
    other_session: BaseDatabaseWrapper,
) -> None:
    worker = programs.worker()
    assert outbox.publish_due(app=broker) == 1
    wait_until(waits_for_history)
    programs.kill(worker)
    other_session.rollback()
    wait_until(lambda: not waits_for_history())
    asked.refresh_from_db()
    assert (asked.state, YearlyValue.objects.count()) == ("saving", 0)
    programs.worker()
    assert publish_again(broker) == 1
    wait_until(is_done)
    asked.refresh_from_db()
    assert (asked.state, len(asked.written)) == ("saved", 3)
    written = list(YearlyValue.objects.order_by("pk").values())
    # Delivered once more, nothing is saved anew.
    AskedTask.objects.update(done_at=None)
    assert publish_again(broker) == 1
    wait_until(is_done)
    assert list(YearlyValue.objects.order_by("pk").values()) == written
