"""Adding evidence in Debian's Chromium: with and without scripts, on a small phone."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Browser, expect

from governance.role_sync import sync_roles
from indicators.models import Evidence, YearlyValue
from indicators.yearly.assignments import assign_all
from tests import factories
from tests.browsing import WIDTHS, open_page, photograph, sign_in, violations
from tests.people.evidence_files import pdf
from tests.persons import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_templates"),
]


@pytest.fixture
def draft() -> YearlyValue:
    sync_roles(write=True)
    person: User = factories.UserFactory(username="editora", password=PASSWORD)
    person.groups.add(Group.objects.get(name="editor"))
    value: YearlyValue = factories.YearlyValueFactory(
        draft=True, recorded_by=person, indicator=factories.TargetFactory().indicator
    )
    assign_all(person)
    return value


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_file_goes_from_the_form_to_the_public_page(
    browser: Browser,
    live_server: Any,
    draft: YearlyValue,
    tmp_path: Path,
    width: int,
    scripts: bool,
) -> None:
    wrong, good = tmp_path / "foto.pdf", tmp_path / "informe.pdf"
    wrong.write_bytes(b"no soy un PDF")
    good.write_bytes(pdf())
    page = open_page(browser, width, scripts=scripts)
    sign_in(page, live_server.url, "editora")
    page.goto(f"{live_server.url}/panel/valores/{draft.pk}/")

    page.get_by_label("Título", exact=True).fill("Acta de la mesa")
    page.get_by_label("Qué es").select_option("document")
    page.get_by_label("Archivo", exact=True).set_input_files(wrong)
    page.get_by_label("Pública: todos").check()
    page.get_by_role("button", name="Agregar evidencia").click()
    expect(page.get_by_role("heading", name="Hay un problema")).to_be_visible()
    expect(page.get_by_label("Título", exact=True)).to_have_value("Acta de la mesa")
    photograph(page, f"{width}_evidence_wrong")
    page.get_by_role("link", name="no es PDF").click()
    assert page.evaluate("document.activeElement.name") == "evidence-file"
    if scripts:
        assert violations(page) == []

    page.get_by_label("Archivo", exact=True).set_input_files(good)
    page.get_by_role("button", name="Agregar evidencia").click()
    expect(page.get_by_text("Evidencia agregada.")).to_be_visible()
    expect(page.get_by_text("3 de 4")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if scripts:
        assert violations(page) == []

    YearlyValue.objects.filter(pk=draft.pk).update(
        state="published",
        published_at=draft.recorded_at,
        reviewed_by=factories.UserFactory(),
    )
    stranger = open_page(browser, width, scripts=scripts)
    stranger.goto(f"{live_server.url}/indicadores/{draft.indicator.slug}/")
    section = stranger.get_by_role("region", name="Evidencia del valor de 2024")
    with stranger.expect_download() as download:
        section.get_by_role("link", name="Acta de la mesa").click()
    assert download.value.suggested_filename.endswith("-2024-acta-de-la-mesa.pdf")
    assert (
        Path(download.value.path()).stat().st_size == Evidence.objects.get().size_bytes
    )
    assert stranger.evaluate("document.documentElement.scrollWidth") <= width
    if scripts:
        assert violations(stranger) == []
    photograph(page, f"{width}_evidence_added")
    photograph(stranger, f"{width}_evidence_public")
    page.context.close()
    stranger.context.close()
