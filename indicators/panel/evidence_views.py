"""Evidence added to a value and taken off it, on the value's page of the panel."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from indicators.access import PanelRequest, panel_page
from indicators.evidence.actions import add_evidence, remove_evidence
from indicators.evidence.forms import EvidenceChoiceForm, EvidenceForm
from indicators.panel.views import render_value, value_or_404
from indicators.yearly.words import refusal_text
from indicators.yearly.writing import RECORD, ValueRefusedError

_STATUS: Final = {"not_allowed": 403, "wrong_state": 409, "gone": 409, "no_room": 503}


@require_POST
@panel_page(RECORD, back="panel:value-detail")
def evidence_add(request: PanelRequest, value_id: int) -> HttpResponse:
    """Add a file or a link to a value; 422 with what was typed when it is refused."""
    value = value_or_404(value_id)
    form = EvidenceForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_value(request, value, status=422, evidence_form=form)
    try:
        add_evidence(actor=request.user, value_id=value.pk, content=form.content)
    except ValueRefusedError as refused:
        form.add_error(None, refusal_text(refused.code))
        status = _STATUS.get(refused.code, 422)
        return render_value(request, value, status=status, evidence_form=form)
    messages.success(request, _("Evidencia agregada."))
    return redirect("panel:value-detail", value.pk)


@require_POST
@panel_page(RECORD, back="panel:value-detail")
def evidence_remove(request: PanelRequest, value_id: int) -> HttpResponse:
    """Take evidence off a value that may still be changed."""
    value = value_or_404(value_id)
    form = EvidenceChoiceForm(request.POST)
    chosen = form.cleaned_data["evidence"] if form.is_valid() else 0
    try:
        remove_evidence(actor=request.user, value_id=value.pk, evidence_id=chosen)
    except ValueRefusedError as refused:
        words = refusal_text(refused.code)
        status = _STATUS[refused.code]
        return render_value(request, value, error=words, status=status)
    messages.success(request, _("Evidencia quitada."))
    return redirect("panel:value-detail", value.pk)
