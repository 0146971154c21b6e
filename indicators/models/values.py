"""Yearly values with their review, and the results computed from them."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from indicators.models.plan import Indicator, PlanVersion
from indicators.models.sources import Load, Source
from indicators.models.versioning import BUMP_DATA_VERSION
from territory.models import Place

# The first of two numbers of an advisory lock, the year is the second.
YEAR_LOCKS = 20300002
# Nobody deletes what others have seen: it is withdrawn with a reason. Direct SQL
# counts as well. Made-up values of the demo are no record and may go.
KEEP_VALUES = pgtrigger.Protect(
    name="keep_values",
    operation=pgtrigger.Delete,
    condition=~pgtrigger.Q(old__state="draft") & pgtrigger.Q(old__is_synthetic=False),
)

# What was public is superseded or withdrawn in sight of all, never a draft again.
_PUBLIC = ["published", "superseded", "withdrawn"]
KEEP_PUBLIC = pgtrigger.Protect(
    name="keep_public",
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__state__in=_PUBLIC)
    & ~pgtrigger.Q(new__state__in=_PUBLIC)
    & pgtrigger.Q(old__is_synthetic=False),
)

# The lock is taken with the one that closes a year: neither overlooks the other.
KEEP_LOCKED_YEARS = pgtrigger.Trigger(
    name="keep_locked_years",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[
        ("year_locks", f"CONSTANT integer := {YEAR_LOCKS}"),
        ("touched", "integer"),
    ],
    func="""
        IF (OLD.state = 'published' AND NOT OLD.is_synthetic) IS NOT TRUE
            AND (NEW.state = 'published' AND NOT NEW.is_synthetic) IS NOT TRUE
        THEN
            RETURN COALESCE(NEW, OLD);
        END IF;
        FOR touched IN
            SELECT DISTINCT one FROM unnest(ARRAY[OLD.year, NEW.year]) AS one
            WHERE one IS NOT NULL ORDER BY one
        LOOP
            PERFORM pg_advisory_xact_lock_shared(year_locks, touched);
            IF EXISTS (SELECT FROM indicators_yearlock
                       WHERE year = touched AND unlocked_at IS NULL) THEN
                RAISE EXCEPTION 'year % is locked', touched
                    USING ERRCODE = 'check_violation';
            END IF;
        END LOOP;
        RETURN COALESCE(NEW, OLD);
    """,
)

# A colleague who saves a draft last does not make its first author a second person.
KEEP_SECOND_PERSON = pgtrigger.Trigger(
    name="keep_second_person",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=pgtrigger.Q(new__reviewed_by__isnull=False),
    func="""
        IF EXISTS (SELECT FROM indicators_yearlyvalueevent
                   WHERE pgh_obj_id = NEW.id
                     AND recorded_by_id = NEW.reviewed_by_id) THEN
            RAISE EXCEPTION 'whoever wrote value % does not review it', NEW.id
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    """,
)


class YearlyValueQuerySet(models.QuerySet["YearlyValue"]):
    """Values, read as adjectives."""

    def published(self) -> "YearlyValueQuerySet":
        return self.filter(state=YearlyValue.State.PUBLISHED)

    def open(self) -> "YearlyValueQuerySet":
        return self.filter(state__in=YearlyValue.OPEN_STATES)


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class YearlyValue(models.Model):
    """The value of an indicator in a place and year, in one version.

    value is null when and only when kind is no_data, which needs its reason.
    """

    class State(models.TextChoices):
        """Life of a value (SAFETY §3.2)."""

        DRAFT = "draft", "Borrador"
        IN_REVIEW = "in_review", "En revisión"
        RETURNED = "returned", "Devuelto con observaciones"
        PUBLISHED = "published", "Publicado"
        SUPERSEDED = "superseded", "Corregido"
        WITHDRAWN = "withdrawn", "Retirado"

    class Kind(models.TextChoices):
        """How firm the value is."""

        MEASURED = "measured", "Medido"
        ESTIMATED = "estimated", "Estimado"
        PRELIMINARY = "preliminary", "Preliminar"
        NO_DATA = "no_data", "Sin dato"

    class NoDataReason(models.TextChoices):
        """Why there is no value."""

        NOT_COLLECTED = "not_collected", "No se levantó"
        NOT_PUBLISHED = "not_published", "Aún no se publica"
        CONFIDENTIAL = "confidential", "Es confidencial"
        NOT_APPLICABLE = "not_applicable", "No aplica"

    OPEN_STATES = (State.DRAFT, State.IN_REVIEW, State.RETURNED)

    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="values"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField(
        default=1, help_text="Rises with each published correction."
    )
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    kind = models.CharField(max_length=12, choices=Kind)
    no_data_reason = models.CharField(max_length=16, choices=NoDataReason, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    lock_version = models.PositiveIntegerField(
        default=1, help_text="Rises with each save; a stale form gets a 409."
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, blank=True)
    source_text = models.CharField(max_length=300, blank=True)
    source_url = models.URLField(max_length=500, blank=True)
    load = models.ForeignKey(
        Load,
        on_delete=models.PROTECT,
        related_name="values",
        null=True,
        blank=True,
        help_text="The automatic load it was derived from; null if a person typed it.",
    )
    note = models.TextField(blank=True)
    proxy = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        help_text="What the value stands in by, such as another grade or place.",
    )
    confirmation = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Why an unlikely value is right, in its author's words.",
    )
    is_synthetic = models.BooleanField(default=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="values_recorded",
        null=True,
        blank=True,
    )
    recorded_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="values_reviewed",
        null=True,
        blank=True,
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    return_reason = models.TextField(blank=True)
    change_reason = models.TextField(
        blank=True, help_text="Why a published value was corrected or withdrawn."
    )
    supersedes = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        related_name="superseded_by",
        null=True,
        blank=True,
    )

    objects = YearlyValueQuerySet.as_manager()

    class Meta:
        ordering = ["indicator", "place", "year", "version"]
        triggers = [
            BUMP_DATA_VERSION,
            KEEP_VALUES,
            KEEP_PUBLIC,
            KEEP_LOCKED_YEARS,
            KEEP_SECOND_PERSON,
        ]
        permissions = [
            ("record_value", "Registrar valores en borrador"),
            ("review_value", "Revisar y publicar valores"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "place", "year"],
                condition=Q(state="published"),
                name="one_published_value",
            ),
            models.UniqueConstraint(
                fields=["indicator", "place", "year"],
                condition=Q(state__in=["draft", "in_review", "returned"]),
                name="one_open_value",
            ),
            models.UniqueConstraint(
                fields=["indicator", "place", "year", "version"],
                condition=~Q(state__in=["draft", "in_review", "returned"]),
                name="one_value_version",
            ),
            models.CheckConstraint(
                condition=Q(kind="no_data", value__isnull=True) & ~Q(no_data_reason="")
                | ~Q(kind="no_data") & Q(value__isnull=False, no_data_reason=""),
                name="value_or_reason",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True)
                | Q(recorded_by__isnull=True)
                | ~Q(reviewed_by=F("recorded_by")),
                name="author_is_not_reviewer",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "superseded"])
                | Q(published_at__isnull=False)
                & (
                    Q(recorded_by__isnull=False, reviewed_by__isnull=False)
                    | Q(load__isnull=False)
                    | Q(is_synthetic=True)
                ),
                name="published_by_two_or_by_load",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(return_reason=""),
                name="returned_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(change_reason=""),
                name="withdrawn_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(change_reason=""),
                name="correction_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(recorded_by__isnull=False)
                | Q(load__isnull=False)
                | Q(is_synthetic=True),
                name="value_has_author",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.place} {self.year} v{self.version}"


class ProgressResult(models.Model):
    """What the method said at a time, with what it was computed from. Kept for good."""

    indicator = models.ForeignKey(
        Indicator, on_delete=models.CASCADE, related_name="results"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT)
    method_version = models.CharField(max_length=20)
    computed_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)
    is_synthetic = models.BooleanField(default=False)
    status = models.CharField(max_length=24)
    reason = models.CharField(max_length=40, blank=True)
    share = models.FloatField(null=True, blank=True)
    expected_share = models.FloatField(null=True, blank=True)
    pace = models.FloatField(null=True, blank=True)
    latest_year = models.PositiveSmallIntegerField(null=True, blank=True)
    latest_value = models.DecimalField(
        max_digits=18, decimal_places=4, null=True, blank=True
    )
    value_ids = models.JSONField(default=list)
    evidence_level = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="The worst of the values it used, 0 to 4; null without values.",
    )
    inputs_and_outputs = models.JSONField(default=dict)
    trigger = models.CharField(max_length=120, help_text="What made it be computed.")

    class Meta:
        ordering = ["indicator", "place", "-computed_at"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "place"],
                condition=Q(is_current=True),
                name="one_current_result",
            )
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.place}: {self.status}"
