"""The plain records that leave the adapters."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RowError:
    """One bad or doubtful cell.

    `row` counts as a person sees it in the file (the header of a plain table is
    row 1) or, for JSON, the place in the list from 1; None when no single row is
    meant. `value` is the text as it stood, "" when there was none.
    """

    row: int | None
    column: str
    value: str
    reason_es: str
    reason_en: str

    @property
    def sentence_es(self) -> str:
        """Return row, column and reason in one Spanish sentence."""
        place = f"columna {self.column}" if self.column else "archivo"
        if self.row is not None:
            place = f"fila {self.row}, {place}"
        return f"{place}: {self.reason_es}"

    @property
    def sentence_en(self) -> str:
        """Return row, column and reason in one English sentence."""
        place = f"column {self.column}" if self.column else "file"
        if self.row is not None:
            place = f"row {self.row}, {place}"
        return f"{place}: {self.reason_en}"


@dataclass(frozen=True, slots=True)
class LossRow:
    """Forest loss of one district in one year, in hectares as the source prints it.

    `forest_end_of_year_ha` is None for every year the source prints no forest for.
    """

    ubigeo: str
    year: int
    loss_ha: Decimal
    forest_end_of_year_ha: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LossTable:
    """One edition of a loss series: one row per (ubigeo, year), sorted.

    `edition` is the last year of the series ("2024"): each edition may change past
    years. `rows_left_out` counts districts outside the area asked for. `warnings`
    are cells worth a look that do not stop the load.
    """

    rows: tuple[LossRow, ...]
    edition: str
    warnings: tuple[RowError, ...] = ()
    rows_left_out: int = 0


def forest_by_year(table: LossTable) -> dict[tuple[str, int], Decimal]:
    """Return (ubigeo, year) → forest standing at the end of that year, hectares.

    Derived, not printed: the forest the source prints for the last year plus the
    losses of all later years. Districts without a printed forest are left out.
    """
    standing: dict[tuple[str, int], Decimal] = {}
    printed: dict[str, Decimal] = {}
    for row in sorted(table.rows, key=lambda row: row.year, reverse=True):
        if row.forest_end_of_year_ha is not None:
            printed[row.ubigeo] = row.forest_end_of_year_ha
        if row.ubigeo in printed:
            standing[row.ubigeo, row.year] = printed[row.ubigeo]
            printed[row.ubigeo] += row.loss_ha
    return standing
