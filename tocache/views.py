"""Pages that join the rooms, and what readers see when something fails."""

import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from indicators.chart_labels import chart_message
from indicators.language import page_language
from indicators.public import public_page
from indicators.schedules import next_runs
from indicators.series import home_summary, source_states
from indicators.series.budget import budget_block
from indicators.views import has_key
from tocache.states import service_states, upkeep_states

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


# It only reads: a POST is a 405, before a token is asked for.
@csrf_exempt
@never_cache
@require_safe
def state(request: HttpRequest) -> HttpResponse:
    """Say what works and what does not, and how fresh each source is.

    Answers 503 while the database is away, and then without asking it anything.
    """
    services = service_states()
    if services.database.state == "down":
        return _away("tocache/state_down.html", {"services": services})
    now = timezone.now()
    context = {
        "services": services,
        "upkeep": upkeep_states(),
        "sources": source_states(
            lang=page_language(),
            today=timezone.localdate(),
            has_key=has_key,
            next_runs=next_runs(settings.CELERY_BEAT_SCHEDULE, now=now),
        ),
        "now": now,
    }
    return render(request, "tocache/state.html", context)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 503 while the database is away, else 500; reads nothing from it."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    if away:
        return _away("503.html", {})
    return HttpResponse(loader.render_to_string("500.html"), status=500)


def _away(template: str, context: dict[str, object]) -> HttpResponse:
    """Return a page that needs no database, with when to come back."""
    response = HttpResponse(loader.render_to_string(template, context), status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
