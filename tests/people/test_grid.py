"""The yearly grid, as a person with a browser and no JavaScript uses it."""

import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indicators.grid.filters import ROWS_ON_PAGE
from indicators.grid.year import year_grid
from indicators.models import Assignment, YearlyValue
from tests import factories
from tests.people.grid_rows import (
    PAGE,
    YEAR,
    assigned,
    cells,
    desk,
    draft_of,
    indicator,
    province,
    text,
)

__all__ = ["desk", "indicator", "province"]
pytestmark = pytest.mark.django_db


def test_rows_are_the_assigned_indicators_in_their_places(
    editor: User, province
) -> None:
    districts = [factories.PlaceFactory() for _ in range(2)]
    whole, parted = assigned(editor), assigned(editor, by_district="sum")
    factories.IndicatorFactory()
    factories.YearlyValueFactory(
        indicator=whole, place=province, year=2021, value="7", kind="estimated"
    )
    factories.YearlyValueFactory(
        indicator=whole,
        place=province,
        year=2022,
        value=None,
        kind="no_data",
        no_data_reason="not_collected",
    )
    grid = year_grid(editor, YEAR)
    found = [(row.indicator, row.place) for row in grid.rows]
    assert found == [
        (whole, province),
        (parted, province),
        *((parted, place) for place in districts),
    ]
    first = grid.rows[0]
    assert (first.previous_shown, first.previous_kind) == ("7.00 t/ha", "Estimado")
    assert first.previous and first.previous.year == 2021
    assert grid.rows[1].previous is None


def test_every_row_is_counted_once(editor: User, province) -> None:
    states = ["published", "in_review", "returned", "draft", "withdrawn", None]
    for state in states:
        made = assigned(editor)
        if state:
            factories.YearlyValueFactory(
                indicator=made,
                place=province,
                year=YEAR,
                state=state,
                reviewed_by=factories.UserFactory() if state == "published" else None,
                return_reason="Falta la fuente.",
                version=2,
                change_reason="Se midió mal.",
            )
    counts = year_grid(editor, YEAR).province_counts
    assert (counts.ready, counts.in_review, counts.draft, counts.missing) == (
        1,
        1,
        2,
        2,
    )
    assert counts.total == len(states)


def test_queries_do_not_grow_with_the_rows(desk: Client, editor: User) -> None:
    taken = []
    for rows in (1, ROWS_ON_PAGE):
        while Assignment.objects.count() < rows:
            assigned(editor)
        desk.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(PAGE).status_code == 200
        taken.append(len(queries))
    # The goal of bench's grid.queries.
    assert taken[0] == taken[1] <= 12


def test_touched_rows_are_saved_and_empty_ones_are_nothing(
    desk: Client, editor: User, indicator, province
) -> None:
    empty = assigned(editor)
    response = desk.post(
        f"{PAGE}?eje=bosque",
        cells(indicator, province, note="Línea 1\r\nLínea 2")
        | cells(empty, province, "", kind="", source_text="", source_url=""),
    )
    assert (response.status_code, response.url) == (302, f"{PAGE}?eje=bosque")
    row = YearlyValue.objects.get()
    assert (row.indicator, row.value, row.state) == (
        indicator,
        Decimal("1.25"),
        "draft",
    )
    assert (row.recorded_by, row.note) == (editor, "Línea 1\nLínea 2")
    page = text(desk.get(response.url))
    assert "Se guardó 1 fila como borrador." in page
    assert "0 de 2 listos · 0 por revisar · 1 en borrador · 1 sin registrar" in page


def test_page_sent_back_as_it_came_writes_nothing(
    desk: Client, editor: User, indicator, province
) -> None:
    row = draft_of(editor, indicator, province, note="Uno\nDos", value="1234.5")
    page = desk.get(PAGE).content.decode()
    names = re.findall(r'<(?:input|select|textarea)[^>]* name="(r[^"]+)"', page)
    sent = {name: _shown(page, name) for name in names}
    assert sent[f"r{indicator.pk}-{province.pk}-value"] == "1,234.50"
    before = YearlyValue.objects.values().get()
    assert desk.post(PAGE, sent).status_code == 302
    assert YearlyValue.objects.values().get() == before
    assert row.events.count() == 1  # type: ignore[attr-defined]


