"""What the resources say: published figures, marks, nothing private."""

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django import DjangoAssertNumQueries

from indicators.models import Load, YearlyValue
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

STATE = YearlyValue.State


def values_of(api: Client, query: str = "") -> list[dict[str, Any]]:
    return api.get(f"/api/v1/values/{query}").json()["results"]


def every_address() -> list[str]:
    """Return the address of every resource and of one row of each."""
    keys = {
        "jurisdictions-item": "villa-alta",
        "axes-item": "bosque",
        "goals-item": "BOS-01",
        "indicators-item": "BOS-01",
        "places-item": "990101",
        "sources-item": "made_up_source",
    }
    addresses = []
    for pattern in get_resolver("tocache.api_urls").url_patterns:
        if pattern.name and pattern.name != "not-found":
            args = [keys[pattern.name]] if pattern.name in keys else []
            addresses.append(reverse(f"api:{pattern.name}", args=args))
    return addresses


@pytest.mark.parametrize("state", [s for s in STATE if s != STATE.PUBLISHED])
def test_values_shows_only_the_published(
    state: str, api: Client, indicator: Any
) -> None:
    hidden = factories.YearlyValueFactory(
        indicator=indicator,
        state=state,
        value=Decimal("666.6"),
        return_reason="No cuadra",
        change_reason="Error de tipeo",
    )
    assert values_of(api) == []
    hidden.state = STATE.PUBLISHED
    hidden.save()
    assert [v["value"] for v in values_of(api)] == [666.6]


@pytest.mark.parametrize("address", every_address())
def test_nothing_says_who_did_it(address: str, api: Client, world: Any) -> None:
    """Names of people and what is still in review stay inside."""
    factories.YearlyValueFactory(
        draft=True, indicator=world, year=2025, value=Decimal("424242.42")
    )
    response = api.get(address)
    assert response.status_code == 200
    for secret in ("persona", "mariaquispe", "juanhuaman", "Quispe", "424242"):
        assert secret not in response.content.decode()


@pytest.mark.parametrize(
    "address", [a for a in every_address() if not a.endswith("/schema/")]
)
def test_missing_is_null_and_never_an_empty_text(
    address: str, api: Client, world: Any
) -> None:
    assert b'""' not in api.get(address).content


def test_a_year_without_value_is_null_with_its_reason(
    api: Client, indicator: Any
) -> None:
    factories.YearlyValueFactory(
        indicator=indicator, kind="no_data", value=None, no_data_reason="not_collected"
    )
    (row,) = values_of(api)
    assert row["value"] is None
    assert row["no_data_reason"] == "not_collected"


def test_numbers_carry_no_float_noise(api: Client, indicator: Any) -> None:
    for year, value in enumerate(["1182.06", "0.1", "12345678901.2345"], 2020):
        factories.YearlyValueFactory(
            indicator=indicator, year=year, value=Decimal(value)
        )
    text = api.get("/api/v1/values/").content.decode()
    for shown in ('"value":1182.06,', '"value":0.1,', '"value":12345678901.2345,'):
        assert shown in text


def test_target_without_number_is_null_not_zero(api: Client, indicator: Any) -> None:
    factories.TargetFactory(indicator=indicator, value=None)
    (row,) = api.get("/api/v1/targets/").json()["results"]
    assert row["value"] is None
    assert api.get("/api/v1/indicators/BOS-01/").json()["target"]["value"] is None


def test_indicator_without_target_and_baseline_has_null_for_both(
    api: Client, indicator: Any
) -> None:
    shown = api.get("/api/v1/indicators/BOS-01/").json()
    assert shown["target"] is None
    assert shown["baseline"] is None


def test_what_we_propose_is_marked_so(api: Client, world: Any) -> None:
    shown = api.get("/api/v1/indicators/BOS-01/").json()
    assert [c["origin"] for c in shown["crosswalk"]] == ["proposed"]
    assert [s["origin"] for s in shown["proposed_sources"]] == ["proposed"]
    assert shown["collection_origin"] == "proposed"
    assert shown["target"]["origin"] == "printed"
    goal = api.get("/api/v1/goals/BOS-01/").json()
    assert (goal["text_en_origin"], goal["text_es_origin"]) == ("printed", "proposed")


