"""The resources of territory and indicators. Rows and parameters, nothing else."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from indicators.api import serializers as shapes
from indicators.api.base import (
    LimitPagination,
    PublicItem,
    PublicList,
    PublicRead,
    PublicView,
)
from indicators.api.parameters import (
    CODE,
    FLAG,
    UBIGEO,
    Parameter,
    read_parameters,
    year_parameter,
)
from indicators.api.problems import Unknown
from indicators.api.values import published_values, value_dicts, value_rows
from indicators.models import (
    Actor,
    Axis,
    Fact,
    Goal,
    Indicator,
    Load,
    MonitoringVariable,
    Origin,
    PlanVersion,
    ProgressResult,
    Source,
    Target,
)
from territory.models import BoundaryGeneration, Jurisdiction, Place


def _known(model: Any, field: str = "code") -> Any:
    return lambda value: model.objects.filter(**{field: value}).exists()


def axis_parameter(lookup: str) -> Parameter:
    """Return the parameter that takes the code of an axis."""
    return Parameter(
        "axis", "Code of an axis.", lookup=lookup, pattern=CODE, known=_known(Axis)
    )


def goal_parameter(lookup: str) -> Parameter:
    """Return the parameter that takes the code of a goal."""
    return Parameter(
        "goal", "Code of a goal.", lookup=lookup, pattern=CODE, known=_known(Goal)
    )


def indicator_parameter(lookup: str) -> Parameter:
    """Return the parameter that takes the code of an indicator."""
    return Parameter(
        "indicator",
        "Code of an indicator.",
        lookup=lookup,
        pattern=CODE,
        known=_known(Indicator),
    )


def source_parameter(lookup: str) -> Parameter:
    """Return the parameter that takes the code of a source."""
    return Parameter(
        "source", "Code of a source.", lookup=lookup, pattern=CODE, known=_known(Source)
    )


PLACE = Parameter(
    "place",
    "Ubigeo of a place.",
    lookup="place__ubigeo",
    pattern=UBIGEO,
    known=_known(Place, "ubigeo"),
)
SYNTHETIC = Parameter(
    "is_synthetic",
    "Only made-up demonstration figures, or only real ones.",
    lookup="is_synthetic",
    choices=FLAG,
)


class JurisdictionRows(PublicView):
    """Every jurisdiction."""

    serializer_class = shapes.JurisdictionSerializer
    is_scoped = False

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return Jurisdiction.objects.order_by("code")


class JurisdictionList(JurisdictionRows, PublicList):
    """Jurisdictions with a plan."""


class JurisdictionItem(JurisdictionRows, PublicItem):
    """One jurisdiction."""


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


class ValueList(PublicList):
    """Published yearly values; nothing that is still in review."""

    serializer_class = shapes.ValueSerializer
    parameters = (
        indicator_parameter("indicator__code"),
        PLACE,
        year_parameter("year", "year", "One year."),
        year_parameter("year_from", "year__gte", "From this year on."),
        year_parameter("year_to", "year__lte", "Up to this year."),
        SYNTHETIC,
    )

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return value_rows(published_values(self.scope.plan_version_id))

    def items(self, page: Sequence[Any]) -> Any:
        """Return the JSON rows of a page."""
        return value_dicts(page)


class ResultHistory(PublicList):
    """Every result ever computed, the newest of a series first."""

    serializer_class = shapes.ResultSerializer
    parameters = (
        axis_parameter("indicator__goal__axis__code"),
        indicator_parameter("indicator__code"),
        PLACE,
        Parameter("status", "Status of the method.", lookup="status", pattern=CODE),
        SYNTHETIC,
    )

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return (
            ProgressResult.objects.filter(
                indicator__goal__axis__plan_version_id=self.scope.plan_version_id
            )
            .select_related("indicator", "place__generation", "plan_version")
            .defer("place__geom")
            .order_by(
                "indicator__goal__axis__order",
                "indicator__goal__order",
                "indicator__order",
                "place__ubigeo",
                "-computed_at",
                "-pk",
            )
        )


class ResultList(ResultHistory):
    """What the method says now."""

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return super().rows().filter(is_current=True)


class FeaturePagination(LimitPagination):
    """Pages of a FeatureCollection; count and links are foreign members of it."""

    def get_paginated_response(self, data: Any) -> Response:
        """Return a page."""
        return Response(
            {
                "type": "FeatureCollection",
                "count": self.count,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                "features": data["features"],
            }
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the schema of a page."""
        page = super().get_paginated_response_schema(schema)
        del page["properties"]["results"]
        # drf-spectacular offers the list as a collection of its own.
        feature = {"$ref": schema["$ref"].removesuffix("List")}
        features = {"type": "array", "items": feature}
        kind = {"type": "string", "enum": ["FeatureCollection"]}
        page["properties"] |= {"type": kind, "features": features}
        page["required"] = sorted(page["properties"])
        return page


