"""Yearly values from alerts: whole, settled years of every district, or none."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine

from indicators.loaders.alerts import load_alert_file
from indicators.loaders.derive_alerts import refresh_alert_years
from indicators.models import AskedTask, Derivation, Indicator, Load, YearlyValue
from indicators.series import indicator_page
from indicators.tasks import refresh_derived
from tests.factories import (
    IndicatorFactory,
    LoadFactory,
    PlaceFactory,
    SourceFactory,
    YearLockFactory,
    YearlyValueFactory,
)
from tests.indicators.alert_days import INTEGRATED, alert_days, window_load

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 8, 1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def places(db: None) -> Any:
    """The province, and two districts with alerts through 2025 and into 2026."""
    province = PlaceFactory(province=True, name="Villa Alta")
    alto = PlaceFactory(ubigeo="990101", name="Alto")
    bajo = PlaceFactory(ubigeo="990102", name="Bajo")
    for district, area in ((alto, "1.5"), (bajo, "2.25")):
        alert_days(
            district,
            {dt.date(2025, 3, 1): area, dt.date(2025, 12, 30): "0.125"},
        )
        alert_days(district, {dt.date(2025, 7, 9): "1"}, confidence=4)
        alert_days(district, {dt.date(2026, 7, 20): "7"})
    return province, alto, bajo


@pytest.fixture
def indicator(places: Any) -> Indicator:
    found: Indicator = IndicatorFactory(
        target_type=Indicator.TargetType.DIRECTION_ONLY,
        direction="decrease",
        unit_es="ha/año",
        collection="auto",
    )
    Derivation.objects.create(
        source=SourceFactory(code=INTEGRATED.label),
        indicator=found,
        rule=Derivation.Rule.ALERT_AREA,
    )
    return found


def look(district: Any, start: dt.date, end: dt.date) -> Load:
    """A load of a district's days, made on the last of them."""
    load = window_load(district, start, end)
    at = dt.datetime.combine(end - DAY, dt.time(12), dt.UTC)
    Load.objects.filter(pk=load.pk).update(started_at=at, published_at=at)
    load.refresh_from_db()
    found: Load = load
    return found


def whole_year(*districts: Any, end: dt.date = dt.date(2026, 7, 21)) -> list[Load]:
    return [look(district, dt.date(2025, 1, 1), end) for district in districts]


def values(indicator: Indicator) -> dict[tuple[str, int], Decimal | None]:
    found = YearlyValue.objects.published().filter(indicator=indicator)
    return {
        (ubigeo, year): value
        for ubigeo, year, value in found.values_list("place__ubigeo", "year", "value")
    }


def why(indicator: Indicator) -> list[dict[str, Any]]:
    return list(Derivation.objects.get(indicator=indicator).without_number)


def test_a_whole_settled_year_is_the_sum_of_the_pixels_of_every_district(
    indicator: Indicator, places: Any
) -> None:
    loads = whole_year(*places[1:])
    assert refresh_alert_years(today=TODAY) == 3
    assert values(indicator) == {
        ("990101", 2025): Decimal("2.62"),
        ("990102", 2025): Decimal("3.38"),
        ("9901", 2025): Decimal("6"),
    }
    value = YearlyValue.objects.get(indicator=indicator, place=places[0])
    assert value.kind == YearlyValue.Kind.ESTIMATED
    assert value.load in loads
    assert "60 alertas (confianza nominal 0, alta 40, muy alta 20)" in value.note
    assert "Distritos: 2" in value.note
    assert why(indicator) == [{"year": 2026, "why": "open", "until": "2027-06-29"}]
    assert refresh_alert_years(today=TODAY) == 0


def test_a_year_the_source_still_revises_gives_none(
    indicator: Indicator, places: Any
) -> None:
    whole_year(*places[1:])
    assert refresh_alert_years(today=dt.date(2026, 6, 29)) == 0
    assert values(indicator) == {}
    assert why(indicator)[0] == {"year": 2025, "why": "open", "until": "2026-06-29"}
    assert refresh_alert_years(today=dt.date(2026, 6, 30)) == 3


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (dt.date(2025, 1, 2), dt.date(2026, 7, 21)),
        (dt.date(2025, 1, 1), dt.date(2025, 12, 31)),
        # Looked at on New Year's Eve and never again.
        (dt.date(2025, 1, 1), dt.date(2026, 1, 1)),
    ],
    ids=["late start", "last day missing", "not looked at again"],
)
def test_a_district_without_the_whole_year_leaves_the_province_without_a_value(
    indicator: Indicator, places: Any, start: dt.date, end: dt.date
) -> None:
    whole_year(places[1])
    look(places[2], start, end)
    assert refresh_alert_years(today=TODAY) == 1
    assert values(indicator) == {("990101", 2025): Decimal("2.62")}
    assert why(indicator)[0] == {"year": 2025, "why": "districts", "places": ["Bajo"]}


