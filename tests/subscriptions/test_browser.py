"""The pages of notices and of the budget in a real browser: no barrier, no scroll."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from indicators.budget_results import refresh_budgets
from indicators.subscriptions.seals import stop_token
from tests.indicators.alert_days import alert_days, ceiling, file_load
from tests.pages.test_browser import AXE, Visit
from tests.pages.test_browser import browser as _browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
browser = _browser


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
        page = visit.open(path)
        page.evaluate(
            "document.querySelectorAll('details').forEach(d => d.open = true)"
        )
        page.evaluate(AXE.read_text())
        found = page.evaluate("() => axe.run().then(r => r.violations)")
        barriers = [
            (fault["id"], [node["target"] for node in fault["nodes"]])
            for fault in found
        ]
        assert barriers == [], path
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path
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
