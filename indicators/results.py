"""Progress results: computed by the pure method, stored with their inputs."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef
from django.utils import timezone

from indicators import progress
from indicators.evidence.reading import level_of
from indicators.models import Indicator, ProgressResult, YearlyValue, evidence_list

_TARGET_TYPES = {
    Indicator.TargetType.LEVEL: progress.TargetType.LEVEL,
    Indicator.TargetType.ANNUAL_CEILING: progress.TargetType.ANNUAL_CEILING,
    Indicator.TargetType.CUMULATIVE: progress.TargetType.CUMULATIVE,
    Indicator.TargetType.PERCENT_OF_BASELINE: progress.TargetType.PERCENT_OF_BASELINE,
    Indicator.TargetType.SHARE: progress.TargetType.LIMITED_SHARE,
    Indicator.TargetType.CHECKLIST: progress.TargetType.CHECKLIST,
    Indicator.TargetType.DIRECTION_ONLY: progress.TargetType.DIRECTION_ONLY,
}


def recompute_progress(*, indicator_id: int, place_id: int, trigger: str) -> int:
    """Return the id of the current result of an indicator in a place.

    A result that says the same as the last one is not stored twice; an older one is
    kept, so that what was said in June can still be read; so is the worst evidence
    level behind it. trigger says in a few
    words what made it be computed.

    Raises:
        progress.ProgressInputError: the stored values contradict each other.
    """
    with transaction.atomic():
        indicator = (
            Indicator.objects.select_for_update(of=("self",))
            .select_related("goal__axis", "target", "baseline")
            .get(pk=indicator_id)
        )
        values = list(
            YearlyValue.objects.published()
            .filter(indicator=indicator, place_id=place_id)
            .annotate(
                evidence_rows=evidence_list(OuterRef("pk")),
                is_official=F("load__source__is_official"),
            )
            .order_by("year")
        )
        result = progress.assess(_inputs(indicator, values))
        return _store(indicator, place_id, result, values, trigger)


def recompute_indicators(indicators: Any, *, place_id: int, trigger: str) -> int:
    """Return how many results were stored anew for a queryset of indicators."""
    before = ProgressResult.objects.count()
    for pk in indicators.values_list("pk", flat=True):
        recompute_progress(indicator_id=pk, place_id=place_id, trigger=trigger)
    return ProgressResult.objects.count() - before


def _inputs(indicator: Indicator, values: list[YearlyValue]) -> progress.Inputs:
    baseline = getattr(indicator, "baseline", None)
    return progress.Inputs(
        target=_target(indicator),
        as_of=timezone.localdate(),
        points=tuple(_point(value) for value in values),
        baseline=baseline
        and progress.Baseline(year=baseline.year, value=float(baseline.value)),
        milestones=tuple(
            progress.Milestone(year=m.year, value=float(m.value))
            for m in indicator.milestones.all()
        ),
        steps=tuple(
            progress.ChecklistStep(
                weight=float(step.weight),
                due=step.due_on,
                done=step.done_on is not None,
                ref=str(step.pk),
            )
            for step in indicator.steps.all()
        ),
        breaks=tuple(progress.SeriesBreak(year=b.year) for b in indicator.breaks.all()),
    )


def _target(indicator: Indicator) -> progress.Target:
    target = getattr(indicator, "target", None)
    rising = indicator.direction == Indicator.Direction.INCREASE
    value = None if target is None else target.value
    if indicator.target_type == Indicator.TargetType.PERCENT_OF_BASELINE and value:
        # The plan prints "30 %"; the method reads a fraction of the baseline.
        value = value / Decimal(100)
    return progress.Target(
        type=_TARGET_TYPES[Indicator.TargetType(indicator.target_type)],
        direction=progress.Direction(indicator.direction),
        operator=progress.Operator(
            target.operator if target else (">=" if rising else "<=")
        ),
        value=None if value is None else float(value),
        year=target.year if target else indicator.goal.axis.plan_version.target_year,
        definition_pending=indicator.is_definition_pending,
    )


def _point(value: YearlyValue) -> progress.Point:
    """Return a value as the method reads it; a preliminary one decides nothing."""
    preliminary = value.kind == YearlyValue.Kind.PRELIMINARY
    estimated = value.kind == YearlyValue.Kind.ESTIMATED
    kind = progress.PointKind.ESTIMATED if estimated else progress.PointKind.MEASURED
    return progress.Point(
        year=value.year,
        value=None if value.value is None else float(value.value),
        status=progress.PointStatus.PROVISIONAL
        if preliminary
        else progress.PointStatus.APPROVED,
        kind=progress.PointKind.SYNTHETIC if value.is_synthetic else kind,
        ref=str(value.pk),
    )


def _store(
    indicator: Indicator,
    place_id: int,
    result: progress.Result,
    values: list[YearlyValue],
    trigger: str,
) -> int:
    said = result.as_json()
    evidence_level = _evidence_level(values)
    current = ProgressResult.objects.filter(
        indicator=indicator, place_id=place_id, is_current=True
    )
    last = current.first()
    if last and _says(last.inputs_and_outputs, last.evidence_level) == _says(
        said, evidence_level
    ):
        return last.pk
    current.update(is_current=False)
    baseline = getattr(indicator, "baseline", None)
    return ProgressResult.objects.create(
        indicator=indicator,
        place_id=place_id,
        plan_version_id=indicator.goal.axis.plan_version_id,
        method_version=result.method_version,
        computed_at=timezone.now(),
        is_synthetic=any(v.is_synthetic for v in values)
        or bool(baseline and baseline.is_synthetic),
        status=result.status.value,
        reason=result.reason.value if result.reason else "",
        share=result.share,
        expected_share=result.expected_share,
        pace=result.pace,
        latest_year=result.latest_year,
        latest_value=None
        if result.latest_value is None
        else Decimal(str(result.latest_value)),
        value_ids=[value.pk for value in values],
        evidence_level=evidence_level,
        inputs_and_outputs=said,
        trigger=trigger,
    ).pk


def _evidence_level(values: list[Any]) -> int | None:
    """Return the worst level of the values that decide; a preliminary one does not."""
    return progress.evidence_badge(
        level_of(value.evidence_rows, is_official=value.is_official, kind=value.kind)
        for value in values
        if value.value is not None and value.kind != YearlyValue.Kind.PRELIMINARY
    )


def _says(said: dict[str, Any], evidence_level: int | None) -> dict[str, Any]:
    """Return a stored result without the day it was computed on."""
    inputs = {k: v for k, v in said["inputs"].items() if k != "as_of"}
    return {**said, "inputs": inputs, "evidence_level": evidence_level}
