"""Who enters which numbers, and which years are closed."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from indicators.models.plan import Indicator
from indicators.models.versioning import BUMP_DATA_VERSION


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments, read as adjectives."""

    def of(self, user_id: int) -> "AssignmentQuerySet":
        return self.filter(user_id=user_id)


class Assignment(models.Model):
    """A person who enters the values of an indicator. Several may share one."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="assignments",
        verbose_name="persona",
    )
    indicator = models.ForeignKey(
        Indicator,
        on_delete=models.CASCADE,
        related_name="assignments",
        verbose_name="indicador",
    )
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        editable=False,
        verbose_name="asignado por",
        help_text="Null where the demo's set-up did it.",
    )
    assigned_at = models.DateTimeField("asignado el", auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["user", "indicator"]
        verbose_name = "asignación"
        verbose_name_plural = "asignaciones"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "indicator"], name="one_assignment_a_person"
            ),
            models.CheckConstraint(
                condition=Q(assigned_by=None) | ~Q(assigned_by=F("user")),
                name="assigned_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.indicator}"


class YearLockQuerySet(models.QuerySet["YearLock"]):
    """Locks, read as adjectives."""

    def standing(self) -> "YearLockQuerySet":
        return self.filter(unlocked_at=None)


class YearLock(models.Model):
    """A year whose values were closed after a session; opened again with a reason.

    Rows stay: who closed and opened a year, when and why, is public.
    """

    year = models.PositiveSmallIntegerField()
    session = models.CharField(
        max_length=200, help_text="The session that took note of the year's values."
    )
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    locked_at = models.DateTimeField()
    unlocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    unlocked_at = models.DateTimeField(null=True, blank=True)
    unlock_reason = models.TextField(blank=True)

    objects = YearLockQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-locked_at"]
        triggers = [
            BUMP_DATA_VERSION,
            pgtrigger.Protect(name="keep_year_locks", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="keep_what_was_locked",
                fields=["year", "session", "locked_by", "locked_at"],
            ),
            pgtrigger.Protect(
                name="keep_why_unlocked",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__unlocked_at__isnull=False),
            ),
        ]
        permissions = [("lock_year", "Cerrar y abrir un año")]
        constraints = [
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(unlocked_at=None),
                name="one_standing_lock_a_year",
            ),
            models.CheckConstraint(
                condition=Q(unlocked_at=None, unlocked_by=None)
                | Q(unlocked_at__isnull=False, unlocked_by__isnull=False)
                & ~Q(unlock_reason=""),
                name="unlocked_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(session=""), name="locked_after_a_session"
            ),
        ]

    def __str__(self) -> str:
        return str(self.year)
