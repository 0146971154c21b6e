"""Which rows of a year a person looks at: read from the address, never an error."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone

from indicators.grid.year import GridRow
from indicators.panel.words import state_label
from indicators.yearly.checks import EARLIEST_YEAR

# With at most eleven fields a row this stays below Django's limit of 1,000 fields.
ROWS_ON_PAGE = 60
_STATES = ("", "draft", "in_review", "returned", "published")
_FIRST_OFFERED = 2015


@dataclass(frozen=True)
class GridFilters:
    """What the address asks for; "" leaves a filter out."""

    axis: str = ""
    place: str = ""
    state: str = ""
    page: str = ""

    def chosen(self, rows: Sequence[GridRow]) -> list[GridRow]:
        """Return the rows that are asked for, in their order."""
        return [
            row
            for row in rows
            if self.axis in {"", row.axis_code}
            and self.place in {"", str(row.place.pk)}
            and self.state in {"", row.state or "missing"}
        ]

    @property
    def query(self) -> str:
        """Return them as they stand in an address, without the page; "" for none."""
        named = {"eje": self.axis, "lugar": self.place, "estado": self.state}
        return urlencode({name: value for name, value in named.items() if value})


def read_filters(query: QueryDict, rows: Sequence[GridRow]) -> GridFilters:
    """Return the filters of an address; what no row has is as if it were not there."""
    axes = {row.axis_code for row in rows}
    places = {str(row.place.pk) for row in rows}
    states = {state or "missing" for state in _STATES}

    def known(name: str, values: set[str]) -> str:
        text = query.get(name, "")
        return text if text in values else ""

    return GridFilters(
        axis=known("eje", axes),
        place=known("lugar", places),
        state=known("estado", states),
        page=query.get("pagina", ""),
    )


def state_options() -> list[tuple[str, str]]:
    """Return the states that can be filtered by, with their words."""
    return [(state or "missing", state_label(state)) for state in _STATES]


def is_offered(year: int) -> bool:
    """Return whether a year has a grid: up to the next one, which can be estimated."""
    return EARLIEST_YEAR <= year <= timezone.localdate().year + 1


def offered_years(year: int) -> list[int]:
    """Return the years to choose from, the latest first, with the one shown."""
    usual = set(range(_FIRST_OFFERED, timezone.localdate().year + 2))
    return sorted(usual | {year}, reverse=True)


def wanted_year(text: str) -> int:
    """Return the year an address names; last year when it names none."""
    is_number = text.isascii() and text.isdigit() and len(text) == len("2025")
    if is_number and is_offered(int(text)):
        return int(text)
    return timezone.localdate().year - 1
