"""Pages of alerts: the filtered list, its file, and a cluster's dossier."""

import csv
import datetime as dt
import gzip
import io
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.utils import timezone

from indicators.charts.weeks import WeekRow, weekly_bars_svg
from indicators.models import AskedTask
from indicators.models.versioning import current_data_version, raise_data_version
from indicators.outbox import ask
from territory.alerts import Source, Window, write_alerts
from territory.clusters import renew_clusters
from territory.models import AlertCluster, AlertMonth, Place, Verification, Zone
from territory.zone_sets import zone_set_numbers
from tests.factories import (
    LoadFactory,
    SourceFactory,
    UserFactory,
    square,
    write_cluster,
)
from tests.pages.test_pages import Page, read

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
RECENT = TODAY - dt.timedelta(days=40)
OLD = dt.date(2025, 2, 3)


@pytest.fixture
def clusters(db: None) -> dict[str, AlertCluster]:
    source = SourceFactory(code="gfw_integrated_alerts", name_es="Alertas GFW")
    LoadFactory(source=source, data_to_date=TODAY - dt.timedelta(days=3))
    return {
        "recent": write_cluster(ubigeo="990101", alerts=9, day=RECENT),
        "old": write_cluster(ubigeo="990102", alerts=1, day=OLD),
        "other": write_cluster(ubigeo="990101", at=500, day=RECENT, source=4),
    }


def shown(page: Page) -> list[str]:
    links = [a.get("href") or "" for tag, a in page.elements if tag == "a"]
    found = [re.search(r"/alertas/(\d+)/$", link) for link in links]
    return sorted(match[1] for match in found if match)


def verify(cluster: AlertCluster, **more: Any) -> Verification:
    order = Verification.objects.filter(cluster=cluster).count() + 1
    facts = {
        "order": order,
        "state": "confirmed",
        "visited_on": RECENT,
        "evidence": "canario del texto",
        "reason": "canario del motivo" if order > 1 else "",
        "role": "supervisor",
        "institution": "community",
        "alerts_then": cluster.alerts,
        "recorded_by": UserFactory(username=f"canario{order}"),
    }
    return Verification.objects.create(cluster=cluster, **facts | more)


@pytest.mark.parametrize("path", ["/alertas/", "/en/alertas/"])
def test_without_any_alert_the_page_says_why(path: str, client: Client) -> None:
    text = read(client, path).text
    assert ("Aún no hay alertas" in text) or path.startswith("/en")
    assert client.get(f"{path}datos.csv").status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["old", "recent"]),
        ("?fuente=4", ["other"]),
        ("?distrito=990101", ["recent"]),
        ("?distrito=990102", ["old"]),
        ("?confianza=4", ["recent"]),
        (f"?desde={RECENT}", ["recent"]),
        ("?hasta=2025-12-31", ["old"]),
        ("?minimo=0.05", ["recent"]),
        ("?estado=unverified", ["old", "recent"]),
        ("?estado=confirmed", []),
        ("?orden=antigua", ["old", "recent"]),
        ("?pagina=2", []),
    ],
)
def test_filters_choose_clusters(
    query: str, names: list[str], clusters: dict[str, AlertCluster], client: Client
) -> None:
    expected = sorted(str(clusters[name].pk) for name in names)
    assert shown(read(client, f"/alertas/{query}")) == expected


def test_zones_choose_clusters_and_stand_in_the_dossier(
    clusters: dict[str, AlertCluster], client: Client
) -> None:
    zone = Zone.objects.create(
        kind="regional_area",
        code="acr",
        name="Bosques de prueba",
        source="made_up",
        geom=square(-76.0, -8.0),
        area_ha=10,
        first_load_id=1,
    )
    zone_set_numbers([(zone.pk,)])
    recent = clusters["recent"]
    assert shown(read(client, f"/alertas/?zona={zone.pk}")) == []
    assert "En ninguna de las zonas" in read(client, f"/alertas/{recent.pk}/").text
    _put_in_zone(recent, zone)
    assert shown(read(client, f"/alertas/?zona={zone.pk}")) == [str(recent.pk)]
    text = read(client, f"/alertas/{recent.pk}/").text
    assert "Bosques de prueba" in text
    assert "Área de conservación regional" in text


