"""Every address of the site, app by app."""

from allauth.account.decorators import secure_admin_login
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from tocache import views
from tocache.health import health

admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/v1/", include("tocache.api_urls")),
    path("healthz", health, name="health"),
    path("tiles/", include("tocache.tile_urls")),
    path("robots.txt", views.robots, name="robots"),
]
urlpatterns += i18n_patterns(
    path("", views.home, name="home"),
    path("", include("indicators.urls")),
    path("estado/", views.state, name="state"),
    path("privacidad/", views.privacy, name="privacy"),
    path("accesibilidad/", views.accessibility, name="accessibility"),
    path("glosario/", views.glossary, name="glossary"),
    path("entrar/", RedirectView.as_view(pattern_name="account_login"), name="sign-in"),
    path("cuenta/", include("allauth.urls")),
    path("panel/", include("indicators.panel.urls")),
    prefix_default_language=False,
)

handler500 = "tocache.views.server_error"
