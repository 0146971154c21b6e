"""The list of what is owed, on a phone and on a desk."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browsing import WIDTHS, open_page, photograph, sign_in, violations
from tests.factories import PlaceFactory
from tests.persons import PASSWORD
from tests.reminders.conftest import assign

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_owed_leads_to_its_row(
    browser: Browser, live_server: Any, make_person: Any, width: int
) -> None:
    PlaceFactory(province=True)
    person = make_person("editor", "administrator", email="", password=PASSWORD)
    assign(person, goal__name_es="Rendimiento promedio de la producción de yuca")
    page = open_page(browser, width)
    sign_in(page, live_server.url, person.username)
    main = page.locator("main").inner_text()
    assert "1 valor atrasado: era hasta el 30 de junio de" in main
    assert "Personas sin correo" in main
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    photograph(page, f"{width}_owed")
    page.locator(".owed a").first.click()
    page.wait_for_url("**/panel/registro/*/?**")
    assert "de yuca" in page.locator(":target").inner_text()
