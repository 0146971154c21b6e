"""Set-up from what ships, and from the folder of a made-up second province."""

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command

from indicators.models import (
    Baseline,
    Indicator,
    Load,
    ProgressResult,
    SeriesBreak,
    YearlyValue,
    ZoneOverlay,
    ZoneOverlayResult,
)
from indicators.models.versioning import current_data_version
from indicators.sync import PlanFileError
from territory.models import ClusterPart, Jurisdiction, Place, Zone
from tests.territory.test_boundaries import collection, feature
from tocache.jurisdictions import set_up_jurisdiction, sync_sources

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SHIPPED = Path(settings.BASE_DIR, "fixtures/tocache")


def silent(_line: str) -> None:
    """Say nothing."""


@pytest.fixture
def demo_off(settings: Any) -> None:
    settings.DEMO = False


def test_the_shipped_figures_decide_the_forest_goal(demo_off: None) -> None:
    call_command("setup", verbosity=0)
    values = dict(
        YearlyValue.objects.published()
        .filter(place__level=Place.Level.PROVINCE)
        .values_list("year", "value")
    )
    assert len(values) == 24
    assert values[2018] == Decimal("2478.78")
    assert values[2023] == Decimal("1463.76")
    assert values[2024] == Decimal("1182.06")
    assert SeriesBreak.objects.get().year == 2017
    result = ProgressResult.objects.get(indicator__code="AMB-01")
    assert result.status == "achieved"
    assert result.inputs_and_outputs["facts"]["met_since_year"] == 2023
    assert not result.is_synthetic
    assert YearlyValue.objects.filter(is_synthetic=True).count() == 0
    assert ProgressResult.objects.exclude(status="not_assessable").count() == 1


def test_running_it_again_changes_nothing(demo_off: None) -> None:
    call_command("setup", verbosity=0)
    before = current_data_version()
    loads = Load.objects.count()
    call_command("setup", verbosity=0)
    assert Load.objects.count() == loads
    assert ProgressResult.objects.filter(is_current=False).count() == 0
    assert current_data_version() == before


def test_the_demo_adds_marked_values_and_never_touches_real_ones(
    settings: Any,
) -> None:
    settings.DEMO = True
    call_command("setup", verbosity=0)
    synthetic = YearlyValue.objects.filter(is_synthetic=True)
    assert synthetic.count() > 50
    assert not synthetic.filter(indicator__code="AMB-01").exists()
    assert set(Baseline.objects.values_list("is_synthetic", flat=True)) == {True}
    statuses = ProgressResult.objects.filter(is_current=True)
    assert set(statuses.values_list("status", flat=True)) >= {
        "achieved",
        "on_track",
        "accelerate",
        "limited",
        "deterioration",
        "trend_only",
        "not_assessable",
    }
    for result in statuses.exclude(status="not_assessable"):
        assert result.is_synthetic == (result.indicator.code != "AMB-01")
    settings.DEMO = False
    with pytest.raises(CommandError, match="synthetic values of the demo"):
        call_command("setup", verbosity=0)


def test_the_demo_lays_marked_zones_over_the_province(settings: Any) -> None:
    settings.DEMO = True
    call_command("setup", verbosity=0)
    zones = Zone.objects.current()
    assert zones.count() == zones.filter(is_synthetic=True).count() == 7
    assert all("SINTÉTICO" in zone.name for zone in zones)
    assert set(zones.values_list("kind", flat=True)) >= {
        "regional_area",
        "buffer_zone",
        "concession",
        "community",
    }
    assert ClusterPart.objects.filter(zone_set__zone_ids__len__gt=0).exists()
    result = ZoneOverlayResult.objects.get()
    assert result.is_synthetic
    assert result.overlay.indicator.code == "AMB-03"
    assert result.union_ha < result.sum_ha
    assert result.record["most_ha"] is not None
    assert not YearlyValue.objects.filter(indicator__code="AMB-03").exists()
    made_up = YearlyValue.objects.get(indicator__code="PRO-01c")
    assert (made_up.year, made_up.is_synthetic) == (2025, True)
    before = current_data_version()
    call_command("setup", verbosity=0)
    assert (zones.count(), current_data_version()) == (7, before)


