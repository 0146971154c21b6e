"""The mapping screen in Chromium: without scripts on a phone, and with them."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from indicators.models import Indicator, YearlyValue
from tests.browsing import open_page, photograph, sign_in, violations
from tests.factories import AssignmentFactory, PlaceFactory, TargetFactory
from tests.persons import PASSWORD
from tests.sheets.statistics import learning

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.fixture
def indicator(make_person: Any) -> Indicator:
    PlaceFactory(province=True)
    made: Indicator = TargetFactory(
        indicator__target_type="share",
        indicator__unit_es="%",
        indicator__goal__name_es="Logro satisfactorio en lectura",
    ).indicator
    person = make_person("editor", username="editora", password=PASSWORD)
    AssignmentFactory(user=person, indicator=made)
    return made


def look(page: Page, width: int, name: str, *, scripts: bool) -> None:
    # axe is a script itself: without scripts it never ends.
    assert not scripts or violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    photograph(page, f"{width}_sheet_{name}")


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1280, True)])
def test_a_ministrys_file_becomes_drafts(
    browser: Browser,
    live_server: Any,
    indicator: Indicator,
    tmp_path: Path,
    width: int,
    scripts: bool,
) -> None:
    file = tmp_path / "enla_2024.xlsx"
    file.write_bytes(learning())
    page = open_page(browser, width, scripts=scripts)
    sign_in(page, live_server.url, "editora")
    look(page, width, "home", scripts=scripts)
    page.get_by_role("link", name="Subir una estadística en archivo").click()
    page.get_by_role("button", name="Subir y elegir columnas").click()
    assert page.title().startswith("Error: ")
    page.get_by_label("Indicador").select_option(str(indicator.pk))
    page.get_by_label("Archivo", exact=True).set_input_files(file)
    look(page, width, "start", scripts=scripts)
    page.get_by_role("button", name="Subir y elegir columnas").click()
    # The guess found sheet and titles.
    assert page.get_by_label("Fila de los títulos").input_value() == "4"
    page.get_by_label("Columna del valor").select_option("F · % Satisfactorio")
    page.get_by_label("Columna del año").select_option("E · Año")
    page.get_by_label("¿De qué lugar son los valores?").select_option("9901")
    page.get_by_label("Condición 1: columna").select_option("B · Código UGEL")
    page.get_by_label("Condición 1: dice").fill("220010")
    page.get_by_label("Indicador sustituto").fill("4.º grado en lugar de 2.º")
    page.get_by_label("Fuente", exact=True).fill("MINEDU, ENLA 2024")
    look(page, width, "columns", scripts=scripts)
    page.get_by_role("button", name="Ver los valores").click()
    main = page.locator("main")
    assert "Listos: 1 · Por confirmar: 0 · Con error: 2" in main.inner_text()
    assert "Agrega una condición" in main.inner_text()
    look(page, width, "preview_errors", scripts=scripts)
    page.get_by_role("link", name="Volver a las columnas").click()
    page.get_by_label("Condición 2: columna").select_option("D · Grado")
    page.get_by_label("Condición 2: dice").fill("4P")
    page.get_by_role("button", name="Ver los valores").click()
    assert "Listos: 2 · Por confirmar: 0 · Con error: 0" in main.inner_text()
    look(page, width, "preview", scripts=scripts)
    page.get_by_role("button", name="Importar como borradores").click()
    assert "2 valores importados como borrador" in main.inner_text()
    look(page, width, "result", scripts=scripts)
    assert YearlyValue.objects.filter(state="draft").count() == 2
