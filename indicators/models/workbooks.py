"""Workbooks of values that somebody sent, from the preview to the undoing."""

from django.conf import settings
from django.db import models
from django.db.models import Q

_SETTLED = ("saved", "undone", "cancelled")


class WorkbookImport(models.Model):
    """One sent workbook: what it would change, what it changed, what was undone.

    The bytes lie in the row until it is settled, so that the preview and the saving
    read the same file on every host. `lines` are the rows of the sheet that say
    something new, ready to read, those with errors first; `left` are those that were
    not saved, or not undone, with the reason. `written` has id, version after the
    import and "is new" of every value it saved.
    """

    class State(models.TextChoices):
        """How far it is."""

        READING = "reading", "Leyendo"
        READ = "read", "Por decidir"
        SAVING = "saving", "Guardando"
        SAVED = "saved", "Importado"
        UNDONE = "undone", "Deshecho"
        CANCELLED = "cancelled", "Cancelado"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="workbook_imports",
    )
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    body = models.BinaryField(null=True, blank=True)
    language = models.CharField(
        max_length=5, help_text="In which the lines speak to the person."
    )
    state = models.CharField(max_length=9, choices=State, default=State.READING)
    uploaded_at = models.DateTimeField()
    saved_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    row_count = models.PositiveIntegerField()
    rows_read = models.PositiveIntegerField(default=0)
    ready_count = models.PositiveIntegerField(default=0)
    warning_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    same_count = models.PositiveIntegerField(default=0)
    lines = models.JSONField(default=list)
    written = models.JSONField(default=list)
    left = models.JSONField(default=list)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=_SETTLED, body__isnull=True)
                | ~Q(state__in=_SETTLED) & Q(body__isnull=False),
                name="workbook_kept_until_settled",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["saved", "undone"], saved_at__isnull=False)
                | ~Q(state__in=["saved", "undone"]) & Q(saved_at__isnull=True),
                name="workbook_saved_with_time",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__isnull=False)
                | ~Q(state="undone") & Q(undone_at__isnull=True),
                name="workbook_undone_with_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"

    @property
    def waits_for_worker(self) -> bool:
        """Return whether nothing can be decided before a worker has been at it."""
        return self.state in {self.State.READING, self.State.SAVING}
