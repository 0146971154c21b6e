"""The stored overlay of zones: what it is made of, when it changes, what it is not."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from indicators.land_use_results import refresh_overlays
from indicators.loaders.pipeline import finish
from indicators.models import (
    AnnualLoss,
    AskedTask,
    Derivation,
    Load,
    ProgressResult,
    YearlyValue,
    ZoneOverlay,
    ZoneOverlayResult,
)
from indicators.tasks import refresh_derived
from territory.models import Zone
from tests.factories import IndicatorFactory, LoadFactory, PlaceFactory, SourceFactory
from tests.territory.test_land_use import add_zone, near, rectangle_ha

pytestmark = pytest.mark.django_db
COUNTED = ["regional_area", "concession"]


@pytest.fixture
def overlay(db: None) -> ZoneOverlay:
    PlaceFactory(province=True, name="Villa Alta")
    return ZoneOverlay.objects.create(indicator=IndicatorFactory(), kinds=COUNTED)


def zone_load(*kinds: str, synthetic: bool = False) -> Load:
    load: Load = LoadFactory(
        source=SourceFactory(code="zone_files", licence="La de cada archivo"),
        edition="2026-11",
        report={"kinds": list(kinds), "synthetic": synthetic},
    )
    return load


def current() -> ZoneOverlayResult:
    return ZoneOverlayResult.objects.get(is_current=True)


def test_without_zones_there_is_no_result_and_never_a_zero(overlay: Any) -> None:
    assert refresh_overlays() == 0
    assert not ZoneOverlayResult.objects.exists()
    zone_load(*COUNTED)
    add_zone("buffer_zone", -75.9, -7.9, 0.2)
    add_zone("concession", -77.9, -7.9, 0.2)
    assert refresh_overlays() == 0
    assert not ZoneOverlayResult.objects.exists()


def test_it_keeps_zones_loads_and_sources_and_enters_no_value(overlay: Any) -> None:
    load = zone_load(*COUNTED)
    day = dt.date(2019, 4, 1)
    one = add_zone(
        "regional_area", -75.9, -7.9, 0.2, first_load_id=load.pk, valid_from=day
    )
    add_zone("concession", -75.8, -7.8, 0.2, first_load_id=load.pk)
    assert refresh_overlays() == 1
    made = current()
    west = rectangle_ha(-75.9, -7.9, -75.7, -7.7)
    east = rectangle_ha(-75.8, -7.8, -75.6, -7.6)
    both = rectangle_ha(-75.8, -7.8, -75.7, -7.7)
    assert float(made.union_ha) == near(west + east - both)
    assert float(made.sum_ha) == near(west + east)
    assert made.is_synthetic is False
    kept = {zone["code"]: zone for zone in made.record["zones"]}
    assert kept[one.code]["inside_ha"] == pytest.approx(west, abs=0.5)
    assert kept[one.code]["valid_from"] == "2019-04-01"
    assert made.record["loads"][0]["load"] == load.pk
    assert made.record["loads"][0]["edition"] == "2026-11"
    assert made.record["sources"][0]["licence"] == "La de cada archivo"
    assert made.record["most_ha"] == pytest.approx(west + east - both, abs=0.5)
    assert not YearlyValue.objects.exists()
    assert not ProgressResult.objects.exists()


def test_it_is_renewed_when_an_outline_changes_and_the_old_one_stays(
    overlay: Any,
) -> None:
    load = zone_load(*COUNTED)
    zone = add_zone("concession", -75.9, -7.9, 0.2, first_load_id=load.pk)
    assert (refresh_overlays(), refresh_overlays()) == (1, 0)
    before = current().union_ha
    Zone.objects.filter(pk=zone.pk).update(
        valid_to=dt.date(2026, 11, 21), gone_load_id=load.pk
    )
    newer = zone_load(*COUNTED)
    add_zone("concession", -75.9, -7.9, 0.3, first_load_id=newer.pk)
    assert refresh_overlays() == 1
    assert current().union_ha > before
    assert current().record["loads"][0]["load"] == newer.pk
    old = ZoneOverlayResult.objects.get(is_current=False)
    assert old.union_ha == before
    Zone.objects.filter(valid_to=None).update(
        valid_to=dt.date(2026, 11, 22), gone_load_id=newer.pk
    )
    assert refresh_overlays() == 1
    assert not ZoneOverlayResult.objects.filter(is_current=True).exists()
    assert refresh_overlays() == 0


def test_made_up_zones_are_marked_and_give_way_to_real_ones(overlay: Any) -> None:
    load = zone_load(*COUNTED, synthetic=True)
    add_zone("concession", -75.9, -7.9, 0.2, is_synthetic=True, first_load_id=load.pk)
    refresh_overlays()
    assert current().is_synthetic is True
    assert current().record["most_ha"] is not None
    made_up = current().union_ha
    real = zone_load("concession")
    add_zone("concession", -75.2, -7.2, 0.1, first_load_id=real.pk)
    refresh_overlays()
    assert current().is_synthetic is False
    assert current().union_ha < made_up
    assert [zone["is_synthetic"] for zone in current().record["zones"]] == [False]
    # Nobody loaded real areas of conservation: what made-up loads say does not count.
    assert current().record["most_ha"] is None


def test_a_kind_nobody_loaded_takes_the_bound_away(overlay: Any) -> None:
    load = zone_load("concession")
    add_zone("concession", -75.9, -7.9, 0.2, first_load_id=load.pk)
    refresh_overlays()
    kinds = {line["kind"]: line for line in current().record["kinds"]}
    assert kinds["regional_area"] == {
        "kind": "regional_area",
        "ha": None,
        "zones": 0,
        "is_counted": True,
        "is_loaded": False,
    }
    assert current().record["most_ha"] is None
    zone_load("regional_area")
    assert refresh_overlays() == 1
    assert current().record["most_ha"] is not None


def test_the_forest_that_stands_bounds_it_where_every_district_has_one(
    overlay: Any,
) -> None:
    load = zone_load(*COUNTED)
    add_zone("concession", -76.0, -8.0, 0.9, first_load_id=load.pk)
    source = SourceFactory(code="official", citation="MINAM")
    Derivation.objects.create(
        source=source,
        indicator=IndicatorFactory(),
        rule=Derivation.Rule.SUM_OF_DISTRICTS,
    )
    losses = LoadFactory(source=source, edition="2024")
    for ubigeo, forest in (("990101", "1000.50"), ("990102", None)):
        AnnualLoss.objects.create(
            load=losses,
            place=PlaceFactory(ubigeo=ubigeo),
            year=2024,
            loss_ha=1,
            forest_end_of_year_ha=forest,
        )
    refresh_overlays()
    assert current().record["forest"] is None
    AnnualLoss.objects.update(forest_end_of_year_ha=Decimal("1000.50"))
    refresh_overlays()
    assert current().record["forest"]["area_ha"] == 2001.0
    assert current().record["forest"]["year"] == 2024
    assert current().record["most_ha"] == 2001.0


def test_a_published_load_asks_for_it_and_the_task_stores_it(overlay: Any) -> None:
    load = zone_load(*COUNTED)
    add_zone("concession", -75.9, -7.9, 0.2, first_load_id=load.pk)
    waiting = LoadFactory(state=Load.State.VALIDATED, published_at=None)
    finish(waiting, Load.State.PUBLISHED)
    asked = AskedTask.objects.get(key=f"derived:load-{waiting.pk}")
    assert asked.task == refresh_derived.name
    assert refresh_derived() == 1
    assert current().union_ha > 0


@pytest.mark.parametrize(
    "facts", [{"union_ha": 0}, {"union_ha": 9}, {"place_ha": 1}], ids=str
)
def test_the_database_refuses_ground_counted_twice(overlay: Any, facts: Any) -> None:
    given = {"place_ha": 100, "union_ha": 5, "sum_ha": 6, "is_synthetic": False}
    rest = {"record": {}, "computed_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}
    place = PlaceFactory(province=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        ZoneOverlayResult.objects.create(
            overlay=overlay, place=place, **(given | rest | facts)
        )
