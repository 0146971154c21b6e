"""Forest alerts, and what is kept in step with them."""

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q

from territory.models.places import Place
from territory.models.zones import ZoneSet


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


class AlertCell(models.Model):
    """What map tiles read instead of alerts: a square of the ground, a year, alerts.

    Written by territory/pyramid.py alone, in the transaction that writes the alerts;
    without those the source took back. No row means no alert. `year_square` is
    the years since 2015 and then, in 35 bits, the square: of all levels, one and then
    the bits of the Morton code. `bins` counts by month and
    confidence, in their order, packed as pyramid.py says. No area: all pixels of a
    source in one square have the same, to a ten-thousandth.
    """

    pk = models.CompositePrimaryKey("source", "year_square")
    source = models.SmallIntegerField(choices=AlertSource)
    year_square = models.BigIntegerField()
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
        return f"{self.source}/{self.year_square}: {self.alerts}"
