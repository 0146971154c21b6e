"""Crops, their base prices, and what was produced each month."""

import pghistory
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from indicators.models.sources import Load, Source
from indicators.models.versioning import BUMP_DATA_VERSION
from territory.models import Place


class Crop(models.Model):
    """A crop and the names the sources give it; synced from fixtures/crops.yaml."""

    class Kind(models.TextChoices):
        """What the harvested area of a month means."""

        TRANSITORY = "transitory", "Transitorio"
        PERENNIAL = "perennial", "Permanente"

    code = models.SlugField("código", max_length=40, unique=True)
    name_es = models.CharField("nombre en español", max_length=80)
    name_en = models.CharField("nombre en inglés", max_length=80)
    kind = models.CharField("tipo", max_length=12, choices=Kind)
    source_names = models.JSONField("nombres en las fuentes", default=list)

    class Meta:
        ordering = ["code"]
        verbose_name = "cultivo"
        verbose_name_plural = "cultivos"
        triggers = [BUMP_DATA_VERSION]

    def __str__(self) -> str:
        return self.name_es


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class BasePrice(models.Model):
    """The constant price of a crop, with which production becomes a value.

    Supplied by the administrator; the plan and the sources print none.
    """

    crop = models.OneToOneField(
        Crop,
        on_delete=models.PROTECT,
        related_name="base_price",
        verbose_name="cultivo",
    )
    basis_year = models.PositiveSmallIntegerField("año base", default=2007)
    price_pen_kg = models.DecimalField(
        "precio (S/ por kg)",
        max_digits=10,
        decimal_places=4,
        validators=[MinValueValidator(0.0001)],
    )
    source_text = models.CharField(
        "fuente del precio",
        max_length=300,
        help_text="Documento, cuadro y página de donde sale.",
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        verbose_name="registrado por",
    )

    class Meta:
        ordering = ["crop"]
        verbose_name = "precio base"
        verbose_name_plural = "precios base"
        triggers = [BUMP_DATA_VERSION]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_pen_kg__gt=0), name="base_price_above_zero"
            ),
            models.CheckConstraint(
                condition=~Q(source_text=""), name="base_price_with_source"
            ),
            models.CheckConstraint(
                condition=Q(basis_year__range=(1990, 2100)), name="base_price_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.crop}: S/ {self.price_pen_kg} ({self.basis_year})"


class ProductionQuerySet(models.QuerySet["ProductionRecord"]):
    """Production, read as adjectives."""

    def current(self) -> "ProductionQuerySet":
        return self.filter(is_current=True)

    def in_months_of(self, load: Load) -> "ProductionQuerySet":
        """Return rows of the same source in the months a load has rows of."""
        number = F("year") * 100 + F("month")
        months = ProductionRecord.objects.filter(load=load).values(number=number)
        rows = self.filter(source=load.source_id).alias(number=number)
        return rows.filter(number__in=months)

    def as_if_published(self, load: Load) -> "ProductionQuerySet":
        """Return what is current once a load is published, before or after it is."""
        replaced = ProductionRecord.objects.in_months_of(load).exclude(load=load)
        return self.filter(source=load.source_id).filter(
            Q(load=load) | Q(is_current=True) & ~Q(pk__in=replaced.values("pk"))
        )


class ProductionRecord(models.Model):
    """One crop in a district and month, in one edition of a source.

    The edition is a dimension: a newer one adds rows and only `is_current` moves.
    `crop` is null for a name the table of crops does not know yet; the row is kept.
    `price_pen_kg` is null where the source knows none. Of a perennial crop
    `harvested_ha` stands for the area that bears, repeated every month.
    """

    load = models.ForeignKey(Load, on_delete=models.CASCADE, related_name="production")
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    place = models.ForeignKey(Place, on_delete=models.PROTECT)
    crop = models.ForeignKey(Crop, on_delete=models.PROTECT, null=True)
    crop_name = models.CharField(max_length=80)
    year = models.PositiveSmallIntegerField()
    month = models.PositiveSmallIntegerField()
    production_t = models.DecimalField(max_digits=14, decimal_places=4)
    harvested_ha = models.DecimalField(max_digits=14, decimal_places=4)
    price_pen_kg = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    is_current = models.BooleanField(default=False)

    objects = ProductionQuerySet.as_manager()

    class Meta:
        ordering = ["source", "year", "month", "place", "crop_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["load", "place", "crop_name", "year", "month"],
                name="one_production_per_edition",
            ),
            models.UniqueConstraint(
                fields=["source", "place", "crop_name", "year", "month"],
                condition=Q(is_current=True),
                name="one_current_production",
            ),
            models.CheckConstraint(
                condition=Q(month__range=(1, 12), year__range=(1990, 2100)),
                name="production_in_a_month",
            ),
            models.CheckConstraint(
                condition=Q(production_t__gte=0, harvested_ha__gte=0),
                name="production_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(price_pen_kg__isnull=True) | Q(price_pen_kg__gt=0),
                name="production_price_known_or_null",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.crop_name} {self.year}-{self.month:02d}"
