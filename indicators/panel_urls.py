"""Addresses of the panel, mounted at /panel/ and /en/panel/."""

from django.urls import include, path

from indicators import (
    panel_alert_views,
    panel_review_views,
    panel_task_views,
    panel_views,
)

app_name = "panel"
urlpatterns = [
    path("", panel_views.home, name="home"),
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
    path("revision/", panel_review_views.review_list, name="review-list"),
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
