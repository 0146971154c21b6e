"""The PDF of a cluster's dossier: asked for, waited for, downloaded. Open to all."""

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from indicators.dossier_files import (
    SLOW_AFTER,
    ask_dossier,
    dossier_file,
    served_file,
    what_it_shows,
)
from indicators.language import page_language
from indicators.limits import asks_too_often
from indicators.models import DossierFile
from indicators.series.alert_dossier import Dossier, Merged, dossier
from indicators.series.alerts import is_synthetic_source

MOST_AN_HOUR: Final = 30
LOOK_AGAIN_S: Final = 5
# In the address of a page that stands still for those who read slowly.
STILL: Final = "fija"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def alert_pdf(request: HttpRequest, number: int) -> HttpResponse:
    """Show how far the PDF is; POST asks for it. The address stays the same."""
    lang = page_language()
    page = dossier(number, lang=lang)
    if page is None:
        raise Http404
    if isinstance(page, Merged):
        return redirect("indicators:alert-pdf", page.survivor)
    row = dossier_file(number, lang=lang)
    if request.method != "POST":
        return _page(request, page, row)
    is_enough = row is not None and row.serves(what_it_shows(page, lang=lang))
    if not is_enough:
        if asks_too_often(request, what="dossiers", most=MOST_AN_HOUR):
            return _page(request, page, row, status=429)
        ask_dossier(page, lang=lang)
    return redirect("indicators:alert-pdf", number)


@require_safe
def alert_pdf_file(request: HttpRequest, number: int) -> HttpResponseBase:
    """Return the PDF; while there is none, the page that says how far it is."""
    row = served_file(number, lang=page_language())
    if row is None:
        return redirect("indicators:alert-pdf", number)
    response = HttpResponse(bytes(row.body or b""), content_type="application/pdf")
    mark = "-SINTETICO" if is_synthetic_source(row.cluster.source) else ""
    name = f"alertas-grupo-{number}{mark}.pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "public, no-cache"
    etag = f'"{row.sha256}"'
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def _page(
    request: HttpRequest,
    page: Dossier,
    row: DossierFile | None,
    *,
    status: int = 200,
) -> HttpResponse:
    waits = row is not None and row.state == DossierFile.State.ASKED
    is_still = STILL in request.GET
    context = {
        "page": page,
        "file": row,
        "is_limited": status == 429,
        "is_current": row is not None
        and row.shows == what_it_shows(page, lang=page_language()),
        "is_slow": row is not None and timezone.now() - row.asked_at > SLOW_AFTER,
        "is_still": is_still,
        "look_again_s": LOOK_AGAIN_S,
        "still": STILL,
    }
    response = render(request, "indicators/alert_pdf.html", context, status=status)
    if waits and not is_still:
        # Not as an element: in a page that cannot be told to stand still it would be
        # a barrier (WCAG 2.2.1), and this one can.
        response.headers["Refresh"] = str(LOOK_AGAIN_S)
    return response
