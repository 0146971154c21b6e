"""What the plan wants monitored, and how."""

from django.db import models

from indicators.models.plan import Axis, Confidence, Goal, Indicator, PlanItem


class MonitoringPrinciple(PlanItem):
    """A characteristic the plan demands of monitoring."""

    slug = models.SlugField(max_length=80)
    text_es = models.TextField()
    text_en = models.TextField()

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_principle_code"
            )
        ]


class MonitoringVariable(PlanItem):
    """A variable the plan wants monitored, on plots or in the jurisdiction."""

    slug = models.SlugField(max_length=80)
    axis = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="variables")
    axis_confidence = models.CharField(max_length=8, choices=Confidence)
    text_es = models.TextField()
    text_en = models.TextField()
    scale = models.JSONField(default=list)
    collection = models.CharField(max_length=12, choices=Indicator.Collection)
    doubt_es = models.TextField(blank=True)
    doubt_en = models.TextField(blank=True)
    linked_goals = models.ManyToManyField(Goal, related_name="variables", blank=True)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_variable_code"
            )
        ]
