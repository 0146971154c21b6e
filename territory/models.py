from collections.abc import Iterable

from django.contrib.gis.db import models
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Jurisdiction(models.Model):
    """A territory with an action plan of its own, such as a province."""

    code = models.SlugField(max_length=40, unique=True)
    ubigeo = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=120)
    region_name = models.CharField(max_length=120, blank=True)
    country_name_es = models.CharField(max_length=80, default="Perú")
    country_name_en = models.CharField(max_length=80, default="Peru")
    is_home = models.BooleanField(
        default=False, help_text="The one whose plan the home page shows."
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_home"], condition=Q(is_home=True), name="one_home"
            ),
            models.CheckConstraint(
                condition=Q(ubigeo__regex=r"^(\d{2}){1,3}$"),
                name="jurisdiction_ubigeo_digits",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BoundaryGeneration(models.Model):
    """One edition of the boundaries; figures only join within an edition.

    Tocache had five districts until Santa Lucía was made from Uchiza: a figure of
    the old Uchiza is not a figure of the new one.
    """

    code = models.SlugField(max_length=40, unique=True)
    valid_from_year = models.PositiveSmallIntegerField()
    valid_to_year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="First year in which it no longer holds."
    )
    is_current = models.BooleanField(default=False)
    publisher = models.CharField(max_length=200)
    licence = models.CharField(max_length=80)
    citation = models.TextField()

    class Meta:
        ordering = ["-valid_from_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"],
                condition=Q(is_current=True),
                name="one_current_generation",
            ),
            models.CheckConstraint(
                condition=Q(valid_to_year__isnull=True)
                | Q(valid_to_year__gt=F("valid_from_year")),
                name="generation_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PlaceQuerySet(models.QuerySet["Place"]):
    """Places, read as adjectives."""

    def current(self) -> "PlaceQuerySet":
        return self.filter(generation__is_current=True)

    def districts(self) -> "PlaceQuerySet":
        return self.filter(level=Place.Level.DISTRICT)


class Place(models.Model):
    """A province or district in one generation of boundaries."""

    class Level(models.TextChoices):
        """How far down the administrative division goes."""

        PROVINCE = "province", "Provincia"
        DISTRICT = "district", "Distrito"

    jurisdiction = models.ForeignKey(
        Jurisdiction, on_delete=models.PROTECT, related_name="places"
    )
    generation = models.ForeignKey(
        BoundaryGeneration, on_delete=models.PROTECT, related_name="places"
    )
    ubigeo = models.CharField(max_length=6)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=10, choices=Level)
    capital = models.CharField(max_length=120, blank=True)
    geom = models.MultiPolygonField(srid=4326)
    area_ha = models.DecimalField(
        max_digits=12,
        decimal_places=1,
        help_text="Ellipsoidal area of geom, computed in geography.",
    )

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["ubigeo"]
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "ubigeo"], name="one_place_per_generation"
            ),
            models.CheckConstraint(
                condition=Q(ubigeo__regex=r"^(\d{2}){1,3}$"), name="place_ubigeo_digits"
            ),
            models.CheckConstraint(
                condition=Q(area_ha__gt=0), name="place_area_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.ubigeo})"


class ZoneQuerySet(models.QuerySet["Zone"]):
    """Zones, read as adjectives."""

    def current(self) -> "ZoneQuerySet":
        return self.filter(valid_to=None)

    def versions_of(self, zone_id: int) -> "ZoneQuerySet":
        """Every outline of the zone that has this number, ended ones included."""
        one = self.model.objects.filter(pk=zone_id)
        return self.filter(
            source__in=one.values("source"),
            kind__in=one.values("kind"),
            code__in=one.values("code"),
        )

    def of_kind(self, *kinds: "Zone.Kind") -> "ZoneQuerySet":
        return self.filter(kind__in=kinds)


class Zone(models.Model):
    """A protected area, concession or the like: one outline of it, as published.

    Never changed in place: a new outline is a new row and ends the old one, so that
    what an alert was assigned to can still be read. Zones overlap each other. Written
    by territory/zones.py only; load numbers are plain: this app knows no loads.
    """

    class Kind(models.TextChoices):
        """What the zone is in law or in the plan."""

        NATIONAL_AREA = "national_area", _("Área natural protegida nacional")
        RESERVED_ZONE = "reserved_zone", _("Zona reservada")
        REGIONAL_AREA = "regional_area", _("Área de conservación regional")
        PRIVATE_AREA = "private_area", _("Área de conservación privada")
        BUFFER_ZONE = "buffer_zone", _("Zona de amortiguamiento")
        PRODUCTION_FOREST = (
            "production_forest",
            _("Bosque de producción permanente"),
        )
        LOCAL_FOREST = "local_forest", _("Bosque local")
        CONCESSION = "concession", _("Concesión forestal")
        COMMUNITY = "community", _("Comunidad nativa o campesina")
        FRAGILE_ECOSYSTEM = "fragile_ecosystem", _("Ecosistema frágil")
        HIGH_CONSERVATION = "high_conservation", _("Alto valor de conservación")
        HIGH_CARBON = "high_carbon", _("Altas reservas de carbono")

    kind = models.CharField(max_length=20, choices=Kind)
    code = models.CharField(
        max_length=60, help_text="The publisher's own; unique in source and kind."
    )
    name = models.CharField(max_length=200)
    geom = models.MultiPolygonField(srid=4326)
    area_ha = models.DecimalField(
        max_digits=14,
        decimal_places=1,
        help_text="Ellipsoidal area of geom, computed in geography.",
    )
    source = models.SlugField(max_length=60, help_text="Code of the data's source.")
    valid_from = models.DateField(
        null=True, blank=True, help_text="As the source says; empty: it does not."
    )
    valid_to = models.DateField(
        null=True, blank=True, help_text="First day without it; empty: in force."
    )
    first_load_id = models.IntegerField()
    gone_load_id = models.IntegerField(
        null=True, blank=True, help_text="Load that replaced or no longer had it."
    )
    is_synthetic = models.BooleanField(default=False)

    objects = ZoneQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind", "code"],
                condition=Q(valid_to=None),
                name="one_current_zone_per_code",
            ),
            models.CheckConstraint(
                condition=Q(area_ha__gt=0), name="zone_area_positive"
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name="") & ~Q(source=""),
                name="zone_is_named",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None)
                | Q(valid_from=None)
                | Q(valid_to__gte=F("valid_from")),
                name="zone_ends_after_start",
            ),
            # What ended says which load ended it, and nothing else does.
            models.CheckConstraint(
                condition=Q(valid_to=None, gone_load_id=None)
                | Q(valid_to__isnull=False, gone_load_id__isnull=False),
                name="zone_end_has_load",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"


class ZoneSetQuerySet(models.QuerySet["ZoneSet"]):
    """Zone sets, read as adjectives."""

    def holding(self, zone_ids: Iterable[int]) -> "ZoneSetQuerySet":
        """Sets that hold any of the zones."""
        return self.filter(zone_ids__overlap=list(zone_ids))

    def holding_versions_of(self, zone_id: int) -> "ZoneSetQuerySet":
        """Sets that hold any outline of a zone.

        What was assigned to an outline before it was corrected keeps its set until it
        is assigned anew.
        """
        versions = Zone.objects.versions_of(zone_id).order_by().values("pk")
        return self.filter(zone_ids__overlap=ArraySubquery(versions))


class ZoneSet(models.Model):
    """Zones that cover one point together; the empty one covers points in no zone.

    Every alert has exactly one, so sums over sets count each alert once, and an
    alert in a protected area and a concession is in both. Whether a kind of zone was
    ever loaded is not said here: in no zone may mean that none is known.
    """

    id = models.AutoField(primary_key=True)
    zone_ids = ArrayField(
        models.BigIntegerField(),
        unique=True,
        help_text="Numbers of zones, rising; zones are never deleted.",
    )

    objects = ZoneSetQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.zone_ids}"