def _shown(page: str, name: str) -> str:
    """What a browser would send for a field of a page."""
    tag = re.search(rf'<(\w+) [^>]*name="{name}"[^>]*>', page)
    assert tag
    if tag[1] == "input":
        return re.search(r'value="([^"]*)"', tag[0])[1]  # type: ignore[index]
    inside = page[tag.end() : page.index(f"</{tag[1]}>", tag.end())]
    if tag[1] == "textarea":
        return inside.removeprefix("\n").replace("\n", "\r\n")
    chosen = re.search(r'value="([^"]*)" selected', inside)
    return chosen[1] if chosen else ""


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": ""}, "Escribe un número, por ejemplo 1,581.5."),
        ({"value": "1,5"}, "¿quiso decir 1.5 o 15?"),
        ({"value": "1.581,5"}, "puede leerse de más de una manera"),
        ({"value": "9" * 10_000}, "60 caracteres"),
        ({"value": "9" * 30}, "El número es demasiado grande."),
        ({"value": "1\x00"}, "caracteres nulos"),
        ({"value": "1.23456"}, "Escribe como máximo 4 decimales."),
        ({"kind": ""}, "Elige el tipo de valor."),
        ({"kind": "no_data:because"}, "Elige un tipo de la lista."),
        ({"kind": "no_data:not_collected"}, "Borra el valor o elige otro tipo"),
        ({"source_text": " "}, "Escribe de dónde sale el valor."),
        ({"source_url": "no es"}, "Escribe un enlace completo, como https://…"),
        ({"source_url": "javascript:alert(1)"}, "Escribe un enlace completo"),
        ({"value": "", "kind": "", "source_text": "x"}, "Escribe un número"),
    ],
)
def test_wrong_row_is_kept_and_explained_and_good_ones_are_saved(
    desk: Client, editor: User, indicator, province, fields: dict[str, str], words: str
) -> None:
    good = assigned(editor)
    wrong = cells(indicator, province, note="No me pierdas") | {
        f"r{indicator.pk}-{province.pk}-{name}": typed for name, typed in fields.items()
    }
    response = desk.post(PAGE, wrong | cells(good, province))
    page = text(response)
    assert response.status_code == 422
    assert "<title>Error: " in page
    assert f"Fila {indicator.code} · Provincia de {province.name}: " in page
    assert words in page
    assert "No me pierdas" in page
    cell = re.search(rf'href="#(id_r{indicator.pk}-{province.pk}-\w+)"', page)
    assert cell and f'id="{cell[1]}"' in page
    assert [row.indicator for row in YearlyValue.objects.all()] == [good]


def test_no_data_with_its_reason_is_a_value(desk: Client, indicator, province) -> None:
    kind = "no_data:not_published"
    desk.post(PAGE, cells(indicator, province, "", kind=kind, source_text=""))
    row = YearlyValue.objects.get()
    assert (row.value, row.kind, row.no_data_reason) == (None, "no_data", kind[8:])


def test_thousand_times_the_value_is_asked_about(
    desk: Client, editor: User, indicator, province
) -> None:
    factories.YearlyValueFactory(
        indicator=indicator, place=province, year=2023, value="1581"
    )
    # "1.581" is one and a half; the comma stands between thousands.
    response = desk.post(PAGE, cells(indicator, province, "1.581"))
    assert response.status_code == 422
    assert "¿Está en la misma unidad?" in text(response)
    desk.post(PAGE, cells(indicator, province, "1,581"))
    assert YearlyValue.objects.get(year=YEAR).value == Decimal(1581)


def test_tick_counts_for_the_number_it_was_given_for(
    desk: Client, indicator, province
) -> None:
    doubtful = {"source_url": "", "confirmation": "Está en papel."}
    asked = desk.post(PAGE, cells(indicator, province, "1.25", **doubtful))
    assert asked.status_code == 422
    assert "No hay enlace ni archivo" in text(asked)
    assert "Está en papel." in text(asked)
    ticked = {**doubtful, "asked_about": "1.25", "is_confirmed": "on"}
    for value, reason in (("1.26", "Está en papel."), ("1.25", " ")):
        sent = cells(indicator, province, value, **ticked | {"confirmation": reason})
        assert desk.post(PAGE, sent).status_code == 422
        assert not YearlyValue.objects.exists()
    assert desk.post(PAGE, cells(indicator, province, **ticked)).status_code == 302
    assert YearlyValue.objects.get().confirmation == "Está en papel."


def test_section_is_saved_alone_and_the_rest_is_kept(
    desk: Client, editor: User, indicator, province
) -> None:
    axis = factories.AxisFactory(code="agua", name_es="Eje Agua", order=2)
    other = assigned(editor, goal__axis=axis)
    sent = cells(indicator, province) | cells(other, province, "a medias")
    response = desk.post(PAGE, sent | {"save": "bosque"})
    page = text(response)
    assert response.status_code == 200
    assert "1 fila de otro eje sigue abajo, sin guardar." in page
    assert 'value="a medias"' in page
    assert "no es un número" not in page
    assert [row.indicator for row in YearlyValue.objects.all()] == [indicator]
    again = desk.post(PAGE, cells(other, province) | {"save": "agua"})
    assert again.url == f"{PAGE}#eje-agua"


def test_rows_of_nobody_and_of_others_are_not_saved(
    desk: Client, indicator, province
) -> None:
    foreign = factories.IndicatorFactory()
    response = desk.post(PAGE, cells(foreign, province, "7.5") | {"rx-1-seen": "x"})
    assert response.status_code == 422
    assert "Esa fila ya no está asignada a ti." in text(response)
    assert "7.5" in text(response)
    assert not YearlyValue.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"save": "\x00"},
        {"save": "nada", "send": "1"},
        {"r1-seen": "1", "-seen": "", "seen": "9:9"},
    ],
)
def test_sent_without_the_fields_of_the_page_changes_nothing(
    desk: Client, indicator, province, sent: dict[str, str]
) -> None:
    assert desk.post(PAGE, sent).status_code == 302
    assert not YearlyValue.objects.exists()


