"""Reads of the workbook pages: a person's own workbooks, and one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _

from indicators.models import WorkbookImport
from indicators.workbooks.actions import untouched_values
from indicators.workbooks.preview import READY

_MOST_LISTED = 50
State = WorkbookImport.State


@dataclass(frozen=True)
class WorkbookReport:
    """One workbook with what its page needs beside it.

    `undoable` counts the drafts that can still be taken back. `wrong` are the lines
    that were not saved; of one that was undone, those that stayed. `is_slow` says
    that the worker takes longer than it should.
    """

    row: WorkbookImport
    state_label: str
    undoable: int
    wrong: tuple[Mapping[str, Any], ...]
    is_slow: bool

    @property
    def saved_count(self) -> int:
        """Return how many values the import saved."""
        return len(self.row.written)


def own_workbooks(user: User) -> list[tuple[WorkbookImport, str]]:
    """Return a person's workbooks with the word for their state, newest first."""
    rows = WorkbookImport.objects.filter(person=user)
    light = rows.defer("body", "lines", "written", "left")[:_MOST_LISTED]
    return [(row, workbook_state(row.state)) for row in light]


def own_workbook(user: User, import_id: int) -> WorkbookReport | None:
    """Return one of a person's workbooks; None when it is nobody's or another's."""
    rows = WorkbookImport.objects.filter(person=user, pk=import_id)
    row = rows.defer("body").first()
    if row is None:
        return None
    refused = [line for line in row.lines if line["group"] != READY]
    wrong = row.left if row.state == State.UNDONE else [*row.left, *refused]
    waited_s = (timezone.now() - row.uploaded_at).total_seconds()
    return WorkbookReport(
        row=row,
        state_label=workbook_state(row.state),
        undoable=len(untouched_values(row)) if row.state == State.SAVED else 0,
        wrong=tuple(wrong),
        is_slow=row.waits_for_worker and waited_s > 600,
    )


def workbook_state(state: str) -> str:
    """Return the word for the state of a workbook."""
    return {
        "reading": _("Leyendo"),
        "read": _("Por decidir"),
        "saving": _("Guardando"),
        "saved": _("Importado"),
        "undone": _("Deshecho"),
        "cancelled": _("Cancelado"),
    }[state]
