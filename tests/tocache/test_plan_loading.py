"""The plan becomes data; a second, made-up province is data as well."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from governance.models import AgendaAction, GovernanceAction, ReengineeringPoint
from incentives.models import IncentiveCategory, IncentiveItem, Programme
from indicators.models import (
    Actor,
    Axis,
    CrosswalkLink,
    Fact,
    Goal,
    Indicator,
    MonitoringVariable,
    Origin,
    PlanVersion,
    Target,
)
from indicators.sync import PlanFileError
from territory.models import Jurisdiction
from tests.factories import JurisdictionFactory
from tocache.planfile import load_plan

pytestmark = pytest.mark.django_db
PLAN = Path(settings.BASE_DIR, "fixtures/tocache/plan.yaml")


@pytest.fixture
def province() -> Jurisdiction:
    return JurisdictionFactory()


@pytest.fixture
def plan_file() -> dict[str, Any]:
    return yaml.safe_load(PLAN.read_text("utf-8"))


def write(path: Path, file: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(file, allow_unicode=True), "utf-8")
    return path


def test_plan_becomes_data_whole(province: Jurisdiction) -> None:
    load_plan(PLAN, jurisdiction=province, write=True)
    counts = {
        model.__name__: model.objects.count()
        for model in (
            Axis,
            Goal,
            AgendaAction,
            GovernanceAction,
            ReengineeringPoint,
            MonitoringVariable,
            IncentiveCategory,
            IncentiveItem,
            Programme,
            Actor,
            Fact,
        )
    }
    assert counts == {
        "Axis": 4,
        "Goal": 27,
        "AgendaAction": 26,
        "GovernanceAction": 10,
        "ReengineeringPoint": 7,
        "MonitoringVariable": 13,
        "IncentiveCategory": 13,
        "IncentiveItem": 43,
        "Programme": 16,
        "Actor": 41,
        "Fact": 30,
    }
    by_axis = Counter(Goal.objects.values_list("axis__code", flat=True))
    assert by_axis == {"ambiental": 5, "produccion": 10, "social": 7, "gobernanza": 5}
    version = PlanVersion.objects.get()
    assert version.is_current
    assert version.vision_es.startswith("Al 2030")
    assert version.vision_en.startswith("By 2030")


def test_printed_inferred_and_proposed_keep_their_marks(
    province: Jurisdiction,
) -> None:
    load_plan(PLAN, jurisdiction=province, write=True)
    without_number = Target.objects.filter(value=None, indicator__is_main=True)
    assert set(without_number.values_list("indicator__code", flat=True)) == {
        "PRO-08",
        "SOC-03",
        "SOC-04",
        "SOC-05",
        "SOC-06",
        "SOC-07",
    }
    inferred = Target.objects.filter(origin=Origin.INFERRED)
    assert set(inferred.values_list("indicator__code", flat=True)) == {
        "AMB-05",
        "GOB-05",
    }
    # The indicator printed beside PRO-01 counts alerts; it keeps its own mark.
    marks = dict(
        Indicator.objects.filter(goal__code="PRO-01").values_list("code", "origin")
    )
    assert marks == {
        "PRO-01": Origin.INFERRED,
        "PRO-01a": Origin.PROPOSED,
        "PRO-01b": Origin.PROPOSED,
        "PRO-01c": Origin.PRINTED,
    }
    ceiling = Target.objects.get(indicator__code="AMB-01")
    assert (ceiling.operator, ceiling.value, ceiling.year) == ("<", 1581, 2030)


def test_every_spanish_text_stands_beside_an_english_one(
    province: Jurisdiction,
) -> None:
    load_plan(PLAN, jurisdiction=province, write=True)
    for goal in Goal.objects.all():
        assert goal.text_es
        assert goal.text_en
        assert bool(goal.doubt_es) == bool(goal.doubt_en)
    assert Goal.objects.exclude(doubt_es="").count() == 26


def test_second_run_changes_nothing(province: Jurisdiction) -> None:
    first = load_plan(PLAN, jurisdiction=province, write=True)
    second = load_plan(PLAN, jurisdiction=province, write=True)
    assert len(first.changes) > 700
    assert second.changes == []


def test_run_without_write_says_the_same_and_writes_nothing(
    province: Jurisdiction,
) -> None:
    dry = load_plan(PLAN, jurisdiction=province, write=False)
    assert Goal.objects.count() == 0
    wet = load_plan(PLAN, jurisdiction=province, write=True)
    assert [str(c) for c in dry.changes] == [str(c) for c in wet.changes]


def test_changed_and_removed_items_are_named(
    province: Jurisdiction, plan_file: dict[str, Any], tmp_path: Path
) -> None:
    load_plan(PLAN, jurisdiction=province, write=True)
    plan_file["goals"][0]["goal_es"] = "Otro texto"
    plan_file["goals"][0]["target"]["value"] = 1500
    removed = plan_file["facts"].pop()
    path = write(tmp_path / "plan.yaml", plan_file)
    log = load_plan(path, jurisdiction=province, write=True)
    printed = {str(change) for change in log.changes}
    assert "CHANGED Goal AMB-01 (text_es)" in printed
    assert f"REMOVED Fact {removed['code']}" in printed
    assert "CHANGED Target AMB-01 < 1581.0000 (2030) (value)" in printed
    assert Target.objects.get(indicator__code="AMB-01").value == 1500


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f["goals"][3].pop("target"), "AMB-04: falta el campo «target»"),
        (lambda f: f["goals"][3].update(axis="mar"), "no existe el eje «mar»"),
        (
            lambda f: f["goals"].append(f["goals"][0]),
            "Goal AMB-01: el código está dos veces",
        ),
        (
            lambda f: f["agenda_2025"][0].update(linked_goals=["XXX-99"]),
            "«XXX-99», que no existe",
        ),
        (
            lambda f: f["programmes"][0].update(executors=["nadie"]),
            "«nadie», que no existe",
        ),
    ],
)
def test_a_broken_file_is_refused_whole_with_the_place(
    province: Jurisdiction,
    plan_file: dict[str, Any],
    tmp_path: Path,
    spoil: Any,
    message: str,
) -> None:
    spoil(plan_file)
    path = write(tmp_path / "plan.yaml", plan_file)
    with pytest.raises(PlanFileError, match=message):
        load_plan(path, jurisdiction=province, write=True)
    assert Goal.objects.count() == 0


def test_command_prints_changes_and_writes_only_when_told(
    province: Jurisdiction, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load_plan", PLAN, jurisdiction=province.code)
    assert "ADDED Goal AMB-01" in capsys.readouterr().out
    assert Goal.objects.count() == 0
    call_command("load_plan", PLAN, jurisdiction=province.code, write=True)
    assert Goal.objects.count() == 27
    with pytest.raises(CommandError):
        call_command("load_plan", "no-such-file.yaml", jurisdiction=province.code)


def test_two_provinces_keep_their_own_plans(
    province: Jurisdiction, plan_file: dict[str, Any], tmp_path: Path
) -> None:
    other = JurisdictionFactory(
        code="otra", ubigeo="9902", name="Otra Provincia", is_home=False
    )
    load_plan(PLAN, jurisdiction=province, write=True)
    plan_file["meta"]["code"] = "plan-otra"
    plan_file["goals"][0]["goal_es"] = "Meta de la otra"
    path = write(tmp_path / "plan.yaml", plan_file)
    load_plan(path, jurisdiction=other, write=True)
    goals = Goal.objects.filter(code="AMB-01").order_by("pk")
    assert len(goals) == 2
    assert goals[0].text_es != goals[1].text_es
    assert load_plan(PLAN, jurisdiction=province, write=True).changes == []


def test_a_goal_links_to_the_other_frameworks(province: Jurisdiction) -> None:
    load_plan(PLAN, jurisdiction=province, write=True)
    links = CrosswalkLink.objects.filter(goal__code="AMB-01")
    codes = set(links.values_list("crosswalk_code__framework", "crosswalk_code__code"))
    assert {("landscale", "1.1.2"), ("sdg", "15.1"), ("ndc", "mit-uscuss")} <= codes
    assert links.get(crosswalk_code__code="1.3.3").is_secondary
