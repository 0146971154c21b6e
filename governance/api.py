"""What the plan promises to do and who it says should: read-only lists."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from governance.models import (
    AgendaAction,
    GovernanceAction,
    GovernanceSpace,
    ReengineeringPoint,
)
from indicators.api.base import PublicList
from indicators.api.fields import CodeField, TextField
from indicators.api.row_parameters import axis_parameter
from indicators.api.serializers import ProposedField
from indicators.api.urls import list_path

Base = serializers.Serializer[Any]


class AgendaActionSerializer(Base):
    """An action of the agenda; the links to goals are this dashboard's."""

    code = CodeField()
    slug = CodeField()
    axis = CodeField(source="axis.code")
    text_es = TextField()
    text_en = TextField()
    linked_goals = serializers.SerializerMethodField()
    linked_goals_origin = ProposedField()

    def get_linked_goals(self, action: AgendaAction) -> list[str]:
        """Return the codes of the goals it is linked to."""
        return sorted(goal.code for goal in action.linked_goals.all())


class GovernanceActionSerializer(Base):
    """An action to strengthen governance, with the actors printed beside it."""

    code = CodeField()
    slug = CodeField()
    text_es = TextField()
    text_en = TextField()
    actors_es = TextField()
    actors_en = TextField()
    actor_groups = serializers.SerializerMethodField()
    match_confidence = serializers.CharField()
    is_number_doubtful = serializers.BooleanField()

    def get_actor_groups(self, action: GovernanceAction) -> list[str]:
        """Return the codes of the groups of actors."""
        return sorted(group.code for group in action.actor_groups.all())


class ReengineeringPointSerializer(Base):
    """A change of the governance body that the participants asked for."""

    code = CodeField()
    slug = CodeField()
    text_es = TextField()
    text_en = TextField()


class GovernanceSpaceSerializer(Base):
    """A body or round table in which the plan is governed."""

    code = CodeField()
    name_es = TextField()
    name_en = TextField()
    level = serializers.CharField()
    role_es = TextField()
    role_en = TextField()


class AgendaActionList(PublicList):
    """Actions of the territorial agenda."""

    serializer_class = AgendaActionSerializer
    parameters = (axis_parameter("axis__code"),)

    def rows(self) -> QuerySet[Any, Any]:
        """Return the actions in the order of the plan."""
        return (
            AgendaAction.objects.filter(plan_version_id=self.scope.plan_version_id)
            .select_related("axis")
            .prefetch_related("linked_goals")
        )


class GovernanceActionList(PublicList):
    """Actions to strengthen governance."""

    serializer_class = GovernanceActionSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the actions in the order of the plan."""
        return GovernanceAction.objects.filter(
            plan_version_id=self.scope.plan_version_id
        ).prefetch_related("actor_groups")


class ReengineeringPointList(PublicList):
    """Changes of the governance body that the participants asked for."""

    serializer_class = ReengineeringPointSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the points in the order of the plan."""
        return ReengineeringPoint.objects.filter(
            plan_version_id=self.scope.plan_version_id
        )


class GovernanceSpaceList(PublicList):
    """Bodies and round tables."""

    serializer_class = GovernanceSpaceSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the spaces in the order of the plan."""
        return GovernanceSpace.objects.filter(
            plan_version_id=self.scope.plan_version_id
        )


urlpatterns = [
    list_path("agenda-actions", AgendaActionList),
    list_path("governance-actions", GovernanceActionList),
    list_path("reengineering-points", ReengineeringPointList),
    list_path("governance-spaces", GovernanceSpaceList),
]
