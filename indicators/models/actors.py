"""Who the plan names."""

from django.db import models

from indicators.models.plan import PlanItem


class ActorGroup(PlanItem):
    """A kind of actor the plan addresses."""

    name_es = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_actor_group_code"
            )
        ]


class Actor(PlanItem):
    """An institution or organisation the plan names, or one that joined later."""

    name_es = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160)
    kind = models.CharField(max_length=40)
    is_initiative_team = models.BooleanField(default=False)
    is_in_plan = models.BooleanField(default=True)
    note_es = models.TextField(blank=True)
    note_en = models.TextField(blank=True)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_actor_code"
            )
        ]
