"""Pages of alerts in a real browser: no barrier, no sideways scroll, no other host."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser

from indicators.models import AskedTask, DossierFile
from indicators.tasks import make_dossier
from territory.models import AlertCluster
from tests.browsing import Visit
from tests.factories import LoadFactory, SourceFactory, write_cluster

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def paths(live_server: Any) -> list[str]:
    LoadFactory(source=SourceFactory(code="gfw_integrated_alerts"))
    day = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=30)
    cluster = write_cluster(ubigeo="990101", alerts=12, day=day)
    write_cluster(ubigeo="990102", alerts=2, day=day)
    return [
        "/alertas/",
        "/en/alertas/?confianza=3",
        "/alertas/?desde=ayer",
        "/alertas/?minimo=999",
        f"/alertas/{cluster.pk}/",
        f"/en/alertas/{cluster.pk}/",
        f"/alertas/{cluster.pk}/pdf/",
        *_pdf_pages(cluster),
    ]


def _pdf_pages(cluster: AlertCluster) -> list[str]:
    """Return pages of a PDF: one that waits, failed, or can be downloaded."""
    facts = {"shows": "0" * 64, "asked_at": timezone.now()}
    made = {"body": b"%PDF", "sha256": "0" * 64, "made_at": timezone.now()}
    other = write_cluster(ubigeo="990103", day=cluster.first_date)
    for language, state in (("es", "asked"), ("en", "failed")):
        DossierFile.objects.create(
            cluster=other, language=language, state=state, **facts
        )
    DossierFile.objects.create(
        cluster=cluster, language="en", state="made", **facts | made
    )
    pages = (("", other), ("/en", other), ("/en", cluster))
    return [f"{prefix}/alertas/{one.pk}/pdf/" for prefix, one in pages]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_alert_page_puts_up_a_barrier(
    paths: list[str], live_server: Any, browser: Browser, width: int
) -> None:
    visit = Visit(browser, live_server.url, viewport={"width": width, "height": 800})
    for path in paths:
        assert visit.barriers_at(path) == [], path
    assert visit.other_hosts == set()
    # The page with a wrong date is a 400 and says so itself.
    assert [c for c in visit.complaints if "400" not in c] == []
    visit.context.close()


def test_filters_work_by_keyboard_and_without_javascript(
    paths: list[str], live_server: Any, browser: Browser
) -> None:
    visit = Visit(browser, live_server.url, java_script_enabled=False)
    page = visit.open("/alertas/")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.locator("#id_distrito").select_option("990102")
    page.locator("#id_minimo").fill("0")
    page.locator("#id_minimo").press("Enter")
    assert "distrito=990102" in page.url
    assert page.locator("tbody th a").count() == 1
    page.locator("tbody th a").click()
    assert page.locator("svg.map").count() == 2
    page.locator(".crumbs a").click()
    assert page.url.endswith("/alertas/")
    visit.context.close()


def test_a_pdf_is_asked_for_and_downloaded_without_javascript(
    paths: list[str], live_server: Any, browser: Browser
) -> None:
    visit = Visit(browser, live_server.url, java_script_enabled=False)
    page = visit.open(paths[4])
    page.get_by_role("link", name="Una hoja A4 en PDF").click()
    page.get_by_role("button", name="Preparar el PDF").click()
    assert "Lo estamos preparando" in page.inner_text("main")
    asked = AskedTask.objects.get(key__startswith="dossier:")
    assert make_dossier(**asked.arguments) == "made"
    # Nobody touches the page: it looks by itself.
    link = page.get_by_role("link", name="Descargar el PDF")
    link.wait_for(timeout=20_000)
    with page.expect_download() as started:
        link.click()
    assert started.value.suggested_filename.endswith(".pdf")
    assert started.value.path().read_bytes().startswith(b"%PDF-")
    visit.context.close()
