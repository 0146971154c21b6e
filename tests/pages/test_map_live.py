"""The interactive map in a real browser: by tap, by keyboard, or not at all."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings

from indicators.models.versioning import raise_data_version
from territory.clusters import renew_clusters
from territory.models import AlertCluster, Zone
from tests.browsing import Visit
from tests.factories import square
from tests.pages.test_map import districts, some_alerts
from tests.territory.test_pyramid import INTEGRATED

__all__ = ["districts", "some_alerts"]


@pytest.mark.browser
@pytest.mark.slow
class TestInBrowser:
    @pytest.mark.parametrize("width", [360, 1280])
    def test_no_barrier_with_alerts(self, live_server, some_alerts, browser, width):
        visit = Visit(
            browser, live_server.url, viewport={"width": width, "height": 800}
        )
        assert visit.barriers_at("/mapa/?distrito=990101") == []
        assert visit.complaints == []
        visit.context.close()

    def test_the_map_of_the_server_is_used_by_keyboard(
        self, live_server, some_alerts, browser
    ):
        visit = Visit(browser, live_server.url, java_script_enabled=False)
        page = visit.open("/mapa/")
        page.locator(".alert-map a").nth(1).focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/alertas/**distrito=990102**")
        assert page.locator(".live-map").is_hidden()
        visit.context.close()

    def test_the_live_map_asks_only_us_and_tells_by_keyboard(
        self, live_server, some_alerts, browser
    ):
        if not Path(site_settings.MAPLIBRE_DIR).exists():
            pytest.fail("node_modules lacks maplibre-gl: run npm ci")
        visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
        page = visit.open("/mapa/")
        assert not [asked for asked in visit.asked if "maplibre" in asked]
        page.locator(".live-map button").first.click()
        page.wait_for_selector(".live-map[data-ready]", timeout=60_000)
        assert visit.other_hosts == set()
        assert any("/tiles/alertas/gfw_integrated_alerts/" in a for a in visit.asked)
        assert visit.barriers(".live-map") == []
        assert visit.complaints == []
        visit.context.close()


HERE = "#mapa=13/-8.0002/-75.9955"


@pytest.fixture
def grouped(some_alerts: list[Any]) -> AlertCluster:
    """The recent alerts as their cluster; it lies under the middle of HERE."""
    renew_clusters(source=INTEGRATED)
    raise_data_version()
    return AlertCluster.objects.standing().order_by("-last_date")[0]


def opened(visit: Visit, path: str = f"/mapa/{HERE}") -> Any:
    page = visit.open(path)
    page.wait_for_selector(".live-map[data-ready]", timeout=60_000)
    page.locator(".live-map .canvas").scroll_into_view_if_needed()
    return page


def middle(page: Any) -> tuple[float, float]:
    box = page.locator(".live-map .canvas canvas").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.browser
@pytest.mark.slow
class TestLiveMap:
    def test_a_tap_on_a_phone_leads_to_the_dossier(self, live_server, grouped, browser):
        phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
        visit = Visit(browser, live_server.url, **phone)
        page = opened(visit)
        page.touchscreen.tap(*middle(page))
        popup = page.locator(".maplibregl-popup")
        popup.get_by_text("Alertas (por confirmar): ").wait_for()
        assert popup.get_by_role("link", name="Villa Baja", exact=True).is_visible()
        edges = popup.bounding_box()
        assert edges["x"] >= 0 and edges["x"] + edges["width"] <= 360
        small = page.eval_on_selector_all(
            ".live-map button, .live-map label, .live-map a",
            "all => all.filter(e => e.offsetParent && e.offsetHeight < 44"
            " && !e.closest('.credit')).map(e => e.outerHTML)",
        )
        assert small == []
        assert visit.barriers() == []
        popup.get_by_role("link", name=f"N.º {grouped.pk} ").tap()
        page.wait_for_url(f"**/alertas/{grouped.pk}/")
        assert visit.complaints == []
        assert visit.other_hosts == set()
        visit.context.close()

    def test_everything_is_told_by_keyboard(self, live_server, grouped, browser):
        visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
        page = opened(visit)
        page.locator(".canvas canvas").focus()
        page.keyboard.press("Enter")
        popup = page.locator(".maplibregl-popup")
        popup.get_by_role("link", name=f"N.º {grouped.pk} ").wait_for()
        inside = "document.activeElement.closest('.maplibregl-popup') !== null"
        assert page.evaluate(inside)
        page.keyboard.press("Escape")
        assert popup.count() == 0
        assert page.evaluate("document.activeElement.tagName") == "CANVAS"
        before = page.evaluate("location.hash")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("before => location.hash !== before", arg=before)
        # The map lets go of the focus: the groups in view come after it.
        for _ in range(8):
            page.keyboard.press("Tab")
            if page.evaluate("!!document.activeElement.closest('.in-view')"):
                break
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/alertas/{grouped.pk}/")
        visit.context.close()

    def test_layers_are_switched_and_kept_in_the_address(
        self, live_server, grouped, browser
    ):
        visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
        page = opened(visit)
        page.get_by_label("Distritos", exact=True).uncheck()
        assert "sin=distritos" in page.evaluate("location.hash")
        assert "mapa=13/" in page.evaluate("location.hash")
        page.reload()
        page.wait_for_selector(".live-map[data-ready]", timeout=60_000)
        assert not page.get_by_label("Distritos", exact=True).is_checked()
        page.locator(".live-map .canvas").scroll_into_view_if_needed()
        page.locator(".live-map input[name=alertas]").uncheck()
        page.mouse.click(*middle(page))
        # Neither alerts nor districts are drawn: there is nothing to tell.
        assert page.locator(".maplibregl-popup").count() == 0
        visit.context.close()

    def test_zones_are_told_and_switched_by_kind(self, live_server, grouped, browser):
        facts = {"source": "prueba", "area_ha": 1, "first_load_id": 1}
        around = square(-76.05, -8.05)
        kinds = {"concession": "Concesión Sur", "regional_area": "Bosque Norte"}
        for kind, name in kinds.items():
            Zone.objects.create(kind=kind, code=kind, name=name, geom=around, **facts)
        raise_data_version()
        visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
        page = opened(visit)
        popup = page.locator(".maplibregl-popup")
        page.mouse.click(*middle(page))
        popup.get_by_text("Concesión Sur (Concesión forestal)").wait_for()
        assert popup.get_by_text("Bosque Norte (Área de conservación").count() == 1
        page.get_by_label("Concesión forestal").uncheck()
        page.wait_for_timeout(500)  # the map is drawn anew
        page.mouse.click(*middle(page))
        popup.get_by_text("Bosque Norte").wait_for()
        assert popup.get_by_text("Concesión Sur").count() == 0
        assert "sin=zona-concession" in page.url
        visit.context.close()

    def test_filters_reach_the_tiles_without_a_new_page(
        self, live_server, grouped, browser
    ):
        visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
        page = opened(visit)
        page.evaluate("window.isTheSame = true")
        visit.asked.clear()
        page.get_by_label("Confianza").select_option("muy-alta")
        with page.expect_response(re.compile(r"\.mvt\?confianza=muy-alta")):
            page.get_by_role("button", name="Mostrar").click()
        page.get_by_text("30 alertas: unas").first.wait_for()
        assert page.evaluate("window.isTheSame")
        assert "confianza=muy-alta" in page.url
        assert "mapa=13/" in page.url
        assert page.locator("#mapa + .scroll tbody td").first.inner_text() == "30"
        page.go_back()
        page.get_by_text("90 alertas: unas").first.wait_for()
        visit.context.close()

    def test_a_zone_chooses_the_groups_in_view_and_says_what_it_does_not(
        self, live_server, grouped, browser
    ):
        zone = Zone.objects.create(
            kind="concession",
            code="lejos",
            name="Concesión Sur",
            geom=square(-75.9, -8.3),
            source="prueba",
            area_ha=1,
            first_load_id=1,
        )
        raise_data_version()
        visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
        page = opened(visit)
        page.locator(".in-view a").first.wait_for()
        page.evaluate("window.isTheSame = true")
        page.get_by_label("Zona", exact=True).select_option(str(zone.pk))
        with page.expect_response(re.compile(rf"cerca\.json\?.*zona={zone.pk}")):
            page.get_by_role("button", name="Mostrar").click()
        page.get_by_text("Ningún grupo en esta vista.").wait_for()
        assert page.locator(".in-view a").count() == 0
        assert page.get_by_text("muestra las alertas de toda la provincia").is_visible()
        assert f"zona={zone.pk}" in page.url
        assert page.evaluate("window.isTheSame")
        visit.context.close()

    @pytest.mark.parametrize("motion", ["reduce", "no-preference"])
    def test_the_map_glides_only_for_who_has_nothing_against_it(
        self, live_server, grouped, browser, motion
    ):
        visit = Visit(
            browser,
            live_server.url,
            viewport={"width": 900, "height": 800},
            reduced_motion=motion,
        )
        clock = visit.page.clock
        clock.install()
        page = opened(visit)
        page.locator(".canvas canvas").focus()
        before = page.evaluate("location.hash")
        clock.pause_at(page.evaluate("Date.now()") / 1000 + 5)
        page.keyboard.press("ArrowRight")
        clock.run_for(100)
        assert (page.evaluate("location.hash") != before) == (motion == "reduce")
        clock.run_for(2_000)
        assert page.evaluate("location.hash") != before
        visit.context.close()

    def test_the_wheel_scrolls_the_page_over_the_map(
        self, live_server, grouped, browser
    ):
        visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 600})
        page = opened(visit)
        page.mouse.move(*middle(page))
        before = page.evaluate("[scrollY, location.hash]")
        page.mouse.wheel(0, 200)
        page.wait_for_function("before => scrollY > before", arg=before[0])
        assert page.evaluate("location.hash") == before[1]
        visit.context.close()

    def test_without_webgl_it_says_so_and_fetches_nothing(
        self, live_server, grouped, browser
    ):
        plain = browser.browser_type.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-3d-apis"],
        )
        visit = Visit(plain, live_server.url)
        page = visit.open("/mapa/")
        page.locator(".live-map button").first.click()
        page.get_by_text("le falta WebGL").wait_for()
        assert not [asked for asked in visit.asked if "maplibre" in asked]
        plain.close()

    def test_source_and_licences_stand_under_it(self, live_server, grouped, browser):
        visit = Visit(browser, live_server.url, viewport={"width": 900, "height": 800})
        page = opened(visit)
        credit = page.locator(".live-map .credit").inner_text()
        assert "Alertas de prueba. Nadie. CC BY 4.0" in credit
        assert "Límites: Nobody, CC BY 4.0" in credit
        visit.context.close()