def test_full_page_stays_below_the_limit_of_fields(
    desk: Client, editor: User, province
) -> None:
    sent: dict[str, str] = {}
    for _ in range(ROWS_ON_PAGE):
        reason = {"change_reason": "x", "confirmation": "x", "asked_about": "1.25"}
        sent |= cells(assigned(editor), province, is_confirmed="on", **reason)
    assigned(editor)
    assert desk.post(PAGE, sent).status_code == 302
    assert YearlyValue.objects.count() == ROWS_ON_PAGE
    page = text(desk.get(PAGE))
    assert "Página 1 de 2. Guarda antes de pasar a otra." in page
    assert page.count("-seen") == ROWS_ON_PAGE
    assert text(desk.get(f"{PAGE}?pagina=2")).count("-seen") == 1


def test_correction_of_a_withdrawn_value_needs_its_reason(
    desk: Client, indicator, province
) -> None:
    factories.YearlyValueFactory(
        indicator=indicator,
        place=province,
        year=YEAR,
        state="withdrawn",
        change_reason="Se midió mal.",
    )
    assert "Motivo de la corrección" in text(desk.get(PAGE))
    for reason in ({}, {"change_reason": " "}):
        response = desk.post(PAGE, cells(indicator, province, **reason))
        assert response.status_code == 422
        assert "Escribe por qué se corrige el valor publicado." in text(response)
    desk.post(PAGE, cells(indicator, province, change_reason="Se midió otra vez."))
    assert YearlyValue.objects.get(state="draft").version == 2


@pytest.mark.parametrize("year", ["1984", "2999", "9" * 30, "0"])
def test_year_without_a_grid_is_not_found(desk: Client, year: str) -> None:
    assert desk.get(f"/panel/registro/{year}/").status_code == 404
    assert desk.get(f"/panel/registro/{year}/enviar/").status_code == 404


def test_address_leads_to_the_year_that_is_asked_for(desk: Client) -> None:
    last = timezone.localdate().year - 1
    for asked, year in (("2020", 2020), ("", last), ("x", last), ("٢٠٢٠", last)):
        response = desk.get("/panel/registro/", {"anio": asked, "eje": "bosque"})
        assert response.url == f"/panel/registro/{year}/?eje=bosque"


def test_filters_choose_rows_and_strange_ones_are_left_out(
    desk: Client, editor: User, indicator, province
) -> None:
    district = factories.PlaceFactory()
    parted = assigned(editor, by_district="separate")
    draft_of(editor, parted, district)
    for query, rows in {
        "": 2,
        "eje=bosque": 2,
        "eje=nada&lugar=x&estado=otro&pagina=x": 2,
        "lugar=todos": 3,
        f"lugar={province.pk}": 2,
        f"lugar={district.pk}": 1,
        "estado=draft": 0,
        "lugar=todos&estado=draft": 1,
        "estado=missing": 2,
    }.items():
        page = text(desk.get(f"{PAGE}?{query}"))
        assert page.count("-seen") == rows, query
        assert ("Ninguna fila coincide" in page) == (rows == 0), query


def test_province_comes_first_and_its_districts_are_one_link_away(
    desk: Client, editor: User, indicator, province
) -> None:
    district = factories.PlaceFactory()
    factories.YearlyValueFactory(
        indicator=assigned(editor, by_district="sum"), place=district, year=YEAR
    )
    page = text(desk.get(f"{PAGE}?eje=bosque"))
    assert f"Provincia de {province.name}: 0 de 2 listos" in page
    assert "1 indicador también se registra por distrito." in page
    assert 'href="?eje=bosque&amp;lugar=todos"' in page
    page = text(desk.get(f"{PAGE}?lugar=todos"))
    assert "Todos los lugares: 1 de 3 listos" in page
    assert "también se registra por distrito" not in page
    page = text(desk.get(f"{PAGE}?lugar={district.pk}"))
    assert f"Distrito de {district.name}: 1 de 1 listos" in page


def test_row_says_how_firm_its_stored_evidence_is(
    desk: Client, editor: User, indicator, province
) -> None:
    row = draft_of(editor, indicator, province)
    assert "Evidencia 0 de 4" in text(desk.get(PAGE))
    for kind in ("statement", "document"):
        factories.EvidenceFactory(value=row, kind=kind)
    page = text(desk.get(PAGE))
    assert f'href="/panel/valores/{row.pk}/#evidencia">Evidencia 3 de 4' in page


def test_without_assignments_the_page_says_whom_to_ask(desk: Client) -> None:
    assert "Aún no tienes indicadores asignados." in text(desk.get(PAGE))
    assert "Aún no tienes indicadores asignados." in text(desk.get("/panel/"))


def test_home_says_how_far_the_last_year_is(desk: Client, indicator, province) -> None:
    last = timezone.localdate().year - 1
    factories.YearlyValueFactory(indicator=indicator, place=province, year=last)
    page = text(desk.get("/panel/"))
    assert f"Registrar {last}: 1 de 1 listos" in page
    assert f'href="/panel/registro/{last}/"' in page
