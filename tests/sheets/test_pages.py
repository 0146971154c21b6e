"""The mapping screen: from a ministry's file to drafts, step by step."""

import datetime as dt
import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from indicators.models import (
    Evidence,
    Indicator,
    SheetMapping,
    SheetUpload,
    YearlyValue,
)
from indicators.sheets.actions import (
    MOST_WAITING,
    forget_expired,
    import_values,
    keep_upload,
)
from indicators.sheets.preview import Reasons
from indicators.yearly.writing import ValueRefusedError
from tests.factories import YearlyValueFactory
from tests.people.evidence_files import sheet
from tests.sheets.conftest import ENLA, step, upload, uploaded
from tests.sheets.statistics import health, learning
from tests.sources.workbooks import table

pytestmark = pytest.mark.django_db
SIEN = {
    "sheet": "",
    "title_row": "2",
    "value_column": "3",
    "factor": "1",
    "year": "2024",
    "place": "by_code",
    "place_column": "0",
    "kind": "measured",
    "source_text": "SIEN-HIS 2024",
    "filter_column_1": "0",
    "filter_text_1": "99*",
}


def chosen(desk: Client, file: SheetUpload, rule: dict[str, str] = ENLA) -> SheetUpload:
    response = desk.post(step(file, "columnas/"), rule)
    assert response.status_code == 302, response.content.decode()
    file.refresh_from_db()
    return file


def importing(desk: Client, file: SheetUpload, **facts: str) -> Any:
    version = {"lock_version": str(file.lock_version)}
    return desk.post(step(file, "revisar/"), version | facts)


def test_a_statistic_becomes_drafts_marked_as_proxies(
    desk: Client, editor: User, indicator: Indicator
) -> None:
    file = chosen(desk, uploaded(desk, indicator))
    text = desk.get(step(file, "revisar/")).content.decode()
    assert "Listos: 2 · Por confirmar: 0 · Con error: 0" in text
    assert "Fila 6, columna F" in text
    assert "1 no se registra. Un dato que falta no es cero." in text
    assert "3 filas no cumplen" in text
    assert "1 valor se redondea a 4 decimales" in text
    assert YearlyValue.objects.count() == 0
    page = desk.post(
        step(file, "revisar/"), {"lock_version": file.lock_version}, follow=True
    )
    assert "2 valores importados como borrador" in page.content.decode()
    assert file.sha256 in page.content.decode()
    rows = YearlyValue.objects.order_by("year")
    assert [(row.year, row.value, row.state) for row in rows] == [
        (2022, Decimal("21.4"), "draft"),
        (2024, Decimal("25.1235"), "draft"),
    ]
    assert {(row.proxy, row.recorded_by) for row in rows} == {
        ("4.º grado en lugar de 2.º", editor)
    }
    items = Evidence.objects.order_by("value__year")
    assert [one.value for one in items] == list(rows)
    assert {(one.kind, one.title, one.is_public) for one in items} == {
        ("data_set", "MINEDU, ENLA 2024", False)
    }
    assert {(one.original_sha256, one.added_by) for one in items} == {
        (file.sha256, editor)
    }


def test_the_panel_names_file_and_proxy_of_a_value(
    desk: Client, indicator: Indicator, places: dict[str, Any]
) -> None:
    file = chosen(desk, uploaded(desk, indicator))
    importing(desk, file, is_file_public="on")
    row = YearlyValue.objects.get(year=2022)
    item = row.evidence.get()
    assert item.is_public
    detail = desk.get(f"/panel/valores/{row.pk}/").content.decode()
    assert "4.º grado en lugar de 2.º" in detail
    assert "No hay enlace ni archivo" not in detail
    kept = desk.get(reverse("indicators:evidence-file", args=[item.pk]))
    assert b"".join(kept.streaming_content).startswith(b"PK")
    where = f"?place={places['9901'].pk}&year=2022"
    assert (
        "(indicador sustituto)" in desk.get(f"/panel/valores/{where}").content.decode()
    )


def test_missing_cells_can_be_recorded_as_no_data(
    desk: Client, indicator: Indicator
) -> None:
    file = chosen(
        desk, uploaded(desk, indicator), ENLA | {"missing_as": "not_published"}
    )
    importing(desk, file)
    row = YearlyValue.objects.get(year=2023)
    assert (row.value, row.kind, row.no_data_reason) == (
        None,
        "no_data",
        "not_published",
    )


