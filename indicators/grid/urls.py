"""Addresses of the yearly grid, below /panel/registro/."""

from django.urls import path

from indicators.grid import views

urlpatterns = [
    path("", views.latest_year, name="grid-latest"),
    path("<int:year>/", views.year_page, name="grid"),
    path("<int:year>/enviar/", views.year_submit, name="grid-submit"),
]
