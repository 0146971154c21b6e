"""Which reminder a person was sent on which occasion."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from indicators.models.mails import WaitingMail


class ReminderMail(WaitingMail):
    """One summary of all that a person owes: at most one an occasion and period.

    What it says is looked up when it leaves: nobody is reminded of what is done.
    """

    class Occasion(models.TextChoices):
        """Why it is sent."""

        MONTH_BEFORE = "month_before", "30 días antes"
        WEEK_BEFORE = "week_before", "7 días antes"
        LATE = "late", "Atrasado"
        RETURNED = "returned", "Devuelto"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders"
    )
    occasion = models.CharField(max_length=12, choices=Occasion)
    period = models.DateField(
        help_text="The day it is due; when late, the week's first; or of the return."
    )

    class Meta:
        ordering = ["due_at", "pk"]
        verbose_name = "recordatorio"
        verbose_name_plural = "recordatorios"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "occasion", "period"], name="one_reminder_an_occasion"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", done_at=None)
                | ~Q(state="waiting") & Q(done_at__isnull=False),
                name="reminder_done_has_date",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state="waiting"),
                name="reminder_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.occasion} {self.period} {self.state}"