def test_what_is_kept_is_cleaned_and_says_what_was_sent(
    desk: Client, indicator: Indicator
) -> None:
    response = upload(desk, indicator, sheet(xl__embeddings__a=b"x"))
    assert response.status_code == 422
    assert "macros u otros archivos" in response.content.decode()
    latin = "año,valor\n2020,1\n".encode("cp1252")
    upload(desk, indicator, latin, "a.CSV")
    file = SheetUpload.objects.get()
    assert bytes(file.content).decode() == "año,valor\n2020,1\n"
    assert file.sha256 == hashlib.sha256(latin).hexdigest()


def test_a_file_read_again_by_another_rule_stays_one_piece_of_evidence(
    desk: Client, indicator: Indicator
) -> None:
    importing(desk, chosen(desk, uploaded(desk, indicator)))
    again = chosen(desk, uploaded(desk, indicator), ENLA | {"proxy": "Otro grado"})
    response = importing(desk, again)
    assert response.status_code == 422
    assert "Ya hay un valor en preparación" in response.content.decode()
    assert Evidence.objects.count() == 2


def test_a_disk_that_is_full_imports_nothing(
    desk: Client, indicator: Indicator, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file"
    response = importing(desk, chosen(desk, uploaded(desk, indicator)))
    assert response.status_code == 503
    assert "el disco del servidor no lo aceptó" in response.content.decode()
    assert not YearlyValue.objects.exists()


def test_districts_come_from_their_codes(
    desk: Client, indicator: Indicator, places: dict[str, Any]
) -> None:
    response = upload(desk, indicator, health(), "sien.csv")
    file = SheetUpload.objects.get()
    assert response.status_code == 302
    chosen(desk, file, SIEN)
    importing(desk, file)
    row = YearlyValue.objects.get()
    assert (row.place, row.year, row.value) == (places["990101"], 2024, Decimal(0))


def test_next_year_begins_with_last_years_columns(
    desk: Client, editor: User, indicator: Indicator
) -> None:
    importing(desk, chosen(desk, uploaded(desk, indicator)))
    mapping = SheetMapping.objects.get()
    assert (mapping.indicator, mapping.saved_by) == (indicator, editor)
    # A column more and a row less: titles are found by their words.
    rows: list[list[Any]] = [
        ["Nuevo", "DRE", "Código UGEL", "UGEL", "Grado", "Año", "% Satisfactorio"],
        ["x", "SAN MARTÍN", 220010, "TOCACHE", "4P", 2025, 27],
    ]
    file = uploaded(desk, indicator, table(rows))
    form = desk.get(step(file, "columnas/")).context["form"]
    assert [form[name].value() for name in ("value_column", "year_column")] == [
        "6",
        "5",
    ]
    assert form["filter_column_2"].value() == "4"
    assert form["proxy"].value() == "4.º grado en lugar de 2.º"
    text = desk.get(step(file, "columnas/")).content.decode()
    assert "Elegimos las columnas como la última vez" in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value_column": ""}, "Elige la columna del valor."),
        ({"value_column": "99"}, "Esa columna no está en la hoja."),
        ({"year_column": ""}, "Elige la columna del año o escribe el año."),
        ({"year": "2024"}, "Borra el año o quita la columna del año."),
        ({"year": "9" * 5000}, "cuatro cifras"),
        ({"place": "by_code"}, "Elige la columna del ubigeo."),
        ({"place": ""}, "Elige un lugar."),
        ({"filter_text_1": ""}, "Escribe qué dice la columna"),
        ({"filter_column_1": ""}, "Elige una columna."),
        ({"source_text": ""}, "Escribe de dónde sale el valor."),
        ({"source_url": "javascript:alert(1)"}, "Escribe un enlace completo"),
        ({"title_row": "x"}, "Escribe el número de la fila"),
    ],
)
def test_a_wrong_choice_is_named_and_the_others_stay(
    desk: Client, indicator: Indicator, change: dict[str, str], message: str
) -> None:
    file = uploaded(desk, indicator)
    response = desk.post(step(file, "columnas/"), ENLA | change)
    text = response.content.decode()
    assert response.status_code == 422
    assert "Hay un problema" in text
    assert message in text
    assert 'value="4.º grado en lugar de 2.º"' in text


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b"", "x.csv", "El archivo está vacío."),
        (b"\x89PNG....", "x.png", "Solo se aceptan tablas CSV o XLSX"),
        (b"PK\x03\x04half", "x.xlsx", "dañado o incompleto"),
        (table([["a"], ["=1+1"]]), "x.xlsx", "fórmula sin valor"),
        (b"a,b\n\x00,2\n", "x.csv", "no es una tabla de texto"),
    ],
)
def test_what_is_no_table_is_refused_with_words(
    desk: Client, indicator: Indicator, content: bytes, name: str, message: str
) -> None:
    response = upload(desk, indicator, content, name)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not SheetUpload.objects.exists()


