"""Addresses of the panel, mounted at /panel/ and /en/panel/."""

from django.urls import path

from indicators import (
    panel_alert_views,
    panel_review_views,
    panel_task_views,
    panel_views,
    panel_year_views,
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
    path("tareas/", panel_task_views.task_list, name="task-list"),
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
