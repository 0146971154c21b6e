"""The PDF of a dossier: asked for, made, read back with another library."""

import datetime as dt
import io
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from pytest_httpserver import HTTPServer

from indicators import tasks
from indicators.dossier_files import KEEP, forget_old_dossiers
from indicators.dossier_pdf import AddressRefused, NothingOutside, pdf_of
from indicators.dossier_views import MOST_AN_HOUR
from indicators.models import AskedTask, DossierFile
from territory.alert_words import Alerts
from territory.alerts import Source, Window, write_alerts
from territory.clusters import renew_clusters
from territory.models import AlertCluster, AlertSource, Place
from tests.factories import LoadFactory, SourceFactory, write_cluster
from tests.pages.test_alerts import verify
from tests.pages.test_pages import Page, read

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
RECENT = TODAY - dt.timedelta(days=40)
SYNTHETIC = next(one for one in AlertSource if one.label == "synthetic_demo")


@pytest.fixture
def cluster(db: None) -> AlertCluster:
    source = SourceFactory(
        code="gfw_integrated_alerts",
        name_es="Alertas GFW",
        name_en="GFW alerts",
        licence="CC BY 4.0",
        cautions_es=["Las nubes esconden alertas."],
        cautions_en=["Clouds hide alerts."],
    )
    LoadFactory(source=source, data_to_date=TODAY - dt.timedelta(days=3))
    return write_cluster(ubigeo="990101", alerts=9, day=RECENT)


def address(cluster: AlertCluster, prefix: str = "") -> str:
    return f"{prefix}/alertas/{cluster.pk}/pdf/"


def ask(cluster: AlertCluster, prefix: str = "") -> None:
    response = Client().post(address(cluster, prefix))
    assert (response.status_code, response["Location"]) == (
        302,
        address(cluster, prefix),
    )


def work() -> list[str]:
    """Do what was asked for and is not done, as a worker does."""
    done = []
    for row in AskedTask.objects.filter(done_at=None).order_by("pk"):
        done.append(tasks.make_dossier(**row.arguments))
        row.done_at = timezone.now()
        row.save()
    return done


def made(cluster: AlertCluster, prefix: str = "") -> PdfReader:
    ask(cluster, prefix)
    assert work() == ["made"]
    return PdfReader(io.BytesIO(download(cluster, prefix).content))


def download(cluster: AlertCluster, prefix: str = "", **headers: str) -> Any:
    path = f"{prefix}/alertas/{cluster.pk}/grupo.pdf"
    return Client().get(path, headers=headers)


def words(reader: PdfReader) -> str:
    text = " ".join(page.extract_text() for page in reader.pages)
    return re.sub(r"\s+", " ", text)


def numbers(text: str) -> set[str]:
    """Return the numbers of a text; a sheet of A4 is none."""
    return set(re.findall(r"(?<!A)\d+(?:[.,]\d+)*", text))


def main_of(client: Client, path: str) -> str:
    html = client.get(path).content.decode()
    return Page(html[html.index("<main") : html.index("</main>")]).text


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_pdf_says_every_number_of_the_page(
    prefix: str, cluster: AlertCluster, client: Client
) -> None:
    verify(cluster, alerts_then=7)
    verify(cluster, state="natural", role="officer", institution="municipal")
    page = main_of(client, f"{prefix}/alertas/{cluster.pk}/")
    text = words(made(cluster, prefix))
    assert len(numbers(page)) > 12, page
    assert numbers(page) - numbers(text) == set()
    assert f"{cluster.area_ha:.2f}" in numbers(text)
    said = [
        "Lugar 990101",
        "CC BY 4.0",
        "Nadie (2026)",
        f"http://localhost:8000{prefix}/alertas/{cluster.pk}/",
    ]
    said += (
        ["GFW alerts", "Clouds hide alerts."]
        if prefix
        else [
            "Alertas GFW",
            "Las nubes esconden alertas.",
            "Causa natural",
            "Responsable de la entidad · Municipalidad",
            "corrige una entrada anterior",
            "Sin dato: aún no se cargaron zonas.",
            "100 m y 60 días",
            f"Generado el {TODAY.day} de",
        ]
    )
    assert [one for one in said if one not in text] == []
    assert "canario" not in text


