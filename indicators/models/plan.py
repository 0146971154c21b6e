"""The plan as the actors signed it, and what is proposed beside it."""

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import Q

from indicators.models.versioning import BUMP_DATA_VERSION
from territory.models import Jurisdiction


class Origin(models.TextChoices):
    """Whose words or figures these are; printed and proposed are never mixed."""

    PRINTED = "printed", "Impreso en el plan"
    INFERRED = "inferred", "Deducido del texto del plan"
    PROPOSED = "proposed", "Propuesta de este tablero"
    ADOPTED = "adopted", "Adoptado por el comité"


class Confidence(models.TextChoices):
    """How sure the reading of the printed plan is."""

    HIGH = "high", "Alta"
    MEDIUM = "medium", "Media"
    LOW = "low", "Baja"


class Plan(models.Model):
    """An action plan of a jurisdiction."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, on_delete=models.PROTECT, related_name="plans"
    )
    code = models.SlugField(max_length=60, unique=True)
    title_es = models.TextField()
    title_en = models.TextField()

    class Meta:
        triggers = [BUMP_DATA_VERSION]

    def __str__(self) -> str:
        return self.code


class PlanVersion(models.Model):
    """One version of a plan; results say against which version they were computed."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    is_current = models.BooleanField(default=False)
    document_year = models.PositiveSmallIntegerField()
    target_year = models.PositiveSmallIntegerField()
    agenda_year = models.PositiveSmallIntegerField(null=True, blank=True)
    vision_es = models.TextField(blank=True)
    vision_en = models.TextField(blank=True)
    goals_status_es = models.TextField(
        blank=True, help_text="What the document itself says of its goals."
    )
    goals_status_en = models.TextField(blank=True)
    errata_es = models.JSONField(default=list, blank=True)
    errata_en = models.JSONField(default=list, blank=True)
    milestones = models.JSONField(
        default=list, blank=True, help_text="Dates with text_es and text_en."
    )
    file_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["plan", "number"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="one_plan_version_number"
            ),
            models.UniqueConstraint(
                fields=["plan"],
                condition=Q(is_current=True),
                name="one_current_plan_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"


class PlanItem(models.Model):
    """A coded item of a plan version. Codes are never renumbered, only retired."""

    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT)
    code = models.SlugField(max_length=60)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ["plan_version", "order", "code"]
        triggers = [BUMP_DATA_VERSION]

    def __str__(self) -> str:
        return self.code


class VisionIdea(PlanItem):
    """A key idea of the vision, summarised."""

    name_es = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    summary_es = models.TextField(blank=True)
    summary_en = models.TextField(blank=True)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_vision_idea_code"
            )
        ]


class Axis(PlanItem):
    """One of the plan's axes."""

    prefix = models.CharField(max_length=8)
    name_es = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120)
    objective_es = models.TextField(blank=True)
    objective_en = models.TextField(blank=True)
    landscale_pillar = models.CharField(max_length=40, blank=True)

    class Meta(PlanItem.Meta):
        verbose_name_plural = "axes"
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_axis_code"
            )
        ]


class Goal(models.Model):
    """A 2030 goal. text_en is word for word the plan's; text_es our translation."""

    axis = models.ForeignKey(Axis, on_delete=models.PROTECT, related_name="goals")
    code = models.CharField(max_length=12)
    slug = models.SlugField(max_length=80)
    order = models.PositiveSmallIntegerField()
    name_es = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    text_es = models.TextField()
    text_en = models.TextField()
    printed_table = models.PositiveSmallIntegerField(null=True, blank=True)
    printed_order = models.PositiveSmallIntegerField(null=True, blank=True)
    match_confidence = models.CharField(max_length=8, choices=Confidence)
    axis_confidence = models.CharField(
        max_length=8, choices=Confidence, default=Confidence.HIGH
    )
    doubt_en = models.TextField(blank=True)
    doubt_es = models.TextField(blank=True)

    class Meta:
        ordering = ["axis__order", "order"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(fields=["axis", "code"], name="one_goal_code"),
            models.UniqueConstraint(fields=["axis", "slug"], name="one_goal_slug"),
        ]

    def __str__(self) -> str:
        return self.code


class IndicatorQuerySet(models.QuerySet["Indicator"]):
    """Indicators, read as adjectives."""

    def of_current_plan(self) -> "IndicatorQuerySet":
        return self.filter(
            goal__axis__plan_version__is_current=True,
            goal__axis__plan_version__plan__jurisdiction__is_home=True,
        )


