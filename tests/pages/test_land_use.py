"""The overlay of zones on an indicator's page and in files of its own."""

import csv
import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from indicators.land_use_results import refresh_overlays
from indicators.models import ZoneOverlay
from tests.factories import LoadFactory, SourceFactory
from tests.pages.conftest import Situation
from tests.territory.test_land_use import add_zone

pytestmark = pytest.mark.django_db
COUNTED = ["regional_area", "concession"]


@pytest.fixture
def overlay(situation: Situation) -> ZoneOverlay:
    return ZoneOverlay.objects.create(indicator=situation.undefined, kinds=COUNTED)


def load_zones(*, synthetic: bool = False, kinds: list[str] = COUNTED) -> None:
    source = SourceFactory(code="zone_files", name_es="Zonas", licence="La del archivo")
    report = {"kinds": [*kinds, "buffer_zone"], "synthetic": synthetic}
    load = LoadFactory(source=source, edition="2026-11", report=report)
    facts = {"first_load_id": load.pk, "is_synthetic": synthetic}
    add_zone("regional_area", -75.9, -7.9, 0.2, name="Área Alta", **facts)
    if "concession" in kinds:
        add_zone("concession", -75.8, -7.8, 0.2, name="=SUM(A1)", **facts)
    add_zone("buffer_zone", -75.3, -7.3, 0.1, name="Borde", **facts)
    refresh_overlays()


def page(client: Client, prefix: str = "") -> str:
    return client.get(f"{prefix}/indicadores/cuencas/").content.decode()


def test_before_zones_are_loaded_it_says_no_data_and_no_zero(
    client: Client, overlay: ZoneOverlay
) -> None:
    text = page(client)
    part = text[text.index("t-land-use") :]
    assert "Sin dato: todavía no hay zonas cargadas" in part
    assert "Área de conservación regional; Concesión forestal" in part
    assert "land-use-caption" not in text
    other = client.get("/indicadores/yuca/").content.decode()
    assert "t-land-use" not in other


def test_the_page_prints_the_sum_the_overlap_and_that_it_is_no_value(
    client: Client, overlay: ZoneOverlay
) -> None:
    before = page(client)
    load_zones()
    text = page(client)
    assert "Definición pendiente: no es un valor del indicador." in text
    assert "como máximo (cota superior)" in text
    assert "Área Alta" in text
    assert "2026-11" in text
    assert "La del archivo" in text
    result = overlay.results.get()
    assert f"{round(result.union_ha):,}" in text
    assert f"{round(result.sum_ha - result.union_ha):,}" in text
    assert text.count("no se cuenta") == 1
    assert "Las zonas son inventadas" not in text
    # Neither the verdict nor the table of values moved.
    for part in ('class="status-line"', "Todavía ninguna", "ningún valor publicado"):
        assert (part in before) == (part in text)


def test_a_missing_kind_is_said_and_takes_the_bound_away(
    client: Client, overlay: ZoneOverlay
) -> None:
    load_zones(kinds=["regional_area"])
    text = page(client)
    assert "Aquí entran solo zonas reales." in text
    assert "Todavía no hay un archivo real de: Concesión forestal." in text
    assert "cota superior" not in text.lower()


def test_made_up_zones_are_marked_on_page_and_files(
    client: Client, overlay: ZoneOverlay
) -> None:
    load_zones(synthetic=True)
    assert "Las zonas son inventadas" in page(client)
    for name in ("land-use-csv", "land-use-json"):
        answer = client.get(reverse(f"indicators:{name}", args=["cuencas"]))
        assert "SINTETICO" in answer["Content-Disposition"]


def test_its_files_hold_zones_kinds_and_totals_apart_from_the_values(
    client: Client, overlay: ZoneOverlay
) -> None:
    load_zones()
    own = client.get(reverse("indicators:indicator-csv", args=["cuencas"]))
    assert len(own.content.splitlines()) == 1
    answer = client.get(reverse("indicators:land-use-csv", args=["cuencas"]))
    assert "zonas.csv" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["what"] for row in rows] == [
        *("zone", "zone", "zone"),
        *("kind", "kind", "kind"),
        *("sum", "union", "most"),
    ]
    names = {row["name"] for row in rows if row["what"] == "zone"}
    assert names == {"Área Alta", "'=SUM(A1)", "Borde"}
    areas = {row["what"]: float(row["area_ha"]) for row in rows[-3:]}
    assert areas["union"] < areas["sum"]
    assert areas["most"] == pytest.approx(areas["union"], abs=0.1)
    counted = {row["kind"]: row["is_counted"] for row in rows if row["what"] == "kind"}
    assert counted["buffer_zone"] == "false"
    document = client.get(reverse("indicators:land-use-json", args=["cuencas"])).json()
    assert document["meta"]["is_value_of_indicator"] is False
    assert document["meta"]["definition"] == "pending"
    assert document["meta"]["loads"][0]["edition"] == "2026-11"
    assert document["meta"]["sources"][0]["code"] == "zone_files"
    assert len(document["rows"]) == 9


def test_without_zones_the_files_are_empty_and_say_so(
    client: Client, overlay: ZoneOverlay
) -> None:
    answer = client.get(reverse("indicators:land-use-csv", args=["cuencas"]))
    assert len(answer.content.splitlines()) == 1
    document = client.get(reverse("indicators:land-use-json", args=["cuencas"])).json()
    assert document["rows"] == []
    assert document["meta"]["method"] is None


def test_it_costs_no_query(
    client: Client, overlay: ZoneOverlay, django_assert_max_num_queries: Any
) -> None:
    load_zones()
    page(client)
    client.cookies["sessionid"] = "none"  # past the page cache
    with django_assert_max_num_queries(9):  # one of them asks for that session
        assert client.get("/en/indicadores/cuencas/").status_code == 200
