"""Zones laid over the home province, beside an indicator and never among its values."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from indicators.models.plan import Indicator
from indicators.models.versioning import BUMP_DATA_VERSION
from territory.models import Place


class ZoneOverlay(models.Model):
    """Which indicator shows an overlay of zones, and which kinds it counts. Data."""

    indicator = models.OneToOneField(
        Indicator, on_delete=models.CASCADE, related_name="zone_overlay"
    )
    kinds = ArrayField(
        models.CharField(max_length=20),
        help_text="Those of territory.Zone; the set-up checks them.",
    )

    class Meta:
        ordering = ["indicator"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.CheckConstraint(
                condition=Q(kinds__len__gt=0), name="zone_overlay_counts_something"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator}: {', '.join(self.kinds)}"


class ZoneOverlayResult(models.Model):
    """An estimate from the zones in force at a time; renewed when a load publishes.

    Not a value: it has no year, no review and no part in progress. One that says the
    same is not stored twice; older ones stay. `record` holds every number, zone, load
    and source that it was made of (indicators/land_use_results.py).
    """

    overlay = models.ForeignKey(
        ZoneOverlay, on_delete=models.CASCADE, related_name="results"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT)
    place_ha = models.DecimalField(max_digits=14, decimal_places=4)
    union_ha = models.DecimalField(
        max_digits=14, decimal_places=4, help_text="Ground under any counted kind."
    )
    sum_ha = models.DecimalField(
        max_digits=14, decimal_places=4, help_text="The counted kinds added."
    )
    is_synthetic = models.BooleanField()
    record = models.JSONField()
    is_current = models.BooleanField(default=True)
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["overlay", "-pk"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["overlay"],
                condition=Q(is_current=True),
                name="one_current_zone_overlay_result",
            ),
            models.CheckConstraint(
                condition=Q(union_ha__gt=0)
                & Q(union_ha__lte=F("sum_ha"))
                & Q(union_ha__lte=F("place_ha")),
                name="zone_overlay_counts_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.overlay_id} {self.computed_at:%Y-%m-%d}: {self.union_ha} ha"
