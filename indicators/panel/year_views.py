"""Pages of the panel that close a year after its session and open it again."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from indicators.access import PanelRequest, panel_page
from indicators.panel.years import YearRow, panel_years
from indicators.yearly.forms import OpeningForm, SessionForm
from indicators.yearly.words import refusal_text
from indicators.yearly.writing import ValueRefusedError
from indicators.yearly.year_actions import LOCK, lock_year, unlock_year


@panel_page(LOCK)
def year_list(request: PanelRequest) -> HttpResponse:
    """Return the years with what they have, and the buttons to close or open them."""
    return render(request, "panel/year_list.html", {"years": panel_years()})


@require_http_methods(["GET", "HEAD", "POST"])
@panel_page(LOCK, back="panel:year-lock")
def year_lock(request: PanelRequest, year: int) -> HttpResponse:
    """Close a year, naming the session."""
    form = SessionForm(request.POST if request.method == "POST" else None)
    row = _year_or_404(year)
    if row.lock is not None:
        return _already(request, "year_closed")
    if form.is_valid():
        try:
            lock_year(actor=request.user, year=year, **form.cleaned_data)
        except ValueRefusedError as refused:
            form.add_error(None, refusal_text(refused.code))
        else:
            done = _("El año %(year)s quedó cerrado.") % {"year": str(year)}
            messages.success(request, done)
            return redirect("panel:year-list")
    return _form_page(request, "panel/year_lock.html", form, row)


@require_http_methods(["GET", "HEAD", "POST"])
@panel_page(LOCK, back="panel:year-unlock")
def year_unlock(request: PanelRequest, year: int) -> HttpResponse:
    """Open a closed year, with the reason that everybody can read."""
    form = OpeningForm(request.POST if request.method == "POST" else None)
    row = _year_or_404(year)
    if row.lock is None:
        return _already(request, "year_open")
    if form.is_valid():
        try:
            unlock_year(actor=request.user, year=year, **form.cleaned_data)
        except ValueRefusedError as refused:
            form.add_error(None, refusal_text(refused.code))
        else:
            done = _("El año %(year)s quedó abierto.") % {"year": str(year)}
            messages.success(request, done)
            return redirect("panel:year-list")
    return _form_page(request, "panel/year_unlock.html", form, row)


def _year_or_404(year: int) -> YearRow:
    row = next((one for one in panel_years() if one.year == year), None)
    if row is None or not row.may_close:
        raise Http404
    return row


def _already(request: PanelRequest, code: str) -> HttpResponse:
    messages.info(request, refusal_text(code))
    return redirect("panel:year-list")


def _form_page(
    request: PanelRequest, template: str, form: Any, row: YearRow
) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, "row": row}, status=status)
