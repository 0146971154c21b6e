"""Sources and the loads that brought their numbers."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from indicators.api import serializers as shapes
from indicators.api.base import (
    PublicItem,
    PublicList,
    PublicView,
)
from indicators.api.parameters import (
    Parameter,
)
from indicators.api.row_parameters import (
    source_parameter,
)
from indicators.models import (
    Load,
    Source,
)


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
