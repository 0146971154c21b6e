"""One person's grid of a year: the indicators assigned to them, place by place."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.urls import reverse

from indicators.evidence.reading import stored_level, with_evidence
from indicators.models import Indicator, YearLock, YearlyValue
from indicators.yearly.assignments import assigned_indicators
from indicators.yearly.standing import recordable_places
from indicators.yearly.words import (
    in_english,
    indicator_name,
    kind_label,
    place_name,
    shown_value,
    state_label,
    unit,
)
from territory.models import Place

State = YearlyValue.State
_EDITABLE = (State.DRAFT, State.RETURNED)


@dataclass(frozen=True)
class GridRow:
    """One indicator in one place and year, as its person finds it.

    `stored` is what is open, else what is published; None when there is neither.
    `previous` is the last published number of an earlier year. `is_correction` says
    that a version was public before, so that a new one needs a reason.
    """

    indicator: Indicator
    place: Place
    year: int
    stored: YearlyValue | None = None
    previous: YearlyValue | None = None
    is_correction: bool = False
    is_year_locked: bool = False

    @property
    def key(self) -> tuple[int, int, int]:
        """Return indicator, place and year."""
        return self.indicator.pk, self.place.pk, self.year

    @property
    def prefix(self) -> str:
        """Return what the names of the row's fields begin with."""
        return row_prefix(self.indicator.pk, self.place.pk)

    @property
    def seen(self) -> str:
        """Return the open row and its version, "" when none is open."""
        if self.stored is None or self.stored.state not in YearlyValue.OPEN_STATES:
            return ""
        return f"{self.stored.pk}:{self.stored.lock_version}"

    @property
    def state(self) -> str:
        """Return the state of what is stored, "" when nothing is."""
        return self.stored.state if self.stored else ""

    @property
    def state_label(self) -> str:
        """Return the word for the state."""
        return state_label(self.state)

    @property
    def may_edit(self) -> bool:
        """Return whether its person may type here now."""
        return not self.is_year_locked and (
            self.stored is None or self.stored.state in _EDITABLE
        )

    @property
    def is_from_load(self) -> bool:
        """Return whether a source's load brought what is published."""
        return self.stored is not None and self.stored.load_id is not None

    @property
    def may_correct(self) -> bool:
        """Return whether what is published may be corrected, in its own form."""
        is_published = self.state == State.PUBLISHED
        return is_published and not self.is_from_load and not self.is_year_locked

    @property
    def code(self) -> str:
        """Return the indicator's code."""
        return self.indicator.code

    @property
    def name(self) -> str:
        """Return the indicator's name in the language of the page."""
        return indicator_name(self.indicator)

    @property
    def unit(self) -> str:
        """Return the indicator's unit in the language of the page."""
        return unit(self.indicator)

    @property
    def is_province(self) -> bool:
        """Return whether the place is the province, not one of its districts."""
        return bool(self.place.level == Place.Level.PROVINCE)

    @property
    def place_name(self) -> str:
        """Return "Provincia de X" or "Distrito de X"."""
        return place_name(self.place)

    @property
    def label(self) -> str:
        """Return the row's own words: code and place."""
        return f"{self.code} · {self.place_name}"

    @property
    def shown(self) -> str:
        """Return what is stored with its unit, "" when nothing is."""
        return shown_value(self.stored) if self.stored else ""

    @property
    def kind_shown(self) -> str:
        """Return the word for the kind of what is stored, "" when nothing is."""
        return kind_label(self.stored.kind) if self.stored else ""

    @property
    def evidence_level(self) -> int:
        """Return the level of the stored evidence from 0 to 4, 0 without a value."""
        return stored_level(self.stored) if self.stored else 0

    @property
    def previous_shown(self) -> str:
        """Return the earlier number with its unit, "" when there is none."""
        return shown_value(self.previous) if self.previous else ""

    @property
    def previous_kind(self) -> str:
        """Return the word for the kind of the earlier number, "" without one."""
        return kind_label(self.previous.kind) if self.previous else ""

    @property
    def axis_code(self) -> str:
        """Return the code of the axis."""
        code: str = self.indicator.goal.axis.code
        return code

    @property
    def axis_name(self) -> str:
        """Return the axis's name in the language of the page."""
        axis = self.indicator.goal.axis
        name: str = axis.name_en if in_english() else axis.name_es
        return name


