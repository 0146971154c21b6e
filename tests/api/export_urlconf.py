"""The files of an indicator without its pages."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from indicators.export_urls import export_urlpatterns

urlpatterns = i18n_patterns(
    path("", include((export_urlpatterns, "indicators"))),
    prefix_default_language=False,
)