def test_a_corrected_zone_is_the_same_zone(
    clusters: dict[str, AlertCluster], client: Client
) -> None:
    facts = {"kind": "regional_area", "code": "acr", "source": "made_up"}
    outline = {"geom": square(-76.0, -8.0), "area_ha": 10}
    before = Zone.objects.create(name="Con errata", first_load_id=1, **facts, **outline)
    recent = clusters["recent"]
    _put_in_zone(recent, before)
    # As territory/zones.py corrects it; the clusters follow minutes later.
    before.valid_to, before.gone_load_id = TODAY, 2
    before.save()
    now = Zone.objects.create(name="Sin errata", first_load_id=2, **facts, **outline)
    raise_data_version()
    text = read(client, f"/alertas/{recent.pk}/").text
    assert "Sin errata" in text
    assert "Con errata" not in text
    assert shown(read(client, f"/alertas/?zona={now.pk}")) == [str(recent.pk)]


def test_while_clusters_follow_a_dossier_does_not_deny_a_zone(
    clusters: dict[str, AlertCluster], client: Client
) -> None:
    Zone.objects.create(
        kind="regional_area",
        code="acr",
        name="Nueva",
        source="made_up",
        geom=square(-76.0, -8.0),
        area_ha=10,
        first_load_id=1,
    )
    ask(
        task="indicators.tasks.renew_alert_clusters",
        arguments={},
        key="clusters:load-1",
    )
    address = f"/alertas/{clusters['recent'].pk}/"
    text = read(client, address).text
    assert "comparando otra vez" in text
    assert "En ninguna de las zonas" not in text
    AskedTask.objects.update(done_at=timezone.now())
    assert "En ninguna de las zonas" in read(client, address).text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_out_of_all_reason_is_refused(day: str, client: Client) -> None:
    write_cluster(ubigeo="990101", alerts=1, day=TODAY)
    assert client.get(f"/alertas/?hasta={day}").status_code == 400
    assert client.get(f"/alertas/?desde={day}").status_code == 400


def _put_in_zone(cluster: AlertCluster, zone: Zone) -> None:
    (number,) = zone_set_numbers([(zone.pk,)])
    from territory.models import ForestAlert

    ForestAlert.objects.filter(source=cluster.source).update(zone_set=number)
    renew_clusters(source=Source(cluster.source, 0.0001))
    cluster_numbers = list(AlertCluster.objects.standing().values_list("pk", flat=True))
    assert cluster.pk in cluster_numbers
    # Only the asked one lies there: the others go back.
    (empty,) = zone_set_numbers([()])
    old = AlertCluster.objects.exclude(pk=cluster.pk).filter(source=cluster.source)
    days = list(old.values_list("first_date", flat=True))
    ForestAlert.objects.filter(alert_date__in=days).update(zone_set=empty)
    renew_clusters(source=Source(cluster.source, 0.0001))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("desde=ayer", "Escribe la fecha como"),
        ("desde=2026-05-01&hasta=2026-04-01", "termina antes de empezar"),
        ("minimo=1,5", "Escribe un número"),
        ("minimo=-1", "Escribe cero o más"),
        ("distrito=nada", "Elige una opción"),
        ("fuente=77", "Elige una opción"),
        ("pagina=0", "mayor o igual"),
    ],
)
def test_a_wrong_filter_is_told_and_kept(
    query: str, words: str, clusters: dict[str, AlertCluster], client: Client
) -> None:
    for path in ("/alertas/", "/alertas/datos.csv"):
        response = client.get(f"{path}?{query}")
        assert response.status_code == 400
        page = Page(response.content.decode())
        assert "Hay un problema" in page.text
        assert shown(page) == []
    if query.startswith("minimo=1"):
        values = [a.get("value") for tag, a in page.elements if tag == "input"]
        assert "1,5" in values
    if "pagina" not in query:
        assert words in page.text


def test_sums_come_from_one_source_and_agree_with_the_totals(
    clusters: dict[str, AlertCluster], client: Client
) -> None:
    totals = AlertMonth.objects.filter(source=1)
    area_ha = sum(row.area_ha for row in totals)
    text = read(client, "/alertas/").text
    assert f"{area_ha:,.2f}" in text
    assert "10 alertas con esos filtros" in text
    assert "3 alertas con esos filtros" in read(client, "/alertas/?fuente=4").text


