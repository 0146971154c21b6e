"""What the tests of the yearly grid share: its people, rows and what is sent."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from indicators.models import YearlyValue
from tests import factories

YEAR = 2024
PAGE = f"/panel/registro/{YEAR}/"


@pytest.fixture
def province():
    return factories.PlaceFactory(province=True)


@pytest.fixture
def indicator(editor: User):
    return assigned(editor)


@pytest.fixture
def desk(editor: User, province, signed_in) -> Client:
    return signed_in(editor)


def assigned(user: User, **fields: Any):
    fields = {"unit_es": "t/ha", "decimals": 2, **fields}
    made = factories.TargetFactory(
        **{f"indicator__{name}": value for name, value in fields.items()}
    ).indicator
    factories.AssignmentFactory(user=user, indicator=made)
    return made


def cells(indicator, place, value: str = "1.25", **fields: str) -> dict[str, str]:
    """What a browser sends of one row."""
    typed = {"seen": "", "value": value, "kind": "measured", "source_text": "Anuario"}
    link = {"source_url": "https://example.org/anuario", "proxy": "", "note": ""}
    prefix = f"r{indicator.pk}-{place.pk}"
    return {f"{prefix}-{name}": text for name, text in (typed | link | fields).items()}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def stored() -> list[tuple[Decimal | None, str]]:
    return list(YearlyValue.objects.order_by("pk").values_list("value", "state"))


def draft_of(user: User, indicator, place, **fields: Any) -> YearlyValue:
    return factories.YearlyValueFactory(
        draft=True,
        recorded_by=user,
        indicator=indicator,
        place=place,
        year=YEAR,
        source_url="https://example.org/anuario",
        **fields,
    )


def seen(row: YearlyValue) -> str:
    row.refresh_from_db()
    return f"{row.pk}:{row.lock_version}"
