"""What the API refuses, and that it says why in both languages."""

from typing import Any

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BAD_QUERIES = [
    ("values/?year=abc", "year"),
    ("values/?year=20%0024", "year"),
    ("values/?year=99999999999999999999", "year"),
    ("values/?year=2024.5", "year"),
    ("values/?year=", "year"),
    ("values/?year=2020&year=2021", "year"),
    ("values/?indicator=NOPE-01", "indicator"),
    ("values/?indicator=%00", "indicator"),
    ("values/?indicator=BOS-01'%20OR%201=1--", "indicator"),
    ("values/?indicator=BOS-01);SELECT%20pg_sleep(9)--", "indicator"),
    ("values/?place=123", "place"),
    ("values/?place=990199", "place"),
    ("values/?place=%D9%A1%D9%A2", "place"),
    ("values/?is_synthetic=quizas", "is_synthetic"),
    ("values/?limit=0", "limit"),
    ("values/?limit=1001", "limit"),
    ("values/?limit=-1", "limit"),
    ("values/?offset=-1", "offset"),
    ("values/?offset=99999999999999999999", "offset"),
    ("values/?indicador=BOS-01", "indicador"),
    ("values/?%00=1", "?"),
    ("values/?format=xml", "format"),
    ("values/?jurisdiction=atlantida", "jurisdiction"),
    ("places/?level=country", "level"),
    ("targets/?origin=invented", "origin"),
    ("loads/?source=nobody", "source"),
    ("goals/?axis=marte", "axis"),
    ("plan/?version=2", "version"),
    ("schema/?lang=xx", "lang"),
    ("?x=1", "x"),
]
NO_ADDRESS = [
    "goals/%00/",
    "goals/%00",
    "goals/BOS-01%00/",
    "goals/BOS-01%0A/",
    "goals/ñandú/",
    "goals/BOS-99/",
    "places/%00/",
    "places/12345/",
    "places/990199/",
    "sources/%00/",
    "jurisdictions/../",
    "nothing/",
    "values/1/",
    "%00",
]


@pytest.mark.parametrize(("address", "parameter"), BAD_QUERIES)
def test_wrong_parameter_is_400_and_says_why(
    address: str, parameter: str, api: Client, world: Any
) -> None:
    response = api.get(f"/api/v1/{address}")
    assert response.status_code == 400
    problem = response.json()
    assert problem["code"] == "bad_parameter"
    assert problem["parameter"] == parameter
    assert problem["parameter"] in problem["detail_es"]
    assert problem["parameter"] in problem["detail_en"]
    assert problem["detail_es"] != problem["detail_en"]


@pytest.mark.parametrize("address", NO_ADDRESS)
def test_what_is_not_there_is_a_404_in_json(
    address: str, api: Client, world: Any
) -> None:
    response = api.get(f"/api/v1/{address}")
    assert response.status_code == 404
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize("address", ["", "values/", "goals/BOS-01/", "schema/"])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(
    method: str, address: str, api: Client, world: Any
) -> None:
    response = getattr(api, method)(f"/api/v1/{address}")
    assert response.status_code == 405
    assert response.json()["code"] == "method_not_allowed"


def test_address_without_last_slash_leads_to_the_one_with_it(
    api: Client, world: Any
) -> None:
    response = api.get("/api/v1/values?year=2024")
    assert response.status_code == 301
    assert response.headers["Location"] == "/api/v1/values/?year=2024"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "*/*", "x"])
def test_json_comes_whatever_is_asked_for(accept: str, api: Client, world: Any) -> None:
    response = api.get("/api/v1/values/", headers={"accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
