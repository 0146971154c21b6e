"""Public pages of alerts: the list of clusters, its CSV, and one cluster's dossier."""

import datetime as dt
from urllib.parse import urlencode

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from indicators.alert_exports import cluster_csv
from indicators.alert_filters import PARAMETERS, AlertFilterForm, AlertFilters
from indicators.alert_links import map_query
from indicators.alert_words import (
    cluster_sentence,
    comment_url,
    period_words,
    viewer_links,
    weekly_chart,
    weekly_message,
)
from indicators.language import page_language
from indicators.public import passing, public_page
from indicators.series.alert_context import DAYS_AROUND, alert_context
from indicators.series.alert_dossier import Dossier, Merged, dossier
from indicators.series.alerts import (
    NEAR_SHOWN,
    AlertChoices,
    Box,
    alert_choices,
    alert_totals,
    cluster_page,
    clusters_near,
)
from indicators.series.budget import rise_lines


@require_safe
@public_page(*PARAMETERS)
def alert_list(request: HttpRequest) -> HttpResponse:
    """Show one source's clusters, filtered by the address, and its sums."""
    choices = alert_choices(page_language())
    form = _form(request, choices)
    context = {
        "form": form,
        "choices": choices,
        "query": _query(request),
        "is_filtered": bool(request.GET),
        "beside": (),
    }
    if not choices.sources:
        context |= _beside_alerts()
        return render(request, "indicators/alert_list.html", context)
    if not form.is_valid():
        return render(request, "indicators/alert_list.html", context, status=400)
    asked, today = form.filters, timezone.localdate()
    source = next(s for s in choices.sources if s.number == asked.source)
    totals = alert_totals(asked, today=today, known_to=source.known_to)
    context |= {
        "asked": asked,
        "source": source,
        "map_query": map_query(asked, source.code),
        "rises": rise_lines(
            lang=page_language(), today=today, source=source.number, ubigeo=asked.ubigeo
        ),
        "page": cluster_page(asked),
        "totals": totals,
        "period": period_words(asked.since, asked.until, source.known_to),
        "whole_year": _whole_year(request, asked, source.known_to),
        "message": weekly_message(totals),
        "chart": weekly_chart(totals, chart_id="semanas"),
    }
    context |= _beside_alerts(asked)
    return render(request, "indicators/alert_list.html", context)


@require_safe
def alert_csv(request: HttpRequest) -> HttpResponse:
    """Return the filtered list, all of its pages, as CSV."""
    choices = alert_choices(page_language())
    form = _form(request, choices)
    if not choices.sources:
        raise Http404
    if not form.is_valid():
        return render(
            request,
            "indicators/alert_list.html",
            {
                "form": form,
                "choices": choices,
                "query": "",
                "is_filtered": True,
                "beside": (),
            },
            status=400,
        )
    asked = form.filters
    source = next(one for one in choices.sources if one.number == asked.source)
    response = HttpResponse(
        cluster_csv(asked, source), content_type="text/csv; charset=utf-8"
    )
    mark = "-SINTETICO" if source.is_synthetic else ""
    name = f"alertas-{source.code}{mark}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@require_safe
@never_cache
def alert_near(request: HttpRequest) -> JsonResponse:
    """Return the newest clusters that touch a box (`caja`), for the interactive map.

    Filters as those of the list; `caja` is west, south, east, north in degrees.
    """
    choices = alert_choices(page_language())
    if not choices.sources:
        return JsonResponse({"groups": [], "more": False})
    form, box = _form(request, choices), _box(request.GET.get("caja", ""))
    if box is None or not form.is_valid():
        return JsonResponse({}, status=400)
    try:
        rows = clusters_near(form.filters, box)
    except OperationalError:
        return JsonResponse({}, status=503)
    groups = [
        {
            "url": reverse("indicators:alert-detail", args=[row.number]),
            "words": cluster_sentence(row),
        }
        for row in rows
    ]
    return JsonResponse({"groups": groups[:NEAR_SHOWN], "more": len(rows) > NEAR_SHOWN})


@require_safe
@public_page()
def alert_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show one cluster; a merged one leads to its survivor."""
    page = dossier(number, lang=page_language())
    if page is None:
        raise Http404
    if isinstance(page, Merged):
        return redirect("indicators:alert-detail", page.survivor)
    response = render(request, "indicators/alert_detail.html", _context(page))
    return passing(response) if page.zones_pending else response


def _context(page: Dossier) -> dict[str, object]:
    links = viewer_links(longitude=page.longitude, latitude=page.latitude)
    about = AlertFilters(
        source=page.source.number, since=page.first_date, until=page.last_date
    )
    return {
        "page": page,
        "links": links,
        "map_query": map_query(about, page.source.code),
        "comment_url": comment_url(page.number),
        "beside": alert_context(
            lang=page_language(),
            ubigeos=page.ubigeos,
            since=page.first_date - DAYS_AROUND,
            until=page.last_date + DAYS_AROUND,
        )
        if page.ubigeos
        else (),
        "beside_of": _(
            "Es lo guardado de los distritos de este grupo desde 60 días antes hasta"
            " 60 días después de sus alertas; no tiene que ser el mismo lugar."
        ),
    }


def _beside_alerts(asked: AlertFilters | None = None) -> dict[str, object]:
    """Return what other sources say of the same districts and days."""
    return {
        "beside": alert_context(
            lang=page_language(),
            ubigeos=[asked.ubigeo] if asked and asked.ubigeo else [],
            since=asked.since if asked else None,
            until=asked.until if asked else None,
        ),
        "beside_of": _(
            "Con el mismo distrito y periodo; los demás filtros no cambian esta parte."
        ),
    }


def _form(request: HttpRequest, choices: AlertChoices) -> AlertFilterForm:
    return AlertFilterForm(
        request.GET,
        sources=[(one.number, one.name) for one in choices.sources],
        districts=choices.districts,
        zones=choices.zones,
    )


def _box(text: str) -> Box | None:
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        return None
    # Written so that what is not a number is refused as well.
    if -180 <= west < east <= 180 and -90 <= south < north <= 90:
        return west, south, east, north
    return None


def _whole_year(
    request: HttpRequest, asked: AlertFilters, known_to: dt.date | None
) -> dict[str, object]:
    """Return the way from all days to the newest year, which the home page counts."""
    if asked.since or asked.until or known_to is None:
        return {}
    first_day = urlencode({"desde": f"{known_to.year}-01-01"})
    rest = _query(request)
    return {
        "year": known_to.year,
        "query": f"{rest}&{first_day}" if rest else first_day,
    }


def _query(request: HttpRequest) -> str:
    """Return the known filters of the address without the page, to add one to it."""
    given = {
        name: request.GET[name]
        for name in PARAMETERS
        if request.GET.get(name) and name != "pagina"
    }
    return urlencode(given)
