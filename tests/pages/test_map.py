"""The map of alerts: numbers of the totals, filters, empty states."""

import datetime as dt
import html
import re
from typing import Any

import brotli
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from indicators.budget_results import refresh_budgets
from indicators.demo import synthetic_values_count
from indicators.demo_alerts import load_demo_alerts
from indicators.models import AnnualLoss, RiseNotice
from indicators.models.versioning import raise_data_version
from indicators.series.alert_map import _round_step, alert_map
from territory.alert_filters import AlertFilter
from territory.alert_sources import Source
from territory.models import (
    AlertMonth,
    AlertSource,
    ForestAlert,
    Zone,
)
from territory.zone_sets import zone_set_numbers
from tests.factories import (
    LoadFactory,
    PlaceFactory,
    SourceFactory,
    square,
)
from tests.indicators.alert_days import alert_days, ceiling, file_load
from tests.territory.test_pyramid import alerts, write

LAST = dt.date(2026, 10, 20)
BEFORE = dt.date(2024, 5, 2)
GFW = "gfw_integrated_alerts"


@pytest.fixture
def districts(db: Any) -> list[Any]:
    low = PlaceFactory(ubigeo="990101", name="Villa Baja", geom=square(-76.05, -8.05))
    high = PlaceFactory(ubigeo="990102", name="Villa Alta", geom=square(-75.95, -8.05))
    SourceFactory(code=GFW, name_es="Alertas de prueba", key_setting="GFW_API_KEY")
    return [low, high]


@pytest.fixture
def some_alerts(districts: list[Any]) -> list[Any]:
    low, high = districts
    recent = [(x, 1, LAST, 2 + x % 3) for x in range(90)]
    write(1, alerts(low, recent))
    write(2, alerts(high, [(500 + x, 1, BEFORE, 4) for x in range(10)]))
    raise_data_version()
    return districts


def cells(page: str) -> list[list[str]]:
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    return [
        [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row)
        ]
        for row in body.split("</tr>")[:-1]
    ]


class TestNumbers:
    def test_are_those_of_the_last_twelve_months(self, client, some_alerts):
        page = client.get("/mapa/").content.decode()
        assert "90 alertas: unas 1.1 ha" in page
        assert [row[:4] for row in cells(page)] == [
            ["1. Villa Baja", "90", "1.1", "100 %"],
            ["2. Villa Alta", "0", "0", "0 %"],
        ]
        assert 'value="2025-11"' in page
        assert 'value="2026-10"' in page

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("desde=2015-01", ["90", "10"]),
            ("desde=2015-01&confianza=muy-alta", ["30", "10"]),
            ("hasta=2024-12", ["0", "10"]),
            ("desde=2024-06&hasta=2026-09", ["0", "0"]),
        ],
    )
    def test_follow_the_filters(self, client, some_alerts, query, expected):
        page = client.get(f"/mapa/?{query}").content.decode()
        assert [row[1] for row in cells(page)] == expected

    def test_a_zone_counts_what_lies_in_it(self, client, some_alerts):
        low, _ = some_alerts
        facts = {"kind": Zone.Kind.REGIONAL_AREA, "source": "prueba", "area_ha": 1}
        facts |= {"geom": square(-76.0, -8.05), "first_load_id": 1}
        zone = Zone.objects.create(code="a", name="Bosque", **facts)
        (inside,) = zone_set_numbers([(zone.pk,)])
        month = {"district": low, "month": LAST.replace(day=1), "confidence": 2}
        row = AlertMonth.objects.get(**month)
        AlertMonth.objects.create(
            **month, source=1, zone_set_id=inside, alerts=7, area_ha=row.area_ha
        )
        page = client.get(f"/mapa/?zona={zone.pk}").content.decode()
        assert [row[1] for row in cells(page)] == ["7", "0"]
        gone = client.get("/mapa/?zona=99999")
        assert gone.status_code == 400
        assert "Esa zona ya no está entre las cargadas." in gone.content.decode()

    def test_the_official_loss_is_shown_apart(self, client, some_alerts):
        load = LoadFactory(state="published")
        for year, loss in ((2023, "5.04"), (2024, "12.51")):
            AnnualLoss.objects.create(
                load=load, place=some_alerts[0], year=year, loss_ha=loss
            )
        page = client.get("/mapa/").content.decode()
        assert "Pérdida oficial 2024 (ha)" in page
        assert [row[4] for row in cells(page)] == ["12.51", "sin dato"]
        assert "no se suma ni se compara" in page

    def test_made_up_alerts_never_join_real_ones(self, client, some_alerts):
        write(
            3,
            alerts(some_alerts[0], [(x, 9, LAST, 2) for x in range(5)]),
            source=Source(AlertSource.SYNTHETIC, 0.0001),
        )
        real = client.get("/mapa/").content.decode()
        assert cells(real)[0][1] == "90"
        assert "Estas alertas son inventadas" not in real
        made_up = client.get("/mapa/?fuente=synthetic_demo").content.decode()
        assert cells(made_up)[0][1] == "5"
        assert made_up.count("SINTÉTICO") >= 2

    def test_no_alert_row_is_read(self, some_alerts):
        with CaptureQueriesContext(connection) as captured:
            alert_map(AlertFilter(AlertSource.GFW_INTEGRATED))
        assert len(captured) == 3
        assert not any("forestalert" in query["sql"] for query in captured)

    def test_shades_step_by_round_numbers(self):
        values = [0, 0.03, 0.1, 0.11, 3, 70]
        assert [_round_step(v) for v in values] == [1, 0.05, 0.1, 0.2, 5, 100]


