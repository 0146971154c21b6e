"""Polygons and fires of other sources, and their sums by day and district."""

from django.contrib.gis.db import models
from django.db.models import Q

from territory.models.places import Place


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


class DetectionDay(models.Model):
    """What a source of polygons or fires says of a district and a day.

    Written anew by territory/detections.py in the transaction that stores the
    detections, so that pages never cut outlines. No row means none stored. A polygon
    in two districts is a detection of both, with the part that lies in each; a fire
    belongs to one. `sensor` is empty for polygons, `area_ha` null for fires.
    """

    source = models.SlugField(max_length=40)
    sensor = models.CharField(max_length=24, blank=True)
    district = models.ForeignKey(Place, on_delete=models.PROTECT)
    day = models.DateField(help_text="In the site's time zone.")
    detections = models.PositiveIntegerField()
    area_ha = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        null=True,
        help_text="On the ellipsoid, inside the district.",
    )

    class Meta:
        ordering = ["source", "sensor", "district", "day"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "sensor", "district", "day"],
                name="one_detection_day",
            ),
            models.CheckConstraint(
                condition=Q(detections__gt=0)
                & (Q(area_ha__isnull=True) | Q(area_ha__gt=0)),
                name="detection_day_not_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.day} {self.district_id}: {self.detections}"
