"""What waits for review: each value beside what it replaces and what it asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from indicators.evidence.reading import (
    EvidenceItem,
    evidence_items,
    stored_level,
    with_evidence,
    works_on,
)
from indicators.models import YearlyValue
from indicators.panel.values import change_words, review_queue
from indicators.yearly.content import content_of
from indicators.yearly.review_actions import Publication, written_by
from indicators.yearly.standing import Standing, standing_of
from indicators.yearly.words import (
    in_english,
    indicator_name,
    kind_label,
    person_name,
    place_name,
    question_text,
    refusal_text,
    shown_value,
)

AT_ONCE = 50  # rows of a page, and so the most that are published together


@dataclass(frozen=True)
class ReviewFilters:
    """Which values of the queue are asked for; "" and None ask for all."""

    axis: str = ""
    year: int | None = None
    author: int | None = None
    indicator: int | None = None

    def conditions(self) -> dict[str, Any]:
        """Return the filters as conditions of a query."""
        named = {
            "indicator__goal__axis__code": self.axis or None,
            "year": self.year,
            "recorded_by": self.author,
            "indicator": self.indicator,
        }
        return {name: wanted for name, wanted in named.items() if wanted is not None}


@dataclass(frozen=True)
class ReviewOptions:
    """What the queue can be filtered by: only what waits in it."""

    axes: tuple[tuple[str, str], ...]
    years: tuple[int, ...]
    authors: tuple[tuple[int, str], ...]
    indicators: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class ReviewRow:
    """One value in review, ready to read.

    `before` is what it corrects, or the last published year's value when it corrects
    nothing; `before_label` says which, "" without either. `change` is against it, in
    per cent, "" where nothing compares. `evidence_level` goes from 0 to 4. `obstacle`
    is why this person cannot publish it, "" when they can.
    """

    value_id: int
    lock_version: int
    code: str
    name: str
    place: str
    year: int
    before: str
    before_label: str
    after: str
    change: str
    kind: str
    source: str
    source_url: str
    evidence: tuple[EvidenceItem, ...]
    evidence_level: int
    proxy: str
    note: str
    change_reason: str
    warnings: tuple[str, ...]
    confirmation: str
    author: str
    submitted_at: datetime | None
    obstacle: str

    @property
    def token(self) -> str:
        """Return the value in the version that is shown, as a form sends it back."""
        return f"{self.value_id}-{self.lock_version}"


@dataclass(frozen=True)
class LeftValue:
    """A value that was not published, with why, in words."""

    value_id: int
    title: str
    why: str


def review_options() -> ReviewOptions:
    """Return what the whole queue can be filtered by; one query."""
    axes: dict[str, str] = {}
    authors: dict[int, str] = {}
    indicators: dict[int, str] = {}
    years: set[int] = set()
    for row in review_queue().order_by("indicator__goal__axis__order", "indicator"):
        axis = row.indicator.goal.axis
        axes[axis.code] = axis.name_en if in_english() else axis.name_es
        years.add(row.year)
        indicators[row.indicator_id] = _indicator(row)
        if row.recorded_by is not None:
            authors[row.recorded_by.pk] = person_name(row.recorded_by)
    return ReviewOptions(
        axes=tuple(axes.items()),
        years=tuple(sorted(years, reverse=True)),
        authors=tuple(sorted(authors.items(), key=lambda author: author[1])),
        indicators=tuple(indicators.items()),
    )


def waiting_values(filters: ReviewFilters) -> Any:
    """Return a queryset of the values in review, the longest waiting first."""
    return with_evidence(review_queue().filter(**filters.conditions()))


def chosen_values(ids: Iterable[int]) -> Any:
    """Return a queryset of the chosen values that are still in review."""
    return with_evidence(review_queue().filter(pk__in=list(ids)))


def review_rows(values: Iterable[YearlyValue], user: User) -> tuple[ReviewRow, ...]:
    """Return the rows of some values in review; the queries do not grow with them.

    The values are those of `waiting_values` and `chosen_values`.
    """
    values = list(values)
    standing = standing_of(
        (value.indicator_id, value.place_id, value.year) for value in values
    )
    own = written_by(user, [value.pk for value in values])
    return tuple(
        _row(value, standing, own, sees_all=works_on(user, value)) for value in values
    )


def left_values(outcomes: Sequence[Publication]) -> tuple[LeftValue, ...]:
    """Return the values that were not published, each with why."""
    return tuple(
        LeftValue(
            value_id=one.chosen.value_id,
            title=_title(one.row) if one.row else _("Un valor que ya no está"),
            why=_stale_text() if one.code == "stale" else refusal_text(one.code),
        )
        for one in outcomes
        if not one.is_published
    )


def _row(value: Any, standing: Standing, own: set[int], *, sees_all: bool) -> ReviewRow:
    key = (value.indicator_id, value.place_id, value.year)
    is_known = value.indicator_id in standing.indicators
    former = standing.last_closed(key) if is_known else None
    previous = standing.previous(key) if is_known else None
    before = former or previous
    soft = (
        standing.questions(key, content_of(value), has_evidence=bool(value.source_url))
        if is_known
        else ((), ())
    )[1]
    obstacle = ""
    if value.pk in own:
        obstacle = refusal_text("own_value")
    elif value.year in standing.locked_years:
        obstacle = refusal_text("year_locked")
    return ReviewRow(
        value_id=value.pk,
        lock_version=value.lock_version,
        code=value.indicator.code,
        name=indicator_name(value.indicator),
        place=place_name(value.place),
        year=value.year,
        before=shown_value(before) if before else "",
        before_label=_before_label(former, previous),
        after=shown_value(value),
        change=change_words(value, before),
        kind=kind_label(value.kind),
        source=value.source_text,
        source_url=value.source_url,
        evidence=evidence_items(value.evidence_rows, sees_all=sees_all),
        evidence_level=stored_level(value),
        proxy=value.proxy,
        note=value.note,
        change_reason=value.change_reason,
        warnings=tuple(question_text(q, value.indicator, previous) for q in soft),
        confirmation=value.confirmation,
        author=person_name(value.recorded_by),
        submitted_at=value.submitted_at,
        obstacle=obstacle,
    )


def _before_label(former: YearlyValue | None, previous: YearlyValue | None) -> str:
    if former is not None and former.state == YearlyValue.State.WITHDRAWN:
        return _("retirado")
    if former is not None:
        return _("publicado, se corrige")
    return str(previous.year) if previous else ""


def _indicator(row: YearlyValue) -> str:
    return f"{row.indicator.code} · {indicator_name(row.indicator)}"


def _title(row: YearlyValue) -> str:
    return f"{_indicator(row)} · {place_name(row.place)} · {row.year}"


def _stale_text() -> str:
    return _("Alguien lo cambió después de que abriste la página. Míralo otra vez.")
