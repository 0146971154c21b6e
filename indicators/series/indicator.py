"""Everything the page of one indicator shows."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from indicators.charts import Break, Point, Series
from indicators.models import (
    Baseline,
    ChecklistStep,
    Crop,
    CrosswalkCode,
    CrosswalkLink,
    Indicator,
    IndicatorSource,
    Milestone,
    ProgressResult,
    SeriesBreak,
    Source,
    YearLock,
    YearlyValue,
    evidence_list,
)
from indicators.models.plan import Confidence
from indicators.progress import Milestone as Planned
from indicators.progress import Point as Reading
from indicators.progress import Result, schedule_badge
from indicators.series.compiled import CompiledQuery, only
from indicators.series.editions import has_editions, source_editions
from indicators.series.headline import CURRENT_RESULT, series_of, sum_of
from indicators.series.land_use import land_use_block, overlay_list
from indicators.series.listed import listed
from indicators.series.opinions import opinion_list, opinions_of
from indicators.series.records import (
    BaselineLine,
    Crosswalk,
    Lang,
    Page,
    Sibling,
    Step,
)
from indicators.series.rows import indicator_row, listed_indicators
from indicators.series.site import in_language
from indicators.series.values import place_values, source_lines, value_rows
from indicators.series.withdrawn import withdrawals_of, withdrawn_list
from indicators.series.words import (
    collection_words,
    confidence_word,
    derivation_words,
    origin_word,
    rule_words,
    year_without_number,
)
from territory.models import Place


def indicator_page(slug: str, *, lang: Lang, today: dt.date) -> Page | None:
    """Return the page of an indicator of the current plan; None if there is none.

    Five queries: the indicator with its small lists, its current result, the
    province's published values, the districts' in their latest year, and the
    sources of both; three more when a source changed published values.
    """
    indicator: Any = only(_INDICATOR.rows(slug=slug))
    if indicator is None:
        return None
    stored = only(CURRENT_RESULT.rows(slug=slug))
    values = _VALUES.rows(slug=slug)
    districts = _DISTRICT_VALUES.rows(slug=slug)
    sources = {source.id: source for source in _SOURCES.rows(slug=slug)}
    return _page(indicator, stored, values, districts, sources, lang, today)


def _indicator(slug: str) -> QuerySet[Any]:
    here = OuterRef("pk")
    links = CrosswalkLink.objects.filter(goal=OuterRef("goal_id"))
    others = Indicator.objects.filter(goal=OuterRef("goal_id")).exclude(pk=here)
    return (
        listed_indicators()
        .filter(slug=slug)
        .annotate(
            has_editions=has_editions(here),
            rule=F("derivation__rule"),
            rule_source_es=F("derivation__source__name_es"),
            rule_source_en=F("derivation__source__name_en"),
            without_number=F("derivation__without_number"),
            crop_kind=Subquery(
                Crop.objects.filter(code=OuterRef("crop")).values("kind")[:1]
            ),
            break_list=listed(
                SeriesBreak.objects.filter(indicator=here).order_by("year"),
                "year",
                "reason_es",
                "reason_en",
            ),
            source_list=listed(
                IndicatorSource.objects.filter(indicator=here).order_by("order"),
                "text_es",
                "text_en",
            ),
            step_list=listed(
                ChecklistStep.objects.filter(indicator=here).order_by("order"),
                "name_es",
                "name_en",
                "due_on",
                "done_on",
            ),
            milestone_list=listed(
                Milestone.objects.filter(indicator=here).order_by("year"),
                "year",
                "value",
            ),
            link_list=listed(
                links.order_by("crosswalk_code__framework", "crosswalk_code__code"),
                framework=F("crosswalk_code__framework"),
                code=F("crosswalk_code__code"),
            ),
            opinion_list=opinion_list(here),
            overlay_list=overlay_list(here),
            withdrawn=withdrawn_list(here),
            other_list=listed(
                others.order_by("order"), "slug", "name_es", "name_en", "origin"
            ),
        )[:1]
    )


_INDICATOR = CompiledQuery(_indicator, "slug")


def _published(slug: str) -> QuerySet[Any]:
    return YearlyValue.objects.published().filter(
        indicator__slug=slug,
        indicator__goal__axis__plan_version__is_current=True,
        place__jurisdiction__is_home=True,
    )


def _said_of_each() -> dict[str, Any]:
    """Return what is read beside a value, of the province and of a district."""
    return {
        # Not the place itself: its outline is as heavy as the page.
        "place_name": F("place__name"),
        "from_source": Coalesce("source_id", "load__source_id"),
        "evidence_rows": evidence_list(OuterRef("pk")),
        "is_official": F("load__source__is_official"),
    }


def _values(slug: str) -> QuerySet[Any]:
    values: QuerySet[Any] = (
        _published(slug)
        .filter(place__level=Place.Level.PROVINCE)
        .annotate(
            **_said_of_each(),
            is_year_closed=Exists(
                YearLock.objects.standing().filter(year=OuterRef("year"))
            ),
        )
        .order_by("year")
    )
    return values


def _district_values(slug: str) -> QuerySet[Any]:
    districts = _published(slug).filter(
        place__level=Place.Level.DISTRICT, place__generation__is_current=True
    )
    newest = districts.order_by("-year").values("year")[:1]
    latest: QuerySet[Any] = (
        districts.filter(year=newest)
        .annotate(**_said_of_each())
        .order_by("place__name")
    )
    return latest


def _sources(slug: str) -> QuerySet[Any]:
    from_source = Coalesce("source_id", "load__source_id")
    used = _published(slug).values_list(from_source)
    sources: QuerySet[Any] = Source.objects.filter(pk__in=used)
    return sources


_VALUES = CompiledQuery(_values, "slug")
_SOURCES = CompiledQuery(_sources, "slug")
_DISTRICT_VALUES = CompiledQuery(_district_values, "slug")


def _page(
    indicator: Any,
    stored: ProgressResult | None,
    values: list[Any],
    districts: list[Any],
    sources: dict[int, Any],
    lang: Lang,
    today: dt.date,
) -> Page:
    row = indicator_row(indicator, stored, lang=lang, today=today)
    breaks = tuple(
        Break(year=b["year"], reason=b[f"reason_{lang}"]) for b in indicator.break_list
    )
    result = None if stored is None else Result.from_json(stored.inputs_and_outputs)
    series = _series(indicator, result, values, breaks, lang)
    # By a person; what a source changed is told edition by edition.
    corrected = [v for v in values if v.version > 1 and v.load_id is None]
    return Page(
        **_promised(indicator, lang),
        **_method_facts(indicator, lang),
        row=row,
        target_year=series.target_year,
        series=series,
        values=value_rows(values, sources, series=series, lang=lang),
        districts=place_values(districts, sources, lang),
        district_year=districts[0].year if districts else None,
        sum=None
        if stored is None or result is None
        else sum_of(stored, result, unit=row.unit, lang=lang),
        stale_after=_schedule(indicator, values, today),
        sources=source_lines(values, sources, lang),
        opinions=opinions_of(indicator.opinion_list, values, unit=row.unit, lang=lang),
        land_use=land_use_block(indicator.overlay_list, lang),
        withdrawals=withdrawals_of(indicator.withdrawn),
        corrected=len(corrected),
        corrected_on=_last_day(corrected),
        editions=source_editions(indicator.id, lang=lang)
        if indicator.has_editions
        else (),
        last_published=_last_day(values),
        place=values[0].place_name if values else "",
    )


def _promised(indicator: Any, lang: Lang) -> dict[str, Any]:
    """Return what the plan says of an indicator, as fields of its page."""
    goal = indicator.goal
    target = getattr(indicator, "target", None)
    return {
        "goal_text": in_language(goal, "text", lang),
        "goal_text_original": goal.text_en if lang == "es" else "",
        "axis_objective": in_language(goal.axis, "objective", lang),
        "doubt": in_language(goal, "doubt", lang),
        "confidence": confidence_word(goal.match_confidence),
        "is_confidence_low": goal.match_confidence != Confidence.HIGH,
        "origin": indicator.origin,
        "origin_word": origin_word(indicator.origin),
        "target_origin": "" if target is None else target.origin,
        "target_origin_word": "" if target is None else origin_word(target.origin),
        "baseline": _baseline(indicator),
        "steps": tuple(_step(step, lang) for step in indicator.step_list),
        "milestones": tuple(
            Point(year=m["year"], value=float(m["value"]))
            for m in indicator.milestone_list
        ),
        "crosswalk": _crosswalk(indicator.link_list),
        "siblings": tuple(_sibling(other, lang) for other in indicator.other_list),
    }


def _method_facts(indicator: Any, lang: Lang) -> dict[str, Any]:
    """Return how an indicator is measured and judged, as fields of its page."""
    return {
        "target_rule": rule_words(indicator.target_type),
        "collection": collection_words(indicator.collection),
        "frequency": in_language(indicator, "frequency", lang),
        "derivation": _derivation(indicator, lang),
        "without_number": tuple(
            year_without_number(row) for row in indicator.without_number or ()
        ),
        "proposed_sources": tuple(s[f"text_{lang}"] for s in indicator.source_list),
    }


def _last_day(values: Sequence[Any]) -> dt.date | None:
    """Return the day of the newest publication among values."""
    moments = [value.published_at for value in values if value.published_at]
    return timezone.localdate(max(moments)) if moments else None


def _series(
    indicator: Any,
    result: Result | None,
    values: Sequence[YearlyValue],
    breaks: tuple[Break, ...],
    lang: Lang,
) -> Series:
    unit = in_language(indicator, "unit", lang)
    points = [
        Point(
            year=v.year,
            value=None if v.value is None else float(v.value),
            is_preliminary=v.kind == YearlyValue.Kind.PRELIMINARY,
            is_proxy=bool(v.proxy),
            is_synthetic=v.is_synthetic,
        )
        for v in values
    ]
    if result is not None:
        return series_of(result, points, unit=unit, breaks=breaks)
    target = getattr(indicator, "target", None)
    return Series(
        unit=unit,
        points=(),
        bars=indicator.target_type == Indicator.TargetType.ANNUAL_CEILING,
        is_running_total=False,
        target_value=None,
        target_year=target.year
        if target
        else indicator.goal.axis.plan_version.target_year,
        target_operator=target.operator if target else ">=",
        baseline=None,
        breaks=breaks,
    )


def _derivation(indicator: Any, lang: Lang) -> str:
    words = derivation_words(indicator.rule, indicator.crop_kind)
    return f"{in_language(indicator, 'rule_source', lang)}. {words}" if words else ""


def _schedule(
    indicator: Indicator, values: Sequence[YearlyValue], today: dt.date
) -> dt.date | None:
    """Return the last day on which the newest value is still fresh."""
    milestones: list[Any] = indicator.milestone_list  # type: ignore[attr-defined]
    badge = schedule_badge(
        points=[
            Reading(year=v.year, value=None if v.value is None else float(v.value))
            for v in values
        ],
        milestones=[
            Planned(year=m["year"], value=float(m["value"])) for m in milestones
        ],
        frequency_months=indicator.frequency_months or None,
        as_of=today,
    )
    return badge.stale_after


def _baseline(indicator: Indicator) -> BaselineLine | None:
    baseline: Baseline | None = getattr(indicator, "baseline", None)
    if baseline is None:
        return None
    return BaselineLine(
        value=float(baseline.value),
        year=baseline.year,
        source=baseline.source_text,
        adopted_in=baseline.adopted_in,
        adopted_on=baseline.adopted_on,
        is_synthetic=baseline.is_synthetic,
    )


def _step(step: dict[str, Any], lang: Lang) -> Step:
    due, done = step["due_on"], step["done_on"]
    return Step(
        name=step[f"name_{lang}"],
        due_on=dt.date.fromisoformat(due) if due else None,
        done_on=dt.date.fromisoformat(done) if done else None,
    )


def _sibling(other: dict[str, Any], lang: Lang) -> Sibling:
    return Sibling(
        slug=other["slug"],
        name=other[f"name_{lang}"].rstrip("."),
        origin_word=origin_word(other["origin"]),
    )


def _crosswalk(links: list[dict[str, str]]) -> tuple[Crosswalk, ...]:
    codes: dict[str, list[str]] = {}
    for link in links:
        codes.setdefault(link["framework"], []).append(link["code"])
    names = {
        CrosswalkCode.Framework.LANDSCALE.value: "LandScale",
        CrosswalkCode.Framework.SDG.value: _("Objetivos de Desarrollo Sostenible"),
        CrosswalkCode.Framework.NDC.value: _("Compromiso climático del país (NDC)"),
        CrosswalkCode.Framework.ERDRBE.value: _("Estrategia regional (ERDRBE)"),
    }
    return tuple(
        Crosswalk(framework=names[name], codes=tuple(found))
        for name, found in codes.items()
    )
