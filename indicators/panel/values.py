"""Reads of the panel: the year's list, the queue of review, one value's story."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q

from indicators.models import Indicator, Load, YearlyValue
from indicators.panel.value_story import StoryLine, value_story
from indicators.yearly.assignments import recordable_indicators
from indicators.yearly.content import content_of
from indicators.yearly.standing import standing_of
from indicators.yearly.words import (
    in_english,
    indicator_name,
    kind_label,
    question_text,
    shown_value,
    state_label,
    unit,
)


@dataclass(frozen=True)
class ValueRow:
    """One indicator in the list of a year.

    `state` is "" when nothing is recorded; `value_id` is the row to open then None.
    `previous` and `current` are ready to read, with unit; "" when there is none.
    """

    indicator_id: int
    code: str
    name: str
    unit: str
    axis: str
    previous: str
    previous_year: int | None
    current: str
    state: str
    state_label: str
    value_id: int | None
    is_synthetic: bool
    is_from_load: bool
    is_proxy: bool


@dataclass(frozen=True)
class ValueCounts:
    """How many indicators of the year are published, under way or not recorded."""

    published: int
    open: int
    missing: int

    @property
    def total(self) -> int:
        """Return the number of indicators."""
        return self.published + self.open + self.missing


@dataclass(frozen=True)
class ValueDetail:
    """One value with what it replaces and how it came to be.

    `change` is the change against `previous` as a share of it; None where there is
    nothing to compare.
    """

    row: YearlyValue
    name: str
    unit: str
    shown: str
    kind: str
    state_label: str
    corrected: YearlyValue | None
    corrected_shown: str
    corrected_change: str
    previous: YearlyValue | None
    previous_shown: str
    previous_change: str
    questions: tuple[str, ...]
    history: tuple[StoryLine, ...]


def year_rows(*, place_id: int, year: int) -> tuple[ValueRow, ...]:
    """Return one row for each recordable indicator, in the plan's order; 3 queries."""
    values = YearlyValue.objects.filter(place_id=place_id)
    former = {
        row.indicator_id: row
        for row in values.published()
        .filter(year__lt=year, value__isnull=False)
        .order_by("indicator_id", "-year")
        .distinct("indicator_id")
    }
    current: dict[int, YearlyValue] = {}
    # Whatever is under way stands before what is published: it needs somebody.
    for row in values.filter(Q(year=year)).exclude(
        state__in=[YearlyValue.State.SUPERSEDED, YearlyValue.State.WITHDRAWN]
    ):
        held = current.get(row.indicator_id)
        if held is None or held.state == YearlyValue.State.PUBLISHED:
            current[row.indicator_id] = row
    return tuple(
        _row(indicator, former.get(indicator.pk), current.get(indicator.pk))
        for indicator in recordable_indicators()
    )


def count_rows(rows: Iterable[ValueRow]) -> ValueCounts:
    """Return the counts of a list, before any filter."""
    states = [row.state for row in rows]
    return ValueCounts(
        published=states.count("published"),
        open=sum(state not in {"", "published"} for state in states),
        missing=states.count(""),
    )


def review_queue() -> Any:
    """Return the values in review, the longest waiting first."""
    return (
        YearlyValue.objects.filter(state=YearlyValue.State.IN_REVIEW)
        .select_related("indicator__goal__axis", "recorded_by", "place")
        .defer("place__geom")
        .order_by("submitted_at", "pk")
    )


def held_loads() -> Any:
    """Return the loads that wait for a person's decision, the longest first."""
    return (
        Load.objects.filter(state=Load.State.HELD)
        .select_related("source")
        .order_by("started_at", "pk")
    )


def own_open_values(user: User) -> Any:
    """Return the drafts and returned values a person is working on, newest first."""
    return (
        YearlyValue.objects.open()
        .filter(recorded_by=user)
        .select_related("indicator__goal", "place")
        .defer("place__geom")
        .order_by("-recorded_at")
    )


def find_value(value_id: int) -> YearlyValue | None:
    """Return the value with what its page shows beside it; None when there is none."""
    return (
        YearlyValue.objects.select_related(
            "indicator__goal__axis",
            "place",
            "recorded_by",
            "reviewed_by",
            "load__source",
            "supersedes__indicator",
        )
        .defer("place__geom")
        .filter(pk=value_id)
        .first()
    )


def value_detail(row: YearlyValue) -> ValueDetail:
    """Return a value ready to read, with its predecessors and its history."""
    key = (row.indicator_id, row.place_id, row.year)
    standing = standing_of([key])
    is_known = row.indicator_id in standing.indicators
    previous = standing.previous(key) if is_known else None
    _hard, soft = (
        standing.questions(
            key, content_of(row), has_evidence=bool(row.source_url or row.load_id)
        )
        if is_known
        else ((), ())
    )
    corrected = row.supersedes
    return ValueDetail(
        row=row,
        name=indicator_name(row.indicator),
        unit=unit(row.indicator),
        shown=shown_value(row),
        kind=kind_label(row.kind),
        state_label=state_label(row.state),
        corrected=corrected,
        corrected_shown=shown_value(corrected) if corrected else "",
        corrected_change=change_words(row, corrected),
        previous=previous,
        previous_shown=shown_value(previous) if previous else "",
        previous_change=change_words(row, previous),
        questions=tuple(
            question_text(question, row.indicator, previous) for question in soft
        ),
        history=value_story(row),
    )


def change_words(row: YearlyValue, before: YearlyValue | None) -> str:
    """Return the change in per cent; "" where nothing compares."""
    if before is None or not before.value or row.value is None:
        return ""
    share = (row.value - before.value) / abs(before.value)
    return f"{share * Decimal(100):+,.1f} %"


def _row(
    indicator: Indicator, former: YearlyValue | None, now: YearlyValue | None
) -> ValueRow:
    for value in (former, now):
        if value is not None:
            value.indicator = indicator
    state = now.state if now else ""
    axis = indicator.goal.axis
    return ValueRow(
        indicator_id=indicator.pk,
        code=indicator.code,
        name=indicator_name(indicator),
        unit=unit(indicator),
        axis=axis.name_en if in_english() else axis.name_es,
        previous=shown_value(former) if former else "",
        previous_year=former.year if former else None,
        current=shown_value(now) if now else "",
        state=state,
        state_label=state_label(state),
        value_id=now.pk if now else None,
        is_synthetic=bool(now and now.is_synthetic),
        is_from_load=bool(now and now.load_id),
        is_proxy=bool(now and now.proxy),
    )
