"""The yearly grid, as a person with a browser and no JavaScript uses it."""

import re
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indicators.grid.actions import submit_drafts
from indicators.grid.filters import ROWS_ON_PAGE
from indicators.grid.year import year_grid
from indicators.models import Assignment, YearLock, YearlyValue
from indicators.value_writing import ValueRefusedError
from tests import factories

YEAR = 2024
PAGE = f"/panel/registro/{YEAR}/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def province():
    return factories.PlaceFactory(province=True)


@pytest.fixture
def indicator(editor: User):
    return assigned(editor)


@pytest.fixture
def desk(editor: User, province, signed_in) -> Client:
    return signed_in(editor)


def assigned(user: User, **fields: Any):
    fields = {"unit_es": "t/ha", "decimals": 2, **fields}
    made = factories.TargetFactory(
        **{f"indicator__{name}": value for name, value in fields.items()}
    ).indicator
    factories.AssignmentFactory(user=user, indicator=made)
    return made


def cells(indicator, place, value: str = "1.25", **fields: str) -> dict[str, str]:
    """What a browser sends of one row."""
    typed = {"seen": "", "value": value, "kind": "measured", "source_text": "Anuario"}
    link = {"source_url": "https://example.org/anuario", "proxy": "", "note": ""}
    prefix = f"r{indicator.pk}-{place.pk}"
    return {f"{prefix}-{name}": text for name, text in (typed | link | fields).items()}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def stored() -> list[tuple[Decimal | None, str]]:
    return list(YearlyValue.objects.order_by("pk").values_list("value", "state"))


def draft_of(user: User, indicator, place, **fields: Any) -> YearlyValue:
    return factories.YearlyValueFactory(
        draft=True,
        recorded_by=user,
        indicator=indicator,
        place=place,
        year=YEAR,
        source_url="https://example.org/anuario",
        **fields,
    )


def seen(row: YearlyValue) -> str:
    row.refresh_from_db()
    return f"{row.pk}:{row.lock_version}"


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
    counts = year_grid(editor, YEAR).counts
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


@pytest.mark.parametrize(
    "version", ["", "x", ":", "1:", "9" * 400 + ":1", "999999:1", "١:١", "-1:-1"]
)
def test_strange_version_never_overwrites(
    desk: Client, editor: User, indicator, province, version: str
) -> None:
    draft_of(editor, indicator, province)
    sent = cells(indicator, province, "1.3", seen=version)
    assert desk.post(PAGE, sent).status_code == 409
    assert stored() == [(Decimal("1.2500"), "draft")]


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


def test_second_saver_chooses_cell_by_cell(
    desk: Client, editor: User, indicator, province
) -> None:
    other = factories.UserFactory(first_name="Rosa", last_name="Quispe")
    row = draft_of(editor, indicator, province, value="1.25")
    shown = seen(row)
    YearlyValue.objects.filter(pk=row.pk).update(
        value="1.40", source_text="Censo", recorded_by=other, lock_version=2
    )
    unmet = assigned(editor)
    mine = cells(indicator, province, "1.50", seen=shown, note="Nota mía")
    response = desk.post(PAGE, mine | cells(unmet, province, "1,5") | {"save": ""})
    page = text(response)
    assert response.status_code == 409
    for words in ("Rosa Quispe", "<strong>1.40</strong>", "<strong>1.50</strong>"):
        assert words in page
    prefix = f"r{indicator.pk}-{province.pk}"

    def offered(name: str) -> str:
        radio = re.search(rf'name="{prefix}-{name}" value="([^"]*)"[^>]* checked', page)
        assert radio
        return radio[1]

    # Nothing is overwritten unasked; what only one of the two changed is taken.
    assert offered("value") == "1.40"
    assert offered("source_text") == "Censo"
    assert offered("note") == "Nota mía"
    assert f'name="r{unmet.pk}-{province.pk}-value" value="1,5"' in page
    chosen = cells(indicator, province, "1.50", seen=seen(row), source_text="Censo")
    carried = cells(unmet, province, "1.5")
    assert desk.post(PAGE, chosen | carried).status_code == 302
    row.refresh_from_db()
    assert (row.value, row.source_text, row.recorded_by) == (
        *(Decimal("1.5"), "Censo", editor),
    )
    assert YearlyValue.objects.filter(indicator=unmet).exists()


