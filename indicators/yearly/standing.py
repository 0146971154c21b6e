"""What stands about the values somebody enters: rows, history, districts, locks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from indicators.models import Evidence, Indicator, YearLock, YearlyValue
from indicators.yearly.assignments import recordable_indicators
from indicators.yearly.checks import (
    Surroundings,
    ValueQuestion,
    impossible,
    unlikely,
)
from indicators.yearly.content import ValueContent
from territory.models import Place

# Indicator, place, year.
Key = tuple[int, int, int]


@dataclass(frozen=True)
class Standing:
    """What is stored about some indicators and years, read in a few queries.

    `rows` has every version of a key in order; `published` the published numbers of
    an indicator in a place, by year.
    """

    indicators: Mapping[int, Indicator]
    places: Mapping[int, Place]
    rows: Mapping[Key, list[YearlyValue]]
    published: Mapping[tuple[int, int], Mapping[int, Decimal]]
    locked_years: frozenset[int]
    this_year: int

    def open_row(self, key: Key) -> YearlyValue | None:
        """Return the draft, returned or reviewed row of a key; None without one."""
        opened = (r for r in self._rows(key) if r.state in YearlyValue.OPEN_STATES)
        return next(opened, None)

    def last_closed(self, key: Key) -> YearlyValue | None:
        """Return the highest version that is no longer open; None without one."""
        closed = [r for r in self._rows(key) if r.state not in YearlyValue.OPEN_STATES]
        return closed[-1] if closed else None

    def shown_row(self, key: Key) -> YearlyValue | None:
        """Return what a form shows: what is open, else what is published."""
        last = self.last_closed(key)
        is_published = last is not None and last.state == YearlyValue.State.PUBLISHED
        return self.open_row(key) or (last if is_published else None)

    def previous(self, key: Key) -> YearlyValue | None:
        """Return the last published number of an earlier year, as a bare row."""
        indicator_id, place_id, year = key
        numbers = self.published.get((indicator_id, place_id), {})
        before = max((y for y in numbers if y < year), default=None)
        if before is None:
            return None
        indicator = self.indicators[indicator_id]
        return YearlyValue(indicator=indicator, year=before, value=numbers[before])

    def around(self, key: Key, typed: Mapping[Key, Decimal | None]) -> Surroundings:
        """Return the surroundings of a value; `typed` are those entered with it."""
        indicator_id, place_id, year = key
        numbers = self.published.get((indicator_id, place_id), {})
        previous = self.previous(key)
        earlier = tuple(v for y, v in numbers.items() if y < year)
        parts_sum, whole, count = self._parts(key, typed)
        return Surroundings(
            previous=previous.value if previous else None,
            earlier=earlier,
            parts_sum=parts_sum,
            whole=whole,
            part_count=count,
        )

    def questions(
        self,
        key: Key,
        content: ValueContent,
        *,
        has_evidence: bool,
        typed: Mapping[Key, Decimal | None] | None = None,
    ) -> tuple[tuple[ValueQuestion, ...], tuple[ValueQuestion, ...]]:
        """Return what is impossible and what is unlikely about a value.

        has_evidence says that the content brings some; files and links that are
        stored, or that a correction starts with, count as well.
        """
        indicator = self.indicators[key[0]]
        is_final = content.kind == YearlyValue.Kind.MEASURED
        years = {"year": key[2], "this_year": self.this_year}
        hard = impossible(
            value=content.value,
            is_share=indicator.is_share,
            is_measured=is_final,
            **years,
        )
        soft = unlikely(
            value=content.value,
            is_final=is_final,
            around=self.around(key, {**(typed or {}), key: content.value}),
            has_evidence=has_evidence or self._has_stored_evidence(key),
            decimals=indicator.decimals,
            **years,
        )
        return hard, soft

    def _has_stored_evidence(self, key: Key) -> bool:
        row: Any = self.open_row(key) or self.last_closed(key)
        return row is not None and row.has_evidence

    def _rows(self, key: Key) -> list[YearlyValue]:
        return self.rows.get(key, [])

    def _parts(
        self, key: Key, typed: Mapping[Key, Decimal | None]
    ) -> tuple[Decimal | None, Decimal | None, int]:
        indicator_id, _place_id, year = key
        if self.indicators[indicator_id].by_district != Indicator.ByDistrict.SUM:
            return None, None, 0
        parts: list[Decimal | None] = []
        wholes: list[Decimal | None] = []
        for place in self.places.values():
            of_place = (indicator_id, place.pk, year)
            row = self.shown_row(of_place)
            number = typed.get(of_place, row.value if row else None)
            level = parts if place.level == Place.Level.DISTRICT else wholes
            level.append(number)
        # A missing district is not zero: nothing can be said of the sum.
        known = [part for part in parts if part is not None]
        is_whole = len(known) == len(parts) and known
        whole = wholes[0] if wholes else None
        return sum(known, Decimal(0)) if is_whole else None, whole, len(parts)


def recordable_places() -> Any:
    """Return the places of the home jurisdiction in the current boundaries."""
    return Place.objects.current().filter(jurisdiction__is_home=True).defer("geom")


def standing_of(
    keys: Iterable[Key],
    *,
    lock: bool = False,
    recordable: Iterable[Place] | None = None,
) -> Standing:
    """Return what is stored about the indicators and years of some keys.

    `recordable` are the `recordable_places`, where the caller has read them already.

    With `lock`, whoever else saves values of these indicators waits until the
    transaction ends.
    """
    keys = set(keys)
    indicator_ids = {key[0] for key in keys}
    years = {key[2] for key in keys}
    indicators = recordable_indicators().filter(pk__in=indicator_ids)
    if lock:
        ordered = Indicator.objects.filter(pk__in=indicator_ids).order_by("pk")
        list(ordered.select_for_update(no_key=True).values_list("pk"))
    by_pk = {indicator.pk: indicator for indicator in indicators}
    if recordable is None:
        recordable = recordable_places()
    places = {place.pk: place for place in recordable}
    values = YearlyValue.objects.filter(indicator_id__in=by_pk, place_id__in=places)
    rows: dict[Key, list[YearlyValue]] = defaultdict(list)
    evidence = Evidence.objects.filter(value=OuterRef("pk"))
    of_years = (
        values.filter(year__in=years)
        .annotate(has_evidence=Exists(evidence))
        .order_by("version", "pk")
    )
    if lock:
        list(of_years.open().select_for_update(of=("self",)).values_list("pk"))
    for row in of_years:
        row.indicator = by_pk[row.indicator_id]
        rows[row.indicator_id, row.place_id, row.year].append(row)
    published: dict[tuple[int, int], dict[int, Decimal]] = defaultdict(dict)
    for indicator_id, place_id, year, value in values.published().values_list(
        "indicator_id", "place_id", "year", "value"
    ):
        if value is not None:
            published[indicator_id, place_id][year] = value
    locks = YearLock.objects.standing().filter(year__in=years)
    return Standing(
        indicators=by_pk,
        places=places,
        rows=rows,
        published=published,
        locked_years=frozenset(locks.values_list("year", flat=True)),
        this_year=timezone.localdate().year,
    )