@pytest.mark.parametrize("text", ["a\0b", "9" * 5000, "\ufffd"])
def test_strange_texts_are_refused_and_never_an_error(
    desk: Client, indicator: Indicator, text: str
) -> None:
    file = chosen(desk, uploaded(desk, indicator))
    for name in ("proxy", "filter_text_1", "sheet", "title_row", "factor", "place"):
        response = desk.post(step(file, "columnas/"), ENLA | {name: text})
        assert response.status_code in {302, 422}, name
    response = desk.post(step(file, "revisar/"), {"lock_version": text})
    assert response.status_code == 422


def test_a_title_with_a_nul_is_chosen_like_any_other(
    desk: Client, indicator: Indicator
) -> None:
    rows: list[list[Any]] = [["año", "va_x0000_lor"], [2020, 20], [2021, 21]]
    file = uploaded(desk, indicator, table(rows))
    rule = ENLA | {
        "sheet": "Hoja1",
        "title_row": "1",
        "value_column": "1",
        "year_column": "0",
        "filter_column_1": "",
        "filter_text_1": "",
        "filter_column_2": "",
        "filter_text_2": "",
    }
    importing(desk, chosen(desk, file, rule))
    assert YearlyValue.objects.count() == 2


def test_a_published_value_is_corrected_with_a_reason_only(
    desk: Client, indicator: Indicator, places: dict[str, Any]
) -> None:
    YearlyValueFactory(
        indicator=indicator, place=places["9901"], year=2022, value=Decimal(20)
    )
    file = chosen(desk, uploaded(desk, indicator))
    text = desk.get(step(file, "revisar/")).content.decode()
    assert "Listos: 1 · Por confirmar: 1" in text
    assert "Escribe por qué se corrige el valor publicado." in text
    importing(desk, file, change_reason="El ministerio corrigió la cifra.")
    row = YearlyValue.objects.get(year=2022, state="draft")
    assert (row.version, row.change_reason) == (2, "El ministerio corrigió la cifra.")


def test_an_unlikely_value_waits_for_its_tick_and_the_others_do_not(
    desk: Client, indicator: Indicator, places: dict[str, Any]
) -> None:
    YearlyValueFactory(
        indicator=indicator, place=places["9901"], year=2023, value=Decimal(80)
    )
    file = chosen(desk, uploaded(desk, indicator))
    response = importing(desk, file, confirmation="Cambió la prueba.")
    assert response.status_code == 422
    assert "Confirma que los valores son correctos." in response.content.decode()
    page = desk.post(
        step(file, "revisar/"), {"lock_version": file.lock_version}, follow=True
    )
    assert "1 valor no se importó" in page.content.decode()
    assert [row.year for row in YearlyValue.objects.filter(state="draft")] == [2022]


def test_a_second_button_press_imports_nothing_more(
    desk: Client, indicator: Indicator
) -> None:
    file = chosen(desk, uploaded(desk, indicator))
    assert importing(desk, file).status_code == 302
    again = desk.post(
        step(file, "revisar/"), {"lock_version": file.lock_version}, follow=True
    )
    assert again.status_code == 200
    assert YearlyValue.objects.count() == 2
    # The same file once more finds everything as it is.
    file = chosen(desk, uploaded(desk, indicator))
    response = importing(desk, file)
    assert response.status_code == 422
    assert "No hay ningún valor nuevo que importar." in response.content.decode()


def test_a_place_that_went_meanwhile_is_chosen_anew(
    desk: Client, indicator: Indicator, places: dict[str, Any]
) -> None:
    file = chosen(desk, uploaded(desk, indicator))
    places["9901"].ubigeo = "9902"
    places["9901"].save()
    response = desk.get(step(file, "revisar/"))
    assert (response.status_code, response["Location"]) == (
        302,
        step(file, "columnas/"),
    )


