"""Values of districts on the public pages: each with its own source and history."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from indicators.series import indicator_history, indicator_page
from tests.factories import (
    LoadFactory,
    PlaceFactory,
    SourceFactory,
    YearlyValueFactory,
)
from tests.pages.conftest import Situation

TODAY = dt.date(2026, 3, 1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def districts(situation: Situation) -> Any:
    """Return a typed value, a loaded one and a missing one of three districts."""
    of = {"indicator": situation.faster, "year": 2025}
    source = SourceFactory(code="censo", name_es="Censo de yuca")
    YearlyValueFactory(**of, place=PlaceFactory(name="Alto"), source_text="Acta 7")
    YearlyValueFactory(
        **of,
        place=PlaceFactory(name="Bajo"),
        load=LoadFactory(source=source),
        source_text="",
        recorded_by=None,
        reviewed_by=None,
        kind="estimated",
    )
    YearlyValueFactory(
        **of,
        place=PlaceFactory(name="Cerro"),
        value=None,
        kind="no_data",
        no_data_reason="confidential",
    )
    return situation.faster


def test_each_district_says_its_kind_source_and_evidence(districts: Any) -> None:
    page = indicator_page("yuca", lang="es", today=TODAY)
    assert page is not None
    assert [
        (p.name, p.value, p.kind, p.reason, p.source, p.evidence_level > 0)
        for p in page.districts
    ] == [
        ("Alto", 1.25, "Medido", "", "Acta 7", False),
        ("Bajo", 1.25, "Estimado", "", "Censo de yuca", True),
        ("Cerro", None, "Sin dato", "es confidencial", "Anuario", False),
    ]


def test_page_claims_no_common_source_of_the_districts(
    districts: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(8):
        html = client.get("/indicadores/yuca/").content.decode()
    assert "Misma fuente" not in html
    assert "Sin dato: es confidencial" in html


def test_history_tells_the_values_of_districts_by_name(
    districts: Any, client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(3):
        history = indicator_history("yuca", lang="es", today=TODAY)
    assert history is not None
    assert {(one.district, one.what) for one in history.changes if one.district} == {
        ("Alto", "se publicó 1.25 t/ha"),
        ("Bajo", "se publicó 1.25 t/ha"),
        ("Cerro", "se publicó sin dato (es confidencial)"),
    }
    html = client.get("/indicadores/yuca/historial/").content.decode()
    assert "<b>Distrito de Cerro:</b> se publicó sin dato" in html


@pytest.mark.parametrize(
    ("place", "told", "untold"),
    [
        ("Cerro", "Distrito de Cerro:", "Distrito de Alto:"),
        ("provincia", "se fijó la meta", "Distrito de"),
        ("\ud800", "Ningún cambio cumple", "Distrito de"),
    ],
)
def test_history_is_filtered_by_place(
    districts: Any, client: Client, place: str, told: str, untold: str
) -> None:
    query = urlencode({"lugar": place.encode("utf-8", "surrogatepass")})
    answer = client.get(f"/indicadores/yuca/historial/?{query}")
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert untold not in answer.content.decode()
