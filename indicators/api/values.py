"""Values row by row without serializers: the list that is read most."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F, OuterRef, QuerySet
from django.utils import timezone

from indicators.evidence.reading import evidence_items, level_of
from indicators.models import YearlyValue, evidence_list

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
    "proxy": "proxy",
    "change_reason": "change_reason",
    "published_at": "published_at",
    "edition": "load__edition",
    "previous_value": "supersedes__value",
    "evidence_level": "load__source__is_official",
    "evidence": "evidence_rows",
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
    found = values.annotate(evidence_rows=evidence_list(OuterRef("pk")))
    return found.values_list(*(F(lookup) for lookup in COLUMNS.values()))


def value_dicts(rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Return the JSON rows; missing is None, numbers are floats, times local."""
    names = list(COLUMNS)
    dicts = []
    for row in rows:
        shown: dict[str, Any] = {
            column: None if cell == "" else cell
            for column, cell in zip(names, row, strict=True)
        }
        for name in ("value", "previous_value"):
            number = shown[name]
            shown[name] = None if number is None else float(number)
        found = shown["evidence"]
        shown["evidence_level"] = level_of(
            found, is_official=shown["evidence_level"], kind=shown["kind"]
        )
        shown["evidence"] = evidence_rows(found)
        shown["published_at"] = timezone.localtime(shown["published_at"]).isoformat()
        dicts.append(shown)
    return dicts


def evidence_rows(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of `evidence_list` as everybody reads them, closed ones too."""
    return [
        {
            "title": item.title,
            "kind": item.kind,
            "is_public": item.is_public,
            "url": item.address or None,
            "sha256": item.sha256 or None,
        }
        for item in evidence_items(found, sees_all=False)
    ]