def test_a_covered_district_without_alerts_is_zero_and_not_missing(
    indicator: Indicator, places: Any
) -> None:
    calm = PlaceFactory(ubigeo="990103", name="Calmo")
    whole_year(*places[1:], calm)
    refresh_alert_years(today=TODAY)
    assert values(indicator)["990103", 2025] == 0
    assert values(indicator)["9901", 2025] == 6


def test_late_alerts_make_a_new_version_and_a_gap_withdraws(
    indicator: Indicator, places: Any
) -> None:
    whole_year(*places[1:])
    refresh_alert_years(today=TODAY)
    alert_days(places[1], {dt.date(2025, 5, 5): "10"})
    assert refresh_alert_years(today=TODAY) == 2
    assert values(indicator)["9901", 2025] == 16
    versions = YearlyValue.objects.filter(indicator=indicator, place=places[0])
    assert list(versions.order_by("version").values_list("state", "value")) == [
        ("superseded", 6),
        ("published", 16),
    ]
    PlaceFactory(ubigeo="990104", name="Nuevo")
    refresh_alert_years(today=TODAY)
    assert ("9901", 2025) not in values(indicator)


def test_a_closed_year_stays_as_it_stands(indicator: Indicator, places: Any) -> None:
    whole_year(*places[1:])
    refresh_alert_years(today=TODAY)
    YearLockFactory(year=2025)
    alert_days(places[1], {dt.date(2025, 5, 5): "10"})
    assert refresh_alert_years(today=TODAY) == 0
    assert values(indicator)["9901", 2025] == 6


def test_what_a_person_typed_stands(indicator: Indicator, places: Any) -> None:
    YearlyValueFactory(
        indicator=indicator, place=places[0], year=2025, value=Decimal(99)
    )
    whole_year(*places[1:])
    assert refresh_alert_years(today=TODAY) == 2
    assert values(indicator)["9901", 2025] == 99


def test_a_made_up_value_gives_way(indicator: Indicator, places: Any) -> None:
    YearlyValueFactory(
        indicator=indicator,
        place=places[0],
        year=2025,
        value=Decimal(99),
        synthetic=True,
    )
    whole_year(*places[1:])
    refresh_alert_years(today=TODAY)
    value = YearlyValue.objects.get(indicator=indicator, place=places[0])
    assert (value.value, value.is_synthetic) == (6, False)


def test_without_alerts_or_loads_nothing_is_said(places: Any, db: None) -> None:
    indicator = IndicatorFactory()
    source = SourceFactory(code="wur_radd_alerts")
    Derivation.objects.create(
        source=source, indicator=indicator, rule=Derivation.Rule.ALERT_AREA
    )
    assert refresh_alert_years(today=TODAY) == 0
    LoadFactory(source=source)
    assert refresh_alert_years(today=TODAY) == 0
    assert why(indicator) == []


def test_the_page_says_how_and_what_is_missing(
    indicator: Indicator, places: Any
) -> None:
    whole_year(places[1])
    refresh_alert_years(today=TODAY)
    page = indicator_page(indicator.slug, lang="es", today=TODAY)
    assert page is not None
    assert "superficie de los píxeles con alerta" in page.derivation
    assert page.without_number == (
        "2025, sin cargar el año entero en Bajo",
        "2026, que la fuente todavía revisa (hasta el 29 jun. 2027)",
    )


def test_a_file_through_the_pipeline_brings_the_year_it_covers(
    db: None, tmp_path: Path
) -> None:
    province = PlaceFactory(province=True, name="Villa Alta")
    district = PlaceFactory(ubigeo="990101", name="Alto")
    indicator = IndicatorFactory(target_type=Indicator.TargetType.DIRECTION_ONLY)
    code = INTEGRATED.label
    Derivation.objects.create(
        source=SourceFactory(code=code),
        indicator=indicator,
        rule=Derivation.Rule.ALERT_AREA,
    )
    west, south, _, _ = district.geom.extent
    lines = [f"longitude,latitude,{code}__date,{code}__confidence"]
    for n, day in enumerate(("2024-01-03", "2024-06-30", "2024-12-28", "2025-02-02")):
        lines.append(
            f"{west + 0.00005 + n * 0.001:.5f},{south + 0.00505:.5f},{day},high"
        )
    path = tmp_path / "alerts.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with time_machine.travel(dt.datetime(2026, 8, 1, 12, tzinfo=dt.UTC), tick=False):
        load = load_alert_file(path=path, trigger=Load.Trigger.COMMAND)
        assert load.state == Load.State.PUBLISHED
        assert AskedTask.objects.filter(key=f"derived:load-{load.pk}").exists()
        assert refresh_derived() == 2
        assert refresh_derived() == 0
    # Three pixels of 10 m at 8 degrees south.
    value = YearlyValue.objects.get(indicator=indicator, place=province)
    assert (value.year, value.value, value.load) == (2024, Decimal("0.04"), load)
    # The file ends in February.
    assert why(indicator) == [{"year": 2025, "why": "districts", "places": ["Alto"]}]
