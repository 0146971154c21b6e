"""What the selectors hand to pages: frozen, in one language, without queries."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from indicators.charts import Break, Point, Series
from indicators.evidence.reading import EvidenceItem
from indicators.progress import SumLine
from indicators.series.land_use_records import LandUseBlock
from indicators.series.marks import Group, Mark

Lang = Literal["es", "en"]

# Said beside the verdict: change a year, projection, compound growth.
_BESIDE = frozenset({"d", "b", "ŷ", "c"})


@dataclass(frozen=True, kw_only=True)
class Site:
    """Whose plan the site shows; ``plan_version_id`` None before a plan is loaded."""

    name: str
    region: str
    country: str
    target_year: int | None
    plan_title: str
    plan_year: int | None
    plan_version_id: int | None
    vision: str
    goals_status: str
    changed_at: dt.datetime | None
    has_synthetic: bool

    @property
    def title(self) -> str:
        """Return the name of the site, such as ``Villa Alta 2030``."""
        return f"{self.name} {self.target_year or ''}".strip()


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Something a goal lacks before it can be assessed, and whose turn it is."""

    what: str
    turn: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """An indicator in a list. Amounts are in ``unit``; None is "no value".

    ``proxy`` says what the latest value stands in by, "" when it is no proxy.
    ``total`` is what a cumulative target is compared with, the years added up; None
    for every other target, and on the page of one indicator, which has its own.
    ``evidence_level`` is the worst behind the result, 0 to 4; None without a value.
    """

    indicator_id: int
    code: str
    slug: str
    name: str
    measure: str
    axis_code: str
    axis_name: str
    unit: str
    decimals: int
    mark: Mark
    total: float | None
    latest_value: float | None
    latest_year: int | None
    target_text: str
    missing: tuple[Missing, ...]
    proxy: str
    is_synthetic: bool
    has_doubt: bool
    is_main: bool
    is_printed: bool
    is_yearly_part: bool
    is_stale: bool
    years_old: int | None
    evidence_level: int | None


@dataclass(frozen=True, kw_only=True)
class Count:
    """How many indicators stand in a group of statuses."""

    group: Group
    number: int


@dataclass(frozen=True, kw_only=True)
class AxisCard:
    """An axis in counts: never an average, never one score."""

    code: str
    name: str
    objective: str
    counts: tuple[Count, ...]
    assessed: int
    total: int
    synthetic: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something that was published: how many values, of what, when."""

    on: dt.date
    slug: str
    name: str
    first_year: int
    last_year: int
    values: int
    is_load: bool
    is_synthetic: bool
    is_correction: bool


@dataclass(frozen=True, kw_only=True)
class Sum:
    """The sum of a result as the method prints it, and its sentences."""

    lines: tuple[SumLine, ...]
    status: str
    required: str
    differ: str
    projection: float | None
    projection_year: int | None
    method: str
    compound: float | None
    computed_on: dt.date
    used_years: tuple[int, ...]
    missing_years: tuple[int, ...]

    @property
    def deciding_lines(self) -> tuple[SumLine, ...]:
        """Return the lines that decide, without projection and second opinion."""
        return tuple(line for line in self.lines if line.symbol not in _BESIDE)


@dataclass(frozen=True, kw_only=True)
class ValueRow:
    """A published year for the table. ``meets``: None where it is not compared.

    ``proxy`` says what the value stands in by, "" when it is the indicator itself.
    ``evidence_level`` is None where nothing is recorded for the year.
    """

    year: int
    value: float | None
    total: float | None
    kind: str
    is_preliminary: bool
    reason: str
    meets: bool | None
    source: str
    source_url: str
    note: str
    proxy: str
    who: str
    is_synthetic: bool
    is_corrected: bool
    is_year_closed: bool
    starts_break: Break | None
    evidence_level: int | None
    evidence: tuple[EvidenceItem, ...]
    is_loaded: bool


@dataclass(frozen=True, kw_only=True)
class SourceLine:
    """A source behind the values of a page."""

    name: str
    publisher: str
    licence: str
    citation: str
    url: str


@dataclass(frozen=True, kw_only=True)
class OpinionYear:
    """A year in a second opinion beside the published value; None is missing."""

    year: int
    value: float | None
    official: float | None


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """Another measurement of an indicator, hectares a year; never part of its line."""

    source: SourceLine
    edition: str
    published_on: dt.date
    cautions: tuple[str, ...]
    series: Series
    years: tuple[OpinionYear, ...]


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of a checklist goal."""

    name: str
    due_on: dt.date | None
    done_on: dt.date | None