def test_a_sum_says_its_period_and_leads_to_the_newest_year(
    clusters: dict[str, AlertCluster], client: Client
) -> None:
    known_to = TODAY - dt.timedelta(days=3)
    whole = read(client, "/alertas/?fuente=1")
    assert "Periodo: todo lo cargado, hasta el" in whole.text
    year = f"?fuente=1&desde={known_to.year}-01-01"
    assert year in [a.get("href") for tag, a in whole.elements if tag == "a"]
    some = read(client, "/alertas/?desde=2025-02-01&hasta=2025-03-30").text
    assert "Periodo: del 1 feb. 2025 al 30 mar. 2025." in some
    assert "Ver solo" not in some
    english = read(client, "/en/alertas/?desde=2025-02-01&hasta=2025-03-30").text
    assert "1 Feb 2025" in english


def test_a_page_says_source_day_and_cautions(
    clusters: dict[str, AlertCluster], client: Client
) -> None:
    for path in ("/alertas/", f"/alertas/{clusters['old'].pk}/"):
        text = read(client, path).text
        assert "Alertas GFW" in text
        assert "Alerta (por confirmar)" in text
        assert "provisionales" in text
        assert str((TODAY - dt.timedelta(days=3)).year) in text


def test_made_up_alerts_are_marked(client: Client) -> None:
    from territory.models import AlertSource

    if "synthetic_demo" not in AlertSource.labels:
        pytest.skip("no made-up source in this release")
    number = next(s.value for s in AlertSource if s.label == "synthetic_demo")
    cluster = write_cluster(ubigeo="990101", day=RECENT, source=number)
    for path in ("/alertas/", f"/alertas/{cluster.pk}/"):
        assert "SINTÉTICO" in read(client, path).text
    file = client.get("/alertas/datos.csv")
    assert "SINTETICO" in file.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "path", ["/alertas/", "/en/alertas/?confianza=3", "/alertas/{}/", "/en/alertas/{}/"]
)
def test_pages_are_light_and_ask_little(
    path: str,
    clusters: dict[str, AlertCluster],
    client: Client,
    django_assert_max_num_queries: Any,
) -> None:
    verify(clusters["recent"])
    client.cookies["sessionid"] = "none"  # past the page cache
    with django_assert_max_num_queries(9):  # one of them asks for that session
        response = client.get(path.format(clusters["recent"].pk))
    assert response.status_code == 200
    assert len(gzip.compress(response.content)) < 20_000


def test_the_list_is_downloaded_whole(
    clusters: dict[str, AlertCluster], client: Client
) -> None:
    Place.objects.filter(ubigeo="990101").update(name="=SUM(A1)")
    response = client.get("/alertas/datos.csv?orden=antigua&pagina=9")
    assert "SINTETICO" not in response.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == [
        str(clusters["old"].pk),
        str(clusters["recent"].pk),
    ]
    assert rows[1]["districts"] == "'=SUM(A1)"
    assert rows[1]["max_confidence"] == "highest"
    assert rows[1]["verification"] == "unverified"
    stored = AlertCluster.objects.get(pk=clusters["recent"].pk)
    assert float(rows[1]["area_ha"]) == float(stored.area_ha)


def test_weeks_after_the_last_alert_are_unknown_not_zero(client: Client) -> None:
    day = TODAY - dt.timedelta(days=70)
    write_cluster(ubigeo="990101", alerts=1, day=day)
    table = client.get("/alertas/").content.decode().split('id="c-weeks"')[1]
    weeks = re.findall(r'<th scope="row">([^<]+)</th>', table.split("</table>")[0])
    monday = day - dt.timedelta(days=day.weekday())
    assert weeks[0].startswith(f"{monday.day} de ")
    # The week's own alert is in it: a pixel of about 0.012 ha.
    assert '<td class="num">0.01</td>' in table.split("</tr>")[1]
    # A load that says it reaches further makes them zero.
    source = SourceFactory(code="gfw_integrated_alerts")
    LoadFactory(source=source, data_to_date=TODAY)
    raise_data_version()
    table = client.get("/alertas/").content.decode().split('id="c-weeks"')[1]
    now = TODAY - dt.timedelta(days=TODAY.weekday())
    assert f'<th scope="row">{now.day} de ' in table


