"""Addresses of territory and indicators below /api/v1/.

A key that is not of its form is no address, so that a NUL byte never reaches the
database.
"""

from django.urls import URLPattern, path, re_path

from indicators.api import alerts, views
from indicators.api.base import PublicItem, PublicView


def item_path(name: str, view: type[PublicItem]) -> URLPattern:
    """Return the address of one row of a resource by its key."""
    return re_path(
        rf"^{name}/(?P<{view.key}>{view.key_pattern})/$",
        view.as_view(),
        name=f"{name}-item",
    )


def list_path(name: str, view: type[PublicView]) -> URLPattern:
    """Return the address of a resource."""
    return path(f"{name}/", view.as_view(), name=name)


urlpatterns = [
    path("schema/", views.Schema.as_view(), name="schema"),
    list_path("jurisdictions", views.JurisdictionList),
    item_path("jurisdictions", views.JurisdictionItem),
    list_path("plan", views.PlanItem),
    list_path("axes", views.AxisList),
    item_path("axes", views.AxisItem),
    list_path("goals", views.GoalList),
    item_path("goals", views.GoalItem),
    list_path("indicators", views.IndicatorList),
    item_path("indicators", views.IndicatorItem),
    list_path("targets", views.TargetList),
    list_path("values", views.ValueList),
    list_path("results", views.ResultList),
    path("results/history/", views.ResultHistory.as_view(), name="results-history"),
    list_path("places", views.PlaceList),
    item_path("places", views.PlaceItem),
    list_path("sources", views.SourceList),
    item_path("sources", views.SourceItem),
    list_path("loads", views.LoadList),
    list_path("actors", views.ActorList),
    list_path("facts", views.FactList),
    list_path("variables", views.VariableList),
    list_path("alert-clusters", alerts.AlertClusterList),
    list_path("alert-totals", alerts.AlertTotalList),
]
