"""Values row by row without serializers: the list that is read most."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from indicators.models import YearlyValue

COLUMNS = {
    "indicator": "indicator__code",
    "place_ubigeo": "place__ubigeo",
    "place_name": "place__name",
    "place_generation": "place__generation__code",
    "year": "year",
    "version": "version",
    "value": "value",
    "unit_es": "indicator__unit_es",
    "unit_en": "indicator__unit_en",
    "kind": "kind",
    "no_data_reason": "no_data_reason",
    "is_synthetic": "is_synthetic",
    "source": "source__code",
    "source_text": "source_text",
    "source_url": "source_url",
    "note": "note",
    "change_reason": "change_reason",
    "published_at": "published_at",
    "edition": "load__edition",
    "previous_value": "supersedes__value",
}


def published_values(plan_version_id: int | None) -> QuerySet[YearlyValue]:
    """Return the published values of a plan version, by goal, place and year.

    Drafts, values in review, returned, corrected and withdrawn ones are never here.
    """
    return (
        YearlyValue.objects.published()
        .filter(indicator__goal__axis__plan_version_id=plan_version_id)
        .order_by(
            "indicator__goal__axis__order",
            "indicator__goal__order",
            "indicator__order",
            "place__ubigeo",
            "year",
            "pk",
        )
    )


def value_rows(values: QuerySet[YearlyValue]) -> QuerySet[Any, Any]:
    """Return the values as tuples in the order of COLUMNS, by one query."""
    return values.values_list(*(F(lookup) for lookup in COLUMNS.values()))


def value_dicts(rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return the JSON rows; missing is None, numbers are floats, times local."""
    names = list(COLUMNS)
    dicts = []
    for row in rows:
        shown = {
            column: None if cell == "" else cell
            for column, cell in zip(names, row, strict=True)
        }
        for name in ("value", "previous_value"):
            number = shown[name]
            shown[name] = None if number is None else float(number)
        shown["published_at"] = timezone.localtime(shown["published_at"]).isoformat()
        dicts.append(shown)
    return dicts
