"""Polygons and fires of other sources, counted by day and district for pages."""

from django.db import models
from django.db.models import Q

from territory.models import Place


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
