"""The pages of notices and of the budget in a real browser: no barrier, no scroll."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from playwright.sync_api import Browser

from indicators.budget_results import refresh_budgets
from indicators.models import Subscription
from indicators.subscriptions.seals import stop_token
from territory.outlines import ellipsoidal_area_ha
from tests.browsing import Visit
from tests.indicators.alert_days import alert_days, ceiling, file_load

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def paths(district: Any, zone: Any, active: Any) -> Iterator[list[str]]:
    file_load()
    first = dt.date(2026, 1, 1)
    days = {first + dt.timedelta(days=7 * n): 9 for n in range(40)}
    alert_days(district, days)
    ceiling(300, slug="perdida")
    refresh_budgets(today=dt.date(2026, 11, 21))
    yield [
        "/",
        "/indicadores/perdida/",
        "/avisos/",
        "/en/avisos/",
        "/avisos/pedido/",
        f"/avisos/confirmar/{active.public_id}/x/",
        f"/avisos/dejar/{stop_token(str(active.public_id))}/",
    ]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_puts_up_a_barrier(
    paths: list[str], live_server: Any, browser: Browser, width: int
) -> None:
    visit = Visit(browser, live_server.url, viewport={"width": width, "height": 800})
    for path in paths:
        assert visit.barriers_at(path) == [], path
    assert visit.other_hosts == set()
    assert visit.complaints == []
    visit.context.close()


def test_the_form_can_be_sent_from_the_keyboard_without_scripts(
    paths: list[str], live_server: Any, browser: Browser
) -> None:
    visit = Visit(browser, live_server.url, java_script_enabled=False)
    page = visit.open("/avisos/")
    page.get_by_label("Distrito", exact=True).select_option("990101")
    page.get_by_label("Tu correo").fill("otra@example.org")
    page.get_by_label("Tu correo").press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Revisa tu correo"
    visit.context.close()


def start_drawing(visit: Visit) -> Any:
    page = visit.open("/avisos/")
    assert page.get_by_label("Polígono en GeoJSON").is_hidden()
    page.get_by_label("Un área que yo dibujo").check()
    assert page.get_by_label("Polígono en GeoJSON").is_visible()
    page.get_by_role("button", name="Dibujar en un mapa").click()
    page.wait_for_selector(".draw-map[data-ready]", timeout=60_000)
    page.locator(".draw-map .canvas").scroll_into_view_if_needed()
    return page


def drawn(page: Any) -> Any:
    return json.loads(page.locator("#id_polygon").input_value())["coordinates"][0]


def told_ha(page: Any) -> float:
    words = page.locator(".draw-map .told").inner_text()
    return float(re.search(r"unas ([\d,.]+) ha", words)[1].replace(",", ""))


@pytest.mark.parametrize("width", [360, 1280])
def test_an_area_is_drawn_by_touch_and_kept(
    paths: list[str], live_server: Any, browser: Browser, width: int
) -> None:
    size = {"width": width, "height": 800}
    visit = Visit(browser, live_server.url, viewport=size, has_touch=True)
    page = start_drawing(visit)
    box = page.locator(".draw-map canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for right, down in ((-20, -20), (20, -20), (20, 20), (-20, 20)):
        page.touchscreen.tap(x + right, y + down)
        page.wait_for_timeout(400)  # two taps in a hurry are a double tap: a zoom
    page.locator(".corners li").nth(3).wait_for()
    ring = drawn(page)
    assert (len(ring), ring[0]) == (5, ring[-1])
    on_earth = ellipsoidal_area_ha(MultiPolygon(Polygon(ring), srid=4326))
    assert told_ha(page) == pytest.approx(float(on_earth), rel=0.002)
    small = page.eval_on_selector_all(
        ".draw-map button",
        "all => all.filter(e => e.offsetParent && e.offsetHeight < 44).length",
    )
    assert small == 0
    assert visit.barriers() == []
    page.get_by_role("button", name="Terminar").click()
    page.touchscreen.tap(x, y)
    assert drawn(page) == ring
    assert page.get_by_label("Un área que yo dibujo").is_checked()
    page.get_by_label("Tu correo").fill("dibujo@example.org")
    page.get_by_role("button", name="Pedir los avisos").click()
    page.wait_for_url("**/avisos/pedido/")
    kept = Subscription.objects.get(district=None, zone=None)
    assert [list(point) for point in kept.geom.coords[0]] == ring
    assert visit.other_hosts == set()
    assert visit.complaints == []
    visit.context.close()


def test_an_area_is_drawn_by_keyboard(
    paths: list[str], live_server: Any, browser: Browser
) -> None:
    visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
    visit.context.set_default_timeout(15_000)
    page = start_drawing(visit)
    page.locator(".draw-map canvas").focus()
    for count, key in enumerate(("", "ArrowRight", "ArrowDown", "ArrowLeft"), 1):
        if key:
            page.keyboard.press(key)
            page.wait_for_timeout(600)  # the map glides
        page.keyboard.press("Enter")
        page.locator(".corners li").nth(count - 1).wait_for()
    assert len(drawn(page)) == 5
    page.keyboard.press("Backspace")
    assert len(drawn(page)) == 4
    page.get_by_role("button", name="Quitar el punto 1:").focus()
    page.keyboard.press("Enter")
    assert page.locator("#id_polygon").input_value() == ""
    assert "Punto quitado." in page.locator(".told").inner_text()
    page.get_by_role("button", name="Borrar todo").focus()
    page.keyboard.press("Enter")
    assert page.locator(".corners li").count() == 0
    assert page.evaluate("document.activeElement.dataset.press") == "add"
    visit.context.close()


def test_what_was_typed_is_drawn_and_what_the_server_refuses_stays(
    paths: list[str], live_server: Any, browser: Browser
) -> None:
    far = [[2.0, 48.0], [2.1, 48.0], [2.1, 48.1], [2.0, 48.0]]
    visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
    page = start_drawing(visit)
    page.locator("#id_polygon").fill(
        json.dumps({"type": "Polygon", "coordinates": [far]})
    )
    page.locator("#id_polygon").blur()
    assert page.locator(".corners li").count() == 3
    page.get_by_label("Un área que yo dibujo").check()
    page.get_by_label("Tu correo").fill("lejos@example.org")
    page.get_by_role("button", name="Pedir los avisos").click()
    page.get_by_text("debe estar dentro de la provincia").first.wait_for()
    assert drawn(page) == far
    visit.context.close()
