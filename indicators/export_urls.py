"""Addresses of the files of an indicator; joined to those of its pages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.http import etag, require_safe

from indicators.api.edge import release_tag
from indicators.exports import (
    csv_bytes,
    export_meta,
    export_rows,
    file_name,
    json_bytes,
    opinion_rows,
)
from indicators.land_use_exports import (
    LandUseRow,
    land_use_csv_bytes,
    land_use_json_bytes,
    land_use_rows,
    stored_land_use,
)
from indicators.language import page_language
from indicators.models import Indicator


def _tag(request: HttpRequest, slug: str) -> str:
    return release_tag(request.get_full_path())


def _indicator(slug: str) -> Indicator:
    indicator = (
        Indicator.objects.of_current_plan()
        .filter(slug=slug)
        .select_related("goal__axis__plan_version__plan__jurisdiction")
        .order_by("-is_main", "pk")
        .first()
    )
    if indicator is None:
        raise Http404(slug)
    return indicator


def _download(body: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@etag(_tag)
def indicator_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the published values of an indicator as CSV."""
    indicator = _indicator(slug)
    rows = export_rows(indicator, english=get_language() == "en")
    jurisdiction = indicator.goal.axis.plan_version.plan.jurisdiction.code
    name = file_name(jurisdiction, indicator.code, rows)
    return _download(csv_bytes(rows), "text/csv; charset=utf-8", f"{name}.csv")


@require_safe
@etag(_tag)
def indicator_json(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the published values of an indicator as JSON, with how to cite them."""
    indicator = _indicator(slug)
    rows = export_rows(indicator, english=get_language() == "en")
    meta = export_meta(indicator, rows)
    name = file_name(meta["jurisdiction"], indicator.code, rows)
    return _download(json_bytes(meta, rows), "application/json", f"{name}.json")


@require_safe
@etag(_tag)
def opinion_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Return an indicator's second opinions as CSV, apart from its values."""
    indicator = _indicator(slug)
    rows = opinion_rows(indicator, english=get_language() == "en")
    jurisdiction = indicator.goal.axis.plan_version.plan.jurisdiction.code
    name = f"{jurisdiction}-{indicator.code}-otra-medicion"
    return _download(csv_bytes(rows), "text/csv; charset=utf-8", f"{name}.csv")


@require_safe
@etag(_tag)
def opinion_json(request: HttpRequest, slug: str) -> HttpResponse:
    """Return an indicator's second opinions as JSON, with how to cite them."""
    indicator = _indicator(slug)
    rows = opinion_rows(indicator, english=get_language() == "en")
    meta = export_meta(indicator, rows, is_opinion=True)
    name = f"{meta['jurisdiction']}-{indicator.code}-otra-medicion"
    return _download(json_bytes(meta, rows), "application/json", f"{name}.json")


@require_safe
@etag(_tag)
def land_use_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the zones laid over the province as CSV; no rows where there are none."""
    indicator = _indicator(slug)
    rows = land_use_rows(indicator, stored_land_use(indicator, page_language()))
    name = _land_use_name(indicator, rows)
    return _download(land_use_csv_bytes(rows), "text/csv; charset=utf-8", f"{name}.csv")


@require_safe
@etag(_tag)
def land_use_json(request: HttpRequest, slug: str) -> HttpResponse:
    """Return the zones laid over the province as JSON, with how to cite them."""
    indicator = _indicator(slug)
    use = stored_land_use(indicator, page_language())
    rows = land_use_rows(indicator, use)
    body = land_use_json_bytes(indicator, use, rows)
    return _download(
        body, "application/json", f"{_land_use_name(indicator, rows)}.json"
    )


def _land_use_name(indicator: Indicator, rows: list[LandUseRow]) -> str:
    jurisdiction = indicator.goal.axis.plan_version.plan.jurisdiction.code
    mark = "-SINTETICO" if any(row.is_synthetic for row in rows) else ""
    return f"{jurisdiction}-{indicator.code}-zonas{mark}"


export_urlpatterns = [
    path("indicadores/<slug:slug>/zonas.csv", land_use_csv, name="land-use-csv"),
    path("indicadores/<slug:slug>/zonas.json", land_use_json, name="land-use-json"),
    path("indicadores/<slug:slug>/otra.csv", opinion_csv, name="opinion-csv"),
    path("indicadores/<slug:slug>/otra.json", opinion_json, name="opinion-json"),
    path("indicadores/<slug:slug>/datos.csv", indicator_csv, name="indicator-csv"),
    path("indicadores/<slug:slug>/datos.json", indicator_json, name="indicator-json"),
]
