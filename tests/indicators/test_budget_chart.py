"""The budget's chart: what is drawn, where, and what it says in words."""

import datetime as dt
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from indicators.charts.budget import (
    BudgetCourse,
    BudgetLabels,
    Step,
    budget_svg,
    share_bar_svg,
)

LABELS = BudgetLabels(
    title="Alertas <2026>",
    description="Hasta hoy",
    ceiling="Tope: 100 ha",
    months=("ene", "abr", "jul", "oct"),
    synthetic="DATO SINTÉTICO",
)
COURSE = BudgetCourse(
    year=2026,
    steps=(
        Step(day=dt.date(2026, 1, 4), cumulative_ha=10),
        Step(day=dt.date(2026, 1, 11), cumulative_ha=30),
        Step(day=dt.date(2026, 1, 18), cumulative_ha=40, is_provisional=True),
    ),
    past=((2025, (Step(day=dt.date(2025, 12, 31), cumulative_ha=90),)),),
    ceiling_ha=100,
    expected_ha=20,
    low_ha=80,
    high_ha=120,
    is_synthetic=False,
)


def drawn(course: BudgetCourse) -> ElementTree.Element:
    return ElementTree.fromstring(budget_svg(course, LABELS, chart_id="b1"))


def of_class(svg: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [part for part in svg.iter() if part.get("class") == name]


def test_firm_and_provisional_weeks_are_drawn_apart_and_joined() -> None:
    svg = drawn(COURSE)
    (firm,), (soft,) = of_class(svg, "chart-line"), of_class(svg, "budget-soft")
    assert firm.get("d").count("L") == 2
    assert firm.get("d").split("L")[-1] == soft.get("d").removeprefix("M").split("L")[0]


def test_each_past_year_has_its_grey_line_and_the_range_its_bar() -> None:
    svg = drawn(COURSE)
    assert len(of_class(svg, "budget-past")) == 1
    assert len(of_class(svg, "budget-range")) == 1
    without = replace(COURSE, low_ha=None, high_ha=None)
    assert of_class(drawn(without), "budget-range") == []


def test_higher_is_higher_and_nothing_leaves_the_drawing() -> None:
    path = of_class(drawn(COURSE), "chart-line")[0].get("d")
    heights = [float(y) for y in re.findall(r" (\d+\.\d)", path)]
    assert heights == sorted(heights, reverse=True)
    text = budget_svg(COURSE, LABELS, chart_id="b1")
    assert all(0 <= float(n) <= 400 for n in re.findall(r"[MLHV ](\d+\.\d)", text))


def test_made_up_alerts_are_marked_in_the_drawing() -> None:
    assert of_class(drawn(COURSE), "chart-synthetic") == []
    (mark,) = of_class(drawn(replace(COURSE, is_synthetic=True)), "chart-synthetic")
    assert mark.text == "DATO SINTÉTICO"


def test_without_a_week_nothing_is_drawn() -> None:
    assert budget_svg(replace(COURSE, steps=()), LABELS, chart_id="b1") == ""


@pytest.mark.parametrize(("used", "over"), [(99.9, False), (100.1, True)])
def test_the_bar_passes_the_ceiling_only_when_the_alerts_do(
    used: float, over: bool
) -> None:
    bar = share_bar_svg(to_date_ha=used, expected_ha=50, ceiling_ha=100)
    assert ("used over" in bar) == over
    ElementTree.fromstring(bar)
