"""A mail that waits in a table until a mail server takes it."""

from django.db import models


class WaitingMail(models.Model):
    """One mail: when it is due, how often it was tried, what became of it."""

    class State(models.TextChoices):
        """Where it stands; `nothing` had nothing to say when its time came."""

        WAITING = "waiting", "Por enviar"
        SENT = "sent", "Enviado"
        NOTHING = "nothing", "Nada que avisar"

    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(
        max_length=60, blank=True, help_text="Kind of failure; never an address."
    )
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
