from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q


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
                | Q(valid_to_year__gt=models.F("valid_from_year")),
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


class AlertSource(models.IntegerChoices):
    """Alert data sets; stored as a small number in every row."""

    GFW_INTEGRATED = 1, "gfw_integrated_alerts"
    GLAD_LANDSAT = 2, "umd_glad_landsat_alerts"
    GLAD_SENTINEL2 = 3, "umd_glad_sentinel2_alerts"
    RADD = 4, "wur_radd_alerts"
    DIST = 5, "umd_glad_dist_alerts"
    GFW_INTEGRATED_DIST = 6, "gfw_integrated_dist_alerts"
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


class AlertMonth(models.Model):
    """Alerts of a month, district, source and confidence, and their pixels' area.

    Kept in step by the transaction that writes the alerts; without those the source
    took back. No row means no alert.
    """

    pk = models.CompositePrimaryKey("district", "source", "month", "confidence")
    district = models.ForeignKey(Place, on_delete=models.PROTECT, db_index=False)
    source = models.SmallIntegerField(choices=AlertSource)
    month = models.DateField(help_text="First day of the month.")
    confidence = models.SmallIntegerField(choices=AlertConfidence)
    alerts = models.PositiveIntegerField()
    area_ha = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(alerts__gt=0, area_ha__gt=0), name="alert_month_not_empty"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.district_id}: {self.alerts}"


class AlertCell(models.Model):
    """What map tiles read instead of alerts: a square of the ground and its alerts.

    Written by territory/pyramid.py alone, in the transaction that writes the alerts;
    without those the source took back. No row means no alert. `node` numbers the
    squares of all levels: one, then the bits of the Morton code. `bins` counts by
    month and confidence, in their order, packed as pyramid.py says.
    """

    pk = models.CompositePrimaryKey("source", "node")
    source = models.SmallIntegerField(choices=AlertSource)
    node = models.BigIntegerField()
    alerts = models.PositiveIntegerField()
    area_steps = models.BigIntegerField(help_text="In millionths of a hectare.")
    confidence = models.IntegerField(help_text="The highest there is.")
    bins = ArrayField(models.IntegerField())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(alerts__gt=0, area_steps__gt=0, confidence__range=(2, 4)),
                name="alert_cell_not_empty",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}/{self.node}: {self.alerts}"
