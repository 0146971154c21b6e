"""Yields and gross value from monthly production: pure, no Django.

A yield is production over harvested area, in t/ha. What the area of a month means
depends on the crop: of a transitory crop (rice, maize) it is what was cut in that
month, and months add up; of a perennial (palm, cocoa, coffee, plantain) it is what
stands and bears, said anew every month, and adding it up would make one hectare
twelve. So the year's area is Σ for the first and the mean of the months for the
second, each over the districts added together.

Source: MIDAGRI/SIEA's field notes as read in users' code; the rule of the mean is
this project's own reading (2026-11-20) and printed beside every number.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

MONTHS = 12
_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One crop in one place and month: production in t, area in ha."""

    place: str
    month: int
    production_t: Decimal
    harvested_ha: Decimal


@dataclass(frozen=True, slots=True)
class AnnualYield:
    """A year's yield in t/ha, four decimals, with what it was computed from.

    `area_ha` is the Σ or the mean of the months, by the crop's kind. `gaps` counts
    for each place with a record the months without one; empty for a transitory
    crop, which has no record where nothing was cut.
    """

    yield_t_ha: Decimal
    production_t: Decimal
    area_ha: Decimal
    months: int
    places: int
    gaps: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Why a year gives no number: only `months` of twelve, or no area at all."""

    months: int
    has_area: bool = True


def annual_yield(
    rows: Iterable[MonthRow], *, is_perennial: bool, reported_months: int
) -> AnnualYield | Incomplete:
    """Return the yield of one crop and year over the places of the rows, t/ha.

    ``reported_months`` counts the year's months for which the source has any record
    of the province. A transitory crop needs twelve of them; a perennial needs a
    record of its own in each of the twelve. A place that lacks some months of a
    perennial lacks them in production and area alike, so the ratio holds; it is
    named in ``gaps``. Nothing missing is taken for zero.
    """
    known = list(rows)
    months = {row.month for row in known} if is_perennial else set()
    counted = len(months) if is_perennial else reported_months
    if counted < MONTHS:
        return Incomplete(months=counted)
    production_t = sum((row.production_t for row in known), Decimal(0))
    area_ha = sum((row.harvested_ha for row in known), Decimal(0))
    if is_perennial:
        area_ha /= MONTHS
    if not area_ha:
        return Incomplete(months=counted, has_area=False)
    return AnnualYield(
        yield_t_ha=(production_t / area_ha).quantize(_STEP, ROUND_HALF_EVEN),
        production_t=production_t,
        area_ha=area_ha,
        months=len({row.month for row in known}),
        places=len({row.place for row in known}),
        gaps=_gaps(known) if is_perennial else (),
    )


def _gaps(rows: Iterable[MonthRow]) -> tuple[tuple[str, int], ...]:
    months: defaultdict[str, set[int]] = defaultdict(set)
    for row in rows:
        months[row.place].add(row.month)
    return tuple(
        (place, MONTHS - len(seen))
        for place, seen in sorted(months.items())
        if len(seen) < MONTHS
    )


def gross_value_pen_millions(
    production_t: Mapping[str, Decimal], price_pen_kg: Mapping[str, Decimal]
) -> Decimal | None:
    """Return Σ production × base price in millions of soles, four decimals.

    Both are by crop. None when any crop with production has no price, or nothing
    was produced: a sum of some crops is not the value of all.
    """
    produced = {crop: amount for crop, amount in production_t.items() if amount}
    if not produced or produced.keys() - price_pen_kg.keys():
        return None
    # t × S/ per kg is thousands of soles.
    value = sum(
        (amount * price_pen_kg[crop] for crop, amount in produced.items()), Decimal(0)
    )
    return (value / 1000).quantize(_STEP, ROUND_HALF_EVEN)
