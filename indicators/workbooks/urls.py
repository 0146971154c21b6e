"""Addresses of the workbook pages, below /panel/importar/."""

from django.urls import path

from indicators.workbooks import views

urlpatterns = [
    path("", views.import_home, name="import"),
    path("plantilla/", views.import_template, name="import-template"),
    path("<int:import_id>/", views.import_detail, name="import-detail"),
    path("<int:import_id>/errores/", views.import_errors, name="import-errors"),
    path("<int:import_id>/guardar/", views.import_save, name="import-save"),
    path("<int:import_id>/cancelar/", views.import_cancel, name="import-cancel"),
    path("<int:import_id>/deshacer/", views.import_undo, name="import-undo"),
]
