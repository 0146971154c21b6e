"""Addresses of territory and indicators below /api/v1/.

A key that is not of its form is no address, so that a NUL byte never reaches the
database.
"""

from django.urls import URLPattern, path, re_path

from indicators.api import (
    alerts,
    place_views,
    plan_views,
    root_views,
    source_views,
    value_views,
)
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
    path("schema/", root_views.Schema.as_view(), name="schema"),
    list_path("jurisdictions", place_views.JurisdictionList),
    item_path("jurisdictions", place_views.JurisdictionItem),
    list_path("plan", plan_views.PlanItem),
    list_path("axes", plan_views.AxisList),
    item_path("axes", plan_views.AxisItem),
    list_path("goals", plan_views.GoalList),
    item_path("goals", plan_views.GoalItem),
    list_path("indicators", plan_views.IndicatorList),
    item_path("indicators", plan_views.IndicatorItem),
    list_path("targets", plan_views.TargetList),
    list_path("values", value_views.ValueList),
    list_path("results", value_views.ResultList),
    path(
        "results/history/", value_views.ResultHistory.as_view(), name="results-history"
    ),
    list_path("places", place_views.PlaceList),
    item_path("places", place_views.PlaceItem),
    list_path("sources", source_views.SourceList),
    item_path("sources", source_views.SourceItem),
    list_path("loads", source_views.LoadList),
    list_path("actors", plan_views.ActorList),
    list_path("facts", plan_views.FactList),
    list_path("variables", plan_views.VariableList),
    list_path("alert-clusters", alerts.AlertClusterList),
    list_path("alert-totals", alerts.AlertTotalList),
]