@pytest.mark.parametrize("has_zones", [True, False])
def test_a_zone_that_ended_is_said(
    has_zones: bool, clusters: dict[str, AlertCluster], client: Client
) -> None:
    if has_zones:
        Zone.objects.create(
            kind="concession",
            code="c",
            name="Otra",
            source="made_up",
            geom=square(-76.0, -8.0),
            area_ha=10,
            first_load_id=1,
        )
    response = client.get("/alertas/?zona=987654")
    assert response.status_code == 400
    page = response.content.decode()
    assert "Esa zona ya no está entre las cargadas." in page
    assert "Grupos que cumplen" not in page


class TestNear:
    """What the interactive map asks for while it is moved."""

    BOX = "-75.91,-8.01,-75.9,-7.99"

    def near(self, client: Client, query: str, prefix: str = "") -> Any:
        response = client.get(f"{prefix}/alertas/cerca.json?{query}")
        assert response.status_code == 200
        return response.json()

    def test_it_names_what_touches_the_box(self, clusters, client) -> None:
        found = self.near(client, f"caja={self.BOX}")
        number = clusters["recent"].pk
        assert [group["url"] for group in found["groups"]] == [f"/alertas/{number}/"]
        words = found["groups"][0]["words"]
        assert words.startswith(f"N.º {number} · Lugar 990101 · ")
        assert words.endswith("Sin verificar")
        assert not found["more"]
        assert self.near(client, "caja=-70,-8,-69,-7")["groups"] == []

    def test_it_follows_the_filters_of_the_list(self, clusters, client) -> None:
        other = self.near(client, "fuente=4&caja=-75.86,-8.01,-75.84,-7.99")
        assert [g["url"] for g in other["groups"]] == [
            f"/alertas/{clusters['other'].pk}/"
        ]
        assert self.near(client, f"hasta=2025-12-31&caja={self.BOX}")["groups"] == []

    def test_english_links_stay_english(self, clusters, client) -> None:
        (group,) = self.near(client, f"caja={self.BOX}", "/en")["groups"]
        assert group["url"].startswith("/en/alertas/")

    def test_twenty_and_word_of_more(self, clusters, client) -> None:
        for at in range(21):
            write_cluster(ubigeo="990103", at=at * 30, alerts=1, day=RECENT)
        found = self.near(client, "caja=-75.71,-8.01,-75.5,-7.9")
        assert (len(found["groups"]), found["more"]) == (20, True)

    @pytest.mark.parametrize(
        "query",
        [
            "",
            "caja=",
            "caja=1,2,3",
            "caja=a,b,c,d",
            "caja=nan,-8,-75,-7",
            "caja=-75,-8,-76,-7",
            "caja=-76,-8,-75,inf",
            "caja=-75.91,-8.01,-75.9,-7.99&fuente=77",
        ],
    )
    def test_a_wrong_question_is_refused(self, query, clusters, client) -> None:
        assert client.get(f"/alertas/cerca.json?{query}").status_code == 400

    def test_without_any_alert_there_is_none(self, client) -> None:
        assert self.near(client, f"caja={self.BOX}") == {"groups": [], "more": False}