@pytest.mark.parametrize(("prefix", "language"), [("", "es-PE"), ("/en", "en")])
def test_the_pdf_is_one_tagged_page_for_everybody(
    prefix: str, language: str, cluster: AlertCluster
) -> None:
    verify(cluster)
    reader = made(cluster, prefix)
    assert len(reader.pages) == 1
    width, height = reader.pages[0].mediabox[2:]
    assert (round(width), round(height)) == (595, 842)
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == language
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert str(cluster.pk) in reader.metadata.title
    assert b"pdfuaid" in root["/Metadata"].get_data()
    tags = list(tags_below(root["/StructTreeRoot"]))
    kinds = [tag["/S"] for tag in tags]
    assert kinds.count("/H1") == 1
    assert {"/Table", "/TH", "/TD", "/H2", "/L", "/LI"} <= set(kinds)
    figures = [tag for tag in tags if tag["/S"] == "/Figure"]
    assert len(figures) >= 2
    assert [tag for tag in figures if not tag.get("/Alt")] == []


def tags_below(element: Any) -> Any:
    below = element.get("/K", [])
    for one in below if isinstance(below, list) else [below]:
        child = one.get_object()
        if hasattr(child, "get") and "/S" in child:
            yield child
            yield from tags_below(child)


def test_made_up_alerts_are_marked_in_the_pdf_and_its_name(db: None) -> None:
    cluster = write_cluster(ubigeo="990101", day=RECENT, source=SYNTHETIC.value)
    reader = made(cluster)
    assert "SINTÉTICO. Estas alertas son inventadas" in words(reader)
    assert "SINTÉTICO" in reader.metadata.title
    assert "-SINTETICO.pdf" in download(cluster)["Content-Disposition"]


def test_what_the_source_took_back_is_said(cluster: AlertCluster) -> None:
    districts = frozenset(Place.objects.values_list("pk", flat=True))
    with transaction.atomic():
        write_alerts(
            source=Source(1, 0.0001),
            load_id=2,
            alerts=Alerts(np.empty(0, np.uint64), np.empty(0, np.int64)),
            window=Window(RECENT, TODAY, districts),
        )
    renew_clusters(source=Source(1, 0.0001))
    assert "La fuente retiró todas las alertas" in words(made(cluster))


@pytest.fixture
def outside(httpserver: HTTPServer, tmp_path: Path) -> dict[str, str]:
    """Addresses where there is something to load."""
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg"><text id="a">canario</text></svg>'
    )
    httpserver.expect_request("/x.svg").respond_with_data(drawing)
    file = tmp_path / "x.svg"
    file.write_text(drawing)
    return {"http": httpserver.url_for("/x.svg"), "file": file.as_uri()}


def document(part: str) -> str:
    return f"<html lang=es><title>x</title><p>entero</p>{part}</html>"


@pytest.mark.parametrize("scheme", ["http", "https", "file", "ftp", "data"])
def test_every_address_is_refused(scheme: str) -> None:
    with pytest.raises(AddressRefused, match=f"^{scheme}$"):
        NothingOutside().fetch(f"{scheme}://localhost/etc/hostname")


@pytest.mark.parametrize(
    "part",
    [
        '<img src="{}" alt="x">',
        '<object data="{}"></object>',
        '<embed src="{}">',
        '<link rel=stylesheet href="{}">',
        '<link rel=attachment href="{}">',
        '<style>@import "{}"</style>',
        "<style>p {{ background: url({}) }}</style>",
        "<style>@font-face {{ font-family: F; src: url({}) }}</style>",
    ],
)
@pytest.mark.parametrize("where", ["http", "file"])
def test_a_document_that_asks_for_more_is_not_made(
    part: str, where: str, outside: dict[str, str], httpserver: HTTPServer
) -> None:
    with pytest.raises(AddressRefused, match=f"^{where}$"):
        pdf_of(document(part.format(outside[where])))
    assert httpserver.log == []


