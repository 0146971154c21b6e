"""Where numbers come from, and what each load did."""

from typing import Final

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from indicators.models.versioning import BUMP_DATA_VERSION
from territory.models import Place


class Source(models.Model):
    """A published source; its facts are synced from indicators/sources/registry.py."""

    code = models.SlugField("código", max_length=40, unique=True)
    name_es = models.CharField("nombre en español", max_length=200)
    name_en = models.CharField("nombre en inglés", max_length=200)
    publisher = models.CharField("quién publica", max_length=200)
    homepage_url = models.URLField("página de la fuente", blank=True)
    licence = models.CharField("licencia", max_length=120)
    citation = models.TextField("cita")
    frequency_es = models.CharField("frecuencia en español", max_length=80)
    frequency_en = models.CharField("frecuencia en inglés", max_length=80)
    frequency_months = models.PositiveSmallIntegerField(
        "frecuencia en meses",
        null=True,
        blank=True,
        help_text="Vacío si publica más de una vez al mes.",
    )
    late_after_days = models.PositiveSmallIntegerField("días hasta estar atrasada")
    cautions_es = models.JSONField("advertencias en español", default=list, blank=True)
    cautions_en = models.JSONField("advertencias en inglés", default=list, blank=True)
    key_setting = models.CharField(
        "ajuste de la clave",
        max_length=60,
        blank=True,
        help_text="Nombre de la variable de entorno con su clave, si la pide.",
    )
    is_scheduled = models.BooleanField("está programada", default=True)
    is_official = models.BooleanField(
        "es estadística oficial",
        default=False,
        db_default=False,
        help_text="La publica el Estado peruano como su propia cifra.",
    )
    order = models.PositiveSmallIntegerField("orden", default=0)

    class Meta:
        ordering = ["order", "code"]
        verbose_name = "fuente"
        verbose_name_plural = "fuentes"
        triggers = [BUMP_DATA_VERSION]

    def __str__(self) -> str:
        return self.code


class SourceFile(models.Model):
    """Raw bytes as they came; the file itself lies in MEDIA_ROOT by its SHA-256."""

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="files", verbose_name="fuente"
    )
    sha256 = models.CharField("SHA-256", max_length=64)
    size_bytes = models.PositiveBigIntegerField("tamaño (bytes)")
    path = models.CharField("ruta", max_length=200)
    original_name = models.CharField("nombre original", max_length=200, blank=True)
    url = models.CharField("dirección", max_length=500, blank=True)
    fetched_at = models.DateTimeField("obtenido")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="subido por",
    )
    missing_since = models.DateTimeField(
        "falta desde",
        null=True,
        blank=True,
        help_text="Cuándo se vio que el archivo ya no está en el disco.",
    )

    class Meta:
        verbose_name = "archivo de fuente"
        verbose_name_plural = "archivos de fuentes"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "sha256"], name="one_file_per_source_and_sha256"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.sha256[:12]}"


# From each state of a load to those it may go to; a state not named is the last.
LOAD_STEPS: Final = {
    "scheduled": ("downloading", "rejected"),
    "downloading": ("validated", "unchanged", "rejected"),
    "validated": ("compared", "unchanged", "rejected"),
    "compared": ("published", "held", "unchanged", "rejected"),
    "held": ("approved", "published", "discarded"),
    "approved": ("published", "held"),
}
# Direct SQL counts as well.
KEEP_LOAD_STEPS = pgtrigger.FSM(
    name="keep_load_steps",
    field="state",
    transitions=[(one, other) for one, after in LOAD_STEPS.items() for other in after],
)


