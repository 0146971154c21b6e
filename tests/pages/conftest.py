"""A made-up plan with a goal in each situation a page has to show."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from indicators.models import Indicator, SeriesBreak
from indicators.results import recompute_progress
from tests.factories import (
    AxisFactory,
    BaselineFactory,
    GoalFactory,
    IndicatorFactory,
    LoadFactory,
    PlaceFactory,
    SourceFactory,
    TargetFactory,
    YearlyValueFactory,
)

Type = Indicator.TargetType


@dataclass(frozen=True)
class Situation:
    """The indicators of the made-up plan by what is the matter with them."""

    ceiling: Any
    faster: Any
    synthetic: Any
    no_value: Any
    undefined: Any
    no_number: Any


def indicator(axis: Any, order: int, slug: str, **facts: Any) -> Any:
    goal = GoalFactory(axis=axis, order=order, slug=slug, name_es=f"Meta {slug}")
    return IndicatorFactory(goal=goal, slug=slug, **facts)


def values(of: Any, place: Any, amounts: dict[int, str | None], **facts: Any) -> None:
    for year, amount in amounts.items():
        missing = {"kind": "no_data", "no_data_reason": "not_collected"}
        YearlyValueFactory(
            indicator=of,
            place=place,
            year=year,
            value=None if amount is None else Decimal(amount),
            **(missing if amount is None else {}) | facts,
        )


@pytest.fixture
def province(db: Any) -> Any:
    return PlaceFactory(province=True, name="Villa Alta")


@pytest.fixture
def situation(province: Any) -> Situation:
    forest = AxisFactory()
    people = AxisFactory(code="gente", prefix="GEN", order=2, name_es="Eje Gente")
    made = Situation(
        ceiling=_ceiling(forest, province),
        faster=indicator(forest, 2, "yuca"),
        synthetic=indicator(people, 1, "alianzas", target_type=Type.CUMULATIVE),
        no_value=indicator(people, 2, "escuelas"),
        undefined=indicator(people, 3, "cuencas", is_definition_pending=True),
        no_number=indicator(people, 4, "jovenes", target_type=Type.DIRECTION_ONLY),
    )
    TargetFactory(indicator=made.faster)
    BaselineFactory(indicator=made.faster)
    values(made.faster, province, {2021: "0.95", 2023: "1.10", 2025: "1.13"})
    TargetFactory(indicator=made.synthetic, value=5)
    BaselineFactory(indicator=made.synthetic, year=2022, value=0, is_synthetic=True)
    made_up = {"synthetic": True}
    values(made.synthetic, province, {2023: "1", 2024: "1"}, **made_up)
    TargetFactory(indicator=made.no_value)
    TargetFactory(indicator=made.undefined)
    TargetFactory(indicator=made.no_number, value=None)
    for each in vars(made).values():
        recompute_progress(indicator_id=each.pk, place_id=province.pk, trigger="prueba")
    return made


def _ceiling(axis: Any, place: Any) -> Any:
    loss = indicator(
        axis,
        1,
        "perdida",
        target_type=Type.ANNUAL_CEILING,
        direction="decrease",
        unit_es="ha/año",
        unit_en="ha/year",
        collection="auto",
    )
    TargetFactory(indicator=loss, value=1581, operator="<")
    SeriesBreak.objects.create(
        indicator=loss, year=2017, reason_es="Otro método", reason_en="Another method"
    )
    source = SourceFactory()
    load = LoadFactory(source=source, edition="2024", data_to_year=2024, rows_read=7)
    values(
        loss,
        place,
        {2015: "2900", 2016: "2800", 2019: "1627.02", 2020: None, 2022: "1662.21"}
        | {2023: "1463.76", 2024: "1182.06"},
        recorded_by=None,
        reviewed_by=None,
        load=load,
        source=source,
    )
    return loss


@pytest.fixture
def today() -> dt.date:
    return dt.date(2026, 3, 1)
