"""Where a value lies: axes from zero, round ticks, whole years."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from indicators.charts.data import Series

TICKS = 4
HEADROOM = 1.06


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The plot area in drawing units, with the years and values it spans."""

    left: float
    right: float
    top: float
    bottom: float
    first_year: int
    last_year: int
    low: float
    high: float

    @property
    def slot(self) -> float:
        """Return the width of one year."""
        return (self.right - self.left) / (self.last_year - self.first_year + 1)

    def x(self, year: float) -> float:
        """Return the middle of a year's slot."""
        return self.left + (year - self.first_year + 0.5) * self.slot

    def y(self, value: float) -> float:
        """Return the height of a value; larger values lie higher."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom - share * (self.bottom - self.top)


def value_range(series: Series) -> tuple[float, float]:
    """Return lowest and highest value of the axis; zero always lies on it."""
    numbers = [p.value for p in series.points if p.value is not None]
    numbers += [] if series.target_value is None else [series.target_value]
    if series.baseline is not None and series.baseline.value is not None:
        numbers.append(series.baseline.value)
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    if low == high:
        high = 1.0
    return low * HEADROOM, high * HEADROOM


def round_ticks(low: float, high: float) -> tuple[float, ...]:
    """Return about four round values from low to high, zero among them."""
    rough = (high - low) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * 0.999)
    first, last = math.ceil(low / step), math.floor(high / step)
    return tuple(round(n * step, 10) for n in range(first, last + 1))


def year_labels(frame: Frame, wanted: Iterable[int], apart: float) -> tuple[int, ...]:
    """Return the years to print, the wanted ones first, none closer than apart."""
    fifths = [y for y in range(frame.first_year, frame.last_year + 1) if y % 5 == 0]
    chosen: list[int] = []
    for year in [*wanted, *fifths]:
        inside = frame.first_year <= year <= frame.last_year
        if inside and all(
            abs(frame.x(year) - frame.x(other)) >= apart for other in chosen
        ):
            chosen.append(year)
    return tuple(sorted(chosen))


def tick_text(value: float) -> str:
    """Return a tick as Peru writes numbers: ``1,500``, ``0.5``."""
    return f"{value:,.10f}".rstrip("0").rstrip(".")
