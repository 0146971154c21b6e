"""Writes of workbooks: send, preview, save as drafts, cancel, undo.

Saving and undoing are one transaction each; saving takes the same number of queries
whatever the rows. Nothing is ever published from here.
"""

import hashlib
from datetime import timedelta
from typing import Any, Final

import pghistory
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from indicators.models import Indicator, WorkbookImport, YearlyValue
from indicators.outbox import ask
from indicators.workbooks.lines import LineReader, year_of
from indicators.workbooks.preview import (
    ERROR,
    READY,
    WARNING,
    Preview,
    preview_lines,
    preview_of,
)
from indicators.workbooks.reading import read_workbook
from indicators.yearly.batches import Outcome, record_values
from indicators.yearly.writing import RECORD, ValueRefusedError, writing

State = WorkbookImport.State
# More of them are read and saved by a worker: nobody looks at a blank page.
MOST_ROWS_AT_ONCE: Final = 500
KEEP_UNDECIDED: Final = timedelta(days=30)
_NAME_LENGTH: Final = 200


class WorkbookStateError(Exception):
    """An action that the workbook's state does not allow any more."""


def send_workbook(*, actor: User, file_name: str, content: bytes) -> WorkbookImport:
    """Return the sent workbook, with its preview or waiting for a worker's.

    Raises:
        ValueRefusedError: the actor may not record.
        WorkbookRefused: it cannot be read; nothing was kept of it.
    """
    if not actor.has_perm(RECORD):
        raise ValueRefusedError("not_allowed")
    sheet = read_workbook(content, file_name)
    row = WorkbookImport(
        person=actor,
        file_name=file_name[-_NAME_LENGTH:],
        sha256=hashlib.sha256(content).hexdigest(),
        body=content,
        language=get_language() or "",
        uploaded_at=timezone.now(),
        year=year_of(sheet),
        row_count=len(sheet.lines),
    )
    with transaction.atomic():
        if row.row_count <= MOST_ROWS_AT_ONCE:
            _keep_preview(row, preview_of(actor, sheet, progress=lambda _rows: None))
        row.save()
        if row.state == State.READING:
            _ask("read_workbook", row)
    return row


def preview_workbook(import_id: int) -> str:
    """Return the state of a workbook after a worker has read it.

    How many rows are read shows meanwhile. Doing it twice does it once.
    """
    row = WorkbookImport.objects.select_related("person").get(pk=import_id)
    mine = WorkbookImport.objects.filter(pk=import_id, state=State.READING)
    if row.state != State.READING:
        return row.state
    with override(row.language):
        sheet = read_workbook(bytes(row.body or b""), row.file_name)
        preview = preview_of(
            row.person, sheet, progress=lambda rows: mine.update(rows_read=rows)
        )
    _keep_preview(row, preview)
    # Cancelled meanwhile: it stays so.
    mine.update(**{name: getattr(row, name) for name in _PREVIEW_FIELDS})
    return row.state


_PREVIEW_FIELDS: Final = (
    *("state", "rows_read", "lines", "same_count"),
    *("ready_count", "warning_count", "error_count"),
)


def _keep_preview(row: WorkbookImport, preview: Preview) -> None:
    row.state = State.READ
    row.rows_read = row.row_count
    row.lines = [line.as_json() for line in preview.lines]
    row.ready_count = preview.count(READY)
    row.warning_count = preview.count(WARNING)
    row.error_count = preview.count(ERROR)
    row.same_count = preview.same_count


def accept_workbook(*, actor: User, import_id: int) -> WorkbookImport:
    """Return the workbook, saved, or waiting for the worker that saves it.

    Raises:
        ValueRefusedError: the actor may not record, or it is another person's.
        WorkbookStateError: it was decided already, or has nothing to save.
    """
    with transaction.atomic():
        row = _own(actor, import_id)
        if row.state != State.READ or not row.ready_count:
            raise WorkbookStateError(row.state)
        if row.row_count <= MOST_ROWS_AT_ONCE:
            return _save(row)
        row.state = State.SAVING
        row.save(update_fields=["state"])
        _ask("save_workbook", row)
    return row


def save_workbook(import_id: int) -> str:
    """Return the state of a workbook after a worker has saved its good rows.

    All of them or none; doing it twice does it once. Cancelled where the person
    lost the right in between.
    """
    with transaction.atomic():
        row = _locked(import_id)
        if row.state != State.SAVING:
            return row.state
        if not row.person.has_perm(RECORD):
            return _cancel(row).state
        with override(row.language):
            return _save(row).state


def _save(row: WorkbookImport) -> WorkbookImport:
    """Save what the preview showed as ready and still is; the rest is named."""
    actor = row.person
    with pghistory.context(workbook=row.pk):
        sheet = read_workbook(bytes(row.body or b""), row.file_name)
        shown = {line["row"] for line in row.lines if line["group"] == READY}
        # What is compared now is what is written over.
        reader = LineReader(actor, sheet, lock=True)
        lines = map(reader.read, sheet.lines)
        accepted = [one for one in lines if one.line.row in shown]
        entries = [one.entry for one in accepted if one.entry is not None]
        outcomes = record_values(actor=actor, entries=entries, standing=reader.standing)
    refused = preview_lines(accepted, outcomes, sheet)
    row.left = [line.as_json() for line in refused if line.group != READY]
    row.written = [_trace(outcome) for outcome in outcomes if outcome.code == "saved"]
    row.state, row.saved_at, row.body = State.SAVED, timezone.now(), None
    row.save(update_fields=["state", "saved_at", "body", "written", "left"])
    return row


