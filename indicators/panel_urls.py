"""Addresses of the panel, mounted at /panel/ and /en/panel/."""

from django.urls import include, path

from indicators import (
    panel_alert_views,
    panel_review_views,
    panel_task_views,
    panel_views,
    panel_year_views,
)
from indicators.evidence import views as evidence_views
from indicators.sheets import views as sheet_views

app_name = "panel"
urlpatterns = [
    path("", panel_views.home, name="home"),
    path("registro/", include("indicators.grid.urls")),
    path("valores/", panel_views.value_list, name="value-list"),
    path("valores/nuevo/", panel_views.value_create, name="value-create"),
    path("valores/<int:value_id>/", panel_views.value_detail_page, name="value-detail"),
    path("valores/<int:value_id>/editar/", panel_views.value_edit, name="value-edit"),
    path(
        "valores/<int:value_id>/enviar/", panel_views.value_submit, name="value-submit"
    ),
    path(
        "valores/<int:value_id>/descartar/",
        panel_views.value_discard,
        name="value-discard",
    ),
    path(
        "valores/<int:value_id>/evidencia/",
        evidence_views.evidence_add,
        name="evidence-add",
    ),
    path(
        "valores/<int:value_id>/evidencia/quitar/",
        evidence_views.evidence_remove,
        name="evidence-remove",
    ),
    path(
        "alertas/<int:number>/verificar/",
        panel_alert_views.cluster_verify,
        name="cluster-verify",
    ),
    path(
        "alertas/<int:number>/verificar/<int:order>/foto/",
        panel_alert_views.verification_photo,
        name="verification-photo",
    ),
    path("importar/", include("indicators.workbooks.urls")),
    path("tareas/", panel_task_views.task_list, name="task-list"),
    path("estadisticas/", sheet_views.sheet_start, name="sheet-start"),
    path(
        "estadisticas/<uuid:public_id>/", sheet_views.sheet_result, name="sheet-result"
    ),
    path(
        "estadisticas/<uuid:public_id>/columnas/",
        sheet_views.sheet_columns,
        name="sheet-columns",
    ),
    path(
        "estadisticas/<uuid:public_id>/revisar/",
        sheet_views.sheet_preview,
        name="sheet-preview",
    ),
    path(
        "estadisticas/<uuid:public_id>/descartar/",
        sheet_views.sheet_discard,
        name="sheet-discard",
    ),
    path("anios/", panel_year_views.year_list, name="year-list"),
    path("anios/<int:year>/cerrar/", panel_year_views.year_lock, name="year-lock"),
    path("anios/<int:year>/abrir/", panel_year_views.year_unlock, name="year-unlock"),
    path("revision/", panel_review_views.review_list, name="review-list"),
    path(
        "revision/publicar/", panel_review_views.review_publish, name="review-publish"
    ),
    path(
        "revision/<int:value_id>/publicar/",
        panel_review_views.value_publish,
        name="value-publish",
    ),
    path(
        "revision/<int:value_id>/devolver/",
        panel_review_views.value_return,
        name="value-return",
    ),
    path(
        "revision/<int:value_id>/retirar/",
        panel_review_views.value_withdraw,
        name="value-withdraw",
    ),
]