@dataclass(frozen=True, kw_only=True)
class PlaceValue:
    """The latest year of one district; ``reason`` says why ``value`` is None."""

    name: str
    value: float | None
    kind: str
    reason: str
    source: str
    evidence_level: int
    proxy: str
    is_synthetic: bool


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A published value that was taken back; ``district`` "" is the province."""

    year: int
    district: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Crosswalk:
    """Codes of another framework, as this dashboard proposes them."""

    framework: str
    codes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BaselineLine:
    """The adopted starting point and who adopted it."""

    value: float
    year: int
    source: str
    adopted_in: str
    adopted_on: dt.date
    is_synthetic: bool


@dataclass(frozen=True, kw_only=True)
class Sibling:
    """Another indicator of the same goal."""

    slug: str
    name: str
    origin_word: str


@dataclass(frozen=True, kw_only=True)
class EditionChange:
    """A published value that a source changed; after is None when it took it back."""

    place: str
    level: str
    year: int
    before: float | None
    after: float | None
    is_withdrawn: bool


@dataclass(frozen=True, kw_only=True)
class Edition:
    """A load that changed published values, in the indicator's unit."""

    on: dt.date
    edition: str
    source: str
    changes: tuple[EditionChange, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Everything the page of an indicator shows."""

    row: Row
    goal_text: str
    goal_text_original: str
    axis_objective: str
    doubt: str
    confidence: str
    is_confidence_low: bool
    origin: str
    origin_word: str
    target_origin: str
    target_origin_word: str
    target_year: int
    target_rule: str
    baseline: BaselineLine | None
    collection: str
    frequency: str
    series: Series
    values: tuple[ValueRow, ...]
    districts: tuple[PlaceValue, ...]
    district_year: int | None
    sum: Sum | None
    stale_after: dt.date | None
    derivation: str
    without_number: tuple[str, ...]
    sources: tuple[SourceLine, ...]
    proposed_sources: tuple[str, ...]
    steps: tuple[Step, ...]
    milestones: tuple[Point, ...]
    crosswalk: tuple[Crosswalk, ...]
    siblings: tuple[Sibling, ...]
    opinions: tuple[Opinion, ...]
    land_use: LandUseBlock | None
    withdrawals: tuple[Withdrawal, ...]
    corrected: int
    corrected_on: dt.date | None
    editions: tuple[Edition, ...]
    last_published: dt.date | None
    place: str

    @property
    def proxies(self) -> tuple[tuple[str, str], ...]:
        """Return what values stand in by, each with its years, the newest first."""
        years: dict[str, list[str]] = {}
        for row in self.values:
            if row.proxy:
                years.setdefault(row.proxy, []).append(str(row.year))
        return tuple((words, ", ".join(found)) for words, found in years.items())

    @property
    def total(self) -> float | None:
        """Return the newest running total; None where years are not added up."""
        if not self.series.is_running_total or not self.series.points:
            return None
        return self.series.points[-1].value


@dataclass(frozen=True, kw_only=True)
class Headline:
    """The goal the home page opens with, with its chart and sum."""

    row: Row
    series: Series
    sum: Sum
    source: str


@dataclass(frozen=True, kw_only=True)
class Home:
    """The overview: counts, axes, the headline and what changed last."""

    total: int
    sentence: str
    counts: tuple[Count, ...]
    axes: tuple[AxisCard, ...]
    headline: Headline | None
    latest: tuple[Change, ...]
    synthetic: int
    has_values: bool


@dataclass(frozen=True, kw_only=True)
class AxisPage:
    """An axis with its indicators."""

    card: AxisCard
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class ComparisonLine:
    """A year or month in a source's table beside our own figure, hectares.

    ``difference_pct`` is theirs against our own; None where one of them is missing.
    """

    period: str
    theirs_ha: float | None
    own_ha: float | None
    difference_pct: float | None


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """A source as ``/fuentes/`` shows it; None where nothing was loaded yet."""

    code: str
    name: str
    publisher: str
    licence: str
    citation: str
    url: str
    frequency: str
    cautions: tuple[str, ...]
    state: str
    state_word: str
    shape: str
    tone: str
    last_success: dt.datetime | None
    last_try: dt.datetime | None
    next_run: dt.datetime | None
    late_since: dt.date | None
    edition: str
    data_to: str
    is_synthetic: bool
    rows: int | None
    reason: str
    feeds: tuple[Sibling, ...]
    comparison: tuple[ComparisonLine, ...]
