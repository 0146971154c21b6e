"""Addresses of the notices, under those of the indicators."""

from django.urls import path

from indicators.subscriptions import views

urlpatterns = [
    path("avisos/", views.notice_form, name="notice-form"),
    path("avisos/pedido/", views.notice_asked, name="notice-asked"),
    path(
        "avisos/confirmar/<uuid:public_id>/<str:token>/",
        views.notice_confirm,
        name="notice-confirm",
    ),
    path("avisos/dejar/<str:token>/", views.notice_stop, name="notice-stop"),
]
