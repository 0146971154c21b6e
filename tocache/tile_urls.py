"""Addresses of the vector tiles, kept like public pages."""

from django.urls import path

from indicators.public import public_page
from territory import tile_views
from territory.alert_filters import PARAMETERS

app_name = "tiles"

urlpatterns = [
    path(
        "alertas/<slug:source>/<int:z>/<int:x>/<int:y>.mvt",
        public_page(*PARAMETERS)(tile_views.alert_tile),
        name="alerts",
    ),
    path(
        "limites/<slug:layer>/<int:z>/<int:x>/<int:y>.mvt",
        public_page()(tile_views.limit_tile),
        name="limits",
    ),
]