class Indicator(models.Model):
    """What is measured for a goal; main is the one the goal's status hangs on."""

    class TargetType(models.TextChoices):
        """The rule that compares a value with its target (method, section 3)."""

        LEVEL = "level", "Nivel"
        ANNUAL_CEILING = "annual_ceiling", "Tope anual"
        CUMULATIVE = "cumulative", "Acumulado"
        PERCENT_OF_BASELINE = "percent_of_baseline", "Porcentaje sobre la base"
        SHARE = "share", "Porcentaje con límite"
        CHECKLIST = "checklist", "Lista de pasos"
        DIRECTION_ONLY = "direction_only", "Solo dirección"

    class Direction(models.TextChoices):
        """Which way is better."""

        INCREASE = "increase", "Debe aumentar"
        DECREASE = "decrease", "Debe disminuir"

    class Collection(models.TextChoices):
        """How the value is obtained (proposed by this dashboard)."""

        AUTO = "auto", "Cálculo programado con datos abiertos"
        PLOTS = "plots", "Registro de parcelas"
        REGISTER = "register", "Registro de la plataforma"
        STATISTICS = "statistics", "Estadística oficial"
        SURVEY = "survey", "Encuesta local"
        MANUAL = "manual", "Registro manual con evidencia"

    class ByDistrict(models.TextChoices):
        """Whether districts have values of their own, and what they add up to."""

        NO = "", "Solo la provincia"
        SUM = "sum", "Los distritos suman la provincia"
        SEPARATE = "separate", "Los distritos no se suman"

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="indicators")
    code = models.CharField(max_length=12)
    slug = models.SlugField(max_length=100)
    order = models.PositiveSmallIntegerField(default=0)
    is_main = models.BooleanField(default=True)
    origin = models.CharField(max_length=10, choices=Origin, default=Origin.PRINTED)
    name_es = models.TextField()
    name_en = models.TextField()
    unit_es = models.CharField(max_length=60)
    unit_en = models.CharField(max_length=60)
    decimals = models.PositiveSmallIntegerField(default=1)
    target_type = models.CharField(max_length=24, choices=TargetType)
    direction = models.CharField(max_length=10, choices=Direction)
    is_definition_pending = models.BooleanField(default=False)
    collection = models.CharField(max_length=12, choices=Collection)
    frequency_es = models.CharField(max_length=60, blank=True)
    frequency_en = models.CharField(max_length=60, blank=True)
    frequency_months = models.PositiveSmallIntegerField(default=12)
    crop = models.CharField(max_length=40, blank=True)
    by_district = models.CharField(
        max_length=10, choices=ByDistrict, blank=True, default="", db_default=""
    )

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        ordering = ["goal__axis__order", "goal__order", "order"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(fields=["goal", "code"], name="one_indicator_code"),
            models.UniqueConstraint(fields=["goal", "slug"], name="one_indicator_slug"),
            models.UniqueConstraint(
                fields=["goal"],
                condition=Q(is_main=True),
                name="one_main_indicator",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_share(self) -> bool:
        return self.target_type == self.TargetType.SHARE


class IndicatorSource(models.Model):
    """A source proposed for an indicator; the plan itself names none."""

    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="proposed_sources"
    )
    order = models.PositiveSmallIntegerField()
    text_es = models.TextField()
    text_en = models.TextField()

    class Meta:
        ordering = ["indicator", "order"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "order"], name="one_indicator_source_order"
            )
        ]

    def __str__(self) -> str:
        return self.text_en


class Operator(models.TextChoices):
    """How a value meets its target; < is strict."""

    LT = "<", "menos de"
    LE = "<=", "como máximo"
    GE = ">=", "al menos"
    GT = ">", "más de"


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class Target(models.Model):
    """The promised value. value is null where the plan prints no number."""

    indicator = models.OneToOneField(
        Indicator, on_delete=models.PROTECT, related_name="target"
    )
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    year = models.PositiveSmallIntegerField()
    operator = models.CharField(max_length=2, choices=Operator)
    origin = models.CharField(max_length=10, choices=Origin)

    class Meta:
        triggers = [BUMP_DATA_VERSION]

    def __str__(self) -> str:
        return f"{self.indicator} {self.operator} {self.value} ({self.year})"


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class Baseline(models.Model):
    """The adopted starting point. Never invented: the plan prints none."""

    indicator = models.OneToOneField(
        Indicator, on_delete=models.PROTECT, related_name="baseline"
    )
    year = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=18, decimal_places=4)
    source_text = models.TextField()
    adopted_in = models.CharField(max_length=200, help_text="Session or agreement.")
    adopted_on = models.DateField()
    is_synthetic = models.BooleanField(default=False)

    class Meta:
        triggers = [BUMP_DATA_VERSION]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value} ({self.year})"


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class Milestone(models.Model):
    """An approved value on the way to the target."""

    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="milestones"
    )
    year = models.PositiveSmallIntegerField()
    value = models.DecimalField(max_digits=18, decimal_places=4)
    adopted_in = models.CharField(max_length=200)

    class Meta:
        ordering = ["indicator", "year"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "year"], name="one_milestone_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.value} ({self.year})"


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class ChecklistStep(models.Model):
    """A step of a goal that is done or not done."""

    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="steps"
    )
    order = models.PositiveSmallIntegerField()
    name_es = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    weight = models.DecimalField(max_digits=6, decimal_places=3, default=Decimal(1))
    due_on = models.DateField(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["indicator", "order"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "order"], name="one_step_order"
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0), name="step_weight_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.order}"


class SeriesBreak(models.Model):
    """First year of a new method; no share is computed across it."""

    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="breaks"
    )
    year = models.PositiveSmallIntegerField()
    reason_es = models.TextField()
    reason_en = models.TextField()

    class Meta:
        ordering = ["indicator", "year"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "year"], name="one_break_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.year}"


class Fact(PlanItem):
    """A key figure the plan prints, with what it cites."""

    name_es = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    value = models.DecimalField(max_digits=18, decimal_places=4)
    unit_es = models.CharField(max_length=80)
    unit_en = models.CharField(max_length=80)
    qualifier_es = models.CharField(max_length=40, blank=True)
    qualifier_en = models.CharField(max_length=40, blank=True)
    source = models.CharField(
        max_length=120, help_text="What the plan cites; 'plan' if nothing."
    )
    note_es = models.TextField(blank=True)
    note_en = models.TextField(blank=True)

    class Meta(PlanItem.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "code"], name="one_fact_code"
            )
        ]
