"""The queue of review, the page of differences, and what is published of them."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from indicators.models import YearlyValue
from indicators.yearly.review_actions import Chosen, publish_values
from tests import factories

QUEUE, PUBLISH = "/panel/revision/", "/panel/revision/publicar/"
SignIn = Callable[[User], Client]
MakeRow = Callable[..., YearlyValue]


@pytest.fixture
def waiting(editor: User) -> MakeRow:
    """Write a value in review, of one indicator and place unless said otherwise."""
    indicator = factories.TargetFactory().indicator
    place = factories.PlaceFactory(province=True)

    def make(year: int, **fields: object) -> YearlyValue:
        common = {"indicator": indicator, "place": place, "recorded_by": editor}
        state = {"draft": True, "state": "in_review"}
        row: YearlyValue = factories.YearlyValueFactory(
            **{**common, **state, "year": year, **fields}
        )
        return row

    return make


def published(waiting: MakeRow, year: int, reviewer: User) -> YearlyValue:
    row = waiting(year)
    publish_values(actor=reviewer, chosen=[Chosen(row.pk, row.lock_version)])
    row.refresh_from_db()
    return row


@pytest.fixture
def client(signed_in: SignIn, reviewer: User) -> Client:
    return signed_in(reviewer)


def text(client: Client, path: str, **query: object) -> str:
    return client.get(path, query).content.decode()


def token(row: YearlyValue) -> str:
    return f"{row.pk}-{row.lock_version}"


def test_row_shows_old_new_change_and_the_authors_reasons(
    client: Client, waiting: MakeRow, reviewer: User
) -> None:
    published(waiting, 2023, reviewer)
    waiting(
        2024,
        value="2.5",
        kind="estimated",
        confirmation="Hubo buena lluvia.",
        proxy="cuarto grado",
    )
    page = text(client, QUEUE)
    for shown in (
        "1.25 t/ha",
        "2.5 t/ha",
        "+100.0 %",
        "Estimado",
        "Anuario",
        "Sin enlace",
        "Hubo buena lluvia.",
        "cuarto grado",
        "El valor cambia +100 % respecto de 2023",
    ):
        assert shown in page, shown


def test_queue_and_differences_open_the_evidence_and_say_its_level(
    client: Client, waiting: MakeRow
) -> None:
    row = waiting(2024)
    YearlyValue.objects.filter(pk=row.pk).update(state="draft")
    factories.EvidenceFactory(value=row, title="Acta", url="https://example.org/acta")
    factories.EvidenceFactory(
        value=row, title="Padrón", url="https://example.org/padron", is_public=False
    )
    YearlyValue.objects.filter(pk=row.pk).update(state="in_review")
    for page in (text(client, QUEUE), text(client, PUBLISH, value=row.pk)):
        assert "<b>3 de 4</b>" in page
        assert 'href="https://example.org/acta" rel="noreferrer">Acta</a>' in page
        assert 'href="https://example.org/padron"' in page
        assert page.count("Reservada") == 1


def test_correction_is_compared_with_what_it_corrects(
    client: Client, waiting: MakeRow, reviewer: User
) -> None:
    old = published(waiting, 2024, reviewer)
    waiting(2024, version=2, supersedes=old, value="1", change_reason="La fuente.")
    page = text(client, QUEUE)
    assert "(publicado, se corrige)" in page
    assert "-20.0 %" in page
    assert "La fuente." in page


def test_missing_value_waits_like_any_other(client: Client, waiting: MakeRow) -> None:
    row = waiting(2024, value=None, kind="no_data", no_data_reason="not_collected")
    assert "Sin dato: no se levantó" in text(client, QUEUE)
    client.post(PUBLISH, {"value": token(row)})
    page = Client().get(f"/indicadores/{row.indicator.slug}/").content.decode()
    assert "Sin dato: no se levantó" in page


def test_filters_of_the_address_narrow_the_queue(
    client: Client, waiting: MakeRow, make_person: Callable[..., User]
) -> None:
    other = make_person("editor", username="otra")
    first = waiting(2023)
    second = waiting(2024, recorded_by=other, indicator=factories.IndicatorFactory())
    for query, shown in (
        ({}, {first, second}),
        ({"anio": 2023}, {first}),
        ({"persona": other.pk}, {second}),
        ({"indicador": second.indicator_id}, {second}),
        ({"eje": "bosque"}, {first, second}),
        ({"eje": "otro"}, set()),
        ({"eje": "bosque", "anio": "99999999999", "persona": "²"}, {first, second}),
    ):
        page = text(client, QUEUE, **query)
        for row in (first, second):
            assert (f'id="tick-{row.pk}"' in page) == (row in shown), query


def test_own_values_and_closed_years_have_no_tick(
    client: Client, waiting: MakeRow, reviewer: User
) -> None:
    own, closed = waiting(2023, recorded_by=reviewer), waiting(2022)
    factories.YearLockFactory(year=2022)
    page = text(client, QUEUE)
    assert "Tú registraste este valor" in page
    assert "El año está cerrado" in page
    assert 'type="checkbox"' not in page
    page = text(client, PUBLISH, value=[own.pk, closed.pk, 999_999])
    assert "1 de los que marcaste ya no está en revisión." in page
    assert "Ninguno de los que marcaste se puede publicar ahora." in page


def test_differences_are_shown_first_and_publish_nothing(
    client: Client, waiting: MakeRow
) -> None:
    rows = [waiting(year) for year in (2023, 2024)]
    page = text(client, PUBLISH, value=[row.pk for row in rows])
    assert "Publicar estos 2" in page
    assert all(f'value="{token(row)}"' in page for row in rows)
    assert not YearlyValue.objects.published().exists()
    answer = client.post(PUBLISH, {"value": [token(row) for row in rows]}, follow=True)
    assert "Se publicaron 2 valores." in answer.content.decode()
    assert YearlyValue.objects.published().count() == 2


def test_what_changed_since_it_was_shown_is_named_and_not_published(
    client: Client, waiting: MakeRow
) -> None:
    stale, good = waiting(2023), waiting(2024)
    tokens = [token(stale), token(good)]
    YearlyValue.objects.filter(pk=stale.pk).update(value="9", lock_version=2)
    answer = client.post(PUBLISH, {"value": tokens})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Se publicó 1 valor." in page
    assert "Quedó 1 sin publicar" in page
    assert "Alguien lo cambió después" in page
    assert list(YearlyValue.objects.published()) == [good]


@pytest.mark.parametrize(
    "values", [[], ["x"], ["1-"], ["9" * 40 + "-1"], ["²-1"], ["-1-1"]]
)
def test_nonsense_is_refused_in_words(
    client: Client, waiting: MakeRow, values: list[str]
) -> None:
    row = waiting(2024)
    for answer in (
        client.get(PUBLISH, {"value": values}),
        client.post(PUBLISH, {"value": values}),
    ):
        assert answer.status_code == 422
        assert "Marca entre 1 y 50 valores" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "in_review"


def test_queue_asks_the_same_queries_whatever_waits(
    client: Client, waiting: MakeRow
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(QUEUE).status_code == 200
        return len(caught)

    waiting(2000)
    client.get(QUEUE)
    few = queries()
    for year in range(2001, 2060):
        row = waiting(year)
        YearlyValue.objects.filter(pk=row.pk).update(state="draft")
        factories.EvidenceFactory(value=row)
        YearlyValue.objects.filter(pk=row.pk).update(state="in_review")
    assert queries() == few
    assert "Página 2 de 2" in text(client, QUEUE, pagina="2")


def test_story_names_persons_roles_and_what_sql_changed(
    client: Client, waiting: MakeRow
) -> None:
    row = waiting(2024)
    client.post(f"/panel/revision/{row.pk}/publicar/", {"lock_version": 1})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE indicators_yearlyvalue SET value = 9 WHERE id = %s", [row.pk]
        )
    page = text(client, f"/panel/valores/{row.pk}/")
    assert "revisora · Revisión" in page
    assert "de 1.25 t/ha a 9.0 t/ha" in page
    assert "Sin sesión: servidor o base de datos" in page
