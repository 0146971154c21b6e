"""The public history: every change in words, whoever made it, and never a draft."""

import datetime as dt
from decimal import Decimal
from io import StringIO
from typing import Any

import pghistory
import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from indicators.models import Baseline, Milestone, Target, YearlyValue
from indicators.series import indicator_history
from tests.factories import UserFactory, YearLockFactory, YearlyValueFactory
from tests.pages.conftest import Situation

TODAY = dt.date(2026, 3, 1)
NO_SESSION = "Sin sesión: servidor o base de datos"
pytestmark = pytest.mark.django_db


def lines(slug: str = "yuca", *kinds: str) -> list[tuple[str, str, str]]:
    """What changed, why and who, of some kinds; newest first."""
    history = indicator_history(slug, lang="es", today=TODAY)
    assert history is not None
    return [
        (one.what, one.reason, one.who) for one in history.changes if one.kind in kinds
    ]


def value(situation: Situation, year: int = 2025) -> YearlyValue:
    row: YearlyValue = situation.faster.values.get(year=year)
    return row


def execute(sql: str, *args: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, args)


def test_value_changed_by_sql_is_told_with_what_it_was(situation: Situation) -> None:
    row = value(situation)
    execute("UPDATE indicators_yearlyvalue SET value = 9 WHERE id = %s", row.pk)
    assert lines("yuca", "valor")[0] == (
        "de 1.13 a 9 t/ha",
        "Sin motivo registrado",
        NO_SESSION,
    )


@pytest.mark.parametrize("column", ["note", "source_text", "source_url"])
def test_words_beside_a_value_changed_by_sql_are_told(
    situation: Situation, column: str
) -> None:
    YearlyValue.objects.filter(pk=value(situation).pk).update(**{column: "otro"})
    what, _why, who = lines("yuca", "valor")[0]
    assert what == "cambió el tipo, el año, la fuente o la nota de 1.13 t/ha"
    assert who == NO_SESSION


def test_bulk_update_with_a_reason_says_who_and_why(situation: Situation) -> None:
    context = {"role": "indicators.review_value", "reason": "Cambió la unidad."}
    with pghistory.context(**context):
        situation.faster.values.update(value=Decimal(2))
    told = lines("yuca", "valor")
    for before in ("1.13", "1.1", "0.95"):
        assert (f"de {before} a 2 t/ha", "Cambió la unidad.", "Revisión") in told


def test_withdrawal_tells_the_value_and_its_reason(situation: Situation) -> None:
    row = value(situation)
    row.state, row.change_reason = "withdrawn", "Se midió mal."
    row.save()
    assert lines("yuca", "retiro") == [
        ("se retiró 1.13 t/ha", "Se midió mal.", NO_SESSION)
    ]
    assert lines("yuca", "valor")[0][0] == "se publicó 1.13 t/ha"


def test_value_that_stops_being_public_without_another_is_told(
    situation: Situation,
) -> None:
    YearlyValue.objects.filter(pk=value(situation).pk).update(state="superseded")
    assert lines("yuca", "valor")[0][0] == "dejó de estar publicado 1.13 t/ha"


def test_rows_copied_into_the_table_are_told(situation: Situation) -> None:
    row = value(situation)
    people = UserFactory(), UserFactory()
    now = "2026-01-01T00:00Z"
    cells: dict[str, object] = {
        **{"indicator_id": row.indicator_id, "place_id": row.place_id, "year": 2019},
        **{"version": 1, "value": 7, "kind": "measured", "no_data_reason": ""},
        **{"state": "published", "lock_version": 1, "source_text": "Copia"},
        **{"source_url": "", "note": "", "is_synthetic": "f"},
        **{"return_reason": "", "change_reason": "", "recorded_at": now},
        **{"recorded_by_id": people[0].pk, "reviewed_by_id": people[1].pk},
        "published_at": now,
    }
    line = "\t".join(str(cell) for cell in cells.values())
    with connection.cursor() as cursor:
        cursor.copy_expert(
            f"COPY indicators_yearlyvalue ({', '.join(cells)}) FROM STDIN",
            StringIO(f"{line}\n"),
        )
    assert ("se publicó 7 t/ha", "Primera publicación") in [
        line[:2] for line in lines("yuca", "valor")
    ]


def test_database_never_makes_a_public_value_a_draft_again(
    situation: Situation,
) -> None:
    for state in ("draft", "in_review", "returned"):
        with pytest.raises(DatabaseError, match="keep_public"), transaction.atomic():
            execute(
                "UPDATE indicators_yearlyvalue SET state = %s, return_reason = 'x'"
                " WHERE id = %s",
                state,
                value(situation).pk,
            )


