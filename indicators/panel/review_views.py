"""Pages of the panel for the people who review and publish."""

import re
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from indicators.access import PanelRequest, panel_page
from indicators.panel.review_queue import (
    AT_ONCE,
    ReviewFilters,
    chosen_values,
    left_values,
    review_options,
    review_rows,
    waiting_values,
)
from indicators.panel.values import find_value
from indicators.panel.views import act_on_value, render_value
from indicators.yearly.actions import publish_value, return_value, withdraw_value
from indicators.yearly.forms import ReasonForm
from indicators.yearly.review_actions import Chosen, publish_values
from indicators.yearly.writing import REVIEW

# A value as a form sends it: its number and, to publish it, the version shown.
_TICKED = re.compile(r"[0-9]{1,9}")
_SHOWN = re.compile(r"([0-9]{1,9})-([0-9]{1,9})")


@panel_page(REVIEW)
def review_list(request: PanelRequest) -> HttpResponse:
    """Return the values waiting for review, filtered by the address."""
    return _queue(request)


def _queue(
    request: PanelRequest, *, error: str = "", status: int = 200
) -> HttpResponse:
    filters = _filters(request)
    page = Paginator(waiting_values(filters), AT_ONCE).get_page(
        request.GET.get("pagina")
    )
    query = request.GET.copy()
    query.pop("pagina", None)
    return render(
        request,
        "panel/review_list.html",
        {
            "rows": review_rows(page.object_list, request.user),
            "page": page,
            "filters": filters,
            "options": review_options(),
            "query": query.urlencode(),
            "error": error,
        },
        status=status,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@panel_page(REVIEW, back="panel:review-list")
def review_publish(request: PanelRequest) -> HttpResponse:
    """Show the differences of the ticked values, then publish what was shown."""
    if request.method == "POST":
        return _publish_shown(request)
    ticked = {int(t) for t in request.GET.getlist("value") if _TICKED.fullmatch(t)}
    if not 1 <= len(ticked) <= AT_ONCE:
        return _queue(request, error=_how_many(), status=422)
    rows = review_rows(chosen_values(ticked), request.user)
    return render(
        request,
        "panel/review_publish.html",
        {
            "good": [row for row in rows if not row.obstacle],
            "left": [row for row in rows if row.obstacle],
            "gone": len(ticked) - len(rows),
        },
    )


def _publish_shown(request: PanelRequest) -> HttpResponse:
    found = [_SHOWN.fullmatch(text) for text in request.POST.getlist("value")]
    chosen = [Chosen(int(one[1]), int(one[2])) for one in found if one]
    if not 1 <= len(chosen) <= AT_ONCE:
        return _queue(request, error=_how_many(), status=422)
    outcomes = publish_values(actor=request.user, chosen=chosen)
    published = sum(one.is_published for one in outcomes)
    done = ngettext(
        "Se publicó %(number)s valor.", "Se publicaron %(number)s valores.", published
    ) % {"number": published}
    if published == len(outcomes):
        messages.success(request, done)
        return redirect("panel:review-list")
    context = {"published": published, "done": done, "left": left_values(outcomes)}
    return render(request, "panel/review_left.html", context, status=409)


@require_POST
@panel_page(REVIEW, back="panel:value-detail")
def value_publish(request: PanelRequest, value_id: int) -> HttpResponse:
    """Publish what another person recorded."""
    return act_on_value(
        request, value_id, publish_value, _("Publicado. Ya está en la página pública.")
    )


@require_POST
@panel_page(REVIEW, back="panel:value-detail")
def value_return(request: PanelRequest, value_id: int) -> HttpResponse:
    """Return a value to its author, with the reviewer's words."""
    return _with_reason(
        request,
        value_id,
        return_value,
        _("Devuelto con tus observaciones."),
        "return_form",
    )


@require_POST
@panel_page(REVIEW, back="panel:value-detail")
def value_withdraw(request: PanelRequest, value_id: int) -> HttpResponse:
    """Withdraw a published value, with the reason that everybody can read."""
    return _with_reason(
        request, value_id, withdraw_value, _("Valor retirado."), "withdraw_form"
    )


def _with_reason(
    request: PanelRequest, value_id: int, action: Any, done: str, form_name: str
) -> HttpResponse:
    form = ReasonForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        return act_on_value(request, value_id, action, done, reason=reason)
    row = find_value(value_id)
    if row is None:
        return act_on_value(request, value_id, action, done)
    context: dict[str, Any] = {form_name: form}
    return render_value(request, row, status=422, **context)


def _filters(request: PanelRequest) -> ReviewFilters:
    def number(name: str) -> int | None:
        text = request.GET.get(name, "")
        return int(text) if _TICKED.fullmatch(text) else None

    return ReviewFilters(
        axis=request.GET.get("eje", ""),
        year=number("anio"),
        author=number("persona"),
        indicator=number("indicador"),
    )


def _how_many() -> str:
    return _("Marca entre 1 y %(most)s valores para ver sus diferencias.") % {
        "most": AT_ONCE
    }
