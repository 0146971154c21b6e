"""Synthetic values of the demo: made up, marked as such in the database."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from indicators.models import Baseline, Indicator, YearlyValue
from indicators.results import recompute_progress
from territory.models import AlertMonth, AlertSource, Place, Zone

NOTICE_ES = "Dato sintético de demostración: no es una cifra real."
_KINDS = set(YearlyValue.Kind.values)
_REASONS = set(YearlyValue.NoDataReason.values)


def synthetic_values_count() -> int:
    """Return how many values, zones and alerts in the database are made up."""
    values = YearlyValue.objects.filter(is_synthetic=True).count()
    zones = Zone.objects.current().filter(is_synthetic=True).count()
    alerts = AlertMonth.objects.filter(source=AlertSource.SYNTHETIC)
    return values + zones + (alerts.aggregate(all=Sum("alerts"))["all"] or 0)


def load_demo(file: Mapping[str, Any], *, place: Place) -> int:
    """Return how many synthetic values were added; a year with any value is left.

    An indicator that a source has given a value stays as it is, and a second run adds
    nothing.

    Raises:
        Indicator.DoesNotExist: the file names an indicator the plan does not have.
    """
    added = 0
    for code, item in file.items():
        indicator = Indicator.objects.of_current_plan().get(code=code)
        if indicator.values.filter(load__isnull=False).exists():
            continue
        with transaction.atomic():
            if "baseline" in item:
                _baseline(indicator, *item["baseline"])
            added += _values(indicator, place, item.get("values", {}))
            recompute_progress(
                indicator_id=indicator.pk, place_id=place.pk, trigger="demo"
            )
    return added


def _baseline(indicator: Indicator, year: int, value: float) -> None:
    Baseline.objects.get_or_create(
        indicator=indicator,
        defaults={
            "year": year,
            "value": Decimal(str(value)),
            "source_text": NOTICE_ES,
            "adopted_in": NOTICE_ES,
            "adopted_on": dt.date(year, 12, 31),
            "is_synthetic": True,
        },
    )


def _values(indicator: Indicator, place: Place, values: Mapping[int, Any]) -> int:
    taken = set(
        YearlyValue.objects.filter(indicator=indicator, place=place).values_list(
            "year", flat=True
        )
    )
    now = timezone.now()
    rows = [
        YearlyValue(
            indicator=indicator,
            place=place,
            year=year,
            state=YearlyValue.State.PUBLISHED,
            source_text=NOTICE_ES,
            note=NOTICE_ES,
            is_synthetic=True,
            recorded_at=now,
            published_at=now,
            **_content(content),
        )
        for year, content in values.items()
        if year not in taken
    ]
    YearlyValue.objects.bulk_create(rows)
    return len(rows)


def _content(content: Any) -> dict[str, Any]:
    if isinstance(content, str):
        if content not in _REASONS:
            raise ValueError(f"unknown reason {content!r}")
        return {"kind": YearlyValue.Kind.NO_DATA, "no_data_reason": content}
    number, kind = content if isinstance(content, list) else (content, "measured")
    if kind not in _KINDS:
        raise ValueError(f"unknown kind {kind!r}")
    return {"kind": kind, "value": Decimal(str(number))}
