"""Pages that join the rooms, and what readers see when something fails."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import timezone
from django.views.decorators.http import require_safe

from indicators.chart_labels import chart_message
from indicators.language import page_language
from indicators.public import public_page
from indicators.series import home_summary
from indicators.series.budget import budget_block

RETRY_AFTER_SECONDS = 60


@require_safe
@public_page()
def home(request: HttpRequest) -> HttpResponse:
    """Show how the plan goes: counts, axes, the headline and what changed last."""
    lang, today = page_language(), timezone.localdate()
    summary = home_summary(lang=lang, today=today)
    headline = summary.headline
    message = ""
    if headline is not None:
        message = chart_message(headline.series, name=headline.row.name)
    budget = budget_block(lang=lang, today=today)
    context = {"home": summary, "message": message, "budget": budget}
    return render(request, "tocache/home.html", context)


@require_safe
@public_page()
def privacy(request: HttpRequest) -> HttpResponse:
    """Say which data of a reader are kept: nearly none."""
    return render(request, "tocache/privacy.html")


@require_safe
@public_page()
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say what was made and checked for every reader, and what was not."""
    return render(request, "tocache/accessibility.html")


@require_safe
@public_page()
def glossary(request: HttpRequest) -> HttpResponse:
    """Explain the words of the site."""
    return render(request, "tocache/glossary.html")


@require_safe
@public_page()
def robots(_request: HttpRequest) -> HttpResponse:
    """Tell search engines which addresses are not for them."""
    lines = (
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /panel/",
        "Disallow: /cuenta/",
        "Disallow: /avisos/confirmar/",
        "Disallow: /avisos/dejar/",
    )
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 while the database is away, else 500; reads nothing from it."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    template, status = ("503.html", 503) if away else ("500.html", 500)
    response = HttpResponse(loader.render_to_string(template), status=status)
    if away:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