@pytest.mark.parametrize(
    "part",
    [
        '<image href="{}" width="9" height="9"/>',
        '<use href="{}#a"/>',
        '<style>@import "{}"</style><path d="M0 0h9"/>',
        '<path fill="url({}#a)" d="M0 0h9v9z"/>',
    ],
)
@pytest.mark.parametrize("where", ["http", "file"])
def test_a_drawing_within_it_loads_nothing(
    part: str, where: str, outside: dict[str, str], httpserver: HTTPServer
) -> None:
    drawing = f'<svg viewBox="0 0 9 9">{part.format(outside[where])}</svg>'
    assert words(PdfReader(io.BytesIO(pdf_of(document(drawing))))).strip() == "entero"
    assert httpserver.log == []


def test_asked_twice_it_is_made_once(cluster: AlertCluster) -> None:
    ask(cluster)
    ask(cluster)
    assert DossierFile.objects.count() == AskedTask.objects.count() == 1
    assert work() == ["made"]
    first = DossierFile.objects.get()
    ask(cluster)
    assert work() == []
    # A message delivered again, and one for a row that is gone.
    assert tasks.make_dossier(file_id=first.pk) == "made"
    assert DossierFile.objects.get().made_at == first.made_at
    assert tasks.make_dossier(file_id=first.pk + 1) == "gone"


@pytest.mark.django_db(transaction=True)
def test_asked_by_many_at_once_it_is_asked_once(cluster: AlertCluster) -> None:
    start = threading.Barrier(4)

    def one() -> None:
        start.wait(10)
        ask(cluster)
        connection.close()

    with ThreadPoolExecutor(4) as readers:
        for done in [readers.submit(one) for _ in range(4)]:
            done.result()
    row = DossierFile.objects.get()
    assert (row.state, row.times_asked) == ("asked", 1)
    assert AskedTask.objects.count() == 1


def test_another_language_is_another_file(cluster: AlertCluster) -> None:
    ask(cluster)
    ask(cluster, "/en")
    assert DossierFile.objects.count() == 2
    assert work() == ["made", "made"]
    assert download(cluster).content != download(cluster, "/en").content


def test_what_changed_is_said_and_made_anew(
    cluster: AlertCluster, client: Client
) -> None:
    made(cluster)
    before = download(cluster)
    assert "Algo cambió" not in read(client, address(cluster)).text
    assert 'method="post"' not in client.get(address(cluster)).content.decode()
    verify(cluster, state="authorised")
    text = read(client, address(cluster)).text
    assert "Algo cambió desde que se hizo este PDF" in text
    assert download(cluster).content == before.content
    assert "Cambio autorizado" in words(made(cluster))
    after = download(cluster)
    assert after["ETag"] != before["ETag"]
    assert DossierFile.objects.count() == 1


