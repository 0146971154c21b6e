"""How a person said a file is to be read, as it is stored and found again. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

from indicators.sheets.reading import RowFilter, SheetRule
from indicators.sheets.tables import Column

# Each row names its place by its ubigeo.
BY_CODE: Final = "by_code"
MOST_FILTERS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """The choices of the mapping screen, in plain words and numbers.

    `place` is a ubigeo or BY_CODE. Columns count from 0; `titles` holds the titles of
    those used, so that they are found again in next year's file. `missing_as` is a
    reason of no data for cells without a figure; "" leaves them out. `proxy` says
    what the values stand in by, "" when they are the indicator itself.
    """

    sheet: str
    title_row: int
    value_column: int
    year_column: int | None
    year: int | None
    place: str
    place_column: int | None
    filters: tuple[tuple[int, str], ...]
    factor: str
    kind: str
    missing_as: str
    source_text: str
    source_url: str
    proxy: str
    titles: dict[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Rule":
        """Return the rule of what was stored."""
        filters = tuple((column, text) for column, text in stored["filters"])
        return cls(**{**stored, "filters": filters})

    def for_sheet(self) -> SheetRule:
        """Return what the reader of a sheet needs of it."""
        return SheetRule(
            title_row=self.title_row,
            value_column=self.value_column,
            year_column=self.year_column,
            year=self.year,
            place_column=self.place_column if self.place == BY_CODE else None,
            filters=tuple(RowFilter(column, text) for column, text in self.filters),
            factor=Decimal(self.factor),
        )


def found_again(rule: Rule, columns: Sequence[Column]) -> dict[str, Any]:
    """Return the form's first values for another file: last year's choices.

    A column is known by its title; one whose title is gone is left to be chosen. A
    year that was written is asked for again.
    """

    def again(column: int | None) -> str:
        title = rule.titles.get(str(column), "")
        if column is None or not title:
            same = column is not None and column < len(columns)
            return str(column) if same and not title else ""
        found = [one.index for one in columns if one.title == title]
        if column in found:
            return str(column)
        # Of two with one title nobody can know which was meant.
        return str(found[0]) if len(found) == 1 else ""

    initial: dict[str, Any] = {
        "value_column": again(rule.value_column),
        "year_column": again(rule.year_column),
        "place": rule.place,
        "place_column": again(rule.place_column),
        **{
            name: getattr(rule, name)
            for name in ("factor", "kind", "missing_as", "source_text", "source_url")
        },
        "proxy": rule.proxy,
    }
    for number, (column, text) in enumerate(rule.filters, start=1):
        initial[f"filter_column_{number}"] = again(column)
        initial[f"filter_text_{number}"] = text
    return initial
