"""The portfolio of incentives and the programmes of the annex: read-only lists."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from incentives.models import IncentiveCategory, Programme
from indicators.api.base import PublicList
from indicators.api.fields import CodeField, NumberField, TextField
from indicators.api.parameters import Parameter
from indicators.api.urls import list_path

Base = serializers.Serializer[Any]


class IncentiveItemSerializer(Base):
    """An incentive of a category."""

    code = CodeField()
    text_es = TextField()
    text_en = TextField()
    doubt_es = TextField()
    doubt_en = TextField()


class IncentiveCategorySerializer(Base):
    """A category of the portfolio with its incentives."""

    code = CodeField()
    slug = CodeField()
    type = serializers.ChoiceField(choices=IncentiveCategory.Type.choices)
    type_confidence = serializers.CharField()
    name_es = TextField()
    name_en = TextField()
    items = IncentiveItemSerializer(many=True)


class ProgrammeFigureSerializer(Base):
    """A figure the annex gives; its unit is part of its name."""

    name = serializers.CharField()
    value = NumberField()


class ProgrammeSerializer(Base):
    """A programme or project with possible synergies."""

    code = CodeField()
    slug = CodeField()
    official_code = TextField()
    name_es = TextField()
    name_en = TextField()
    summary_es = TextField()
    summary_en = TextField()
    status_es = TextField()
    status_en = TextField()
    chains = serializers.ListField(child=serializers.CharField())
    executors = serializers.SerializerMethodField()
    executor_doubt_es = TextField()
    executor_doubt_en = TextField()
    partners = serializers.SerializerMethodField()
    figures = ProgrammeFigureSerializer(many=True)

    def get_executors(self, programme: Programme) -> list[str]:
        """Return the codes of the actors who carry it out."""
        return sorted(actor.code for actor in programme.executors.all())

    def get_partners(self, programme: Programme) -> list[str]:
        """Return the codes of the actors who take part."""
        return sorted(actor.code for actor in programme.partners.all())


class IncentiveCategoryList(PublicList):
    """Categories of incentives with their incentives."""

    serializer_class = IncentiveCategorySerializer
    parameters = (
        Parameter(
            "type",
            "Whether money changes hands.",
            lookup="type",
            choices=tuple(IncentiveCategory.Type.values),
        ),
    )

    def rows(self) -> QuerySet[Any, Any]:
        """Return the categories in the order of the plan."""
        return IncentiveCategory.objects.filter(
            plan_version_id=self.scope.plan_version_id
        ).prefetch_related("items")


class ProgrammeList(PublicList):
    """Programmes and projects of the annex."""

    serializer_class = ProgrammeSerializer

    def rows(self) -> QuerySet[Any, Any]:
        """Return the programmes in the order of the plan."""
        return Programme.objects.filter(
            plan_version_id=self.scope.plan_version_id
        ).prefetch_related("executors", "partners", "figures")


urlpatterns = [
    list_path("incentives", IncentiveCategoryList),
    list_path("programmes", ProgrammeList),
]
