"""How published numbers and verdicts changed. Drafts were never public."""

import datetime as dt
from typing import Any

from django.db.models import OuterRef
from django.utils import timezone

from indicators.evidence.reading import SHOWN_STATES, evidence_items, level_of
from indicators.models import ProgressResult, YearlyValue, evidence_list
from indicators.series.editions import has_editions, source_editions
from indicators.series.marks import mark_of
from indicators.series.records import History, Lang, Verdict, Version
from indicators.series.rows import indicator_row, listed_indicators, with_proxy
from indicators.series.site import in_language
from indicators.series.values import who_words
from territory.models import Place

PUBLIC_STATES = (
    YearlyValue.State.PUBLISHED,
    YearlyValue.State.SUPERSEDED,
    YearlyValue.State.WITHDRAWN,
)


def indicator_history(slug: str, *, lang: Lang, today: dt.date) -> History | None:
    """Return every published version of an indicator, newest first; None if unknown.

    Three queries, three more when a source changed published values. A value
    withdrawn before it was ever published is left out.
    """
    listed = listed_indicators().filter(slug=slug)
    indicator: Any = listed.annotate(changed=has_editions(OuterRef("pk"))).first()
    if indicator is None:
        return None
    results = list(
        with_proxy(ProgressResult.objects)
        .filter(
            indicator=indicator,
            place__level=Place.Level.PROVINCE,
            place__jurisdiction__is_home=True,
        )
        .defer("inputs_and_outputs", "value_ids")
        .order_by("-computed_at", "-pk")
    )
    values = (
        YearlyValue.objects.filter(
            indicator=indicator,
            place__level=Place.Level.PROVINCE,
            place__jurisdiction__is_home=True,
            state__in=PUBLIC_STATES,
            published_at__isnull=False,
        )
        .select_related("supersedes", "source", "load__source")
        .annotate(evidence_rows=evidence_list(OuterRef("pk")))
        .order_by("-published_at", "-year", "-version")
    )
    current = next((result for result in results if result.is_current), None)
    return History(
        row=indicator_row(indicator, current, lang=lang, today=today),
        versions=tuple(_version(value, lang) for value in values),
        verdicts=tuple(_verdict(result) for result in results),
        editions=source_editions(indicator.pk, lang=lang) if indicator.changed else (),
    )


def _version(value: Any, lang: Lang) -> Version:
    before = value.supersedes
    source = value.source or (value.load.source if value.load else None)
    published = value.published_at or value.recorded_at
    return Version(
        on=timezone.localdate(published),
        year=value.year,
        value=None if value.value is None else float(value.value),
        before=None if before is None or before.value is None else float(before.value),
        is_first=before is None,
        is_withdrawn=value.state == YearlyValue.State.WITHDRAWN,
        reason=value.change_reason,
        proxy=value.proxy,
        who=who_words(value),
        source=in_language(source, "name", lang) if source else value.source_text,
        source_url=value.source_url,
        is_synthetic=value.is_synthetic,
        evidence_level=level_of(
            value.evidence_rows,
            is_official=value.load and value.load.source.is_official,
            kind=value.kind,
        ),
        evidence=evidence_items(
            value.evidence_rows, sees_all=False, is_shown=value.state in SHOWN_STATES
        ),
    )


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
