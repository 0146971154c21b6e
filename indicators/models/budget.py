"""The budget of an annual ceiling as alerts burn it, and notices of unusual rises."""

from django.db import models
from django.db.models import F, Q

from indicators.models.plan import Indicator
from indicators.models.sources import Load
from indicators.models.versioning import BUMP_DATA_VERSION
from territory.models import AlertSource, Place


class BudgetLine(models.Model):
    """The finished numbers of one ceiling, one alert source and one year.

    Written when a load publishes, so that pages only read. A line that says the same
    is not stored twice; older ones stay. `record` holds the whole course and every
    number of the sum (indicators/budget_results.py).
    """

    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="budget_lines"
    )
    source = models.SmallIntegerField(choices=AlertSource)
    year = models.PositiveSmallIntegerField()
    data_to = models.DateField()
    ceiling_ha = models.DecimalField(max_digits=18, decimal_places=4)
    to_date_ha = models.DecimalField(max_digits=18, decimal_places=6)
    expected_ha = models.DecimalField(max_digits=18, decimal_places=6)
    is_calendar = models.BooleanField()
    low_ha = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    high_ha = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    is_synthetic = models.BooleanField(default=False)
    method = models.CharField(max_length=20)
    record = models.JSONField()
    is_current = models.BooleanField(default=True)
    computed_at = models.DateTimeField()

    class Meta:
        ordering = ["is_synthetic", "source", "-pk"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "source"],
                condition=Q(is_current=True),
                name="one_current_budget_line",
            ),
            models.CheckConstraint(
                condition=Q(data_to__year=F("year")), name="budget_data_in_its_year"
            ),
            models.CheckConstraint(
                condition=Q(low_ha=None, high_ha=None) | Q(low_ha__lte=F("high_ha")),
                name="budget_range_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator_id} {self.source} {self.data_to}: {self.to_date_ha} ha"


class AlertFactor(models.Model):
    """Official loss of a year ÷ the same year's alerts of one source."""

    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="alert_factors"
    )
    source = models.SmallIntegerField(choices=AlertSource)
    year = models.PositiveSmallIntegerField()
    official_ha = models.DecimalField(max_digits=18, decimal_places=4)
    alerts_ha = models.DecimalField(max_digits=18, decimal_places=6)
    load = models.ForeignKey(
        Load,
        on_delete=models.PROTECT,
        help_text="The load that brought the official figure.",
    )

    class Meta:
        ordering = ["indicator", "source", "year"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "source", "year"], name="one_alert_factor_a_year"
            ),
            models.CheckConstraint(
                condition=Q(alerts_ha__gt=0, official_ha__gte=0),
                name="alert_factor_divides",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.year}: {self.official_ha} / {self.alerts_ha}"


class RiseNotice(models.Model):
    """An unusual rise of alerts in a district and a week; told once, never rewritten.

    Its numbers are those of the day it was found: sources still change the last weeks.
    """

    district = models.ForeignKey(Place, on_delete=models.PROTECT)
    source = models.SmallIntegerField(choices=AlertSource)
    monday = models.DateField(help_text="First day of the week.")
    area_ha = models.DecimalField(max_digits=14, decimal_places=4)
    mean_ha = models.DecimalField(max_digits=14, decimal_places=4)
    sd_ha = models.DecimalField(max_digits=14, decimal_places=4)
    excess_ha = models.DecimalField(max_digits=14, decimal_places=4)
    limit_ha = models.DecimalField(max_digits=14, decimal_places=4)
    is_synthetic = models.BooleanField(default=False)
    method = models.CharField(max_length=20)
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["-monday", "district"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "is_synthetic", "monday"],
                name="one_rise_a_district_and_week",
            ),
            models.CheckConstraint(
                condition=Q(monday__week_day=2), name="rise_week_begins_on_monday"
            ),
            models.CheckConstraint(
                condition=Q(excess_ha__gte=F("limit_ha")), name="rise_passes_its_limit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district_id} {self.monday}: {self.area_ha} ha"
