"""Addresses of the panel, mounted at /panel/ and /en/panel/."""

from django.urls import include, path

from indicators.panel import (
    alert_views,
    evidence_views,
    review_views,
    task_views,
    views,
    year_views,
)
from indicators.sheets import views as sheet_views

app_name = "panel"
urlpatterns = [
    path("", views.home, name="home"),
    path("registro/", include("indicators.grid.urls")),
    path("valores/", views.value_list, name="value-list"),
    path("valores/nuevo/", views.value_create, name="value-create"),
    path("valores/<int:value_id>/", views.value_detail_page, name="value-detail"),
    path("valores/<int:value_id>/editar/", views.value_edit, name="value-edit"),
    path("valores/<int:value_id>/enviar/", views.value_submit, name="value-submit"),
    path(
        "valores/<int:value_id>/descartar/",
        views.value_discard,
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
        alert_views.cluster_verify,
        name="cluster-verify",
    ),
    path(
        "alertas/<int:number>/verificar/<int:order>/foto/",
        alert_views.verification_photo,
        name="verification-photo",
    ),
    path("importar/", include("indicators.workbooks.urls")),
    path("tareas/", task_views.task_list, name="task-list"),
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
    path("anios/", year_views.year_list, name="year-list"),
    path("anios/<int:year>/cerrar/", year_views.year_lock, name="year-lock"),
    path("anios/<int:year>/abrir/", year_views.year_unlock, name="year-unlock"),
    path("revision/", review_views.review_list, name="review-list"),
    path("revision/publicar/", review_views.review_publish, name="review-publish"),
    path(
        "revision/<int:value_id>/publicar/",
        review_views.value_publish,
        name="value-publish",
    ),
    path(
        "revision/<int:value_id>/devolver/",
        review_views.value_return,
        name="value-return",
    ),
    path(
        "revision/<int:value_id>/retirar/",
        review_views.value_withdraw,
        name="value-withdraw",
    ),
]
