"""The panel in Debian's Chromium: without scripts, by keyboard, on a small phone."""

import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page, sync_playwright

from governance.role_sync import sync_roles
from indicators.models import YearlyValue
from tests import factories
from tests.people.conftest import PASSWORD

AXE = Path(django_settings.BASE_DIR, "node_modules/axe-core/axe.min.js")
WIDTHS = (360, 1280)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread; the tests' own queries are plain.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def people() -> dict[str, User]:
    sync_roles(write=True)
    made = {}
    for username, role in (("editora", "editor"), ("revisora", "reviewer")):
        made[username] = factories.UserFactory(username=username, password=PASSWORD)
        made[username].groups.add(Group.objects.get(name=role))
    return made


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


def open_page(browser: Browser, width: int, *, scripts: bool = True) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, java_script_enabled=scripts
    )
    return context.new_page()


def sign_in(page: Page, site: str, username: str) -> None:
    page.goto(f"{site}/entrar/")
    page.get_by_label("Usuario").fill(username)
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Entrar").click()
    page.wait_for_url(f"{site}/panel/")


def key_query(value: YearlyValue, year: int) -> str:
    return f"indicator={value.indicator_id}&place={value.place_id}&year={year}"


def violations(page: Page) -> list[str]:
    """What axe finds, as "rule: element"; its strictest contrast rule included."""
    page.evaluate(AXE.read_text())
    found: list[dict[str, Any]] = page.evaluate(
        """async () => (await axe.run({
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
                      "best-practice"],
            rules: {"color-contrast-enhanced": {enabled: true}},
        })).violations"""
    )
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_have_no_axe_violation_and_fit(
    chromium: Browser, live_server: Any, values: dict[str, YearlyValue], width: int
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
        page = open_page(chromium, width)
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


def photograph(page: Page, name: str) -> None:
    """Keep a picture where PANEL_PICTURES says, to look at."""
    folder = os.environ.get("PANEL_PICTURES")
    if folder:
        file = name.replace("/", "_").replace("?", "_")[:80]
        page.screenshot(path=f"{folder}/{file}.png", full_page=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_value_is_recorded_and_published_without_scripts(
    chromium: Browser, live_server: Any, values: dict[str, YearlyValue], width: int
) -> None:
    site = live_server.url
    page = open_page(chromium, width, scripts=False)
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
    other = open_page(chromium, width, scripts=False)
    sign_in(other, site, "revisora")
    other.get_by_role("link", name="Revisar", exact=True).click()
    other.locator(f"a[href='/panel/valores/{row.pk}/']").click()
    other.get_by_role("button", name="Publicar").click()
    row.refresh_from_db()
    assert row.state == "published"
    assert "Publicado" in other.locator("main").inner_text()


def test_unlikely_value_asks_for_a_tick_and_conflict_shows_both(
    chromium: Browser, live_server: Any, values: dict[str, YearlyValue]
) -> None:
    site, draft = live_server.url, values["draft"]
    page = open_page(chromium, 360)
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
    chromium: Browser, live_server: Any, values: dict[str, YearlyValue]
) -> None:
    site = live_server.url
    page = open_page(chromium, 1280)
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


def tab_to(page: Page, element_id: str, *, most: int = 60) -> None:
    """Press Tab until the element has the focus; fail when it is never reached."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == element_id:
            return
    raise AssertionError(f"Tab never reaches {element_id}")