def test_row_that_somebody_else_changed_is_left_to_them(
    desk: Client, editor: User, indicator, province
) -> None:
    row = draft_of(editor, indicator, province, value="1.25", source_text="Anuario")
    shown = seen(row)
    YearlyValue.objects.filter(pk=row.pk).update(value="1.40", lock_version=2)
    response = desk.post(PAGE, cells(indicator, province, "1.25", seen=shown))
    assert response.status_code == 302
    assert stored() == [(Decimal("1.4000"), "draft")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"state": "in_review"}, "Lo guardado ya se envió a revisión"),
        ({"state": "published"}, "corrígelo en su propia página"),
    ],
)
def test_row_closed_meanwhile_is_shown_beside_what_was_typed(
    desk: Client, editor: User, indicator, province, change: dict, words: str
) -> None:
    row = draft_of(editor, indicator, province)
    shown = seen(row)
    reviewer = factories.UserFactory()
    if change["state"] == "published":
        change |= {"reviewed_by": reviewer, "published_at": timezone.now()}
    YearlyValue.objects.filter(pk=row.pk).update(lock_version=2, **change)
    for value in ("1.77", "1,77"):
        response = desk.post(PAGE, cells(indicator, province, value, seen=shown))
        assert response.status_code == 409
        assert words in text(response)
        assert value in text(response)
    assert [value for value, _state in stored()] == [Decimal("1.2500")]


def test_locked_year_is_read_only_and_says_why(
    desk: Client, editor: User, indicator, province
) -> None:
    lock = {"locked_by": factories.UserFactory(), "locked_at": timezone.now()}
    YearLock.objects.create(year=YEAR, session="Sesión 4", **lock)
    page = text(desk.get(PAGE))
    assert "El año 2024 está cerrado" in page
    assert "Sesión 4" in page
    assert 'name="r' not in page
    response = desk.post(PAGE, cells(indicator, province, "1.77"))
    assert response.status_code == 409
    assert "1.77" in text(response)
    assert not YearlyValue.objects.exists()


def test_published_rows_are_shown_and_corrected_elsewhere(
    desk: Client, editor: User, indicator, province
) -> None:
    typed = factories.YearlyValueFactory(indicator=indicator, place=province, year=YEAR)
    derived = assigned(editor)
    factories.YearlyValueFactory(
        indicator=derived,
        place=province,
        year=YEAR,
        value="77",
        load=factories.LoadFactory(),
    )
    page = text(desk.get(PAGE))
    assert "fuente automática" in page
    assert "77.00 t/ha" in page
    assert page.count("/panel/valores/nuevo/?indicator=") == 1
    assert f"?indicator={typed.indicator_id}&amp;place=" in page
    assert "-seen" not in page
    for row in (indicator, derived):
        assert desk.post(PAGE, cells(row, province, "1.77")).status_code == 409
    assert YearlyValue.objects.count() == 2


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


def test_saving_and_sending_sends_the_rows_of_the_page(
    desk: Client, editor: User, indicator, province
) -> None:
    elsewhere = draft_of(editor, assigned(editor), province)
    foreign = draft_of(factories.UserFactory(), assigned(editor), province)
    shown = cells(foreign.indicator, province, seen=seen(foreign))
    desk.post(PAGE, cells(indicator, province) | shown | {"send": "1"})
    sent = YearlyValue.objects.get(indicator=indicator)
    assert sent.state == "in_review"
    for row in (elsewhere, foreign):
        row.refresh_from_db()
        assert row.state == "draft"


def test_nothing_is_sent_while_a_row_is_wrong(
    desk: Client, editor: User, indicator, province
) -> None:
    sent = cells(indicator, province) | cells(assigned(editor), province, "1,5")
    response = desk.post(PAGE, sent | {"send": "1"})
    assert "Todavía no se envió nada a revisión." in text(response)
    assert [state for _value, state in stored()] == ["draft"]


def test_year_is_sent_as_it_was_shown(
    desk: Client, editor: User, indicator, province
) -> None:
    ready = draft_of(
        editor, indicator, province, value="-1", confirmation="Es pérdida."
    )
    missing = assigned(editor)
    page = desk.get(f"{PAGE}enviar/").content.decode()
    for words in ("Se enviará 1 valor.", "Es pérdida.", "El valor es negativo."):
        assert words in page
    assert f"{missing.code} · Provincia de" in page
    sent = {"seen": re.search(r'name="seen" value="([^"]*)"', page)[1]}  # type: ignore[index]
    YearlyValue.objects.filter(pk=ready.pk).update(value="-2", lock_version=2)
    stale = desk.post(f"{PAGE}enviar/", sent)
    assert (stale.status_code, stored()[0][1]) == (409, "draft")
    assert "No se envió nada." in text(stale)
    assert desk.post(f"{PAGE}enviar/", {"seen": seen(ready)}).status_code == 302
    ready.refresh_from_db()
    assert (ready.state, ready.lock_version) == ("in_review", 3)
    assert ready.submitted_at is not None


