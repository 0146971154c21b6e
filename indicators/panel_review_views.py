"""Pages of the panel for the people who review and publish."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indicators.actions import publish_value, return_value, withdraw_value
from indicators.forms import ReasonForm
from indicators.panel_access import PanelRequest, panel_page
from indicators.panel_values import find_value, review_queue
from indicators.panel_views import act_on_value, render_value
from indicators.panel_words import indicator_name, shown_value
from indicators.value_writing import REVIEW


@panel_page(REVIEW)
def review_list(request: PanelRequest) -> HttpResponse:
    """Return the values waiting for review, the longest waiting first."""
    rows = [
        {
            "row": row,
            "name": indicator_name(row.indicator),
            "shown": shown_value(row),
            "is_own": row.recorded_by_id == request.user.pk,
        }
        for row in review_queue()
    ]
    return render(request, "panel/review_list.html", {"rows": rows})


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