class TestPage:
    def test_is_bounded(self, client, some_alerts, situation):
        with CaptureQueriesContext(connection) as captured:
            answer = client.get("/mapa/", headers={"accept-encoding": "br"})
        assert len(captured) <= 8, [query["sql"][:90] for query in captured]
        assert len(answer.content) <= 100_000
        assert len(brotli.decompress(answer.content)) > 5_000

    def test_a_wrong_filter_is_said_and_nothing_is_lost(self, client, some_alerts):
        answer = client.get("/mapa/?desde=ayer")
        assert answer.status_code == 400
        page = answer.content.decode()
        assert "Escribe el mes de «desde» así: 2025-03." in page
        assert cells(page)[0][1] == "90"
        assert client.get("/mapa/?fuente=otra").status_code == 400
        assert client.get("/mapa/?color=rojo").status_code == 400

    def test_without_alerts_says_why(self, client, districts, settings):
        settings.GFW_API_KEY = ""
        page = client.get("/mapa/").content.decode()
        assert "Aún no hay alertas cargadas." in page
        assert "Falta la clave" in page
        assert [row[1] for row in cells(page)] == ["Sin dato", "Sin dato"]
        assert "live-map" not in page

    def test_without_anything_there_is_still_a_page(self, client, db):
        page = client.get("/mapa/").content.decode()
        assert "Todavía no hay distritos cargados." in page

    def test_a_kept_page_keeps_its_policy(self, client, some_alerts):
        first, kept = client.get("/mapa/"), client.get("/mapa/")
        assert first["ETag"] == kept["ETag"]
        for answer in (first, kept):
            assert "worker-src 'self'" in answer["Content-Security-Policy"]
            assert "script-src 'self';" in answer["Content-Security-Policy"] + ";"
        assert "worker-src" not in client.get("/")["Content-Security-Policy"]

    def test_home_and_menu_lead_to_it(self, client, some_alerts):
        assert client.get("/").content.decode().count('href="/mapa/"') == 2

    def test_a_district_is_a_link_and_shown_when_chosen(self, client, some_alerts):
        page = client.get("/mapa/?distrito=990102").content.decode()
        assert page.count('href="/alertas/?fuente=1&amp;distrito=990102&amp;') == 2
        assert page.count('class="level0 chosen"') == 1
        assert page.count('<tr class="chosen">') == 1


