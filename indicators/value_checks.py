"""What is impossible and what is unlikely about one typed value. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from indicators.numbers import rescaling_factor

EARLIEST_YEAR = 1985  # first year of the Landsat series behind the oldest sources
UNLIKELY_CHANGE = Decimal("0.30")
_LARGEST = Decimal(10) ** 14
_MOST_DECIMALS = 4


@dataclass(frozen=True)
class ValueQuestion:
    """One finding: its code and the figures its sentence needs.

    `factor` is how many times the value is its predecessor (rescaled), or the change
    as a share of the predecessor (large_change); None where it means nothing.
    """

    code: str
    factor: Decimal | None = None


def impossible(
    *, value: Decimal | None, year: int, this_year: int, is_share: bool
) -> tuple[ValueQuestion, ...]:
    """Return what can never be published, most general first; empty when all is well.

    Codes: "year_future", "year_too_early", "share_range" (a share is 0 to 100),
    "too_large" (14 digits), "too_precise" (4 decimals). A missing value is possible.
    """
    found: list[str] = []
    if year > this_year:
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
    previous: Decimal | None,
    year: int,
    this_year: int,
    is_final: bool,
) -> tuple[ValueQuestion, ...]:
    """Return what its author must confirm with a reason; empty when nothing is.

    Codes: "rescaled" (about 100 or 1,000 times its predecessor or a 100th, 1,000th of
    it), "large_change" (more than 30 % up or down), "negative", "year_running"
    (measured in a year that is not over). previous is the last published value
    before the year, in the same unit; None compares nothing.
    """
    if value is None:
        return ()
    found: list[ValueQuestion] = []
    factor = rescaling_factor(value, previous)
    if factor is not None:
        found.append(ValueQuestion("rescaled", Decimal(factor)))
    elif previous:
        change = (value - previous) / abs(previous)
        if abs(change) > UNLIKELY_CHANGE:
            found.append(ValueQuestion("large_change", change))
    if value < 0:
        found.append(ValueQuestion("negative"))
    if year == this_year and is_final:
        found.append(ValueQuestion("year_running"))
    return tuple(found)
