"""What the history of an indicator is handed in: frozen, in one language."""

import datetime as dt
from dataclasses import dataclass

from indicators.evidence.reading import EvidenceItem
from indicators.series.marks import Mark
from indicators.series.records import Edition, Row


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    """One public change of an indicator, in words ("de 2,310 a 2,400 ha").

    ``kind`` is one of series.changes.kind_words; ``year`` that of the value, target,
    baseline or milestone; ``district`` "" is the province. ``who`` is a role, never a
    person. Evidence stands with the line that first published a version;
    ``evidence_level`` is None elsewhere.
    """

    at: dt.datetime
    kind: str
    year: int
    what: str
    reason: str
    who: str
    district: str = ""
    source: str = ""
    source_url: str = ""
    is_synthetic: bool = False
    evidence_level: int | None = None
    evidence: tuple[EvidenceItem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the method said at a time, and what made it be computed."""

    on: dt.date
    mark: Mark
    latest_year: int | None
    method: str
    trigger: str
    is_synthetic: bool
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class YearClosing:
    """A year that was closed after a session.

    ``opened_at`` is None while it is closed; ``opened_why`` says why it was opened.
    """

    year: int
    session: str
    closed_at: dt.datetime
    opened_at: dt.datetime | None
    opened_why: str


@dataclass(frozen=True, kw_only=True)
class History:
    """How the numbers, promises and verdicts of an indicator changed in public."""

    row: Row
    changes: tuple[HistoryLine, ...]
    verdicts: tuple[Verdict, ...]
    editions: tuple[Edition, ...]
