"""The description is complete, and the API behaves as described."""

import json
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
from drf_spectacular.drainage import GENERATOR_STATS

pytestmark = pytest.mark.slow


@pytest.fixture
def schema(db: None) -> dict[str, Any]:
    out = StringIO()
    GENERATOR_STATS.reset()
    call_command(
        "spectacular",
        validate=True,
        fail_on_warn=True,
        format="openapi-json",
        stdout=out,
    )
    return json.loads(out.getvalue())


def test_schema_is_generated_without_a_warning(schema: dict[str, Any]) -> None:
    named = {p.name for p in get_resolver("tocache.api_urls").url_patterns if p.name}
    assert len(schema["paths"]) == len(named - {"schema", "not-found"})


def test_schema_is_served_as_generated(schema: dict[str, Any], api: Client) -> None:
    served = api.get("/api/v1/schema/")
    assert served.headers["Content-Type"] == "application/json"
    assert served.json() == schema


def test_no_page_of_a_third_party_is_installed() -> None:
    assert "drf_spectacular_sidecar" not in django_settings.INSTALLED_APPS


def test_every_read_says_what_it_can_answer(schema: dict[str, Any]) -> None:
    for address, methods in schema["paths"].items():
        assert list(methods) == ["get"], address
        assert set(methods["get"]["responses"]) == {"200", "400", "404", "429", "503"}
        for parameter in methods["get"].get("parameters", []):
            shape = parameter["schema"]
            assert {"pattern", "enum", "maximum"} & set(shape) or (
                shape["type"] == "boolean"
            ), f"{address} takes any {parameter['name']}"


def test_every_key_of_an_answer_is_promised(schema: dict[str, Any]) -> None:
    for name, shape in schema["components"]["schemas"].items():
        if shape["type"] == "object" and not name.startswith(
            ("Place", "AlertCluster", "Paginated")
        ):
            assert set(shape["required"]) == set(shape["properties"]), name
