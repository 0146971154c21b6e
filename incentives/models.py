from django.db import models

from indicators.models import Actor
from indicators.models.plan import Confidence, PlanItem
from indicators.models.versioning import BUMP_DATA_VERSION


class IncentiveDimension(PlanItem):
    """A condition of a sound package of incentives."""

    name_es = models.TextField()
    name_en = models.TextField()

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_dimension_code"
            )
        ]


class RelevantIncentive(PlanItem):
    """An incentive the actors named most relevant, as printed."""

    text_es = models.CharField(max_length=200)
    text_en = models.CharField(max_length=200)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_relevant_code"
            )
        ]


class IncentiveCategory(PlanItem):
    """A category of the portfolio of incentives."""

    class Type(models.TextChoices):
        """Whether money changes hands."""

        NON_FINANCIAL = "non-financial", "No financiero"
        FINANCIAL = "financial", "Financiero"

    slug = models.SlugField(max_length=80)
    type = models.CharField(max_length=14, choices=Type)
    type_confidence = models.CharField(max_length=8, choices=Confidence)
    name_es = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)

    class Meta(PlanItem.Meta):
        verbose_name_plural = "incentive categories"
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_incentive_category_code"
            )
        ]


class IncentiveItem(models.Model):
    """An incentive of a category."""

    category = models.ForeignKey(
        IncentiveCategory, on_delete=models.PROTECT, related_name="items"
    )
    code = models.CharField(max_length=20)
    order = models.PositiveSmallIntegerField()
    text_es = models.TextField()
    text_en = models.TextField()
    doubt_es = models.TextField(blank=True)
    doubt_en = models.TextField(blank=True)

    class Meta:
        ordering = ["category", "order"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["category", "code"], name="one_incentive_item_code"
            )
        ]

    def __str__(self) -> str:
        return self.code


class Programme(PlanItem):
    """A programme or project of the annex with possible synergies."""

    slug = models.SlugField(max_length=80)
    name_es = models.TextField()
    name_en = models.TextField()
    executors = models.ManyToManyField(Actor, related_name="executes")
    partners = models.ManyToManyField(Actor, related_name="partners_in", blank=True)
    executor_doubt_es = models.TextField(blank=True)
    executor_doubt_en = models.TextField(blank=True)
    official_code = models.CharField(max_length=20, blank=True)
    chains = models.JSONField(default=list, blank=True)
    status_es = models.CharField(max_length=120)
    status_en = models.CharField(max_length=120)
    summary_es = models.TextField()
    summary_en = models.TextField()

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_programme_code"
            )
        ]


class ProgrammeFigure(models.Model):
    """A figure the annex gives for a programme."""

    programme = models.ForeignKey(
        Programme, on_delete=models.CASCADE, related_name="figures"
    )
    name = models.CharField(max_length=80)
    value = models.DecimalField(max_digits=18, decimal_places=4)

    class Meta:
        ordering = ["programme", "name"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "name"], name="one_programme_figure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.name}"
