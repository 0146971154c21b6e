"""The sum of a stored result, and the goal that opens the home page."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from indicators.charts import Break, Point, Series
from indicators.models import ProgressResult, YearlyValue
from indicators.progress import (
    METHOD_VERSION,
    PointKind,
    PointStatus,
    Result,
    TargetType,
    explain,
    methods_differ_sentence,
    required_pace_sentence,
    status_sentence,
)
from indicators.series.compiled import CompiledQuery, only
from indicators.series.records import Headline, Lang, Row, Sum
from indicators.series.rows import with_proxy
from territory.models import Place


def _current(slug: str) -> QuerySet[Any]:
    published = YearlyValue.objects.published()
    proxies = published.filter(
        indicator=OuterRef("indicator_id"), place=OuterRef("place_id")
    ).exclude(proxy="")
    results: QuerySet[Any] = (
        with_proxy(ProgressResult.objects)
        .filter(
            is_current=True,
            place__level=Place.Level.PROVINCE,
            place__jurisdiction__is_home=True,
            indicator__slug=slug,
            indicator__goal__axis__plan_version__is_current=True,
        )
        .annotate(
            source_es=Subquery(_source_of_latest("source__name_es")),
            source_en=Subquery(_source_of_latest("source__name_en")),
            proxy_years=ArraySubquery(proxies.order_by("year").values("year")),
        )
        .order_by("pk")[:1]
    )
    return results


def _source_of_latest(name: str) -> QuerySet[Any]:
    latest: QuerySet[Any] = (
        YearlyValue.objects.published()
        .filter(
            indicator=OuterRef("indicator_id"),
            place=OuterRef("place_id"),
            source__isnull=False,
        )
        .order_by("-year")
        .values(name)[:1]
    )
    return latest


CURRENT_RESULT = CompiledQuery(_current, "slug")


def headline_of(row: Row, *, lang: Lang) -> Headline | None:
    """Return the chart and the sum behind a row; None if its result is gone.

    One query: the stored result holds every value it read.
    """
    stored = only(CURRENT_RESULT.rows(slug=row.slug))
    if stored is None:
        return None
    result = Result.from_json(stored.inputs_and_outputs)
    points = [
        Point(
            year=point.year,
            value=point.value,
            is_preliminary=point.status is PointStatus.PROVISIONAL,
            is_proxy=point.year in stored.proxy_years,
            is_synthetic=point.kind is PointKind.SYNTHETIC,
        )
        for point in result.inputs.points
    ]
    breaks = tuple(Break(year=b.year, reason="") for b in result.inputs.breaks)
    return Headline(
        row=row,
        series=series_of(result, points, unit=row.unit, breaks=breaks),
        sum=sum_of(stored, result, unit=row.unit, lang=lang),
        source=getattr(stored, f"source_{lang}") or "",
    )


def sum_of(stored: ProgressResult, result: Result, *, unit: str, lang: Lang) -> Sum:
    """Return the sum as the method printed it, with its sentences in a language."""
    line = result.projection
    name = "el valor" if lang == "es" else "the value"
    return Sum(
        lines=explain(result),
        status=status_sentence(result, unit, lang),
        required=required_pace_sentence(result, name=name, unit=unit, lang=lang),
        differ=methods_differ_sentence(result, lang),
        projection=None if line is None else line.value,
        projection_year=None if line is None else line.year,
        method=stored.method_version or METHOD_VERSION,
        compound=result.compound_ratio,
        computed_on=timezone.localdate(stored.computed_at),
        used_years=tuple(used.year for used in result.used),
        missing_years=result.facts.missing_years,
    )


def series_of(
    result: Result, points: list[Point], *, unit: str, breaks: tuple[Break, ...]
) -> Series:
    """Return the series as it is drawn: a hole for each year without a value.

    A cumulative goal with a baseline becomes its running total; without one the
    yearly increments stand alone and are held against nothing.
    """
    target = result.inputs.target
    start = result.inputs.baseline
    cumulative = target.type is TargetType.CUMULATIVE
    totals = cumulative and start is not None
    if totals and start is not None:
        points = _running_total(points, start.value, start.year)
    goal = result.target_value
    if goal is None and target.type is not TargetType.PERCENT_OF_BASELINE:
        goal = target.value
    return Series(
        unit=unit,
        points=_without_gaps(points),
        bars=target.type is TargetType.ANNUAL_CEILING or (cumulative and not totals),
        is_running_total=totals,
        target_value=None if cumulative and not totals else goal,
        target_year=target.year,
        target_operator=target.operator.value,
        baseline=None if start is None else Point(year=start.year, value=start.value),
        breaks=breaks,
    )


def _running_total(points: list[Point], start: float, start_year: int) -> list[Point]:
    total = start
    totals = []
    for point in sorted(points, key=lambda p: p.year):
        if point.year <= start_year:
            continue
        value = None
        if point.value is not None:
            total += point.value
            value = total
        totals.append(
            Point(
                year=point.year,
                value=value,
                is_preliminary=point.is_preliminary,
                is_proxy=point.is_proxy,
                is_synthetic=point.is_synthetic,
            )
        )
    return totals


def _without_gaps(points: list[Point]) -> tuple[Point, ...]:
    known = {point.year: point for point in points}
    if not known:
        return ()
    years = range(min(known), max(known) + 1)
    return tuple(known.get(year, Point(year=year, value=None)) for year in years)
