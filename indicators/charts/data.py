"""What a chart draws: plain values, no queries, no language but its labels."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Point:
    """A year of a series, in the indicator's unit; value None is missing."""

    year: int
    value: float | None
    is_preliminary: bool = False
    is_synthetic: bool = False
    is_proxy: bool = False


@dataclass(frozen=True, kw_only=True)
class Break:
    """First year of another method, and why."""

    year: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Series:
    """The values of one indicator in one place, with what they are held against.

    ``points`` has one entry a year from the first to the last, holes included.
    ``bars``: each year stands for itself (a yearly flow); else it is a level.
    ``target_value`` is in the indicator's unit, None where there is no number.
    """

    unit: str
    points: tuple[Point, ...]
    bars: bool
    is_running_total: bool
    target_value: float | None
    target_year: int
    target_operator: str
    baseline: Point | None
    breaks: tuple[Break, ...]

    @property
    def is_synthetic(self) -> bool:
        """Return whether any year of it is made up."""
        return any(point.is_synthetic for point in self.points)

    @property
    def has_preliminary(self) -> bool:
        """Return whether any year of it may still change."""
        return any(point.is_preliminary for point in self.points)

    @property
    def has_gaps(self) -> bool:
        """Return whether a year between the first and the last has no value."""
        return any(point.value is None for point in self.points)


@dataclass(frozen=True, kw_only=True)
class Labels:
    """The words of a chart, already in the reader's language.

    ``title`` is the message, ``description`` says the course in words;
    ``target_lines`` stand beside the target's line, ``break_word`` follows the
    year of a change of method.
    """

    title: str
    description: str
    target_lines: tuple[str, ...]
    baseline: str
    break_word: str
    synthetic: str
    unit: str
    values: str
    preliminary: str
    proxy: str
    path: str
