"""Pages in a real browser: no barrier, no sideways scroll, no other host."""

import io
import itertools
from typing import Any

import pytest
from PIL import Image, ImageChops
from playwright.sync_api import Browser

from tests.browsing import Visit
from tests.factories import YearlyValueFactory
from tests.pages.conftest import Situation

PATHS = [
    "/",
    "/en/",
    "/ejes/bosque/",
    "/indicadores/",
    "/indicadores/perdida/",
    "/en/indicadores/yuca/",
    "/indicadores/alianzas/",
    "/indicadores/cuencas/",
    "/indicadores/perdida/historial/",
    "/mapa/",
    "/fuentes/",
    "/metodologia/",
    "/anios/",
    "/privacidad/",
    "/accesibilidad/",
    "/glosario/",
    "/nada/",
]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def site(live_server: Any, situation: Situation) -> str:
    return str(live_server.url)


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_puts_up_a_barrier(site: str, browser: Browser, width: int) -> None:
    visit = Visit(browser, site, viewport={"width": width, "height": 800})
    for path in PATHS:
        assert visit.barriers_at(path) == [], path
    assert visit.other_hosts == set()
    assert visit.complaints == []
    visit.context.close()


@pytest.mark.parametrize("width", [320, 360])
def test_no_page_scrolls_sideways(site: str, browser: Browser, width: int) -> None:
    visit = Visit(browser, site, viewport={"width": width, "height": 640})
    for path in PATHS:
        page = visit.open(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    visit.context.close()


def test_tables_of_values_fit_a_desk_screen(
    site: str, browser: Browser, situation: Situation, province: Any
) -> None:
    YearlyValueFactory(
        indicator=situation.ceiling,
        place=province,
        year=2025,
        kind="preliminary",
        proxy="departamento en lugar de provincia",
        source_text="Memoria anual de la agencia agraria de la provincia, cuadro 12",
        note="Revisada con la asociación de productores; falta un sector.",
    )
    visit = Visit(browser, site, viewport={"width": 1280, "height": 800})
    for lang, slug in itertools.product(("", "/en"), ("perdida", "alianzas")):
        for path in (f"{lang}/indicadores/{slug}/{end}" for end in ("", "historial/")):
            hidden = visit.open(path).eval_on_selector_all(
                ".scroll", "all => all.map(e => e.scrollWidth - e.clientWidth)"
            )
            assert hidden, path
            assert max(hidden) <= 0, path
    visit.context.close()


def test_touch_targets_are_large(site: str, browser: Browser) -> None:
    visit = Visit(browser, site, viewport={"width": 360, "height": 800})
    page = visit.open("/indicadores/perdida/")
    sizes = page.eval_on_selector_all(
        ".top a, .bottom a, button, select, .downloads a, summary",
        "all => all.map(e => [e.textContent, e.getBoundingClientRect().height])",
    )
    assert len(sizes) > 8
    assert [name for name, height in sizes if height < 44] == []


def test_text_in_charts_is_legible_on_a_phone(site: str, browser: Browser) -> None:
    visit = Visit(browser, site, viewport={"width": 360, "height": 800})
    page = visit.open("/indicadores/perdida/")
    heights = page.eval_on_selector_all(
        ".chart text",
        "all => all.map(e => e.getBoundingClientRect().height)",
    )
    assert heights
    assert min(heights) >= 10
    overflow = page.evaluate(
        """() => { const c = document.querySelector('.chart').getBoundingClientRect();
        return [...document.querySelectorAll('.chart text')].filter(t => {
        const b = t.getBoundingClientRect();
        return b.right > c.right + 1 || b.left < c.left - 1; })
        .map(t => t.textContent) }"""
    )
    assert overflow == []


def test_everything_is_there_without_javascript(site: str, browser: Browser) -> None:
    visit = Visit(browser, site, java_script_enabled=False)
    page = visit.open("/indicadores/perdida/")
    assert page.locator("svg.chart").is_visible()
    assert page.locator("table").first.is_visible()
    assert page.locator("ol.sum").is_visible()
    assert page.locator(".explore").is_hidden()
    assert not any(address.endswith(".json") for address in visit.asked)
    visit.context.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_the_interactive_chart_loads_when_asked_for_and_not_before(
    site: str, browser: Browser, width: int
) -> None:
    visit = Visit(browser, site, viewport={"width": width, "height": 800})
    page = visit.open("/indicadores/perdida/")
    assert not any("plotly" in address for address in visit.asked)
    button = page.locator(".explore button")
    assert " kB)" in (button.text_content() or "")
    button.click()
    page.wait_for_selector(".js-plotly-plot .main-svg")
    drawn = page.eval_on_selector_all(
        ".js-plotly-plot .bars .point path",
        "all => all.filter(e => e.getBoundingClientRect().height > 1).length",
    )
    assert drawn == 6
    assert page.locator("svg.chart").count() == 1
    assert visit.other_hosts == set()
    assert visit.complaints == []
    visit.context.close()


def test_a_chart_that_cannot_load_says_so(site: str, browser: Browser) -> None:
    visit = Visit(browser, site)
    visit.page.route("**/grafico.json", lambda route: route.abort())
    page = visit.open("/indicadores/perdida/")
    page.locator(".explore button").click()
    page.get_by_text("No se pudo cargar.").wait_for()
    assert page.locator(".explore button").is_enabled()
    visit.context.close()


def test_status_shapes_differ_in_greyscale(site: str, browser: Browser) -> None:
    visit = Visit(browser, site, viewport={"width": 1280, "height": 900})
    page = visit.open("/metodologia/")
    shapes: dict[str, Image.Image] = {}
    for mark in page.locator("tbody .status").all():
        svg = mark.locator("svg")
        kind = svg.inner_html()
        picture = Image.open(io.BytesIO(svg.screenshot())).convert("L")
        shapes.setdefault(kind, picture.resize((16, 16)))
    assert len(shapes) == 9
    for one, other in itertools.combinations(shapes.values(), 2):
        difference = ImageChops.difference(one, other).histogram()
        assert sum(difference[64:]) >= 12
    visit.context.close()


def test_the_keyboard_reaches_the_content_and_wide_tables(
    site: str, browser: Browser
) -> None:
    visit = Visit(browser, site, viewport={"width": 360, "height": 800})
    page = visit.open("/indicadores/perdida/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_url("**#contenido")
    page.locator(".scroll").first.focus()
    assert page.evaluate("document.activeElement.className") == "scroll"
    visit.context.close()
