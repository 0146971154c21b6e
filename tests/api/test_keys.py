"""The keys of every resource are a promise: changing one must change this file."""

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver

PLAN = (
    "agenda_year axes code document_year errata_en errata_es goals_status_en "
    "goals_status_es jurisdiction milestones target_year title_en title_es version "
    "vision_en vision_es vision_ideas"
)
INDICATOR = (
    "axis baseline code collection collection_origin crop crosswalk decimals "
    "direction frequency_en frequency_es frequency_months goal is_definition_pending "
    "is_main milestones name_en name_es origin proposed_sources series_breaks slug "
    "steps target target_type unit_en unit_es"
)
RESULT = (
    "calculation computed_at evidence_level expected_share indicator is_current "
    "is_synthetic latest_value latest_year method_version pace place_generation "
    "place_name place_ubigeo plan_version reason share status unit_en unit_es"
)
VALUE = (
    "change_reason edition evidence evidence_level indicator is_synthetic kind "
    "no_data_reason note place_generation place_name place_ubigeo previous_value "
    "proxy published_at source source_text source_url unit_en unit_es value version "
    "year"
)
LOAD = (
    "data_to_date data_to_year edition file_sha256 file_size_bytes finished_at "
    "published_at rows_added rows_changed rows_read rows_removed rows_same source "
    "started_at state trigger"
)
SOURCE = (
    "cautions_en cautions_es citation code data_to_date data_to_year frequency_en "
    "frequency_es homepage_url is_official is_scheduled last_published_at "
    "late_after_days licence name_en name_es publisher"
)
GOAL = (
    "axis axis_confidence code doubt_en doubt_es indicators match_confidence name_en "
    "name_es printed_order printed_table slug text_en text_en_origin text_es "
    "text_es_origin"
)
PROGRAMME = (
    "chains code executor_doubt_en executor_doubt_es executors figures name_en "
    "name_es official_code partners slug status_en status_es summary_en summary_es"
)
VARIABLE = (
    "axis axis_confidence code collection collection_origin crosswalk doubt_en "
    "doubt_es linked_goals scale slug text_en text_es"
)
JURISDICTION = "code country_name_en country_name_es is_home name region_name ubigeo"
AXIS = "code goals name_en name_es objective_en objective_es prefix"
LISTS = {
    "jurisdictions": JURISDICTION,
    "axes": AXIS,
    "goals": GOAL,
    "indicators": INDICATOR,
    "targets": (
        "direction indicator operator origin target_type unit_en unit_es value year"
    ),
    "values": VALUE,
    "results": RESULT,
    "results/history": RESULT,
    "sources": SOURCE,
    "loads": LOAD,
    "actors": "code is_in_plan is_initiative_team kind name_en name_es note_en note_es",
    "facts": (
        "code name_en name_es note_en note_es qualifier_en qualifier_es source "
        "unit_en unit_es value"
    ),
    "variables": VARIABLE,
    "alert-totals": (
        "alerts area_ha confidence is_synthetic month place_generation place_ubigeo "
        "source"
    ),
    "agenda-actions": (
        "axis code linked_goals linked_goals_origin slug text_en text_es"
    ),
    "governance-actions": (
        "actor_groups actors_en actors_es code is_number_doubtful match_confidence "
        "slug text_en text_es"
    ),
    "reengineering-points": "code slug text_en text_es",
    "governance-spaces": "code level name_en name_es role_en role_es",
    "incentives": "code items name_en name_es slug type type_confidence",
    "programmes": PROGRAMME,
}
DOCUMENTS = {
    "": "licence requests_per_minute resources title_en title_es",
    "plan/": PLAN,
    "jurisdictions/villa-alta/": JURISDICTION,
    "axes/bosque/": AXIS,
    "goals/BOS-01/": GOAL,
    "indicators/BOS-01/": INDICATOR,
    "sources/made_up_source/": SOURCE,
}
NESTED = [
    ("plan/", ["axes"], AXIS),
    ("plan/", ["vision_ideas"], "code name_en name_es summary_en summary_es"),
    ("", ["resources"], "name url"),
    ("indicators/BOS-01/", ["target"], "operator origin value year"),
    (
        "indicators/BOS-01/",
        ["baseline"],
        "adopted_in adopted_on is_synthetic source_text value year",
    ),
    ("indicators/BOS-01/", ["milestones"], "adopted_in value year"),
    ("indicators/BOS-01/", ["series_breaks"], "reason_en reason_es year"),
    ("indicators/BOS-01/", ["steps"], "done_on due_on name_en name_es order weight"),
    ("indicators/BOS-01/", ["proposed_sources"], "origin text_en text_es"),
    (
        "indicators/BOS-01/",
        ["crosswalk"],
        "code framework is_secondary kind name_en origin",
    ),
    ("values/", ["results", "evidence"], "is_public kind sha256 title url"),
    ("incentives/", ["results", "items"], "code doubt_en doubt_es text_en text_es"),
    ("programmes/", ["results", "figures"], "name value"),
]
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def sorted_keys(thing: dict[str, Any]) -> str:
    return " ".join(sorted(thing))


