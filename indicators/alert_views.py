"""Public pages of alerts: the list of clusters, its CSV, and one cluster's dossier."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from indicators.alert_exports import cluster_csv
from indicators.alert_filters import PARAMETERS, AlertFilterForm, AlertFilters
from indicators.alert_words import (
    comment_url,
    viewer_links,
    weekly_chart,
    weekly_message,
)
from indicators.language import page_language
from indicators.public import public_page
from indicators.series.alert_context import DAYS_AROUND, alert_context
from indicators.series.alert_dossier import Dossier, Merged, dossier
from indicators.series.alerts import (
    AlertChoices,
    alert_choices,
    alert_totals,
    cluster_page,
)


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
    asked = form.filters
    totals = alert_totals(asked, today=timezone.localdate())
    context |= {
        "asked": asked,
        "source": next(s for s in choices.sources if s.number == asked.source),
        "page": cluster_page(asked),
        "totals": totals,
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
@public_page()
def alert_detail(request: HttpRequest, number: int) -> HttpResponse:
    """Show one cluster; a merged one leads to its survivor."""
    page = dossier(number, lang=page_language())
    if page is None:
        raise Http404
    if isinstance(page, Merged):
        return redirect("indicators:alert-detail", page.survivor)
    return render(request, "indicators/alert_detail.html", _context(page))


def _context(page: Dossier) -> dict[str, object]:
    links = viewer_links(longitude=page.longitude, latitude=page.latitude)
    return {
        "page": page,
        "links": links,
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


def _query(request: HttpRequest) -> str:
    """Return the known filters of the address without the page, to add one to it."""
    given = {
        name: request.GET[name]
        for name in PARAMETERS
        if request.GET.get(name) and name != "pagina"
    }
    return urlencode(given)
