"""What is impossible and what is unlikely about one typed value. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from indicators.numbers import rescaling_factor

EARLIEST_YEAR = 1985  # first year of the Landsat series behind the oldest sources
UNLIKELY_CHANGE = Decimal("0.30")
UNLIKELY_DEVIATIONS = 3
# With fewer, the median deviation says more about chance than about the series.
LEAST_HISTORY = 4
_LARGEST = Decimal(10) ** 14
_MOST_DECIMALS = 4


@dataclass(frozen=True)
class ValueQuestion:
    """One finding: its code and the figures its sentence needs.

    `factor` is how many times the value is its predecessor (rescaled), the change
    as a share of the predecessor (large_change), the median of the earlier years
    (far_from_history) or the sum of the districts (parts), whose `total` is what the
    province says; None where it means nothing.
    """

    code: str
    factor: Decimal | None = None
    total: Decimal | None = None


@dataclass(frozen=True)
class Surroundings:
    """What is published about a value, all in the indicator's unit.

    `previous` is the last published value before the year, `earlier` every published
    value before it. `parts_sum` is the sum of the districts and `whole` the province's
    value, both with the typed one in its place; None where one of them is missing or
    where districts do not add up to the province. `part_count` is how many were added.
    """

    previous: Decimal | None = None
    earlier: Sequence[Decimal] = ()
    parts_sum: Decimal | None = None
    whole: Decimal | None = None
    part_count: int = 0


def impossible(
    *,
    value: Decimal | None,
    year: int,
    this_year: int,
    is_share: bool,
    is_measured: bool = False,
) -> tuple[ValueQuestion, ...]:
    """Return what can never be published, most general first; empty when all is well.

    Codes: "year_future" (nobody can have measured a year to come), "year_too_early",
    "share_range" (a share is 0 to 100), "too_large" (14 digits), "too_precise" (4
    decimals). A missing value is possible.
    """
    found: list[str] = []
    if year > this_year and is_measured:
        found.append("year_future")
    if year < EARLIEST_YEAR:
        found.append("year_too_early")
    if value is None:
        return tuple(ValueQuestion(code) for code in found)
    if is_share and not 0 <= value <= 100:
        found.append("share_range")
    if abs(value) >= _LARGEST:
        found.append("too_large")
    exponent = value.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _MOST_DECIMALS:
        found.append("too_precise")
    return tuple(ValueQuestion(code) for code in found)


def unlikely(
    *,
    value: Decimal | None,
    year: int,
    this_year: int,
    is_final: bool,
    around: Surroundings,
    has_evidence: bool = True,
    decimals: int = 0,
) -> tuple[ValueQuestion, ...]:
    """Return what its author must confirm with a reason; empty when nothing is.

    Codes: "rescaled" (about 100 or 1,000 times its predecessor or a 100th, 1,000th of
    it), "large_change" (more than 30 % up or down), "far_from_history" (more than
    three median absolute deviations from the median of at least four years),
    "negative", "parts" (the districts add up to something else than the province,
    beyond their rounding to `decimals`), "year_running" (measured in a year that is
    not over), "year_ahead" (a year to come), "no_evidence" (neither link nor file).
    """
    ahead = [ValueQuestion("year_ahead")] if year > this_year else []
    if value is None:
        return tuple(ahead)
    found = _against_the_past(value, around)
    if value < 0:
        found.append(ValueQuestion("negative"))
    found += _against_the_parts(around, decimals)
    if year == this_year and is_final:
        found.append(ValueQuestion("year_running"))
    found += ahead
    if not has_evidence:
        found.append(ValueQuestion("no_evidence"))
    return tuple(found)


def _against_the_past(value: Decimal, around: Surroundings) -> list[ValueQuestion]:
    previous = around.previous
    factor = rescaling_factor(value, previous)
    if factor is not None:
        return [ValueQuestion("rescaled", Decimal(factor))]
    if previous:
        change = (value - previous) / abs(previous)
        if abs(change) > UNLIKELY_CHANGE:
            return [ValueQuestion("large_change", change)]
    if len(around.earlier) < LEAST_HISTORY:
        return []
    middle = median(around.earlier)
    deviation = median(abs(one - middle) for one in around.earlier)
    if deviation and abs(value - middle) > UNLIKELY_DEVIATIONS * deviation:
        return [ValueQuestion("far_from_history", middle)]
    return []


def _against_the_parts(around: Surroundings, decimals: int) -> list[ValueQuestion]:
    if around.parts_sum is None or around.whole is None:
        return []
    # Each part and the whole may be rounded by half of the last decimal.
    rounding = Decimal(1).scaleb(-decimals) / 2 * (around.part_count + 1)
    if abs(around.parts_sum - around.whole) <= rounding:
        return []
    return [ValueQuestion("parts", around.parts_sum, around.whole)]