class PlaceRows(PublicView):
    """Places of the jurisdiction, in the boundaries that hold now or others."""

    serializer_class = shapes.PlaceSerializer
    generation = Parameter(
        "generation",
        "Code of an edition of the boundaries; the one that holds now if not given.",
        lookup="generation__code",
        pattern=CODE,
        known=_known(BoundaryGeneration),
    )
    parameters: tuple[Parameter, ...] = (generation,)

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        if self.scope.jurisdiction_id is None:
            return Place.objects.none()
        places = Place.objects.filter(
            jurisdiction_id=self.scope.jurisdiction_id
        ).select_related("jurisdiction", "generation")
        if "generation" not in self.given:
            places = places.current()
        return places.order_by("ubigeo", "pk")


class PlaceList(PlaceRows, PublicList):
    """Places as a GeoJSON FeatureCollection."""

    pagination_class = FeaturePagination
    parameters = (
        PlaceRows.generation,
        Parameter(
            "level",
            "Province or district.",
            lookup="level",
            choices=tuple(Place.Level.values),
        ),
    )


class PlaceItem(PlaceRows, PublicItem):
    """One place as a GeoJSON Feature."""

    key = "ubigeo"
    key_pattern = UBIGEO


class SourceRows(PublicView):
    """Sources with what their last published load brought."""

    serializer_class = shapes.SourceSerializer
    is_scoped = False

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        last = Load.objects.filter(
            source=OuterRef("pk"), state=Load.State.PUBLISHED
        ).order_by("-published_at", "-pk")
        return Source.objects.annotate(
            last_published_at=Subquery(last.values("published_at")[:1]),
            data_to_year=Subquery(last.values("data_to_year")[:1]),
            data_to_date=Subquery(last.values("data_to_date")[:1]),
        ).order_by("order", "code")


class SourceList(SourceRows, PublicList):
    """Where the numbers come from."""


class SourceItem(SourceRows, PublicItem):
    """One source."""


class LoadList(PublicList):
    """Runs of the pipeline, the newest first, with their counts."""

    serializer_class = shapes.LoadSerializer
    is_scoped = False
    parameters = (
        source_parameter("source__code"),
        Parameter("state", "State.", lookup="state", choices=tuple(Load.State.values)),
    )

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        return Load.objects.select_related("source", "file").order_by(
            "-started_at", "-pk"
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


class Root(PublicView):
    """Where everything is."""

    serializer_class = shapes.RootSerializer
    is_scoped = False
    resource_names: tuple[str, ...] = ()

    def get(self, request: Request) -> Response:
        """Return the document."""
        return Response(
            {
                "title_es": "API de solo lectura",
                "title_en": "Read-only API",
                "licence": settings.DATA_LICENCE,
                "requests_per_minute": settings.API_RATE_PER_MINUTE,
                "resources": [
                    {"name": name, "url": reverse(f"api:{name}")}
                    for name in self.resource_names
                ],
            }
        )


class Schema(PublicRead):
    """The OpenAPI description of this API, itself not part of it."""

    renderer_classes = [OpenApiJsonRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """Return the description."""
        read_parameters(request.query_params, ())
        generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
        return Response(generator.get_schema(request=request, public=True))