class AlertSource(models.IntegerChoices):
    """Alert data sets; stored as a small number in every row."""

    GFW_INTEGRATED = 1, "gfw_integrated_alerts"
    GLAD_LANDSAT = 2, "umd_glad_landsat_alerts"
    GLAD_SENTINEL2 = 3, "umd_glad_sentinel2_alerts"
    RADD = 4, "wur_radd_alerts"
    DIST = 5, "umd_glad_dist_alerts"
    GFW_INTEGRATED_DIST = 6, "gfw_integrated_dist_alerts"
    GEOBOSQUES_WEEKLY = 7, "geobosques_weekly"
    GEOBOSQUES_RASTER = 8, "geobosques_raster"
    # Made up for the demo; never joined or summed with another.
    SYNTHETIC = 99, "synthetic_demo"


class AlertConfidence(models.IntegerChoices):
    """How sure the source is; it only ever rises."""

    NOMINAL = 2, "Nominal"
    HIGH = 3, "Alta"
    HIGHEST = 4, "Muy alta"


class ForestAlert(models.Model):
    """One pixel that a source says lost forest on a day.

    Partitioned by year of `alert_date`. `pixel` is the Morton code of
    territory/pixels.py: it comes first in the key, so that one index gives uniqueness
    and the range scans of map tiles. Rows are written by territory/alerts.py only,
    and never deleted: what the source takes back is marked with `gone_load_id`.
    Load numbers are plain: this app knows no loads.
    """

    pk = models.CompositePrimaryKey("pixel", "alert_date", "source")
    pixel = models.BigIntegerField()
    alert_date = models.DateField()
    # No constraint in the database: checking it row by row halves the speed.
    district = models.ForeignKey(
        Place, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    zone_set = models.ForeignKey(
        ZoneSet, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    first_load_id = models.IntegerField()
    gone_load_id = models.IntegerField(
        null=True, blank=True, help_text="Load in which the source no longer had it."
    )
    source = models.SmallIntegerField(choices=AlertSource)
    confidence = models.SmallIntegerField(choices=AlertConfidence)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence__gte=2, confidence__lte=4),
                name="alert_confidence_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pixel} {self.alert_date}"


class AlertDay(models.Model):
    """Alerts of a day, district, zone set, source and confidence, and their area.

    Kept in step by the transaction that writes the alerts; without those the source
    took back. No row means no alert. The area is that of the sources' pixels.
    """

    pk = models.CompositePrimaryKey(
        "source", "day", "district", "zone_set", "confidence"
    )
    # Checking each key of thousands of rows a load takes longer than writing them.
    district = models.ForeignKey(
        Place, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    area_ha = models.DecimalField(max_digits=14, decimal_places=6)
    day = models.DateField()
    zone_set = models.ForeignKey(
        ZoneSet, on_delete=models.PROTECT, db_constraint=False, db_index=False
    )
    alerts = models.PositiveIntegerField()
    source = models.SmallIntegerField(choices=AlertSource)
    confidence = models.SmallIntegerField(choices=AlertConfidence)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(alerts__gt=0, area_ha__gt=0), name="alert_day_not_empty"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.district_id}: {self.alerts}"


class AlertMonth(models.Model):
    """The same by month: what pages over all years read.

    Its keys are checked, so that no place or zone set with alerts can be deleted.
    """

    pk = models.CompositePrimaryKey(
        "district", "source", "month", "confidence", "zone_set"
    )
    district = models.ForeignKey(Place, on_delete=models.PROTECT, db_index=False)
    source = models.SmallIntegerField(choices=AlertSource)
    month = models.DateField(help_text="First day of the month.")
    confidence = models.SmallIntegerField(choices=AlertConfidence)
    zone_set = models.ForeignKey(ZoneSet, on_delete=models.PROTECT, db_index=False)
    alerts = models.PositiveIntegerField()
    area_ha = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(alerts__gt=0, area_ha__gt=0), name="alert_month_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="alert_month_first_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.district_id}: {self.alerts}"


