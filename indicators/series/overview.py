"""The home page, an axis and the list: counts of statuses, never an average."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import Max, Min, QuerySet
from django.db.models.functions import TruncDate

from indicators.models import Axis, Indicator, YearlyValue
from indicators.series.compiled import CompiledQuery
from indicators.series.headline import headline_of
from indicators.series.marks import GROUPS, WITHOUT_VERDICT
from indicators.series.records import (
    AxisCard,
    AxisPage,
    Change,
    Count,
    Home,
    Lang,
    Row,
)
from indicators.series.rows import indicator_rows
from indicators.series.sentences import counts_sentence
from indicators.series.site import in_language
from territory.models import Place

LATEST = 5


def _axes() -> QuerySet[Axis]:
    return Axis.objects.filter(
        plan_version__is_current=True, plan_version__plan__jurisdiction__is_home=True
    ).order_by("order", "code")


_AXES = CompiledQuery(_axes)


def home_summary(*, lang: Lang, today: dt.date) -> Home:
    """Return what the home page shows of the current plan.

    At most six queries: axes, indicators, results, what changed last, and the
    headline's sum and values. The headline is the first goal, in the plan's order,
    that is assessed from real values; a synthetic one only where there is no other.
    """
    listed = indicator_rows(lang=lang, today=today)
    rows = [row for row in listed if row.is_main]
    assessed = [r for r in rows if r.mark.group.slug not in WITHOUT_VERDICT]
    assessed.sort(key=lambda row: row.is_synthetic)
    counts = counts_of(rows)
    return Home(
        total=len(rows),
        sentence=counts_sentence(counts, len(rows)),
        counts=counts,
        axes=tuple(
            _card(axis, [r for r in rows if r.axis_code == axis.code], lang)
            for axis in _AXES.rows()
        ),
        headline=headline_of(assessed[0], lang=lang) if assessed else None,
        latest=latest_changes(listed),
        synthetic=sum(1 for row in rows if row.is_synthetic),
        has_values=any(row.latest_year is not None for row in rows),
    )


def axis_summary(code: str, *, lang: Lang, today: dt.date) -> AxisPage | None:
    """Return an axis of the current plan with its indicators; None if there is none.

    Three queries.
    """
    axis = _axes().filter(code=code).first()
    if axis is None:
        return None
    rows = [r for r in indicator_rows(lang=lang, today=today) if r.axis_code == code]
    mains = [row for row in rows if row.is_main]
    return AxisPage(card=_card(axis, mains, lang), rows=tuple(rows))


def axis_names(lang: Lang) -> tuple[tuple[str, str], ...]:
    """Return code and name of each axis of the current plan. One query."""
    return tuple((axis.code, in_language(axis, "name", lang)) for axis in _AXES.rows())


def counts_of(rows: Sequence[Row]) -> tuple[Count, ...]:
    """Return how many rows stand in each group, groups without any left out."""
    numbers = Counter(row.mark.group.slug for row in rows)
    return tuple(
        Count(group=group, number=numbers[group.slug])
        for group in GROUPS
        if numbers[group.slug]
    )


def _publications() -> QuerySet[Any, Any]:
    groups: QuerySet[Any, Any] = (
        YearlyValue.objects.published()
        .filter(
            # Said of the place, not of the plan: it leads to the province's values
            # by their index, past those of its districts.
            place__level=Place.Level.PROVINCE,
            place__jurisdiction__is_home=True,
            indicator__in=Indicator.objects.of_current_plan(),
        )
        .values("indicator_id", "load_id", "is_synthetic")
        .annotate(
            day=TruncDate("published_at"),
            number=CountOf("pk"),
            first=Min("year"),
            last=Max("year"),
            newest=Max("version"),
        )
        .order_by("is_synthetic", "-day", "indicator_id")[:LATEST]
    )
    return groups


_LATEST = CompiledQuery(_publications)


def latest_changes(rows: Sequence[Row]) -> tuple[Change, ...]:
    """Return the newest publications of the rows' province, newest first. One query.

    A publication is what one load or one day published of one indicator.
    """
    named = {row.indicator_id: row for row in rows}
    return tuple(
        Change(
            on=group["day"],
            slug=named[group["indicator_id"]].slug,
            name=named[group["indicator_id"]].name,
            first_year=group["first"],
            last_year=group["last"],
            values=group["number"],
            is_load=group["load_id"] is not None,
            is_synthetic=group["is_synthetic"],
            is_correction=group["newest"] > 1,
        )
        for group in _LATEST.rows()
        # A plan replaced between two queries leaves no name for its values.
        if group["indicator_id"] in named
    )


def _card(axis: Axis, rows: Sequence[Row], lang: Lang) -> AxisCard:
    return AxisCard(
        code=axis.code,
        name=in_language(axis, "name", lang),
        objective=in_language(axis, "objective", lang),
        counts=counts_of(rows),
        assessed=sum(1 for r in rows if r.mark.group.slug not in WITHOUT_VERDICT),
        total=len(rows),
        synthetic=sum(1 for row in rows if row.is_synthetic),
    )
