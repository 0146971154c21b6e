"""The plan: axes, goals, indicators, targets, and who and what stands around them."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from indicators.api import serializers as shapes
from indicators.api.base import (
    PublicItem,
    PublicList,
    PublicView,
)
from indicators.api.parameters import (
    FLAG,
    Parameter,
)
from indicators.api.problems import Unknown
from indicators.api.row_parameters import (
    axis_parameter,
    goal_parameter,
    indicator_parameter,
)
from indicators.models import (
    Actor,
    Axis,
    Fact,
    Goal,
    Indicator,
    MonitoringVariable,
    Origin,
    PlanVersion,
    Target,
)


class PlanItem(PublicView):
    """The plan as it holds now: vision, key ideas, axes."""

    serializer_class = shapes.PlanSerializer

    def get(self, request: Request) -> Response:
        """Return the document."""
        version_id = self.scope.plan_version_id
        if version_id is None:
            raise Unknown("No hay un plan cargado.", "No plan has been loaded.")
        version = (
            PlanVersion.objects.select_related("plan__jurisdiction")
            .prefetch_related("visionidea_set", "axis_set__goals")
            .get(pk=version_id)
        )
        return Response(self.get_serializer(version).data)


class AxisRows(PublicView):
    """Axes of the plan."""

    serializer_class = shapes.AxisSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return Axis.objects.filter(
            plan_version_id=self.scope.plan_version_id
        ).prefetch_related("goals")


class AxisList(AxisRows, PublicList):
    """Axes with the codes of their goals."""


class AxisItem(AxisRows, PublicItem):
    """One axis."""


class GoalRows(PublicView):
    """Goals of the plan."""

    serializer_class = shapes.GoalSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return (
            Goal.objects.filter(axis__plan_version_id=self.scope.plan_version_id)
            .select_related("axis")
            .prefetch_related("indicators")
        )


class GoalList(GoalRows, PublicList):
    """Goals in the order of the plan."""

    parameters = (axis_parameter("axis__code"),)


class GoalItem(GoalRows, PublicItem):
    """One goal."""


class IndicatorRows(PublicView):
    """Indicators of the plan."""

    serializer_class = shapes.IndicatorSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return (
            Indicator.objects.filter(
                goal__axis__plan_version_id=self.scope.plan_version_id
            )
            .select_related("goal__axis", "target", "baseline")
            .prefetch_related(
                "milestones",
                "breaks",
                "steps",
                "proposed_sources",
                "goal__crosswalk__crosswalk_code",
            )
            .order_by("goal__axis__order", "goal__order", "order", "pk")
        )


class IndicatorList(IndicatorRows, PublicList):
    """Indicators with target, baseline, milestones, breaks and crosswalk."""

    parameters = (
        axis_parameter("goal__axis__code"),
        goal_parameter("goal__code"),
        Parameter(
            "is_main",
            "Only those a goal's status hangs on, or only the others.",
            lookup="is_main",
            choices=FLAG,
        ),
    )


class IndicatorItem(IndicatorRows, PublicItem):
    """One indicator."""


class TargetList(PublicList):
    """Targets, one a row; value is null where the plan prints no number."""

    serializer_class = shapes.TargetSerializer
    parameters = (
        axis_parameter("indicator__goal__axis__code"),
        indicator_parameter("indicator__code"),
        Parameter(
            "origin",
            "Whose figure it is.",
            lookup="origin",
            choices=tuple(Origin.values),
        ),
    )

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return (
            Target.objects.filter(
                indicator__goal__axis__plan_version_id=self.scope.plan_version_id
            )
            .select_related("indicator")
            .order_by(
                "indicator__goal__axis__order",
                "indicator__goal__order",
                "indicator__order",
                "pk",
            )
        )


class ActorList(PublicList):
    """Institutions and organisations."""

    serializer_class = shapes.ActorSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return Actor.objects.filter(plan_version_id=self.scope.plan_version_id)


class FactList(PublicList):
    """Key figures the plan prints."""

    serializer_class = shapes.FactSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return Fact.objects.filter(plan_version_id=self.scope.plan_version_id)


class VariableList(PublicList):
    """Variables the plan wants monitored."""

    serializer_class = shapes.VariableSerializer
    parameters = (axis_parameter("axis__code"),)

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return (
            MonitoringVariable.objects.filter(
                plan_version_id=self.scope.plan_version_id
            )
            .select_related("axis")
            .prefetch_related("linked_goals", "crosswalk__crosswalk_code")
        )