class AlertPolygon(models.Model):
    """An area that a source says was deforested, as the source draws it.

    Polygons have an area and a source's own number; pixels have neither, so these
    are kept apart from ForestAlert and never added to it. Load numbers are plain.
    """

    source = models.SlugField(max_length=40)
    external_id = models.CharField(max_length=80)
    detected_on = models.DateField()
    geom = models.MultiPolygonField(srid=4326)
    area_ha = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        help_text="Of the whole polygon on the ellipsoid, measured by PostGIS.",
    )
    load_id = models.IntegerField(help_text="Load that last wrote it.")

    class Meta:
        ordering = ["source", "-detected_on", "external_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="one_polygon_per_source_and_id"
            ),
            models.CheckConstraint(
                condition=Q(area_ha__gt=0), name="alert_polygon_area_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.external_id}"


class FireDetection(models.Model):
    """A hot spot a satellite saw: context, never counted as deforestation.

    `confidence` is the sensor's own word: l, n or h (VIIRS), 0 to 100 (MODIS).
    """

    sensor = models.CharField(max_length=24)
    satellite = models.CharField(max_length=16)
    detected_at = models.DateTimeField()
    geom = models.PointField(srid=4326)
    confidence = models.CharField(max_length=8)
    power_mw = models.FloatField(
        null=True, blank=True, help_text="Fire radiative power; null where not given."
    )
    load_id = models.IntegerField(help_text="Load that first brought it.")

    class Meta:
        ordering = ["sensor", "-detected_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sensor", "satellite", "detected_at", "geom"],
                name="one_fire_per_sensor_time_and_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sensor} {self.detected_at:%Y-%m-%d %H:%M}"


class AlertCell(models.Model):
    """What map tiles read instead of alerts: a square of the ground, a year, alerts.

    Written by territory/pyramid.py alone, in the transaction that writes the alerts;
    without those the source took back. No row means no alert. `square_year` numbers
    the squares of all levels, one and then the bits of the Morton code, and behind
    them in seven bits the years since 2015. `bins` counts by month and
    confidence, in their order, packed as pyramid.py says. No area: all pixels of a
    source in one square have the same, to a ten-thousandth.
    """

    pk = models.CompositePrimaryKey("source", "square_year")
    source = models.SmallIntegerField(choices=AlertSource)
    square_year = models.BigIntegerField()
    alerts = models.BigIntegerField()
    confidence = models.IntegerField(help_text="The highest there is.")
    bins = ArrayField(models.IntegerField())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(alerts__gt=0, confidence__range=(2, 4)),
                name="alert_cell_not_empty",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.square_year}: {self.alerts}"


# Further models of this app, in files of their own.
from territory.models_clusters import AlertCluster as AlertCluster  # noqa: E402
from territory.models_clusters import ClusterPart as ClusterPart  # noqa: E402
from territory.models_clusters import Verification as Verification  # noqa: E402
from territory.models_detections import DetectionDay as DetectionDay  # noqa: E402