def test_changes_of_the_plan_are_told_whoever_makes_them(situation: Situation) -> None:
    indicator = situation.faster
    Target.objects.filter(indicator=indicator).update(value=2)
    Baseline.objects.filter(indicator=indicator).delete()
    Milestone.objects.create(
        indicator=indicator, year=2027, value=Decimal("1.3"), adopted_in="Sesión 4"
    )
    assert lines("yuca", "meta") == [
        (
            "la meta cambió de «al menos 1.5 t/ha al 2030» a «al menos 2 t/ha al 2030»",
            "",
            NO_SESSION,
        ),
        ("se fijó la meta: al menos 1.5 t/ha al 2030", "", NO_SESSION),
    ]
    assert lines("yuca", "base")[0][0] == "se quitó la línea de base: 0.9 t/ha (2020)"
    assert lines("yuca", "hito") == [
        ("se aprobó el hito: 1.3 t/ha (2027)", "Sesión 4", NO_SESSION)
    ]


def test_closed_and_opened_years_of_the_indicator_are_told(
    situation: Situation, client: Client
) -> None:
    lock = YearLockFactory(year=2025, session="Sesión 3")
    YearLockFactory(year=2010)
    detail = client.get("/indicadores/yuca/").content.decode()
    assert detail.count("Año cerrado") == 1
    lock.unlocked_at, lock.unlocked_by = lock.locked_at, lock.locked_by
    lock.unlock_reason = "Cifra oficial."
    lock.save()
    assert lines("yuca", "cierre") == [
        ("se abrió otra vez el año 2025", "Cifra oficial.", "Revisión"),
        ("se cerró el año 2025", "Sesión 3", "Revisión"),
    ]
    assert "Año cerrado" not in client.get("/indicadores/yuca/").content.decode()


def test_missing_value_is_told_with_why(situation: Situation) -> None:
    assert ("se publicó sin dato (no se levantó)", "Primera publicación") in [
        line[:2] for line in lines("perdida", "valor")
    ]


@pytest.mark.parametrize("state", ["draft", "in_review", "returned"])
def test_what_was_never_public_is_told_nowhere(
    situation: Situation, province: Any, client: Client, state: str
) -> None:
    row = YearlyValueFactory(
        indicator=situation.faster,
        place=province,
        year=2024,
        value=Decimal("77123"),
        note="canario",
        confirmation="canario",
        return_reason="canario",
        draft=True,
        state=state,
    )
    with pghistory.context(reason="canario"):
        row.save()
    for path in (
        "/indicadores/yuca/historial/",
        "/en/indicadores/yuca/historial/",
        "/indicadores/yuca/",
        "/indicadores/yuca/datos.csv",
        "/indicadores/yuca/datos.json",
        "/api/v1/values/",
        "/",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
        text = body.decode()
        assert "canario" not in text, path
        assert "77123" not in text.replace(",", ""), path


def test_page_names_roles_and_no_person(situation: Situation, client: Client) -> None:
    row = value(situation)
    row.recorded_by.first_name = row.recorded_by.username = "Juana"
    row.recorded_by.save()
    with pghistory.context(user=row.recorded_by_id, role="indicators.review_value"):
        YearlyValue.objects.filter(pk=row.pk).update(value=Decimal("1.4"))
    page = client.get("/indicadores/yuca/historial/").content.decode()
    assert "de 1.13 a 1.4 t/ha" in page
    assert "Juana" not in page


def test_filters_and_pages_of_the_address(situation: Situation, client: Client) -> None:
    def told(query: str) -> str:
        answer = client.get(f"/indicadores/yuca/historial/{query}")
        assert answer.status_code == 200
        return answer.content.decode()

    assert "se publicó 1.1 t/ha" in told("?anio=2023&tipo=")
    assert "se publicó 1.13 t/ha" not in told("?anio=2023&tipo=")
    assert "se fijó la meta" not in told("?anio=&tipo=valor")
    assert "Ningún cambio cumple" in told("?anio=1999&tipo=nada")
    assert "se publicó 1.1 t/ha" in told("?pagina=99")
    with connection.cursor() as cursor:
        for number in range(60):
            cursor.execute(
                "UPDATE indicators_yearlyvalue SET value = %s WHERE id = %s",
                [number, value(situation).pk],
            )
    assert "Página 1 de 2" in told("")
    assert "Más nuevos" in told("?tipo=valor&pagina=2")


def test_page_speaks_english(situation: Situation, client: Client) -> None:
    assert client.get("/en/indicadores/yuca/historial/").status_code == 200
