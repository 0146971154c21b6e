from django.db import models

from indicators.models import ActorGroup, Axis, Goal
from indicators.models.plan import Confidence, PlanItem


class AgendaAction(PlanItem):
    """An action of the territorial agenda; the plan prints no owner, no indicator."""

    slug = models.SlugField(max_length=80)
    axis = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="agenda")
    text_es = models.TextField()
    text_en = models.TextField()
    linked_goals = models.ManyToManyField(
        Goal, related_name="agenda", blank=True, help_text="Our proposal."
    )

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_agenda_code"
            )
        ]


class GovernanceAction(PlanItem):
    """An action to strengthen governance, with the actors printed beside it."""

    slug = models.SlugField(max_length=80)
    text_es = models.TextField()
    text_en = models.TextField()
    actors_es = models.CharField(max_length=200)
    actors_en = models.CharField(max_length=200)
    actor_groups = models.ManyToManyField(ActorGroup, related_name="actions")
    match_confidence = models.CharField(max_length=8, choices=Confidence)
    is_number_doubtful = models.BooleanField(default=False)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_governance_action_code"
            )
        ]


class ReengineeringPoint(PlanItem):
    """A change of the governance body that the participants asked for."""

    slug = models.SlugField(max_length=80)
    text_es = models.TextField()
    text_en = models.TextField()

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_reengineering_code"
            )
        ]


class GovernanceSpace(PlanItem):
    """A body or round table in which the plan is governed."""

    name_es = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    level = models.CharField(max_length=20)
    role_es = models.TextField(blank=True)
    role_en = models.TextField(blank=True)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_space_code"
            )
        ]
