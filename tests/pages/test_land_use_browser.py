"""Zones beside an indicator, other sources beside alerts: in a real browser."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from indicators.models import ZoneOverlay
from tests.browsing import Visit
from tests.factories import write_cluster
from tests.pages.conftest import Situation
from tests.pages.test_alert_context import DAY
from tests.pages.test_alert_context import detections as detections
from tests.pages.test_alert_context import sources as sources
from tests.pages.test_land_use import COUNTED, load_zones

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def paths(live_server: Any, situation: Situation, detections: Any) -> list[str]:
    ZoneOverlay.objects.create(indicator=situation.undefined, kinds=COUNTED)
    load_zones(synthetic=True)
    cluster = write_cluster(ubigeo="990101", day=DAY)
    return [
        "/indicadores/cuencas/",
        "/en/indicadores/cuencas/",
        "/alertas/",
        f"/alertas/{cluster.pk}/",
    ]


@pytest.mark.parametrize("width", [360, 1280])
def test_they_put_up_no_barrier(
    paths: list[str], live_server: Any, browser: Browser, width: int
) -> None:
    visit = Visit(browser, live_server.url, viewport={"width": width, "height": 800})
    for path in paths:
        assert visit.barriers_at(path) == [], path
    assert visit.other_hosts == set()
    assert visit.complaints == []
    visit.context.close()


def test_they_are_read_without_javascript(
    paths: list[str], live_server: Any, browser: Browser
) -> None:
    visit = Visit(
        browser,
        live_server.url,
        java_script_enabled=False,
        viewport={"width": 360, "height": 800},
    )
    page = visit.open(paths[0])
    section = page.locator("section[aria-labelledby=t-land-use]")
    assert "ha como máximo (cota superior)" in section.locator(".lead").inner_text()
    assert section.locator(".tag-synthetic").first.is_visible()
    # The hectares are read on a phone without moving the table.
    cell = section.locator("tbody td.num").first.bounding_box()
    assert cell is not None
    assert cell["x"] + cell["width"] <= 360
    section.locator("summary").last.click()
    assert section.locator("table").last.is_visible()
    visit.context.close()
