"""The page of an indicator says which values were taken back, and why."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import PlaceFactory, YearlyValueFactory
from tests.pages.conftest import Situation

pytestmark = pytest.mark.django_db
ADDRESS = "/indicadores/yuca/"


def withdrawn(situation: Situation, **facts: Any) -> Any:
    facts = {"year": 2024, "change_reason": "Se midió mal.", **facts}
    return YearlyValueFactory(indicator=situation.faster, state="withdrawn", **facts)


def test_withdrawn_value_is_told_with_its_reason(
    situation: Situation, client: Client, django_assert_max_num_queries: Any
) -> None:
    withdrawn(situation)
    with django_assert_max_num_queries(8):
        html = client.get(ADDRESS).content.decode()
    assert "Se retiró el valor de 2024:</strong> Se midió mal." in html


def test_withdrawn_value_of_a_district_names_the_district(
    situation: Situation, client: Client
) -> None:
    withdrawn(situation, place=PlaceFactory(name="Alto"))
    html = client.get(ADDRESS).content.decode()
    assert "Se retiró el valor de 2024 (Distrito de Alto):</strong> Se midió" in html


def test_only_the_last_withdrawal_of_a_year_is_told(
    situation: Situation, client: Client
) -> None:
    withdrawn(situation, change_reason="La primera vez.")
    withdrawn(situation, version=2, change_reason="La segunda vez.")
    html = client.get(ADDRESS).content.decode()
    assert "La segunda vez." in html
    assert "La primera vez." not in html


def test_value_published_again_or_never_public_is_not_told_as_withdrawn(
    situation: Situation, client: Client
) -> None:
    first = withdrawn(situation)
    YearlyValueFactory(
        indicator=situation.faster,
        year=2024,
        version=2,
        supersedes=first,
        change_reason="Medido otra vez.",
    )
    withdrawn(situation, year=2022, published_at=None)
    assert "Se retiró" not in client.get(ADDRESS).content.decode()