class TestDossier:
    def test_it_says_what_is_known(self, clusters, client) -> None:
        cluster = clusters["recent"]
        page = read(client, f"/alertas/{cluster.pk}/")
        assert f"{cluster.area_ha:.2f}" in page.text
        assert "9 alertas (por confirmar)" in page.text
        assert "Sin verificar" in page.text
        assert "Lugar 990101" in page.text
        links = [a for tag, a in page.elements if tag == "a"]
        outside = [a for a in links if (a.get("href") or "").startswith("http")]
        assert len(outside) == 2
        assert all("noopener noreferrer" in (a["rel"] or "") for a in outside)
        geobosques = next(a["href"] or "" for a in outside if "geobosque" in a["href"])
        latitude, longitude = geobosques.split("?xy=")[1].split(",")
        assert float(latitude) == pytest.approx(cluster.centroid.y, abs=1e-4)
        assert float(longitude) == pytest.approx(cluster.centroid.x, abs=1e-4)

    def test_no_such_number_is_404(self, client) -> None:
        assert client.get("/alertas/999999/").status_code == 404
        assert client.get("/alertas/99999999999999999999/").status_code == 404

    def test_a_merged_number_leads_to_the_survivor(self, client) -> None:
        first = write_cluster(ubigeo="990101", alerts=1, day=RECENT)
        second = write_cluster(ubigeo="990101", at=16, alerts=1, day=RECENT)
        verify(second, state="natural")
        with pytest.raises(AlertCluster.DoesNotExist):
            write_cluster(ubigeo="990101", at=8, alerts=1, day=RECENT)
        response = client.get(f"/alertas/{second.pk}/")
        assert response.status_code == 302
        assert response.headers["Location"] == f"/alertas/{first.pk}/"
        text = read(client, f"/alertas/{first.pk}/").text
        assert f"del grupo N.º {second.pk}" in text
        # What was found at one part does not speak for the whole.
        assert "Sin verificar" in text

    def test_a_withdrawn_one_says_so(self, clusters, client) -> None:
        cluster = clusters["old"]
        districts = frozenset(Place.objects.values_list("pk", flat=True))
        with transaction.atomic():
            import numpy as np

            from territory.alert_words import Alerts

            write_alerts(
                source=Source(1, 0.0001),
                load_id=2,
                alerts=Alerts(np.empty(0, np.uint64), np.empty(0, np.int64)),
                window=Window(OLD, OLD + dt.timedelta(days=30), districts),
            )
        renew_clusters(source=Source(1, 0.0001))
        text = read(client, f"/alertas/{cluster.pk}/").text
        assert "La fuente retiró todas las alertas" in text
        assert shown(read(client, "/alertas/")) == [str(clusters["recent"].pk)]

    def test_history_names_no_person_and_no_text(self, clusters, client) -> None:
        cluster = clusters["recent"]
        verify(cluster)
        verify(cluster, state="false", role="officer", institution="municipal")
        for path in (f"/alertas/{cluster.pk}/", "/alertas/", "/alertas/datos.csv"):
            body = client.get(path).content.decode()
            assert "canario" not in body
        text = read(client, f"/alertas/{cluster.pk}/").text
        assert "Falsa alarma" in text
        assert "Responsable de la entidad · Municipalidad" in text
        assert "Supervisión ciudadana · Comunidad" in text
        assert "corrige una entrada anterior" in text
        listed = read(client, "/alertas/?estado=false")
        assert shown(listed) == [str(cluster.pk)]

    def test_what_grew_after_a_visit_says_so(self, clusters, client) -> None:
        verify(clusters["recent"], alerts_then=7)
        text = read(client, f"/alertas/{clusters['recent'].pk}/").text
        assert "creció en 2 alertas" in text

    def test_only_who_may_verify_sees_the_link(self, clusters, client) -> None:
        address = f"/alertas/{clusters['recent'].pk}/"
        assert "verificar/" not in client.get(address).content.decode()
        person: User = UserFactory()
        person.user_permissions.add(Permission.objects.get(codename="verify_cluster"))
        client.force_login(person)
        assert "verificar/" in client.get(address).content.decode()

    def test_clusters_and_verifications_make_pages_stale(self, clusters) -> None:
        before = current_data_version()
        verify(clusters["recent"])
        between = current_data_version()
        AlertCluster.objects.filter(pk=clusters["old"].pk).update(
            updated_at=timezone.now()
        )
        assert before < between < current_data_version()


def test_weekly_bars_share_a_scale_and_start_at_zero() -> None:
    rows = [
        WeekRow(name="A <b>", weeks_ha=(10.0, 0.0, 5.0), total="15 ha"),
        WeekRow(name="B", weeks_ha=(0.0, 0.0, 1.0), total="1 ha"),
    ]
    said = {"title": "t", "description": "d", "ends": ("x", "y"), "chart_id": "c"}
    svg = weekly_bars_svg(rows, provisional=1, **said)
    assert "A &lt;b&gt;" in svg
    assert svg.count("<rect") == 3
    assert svg.count("chart-bar-preliminary") == 2
    assert 'height="30.0"' in svg and 'height="15.0"' in svg and 'height="3.0"' in svg
    nothing = [WeekRow(name="A", weeks_ha=(0.0,), total="0 ha")]
    assert weekly_bars_svg(nothing, provisional=0, **said) == ""
