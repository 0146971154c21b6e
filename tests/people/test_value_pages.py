"""The pages of the panel, as a person with a browser and no JavaScript uses them."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from indicators.models import YearlyValue
from tests import factories

YEAR = 2024
pytestmark = pytest.mark.django_db


@pytest.fixture
def indicator(editor: User):
    made = factories.TargetFactory(indicator__unit_es="t/ha").indicator
    factories.AssignmentFactory(user=editor, indicator=made)
    return made


@pytest.fixture
def place():
    return factories.PlaceFactory(province=True)


@pytest.fixture
def desk(editor: User, signed_in) -> Client:
    return signed_in(editor)


@pytest.fixture
def desk_of_reviewer(reviewer: User, signed_in) -> Client:
    return signed_in(reviewer)


@pytest.fixture
def address(indicator, place) -> str:
    return (
        f"/panel/valores/nuevo/?indicator={indicator.pk}&place={place.pk}&year={YEAR}"
    )


@pytest.fixture
def draft(indicator, place, editor: User) -> YearlyValue:
    return factories.YearlyValueFactory(
        draft=True, indicator=indicator, place=place, year=YEAR, recorded_by=editor
    )


def typed(value: str = "1.25", **fields: Any) -> dict[str, Any]:
    source = {"source_text": "Anuario", "source_url": "https://example.org/anuario"}
    return {"kind": "measured", "value": value, **source, **fields}


def text(response: Any) -> str:
    return response.content.decode()


def test_one_value_from_the_list_to_the_public(
    desk: Client, desk_of_reviewer: Client, address: str
) -> None:
    page = text(desk.get(f"/panel/valores/?year={YEAR}"))
    assert address.replace("&", "&amp;").split("?")[1] in page
    saved = desk.post(address, typed(draft="1"))
    row = YearlyValue.objects.get()
    assert saved.url == f"/panel/valores/{row.pk}/"
    assert "Borrador guardado." in text(desk.get(saved.url))
    desk.post(f"{saved.url}enviar/", {"lock_version": row.lock_version})
    # As the public page calls it: five printed indicators share one wording.
    waiting = text(desk_of_reviewer.get("/panel/revision/"))
    assert row.indicator.goal.name_es in waiting
    page = text(desk_of_reviewer.get(saved.url))
    assert "Publicar" in page
    row.refresh_from_db()
    desk_of_reviewer.post(
        f"/panel/revision/{row.pk}/publicar/", {"lock_version": row.lock_version}
    )
    row.refresh_from_db()
    assert row.state == "published"
    page = text(desk.get(f"/panel/valores/?year={YEAR}"))
    assert "1 de 1 publicados · 0 en preparación · 0 sin registrar" in page
    assert "1.25 t/ha" in page.replace("1.250", "1.25")


def test_sending_at_once_needs_one_click(desk: Client, address: str) -> None:
    desk.post(address, typed(submit="1"))
    assert YearlyValue.objects.get().state == "in_review"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": ""}, "Escribe un número, por ejemplo 1,581.5."),
        ({"value": "doce"}, "«doce» no es un número."),
        ({"value": "1581,5"}, "puede leerse de más de una manera"),
        ({"value": "1.581,5"}, "puede leerse de más de una manera"),
        ({"value": "1.23456"}, "Escribe como máximo 4 decimales."),
        ({"kind": ""}, "Elige el tipo de valor."),
        ({"source_text": " "}, "Escribe de dónde sale el valor."),
        ({"source_url": "no es"}, "Escribe un enlace completo, como https://…"),
        ({"source_url": "ftp://a.pe/x"}, "Escribe un enlace completo, como https"),
        ({"kind": "no_data"}, "Borra el valor o elige otro tipo de valor."),
        ({"kind": "no_data", "value": ""}, "Elige por qué no hay dato."),
        ({"no_data_reason": "not_collected"}, "Quita el motivo"),
        ({"value": "-1"}, "El valor es negativo. ¿Es correcto?"),
    ],
)
def test_wrong_input_is_kept_and_explained(
    desk: Client, address: str, fields: dict[str, str], words: str
) -> None:
    response = desk.post(address, typed(note="No me pierdas", **{}) | fields)
    page = text(response)
    assert response.status_code == 422
    assert words in page
    assert "<title>Error: " in page
    assert "Hay un problema" in page
    assert "No me pierdas" in page
    if "value" in fields:
        assert f'value="{fields["value"]}"' in page or not fields["value"]
    assert not YearlyValue.objects.exists()


def test_summary_links_to_every_wrong_field(desk: Client, address: str) -> None:
    page = text(desk.post(address, {"kind": "measured"}))
    for field in ("id_value", "id_source_text"):
        assert f'<a href="#{field}">' in page
        assert f'id="{field}"' in page
        assert f'aria-describedby="{field}_helptext {field}_error"' in page or (
            f"{field}_error" in page
        )


def test_share_over_hundred_is_refused(desk: Client, editor: User, place) -> None:
    share = factories.IndicatorFactory(target_type="share", unit_es="%")
    factories.AssignmentFactory(user=editor, indicator=share)
    page = text(
        desk.post(
            f"/panel/valores/nuevo/?indicator={share.pk}&place={place.pk}&year={YEAR}",
            typed("101"),
        )
    )
    assert "escribe un número entre 0 y 100" in page


def test_rescaled_value_needs_tick_and_reason(
    desk: Client, address: str, indicator, place
) -> None:
    factories.YearlyValueFactory(
        indicator=indicator, place=place, year=2023, value=Decimal("1.2")
    )
    page = text(desk.get(address))
    assert "Valor anterior (2023): 1.2 t/ha." in page
    page = text(desk.post(address, typed("1200")))
    assert "difiere unas 1,000 veces" in page
    assert 'name="asked_about" value="1,200"' in page
    tick = {"is_confirmed": "on", "asked_about": "1,200"}
    page = text(desk.post(address, typed("1200", **tick)))
    assert "Escribe por qué el valor es correcto." in page
    # A tick given for 1,200 does not stand for 12,000.
    page = text(desk.post(address, typed("12000", confirmation="Sí.", **tick)))
    assert "Confirma que el valor es correcto." in page
    assert not YearlyValue.objects.filter(year=YEAR).exists()
    desk.post(address, typed("1200", confirmation="Cambió la unidad.", **tick))
    assert YearlyValue.objects.get(year=YEAR).confirmation == "Cambió la unidad."


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("indicator=999999&place={place}&year=2024", "Ese indicador no existe"),
        ("indicator={indicator}&place=999999&year=2024", "Ese lugar no existe"),
        ("indicator={indicator}&place={place}&year=2100", "El año aún no llega"),
        ("indicator={indicator}&place={place}&year=1900", "Elige un año desde 1985"),
        ("indicator={indicator}&place={place}&year=dos", "cuatro cifras"),
        ("indicator=&place=&year=", "Elige un indicador."),
    ],
)
def test_value_that_cannot_be_is_asked_again(
    desk: Client, indicator, place, query: str, words: str
) -> None:
    query = query.format(indicator=indicator.pk, place=place.pk)
    response = desk.get(f"/panel/valores/nuevo/?{query}")
    assert response.status_code == 422
    assert words in text(response)
    assert "<title>Error: " in text(response)


def test_a_confirmed_value_opens_again_with_what_was_asked(
    desk: Client, draft: YearlyValue
) -> None:
    YearlyValue.objects.filter(pk=draft.pk).update(value="-3", confirmation="Sí.")
    page = text(desk.get(f"/panel/valores/{draft.pk}/editar/"))
    assert "El valor es negativo. ¿Es correcto?" in page


def test_second_draft_leads_to_the_first(
    desk: Client, address: str, draft: YearlyValue
) -> None:
    response = desk.get(address, follow=True)
    assert response.redirect_chain[-1][0] == f"/panel/valores/{draft.pk}/"
    assert "Ya hay un valor en preparación" in text(response)


def test_second_form_for_the_same_value_loses_nothing(
    desk: Client, address: str, make_person, signed_in
) -> None:
    desk.post(address, typed("1.3", note="Primera", draft="1"))
    other = signed_in(make_person("editor"))
    response = other.post(address, typed("1.4", note="Segunda", draft="1"))
    page = text(response)
    assert response.status_code == 409
    assert "Otra persona guardó antes que tú" in page
    for words in ("1.3 t/ha", "1.4 t/ha", "Primera", "Segunda", "Guardar lo mío"):
        assert words in page
    row = YearlyValue.objects.get()
    assert (row.value, row.note) == (Decimal("1.3"), "Primera")
    version = f'name="lock_version" value="{row.lock_version}"'
    assert version in page
    mine = typed("1.4", note="Segunda", lock_version=row.lock_version)
    other.post(f"/panel/valores/{row.pk}/editar/", mine)
    row.refresh_from_db()
    assert (row.value, row.note) == (Decimal("1.4"), "Segunda")


def test_ones_own_second_form_does_not_blame_another_person(
    desk: Client, address: str
) -> None:
    desk.post(address, typed("1.3", draft="1"))
    page = text(desk.post(address, typed("mal", note="Segunda", draft="1")))
    assert "Este valor ya estaba guardado" in page
    assert "Otra persona" not in page
    assert "<td>mal</td>" in page
    assert "Segunda" in page


@pytest.mark.parametrize("target", ["new", "edit"])
def test_typed_work_for_a_value_in_review_is_shown_but_replaces_nothing(
    desk: Client, address: str, target: str
) -> None:
    desk.post(address, typed("1.3", submit="1"))
    row = YearlyValue.objects.get()
    goal = address if target == "new" else f"/panel/valores/{row.pk}/editar/"
    response = desk.post(goal, typed("1.4", note="No me pierdas", draft="1"))
    page = text(response)
    assert response.status_code == 409
    assert "1.4 t/ha" in page
    assert "No me pierdas" in page
    assert "ya se envió a revisión" in page
    assert "Guardar lo mío" not in page
    row.refresh_from_db()
    assert row.value == Decimal("1.3")


def test_ended_session_is_told_at_sign_in_and_leads_back_to_the_form(
    address: str,
) -> None:
    browser = Client()
    response = browser.post(address, typed("1.3"))
    assert parse_qs(urlsplit(response.url).query)["next"] == [address]
    page = text(browser.get(response.url))
    assert "lo que enviaste no se guardó" in page
    assert "lo que enviaste no se guardó" not in text(Client().get(response.url))
    assert not YearlyValue.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "valores/{pk}/enviar/",
        "valores/{pk}/descartar/",
        "revision/{pk}/publicar/",
        "revision/{pk}/devolver/",
        "revision/{pk}/retirar/",
    ],
)
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_button_after_the_session_ended_leads_to_the_value(
    draft: YearlyValue, path: str, prefix: str
) -> None:
    response = Client().post(f"{prefix}/panel/{path.format(pk=draft.pk)}")
    goal = parse_qs(urlsplit(response.url).query)["next"]
    assert goal == [f"{prefix}/panel/valores/{draft.pk}/"]


def test_correction_asks_why_and_shows_what_it_replaces(
    desk: Client, address: str, indicator, place
) -> None:
    published = factories.YearlyValueFactory(
        indicator=indicator, place=place, year=YEAR, proxy="4.º grado"
    )
    page = text(desk.get(address))
    assert "Corregir un valor" in page
    # What stays true is there: nobody drops a proxy's mark unawares.
    for said in ('value="4.º grado"', 'value="1.25"', 'value="Anuario"'):
        assert said in page
    assert "Valor que se corrige" in page
    assert "Escribe por qué se corrige" in text(desk.post(address, typed("1.3")))
    desk.post(address, typed("1.3", change_reason="La fuente la corrigió."))
    row = YearlyValue.objects.get(state="draft")
    assert (row.version, row.supersedes) == (2, published)


def test_a_closed_year_is_said_before_anything_is_typed(
    desk: Client, address: str
) -> None:
    factories.YearLockFactory(year=YEAR)
    page = desk.get(address, follow=True)
    assert page.redirect_chain == [(f"/panel/valores/?year={YEAR}", 302)]
    assert "El año está cerrado" in text(page)


def test_stale_form_shows_both_values_and_a_choice(
    desk: Client, draft: YearlyValue
) -> None:
    edit = f"/panel/valores/{draft.pk}/editar/"
    desk.post(edit, typed("1.3", lock_version=1, note="Primera"))
    response = desk.post(edit, typed("1.4", lock_version=1, note="Segunda"))
    page = text(response)
    assert response.status_code == 409
    for words in ("1.3 t/ha", "1.4 t/ha", "Primera", "Segunda", "Guardar lo mío"):
        assert words in page
    draft.refresh_from_db()
    assert draft.value == Decimal("1.3")
    chosen = desk.post(edit, typed("1.4", lock_version=2, note="Segunda"))
    assert chosen.status_code == 302
    draft.refresh_from_db()
    assert (draft.value, draft.note) == (Decimal("1.4"), "Segunda")


def test_stale_button_does_nothing_and_says_so(
    desk: Client, draft: YearlyValue
) -> None:
    response = desk.post(f"/panel/valores/{draft.pk}/enviar/", {"lock_version": 99})
    assert response.status_code == 409
    assert "No se hizo nada" in text(response)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_author_is_told_that_another_person_publishes(
    desk: Client, editor: User, draft: YearlyValue
) -> None:
    editor.groups.add(Group.objects.get(name="reviewer"))
    desk.post(f"/panel/valores/{draft.pk}/enviar/", {"lock_version": 1})
    words = "Tú registraste este valor: lo revisa y publica otra persona."
    page = text(desk.get(f"/panel/valores/{draft.pk}/"))
    assert words in page
    assert "/publicar/" not in page
    response = desk.post(f"/panel/revision/{draft.pk}/publicar/", {"lock_version": 2})
    assert response.status_code == 403
    assert words in text(response)
    draft.refresh_from_db()
    assert draft.state == "in_review"


def test_return_needs_words(
    desk: Client, desk_of_reviewer: Client, draft: YearlyValue
) -> None:
    desk.post(f"/panel/valores/{draft.pk}/enviar/", {"lock_version": 1})
    back = f"/panel/revision/{draft.pk}/devolver/"
    response = desk_of_reviewer.post(back, {"lock_version": 2, "reason": ""})
    assert response.status_code == 422
    assert "Escribe el motivo." in text(response)
    desk_of_reviewer.post(back, {"lock_version": 2, "reason": "Falta la página."})
    page = text(desk.get(f"/panel/valores/{draft.pk}/"))
    assert "Devuelto con observaciones" in page
    assert "Falta la página." in page
    assert "Devuelto" in text(desk.get("/panel/"))


def test_withdrawal_needs_words(desk_of_reviewer: Client, indicator, place) -> None:
    row = factories.YearlyValueFactory(indicator=indicator, place=place, year=YEAR)
    away = f"/panel/revision/{row.pk}/retirar/"
    assert desk_of_reviewer.post(away, {"lock_version": 1}).status_code == 422
    desk_of_reviewer.post(away, {"lock_version": 1, "reason": "Se midió mal."})
    page = text(desk_of_reviewer.get(f"/panel/valores/{row.pk}/"))
    assert "Retirado" in page
    assert "Se midió mal." in page


def test_discarded_draft_is_gone(desk: Client, draft: YearlyValue) -> None:
    response = desk.post(f"/panel/valores/{draft.pk}/descartar/", {"lock_version": 1})
    assert response.url == "/panel/"
    assert not YearlyValue.objects.exists()


@pytest.mark.parametrize(
    ("state", "shown"),
    [("all", True), ("draft", True), ("missing", False), ("published", False)],
)
def test_list_is_filtered_by_the_address(
    desk: Client, draft: YearlyValue, state: str, shown: bool
) -> None:
    page = text(desk.get("/panel/valores/", {"year": YEAR, "state": state}))
    assert (f"/panel/valores/{draft.pk}/" in page) is shown


@pytest.mark.parametrize("query", ["year=x&place=y&state=z", "year=99999"])
def test_strange_filters_are_no_error(desk: Client, place, query: str) -> None:
    assert desk.get(f"/panel/valores/?{query}").status_code == 200


def test_list_takes_a_bounded_number_of_queries(
    desk: Client, place, django_assert_max_num_queries
) -> None:
    for _ in range(12):
        factories.YearlyValueFactory(place=place, year=YEAR)
    with django_assert_max_num_queries(12):
        assert desk.get(f"/panel/valores/?year={YEAR}").status_code == 200


def test_checklists_are_not_typed(desk: Client, place) -> None:
    steps = factories.IndicatorFactory(target_type="checklist", name_es="Por pasos")
    assert f'value="{steps.pk}"' not in text(desk.get("/panel/valores/nuevo/"))


def test_typed_markup_is_shown_as_text(desk: Client, address: str) -> None:
    attack = "<script>alert(1)</script>"
    desk.post(address, typed(note=attack, source_text=attack))
    row = YearlyValue.objects.get()
    page = text(desk.get(f"/panel/valores/{row.pk}/"))
    assert attack not in page
    assert "&lt;script&gt;" in page


def test_panel_pages_are_never_stored(desk: Client, address: str) -> None:
    for path in ("/panel/", "/panel/valores/", address):
        assert "no-store" in desk.get(path).headers["Cache-Control"]
    assert "no-store" in Client().get("/panel/").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/panel/valores/{pk}/editar/",
        "/panel/valores/{pk}/enviar/",
        "/panel/valores/{pk}/descartar/",
        "/panel/revision/{pk}/publicar/",
        "/panel/revision/{pk}/devolver/",
        "/panel/revision/{pk}/retirar/",
        "/cuenta/login/",
        "/cuenta/logout/",
    ],
)
def test_post_without_its_token_is_refused(
    editor: User, reviewer: User, draft: YearlyValue, path: str
) -> None:
    person = reviewer if "revision" in path else editor
    client = Client(enforce_csrf_checks=True)
    client.force_login(person)
    response = client.post(path.format(pk=draft.pk), {"lock_version": 1})
    assert response.status_code == 403
    draft.refresh_from_db()
    assert draft.lock_version == 1


def test_english_panel_speaks_of_the_same_value(
    desk: Client, draft: YearlyValue
) -> None:
    page = text(desk.get(f"/en/panel/valores/{draft.pk}/"))
    assert draft.indicator.goal.name_en in page
    assert '<html lang="en">' in page


def test_running_year_measured_is_asked_back(desk: Client, indicator, place) -> None:
    year = timezone.localdate().year
    page = text(
        desk.post(
            f"/panel/valores/nuevo/?indicator={indicator.pk}&place={place.pk}"
            f"&year={year}",
            typed(),
        )
    )
    assert "El año aún no termina" in page


def test_panel_of_a_person_without_tasks_says_so(make_person, signed_in) -> None:
    page = text(signed_in(make_person("member")).get("/panel/"))
    assert "no tienes tareas" in page
    assert "Registrar un valor" not in page


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 30])
def test_number_of_no_value_is_not_found(desk: Client, number: str) -> None:
    assert desk.get(f"/panel/valores/{number}/").status_code == 404
    assert desk.post(f"/panel/valores/{number}/enviar/").status_code == 404


def test_a_reviewer_finds_the_held_load_from_the_panel(
    desk_of_reviewer: Client,
) -> None:
    load = factories.LoadFactory(state="held", reason="Retenida: cambia 1 valores.")
    page = desk_of_reviewer.get("/panel/").content.decode()
    assert f"/admin/indicators/load/{load.pk}/decide/" in page
    assert "Retenida: cambia 1 valores." in page


def test_an_editor_is_not_sent_to_a_decision(desk: Client) -> None:
    factories.LoadFactory(state="held", reason="Retenida: cambia 1 valores.")
    assert "/decide/" not in desk.get("/panel/").content.decode()