class Load(models.Model):
    """One run of the pipeline over one file, and its report.

    lock_key names the advisory lock its worker holds while it runs; without one the
    worker is gone.
    """

    class State(models.TextChoices):
        """States of SAFETY §3.3; English codes with their Spanish labels."""

        SCHEDULED = "scheduled", "Programada"
        DOWNLOADING = "downloading", "Descargando"
        VALIDATED = "validated", "Validada"
        REJECTED = "rejected", "Rechazada"
        COMPARED = "compared", "Comparada"
        HELD = "held", "Retenida para revisión"
        APPROVED = "approved", "Aprobada, se está publicando"
        PUBLISHED = "published", "Publicada"
        DISCARDED = "discarded", "Descartada"
        UNCHANGED = "unchanged", "Sin cambios"

    class Trigger(models.TextChoices):
        """Who started it."""

        SCHEDULE = "schedule", "Programación"
        COMMAND = "command", "Comando"
        UPLOAD = "upload", "Archivo subido"

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="loads", verbose_name="fuente"
    )
    file = models.ForeignKey(
        SourceFile,
        on_delete=models.PROTECT,
        related_name="loads",
        null=True,
        blank=True,
        verbose_name="archivo",
    )
    state = models.CharField("estado", max_length=12, choices=State)
    trigger = models.CharField("origen", max_length=10, choices=Trigger)
    lock_key = models.CharField(
        "candado", max_length=80, blank=True, default="", db_default=""
    )
    edition = models.CharField("edición", max_length=60, blank=True)
    started_at = models.DateTimeField("inicio")
    finished_at = models.DateTimeField("fin", null=True, blank=True)
    published_at = models.DateTimeField("publicada", null=True, blank=True)
    rows_read = models.PositiveIntegerField("filas leídas", null=True, blank=True)
    rows_added = models.PositiveIntegerField("filas nuevas", null=True, blank=True)
    rows_changed = models.PositiveIntegerField("filas cambiadas", null=True, blank=True)
    rows_removed = models.PositiveIntegerField("filas quitadas", null=True, blank=True)
    rows_same = models.PositiveIntegerField("filas iguales", null=True, blank=True)
    data_to_year = models.PositiveSmallIntegerField(
        "datos hasta el año", null=True, blank=True
    )
    data_to_date = models.DateField("datos hasta la fecha", null=True, blank=True)
    report = models.JSONField("informe", default=dict, blank=True)
    reason = models.TextField(
        "motivo", blank=True, help_text="Por qué se rechazó, retuvo o descartó."
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="loads_requested",
        null=True,
        blank=True,
        verbose_name="pedida por",
    )
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="loads_reviewed",
        null=True,
        blank=True,
        verbose_name="revisada por",
    )

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = "carga"
        verbose_name_plural = "cargas"
        permissions = [("review_load", "Publicar o descartar cargas retenidas")]
        triggers = [BUMP_DATA_VERSION, KEEP_LOAD_STEPS]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["rejected", "held", "discarded"])
                | ~Q(reason=""),
                name="load_refused_with_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False),
                name="load_published_with_date",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(reviewed_by__isnull=False) & ~Q(reason=""),
                name="load_approved_by_somebody_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(reviewed_by=F("requested_by")),
                name="load_uploader_is_not_reviewer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.started_at:%Y-%m-%d %H:%M} {self.state}"


class AnnualLoss(models.Model):
    """Forest loss of a place in a year, in one edition of one source.

    The edition is a dimension: a new edition adds rows, it never overwrites. Official
    figures are multiples of 0.09 ha (Landsat pixels) and have rows of zero; a second
    opinion has no row for a year it does not give. Sources are never summed.
    """

    load = models.ForeignKey(
        Load, on_delete=models.CASCADE, related_name="annual_losses"
    )
    place = models.ForeignKey(Place, on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    loss_ha = models.DecimalField(max_digits=12, decimal_places=2)
    forest_end_of_year_ha = models.DecimalField(
        max_digits=14, decimal_places=2, null=True, blank=True
    )

    class Meta:
        ordering = ["load", "place", "year"]
        constraints = [
            models.UniqueConstraint(
                fields=["load", "place", "year"], name="one_loss_per_edition"
            ),
            models.CheckConstraint(
                condition=Q(loss_ha__gte=0), name="loss_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(forest_end_of_year_ha__isnull=True)
                | Q(forest_end_of_year_ha__gte=0),
                name="forest_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.year}: {self.loss_ha} ha"


class Derivation(models.Model):
    """Which indicator a source feeds, and by which rule. Data, not code."""

    class Rule(models.TextChoices):
        """How rows of the source become a yearly value."""

        SUM_OF_DISTRICTS = "sum_of_districts", "Suma de todos los distritos"
        CROP_YIELD = "crop_yield", "Rendimiento de un cultivo"
        GROSS_VALUE = "gross_value", "Producción por precio base"
        ALERT_AREA = "alert_area", "Superficie con alertas en el año"

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="derivations"
    )
    indicator = models.OneToOneField(
        "indicators.Indicator", on_delete=models.PROTECT, related_name="derivation"
    )
    rule = models.CharField(max_length=24, choices=Rule)
    without_number = models.JSONField(
        default=list,
        blank=True,
        help_text="Years the source has rows of, and why they give no number.",
    )

    class Meta:
        ordering = ["source", "indicator"]
        triggers = [BUMP_DATA_VERSION]

    def __str__(self) -> str:
        return f"{self.source} → {self.indicator}"


class SecondOpinion(models.Model):
    """A source shown beside an indicator: never in its line, never in its progress."""

    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, related_name="second_opinions"
    )
    indicator = models.ForeignKey(
        "indicators.Indicator",
        on_delete=models.CASCADE,
        related_name="second_opinions",
    )

    class Meta:
        ordering = ["indicator", "source"]
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "indicator"], name="one_second_opinion_per_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} ~ {self.indicator}"
