"""Evidence handed out to those who may read it, added and removed in the panel."""

import logging
from typing import Final

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from indicators.evidence.actions import add_evidence, remove_evidence
from indicators.evidence.cleaning import CONTENT_TYPES
from indicators.evidence.files import download_name, ending_of
from indicators.evidence.forms import EvidenceChoiceForm, EvidenceForm
from indicators.evidence.reading import kept_path, readable_evidence
from indicators.models import Evidence
from indicators.panel.access import PanelRequest, panel_page
from indicators.panel.views import render_value, value_or_404
from indicators.panel.words import refusal_text
from indicators.yearly.writing import RECORD, ValueRefusedError

logger = logging.getLogger(__name__)
_STATUS: Final = {"not_allowed": 403, "wrong_state": 409, "gone": 409, "no_room": 503}


@require_safe
@never_cache
def evidence_file(request: HttpRequest, evidence_id: int) -> HttpResponseBase:
    """Return a file of evidence as an attachment; 404 for who may not read it.

    Whoever is signed out and asks for a reserved file is asked to sign in: its title
    is public.
    """
    row, is_title_known = readable_evidence(evidence_id, request.user)
    if row is None:
        if is_title_known and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise Http404
    path = kept_path(row)
    if path is None:
        if row.path:
            logger.error("evidence %s has lost its file", row.pk)
        raise Http404
    response = FileResponse(
        path.open("rb"),
        content_type=CONTENT_TYPES[ending_of(row.path)],
        as_attachment=True,
        filename=_name(row),
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


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


def _name(row: Evidence) -> str:
    return download_name(
        code=row.value.indicator.code,
        year=row.value.year,
        title=row.title,
        path=row.path,
    )