def linked(page: str, start: str) -> str:
    """Return the address of the first link of a page that starts so."""
    found = re.search(rf'href="({re.escape(start)}[^"]*)"', page)
    assert found, start
    return html.unescape(found[1])


class TestLinksBetweenMapAndList:
    """Both count the same: the map by months, the list by days."""

    @pytest.mark.parametrize(
        ("query", "alerts"),
        [
            ("", 90),
            ("confianza=alta&desde=2026-10&hasta=2026-10", 60),
            ("hasta=2024-05", 0),
            ("desde=2024-06&hasta=2026-09", 0),
        ],
    )
    def test_a_district_of_the_map_is_the_same_in_the_list(
        self, client, some_alerts, query, alerts
    ):
        page = client.get(f"/mapa/?{query}").content.decode()
        assert cells(page)[0][1] == str(alerts)
        address = linked(page, "/alertas/?fuente=1&amp;distrito=990101")
        listed = client.get(address)
        assert listed.status_code == 200, address
        told = f"{alerts} alertas con esos" if alerts else "Ninguna alerta en ese"
        assert told in listed.content.decode()

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", ["90", "10"]),
            ("distrito=990102&hasta=2024-05-31", ["0", "10"]),
            ("desde=2026-10-05&confianza=4", ["30", "0"]),
            ("hasta=1999-01-01", ["0", "0"]),
        ],
    )
    def test_the_list_leads_to_the_whole_months_of_its_days(
        self, client, some_alerts, query, expected
    ):
        listed = client.get(f"/alertas/?{query}").content.decode()
        answer = client.get(linked(listed, "/mapa/?"))
        assert answer.status_code == 200
        assert [row[1] for row in cells(answer.content.decode())] == expected

    def test_a_source_without_alerts_keeps_its_districts_on_the_map(
        self, client, districts
    ):
        page = client.get("/mapa/").content.decode()
        address = linked(page, "/mapa/?fuente=")
        assert client.get(address).status_code == 200
        assert "/alertas/?" not in page


class TestRises:
    def test_stand_on_the_pages_of_their_source(self, client, some_alerts):
        low, _ = some_alerts
        ceiling(110, slug="perdida")
        alert_days(low, {LAST - dt.timedelta(days=500): 3})
        file_load()
        refresh_budgets(today=LAST)
        today = timezone.localdate()
        RiseNotice.objects.create(
            district=low,
            source=AlertSource.GFW_INTEGRATED,
            monday=today - dt.timedelta(days=today.weekday() + 7),
            area_ha=40,
            mean_ha=10,
            sd_ha=1,
            excess_ha=29,
            limit_ha=5,
            method="alza v1",
            found_at=timezone.now(),
        )
        raise_data_version()
        for path in ("/mapa/", "/alertas/"):
            page = client.get(path).content.decode()
            assert "Villa Baja, semana del" in page, path
            assert client.get(linked(page, "/alertas/?fuente=1&amp;distrito=990101"))
            other = client.get(f"{path}?distrito=990102").content.decode()
            assert 'class="notice notice-rise"' not in other
            client.cookies["sessionid"] = "none"  # past the page cache
            with CaptureQueriesContext(connection) as captured:
                client.get(path)
            # One of them asks for that session.
            assert len(captured) <= 9, [q["sql"][:90] for q in captured]


@pytest.mark.django_db
class TestDemo:
    def test_the_same_made_up_alerts_once(self):
        for number in range(1, 4):
            PlaceFactory(ubigeo=f"99010{number}")
        added = load_demo_alerts()
        assert added > 1000
        assert load_demo_alerts() == 0
        assert set(ForestAlert.objects.values_list("source", flat=True)) == {99}
        assert synthetic_values_count() == added
