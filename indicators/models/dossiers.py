"""The dossiers of alert clusters as PDF files, made when somebody asks for one."""

from django.db import models
from django.db.models import Q

from territory.models import AlertCluster


class DossierFile(models.Model):
    """The newest PDF of one cluster in one language, or that somebody waits for it.

    Nobody is named: anyone who reads the page may ask. The bytes lie in the row, so
    that they come with it in one transaction and are there on every host. What is not
    asked for in a month is forgotten; it can be made again.
    """

    class State(models.TextChoices):
        """How far it is."""

        ASKED = "asked", "Pedido"
        MADE = "made", "Listo"
        FAILED = "failed", "Falló"

    cluster = models.ForeignKey(
        AlertCluster, on_delete=models.CASCADE, related_name="dossier_files"
    )
    language = models.CharField(
        max_length=2, choices=[("es", "Español"), ("en", "English")]
    )
    shows = models.CharField(
        max_length=64, help_text="SHA-256 of what was to be seen when it was asked for."
    )
    state = models.CharField(max_length=6, choices=State, default=State.ASKED)
    times_asked = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    body = models.BinaryField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "language"], name="one_dossier_file_per_language"
            ),
            models.CheckConstraint(
                condition=Q(state="made", body__isnull=False, made_at__isnull=False)
                & ~Q(sha256="")
                | ~Q(state="made")
                & Q(body__isnull=True, made_at__isnull=True, sha256=""),
                name="dossier_file_made_with_body",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cluster_id} {self.language} {self.state}"

    def serves(self, shows: str) -> bool:
        """Return whether it is what somebody asks for now, or will be soon."""
        is_made = self.state == self.State.MADE and self.shows == shows
        return is_made or self.state == self.State.ASKED