@dataclass(frozen=True)
class GridCounts:
    """How far a year is: every row is in exactly one of the four."""

    ready: int
    in_review: int
    draft: int
    missing: int

    @property
    def total(self) -> int:
        """Return the number of rows."""
        return self.ready + self.in_review + self.draft + self.missing

    @classmethod
    def of(cls, rows: Iterable[GridRow]) -> "GridCounts":
        """Return how many rows are published, under way or not there yet."""
        states = [row.state for row in rows]
        return cls(
            ready=states.count(State.PUBLISHED),
            in_review=states.count(State.IN_REVIEW),
            draft=states.count(State.DRAFT) + states.count(State.RETURNED),
            missing=states.count(""),
        )


@dataclass(frozen=True)
class YearGrid:
    """A year's rows in the plan's order, and the lock that closes it, if any."""

    year: int
    rows: tuple[GridRow, ...]
    lock: YearLock | None

    @property
    def province_counts(self) -> GridCounts:
        """Return how far the province's own rows are, the districts' left out."""
        return GridCounts.of(row for row in self.rows if row.is_province)

    @property
    def by_prefix(self) -> dict[str, GridRow]:
        """Return the rows by what the names of their fields begin with."""
        return {row.prefix: row for row in self.rows}


def row_prefix(indicator_id: int, place_id: int) -> str:
    """Return what the names of a row's fields begin with."""
    return f"r{indicator_id}-{place_id}"


def row_address(*, indicator_id: int, place_id: int, year: int) -> str:
    """Return where a person types a value: the year's grid, at the row itself."""
    # Of one place, the row is never on a later page.
    return reverse(
        "panel:grid",
        args=[year],
        query={"lugar": place_id},
        fragment=f"{row_prefix(indicator_id, place_id)}-row",
    )


def year_grid(user: User, year: int) -> YearGrid:
    """Return the grid of a person and a year; 5 queries, however many rows."""
    keys = _keys(user)
    indicators = {indicator.pk: indicator for indicator, _place in keys}
    values = YearlyValue.objects.filter(indicator_id__in=indicators)
    former = {
        (row.indicator_id, row.place_id): row
        for row in values.published()
        .filter(year__lt=year, value__isnull=False)
        .order_by("indicator_id", "place_id", "-year")
        .distinct("indicator_id", "place_id")
    }
    versions: dict[tuple[int, int], list[YearlyValue]] = defaultdict(list)
    of_year = with_evidence(values.filter(year=year)).select_related("recorded_by")
    for row in of_year.order_by("version", "pk"):
        versions[row.indicator_id, row.place_id].append(row)
    for row in (*former.values(), *(one for some in versions.values() for one in some)):
        row.indicator = indicators[row.indicator_id]
    locks = YearLock.objects.standing().filter(year=year)
    lock = locks.select_related("locked_by").first()
    rows = (
        _row(indicator, place, year, former, versions, lock)
        for indicator, place in keys
    )
    return YearGrid(year=year, rows=tuple(rows), lock=lock)


def _keys(user: User) -> list[tuple[Indicator, Place]]:
    """Return which rows there are: the province, then the districts that report."""
    places = sorted(
        recordable_places(), key=lambda place: place.level != Place.Level.PROVINCE
    )
    return [
        (indicator, place)
        for indicator in assigned_indicators(user)
        for place in places
        if indicator.by_district or place.level == Place.Level.PROVINCE
    ]


def _row(
    indicator: Indicator,
    place: Place,
    year: int,
    former: dict[tuple[int, int], YearlyValue],
    versions: dict[tuple[int, int], list[YearlyValue]],
    lock: YearLock | None,
) -> GridRow:
    key = (indicator.pk, place.pk)
    known = versions.get(key, [])
    return GridRow(
        indicator=indicator,
        place=place,
        year=year,
        stored=_shown(known),
        previous=former.get(key),
        is_correction=any(row.state not in YearlyValue.OPEN_STATES for row in known),
        is_year_locked=lock is not None,
    )


def _shown(versions: Iterable[YearlyValue]) -> YearlyValue | None:
    by_state = {row.state: row for row in versions}
    states = (*YearlyValue.OPEN_STATES, State.PUBLISHED)
    return next((by_state[state] for state in states if state in by_state), None)