@pytest.mark.parametrize("text_of_seen", ["", "x", "1:1,", ":", "\x00", "9" * 50])
def test_sending_nothing_is_refused_with_words(
    desk: Client, indicator, text_of_seen: str
) -> None:
    response = desk.post(f"{PAGE}enviar/", {"seen": text_of_seen})
    assert response.status_code in {409, 422}
    assert "Hay un problema" in text(response)


def test_all_drafts_are_sent_or_none(editor: User, indicator, province) -> None:
    own = draft_of(editor, indicator, province)
    foreign = draft_of(factories.UserFactory(), assigned(editor), province)
    unassigned = draft_of(editor, factories.IndicatorFactory(), province)
    for row in (foreign, unassigned):
        with pytest.raises(ValueRefusedError, match="not_allowed"):
            submit_drafts(actor=editor, seen={own.pk: 1, row.pk: 1})
    with pytest.raises(ValueRefusedError, match="wrong_state"):
        submit_drafts(actor=editor, seen={own.pk: 1, 999_999: 1})
    lock = {"locked_by": factories.UserFactory(), "locked_at": timezone.now()}
    closed = YearLock.objects.create(year=YEAR, session="Sesión 4", **lock)
    with pytest.raises(ValueRefusedError, match="year_locked"):
        submit_drafts(actor=editor, seen={own.pk: 1})
    assert {state for _value, state in stored()} == {"draft"}
    closed.unlocked_at, closed.unlocked_by = timezone.now(), closed.locked_by
    closed.unlock_reason = "Error de tipeo."
    closed.save()
    assert submit_drafts(actor=editor, seen={own.pk: 1}) == 1
    context = own.events.latest("pgh_id").pgh_context  # type: ignore[attr-defined]
    assert context.metadata["user"] == editor.pk


@pytest.mark.parametrize("year", ["1984", "2999", "9" * 30, "0"])
def test_year_without_a_grid_is_not_found(desk: Client, year: str) -> None:
    assert desk.get(f"/panel/registro/{year}/").status_code == 404
    assert desk.get(f"/panel/registro/{year}/enviar/").status_code == 404


def test_address_leads_to_the_year_that_is_asked_for(desk: Client) -> None:
    last = timezone.localdate().year - 1
    for asked, year in (("2020", 2020), ("", last), ("x", last), ("٢٠٢٠", last)):
        response = desk.get("/panel/registro/", {"anio": asked, "eje": "bosque"})
        assert response.url == f"/panel/registro/{year}/?eje=bosque"


def test_filters_choose_rows_and_strange_ones_choose_all(
    desk: Client, editor: User, indicator, province
) -> None:
    district = factories.PlaceFactory()
    parted = assigned(editor, by_district="separate")
    draft_of(editor, parted, district)
    for query, rows in {
        "": 3,
        "eje=bosque": 3,
        "eje=nada&lugar=x&estado=otro&pagina=x": 3,
        f"lugar={district.pk}": 1,
        "estado=draft": 1,
        "estado=missing": 2,
        "estado=published": 0,
    }.items():
        page = text(desk.get(f"{PAGE}?{query}"))
        assert page.count("-seen") == rows, query
    assert "Ninguna fila coincide" in page


def test_without_assignments_the_page_says_whom_to_ask(desk: Client) -> None:
    assert "Aún no tienes indicadores asignados." in text(desk.get(PAGE))
    assert "Aún no tienes indicadores asignados." in text(desk.get("/panel/"))


def test_home_says_how_far_the_last_year_is(desk: Client, indicator, province) -> None:
    last = timezone.localdate().year - 1
    factories.YearlyValueFactory(indicator=indicator, place=province, year=last)
    page = text(desk.get("/panel/"))
    assert f"Registrar {last}: 1 de 1 listos" in page
    assert f'href="/panel/registro/{last}/"' in page


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_at_once_save_one_and_meet_seven_conflicts(make_person) -> None:
    province = factories.PlaceFactory(province=True)
    person = make_person("editor")
    indicator = assigned(person)
    start = threading.Barrier(8)
    found: list[int] = []

    def save(number: int) -> None:
        client = Client()
        client.force_login(person)
        sent = cells(indicator, province, f"1.3{number}")
        start.wait()
        try:
            found.append(client.post(PAGE, sent).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == [302] + [409] * 7
    assert YearlyValue.objects.count() == 1
