"""Jurisdictions, and places as GeoJSON."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.response import Response

from indicators.api import serializers as shapes
from indicators.api.base import (
    LimitPagination,
    PublicItem,
    PublicList,
    PublicView,
)
from indicators.api.parameters import (
    CODE,
    UBIGEO,
    Parameter,
)
from indicators.api.row_parameters import known
from territory.models import BoundaryGeneration, Jurisdiction, Place


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
        known=known(BoundaryGeneration),
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
