"""Public pages of the indicators: the list, an axis, an indicator, sources, method."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from indicators.chart_labels import chart_labels, chart_message
from indicators.charts import build_series_figure
from indicators.language import page_language
from indicators.method_examples import falling_example, state_rules
from indicators.public import passing, public_page
from indicators.schedules import next_runs
from indicators.series import (
    GROUPS,
    axis_names,
    axis_summary,
    counts_of,
    home_summary,
    indicator_history,
    indicator_page,
    indicator_rows,
    source_states,
)
from indicators.series.budget import budget_details, is_alert_budget
from indicators.series.changes import kind_words
from indicators.series.records import Page, Row
from indicators.series.years import year_closings

CHANGES_A_PAGE = 50
PROVINCE = "provincia"
ORDERS = ("plan", "estado", "reciente", "nombre")


@require_safe
@public_page("eje", "estado", "orden")
def indicator_list(request: HttpRequest) -> HttpResponse:
    """Show every indicator, filtered and ordered by the address."""
    lang = page_language()
    rows = indicator_rows(lang=lang, today=timezone.localdate())
    axes = axis_names(lang)
    chosen = _chosen(request, [code for code, _ in axes])
    shown = [
        row
        for row in rows
        if chosen["eje"] in ("", row.axis_code)
        and chosen["estado"] in ("", row.mark.group.slug)
    ]
    context = {
        "rows": _ordered(shown, chosen["orden"]),
        "total": len(rows),
        "axes": axes,
        "groups": GROUPS,
        "counts": counts_of(rows),
        "chosen": chosen,
    }
    return render(request, "indicators/indicator_list.html", context)


@require_safe
@public_page()
def axis_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Show an axis: its counts, then each of its indicators."""
    page = axis_summary(code, lang=page_language(), today=timezone.localdate())
    return _page(request, "indicators/axis_detail.html", page)


@require_safe
@public_page()
def indicator_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an indicator: status, chart, sum, table, definition and sources."""
    page = indicator_page(slug, lang=page_language(), today=timezone.localdate())
    if page is None:
        raise Http404
    message = chart_message(page.series, name=page.row.name)
    context = {"page": page, "message": message, **_budget(page)}
    return render(request, "indicators/indicator_detail.html", context)


@require_safe
@public_page()
def indicator_figure(_request: HttpRequest, slug: str) -> HttpResponse:
    """Return the Plotly figure of an indicator as JSON, asked for by a button."""
    page = indicator_page(slug, lang=page_language(), today=timezone.localdate())
    if page is None:
        raise Http404
    labels = chart_labels(page.series, name=page.row.name)
    return JsonResponse(build_series_figure(page.series, labels))


@require_safe
@public_page("anio", "tipo", "lugar", "pagina")
def indicator_history_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Show every public change of an indicator, filtered by the address."""
    page = indicator_history(slug, lang=page_language(), today=timezone.localdate())
    if page is None:
        raise Http404
    chosen = {name: request.GET.get(name, "") for name in ("anio", "tipo", "lugar")}
    shown = [
        change
        for change in page.changes
        if chosen["anio"] in ("", str(change.year))
        and chosen["tipo"] in ("", change.kind)
        and chosen["lugar"] in ("", change.district or PROVINCE)
    ]
    part = Paginator(shown, CHANGES_A_PAGE).get_page(request.GET.get("pagina"))
    context = {
        "page": page,
        "part": part,
        "years": sorted({change.year for change in page.changes}, reverse=True),
        "kinds": kind_words(),
        "districts": sorted({one.district for one in page.changes} - {""}),
        "chosen": chosen,
        "query": urlencode({name: value for name, value in chosen.items() if value}),
    }
    answer = render(request, "indicators/indicator_history.html", context)
    # Made-up years and pages are answered, and fill no cache.
    is_one_of_ours = shown and request.GET.get("pagina", "1") == str(part.number)
    return answer if is_one_of_ours else passing(answer)


@require_safe
@public_page()
def source_list(request: HttpRequest) -> HttpResponse:
    """Show every source: publisher, licence, freshness, state and cautions."""
    sources = source_states(
        lang=page_language(),
        today=timezone.localdate(),
        has_key=has_key,
        next_runs=next_runs(settings.CELERY_BEAT_SCHEDULE, now=timezone.now()),
    )
    return render(request, "indicators/source_list.html", {"sources": sources})


@require_safe
@public_page()
def year_list(request: HttpRequest) -> HttpResponse:
    """Show which years are closed, and why a closed one was opened."""
    return render(request, "indicators/year_list.html", {"closings": year_closings()})


@require_safe
@public_page()
def method_detail(request: HttpRequest) -> HttpResponse:
    """Explain the method with a worked example and the goal the home page shows."""
    lang = page_language()
    home = home_summary(lang=lang, today=timezone.localdate())
    context = {
        "headline": home.headline,
        "example": falling_example(lang),
        "states": state_rules(),
    }
    return render(request, "indicators/method_detail.html", context)


def _budget(page: Page) -> dict[str, Any]:
    """Return the budget of a ceiling; nothing is read for other indicators."""
    slug, today = page.row.slug, timezone.localdate()
    if not page.series.bars:
        return {"budget": (), "has_budget": False}
    details = budget_details(slug, lang=page_language(), today=today)
    return {"budget": details, "has_budget": bool(details) or is_alert_budget(slug)}


def _page(request: HttpRequest, template: str, page: Any) -> HttpResponse:
    if page is None:
        raise Http404
    return render(request, template, {"page": page})


def has_key(name: str) -> bool:
    """Return whether the setting of a name holds a key."""
    return bool(getattr(settings, name, ""))


def _chosen(request: HttpRequest, axes: list[str]) -> dict[str, str]:
    allowed = {
        "eje": axes,
        "estado": [group.slug for group in GROUPS],
        "orden": list(ORDERS),
    }
    chosen = {name: request.GET.get(name, "") for name in allowed}
    if any(value and value not in allowed[name] for name, value in chosen.items()):
        raise Http404
    return chosen


def _ordered(rows: list[Row], order: str) -> list[Row]:
    places = {group.slug: place for place, group in enumerate(GROUPS)}
    if order == "estado":
        return sorted(rows, key=lambda row: places[row.mark.group.slug])
    if order == "reciente":
        return sorted(rows, key=lambda row: -(row.latest_year or 0))
    if order == "nombre":
        return sorted(rows, key=lambda row: row.name.casefold())
    return rows