def test_synthetic_values_are_marked_and_can_be_left_out(
    api: Client, indicator: Any
) -> None:
    factories.YearlyValueFactory(indicator=indicator, year=2023)
    factories.YearlyValueFactory(indicator=indicator, year=2024, synthetic=True)
    assert [v["is_synthetic"] for v in values_of(api)] == [False, True]
    assert [v["year"] for v in values_of(api, "?is_synthetic=false")] == [2023]


def test_values_are_filtered_by_every_parameter(api: Client, indicator: Any) -> None:
    other = factories.IndicatorFactory(goal__order=2, code="BOS-02x")
    district = factories.PlaceFactory(ubigeo="990101")
    for year in (2020, 2021, 2022):
        factories.YearlyValueFactory(indicator=indicator, year=year)
    factories.YearlyValueFactory(indicator=other, year=2021, place=district)

    def found(query: str) -> list[tuple[str, str, int]]:
        return [
            (v["indicator"], v["place_ubigeo"], v["year"])
            for v in values_of(api, query)
        ]

    assert found("?indicator=BOS-02x") == [("BOS-02x", "990101", 2021)]
    assert found("?place=990101") == [("BOS-02x", "990101", 2021)]
    assert len(found("?year=2021")) == 2
    assert [y for _, _, y in found("?year_from=2021&year_to=2021&place=9901")] == [2021]


def test_results_are_current_and_history_keeps_the_old(api: Client, world: Any) -> None:
    result = world.results.get()
    result.is_current = False
    result.save()
    result.pk, result.is_current, result.status = None, True, "limited"
    result.save()
    current = api.get("/api/v1/results/").json()["results"]
    assert [r["status"] for r in current] == ["limited"]
    history = api.get("/api/v1/results/history/?status=on_track").json()["results"]
    assert [r["is_current"] for r in history] == [False]


def test_another_jurisdiction_is_read_by_its_code(api: Client, world: Any) -> None:
    at_home = api.get("/api/v1/indicators/BOS-01/").json()
    away = api.get("/api/v1/indicators/BOS-01/?jurisdiction=villa-baja").json()
    assert at_home["name_es"] == "Rendimiento de yuca"
    assert away["name_es"] == "De la otra"
    plan = api.get("/api/v1/plan/?jurisdiction=villa-baja").json()
    assert plan["code"] == "plan-villa-baja"
    assert values_of(api, "?jurisdiction=villa-baja") == []


def test_source_says_what_its_last_published_load_brought(
    api: Client, world: Any
) -> None:
    source = world.values.get().source
    factories.LoadFactory(source=source, data_to_year=2024)
    factories.LoadFactory(
        source=source,
        state=Load.State.HELD,
        reason="Cambió mucho",
        published_at=None,
        data_to_year=2025,
    )
    assert api.get("/api/v1/sources/made_up_source/").json()["data_to_year"] == 2024


def test_pages_follow_each_other_to_the_end(api: Client, indicator: Any) -> None:
    for year in range(2015, 2020):
        factories.YearlyValueFactory(indicator=indicator, year=year)
    years, address = [], "/api/v1/values/?limit=2"
    while address:
        page = api.get(address).json()
        assert page["count"] == 5
        years += [v["year"] for v in page["results"]]
        address = page["next"]
    assert years == [2015, 2016, 2017, 2018, 2019]


@pytest.mark.parametrize("address", every_address())
def test_queries_do_not_grow_with_rows(
    address: str,
    api: Client,
    world: Any,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for order in range(50, 56):
        indicator = factories.IndicatorFactory(goal__order=order)
        factories.TargetFactory(indicator=indicator)
        factories.YearlyValueFactory(indicator=indicator)
    with django_assert_max_num_queries(13):
        assert api.get(address).status_code == 200


def test_an_empty_site_answers(api: Client, db: None) -> None:
    for name in ("values", "goals", "places", "results", "sources", "programmes"):
        page = api.get(f"/api/v1/{name}/").json()
        assert page["count"] == 0
    assert api.get("/api/v1/plan/").status_code == 404


def test_root_lists_addresses_that_answer(api: Client, world: Any) -> None:
    root = api.get("/api/v1/").json()
    assert len(root["resources"]) > 20
    for resource in root["resources"]:
        assert api.get(resource["url"]).status_code == 200, json.dumps(resource)
