"""Save the touched rows of a grid; say what became of the others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict

from indicators.grid.forms import CELLS, RowForm, read_seen
from indicators.grid.year import GridRow, YearGrid
from indicators.models import YearlyValue
from indicators.yearly.batches import Outcome, record_values
from indicators.yearly.words import refusal_text

# Somebody else was faster, or the row may no longer be typed in.
_OVERTAKEN = {"stale", "open_exists", "wrong_state", "year_locked", "from_load"}


@dataclass(frozen=True)
class Saved:
    """What became of the rows that were sent.

    `saved` are the rows that are drafts now. The forms of the others keep what was
    typed: `wrong` have errors or questions, `overtaken` met somebody else's version,
    `waiting` are of sections that were not saved. `strange` is what was typed in rows
    that are not, or no longer, the person's.
    """

    saved: tuple[YearlyValue, ...] = ()
    wrong: tuple[RowForm, ...] = ()
    overtaken: tuple[RowForm, ...] = ()
    waiting: tuple[RowForm, ...] = ()
    strange: tuple[str, ...] = ()

    @property
    def kept(self) -> dict[str, RowForm]:
        """Return the forms whose rows are not saved, by their prefix."""
        forms = (*self.wrong, *self.overtaken, *self.waiting)
        return {form.row.prefix: form for form in forms}


def save_rows(*, actor: User, grid: YearGrid, sent: QueryDict, section: str) -> Saved:
    """Return what became of every row that was sent; the good ones are drafts now.

    `section` is the code of the axis to save, "" for all of them. A row that says
    what its person was shown is left alone, whatever is stored by now.
    """
    prefixes = sent_prefixes(sent)
    known = grid.by_prefix
    touched = touched_forms([known[one] for one in prefixes if one in known], sent)
    chosen = [form for form in touched if section in {"", form.row.axis_code}]
    valid = [form for form in chosen if form.is_valid()]
    outcomes = record_values(actor=actor, entries=[form.entry for form in valid])
    overtaken = []
    for form, outcome in zip(valid, outcomes, strict=True):
        if not _is_told(form, outcome):
            overtaken.append(form)
    stored = (one.stored for one in outcomes if one.code == "saved")
    return Saved(
        saved=tuple(row for row in stored if row is not None),
        wrong=tuple(form for form in chosen if form.errors),
        overtaken=tuple(overtaken),
        waiting=tuple(form.unjudged() for form in touched if form not in chosen),
        strange=_strange(prefixes, known, sent),
    )


def sent_prefixes(sent: QueryDict) -> list[str]:
    """Return what the names of the rows that were sent begin with, in their order."""
    mark = "-seen"
    return [name.removesuffix(mark) for name in sent if name.endswith(mark)]


def touched_forms(rows: Iterable[GridRow], sent: QueryDict) -> list[RowForm]:
    """Return the forms of the rows that say something else than was shown; 1 query."""
    rows = list(rows)
    seen = {row.prefix: read_seen(sent.get(f"{row.prefix}-seen", "")) for row in rows}
    former = _former_versions(rows, seen)
    forms = []
    for row in rows:
        version = seen[row.prefix]
        is_current = _current(row) == version
        shown = row.stored if is_current and version else former.get(version)
        forms.append(RowForm(sent, row=row, shown=shown))
    return [form for form in forms if form.is_touched]


def _strange(
    prefixes: Iterable[str], known: Mapping[str, GridRow], sent: QueryDict
) -> tuple[str, ...]:
    unknown = (prefix for prefix in prefixes if prefix not in known)
    texts = (
        " · ".join(filter(None, (sent.get(f"{prefix}-{name}", "") for name in CELLS)))
        for prefix in unknown
    )
    return tuple(text for text in texts if text)


def _current(row: GridRow) -> tuple[int, int] | None:
    return read_seen(row.seen)


def _former_versions(
    rows: Iterable[GridRow], seen: Mapping[str, tuple[int, int] | None]
) -> dict[Any, Any]:
    """Return the versions that were shown and are stored no more, from the history."""
    by_pk = {
        version[0]: row
        for row in rows
        if (version := seen[row.prefix]) and version != _current(row)
    }
    if not by_pk:
        return {}
    events = YearlyValue.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        pgh_obj_id__in=by_pk
    )
    found = {}
    for event in events.order_by("pgh_id"):
        row = by_pk[event.pgh_obj_id]
        if (event.indicator_id, event.place_id, event.year) == row.key:
            event.indicator = row.indicator
            found[event.pgh_obj_id, event.lock_version] = event
    return found


def _is_told(form: RowForm, outcome: Outcome) -> bool:
    """Return whether the row is done or its form says why not; False if overtaken."""
    if outcome.code == "impossible":
        form.refuse(outcome.questions)
    elif outcome.code == "unconfirmed":
        form.ask(outcome.questions)
    elif outcome.code == "no_change_reason" and outcome.stored is None:
        form.add_error("change_reason", refusal_text(outcome.code))
    elif outcome.code in _OVERTAKEN or outcome.code == "no_change_reason":
        return False
    elif not outcome.is_good:
        form.add_error(None, refusal_text(outcome.code))
    return True
