"""F-03, F-04 and F-05: the database restarts, is down, or says nothing more."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tests import factories
from tests.faults.proxy import Proxy

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
PAGE = "/indicadores/"


@pytest.fixture
def reader() -> Client:
    factories.TargetFactory()
    return Client(raise_request_exception=False)


def statuses(reader: Client, *pages: str) -> list[int]:
    return [reader.get(page).status_code for page in pages]


def test_f03_no_reader_notices_that_every_connection_was_cut(
    database_line: Proxy, reader: Client
) -> None:
    assert statuses(reader, PAGE) == [200]
    for _ in range(4):
        database_line.cut()
        connection.close_if_unusable_or_obsolete()
        assert statuses(reader, PAGE, "/estado/") == [200, 200]


def test_f04_a_database_that_is_down_is_a_503_that_ends_by_itself(
    database_line: Proxy, reader: Client
) -> None:
    database_line.set("down")
    connection.close()
    for page in (PAGE, "/en/indicadores/", "/estado/", "/api/v1/indicators/"):
        answer = reader.get(page)
        assert answer.status_code == 503, page
        assert int(answer.headers["Retry-After"]) > 0
    assert "no está disponible" in reader.get(PAGE).content.decode()
    assert "La base de datos no responde" in reader.get("/estado/").content.decode()
    database_line.set("pass")
    assert statuses(reader, PAGE, "/estado/") == [200, 200]


def test_f05_a_silent_database_is_hung_up_on(
    database_line: Proxy, reader: Client, settings: Any
) -> None:
    settings.DATABASE_PATIENCE_S = 0.5
    connection.settings_dict["OPTIONS"]["connect_timeout"] = 2
    assert statuses(reader, PAGE) == [200]
    database_line.set("stall")
    # Without the limit this line is where the test would hang for ever.
    answer = reader.get(PAGE)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert reader.get("/estado/").status_code == 503
    database_line.set("pass")
    connection.close()
    assert statuses(reader, PAGE) == [200]
    connection.settings_dict["OPTIONS"]["connect_timeout"] = 5