def test_a_preview_of_other_columns_is_shown_anew(
    desk: Client, indicator: Indicator
) -> None:
    file = chosen(desk, uploaded(desk, indicator))
    seen = file.lock_version
    chosen(desk, file, ENLA | {"filter_text_2": "2S"})
    response = desk.post(step(file, "revisar/"), {"lock_version": seen})
    assert response.status_code == 409
    assert "Las columnas cambiaron en otra pestaña" in response.content.decode()
    assert not YearlyValue.objects.exists()


def test_a_file_outlives_the_session_and_is_its_owners_alone(
    desk: Client, editor: User, indicator: Indicator, make_person: Any
) -> None:
    file = chosen(desk, uploaded(desk, indicator))
    other, again = Client(), Client()
    other.force_login(make_person("editor"))
    for name in ("", "columnas/", "revisar/"):
        assert other.get(step(file, name)).status_code == 404
    assert other.post(step(file, "descartar/")).status_code == 404
    again.force_login(editor)
    assert again.get(step(file, "revisar/")).status_code == 200
    assert "enla.xlsx" in again.get("/panel/estadisticas/").content.decode()


def test_a_file_is_forgotten_after_a_week_or_when_discarded(
    desk: Client, editor: User, indicator: Indicator
) -> None:
    kept = chosen(desk, uploaded(desk, indicator))
    importing(desk, kept)
    left = uploaded(desk, indicator)
    with time_machine.travel(timezone.now() + dt.timedelta(days=8), tick=False):
        desk.force_login(editor)
        for name in ("columnas/", "revisar/"):
            assert desk.get(step(left, name)).status_code == 410
        assert forget_expired() == 2
    assert Evidence.objects.filter(original_sha256=kept.sha256).count() == 2
    assert not SheetUpload.objects.exists()
    thrown = uploaded(desk, indicator)
    assert desk.post(step(thrown, "descartar/")).status_code == 302
    assert desk.get(step(thrown, "columnas/")).status_code == 410


def test_an_imported_file_is_not_discarded(desk: Client, indicator: Indicator) -> None:
    kept = chosen(desk, uploaded(desk, indicator))
    importing(desk, kept)
    assert desk.post(step(kept, "descartar/")).status_code == 410
    assert SheetUpload.objects.get() == kept


def test_a_person_keeps_ten_files_on_the_way(
    editor: User, indicator: Indicator
) -> None:
    for number in range(MOST_WAITING + 2):
        keep_upload(
            actor=editor,
            indicator_id=indicator.pk,
            file_name=f"{number}.csv",
            content=b"a,b\n",
        )
    assert SheetUpload.objects.count() == MOST_WAITING
    assert not SheetUpload.objects.filter(file_name="0.csv").exists()


def test_nobody_uploads_for_an_indicator_of_others(
    desk: Client, indicator: Indicator, make_person: Any
) -> None:
    stranger = make_person("editor")
    stranger.assignments.all().delete()
    other = Client()
    other.force_login(stranger)
    assert upload(other, indicator, learning()).status_code == 422
    with pytest.raises(ValueRefusedError):
        keep_upload(
            actor=stranger, indicator_id=indicator.pk, file_name="x", content=b"x"
        )


def test_an_import_takes_the_same_queries_for_one_row_and_hundreds(
    desk: Client,
    editor: User,
    indicator: Indicator,
    django_assert_max_num_queries: Any,
) -> None:
    rows: list[list[Any]] = [["año", "v"]]
    rows += [[1985 + n, 10 + n % 3] for n in range(40)]
    rule = {
        "sheet": "Hoja1",
        "title_row": "1",
        "value_column": "1",
        "year_column": "0",
        "factor": "1",
        "place": "9901",
        "kind": "measured",
        "source_text": "Anuario",
    }
    file = chosen(desk, uploaded(desk, indicator, table(rows)), rule)
    # As the page has: whoever opens it may record.
    editor.get_all_permissions()
    with django_assert_max_num_queries(20):
        outcomes = import_values(
            actor=editor,
            public_id=file.public_id,
            lock_version=file.lock_version,
            reasons=Reasons(),
            is_file_public=False,
        )
    assert {one.code for one in outcomes} == {"saved"}


@pytest.mark.parametrize(
    "change",
    [
        {"imported_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        {"size_bytes": 0},
        {"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
    ],
)
def test_the_database_refuses_an_upload_that_cannot_be(
    desk: Client, indicator: Indicator, change: dict[str, Any]
) -> None:
    uploaded(desk, indicator)
    with pytest.raises(IntegrityError), transaction.atomic():
        SheetUpload.objects.update(**change)
