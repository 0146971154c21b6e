"""Published yearly values and what the method says of them."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from indicators.api import serializers as shapes
from indicators.api.base import (
    PublicList,
)
from indicators.api.parameters import (
    CODE,
    Parameter,
    year_parameter,
)
from indicators.api.row_parameters import (
    PLACE,
    SYNTHETIC,
    axis_parameter,
    indicator_parameter,
)
from indicators.api.values import published_values, value_dicts, value_rows
from indicators.models import (
    ProgressResult,
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
