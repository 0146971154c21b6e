"""The yearly grid in Debian's Chromium: without scripts, by keyboard, on a phone."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Browser, Page

from indicators.models import YearlyValue
from tests import factories
from tests.browsing import WIDTHS, open_page, photograph, sign_in, tab_to, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.fixture
def rows(people: dict[str, User]) -> list[str]:
    """What the fields of two empty rows begin with, each in an axis of its own.

    Three more rows, in the axis of the first, cannot be typed in.
    """
    editor, place = people["editora"], factories.PlaceFactory(province=True)
    states: list[dict[str, Any]] = [
        {},
        {},
        {"recorded_by": editor},
        {"load": factories.LoadFactory()},
        {"state": "in_review", "reviewed_by": None, "recorded_by": editor},
    ]
    prefixes = []
    names = {"name_es": "Eje Agua", "name_en": "Water axis"}
    second_axis = factories.AxisFactory(code="agua", order=2, **names)
    for number, fields in enumerate(states):
        axis = second_axis if number == 1 else factories.AxisFactory()
        indicator = factories.TargetFactory(
            indicator__goal__axis=axis,
            indicator__goal__name_es="Superficie con sistemas agroforestales",
        ).indicator
        factories.AssignmentFactory(user=editor, indicator=indicator)
        common = {"indicator": indicator, "place": place}
        factories.YearlyValueFactory(**common, year=last_year() - 1)
        if fields:
            factories.YearlyValueFactory(**common, year=last_year(), **fields)
        prefixes.append(f"id_r{indicator.pk}-{place.pk}")
    return prefixes[:2]


def last_year() -> int:
    return timezone.localdate().year - 1


def fill(page: Page, row: str, value: str, **cells: str) -> None:
    page.locator(f"#{row}-value").fill(value)
    page.locator(f"#{row}-kind").select_option(cells.get("kind", "measured"))
    page.locator(f"#{row}-source_text").fill("Anuario")
    page.locator(f"#{row}-source_url").fill(cells.get("link", "https://example.org/a"))


def check(page: Page, width: int, name: str) -> None:
    assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    photograph(page, f"{width}_grid_{name}")


@pytest.mark.parametrize("width", WIDTHS)
def test_year_goes_from_sign_in_to_review_without_scripts(
    browser: Browser, live_server: Any, rows: list[str], width: int
) -> None:
    first, second = rows
    page = open_page(browser, width, scripts=False)
    sign_in(page, live_server.url, "editora")
    page.get_by_role("link", name=f"Registrar {last_year()}: 2 de 5 listos").click()
    fill(page, first, "1,5")
    fill(page, second, "1.30", link="")
    page.locator(".grid-all").get_by_role("button", name="Guardar todo").click()
    assert page.title().startswith("Error: ")
    assert page.locator(f"#{second}-value").input_value() == "1.30"
    page.get_by_role("link", name="puede leerse de más de una manera").click()
    page.locator(f"#{first}-value").fill("1.5")
    page.locator(f"#{second}-is_confirmed").check()
    page.locator(f"#{second}-confirmation").fill("Está en papel, en el archivo.")
    page.locator(".grid-all").get_by_role("button", name="Guardar todo").click()
    assert "Se guardaron 2 filas como borrador." in page.locator("main").inner_text()
    page.get_by_role("link", name="Enviar mi año a revisión").click()
    assert "Se enviarán 2 valores." in page.locator("main").inner_text()
    page.get_by_role("button", name="Enviar a revisión").click()
    assert "2 de 5 listos · 3 por revisar" in page.locator("main").inner_text()
    assert YearlyValue.objects.filter(state="in_review").count() == 3


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_of_the_grid_have_no_axe_violation_and_fit(
    browser: Browser,
    live_server: Any,
    rows: list[str],
    people: dict[str, User],
    width: int,
) -> None:
    first, second = rows
    page = open_page(browser, width)
    sign_in(page, live_server.url, "editora")
    page.goto(f"{live_server.url}/panel/registro/{last_year()}/")
    check(page, width, "year")
    fill(page, first, "1,5")
    fill(page, second, "1.30", link="")
    page.locator(".grid-all").get_by_role("button", name="Guardar todo").click()
    assert page.locator(".problem").evaluate("e => e === document.activeElement")
    check(page, width, "wrong")
    indicator, place = first.removeprefix("id_r").split("-")
    factories.YearlyValueFactory(
        draft=True,
        indicator_id=indicator,
        indicator=None,
        place_id=place,
        place=None,
        year=last_year(),
        value="1.40",
        recorded_by=people["revisora"],
    )
    page.locator(f"#{first}-value").fill("1.50")
    page.locator(".grid-all").get_by_role("button", name="Guardar todo").click()
    check(page, width, "conflict")
    page.get_by_label("Lo tuyo: 1.5").check()
    page.get_by_role("button", name="Guardar lo elegido").click()
    assert page.locator(f"#{second}-value").input_value() == "1.30"
    row = YearlyValue.objects.get(state="draft")
    assert (row.value, row.recorded_by) == (Decimal("1.5"), people["editora"])
    page.goto(f"{live_server.url}/panel/registro/{last_year()}/enviar/")
    check(page, width, "submission")
    page.goto(f"{live_server.url}/en/panel/registro/{last_year()}/")
    check(page, width, "english")


def test_two_rows_are_typed_by_keyboard_alone(
    browser: Browser, live_server: Any, rows: list[str]
) -> None:
    page = open_page(browser, 1280)
    sign_in(page, live_server.url, "editora")
    page.goto(f"{live_server.url}/panel/registro/{last_year()}/")
    tab_to(page, f"{rows[0]}-value")
    for row, value in zip(rows, ("1.20", "1.30"), strict=True):
        # Tab goes along the row, then to the next one.
        typed = {"value": value, "kind": "Medido", "source_text": "Anuario"}
        for cell, text in (typed | {"source_url": "https://example.org/a"}).items():
            if page.evaluate("document.activeElement.id") != f"{row}-{cell}":
                # Between the two rows stand the links of those that are fixed.
                tab_to(page, f"{row}-{cell}", most=12 if cell == "value" else 1)
            page.keyboard.type(text)
    # Enter in the second axis saves both.
    page.keyboard.press("Enter")
    page.get_by_text("Se guardaron 2 filas como borrador.").wait_for()
    drafts = YearlyValue.objects.filter(state="draft").order_by("indicator_id")
    assert [(row.value, row.kind) for row in drafts] == [
        (Decimal("1.2"), "measured"),
        (Decimal("1.3"), "measured"),
    ]


def test_screen_reader_hears_row_column_and_earlier_value(
    browser: Browser, live_server: Any, rows: list[str]
) -> None:
    page = open_page(browser, 360, scripts=False)
    sign_in(page, live_server.url, "editora")
    page.goto(f"{live_server.url}/panel/registro/{last_year()}/")
    field = page.get_by_role("textbox", name=f"Valor {last_year()}").first
    described = field.get_attribute("aria-describedby")
    assert described and "1.25 t/ha" in page.locator(f"#{described}").inner_text()
    assert page.get_by_role("textbox", name="BOS-").count() >= 2


def test_script_walks_a_column_and_asks_before_leaving(
    browser: Browser, live_server: Any, rows: list[str]
) -> None:
    page = open_page(browser, 1280)
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    sign_in(page, live_server.url, "editora")
    page.goto(f"{live_server.url}/panel/registro/{last_year()}/")
    fill(page, rows[0], "1.20")
    page.locator(f"#{rows[0]}-value").press("ArrowDown")
    assert page.evaluate("document.activeElement.id") == f"{rows[1]}-value"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == f"{rows[0]}-value"
    page.locator(".grid-all").get_by_role("button", name="Guardar todo").click()
    page.get_by_text("Se guardó 1 fila como borrador.").wait_for()
    page.get_by_role("link", name="Registro", exact=True).click()
    assert asked == []
    page.locator(f"#{rows[1]}-value").fill("1.30")
    page.get_by_role("link", name="Mi cuenta").click()
    page.wait_for_url(f"{live_server.url}/cuenta/2fa/")
    assert asked == ["beforeunload"]
