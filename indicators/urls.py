"""Addresses of the indicators' pages."""

from django.urls import include, path

from indicators import views
from indicators.export_urls import export_urlpatterns

app_name = "indicators"

urlpatterns = [
    *export_urlpatterns,
    path("ejes/<slug:code>/", views.axis_detail, name="axis-detail"),
    path("indicadores/", views.indicator_list, name="indicator-list"),
    path(
        "indicadores/<slug:slug>/",
        views.indicator_detail,
        name="indicator-detail",
    ),
    path(
        "indicadores/<slug:slug>/historial/",
        views.indicator_history_page,
        name="indicator-history",
    ),
    path(
        "indicadores/<slug:slug>/grafico.json",
        views.indicator_figure,
        name="indicator-figure",
    ),
    path("", include("indicators.subscriptions.urls")),
    path("fuentes/", views.source_list, name="source-list"),
    path("metodologia/", views.method_detail, name="method-detail"),
]
