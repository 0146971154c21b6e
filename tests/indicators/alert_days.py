"""Days of alerts as a load leaves them, without the pixels behind them."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from indicators.models import Derivation, Indicator
from territory.models import AlertDay, AlertSource, ZoneSet
from tests.factories import (
    IndicatorFactory,
    LoadFactory,
    SourceFactory,
    TargetFactory,
    YearlyValueFactory,
)

INTEGRATED = AlertSource.GFW_INTEGRATED


def alert_days(
    district: Any,
    areas_ha: Mapping[dt.date, float | str],
    *,
    source: int = INTEGRATED,
    zone_ids: tuple[int, ...] = (),
    confidence: int = 3,
) -> None:
    zone_set, _ = ZoneSet.objects.get_or_create(zone_ids=list(zone_ids))
    AlertDay.objects.bulk_create(
        AlertDay(
            source=source,
            day=day,
            district=district,
            zone_set=zone_set,
            confidence=confidence,
            alerts=10,
            area_ha=Decimal(str(area)),
        )
        for day, area in areas_ha.items()
    )


def file_load(**facts: Any) -> Any:
    """A published file of every district: from the first alert to the last."""
    source = SourceFactory(code=INTEGRATED.label, name_es="Alertas", name_en="Alerts")
    return LoadFactory(source=source, report={"ubigeo": ""}, **facts)


def window_load(district: Any, start: dt.date, end: dt.date) -> Any:
    source = SourceFactory(code=INTEGRATED.label, name_es="Alertas", name_en="Alerts")
    report = {
        "ubigeo": district.ubigeo,
        "start": start.isoformat(),
        "end": end.isoformat(),
    }
    return LoadFactory(source=source, report=report)


def ceiling(value: int = 100, **facts: Any) -> Any:
    """An annual ceiling whose official value comes from a source of its own."""
    indicator = IndicatorFactory(
        target_type=Indicator.TargetType.ANNUAL_CEILING,
        direction="decrease",
        unit_es="ha/año",
        unit_en="ha/year",
        name_es="Pérdida de bosque",
        **facts,
    )
    TargetFactory(indicator=indicator, value=value, operator="<")
    Derivation.objects.create(
        source=SourceFactory(code="official"),
        indicator=indicator,
        rule=Derivation.Rule.SUM_OF_DISTRICTS,
    )
    return indicator


def official(indicator: Any, province: Any, losses_ha: Mapping[int, str]) -> None:
    load = LoadFactory(source=SourceFactory(code="official"))
    for year, loss in losses_ha.items():
        YearlyValueFactory(
            indicator=indicator,
            place=province,
            year=year,
            value=Decimal(loss),
            load=load,
            recorded_by=None,
            reviewed_by=None,
        )
