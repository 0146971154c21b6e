"""Review, bulk approval and closed years in Chromium, with and without scripts."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, Page

from governance.role_sync import sync_roles
from indicators.models import YearLock, YearlyValue
from tests import factories
from tests.browsing import WIDTHS, open_page, photograph, sign_in, violations
from tests.persons import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.fixture
def waiting() -> Iterator[list[YearlyValue]]:
    """Three years in review, written by one person; another one reviews."""
    sync_roles(write=True)
    people: dict[str, User] = {}
    for username, role in (("editora", "editor"), ("revisora", "reviewer")):
        people[username] = factories.UserFactory(username=username, password=PASSWORD)
        people[username].groups.add(Group.objects.get(name=role))
    place = factories.PlaceFactory(province=True)
    indicator = factories.TargetFactory(
        indicator__name_es="Rendimiento promedio de la producción de yuca"
    ).indicator
    factories.AssignmentFactory(user=people["editora"], indicator=indicator)
    common = {"indicator": indicator, "place": place, "recorded_by": people["editora"]}
    review = {"draft": True, "state": "in_review", **common}
    yield [
        factories.YearlyValueFactory(**review, year=2022),
        factories.YearlyValueFactory(
            **review, year=2023, value="2.5", confirmation="Hubo buena lluvia."
        ),
        factories.YearlyValueFactory(
            **review,
            year=2024,
            value=None,
            kind="no_data",
            no_data_reason="not_collected",
        ),
    ]


def states() -> list[tuple[int, int, str]]:
    rows = YearlyValue.objects.order_by("year", "version")
    return list(rows.values_list("year", "version", "state"))


def look(page: Page, name: str, width: int, *, scripts: bool) -> None:
    """Check what every page must hold, and keep its picture."""
    if scripts:
        assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    photograph(page, f"{width}_{name}")


@pytest.mark.parametrize("scripts", [False, True], ids=["without-js", "with-js"])
@pytest.mark.parametrize("width", WIDTHS)
def test_several_are_compared_published_returned_corrected_and_withdrawn(
    browser: Browser,
    live_server: Any,
    waiting: list[YearlyValue],
    width: int,
    scripts: bool,
) -> None:
    site = live_server.url
    page = open_page(browser, width, scripts=scripts)
    sign_in(page, site, "revisora")
    page.get_by_role("link", name="Revisar", exact=True).click()
    look(page, "review", width, scripts=scripts)
    page.get_by_role("button", name="Ver las diferencias de los marcados").click()
    assert page.title().startswith("Error: ")
    look(page, "review_none_ticked", width, scripts=scripts)
    for row in waiting[1:]:
        page.locator(f"#tick-{row.pk}").check()
    page.get_by_role("button", name="Ver las diferencias de los marcados").click()
    look(page, "review_differences", width, scripts=scripts)
    # Somebody touches one of them while the differences are read.
    YearlyValue.objects.filter(pk=waiting[1].pk).update(lock_version=7)
    page.get_by_role("button", name="Publicar estos 2").click()
    look(page, "review_left", width, scripts=scripts)
    assert states() == [
        (2022, 1, "in_review"),
        (2023, 1, "in_review"),
        (2024, 1, "published"),
    ]
    page.goto(f"{site}/panel/valores/{waiting[0].pk}/")
    page.get_by_label("Observaciones").fill("Falta la página del anuario.")
    page.get_by_role("button", name="Devolver con observaciones").click()
    page.goto(f"{site}/panel/valores/{waiting[1].pk}/")
    page.get_by_role("button", name="Publicar").click()
    page.get_by_text("Retirar este valor").click()
    page.get_by_label("¿Por qué se retira?").fill("Se midió otra parcela.")
    page.get_by_role("button", name="Retirar").click()
    look(page, "value_withdrawn", width, scripts=scripts)

    author = open_page(browser, width, scripts=scripts)
    sign_in(author, site, "editora")
    author.goto(f"{site}/panel/valores/{waiting[2].pk}/")
    author.get_by_role("link", name="Corregir").click()
    author.get_by_label("Medido").check()
    author.get_by_label("Valor", exact=True).fill("1.3")
    author.get_by_label("Si no hay dato, ¿por qué?").select_option("")
    author.get_by_label("Fuente", exact=True).fill("Anuario 2024")
    author.get_by_label("Enlace a la fuente").fill("https://example.org/2024")
    author.get_by_label("Motivo de la corrección").fill("Ya se publicó el anuario.")
    author.get_by_role("button", name="Enviar a revisión").click()
    assert states() == [
        (2022, 1, "returned"),
        (2023, 1, "withdrawn"),
        (2024, 1, "published"),
        (2024, 2, "in_review"),
    ]


@pytest.mark.parametrize("scripts", [False, True], ids=["without-js", "with-js"])
@pytest.mark.parametrize("width", WIDTHS)
def test_year_is_closed_and_opened_again_in_public(
    browser: Browser,
    live_server: Any,
    waiting: list[YearlyValue],
    width: int,
    scripts: bool,
) -> None:
    site = live_server.url
    page = open_page(browser, width, scripts=scripts)
    sign_in(page, site, "revisora")
    page.get_by_role("link", name="Años cerrados").click()
    look(page, "years", width, scripts=scripts)
    page.get_by_role("link", name="Cerrar 2024").click()
    page.get_by_role("button", name="Cerrar 2024").click()
    look(page, "year_lock_wrong", width, scripts=scripts)
    page.get_by_label("Sesión que tomó nota").fill("Sesión 3, 12 de noviembre de 2026")
    page.get_by_role("button", name="Cerrar 2024").click()
    look(page, "years_closed", width, scripts=scripts)
    page.goto(f"{site}/panel/revision/")
    assert "El año está cerrado" in page.locator("main").inner_text()
    assert page.locator(f"#tick-{waiting[2].pk}").count() == 0
    page.goto(f"{site}/panel/anios/2024/abrir/")
    page.get_by_label("Por qué se abre el año").fill("Llegó la cifra oficial.")
    look(page, "year_unlock", width, scripts=scripts)
    page.get_by_role("button", name="Abrir 2024").click()
    assert YearLock.objects.get().unlock_reason == "Llegó la cifra oficial."
    for language in ("", "/en"):
        page.goto(f"{site}{language}/anios/")
        assert "Llegó la cifra oficial." in page.locator("main").inner_text()
        look(page, f"years_public{language}", width, scripts=scripts)
