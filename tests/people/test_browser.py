"""The panel in Debian's Chromium: without scripts, by keyboard, on a small phone."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser

from indicators.models import YearlyValue
from tests import factories
from tests.browsing import WIDTHS, open_page, photograph, sign_in, tab_to, violations
from tests.persons import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.fixture
def values(people: dict[str, User]) -> dict[str, YearlyValue]:
    place = factories.PlaceFactory(province=True)
    indicator = factories.TargetFactory(
        indicator__name_es="Rendimiento promedio de la producción de yuca"
    ).indicator
    factories.AssignmentFactory(user=people["editora"], indicator=indicator)
    common = {
        "indicator": indicator,
        "place": place,
        "recorded_by": people["editora"],
        "reviewed_by": people["revisora"],
    }
    review = {"state": "in_review", "reviewed_by": None}
    return {
        "published": factories.YearlyValueFactory(**common, year=2022),
        "in_review": factories.YearlyValueFactory(
            **common
            | review
            | {
                "year": 2023,
                "value": Decimal("1250"),
                "confirmation": "Es otra unidad.",
            }
        ),
        "draft": factories.YearlyValueFactory(
            **common | {"year": 2024, "state": "draft", "reviewed_by": None}
        ),
    }


def key_query(value: YearlyValue, year: int) -> str:
    return f"indicator={value.indicator_id}&place={value.place_id}&year={year}"


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_have_no_axe_violation_and_fit(
    browser: Browser, live_server: Any, values: dict[str, YearlyValue], width: int
) -> None:
    site = live_server.url
    foreign: list[str] = []
    for username, paths in {
        "": ("/cuenta/login/", "/cuenta/signup/", "/cuenta/password/reset/"),
        "editora": (
            "/panel/",
            "/panel/valores/?year=2024",
            "/panel/valores/nuevo/",
            f"/panel/valores/nuevo/?{key_query(values['draft'], 2021)}",
            f"/panel/valores/nuevo/?{key_query(values['draft'], 2100)}",
            f"/panel/valores/{values['draft'].pk}/",
            f"/panel/valores/{values['draft'].pk}/editar/",
            "/cuenta/2fa/",
            "/cuenta/password/change/",
            "/en/panel/valores/?year=2024",
        ),
        "revisora": (
            "/panel/revision/",
            f"/panel/valores/{values['in_review'].pk}/",
            f"/panel/valores/{values['published'].pk}/",
        ),
    }.items():
        page = open_page(browser, width)
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((site, "data:"))
                else foreign.append(request.url)
            ),
        )
        if username:
            sign_in(page, site, username)
        for path in paths:
            page.goto(site + path)
            assert violations(page) == [], path
            scroll = page.evaluate("document.documentElement.scrollWidth")
            assert scroll <= width, path
            photograph(page, f"{width}{path}")
    assert foreign == []


@pytest.mark.parametrize("width", WIDTHS)
def test_value_is_recorded_and_published_without_scripts(
    browser: Browser, live_server: Any, values: dict[str, YearlyValue], width: int
) -> None:
    site = live_server.url
    page = open_page(browser, width, scripts=False)
    sign_in(page, site, "editora")
    page.goto(f"{site}/panel/valores/nuevo/?{key_query(values['draft'], 2021)}")
    page.get_by_label("Medido").check()
    page.get_by_label("Valor", exact=True).fill("1581,5")
    page.get_by_label("Fuente", exact=True).fill("Anuario 2021")
    page.get_by_label("Enlace a la fuente").fill("https://example.org/2021")
    page.get_by_role("button", name="Enviar a revisión").click()
    assert page.title().startswith("Error: ")
    photograph(page, f"{width}_wrong")
    assert page.get_by_label("Fuente", exact=True).input_value() == "Anuario 2021"
    page.get_by_label("Valor", exact=True).fill("1.15")
    page.get_by_role("button", name="Enviar a revisión").click()
    row = YearlyValue.objects.get(year=2021)
    assert row.state == "in_review"
    other = open_page(browser, width, scripts=False)
    sign_in(other, site, "revisora")
    other.get_by_role("link", name="Revisar", exact=True).click()
    other.locator(f"a[href='/panel/valores/{row.pk}/']").click()
    other.get_by_role("button", name="Publicar").click()
    row.refresh_from_db()
    assert row.state == "published"
    assert "Publicado" in other.locator("main").inner_text()


def test_unlikely_value_asks_for_a_tick_and_conflict_shows_both(
    browser: Browser, live_server: Any, values: dict[str, YearlyValue]
) -> None:
    site, draft = live_server.url, values["draft"]
    page = open_page(browser, 360)
    sign_in(page, site, "editora")
    page.goto(f"{site}/panel/valores/{draft.pk}/editar/")
    page.get_by_label("Valor", exact=True).fill("1250")
    page.get_by_role("button", name="Guardar borrador").click()
    assert page.locator(".problem").evaluate("e => e === document.activeElement")
    assert violations(page) == []
    photograph(page, "360_question")
    page.get_by_label("Sí, el valor es correcto").check()
    page.get_by_label("¿Por qué es correcto?").fill("Cambió la unidad.")
    # Somebody else saves in the meantime.
    YearlyValue.objects.filter(pk=draft.pk).update(lock_version=5, value="1.3")
    page.get_by_role("button", name="Guardar borrador").click()
    text = page.locator("main").inner_text()
    assert "1.3 t/ha" in text
    assert "1,250.0 t/ha" in text
    assert violations(page) == []
    photograph(page, "360_conflict")
    page.get_by_role("button", name="Guardar lo mío").click()
    draft.refresh_from_db()
    assert (draft.value, draft.lock_version) == (Decimal(1250), 6)


def test_everything_is_done_by_keyboard(
    browser: Browser, live_server: Any, values: dict[str, YearlyValue]
) -> None:
    site = live_server.url
    page = open_page(browser, 1280)
    page.goto(f"{site}/cuenta/login/")
    tab_to(page, "id_login")
    page.keyboard.type("editora")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/panel/")
    page.goto(f"{site}/panel/valores/nuevo/?{key_query(values['draft'], 2021)}")
    tab_to(page, "id_kind_0")
    page.keyboard.press("Space")
    tab_to(page, "id_value")
    page.keyboard.type("1.15")
    tab_to(page, "id_source_text")
    page.keyboard.type("Anuario 2021")
    tab_to(page, "id_source_url")
    page.keyboard.type("https://example.org/2021")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/panel/valores/*/")
    # Enter sends the form with its first button.
    assert YearlyValue.objects.get(year=2021).state == "in_review"
