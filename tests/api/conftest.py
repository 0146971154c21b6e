"""A made-up jurisdiction with one row of everything the API shows."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from governance import models as governance
from incentives import models as incentives
from indicators import models as indicators
from indicators.api import edge
from indicators.api.throttling import AddressLimit
from tests import factories


@pytest.fixture(autouse=True)
def _fresh_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "LIMIT", AddressLimit())
    monkeypatch.setattr(edge, "BODIES", edge.KeptBodies(max_bytes=1_000_000))


@pytest.fixture
def api() -> Client:
    return Client()


@pytest.fixture
def indicator(db: None) -> Any:
    return factories.IndicatorFactory(goal__order=1)


@pytest.fixture
def world(indicator: Any) -> Any:
    """One row of everything; a second jurisdiction with a plan of its own."""
    version = indicator.goal.axis.plan_version
    axis, goal = indicator.goal.axis, indicator.goal
    place = factories.PlaceFactory(province=True)
    factories.PlaceFactory(ubigeo="990101")
    _beside_indicator(indicator)
    _values(indicator, place)
    _rest_of_the_plan(version, axis, goal)
    _second_jurisdiction()
    factories.write_cluster(ubigeo="990101", day=dt.date(2026, 3, 30))
    return indicator


def _values(indicator: Any, place: Any) -> None:
    """One value, the load and file it names, and what was said of it."""
    source = factories.SourceFactory()
    file = indicators.SourceFile.objects.create(
        source=source,
        sha256="a" * 64,
        size_bytes=10,
        path="x",
        original_name="de-Maria-Quispe.csv",
        fetched_at=timezone.now(),
        uploaded_by=factories.UserFactory(username="mariaquispe"),
    )
    factories.LoadFactory(
        source=source,
        file=file,
        rows_read=3,
        requested_by=factories.UserFactory(username="juanhuaman"),
        report={"requested_by": "juanhuaman"},
    )
    value = factories.YearlyValueFactory(
        indicator=indicator, place=place, source=source
    )
    factories.add_frozen_evidence(value)
    indicators.ProgressResult.objects.create(
        indicator=indicator,
        place=place,
        plan_version=indicator.goal.axis.plan_version,
        method_version="ritmo v1",
        computed_at=timezone.now(),
        status="on_track",
        share=0.5,
        inputs_and_outputs={"share": 0.5},
        trigger="aprobado por mariaquispe",
    )


def _rest_of_the_plan(version: Any, axis: Any, goal: Any) -> None:
    """One of each other kind of item a plan has."""
    named = {"plan_version": version, "name_es": "Nombre", "name_en": "Name"}
    texts = {"plan_version": version, "text_es": "Texto", "text_en": "Text"}
    actor = indicators.Actor.objects.create(code="ong-1", kind="ong", **named)
    indicators.Fact.objects.create(
        code="area", value=Decimal("10.5"), unit_es="ha", unit_en="ha", **named
    )
    indicators.VisionIdea.objects.create(code="idea", **named)
    variable = indicators.MonitoringVariable.objects.create(
        code="MV-01",
        slug="v",
        axis=axis,
        axis_confidence="high",
        collection="survey",
        **texts,
    )
    variable.linked_goals.add(goal)
    agenda = governance.AgendaAction.objects.create(
        code="A-01", slug="a", axis=axis, **texts
    )
    agenda.linked_goals.add(goal)
    governance.GovernanceAction.objects.create(
        code="GA-01", slug="g", match_confidence="high", **texts
    )
    governance.ReengineeringPoint.objects.create(code="GR-01", slug="r", **texts)
    governance.GovernanceSpace.objects.create(code="mesa", level="x", **named)
    category = incentives.IncentiveCategory.objects.create(
        code="INC-01", slug="i", type="financial", type_confidence="high", **named
    )
    category.items.create(code="INC-01-1", order=1, text_es="Bono", text_en="Bonus")
    programme = incentives.Programme.objects.create(
        code="PRG-01", slug="p", summary_es="Algo", summary_en="Thing", **named
    )
    programme.executors.add(actor)
    programme.figures.create(name="amount_pen", value=Decimal("3"))


def _beside_indicator(indicator: Any) -> None:
    factories.TargetFactory(indicator=indicator)
    factories.BaselineFactory(indicator=indicator)
    indicator.milestones.create(year=2027, value=1, adopted_in="Sesión 2")
    indicator.breaks.create(year=2017, reason_es="Método", reason_en="Method")
    indicator.steps.create(
        order=1, name_es="Paso", name_en="Step", due_on=dt.date(2027, 1, 1)
    )
    indicator.proposed_sources.create(order=1, text_es="Censo", text_en="Census")
    code = indicators.CrosswalkCode.objects.create(
        framework="sdg", kind="target", code="15.1"
    )
    code.links.create(goal=indicator.goal)


def _second_jurisdiction() -> None:
    other = factories.JurisdictionFactory(
        code="villa-baja", ubigeo="9902", name="Villa Baja", is_home=False
    )
    plan = factories.PlanFactory(code="plan-villa-baja", jurisdiction=other)
    version = factories.PlanVersionFactory(plan=plan)
    axis = factories.AxisFactory(plan_version=version)
    factories.IndicatorFactory(goal__axis=axis, goal__order=1, name_es="De la otra")
