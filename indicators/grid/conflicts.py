"""What two people typed into the same row, cell by cell."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from indicators.grid.forms import CELLS, RowForm, kind_choices, shown_cells
from indicators.grid.saving import Saved
from indicators.grid.year import GridRow, YearGrid
from indicators.yearly.words import refusal_text, shown_number


@dataclass(frozen=True)
class Cell:
    """One cell: its field's name, what is stored and what was typed, "" for nothing.

    `is_mine` says that what was typed is offered first: only its writer changed it.
    """

    field: str
    label: str
    stored: str
    mine: str
    stored_shown: str
    mine_shown: str
    is_mine: bool

    @property
    def differs(self) -> bool:
        """Return whether there is something to choose."""
        return self.stored != self.mine


@dataclass(frozen=True)
class Conflict:
    """A row that somebody saved, or closed, while its person was typing.

    `why_not` says why what is stored cannot be replaced now; "" when it can.
    """

    row: GridRow
    form: RowForm
    cells: tuple[Cell, ...]
    why_not: str

    @property
    def choices(self) -> tuple[Cell, ...]:
        """Return the cells that differ."""
        return tuple(cell for cell in self.cells if cell.differs)

    @property
    def person(self) -> str:
        """Return who saved what is stored, "" when nobody's name stands there."""
        stored = self.row.stored
        author = stored.recorded_by if stored else None
        return (author.get_full_name() or author.username) if author else ""


def conflict_of(form: RowForm, row: GridRow) -> Conflict:
    """Return the conflict of a form with its row as it stands now."""
    shown = shown_cells(row.stored)
    kinds = dict(kind_choices())
    cells = []
    for name in CELLS:
        text = form.typed[name]
        if name == "value" and form.number is not None:
            text = shown_number(form.number, row.indicator.decimals)
        words = kinds if name == "kind" else {}
        cells.append(
            Cell(
                field=form.add_prefix(name),
                label=str(form.fields[name].label),
                stored=shown[name],
                mine=text,
                stored_shown=words.get(shown[name], shown[name]),
                mine_shown=words.get(text, text),
                is_mine=shown[name] == form.shown[name],
            )
        )
    why_not = "" if row.may_edit else _why_not(row)
    return Conflict(row=row, form=form, cells=tuple(cells), why_not=why_not)


def conflicts_of(saved: Saved, now: YearGrid) -> tuple[Conflict, ...]:
    """Return the rows that met another version, or that were closed meanwhile."""
    rows = now.by_prefix
    closed = (
        form
        for form in (*saved.wrong, *saved.waiting)
        if not rows[form.row.prefix].may_edit
    )
    met = (*saved.overtaken, *closed)
    return tuple(conflict_of(form, rows[form.row.prefix]) for form in met)


def _why_not(row: GridRow) -> str:
    if row.is_year_locked:
        return refusal_text("year_locked")
    if row.is_from_load:
        return refusal_text("from_load")
    if row.may_correct:
        return _("Entretanto se publicó este valor: corrígelo en su propia página.")
    return _(
        "Lo guardado ya se envió a revisión y no se puede reemplazar ahora. Copia lo "
        "tuyo si lo necesitas después."
    )
