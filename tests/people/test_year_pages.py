"""Pages that close and open a year, and the public one that says so."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from indicators.models import YearLock
from tests import factories

SESSION = "Sesión ordinaria 3 del COTEDETEP, 12 de noviembre de 2026"


@pytest.fixture
def client(signed_in: Callable[[User], Client], reviewer: User) -> Client:
    return signed_in(reviewer)


def public() -> str:
    return Client().get("/anios/").content.decode()


def test_year_is_closed_and_opened_and_everybody_can_read_it(client: Client) -> None:
    assert "Todavía no se cerró ningún año." in public()
    page = client.post("/panel/anios/2024/cerrar/", {"session": SESSION}, follow=True)
    assert "El año 2024 quedó cerrado." in page.content.decode()
    assert SESSION in public()
    client.post("/panel/anios/2024/abrir/", {"reason": "Llegó la cifra oficial."})
    assert "Llegó la cifra oficial." in public()
    assert "revisora" not in public()
    assert YearLock.objects.get().unlocked_by.username == "revisora"


@pytest.mark.parametrize(
    ("path", "field", "words"),
    [
        ("2024/cerrar", "session", "Escribe en qué sesión"),
        ("2020/abrir", "reason", "Escribe el motivo."),
    ],
)
def test_without_its_words_nothing_is_done(
    client: Client, path: str, field: str, words: str
) -> None:
    factories.YearLockFactory(year=2020)
    for typed in ("", "   "):
        answer = client.post(f"/panel/anios/{path}/", {field: typed})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert YearLock.objects.get().unlocked_at is None


def test_what_was_typed_stays_in_a_refused_form(client: Client) -> None:
    answer = client.post("/panel/anios/2024/cerrar/", {"session": "x" * 201})
    assert answer.status_code == 422
    assert "x" * 201 in answer.content.decode()


def test_year_closed_or_opened_meanwhile_is_said(client: Client) -> None:
    factories.YearLockFactory(year=2020)
    for path, words in (
        ("2020/cerrar", "Otra persona ya cerró este año."),
        ("2021/abrir", "Otra persona ya abrió este año."),
    ):
        page = client.post(f"/panel/anios/{path}/", {"session": "x"}, follow=True)
        assert words in page.content.decode()


@pytest.mark.parametrize("year", [2999, 1900, 99999999999999999999])
def test_year_that_has_not_ended_or_is_unknown_is_not_found(
    client: Client, year: int
) -> None:
    assert client.get(f"/panel/anios/{year}/cerrar/").status_code == 404
    assert client.post(f"/panel/anios/{year}/abrir/").status_code == 404


def test_list_counts_what_is_public_and_what_waits(client: Client) -> None:
    factories.YearlyValueFactory(year=2024)
    factories.YearlyValueFactory(year=2024, synthetic=True)
    factories.YearlyValueFactory(year=2024, draft=True, state="in_review")
    page = client.get("/panel/anios/2024/cerrar/").content.decode()
    assert "Hay 1 valor publicado." in page
    assert "1 en revisión y 0 en borrador" in page