def _trace(outcome: Outcome) -> list[int]:
    """Return id, version and row of the sheet of a saved value."""
    stored = outcome.stored
    if stored is None:
        raise ValueError("saved without a row")
    return [stored.pk, stored.lock_version, outcome.entry.row]


def cancel_workbook(*, actor: User, import_id: int) -> WorkbookImport:
    """Return the workbook, now cancelled; nothing of it was or will be saved.

    Raises:
        ValueRefusedError: the actor may not record, or it is another person's.
        WorkbookStateError: it was saved, or cancelled before.
    """
    with transaction.atomic():
        row = _own(actor, import_id)
        if row.state not in {State.READING, State.READ, State.SAVING}:
            raise WorkbookStateError(row.state)
        return _cancel(row)


def _cancel(row: WorkbookImport) -> WorkbookImport:
    row.state, row.body = State.CANCELLED, None
    row.save(update_fields=["state", "body"])
    return row


def undo_workbook(*, actor: User, import_id: int) -> WorkbookImport:
    """Return the workbook, now undone: new drafts go, changed ones are put back.

    What somebody saved, sent to review or gave evidence since stays, and is named in
    `left`.

    Raises:
        ValueRefusedError: the actor may not record, or it is another person's.
        WorkbookStateError: it is not saved, or nothing of it can be undone.
    """
    with writing(actor, RECORD, _("Importación deshecha.")):
        row = _own(actor, import_id)
        if row.state != State.SAVED:
            raise WorkbookStateError(row.state)
        ids = [value_id for value_id, _version, _row in row.written]
        _lock_values(ids)
        untouched = untouched_values(row)
        if not untouched:
            raise WorkbookStateError(row.state)
        new = [one.pk for one in untouched if one.lock_version == 1]
        _put_back([one for one in untouched if one.lock_version > 1])
        YearlyValue.objects.filter(pk__in=new).delete()
        undone = {one.pk for one in untouched}
        rows = {
            number for value, _version, number in row.written if value not in undone
        }
        row.left = [_stays(line) for line in row.lines if line["row"] in rows]
        row.state, row.undone_at = State.UNDONE, timezone.now()
        row.save(update_fields=["state", "undone_at", "left"])
    return row


def untouched_values(row: WorkbookImport) -> list[YearlyValue]:
    """Return the drafts of an import that nobody saved, sent or backed since."""
    versions = {value_id: version for value_id, version, _row in row.written}
    drafts = (
        YearlyValue.objects.filter(pk__in=versions, state=YearlyValue.State.DRAFT)
        # A correction's copies are older than the import that made them.
        .exclude(evidence__added_at__gt=row.saved_at)
        .order_by("pk")
    )
    return [one for one in drafts if one.lock_version == versions[one.pk]]


def _put_back(values: list[YearlyValue]) -> None:
    """Write over drafts what stood before the import; the history has kept it."""
    names = [
        field.attname
        for field in YearlyValue._meta.concrete_fields
        if field.attname not in {"id", "lock_version"}
    ]
    former = _former(values)
    for value in values:
        for name in names:
            setattr(value, name, getattr(former[value.pk], name))
        value.lock_version += 1
    YearlyValue.objects.bulk_create(
        values,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*names, "lock_version"],
    )


def _former(values: list[YearlyValue]) -> dict[int, Any]:
    """Return the event of each value that says what stood before its last save."""
    versions = {one.pk: one.lock_version for one in values}
    events: Any = YearlyValue.pgh_event_model.objects  # type: ignore[attr-defined]
    return {
        event.pgh_obj_id: event
        for event in events.filter(pgh_obj_id__in=versions).order_by("pgh_id")
        if event.lock_version < versions[event.pgh_obj_id]
    }


def _stays(line: dict[str, Any]) -> dict[str, Any]:
    text = _(
        "Se guardó, se envió a revisión o recibió evidencia después de importar: quedó "
        "como está."
    )
    return line | {"group": WARNING, "messages": [("", text)]}


def forget_undecided() -> int:
    """Return how many workbooks that nobody decided on in a month were cancelled."""
    old = WorkbookImport.objects.filter(
        state__in=[State.READING, State.READ, State.SAVING],
        uploaded_at__lt=timezone.now() - KEEP_UNDECIDED,
    )
    return old.update(state=State.CANCELLED, body=None)


def _ask(name: str, row: WorkbookImport) -> None:
    ask(
        task=f"indicators.tasks.{name}",
        arguments={"import_id": row.pk},
        key=f"{name}:{row.pk}",
    )


def _locked(import_id: int) -> WorkbookImport:
    rows = WorkbookImport.objects.select_for_update(of=("self",))
    return rows.select_related("person").get(pk=import_id)


def _own(actor: User, import_id: int) -> WorkbookImport:
    row = _locked(import_id)
    if row.person_id != actor.pk or not actor.has_perm(RECORD):
        raise ValueRefusedError("not_allowed")
    # The same person; what they may do is known by now.
    row.person = actor
    return row


def _lock_values(ids: list[int]) -> None:
    """Let whoever else saves or backs these values wait; in their usual order."""
    values = YearlyValue.objects.filter(pk__in=ids).order_by("pk")
    chosen = Indicator.objects.filter(pk__in=values.order_by().values("indicator_id"))
    list(chosen.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    list(values.select_for_update().values_list("pk"))