def test_without_the_demo_amb_03_has_no_zones_and_no_number(demo_off: None) -> None:
    call_command("setup", verbosity=0)
    assert not Zone.objects.exists()
    assert ZoneOverlay.objects.get().indicator.code == "AMB-03"
    assert not ZoneOverlayResult.objects.exists()


def test_a_made_up_second_province_is_data_not_code(tmp_path: Path) -> None:
    folder = tmp_path / "villa-alta"
    shutil.copytree(SHIPPED, folder)
    (folder / "districts.geojson").write_bytes(
        collection(feature("990101", -76), feature("990102", -75))
    )
    (folder / "loss.csv").write_text(_loss_table(), "utf-8")
    facts = yaml.safe_load((folder / "jurisdiction.yaml").read_text("utf-8"))
    facts |= {"code": "villa-alta", "ubigeo": "9901", "name": "Villa Alta"}
    facts["boundaries"]["generation"] = "made-up-2020"
    facts["first_loads"][0]["file"] = "loss.csv"
    facts["derivations"] = [
        item for item in facts["derivations"] if item["indicator"] == "AMB-01"
    ]
    facts["zone_overlays"] = []
    (folder / "jurisdiction.yaml").write_text(yaml.safe_dump(facts), "utf-8")
    plan = yaml.safe_load((folder / "plan.yaml").read_text("utf-8"))
    plan["meta"]["code"] = "plan-villa-alta"
    plan["goals"] = plan["goals"][:1]
    plan["goals"][0]["target"]["value"] = 100
    for section in ("agenda_2025", "monitoring_variables"):
        for item in plan[section]:
            item["linked_goals"] = []
    (folder / "plan.yaml").write_text(yaml.safe_dump(plan), "utf-8")

    sync_sources()
    province = set_up_jurisdiction(folder, say=silent)
    assert province == Jurisdiction.objects.get(is_home=True)
    assert Indicator.objects.of_current_plan().count() == 1
    result = ProgressResult.objects.get()
    assert result.latest_value == Decimal("120.06")
    assert result.status != "achieved"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"zone_overlays": [{"indicator": "AMB-03", "kinds": ["castillo"]}]},
            "no existe el tipo de zona castillo",
        ),
        (
            {
                "derivations": [
                    {
                        "source": "geobosques_loss",
                        "indicator": "PRO-01c",
                        "rule": "alert_area",
                    }
                ]
            },
            "geobosques_loss no es fuente de alertas",
        ),
    ],
    ids=["kind of zone", "source of alerts"],
)
def test_a_wrong_word_in_the_folder_stops_the_set_up(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    folder = tmp_path / "tocache"
    shutil.copytree(SHIPPED, folder)
    facts = yaml.safe_load((folder / "jurisdiction.yaml").read_text("utf-8"))
    (folder / "jurisdiction.yaml").write_text(yaml.safe_dump(facts | change), "utf-8")
    sync_sources()
    with pytest.raises(PlanFileError, match=message):
        set_up_jurisdiction(folder, say=silent)


def _loss_table() -> str:
    years = range(2001, 2025)
    header = "DEPARTAMENTO,PROVINCIA,DISTRITO,UBIGEO,"
    header += ",".join(f"{year}_ha" for year in years)
    header += ",HIDROGRAFÍA_ha,BOSQUE AL 2024_ha\n"
    rows = (
        f"X,VILLA ALTA,D{ubigeo},{ubigeo}," + "60.03," * 24 + '1.00,"2,000.07"\n'
        for ubigeo in ("990101", "990102")
    )
    return header + "".join(rows)


def test_a_changed_target_judges_the_goal_again_and_keeps_what_was_said(
    demo_off: None, tmp_path: Path
) -> None:
    call_command("setup", verbosity=0)
    plan = yaml.safe_load((SHIPPED / "plan.yaml").read_text("utf-8"))
    plan["goals"][0]["target"]["value"] = 1200
    path = tmp_path / "plan.yaml"
    path.write_text(yaml.safe_dump(plan), "utf-8")
    call_command("load_plan", path, jurisdiction="tocache", write=True)
    results = ProgressResult.objects.filter(indicator__code="AMB-01")
    old, new = results.get(is_current=False), results.get(is_current=True)
    assert old.status == "achieved"
    assert new.status != "achieved"
