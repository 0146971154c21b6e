"""Save the values of many indicators, places and years at once, as drafts.

One transaction, and a number of queries that does not depend on how many there are.
The yearly grid, a workbook and a single form all save through here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from indicators.models import Assignment, Evidence, YearlyValue
from indicators.yearly.checks import ValueQuestion
from indicators.yearly.content import CONTENT_FIELDS, ValueContent, says_the_same
from indicators.yearly.content import write_content as write
from indicators.yearly.standing import Key, Standing, standing_of
from indicators.yearly.writing import RECORD, writing

State = YearlyValue.State
_WRITTEN = (
    *CONTENT_FIELDS,
    *("state", "version", "supersedes_id", "lock_version"),
    *("recorded_by_id", "recorded_at", "reviewed_by_id", "reviewed_at"),
)


@dataclass(frozen=True)
class Entry:
    """One value that somebody wants to save as a draft.

    `seen` is the open row the form showed, with its version; None when it showed
    none. `row` is the caller's own mark, such as the line of a sheet. `has_evidence`
    says that a file comes with it.
    """

    indicator_id: int
    place_id: int
    year: int
    content: ValueContent
    seen: tuple[int, int] | None = None
    row: int = 0
    has_evidence: bool = False

    @property
    def key(self) -> Key:
        """Return indicator, place and year."""
        return self.indicator_id, self.place_id, self.year


@dataclass(frozen=True)
class Outcome:
    """What became, or would become, of an entry.

    `code` is "saved" ("new" or "changed" before it is saved), "unchanged", "stale"
    (somebody saved since the form was opened), or a code of ValueRefusedError.
    `stored` is the row that stands now; None when there is none. `questions` are
    all findings about the value, those that refuse it and those that were answered.
    """

    entry: Entry
    code: str
    stored: YearlyValue | None = None
    questions: tuple[ValueQuestion, ...] = ()

    @property
    def is_good(self) -> bool:
        """Return whether it is saved, can be saved, or need not be."""
        return self.code in {"new", "changed", "saved", "unchanged"}


def judge_values(
    *, actor: User, entries: Iterable[Entry], standing: Standing | None = None
) -> tuple[Outcome, ...]:
    """Return what would become of each entry, in their order; nothing is written.

    `standing` is what stands about them, where the caller has read it already.
    """
    entries = tuple(entries)
    if standing is None:
        standing = standing_of(entry.key for entry in entries)
    return _judged(actor, entries, standing)


def record_values(
    *, actor: User, entries: Iterable[Entry], standing: Standing | None = None
) -> tuple[Outcome, ...]:
    """Return what became of each entry, in their order; the good ones are drafts now.

    Whoever saves a draft last is its author. A correction starts with the evidence of
    what it corrects. `standing` is what stands about them, where the caller has read
    and locked it in the same transaction.

    Raises:
        ValueRefusedError: the actor may not record at all.
    """
    entries = tuple(entries)
    reasons = "; ".join({e.content.change_reason for e in entries} - {""})
    with writing(actor, RECORD, reasons[:2000]):
        if standing is None:
            standing = standing_of((entry.key for entry in entries), lock=True)
        judged = _judged(actor, entries, standing)
        rows = [_written(one, standing, actor) for one in judged]
        YearlyValue.objects.bulk_create(
            [row for row in rows if row is not None],
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=_WRITTEN,
        )
        Evidence.objects.copy_to_corrections(
            row
            for one, row in zip(judged, rows, strict=True)
            if row is not None and one.code == "new"
        )
    return tuple(
        one if row is None else replace(one, code="saved", stored=row)
        for one, row in zip(judged, rows, strict=True)
    )


def _judged(
    actor: User, entries: Sequence[Entry], standing: Standing
) -> tuple[Outcome, ...]:
    assigned = set(
        Assignment.objects.of(actor.pk).values_list("indicator_id", flat=True)
    )
    typed = {entry.key: entry.content.value for entry in entries}
    seen_keys: set[Key] = set()
    outcomes = []
    for entry in entries:
        is_twice = entry.key in seen_keys
        seen_keys.add(entry.key)
        is_allowed = (
            entry.indicator_id in assigned
            and entry.indicator_id in standing.indicators
            and entry.place_id in standing.places
        )
        if is_twice or not is_allowed:
            outcomes.append(Outcome(entry, "twice" if is_twice else "not_allowed"))
        else:
            outcomes.append(_judge(entry, standing, typed))
    return tuple(outcomes)


def _judge(
    entry: Entry, standing: Standing, typed: Mapping[Key, Decimal | None]
) -> Outcome:
    shown = standing.shown_row(entry.key)
    if shown is not None and says_the_same(shown, entry.content):
        return Outcome(entry, "unchanged", shown)
    if code := _obstacle(entry, standing):
        return Outcome(entry, code, shown)
    hard, soft = standing.questions(
        entry.key,
        entry.content,
        typed=typed,
        has_evidence=entry.has_evidence or bool(entry.content.source_url),
    )
    if hard:
        return Outcome(entry, "impossible", shown, hard)
    if soft and not entry.content.confirmation.strip():
        return Outcome(entry, "unconfirmed", shown, soft)
    is_open = standing.open_row(entry.key) is not None
    return Outcome(entry, "changed" if is_open else "new", shown, soft)


def _obstacle(entry: Entry, standing: Standing) -> str:
    """Return why an entry cannot be saved whatever its number; "" when it can."""
    opened = standing.open_row(entry.key)
    last = standing.last_closed(entry.key)
    if entry.year in standing.locked_years:
        return "year_locked"
    if opened is None and entry.seen is not None:
        return "stale"
    if opened is not None and entry.seen != (opened.pk, opened.lock_version):
        return "open_exists" if entry.seen is None else "stale"
    if opened is not None and opened.state == State.IN_REVIEW:
        return "wrong_state"
    if last is not None and last.load_id and last.state == State.PUBLISHED:
        return "from_load"
    if not entry.content.is_complete:
        return "wrong_content"
    if last is not None and not entry.content.change_reason.strip():
        return "no_change_reason"
    return ""


def _written(one: Outcome, standing: Standing, actor: User) -> YearlyValue | None:
    """Return the row to store for an outcome; None when there is nothing to store."""
    if one.code not in {"new", "changed"}:
        return None
    entry = one.entry
    row = standing.open_row(entry.key)
    if row is None:
        row = YearlyValue(year=entry.year, lock_version=0)
        row.indicator = standing.indicators[entry.indicator_id]
        row.place = standing.places[entry.place_id]
    for name, fresh in next_version(standing.last_closed(entry.key)).items():
        setattr(row, name, fresh)
    write(row, entry.content)
    row.state = State.DRAFT
    row.lock_version += 1
    row.recorded_by = actor
    row.recorded_at = timezone.now()
    return row


def next_version(last: YearlyValue | None) -> dict[str, Any]:
    """Return version and predecessor of a row that follows the last closed one."""
    if last is None:
        return {"version": 1, "supersedes_id": None}
    return {"version": last.version + 1, "supersedes_id": last.pk}
