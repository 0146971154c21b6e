"""Addresses of the indicators' pages."""

from django.urls import include, path

from indicators import alert_views, dossier_views, map_views, views
from indicators.evidence.views import evidence_file
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
    path("evidencia/<int:evidence_id>/", evidence_file, name="evidence-file"),
    path("alertas/", alert_views.alert_list, name="alert-list"),
    path("alertas/datos.csv", alert_views.alert_csv, name="alert-csv"),
    path("alertas/cerca.json", alert_views.alert_near, name="alert-near"),
    path("alertas/<int:number>/", alert_views.alert_detail, name="alert-detail"),
    path("alertas/<int:number>/pdf/", dossier_views.alert_pdf, name="alert-pdf"),
    path(
        "alertas/<int:number>/grupo.pdf",
        dossier_views.alert_pdf_file,
        name="alert-pdf-file",
    ),
    path("mapa/", map_views.alert_map_page, name="alert-map"),
    path("", include("indicators.subscriptions.urls")),
    path("fuentes/", views.source_list, name="source-list"),
    path("anios/", views.year_list, name="year-list"),
    path("metodologia/", views.method_detail, name="method-detail"),
]
