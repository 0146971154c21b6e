"""What a sent sheet would change, line by line, in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from indicators.models import YearlyValue
from indicators.workbooks.columns import TYPED, header_of
from indicators.workbooks.content import CellProblem
from indicators.workbooks.lines import LineReader, ReadLine
from indicators.workbooks.reading import ReadSheet
from indicators.workbooks.sheet_rows import SheetRow
from indicators.yearly.batches import Outcome, judge_values
from indicators.yearly.content import ValueContent
from indicators.yearly.words import (
    indicator_name,
    place_name,
    question_text,
    refusal_text,
    shown_value,
)

ERROR, WARNING, READY = "error", "warning", "ready"
_ORDER: Final = (ERROR, WARNING, READY)
# Which cell mends it; the value otherwise.
_CELL_OF_CODE: Final = {
    "no_change_reason": "change_reason",
    "unconfirmed": "confirmation",
}
_STEP_ROWS: Final = 200

Progress = Callable[[int], object]


@dataclass(frozen=True)
class PreviewLine:
    """One line that says something new, ready to read.

    `group` is "error", "warning" (unlikely and not yet explained) or "ready".
    `messages` are pairs of a column's letters, such as "F", and a sentence; "" for the
    letters where no single cell is meant.
    """

    row: int
    group: str
    code: str
    name: str
    place: str
    year: int
    before: str
    after: str
    messages: tuple[tuple[str, str], ...]

    def as_json(self) -> dict[str, Any]:
        """Return the line as it is kept."""
        return asdict(self)


@dataclass(frozen=True)
class Preview:
    """The lines with something new, errors first, and how many say nothing new."""

    year: int
    lines: tuple[PreviewLine, ...]
    same_count: int

    def count(self, group: str) -> int:
        """Return how many lines are in a group."""
        return sum(line.group == group for line in self.lines)


def preview_of(actor: User, sheet: ReadSheet, progress: Progress) -> Preview:
    """Return what the sheet would change; `progress` hears of each 200 lines."""
    reader = LineReader(actor, sheet, lock=False)
    lines = []
    for number, line in enumerate(sheet.lines, 1):
        lines.append(reader.read(line))
        if number % _STEP_ROWS == 0:
            progress(number)
    entries = [one.entry for one in lines if one.entry is not None]
    outcomes = judge_values(actor=actor, entries=entries, standing=reader.standing)
    shown = preview_lines(lines, outcomes, sheet)
    return Preview(reader.year, shown, len(lines) - len(shown))


def preview_lines(
    lines: Iterable[ReadLine], outcomes: Iterable[Outcome], sheet: ReadSheet
) -> tuple[PreviewLine, ...]:
    """Return the lines that say something new, those with errors first."""
    by_row = {outcome.entry.row: outcome for outcome in outcomes}
    found = []
    for read in lines:
        outcome = by_row.get(read.line.row)
        if not read.is_same and (outcome is None or outcome.code != "unchanged"):
            found.append(_preview_line(read, outcome, sheet.letters))
    return tuple(sorted(found, key=lambda one: (_ORDER.index(one.group), one.row)))


def _preview_line(
    read: ReadLine, outcome: Outcome | None, letters: Mapping[str, str]
) -> PreviewLine:
    cells, stored = read.line.cells, read.stored
    group, problems = _judged(read, outcome)
    return PreviewLine(
        row=read.line.row,
        group=group,
        code=cells["code"][:40],
        name=indicator_name(stored.indicator) if stored else "",
        place=place_name(stored.place) if stored else cells["ubigeo"][:40],
        year=stored.year if stored else 0,
        before=_before(stored),
        after=_after(read),
        messages=tuple((letters[problem.column], problem.text) for problem in problems),
    )


def _judged(
    read: ReadLine, outcome: Outcome | None
) -> tuple[str, tuple[CellProblem, ...]]:
    """Return the group of a line, and what there is to say of it."""
    if outcome is None or read.stored is None or read.entry is None:
        return ERROR, read.problems
    questions = tuple(
        CellProblem(
            "value", question_text(one, read.stored.indicator, read.stored.previous)
        )
        for one in outcome.questions
    )
    if outcome.is_good:
        return READY, (*questions, *_changed_cells(read.stored, read.entry.content))
    cell = _CELL_OF_CODE.get(outcome.code, "value")
    if outcome.code == "unconfirmed":
        return WARNING, (*questions, CellProblem(cell, _explain()))
    if outcome.code == "impossible":
        return ERROR, questions
    return ERROR, (CellProblem(cell, refusal_text(outcome.code)),)


def _explain() -> str:
    return _(
        "Si el valor es correcto, escribe aquí por qué y sube el archivo otra vez."
    )


def _changed_cells(stored: SheetRow, content: ValueContent) -> tuple[CellProblem, ...]:
    """Return which words change where the value itself does not."""
    if stored.shown is None or stored.shown.value != content.value:
        return ()
    names = [
        name
        for name in TYPED
        if name != "value" and getattr(content, name) != stored.kept(name)
    ]
    return tuple(
        CellProblem(name, _("Cambia «%(name)s».") % {"name": header_of(name)})
        for name in names
    )


def _before(stored: SheetRow | None) -> str:
    return shown_value(stored.shown) if stored and stored.shown else ""


def _after(read: ReadLine) -> str:
    """Return the new value, as it was typed where it cannot be read."""
    if read.entry is None or read.stored is None:
        return read.line.cells["value"][:60]
    content = read.entry.content
    return shown_value(
        YearlyValue(
            indicator=read.stored.indicator,
            value=content.value,
            no_data_reason=content.no_data_reason,
        )
    )