@pytest.mark.parametrize("name", LISTS)
def test_list_has_frozen_keys(name: str, api: Client, world: Any) -> None:
    page = api.get(f"/api/v1/{name}/").json()
    assert sorted_keys(page) == "count next previous results"
    assert page["results"], "a list without a row proves nothing"
    assert {sorted_keys(row) for row in page["results"]} == {LISTS[name]}


@pytest.mark.parametrize("address", DOCUMENTS)
def test_document_has_frozen_keys(address: str, api: Client, world: Any) -> None:
    assert sorted_keys(api.get(f"/api/v1/{address}").json()) == DOCUMENTS[address]


@pytest.mark.parametrize(("address", "way", "keys"), NESTED)
def test_nested_part_has_frozen_keys(
    address: str, way: list[str], keys: str, api: Client, world: Any
) -> None:
    part = api.get(f"/api/v1/{address}").json()
    for step in way:
        part = part[step]
        part = part[0] if isinstance(part, list) else part
    assert sorted_keys(part) == keys


def test_places_are_geojson_with_frozen_keys(api: Client, world: Any) -> None:
    page = api.get("/api/v1/places/").json()
    assert sorted_keys(page) == "count features next previous type"
    assert page["type"] == "FeatureCollection"
    keys = "area_ha capital citation generation jurisdiction level licence name ubigeo"
    for feature in [*page["features"], api.get("/api/v1/places/990101/").json()]:
        assert sorted_keys(feature) == "geometry properties type"
        assert feature["type"] == "Feature"
        assert sorted_keys(feature["properties"]) == keys
        assert feature["geometry"]["type"] == "MultiPolygon"


def test_clusters_are_geojson_with_frozen_keys(api: Client, world: Any) -> None:
    page = api.get("/api/v1/alert-clusters/").json()
    assert sorted_keys(page) == "count features next previous type"
    (feature,) = page["features"]
    assert sorted_keys(feature) == "geometry properties type"
    assert sorted_keys(feature["properties"]) == (
        "alerts area_ha first_date is_synthetic last_date max_confidence number "
        "places_ubigeo source updated_at verification"
    )
    assert feature["geometry"]["type"] == "MultiPolygon"


def test_every_resource_is_in_this_file() -> None:
    """A new resource without frozen keys fails here."""
    patterns = get_resolver("tocache.api_urls").url_patterns
    names = {p.name for p in patterns if p.name} - {"root", "schema", "not-found"}
    frozen = {name.replace("/", "-") for name in LISTS} | {"plan", "places"}
    frozen |= {"alert-clusters"}
    frozen |= {f"{a.split('/')[0]}-item" for a in DOCUMENTS if a.count("/") == 2}
    assert names == frozen | {"places-item"}
