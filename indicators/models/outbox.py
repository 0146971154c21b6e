"""Tasks asked for in a transaction, and up to when the schedule was followed."""

from django.db import models
from django.db.models import Q


class AskedTask(models.Model):
    """A task that somebody asked for; it stays until a worker has done it.

    The row is written with what it is about, so both happen or neither. The broker
    may lose its copy: what is not done is published again.
    """

    key = models.CharField("clave", max_length=200, unique=True)
    task = models.CharField("tarea", max_length=120)
    arguments = models.JSONField("argumentos", default=dict, blank=True)
    asked_at = models.DateTimeField("pedida", auto_now_add=True)
    due_at = models.DateTimeField(
        "se publica", help_text="Desde cuándo se entrega (otra vez) a un trabajador."
    )
    published_at = models.DateTimeField("última entrega", null=True, blank=True)
    publications = models.PositiveIntegerField("entregas", default=0)
    failures = models.PositiveIntegerField("fallas", default=0)
    last_error = models.CharField("última falla", max_length=300, blank=True)
    done_at = models.DateTimeField("hecha", null=True, blank=True)
    gave_up_at = models.DateTimeField("abandonada", null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = "tarea pedida"
        verbose_name_plural = "tareas pedidas"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True) | Q(gave_up_at__isnull=True),
                name="asked_task_done_or_given_up",
            ),
            models.CheckConstraint(
                condition=Q(gave_up_at__isnull=True) | ~Q(last_error=""),
                name="asked_task_given_up_with_error",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(done_at__isnull=True, gave_up_at__isnull=True),
                name="asked_task_open",
            )
        ]

    def __str__(self) -> str:
        return self.key


class ScheduleMark(models.Model):
    """Up to when an entry of the schedule was followed; one row an entry.

    Whoever runs the schedule locks the row first: two of them give one effect.
    """

    name = models.CharField(max_length=80, unique=True)
    followed_to = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}: {self.followed_to:%Y-%m-%d %H:%M}"
