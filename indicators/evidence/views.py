"""Evidence handed out to those who may read it."""

import logging

from django.contrib.auth.views import redirect_to_login
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from indicators.evidence.cleaning import CONTENT_TYPES
from indicators.evidence.files import download_name, ending_of
from indicators.evidence.reading import kept_path, readable_evidence
from indicators.models import Evidence

logger = logging.getLogger(__name__)


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


def _name(row: Evidence) -> str:
    return download_name(
        code=row.value.indicator.code,
        year=row.value.year,
        title=row.title,
        path=row.path,
    )
