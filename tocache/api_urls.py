"""The public API: the resources of every app under one roof."""

from django.urls import path, re_path

from governance import api as governance
from incentives import api as incentives
from indicators.api import urls as indicators
from indicators.api.problems import not_found
from indicators.api.root_views import Root

app_name = "api"

resources = [
    *indicators.urlpatterns,
    *governance.urlpatterns,
    *incentives.urlpatterns,
]
# A list or document has an address of its own; a row is found in its list.
resource_names = tuple(
    pattern.name
    for pattern in resources
    if pattern.name and not pattern.name.endswith("-item")
)

urlpatterns = [
    path("", Root.as_view(resource_names=resource_names), name="root"),
    *resources,
    # Everything else is refused in the API's own form. A clean address without
    # its last slash is left alone, so that it is led to the one with it.
    re_path(r"^[\s\S]+/$", not_found, name="not-found"),
    re_path(r"^[\s\S]*[^A-Za-z0-9_/-][\s\S]*$", not_found),
]
