"""What the pages of the grid show: sections of forms, conflicts, what is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from indicators.access import PanelRequest
from indicators.grid.conflicts import Conflict
from indicators.grid.filters import (
    ROWS_ON_PAGE,
    GridFilters,
    is_offered,
    offered_years,
    place_options,
    read_filters,
    state_options,
)
from indicators.grid.forms import RowForm, kind_choices
from indicators.grid.saving import Saved, sent_prefixes
from indicators.grid.submission import submission_of
from indicators.grid.year import GridCounts, GridRow, YearGrid


@dataclass(frozen=True)
class Section:
    """An axis with the forms of its rows; `may_save` when any can be typed in."""

    code: str
    name: str
    forms: tuple[RowForm, ...]

    @property
    def may_save(self) -> bool:
        """Return whether there is anything to type."""
        return any(form.row.may_edit for form in self.forms)


@dataclass(frozen=True)
class Problem:
    """One line of the error summary: the row, what is wrong, the cell it leads to."""

    label: str
    text: str
    cell: str


def render_year(request: PanelRequest, grid: YearGrid) -> HttpResponse:
    """Return the page of a year, with the rows that the address asks for."""
    filters = read_filters(request.GET, grid.rows)
    pages = Paginator(filters.chosen(grid.rows), ROWS_ON_PAGE)
    page = pages.get_page(filters.page)
    forms = [RowForm(row=row, shown=row.stored) for row in page.object_list]
    return _render(request, grid, forms, page=page)


def render_again(request: PanelRequest, grid: YearGrid, saved: Saved) -> HttpResponse:
    """Return the rows that were sent, with what was typed in those not saved.

    422 when any of them is wrong, 200 when they only wait for their section.
    """
    sent = set(sent_prefixes(request.POST))
    kept = saved.kept
    forms = [
        kept.get(row.prefix) or RowForm(row=row, shown=row.stored)
        for row in grid.rows
        if row.prefix in sent
    ]
    status = 422 if saved.wrong or saved.strange else 200
    problems = _problems(saved)
    return _render(request, grid, forms, problems=problems, status=status)


def render_conflicts(
    request: PanelRequest,
    grid: YearGrid,
    saved: Saved,
    conflicts: Sequence[Conflict],
) -> HttpResponse:
    """Return the cells to choose, with all that was typed elsewhere carried along."""
    met = {conflict.row.prefix for conflict in conflicts}
    carried = tuple(prefix for prefix in saved.kept if prefix not in met)
    context = {
        "grid": grid,
        "conflicts": conflicts,
        "carried": [
            (name, text)
            for name, text in request.POST.items()
            if name.startswith(tuple(f"{prefix}-" for prefix in carried))
        ],
        "carried_count": len(carried),
        "buttons": [
            (name, text)
            for name, text in request.POST.items()
            if name in {"save", "send"}
        ],
        "may_choose": any(not conflict.why_not for conflict in conflicts),
        "address": request.get_full_path(),
    }
    return render(request, "panel/grid/conflicts.html", context, status=409)


def render_submission(
    request: PanelRequest, grid: YearGrid, *, error: str = "", status: int = 200
) -> HttpResponse:
    """Return the page of what would be sent to review from a year."""
    submission = submission_of(grid, request.user)
    return render(
        request,
        "panel/grid/submission.html",
        {"grid": grid, "submission": submission, "error": error},
        status=status,
    )


def _render(
    request: PanelRequest,
    grid: YearGrid,
    forms: Sequence[RowForm],
    *,
    page: Any = None,
    problems: Sequence[Problem] = (),
    status: int = 200,
) -> HttpResponse:
    year = grid.year
    filters = read_filters(request.GET, grid.rows)
    places = dict(place_options(grid.rows))
    axes = {row.axis_code: row.axis_name for row in grid.rows}
    context = {
        "grid": grid,
        "counts": GridCounts.of(filters.counted(grid.rows)),
        "sections": _sections(forms),
        "page": page,
        "problems": problems,
        "filters": filters,
        "axes": list(axes.items()),
        "places": list(places.items()),
        "place_name": places.get(filters.place, ""),
        "shows_places": len({form.row.place.pk for form in forms}) > 1,
        "by_district": _by_district(filters, grid.rows),
        "states": state_options(),
        "kinds": kind_choices(),
        "years": offered_years(year),
        "earlier": year - 1 if is_offered(year - 1) else None,
        "later": year + 1 if is_offered(year + 1) else None,
        "address": request.get_full_path(),
        "may_save": any(form.row.may_edit for form in forms),
    }
    return render(request, "panel/grid/year.html", context, status=status)


def _by_district(filters: GridFilters, rows: Sequence[GridRow]) -> int:
    """Return how many indicators have rows of districts that are not shown."""
    if filters.place != "":
        return 0
    of_axis = filters.everywhere.counted(rows)
    return len({row.indicator.pk for row in of_axis if not row.is_province})


def _sections(forms: Iterable[RowForm]) -> list[Section]:
    by_axis = groupby(forms, key=lambda form: (form.row.axis_code, form.row.axis_name))
    return [Section(code, name, tuple(some)) for (code, name), some in by_axis]


def _problems(saved: Saved) -> list[Problem]:
    found = [
        Problem(
            label=form.row.label,
            text=str(text),
            cell=form[name].auto_id if name in form.fields else f"{form.prefix}-row",
        )
        for form in saved.wrong
        for name, texts in form.errors.items()
        for text in texts
    ]
    lost = _("Esa fila ya no está asignada a ti. Lo que escribiste no se guardó.")
    return [*found, *(Problem(text, lost, "") for text in saved.strange)]
