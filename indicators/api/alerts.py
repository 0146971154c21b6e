"""Clusters of alerts as GeoJSON, and monthly totals; never two sources in one sum."""

from typing import Any, Final

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from rest_framework import serializers
from rest_framework_gis.fields import GeometryField
from rest_framework_gis.serializers import GeoFeatureModelSerializer

from indicators.api.base import PublicList
from indicators.api.fields import CodeField, NumberField, code_list
from indicators.api.parameters import UBIGEO, Parameter, year_parameter
from indicators.api.place_views import FeaturePagination
from indicators.api.serializers import COORDINATE_DECIMALS
from indicators.series.alerts import is_synthetic_source
from territory.models import (
    AlertCluster,
    AlertMonth,
    AlertSource,
    ClusterPart,
    Place,
    Verification,
)

LEVELS: Final = {"nominal": 2, "high": 3, "highest": 4}
_LEVEL_NAMES: Final = {level: name for name, level in LEVELS.items()}


class SourceCodeField(serializers.ChoiceField):
    """An alert source by its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=AlertSource.labels, **kwargs)

    def to_representation(self, value: Any) -> str:
        """Return the code of the stored number."""
        return AlertSource(value).label


class ConfidenceField(serializers.ChoiceField):
    """A confidence by the name the sources give it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=list(LEVELS), **kwargs)

    def to_representation(self, value: Any) -> str:
        """Return the name of the stored level."""
        return _LEVEL_NAMES[value]


class MadeUpField(serializers.BooleanField):
    """Whether the source's alerts were made up for the demonstration."""

    def to_representation(self, value: Any) -> bool:
        """Return it for the stored number of the source."""
        return is_synthetic_source(value)


class AlertClusterSerializer(GeoFeatureModelSerializer):  # type: ignore[misc]
    """A cluster as a GeoJSON Feature; the squares of its pixels, WGS 84."""

    footprint = GeometryField(precision=COORDINATE_DECIMALS)
    source = SourceCodeField()
    is_synthetic = MadeUpField(source="source")
    places_ubigeo = code_list(source="ubigeos")
    area_ha = NumberField()
    max_confidence = ConfidenceField(source="confidence")
    verification = serializers.ChoiceField(choices=Verification.State.choices)

    class Meta:
        model = AlertCluster
        geo_field = "footprint"
        id_field = False
        fields = [
            "number",
            "source",
            "is_synthetic",
            "places_ubigeo",
            "first_date",
            "last_date",
            "alerts",
            "area_ha",
            "max_confidence",
            "verification",
            "updated_at",
            "footprint",
        ]


class AlertTotalSerializer(serializers.Serializer[Any]):
    """Alerts of a month, district, source and confidence."""

    source = SourceCodeField()  # type: ignore[assignment]
    is_synthetic = serializers.SerializerMethodField()
    place_ubigeo = CodeField(source="district__ubigeo")
    place_generation = CodeField(source="district__generation__code")
    month = serializers.DateField()
    confidence = ConfidenceField()
    alerts = serializers.IntegerField(source="all_alerts")
    area_ha = NumberField(source="all_ha")

    def get_is_synthetic(self, row: dict[str, Any]) -> bool:
        """Return whether the source was made up for the demonstration."""
        return is_synthetic_source(row["source"])


def _source(lookup: str) -> Parameter:
    return Parameter(
        "source", "Alert source.", lookup=lookup, choices=tuple(AlertSource.labels)
    )


PLACE = Parameter(
    "place",
    "Ubigeo of a district.",
    pattern=UBIGEO,
    known=lambda ubigeo: Place.objects.districts().filter(ubigeo=ubigeo).exists(),
)


class AlertClusterList(PublicList):
    """Clusters with alerts, the newest number last, as a FeatureCollection."""

    serializer_class = AlertClusterSerializer
    pagination_class = FeaturePagination
    is_scoped = False
    parameters = (
        _source(""),
        PLACE,
        Parameter("confidence", "Surest alert, at least.", choices=tuple(LEVELS)),
        Parameter(
            "verification",
            "What was found on the ground.",
            lookup="verification",
            choices=tuple(Verification.State.values),
        ),
        year_parameter("year", "last_date__year", "Year of the last alert."),
    )

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        last = Verification.objects.filter(cluster=OuterRef("pk")).order_by("-order")
        ubigeos = (
            ClusterPart.objects.filter(cluster=OuterRef("pk"))
            .order_by()
            .values("cluster")
            .annotate(found=ArrayAgg("district__ubigeo", distinct=True))
            .values("found")
        )
        rows: QuerySet[Any, Any] = (
            AlertCluster.objects.standing()
            .defer("members", "assigned", "centroid")
            .annotate(
                verification=Coalesce(
                    Subquery(last.values("state")[:1]), Value("unverified")
                ),
                ubigeos=Subquery(ubigeos),
            )
            .order_by("number")
        )
        if "source" in self.given:
            rows = rows.filter(source=source_number(str(self.given["source"])))
        if "confidence" in self.given:
            rows = rows.filter(confidence__gte=LEVELS[str(self.given["confidence"])])
        if "place" in self.given:
            inside = ClusterPart.objects.filter(district__ubigeo=self.given["place"])
            rows = rows.filter(number__in=inside.values("cluster"))
        return rows


class AlertTotalList(PublicList):
    """Monthly sums. Sums over sources mean nothing: they see the same ground."""

    serializer_class = AlertTotalSerializer
    is_scoped = False
    parameters = (
        _source(""),
        PLACE,
        year_parameter("year", "month__year", "Calendar year."),
    )

    def rows(self) -> QuerySet[Any, Any]:
        """Return the rows in a total order."""
        kept = AlertMonth.objects.all()
        if "source" in self.given:
            kept = kept.filter(source=source_number(str(self.given["source"])))
        if "place" in self.given:
            kept = kept.filter(district__ubigeo=self.given["place"])
        keys = ("source", "district__ubigeo", "district__generation__code")
        rows: QuerySet[Any, Any] = (
            kept.order_by(*keys, "month", "confidence")
            .values(*keys, "month", "confidence")
            .annotate(all_alerts=Sum("alerts"), all_ha=Sum("area_ha"))
        )
        return rows


def source_number(code: str) -> int:
    """Return the stored number of an alert source's code.

    Raises:
        StopIteration: no source has it; the parameter was not checked.
    """
    return next(one.value for one in AlertSource if one.label == code)
