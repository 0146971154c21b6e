"""Pages of the yearly grid: type a year's numbers, save them, send them to review."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from indicators.access import PanelRequest, panel_page
from indicators.grid.actions import submit_drafts
from indicators.grid.conflicts import conflicts_of
from indicators.grid.filters import is_offered, wanted_year
from indicators.grid.forms import read_seen
from indicators.grid.pages import (
    render_again,
    render_conflicts,
    render_submission,
    render_year,
)
from indicators.grid.saving import Saved, save_rows, sent_prefixes
from indicators.grid.submission import own_drafts, versions_of
from indicators.grid.year import YearGrid, year_grid
from indicators.yearly.words import refusal_text
from indicators.yearly.writing import RECORD, StaleValueError, ValueRefusedError

_PAGE_METHODS = ["GET", "HEAD", "POST"]


@require_safe
@panel_page(RECORD)
def latest_year(request: PanelRequest) -> HttpResponse:
    """Go to the year that is asked for, by default the last one that is over."""
    year = wanted_year(request.GET.get("anio", ""))
    query = request.GET.copy()
    query.pop("anio", None)
    address = reverse("panel:grid", args=[year])
    return redirect(f"{address}?{query.urlencode()}" if query else address)


@require_http_methods(_PAGE_METHODS)
@panel_page(RECORD)
def year_page(request: PanelRequest, year: int) -> HttpResponse:
    """Return a year's rows as a form; the filters are in the address."""
    grid = _grid_or_404(request, year)
    if request.method == "POST":
        return _save(request, grid)
    return render_year(request, grid)


@require_http_methods(_PAGE_METHODS)
@panel_page(RECORD)
def year_submit(request: PanelRequest, year: int) -> HttpResponse:
    """Return what would be sent to review, and send exactly that."""
    grid = _grid_or_404(request, year)
    if request.method != "POST":
        return render_submission(request, grid)
    pairs = map(read_seen, request.POST.get("seen", "").split(","))
    seen = dict(pair for pair in pairs if pair)
    if not seen:
        nothing = _("No hay borradores por enviar.")
        return render_submission(request, grid, error=nothing, status=422)
    if problem := _send(request, seen):
        now = year_grid(request.user, year)
        return render_submission(request, now, error=problem, status=409)
    return redirect("panel:grid", year)


def _grid_or_404(request: PanelRequest, year: int) -> YearGrid:
    if not is_offered(year):
        raise Http404
    return year_grid(request.user, year)


def _save(request: PanelRequest, grid: YearGrid) -> HttpResponse:
    axes = {row.axis_code for row in grid.rows}
    asked = request.POST.get("save", "")
    section = asked if asked in axes else ""
    try:
        saved = save_rows(
            actor=request.user, grid=grid, sent=request.POST, section=section
        )
    except ValueRefusedError as refused:
        raise Http404 from refused
    now = year_grid(request.user, grid.year)
    for form in saved.kept.values():
        form.row = now.by_prefix.get(form.row.prefix, form.row)
    _tell(request, saved)
    if conflicts := conflicts_of(saved, now):
        return render_conflicts(request, now, saved, conflicts)
    if saved.kept or saved.strange:
        return render_again(request, now, saved)
    if "send" in request.POST:
        _send_sent(request, now)
    anchor = f"#eje-{section}" if section else ""
    return redirect(request.get_full_path() + anchor)


def _tell(request: PanelRequest, saved: Saved) -> None:
    count = len(saved.saved)
    if count:
        words = ngettext(
            "Se guardó %(count)s fila como borrador.",
            "Se guardaron %(count)s filas como borrador.",
            count,
        )
        messages.success(request, words % {"count": count})
    elif not saved.kept and "send" not in request.POST:
        messages.info(request, _("No cambiaste nada: no había qué guardar."))
    if saved.waiting:
        words = ngettext(
            "%(count)s fila de otro eje sigue abajo, sin guardar.",
            "%(count)s filas de otros ejes siguen abajo, sin guardar.",
            len(saved.waiting),
        )
        messages.warning(request, words % {"count": len(saved.waiting)})
    if "send" in request.POST and (saved.kept or saved.strange):
        messages.warning(request, _("Todavía no se envió nada a revisión."))


def _send_sent(request: PanelRequest, grid: YearGrid) -> None:
    """Send the drafts among the rows of the page, those of the person alone."""
    sent = set(sent_prefixes(request.POST))
    shown = (row for row in grid.rows if row.prefix in sent)
    seen = versions_of(own_drafts(shown, request.user))
    if not seen:
        messages.info(request, _("No hay borradores por enviar."))
    elif problem := _send(request, seen):
        messages.error(request, problem)


def _send(request: PanelRequest, seen: dict[int, int]) -> str:
    """Send drafts to review and say so; return why they were not sent, "" if sent."""
    try:
        count = submit_drafts(actor=request.user, seen=seen)
    except StaleValueError:
        return _("Un valor cambió después de que abriste la página. No se envió nada.")
    except ValueRefusedError as refused:
        return refusal_text(refused.code)
    words = ngettext(
        "Se envió %(count)s valor a revisión. Otra persona lo verá.",
        "Se enviaron %(count)s valores a revisión. Otra persona los verá.",
        count,
    )
    messages.success(request, words % {"count": count})
    return ""
