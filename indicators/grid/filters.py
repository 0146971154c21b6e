"""Which rows of a year a person looks at: read from the address, never an error."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from indicators.grid.year import GridRow
from indicators.yearly.checks import EARLIEST_YEAR
from indicators.yearly.words import state_label

# With at most eleven fields a row this stays below Django's limit of 1,000 fields.
ROWS_ON_PAGE = 60
EVERYWHERE = "todos"
_STATES = ("", "draft", "in_review", "returned", "published")
_FIRST_OFFERED = 2015


@dataclass(frozen=True)
class GridFilters:
    """What the address asks for; "" leaves a filter out, of a place the districts."""

    axis: str = ""
    place: str = ""
    state: str = ""
    page: str = ""

    def counted(self, rows: Sequence[GridRow]) -> list[GridRow]:
        """Return the rows of the axis and place, in any state, in their order."""
        return [
            row
            for row in rows
            if self.axis in {"", row.axis_code} and self._is_there(row)
        ]

    def chosen(self, rows: Sequence[GridRow]) -> list[GridRow]:
        """Return the rows that are asked for, in their order."""
        return [
            row
            for row in self.counted(rows)
            if self.state == "" or (row.state or "missing") == self.state
        ]

    def _is_there(self, row: GridRow) -> bool:
        if self.place == "":
            return row.is_province
        return self.place in {EVERYWHERE, str(row.place.pk)}

    @property
    def everywhere(self) -> "GridFilters":
        """Return the same for the province and its districts, from the first page."""
        return replace(self, place=EVERYWHERE, page="")

    @property
    def query(self) -> str:
        """Return them as they stand in an address, without the page; "" for none."""
        named = {"eje": self.axis, "lugar": self.place, "estado": self.state}
        return urlencode({name: value for name, value in named.items() if value})


def read_filters(query: QueryDict, rows: Sequence[GridRow]) -> GridFilters:
    """Return the filters of an address; what no row has is as if it were not there."""
    axes = {row.axis_code for row in rows}
    places = {EVERYWHERE, *(str(row.place.pk) for row in rows)}
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


def place_options(rows: Sequence[GridRow]) -> list[tuple[str, str]]:
    """Return the places that can be filtered by, with their names."""
    names = {"" if row.is_province else str(row.place.pk): row for row in rows}
    options = [(code, row.place_name) for code, row in names.items()]
    if len(options) > 1:
        options.append((EVERYWHERE, _("Todos los lugares")))
    return options


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