def test_a_made_one_is_downloaded_and_not_sent_again(cluster: AlertCluster) -> None:
    made(cluster)
    response = download(cluster)
    assert response["Content-Type"] == "application/pdf"
    name = f'attachment; filename="alertas-grupo-{cluster.pk}.pdf"'
    assert response["Content-Disposition"] == name
    assert response["Cache-Control"] == "public, no-cache"
    again = download(cluster, **{"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_before_it_is_made_the_download_leads_to_the_page(
    cluster: AlertCluster,
) -> None:
    for _ in ("never asked for", "asked for"):
        response = download(cluster)
        assert (response.status_code, response["Location"]) == (302, address(cluster))
        ask(cluster)


def test_who_waits_is_told_and_may_stand_still(
    cluster: AlertCluster, client: Client
) -> None:
    assert "Refresh" not in client.get(address(cluster)).headers
    ask(cluster)
    response = client.get(address(cluster))
    assert response["Refresh"] == "5"
    assert "no-store" in response["Cache-Control"]
    text = Page(response.content.decode()).text
    assert "Lo estamos preparando" in text
    assert "Tarda más" not in text
    still = client.get(f"{address(cluster)}?fija")
    assert "Refresh" not in still.headers
    assert "Ver si ya está" in still.content.decode()
    DossierFile.objects.update(asked_at=timezone.now() - dt.timedelta(minutes=11))
    assert "Tarda más de lo normal" in read(client, address(cluster)).text
    work()
    response = client.get(address(cluster))
    assert "Refresh" not in response.headers
    assert f'href="/alertas/{cluster.pk}/grupo.pdf"' in response.content.decode()


def test_a_failure_is_said_and_may_be_asked_again(
    cluster: AlertCluster, client: Client
) -> None:
    ask(cluster)
    # A source this release knows nothing of.
    AlertCluster.objects.filter(pk=cluster.pk).update(source=77)
    with pytest.raises(ValueError, match="77"):
        work()
    AlertCluster.objects.filter(pk=cluster.pk).update(source=cluster.source)
    response = client.get(address(cluster))
    assert "El PDF no se pudo hacer" in response.content.decode()
    assert "Refresh" not in response.headers
    ask(cluster)
    assert AskedTask.objects.count() == 2
    # The first comes again by itself, and the second is then done.
    assert work() == ["made", "made"]
    assert download(cluster).status_code == 200


def test_a_page_in_a_session_asks_little(
    cluster: AlertCluster, client: Client, django_assert_max_num_queries: Any
) -> None:
    verify(cluster)
    made(cluster)
    client.cookies["sessionid"] = "none"
    with django_assert_max_num_queries(9):  # one of them asks for that session
        assert client.get(address(cluster)).status_code == 200


def test_asking_needs_the_forms_own_token(cluster: AlertCluster) -> None:
    reader = Client(enforce_csrf_checks=True)
    assert reader.post(address(cluster)).status_code == 403
    html = reader.get(address(cluster)).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', html)
    assert token is not None
    data = {"csrfmiddlewaretoken": token[1]}
    assert reader.post(address(cluster), data).status_code == 302


def test_too_many_from_one_reader_are_asked_to_wait(cluster: AlertCluster) -> None:
    for _ in range(MOST_AN_HOUR):
        ask(cluster)
        DossierFile.objects.all().delete()
    response = Client().post(address(cluster))
    assert response.status_code == 429
    assert "Espera un momento" in response.content.decode()
    assert not DossierFile.objects.exists()
    cache.clear()
    ask(cluster)


def test_no_such_cluster_is_404_and_a_merged_one_leads_on(client: Client) -> None:
    for path in ("/alertas/999999/pdf/", "/alertas/99999999999999999999/pdf/"):
        assert client.get(path).status_code == 404
        assert client.post(path).status_code == 404
    first = write_cluster(ubigeo="990101", alerts=1, day=RECENT)
    second = write_cluster(ubigeo="990101", at=16, alerts=1, day=RECENT)
    ask(second)
    with pytest.raises(AlertCluster.DoesNotExist):
        write_cluster(ubigeo="990101", at=8, alerts=1, day=RECENT)
    assert work() == ["gone"]
    assert not DossierFile.objects.exists()
    assert client.get(address(second))["Location"] == address(first)
    assert client.get(f"/alertas/{second.pk}/grupo.pdf").status_code == 302


def test_what_nobody_asks_for_in_a_month_is_forgotten(cluster: AlertCluster) -> None:
    made(cluster)
    with time_machine.travel(timezone.now() + KEEP - dt.timedelta(hours=1)):
        assert forget_old_dossiers() == 0
    with time_machine.travel(timezone.now() + KEEP + dt.timedelta(hours=1)):
        assert "1 PDFs forgotten" in tasks.sweep()
    assert not DossierFile.objects.exists()
    assert made(cluster)


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "made", "made_at": timezone.now(), "sha256": "0" * 64},
        {"state": "made", "body": b"%PDF", "made_at": timezone.now()},
        {"state": "asked", "body": b"%PDF"},
        {"state": "failed", "sha256": "0" * 64},
    ],
)
def test_the_database_refuses_a_half_made_one(
    facts: dict[str, Any], cluster: AlertCluster
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DossierFile.objects.create(
            cluster=cluster, language="es", asked_at=timezone.now(), **facts
        )


@pytest.mark.slow
def test_no_web_process_loads_weasyprint() -> None:
    code = (
        "import sys, django; django.setup();"
        "import tocache.urls, indicators.tasks;"
        "print('weasyprint' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=django_settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tocache.settings", "DEMO": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "False"
