"""How the plan answers other frameworks: our proposal, never the plan's words."""

from django.db import models
from django.db.models import Q

from indicators.models.plan import Goal
from indicators.models.versioning import BUMP_DATA_VERSION


class CrosswalkCode(models.Model):
    """A code of another framework: LandScale, SDG, NDC, ERDRBE."""

    class Framework(models.TextChoices):
        """The other frameworks."""

        LANDSCALE = "landscale", "LandScale"
        SDG = "sdg", "ODS"
        NDC = "ndc", "NDC del Perú"
        ERDRBE = "erdrbe", "ERDRBE San Martín"

    framework = models.CharField(max_length=12, choices=Framework)
    kind = models.CharField(max_length=24)
    code = models.CharField(max_length=40)
    name_en = models.TextField(blank=True)

    class Meta:
        ordering = ["framework", "kind", "code"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["framework", "kind", "code"], name="one_crosswalk_code"
            )
        ]

    def __str__(self) -> str:
        return f"{self.framework} {self.code}"


class CrosswalkLink(models.Model):
    """Our proposal of how an item of the plan answers another framework."""

    crosswalk_code = models.ForeignKey(
        CrosswalkCode, on_delete=models.CASCADE, related_name="links"
    )
    goal = models.ForeignKey(
        Goal,
        on_delete=models.CASCADE,
        related_name="crosswalk",
        null=True,
        blank=True,
    )
    variable = models.ForeignKey(
        "MonitoringVariable",
        on_delete=models.CASCADE,
        related_name="crosswalk",
        null=True,
        blank=True,
    )
    is_secondary = models.BooleanField(default=False)

    class Meta:
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.CheckConstraint(
                condition=Q(goal__isnull=False, variable__isnull=True)
                | Q(goal__isnull=True, variable__isnull=False),
                name="crosswalk_of_one_item",
            ),
            models.UniqueConstraint(
                fields=["crosswalk_code", "goal", "variable"],
                nulls_distinct=False,
                name="one_crosswalk_link",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.goal or self.variable} → {self.crosswalk_code}"
