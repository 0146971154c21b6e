"""The way of a workbook in Debian's Chromium, without scripts and with."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page

from indicators.models import WorkbookImport, YearlyValue
from indicators.workbooks import actions
from tests import factories
from tests.browsing import WIDTHS, open_page, photograph, sign_in, violations
from tests.workbooks.sheets import YEAR, good, rows_of, sheet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.fixture
def editora(people: dict[str, User]) -> User:
    """Who enters three indicators of a province; one has a value of the year before."""
    province = factories.PlaceFactory(province=True)
    for number in range(3):
        indicator = factories.IndicatorFactory(
            goal__name_es=f"Rendimiento promedio de la producción de yuca {number}"
        )
        factories.AssignmentFactory(user=people["editora"], indicator=indicator)
    factories.YearlyValueFactory(
        indicator=indicator, place=province, year=YEAR - 1, value="1.2"
    )
    return people["editora"]


def downloaded(page: Page, folder: Path) -> Path:
    """The template of the year, filled: a good row, an unlikely one, a wrong one."""
    page.get_by_label("Año").select_option(str(YEAR))
    with page.expect_download() as download:
        page.get_by_role("button", name="Descargar en Excel").click()
    assert download.value.suggested_filename == f"valores-{YEAR}.xlsx"
    rows = rows_of(Path(download.value.path()).read_bytes())
    rows[0] |= good(1.25)
    rows[1] |= good("1,5")
    rows[2] |= good(1_200)
    file = folder / "valores.xlsx"
    file.write_bytes(sheet(rows))
    return file


def check(page: Page, width: int, name: str) -> None:
    """No violation, no sideways scrolling; a picture to look at."""
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    photograph(page, f"{width}_import_{name}")


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (1280, True)])
def test_whole_way_of_a_workbook(
    browser: Browser,
    live_server: Any,
    editora: User,
    tmp_path: Path,
    width: int,
    scripts: bool,
) -> None:
    site = live_server.url
    page = open_page(browser, width, scripts=scripts)
    sign_in(page, site, "editora")
    page.get_by_role("link", name="Importar desde Excel").click()
    file = downloaded(page, tmp_path)
    page.get_by_label("Archivo XLSX o CSV").set_input_files(file)
    page.get_by_role("button", name="Ver qué cambia").click()
    page.wait_for_url(f"{site}/panel/importar/*/")
    text = " ".join(page.locator("main").inner_text().split())
    for words in ("1 fila lista", "1 con advertencia", "1 con error", "0 sin cambios"):
        assert words in text
    first = page.locator("tbody tr").first.inner_text()
    assert "Fila 3, columna I:" in first
    assert "puede leerse de más de una manera" in first
    page.get_by_role("button", name="Importar la 1 correcta como borrador").click()
    assert "1 valor guardado como borrador" in page.locator("main").inner_text()
    assert YearlyValue.objects.get(year=YEAR).state == "draft"
    page.get_by_role("button", name="Deshacer esta importación").click()
    assert "Importación deshecha." in page.locator("main").inner_text()
    assert not YearlyValue.objects.filter(year=YEAR).exists()
    page.get_by_role("link", name="Importar desde Excel").click()
    page.get_by_label("Archivo XLSX o CSV").set_input_files(
        {"name": "a.xls", "mimeType": "", "buffer": b"\xd0\xcf\x11\xe0"}
    )
    page.get_by_role("button", name="Ver qué cambia").click()
    assert "Hay un problema" in page.locator("main").inner_text()


def test_large_workbook_shows_how_far_it_is_and_is_found_again(
    browser: Browser, live_server: Any, editora: User, tmp_path: Path
) -> None:
    site = live_server.url
    page = open_page(browser, 360, scripts=False)
    sign_in(page, site, "editora")
    page.goto(f"{site}/panel/importar/")
    file = downloaded(page, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(actions, "MOST_ROWS_AT_ONCE", 2)
        page.get_by_label("Archivo XLSX o CSV").set_input_files(file)
        page.get_by_role("button", name="Ver qué cambia").click()
        page.get_by_text("Fila 0 de 3").wait_for()
        page.goto(f"{site}/panel/importar/")
        sent = WorkbookImport.objects.get()
        # What the worker does; the page looks again by itself.
        page.get_by_role("link", name="valores.xlsx").click()
        assert actions.preview_workbook(sent.pk) == "read"
        button = page.get_by_role("button", name="Importar la 1 correcta")
        button.click()
        page.get_by_text("Guardando").first.wait_for()
        assert actions.save_workbook(sent.pk) == "saved"
        page.get_by_text("1 valor guardado como borrador").wait_for()
    assert YearlyValue.objects.filter(year=YEAR).count() == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_have_no_axe_violation_and_fit(
    browser: Browser, live_server: Any, editora: User, tmp_path: Path, width: int
) -> None:
    site = live_server.url
    page = open_page(browser, width)
    sign_in(page, site, "editora")
    page.goto(f"{site}/panel/importar/")
    check(page, width, "new")
    file = downloaded(page, tmp_path)
    page.get_by_role("button", name="Ver qué cambia").click()
    page.get_by_label("Archivo XLSX o CSV").set_input_files(file)
    page.get_by_role("button", name="Ver qué cambia").click()
    page.wait_for_url(f"{site}/panel/importar/*/")
    check(page, width, "preview")
    page.get_by_role("button", name="Importar la 1 correcta como borrador").click()
    page.get_by_role("button", name="Deshacer esta importación").wait_for()
    check(page, width, "saved")
    for state in ("reading", "saving"):
        row = factories.WorkbookImportFactory(
            person=editora, state=state, row_count=5_000, rows_read=1_200
        )
        page.goto(f"{site}/panel/importar/{row.pk}/?fija")
        check(page, width, state)
    page.goto(f"{site}/panel/importar/")
    page.get_by_label("Archivo XLSX o CSV").set_input_files(
        {"name": "a.xls", "mimeType": "", "buffer": b"\xd0\xcf\x11\xe0"}
    )
    page.get_by_role("button", name="Ver qué cambia").click()
    page.get_by_text("Hay un problema").wait_for()
    check(page, width, "wrong")
