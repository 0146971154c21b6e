"""How published numbers, the plan's promises and verdicts changed."""

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef
from django.db.models.functions import JSONObject
from django.utils import timezone

from indicators.models import (
    Baseline,
    Indicator,
    Milestone,
    ProgressResult,
    Target,
    YearLock,
    YearlyValue,
    evidence_list,
)
from indicators.series.changes import (
    baseline_changes,
    milestone_changes,
    newest_first,
    target_changes,
    value_changes,
    year_changes,
)
from indicators.series.editions import has_editions, source_editions
from indicators.series.history_records import History, HistoryLine, Verdict
from indicators.series.marks import mark_of
from indicators.series.records import Lang
from indicators.series.rows import indicator_row, listed_indicators, with_proxy
from indicators.series.site import in_language
from indicators.series.years import LOCK_FIELDS, closing_of
from territory.models import Place

PUBLIC_STATES = (
    YearlyValue.State.PUBLISHED,
    YearlyValue.State.SUPERSEDED,
    YearlyValue.State.WITHDRAWN,
)
_HOME = {"place__jurisdiction__is_home": True}
_PROVINCE = {**_HOME, "place__level": Place.Level.PROVINCE}


def indicator_history(slug: str, *, lang: Lang, today: dt.date) -> History | None:
    """Return every public change of an indicator, newest first; None if unknown.

    Values of the districts are among the changes; the verdicts are the province's.
    Three queries, three more when a source changed published values. A value
    withdrawn before it was ever published is left out.
    """
    indicator: Any = _with_plan_events(listed_indicators().filter(slug=slug)).first()
    if indicator is None:
        return None
    results = list(
        with_proxy(ProgressResult.objects)
        .filter(indicator=indicator, **_PROVINCE)
        .defer("inputs_and_outputs", "value_ids")
        .order_by("-computed_at", "-pk")
    )
    current = next((result for result in results if result.is_current), None)
    return History(
        row=indicator_row(indicator, current, lang=lang, today=today),
        changes=newest_first(_changes(indicator, lang)),
        verdicts=tuple(_verdict(result) for result in results),
        editions=source_editions(indicator.pk, lang=lang) if indicator.changed else (),
    )


def _with_plan_events(indicators: Any) -> Any:
    return indicators.annotate(
        changed=has_editions(OuterRef("pk")),
        target_events=_events(Target, "value", "year", "operator"),
        baseline_events=_events(
            Baseline, "value", "year", "adopted_in", "is_synthetic"
        ),
        milestone_events=_events(Milestone, "value", "year", "adopted_in"),
        year_locks=ArraySubquery(
            YearLock.objects.order_by("pk").values(
                json=JSONObject(**{name: F(name) for name in LOCK_FIELDS})
            )
        ),
    )


def _events(model: Any, *names: str) -> ArraySubquery:
    """Return what the database wrote down about an indicator's rows of a model."""
    told = {name: F(name) for name in (*names, "pgh_obj_id", "pgh_label")}
    told |= {"pgh_created_at": F("pgh_created_at")}
    told |= {"metadata": F("pgh_context__metadata")}
    events = model.pgh_event_model.objects.filter(indicator=OuterRef("pk"))
    return ArraySubquery(events.order_by("pgh_id").values(json=JSONObject(**told)))


def _changes(indicator: Any, lang: Lang) -> list[HistoryLine]:
    events: Any = YearlyValue.pgh_event_model  # type: ignore[attr-defined]
    public = list(
        events.objects.filter(indicator=indicator, state__in=PUBLIC_STATES, **_HOME)
        .select_related("source", "load__source", "pgh_context")
        .annotate(
            evidence_rows=evidence_list(OuterRef("pgh_obj_id")),
            # Not the place itself: its outline is heavy.
            place_name=F("place__name"),
            place_level=F("place__level"),
        )
        .order_by("pgh_id")
    )
    unit = in_language(indicator, "unit", lang)
    is_share = indicator.target_type == Indicator.TargetType.PERCENT_OF_BASELINE
    years = {event.year for event in public}
    closings = [closing_of(lock) for lock in indicator.year_locks]
    return [
        *value_changes(public, unit, lang),
        *target_changes(indicator.target_events, "" if is_share else unit, lang),
        *baseline_changes(indicator.baseline_events, unit),
        *milestone_changes(indicator.milestone_events, unit),
        *year_changes(one for one in closings if one.year in years),
    ]


def _verdict(result: ProgressResult) -> Verdict:
    return Verdict(
        on=timezone.localdate(result.computed_at),
        mark=mark_of(result.status, result.reason),
        latest_year=result.latest_year,
        method=result.method_version,
        trigger=result.trigger,
        is_synthetic=result.is_synthetic,
        is_current=result.is_current,
    )
