"""Each line of a sent sheet against what stands: same, wrong, or a value to save."""

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from indicators.workbooks.content import (
    CellProblem,
    TypedLine,
    content_of_line,
    typed_line,
)
from indicators.workbooks.reading import ReadSheet, SheetLine, WorkbookRefused
from indicators.workbooks.sheet_rows import (
    NOTHING,
    Mark,
    SheetRow,
    digest_of,
    mark_of,
    rows_and_standing,
)
from indicators.yearly.batches import Entry
from indicators.yearly.content import says_the_same

_ODD_LENGTH_LOST_ITS_ZERO: Final = (3, 5)


@dataclass(frozen=True)
class ReadLine:
    """One line: the value to save, or its problems; neither when it says nothing new.

    `stored` is None where the line means no row of this person.
    """

    line: SheetLine
    stored: SheetRow | None = None
    entry: Entry | None = None
    problems: tuple[CellProblem, ...] = ()

    @property
    def is_same(self) -> bool:
        """Return whether there is nothing to do."""
        return self.entry is None and not self.problems


def year_of(sheet: ReadSheet) -> int:
    """Return the year of a sheet: that of its first row.

    Raises:
        WorkbookRefused: the first row says none.
    """
    first = sheet.lines[0].cells
    mark = mark_of(first["key"])
    if mark is not None:
        return mark.year
    year = first["year"]
    if not (year.isascii() and year.isdecimal() and len(year) == 4):
        raise WorkbookRefused(
            _("La primera fila no dice el año, como 2025, en la columna «Año».")
        )
    return int(year)


class LineReader:
    """Reads the lines of one sheet, in order, for one person.

    What stands is read once, with `lock` for saving; the number of queries does not
    depend on the lines.
    """

    def __init__(self, actor: User, sheet: ReadSheet, *, lock: bool) -> None:
        self.year = year_of(sheet)
        rows, self.standing = rows_and_standing(actor, self.year, lock=lock)
        self._decimal_mark = sheet.decimal_mark
        self._by_id: dict[tuple[int, int], SheetRow] = {}
        self._by_code: dict[tuple[str, str], SheetRow | None] = {}
        for row in rows:
            self._by_id[row.indicator.pk, row.place.pk] = row
            words = (row.indicator.code, row.place.ubigeo)
            # Two indicators of one code: only the hidden mark tells them apart.
            self._by_code[words] = None if words in self._by_code else row
        self._first_row: dict[tuple[int, int], int] = {}

    def read(self, line: SheetLine) -> ReadLine:
        """Return what a line means."""
        mark = mark_of(line.cells["key"])
        typed = typed_line(line.cells, self._decimal_mark)
        stored = self._stored(line, mark)
        is_untouched = mark is not None and mark.digest == digest_of(typed.cells)
        if stored is None and is_untouched:
            # Of somebody else's indicators, sent along and left alone.
            return ReadLine(line)
        if problem := self._misplaced(line, mark, stored):
            return ReadLine(line, stored, problems=(problem,))
        if stored is None or is_untouched:
            return ReadLine(line, stored)
        return self._touched(line, typed, mark, stored)

    def _stored(self, line: SheetLine, mark: Mark | None) -> SheetRow | None:
        if mark is not None:
            return self._by_id.get((mark.indicator_id, mark.place_id))
        return self._by_code.get(_words(line))

    def _misplaced(
        self, line: SheetLine, mark: Mark | None, stored: SheetRow | None
    ) -> CellProblem | None:
        """Return why a line stands for no row, or for another than it says."""
        if line.cells["key"] and mark is None:
            return CellProblem(
                "key",
                _("La clave de la fila se cambió. Descarga la plantilla otra vez."),
            )
        years = {line.cells["year"], str(mark.year if mark else self.year)}
        if years != {str(self.year)}:
            return CellProblem(
                "year",
                _("La hoja es de %(year)s: cada año va en su propio archivo.")
                % {"year": str(self.year)},
            )
        if stored is None:
            return CellProblem(
                "code",
                _("«%(code)s» con ubigeo «%(ubigeo)s» no está entre tus indicadores.")
                % {
                    "code": line.cells["code"][:40],
                    "ubigeo": line.cells["ubigeo"][:40],
                },
            )
        if _words(line) != (stored.indicator.code, stored.place.ubigeo):
            return CellProblem(
                "code",
                _(
                    "El código y el ubigeo no son los de esta fila: quizá se ordenaron "
                    "solo algunas columnas. Descarga la plantilla otra vez."
                ),
            )
        return self._twice(line, stored)

    def _twice(self, line: SheetLine, stored: SheetRow) -> CellProblem | None:
        key = (stored.indicator.pk, stored.place.pk)
        first = self._first_row.setdefault(key, line.row)
        if first == line.row:
            return None
        return CellProblem(
            "code",
            _("Este indicador, lugar y año ya está en la fila %(row)s.")
            % {"row": f"{first:,}"},
        )

    def _touched(
        self, line: SheetLine, typed: TypedLine, mark: Mark | None, stored: SheetRow
    ) -> ReadLine:
        if typed.is_blank:
            return self._emptied(line, mark, stored)
        content, problems = content_of_line(typed, stored)
        if problems:
            return ReadLine(line, stored, problems=problems)
        shown = stored.shown
        if shown is not None and says_the_same(shown, content):
            return ReadLine(line, stored)
        if mark is not None and mark.seen != stored.seen:
            return ReadLine(line, stored, problems=(_changed_meanwhile(),))
        entry = Entry(
            indicator_id=stored.indicator.pk,
            place_id=stored.place.pk,
            year=self.year,
            content=content,
            seen=stored.seen if mark is not None and stored.is_open else None,
            row=line.row,
        )
        return ReadLine(line, stored, entry)

    def _emptied(
        self, line: SheetLine, mark: Mark | None, stored: SheetRow
    ) -> ReadLine:
        """Return a line without anything typed: news only where something stood."""
        if mark is None or mark.seen == NOTHING or stored.shown is None:
            return ReadLine(line, stored)
        text = _(
            "Una celda vacía no borra nada. Si no hay dato, elige «Sin dato» y su "
            "motivo; si no, deja la fila como estaba."
        )
        return ReadLine(line, stored, problems=(CellProblem("value", text),))


def _words(line: SheetLine) -> tuple[str, str]:
    ubigeo = line.cells["ubigeo"]
    if ubigeo.isdecimal() and len(ubigeo) in _ODD_LENGTH_LOST_ITS_ZERO:
        # A sheet takes it for a number and drops the zero in front.
        ubigeo = f"0{ubigeo}"
    return line.cells["code"], ubigeo


def _changed_meanwhile() -> CellProblem:
    text = _(
        "Este valor cambió después de que descargaste la plantilla. Descárgala otra "
        "vez para ver cómo quedó."
    )
    return CellProblem("value", text)
