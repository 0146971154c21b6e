"""Where: jurisdictions, and districts with generations of boundaries."""

from django.contrib.gis.db import models
from django.db.models import F, Q


class Jurisdiction(models.Model):
    """A territory with an action plan of its own, such as a province."""

    code = models.SlugField(max_length=40, unique=True)
    ubigeo = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=120)
    region_name = models.CharField(max_length=120, blank=True)
    country_name_es = models.CharField(max_length=80, default="Perú")
    country_name_en = models.CharField(max_length=80, default="Peru")
    is_home = models.BooleanField(
        default=False, help_text="The one whose plan the home page shows."
    )

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_home"], condition=Q(is_home=True), name="one_home"
            ),
            models.CheckConstraint(
                condition=Q(ubigeo__regex=r"^(\d{2}){1,3}$"),
                name="jurisdiction_ubigeo_digits",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BoundaryGeneration(models.Model):
    """One edition of the boundaries; figures only join within an edition.

    Tocache had five districts until Santa Lucía was made from Uchiza: a figure of
    the old Uchiza is not a figure of the new one.
    """

    code = models.SlugField(max_length=40, unique=True)
    valid_from_year = models.PositiveSmallIntegerField()
    valid_to_year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="First year in which it no longer holds."
    )
    is_current = models.BooleanField(default=False)
    publisher = models.CharField(max_length=200)
    licence = models.CharField(max_length=80)
    citation = models.TextField()

    class Meta:
        ordering = ["-valid_from_year"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_current"],
                condition=Q(is_current=True),
                name="one_current_generation",
            ),
            models.CheckConstraint(
                condition=Q(valid_to_year__isnull=True)
                | Q(valid_to_year__gt=F("valid_from_year")),
                name="generation_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PlaceQuerySet(models.QuerySet["Place"]):
    """Places, read as adjectives."""

    def current(self) -> "PlaceQuerySet":
        return self.filter(generation__is_current=True)

    def districts(self) -> "PlaceQuerySet":
        return self.filter(level=Place.Level.DISTRICT)


class Place(models.Model):
    """A province or district in one generation of boundaries."""

    class Level(models.TextChoices):
        """How far down the administrative division goes."""

        PROVINCE = "province", "Provincia"
        DISTRICT = "district", "Distrito"

    jurisdiction = models.ForeignKey(
        Jurisdiction, on_delete=models.PROTECT, related_name="places"
    )
    generation = models.ForeignKey(
        BoundaryGeneration, on_delete=models.PROTECT, related_name="places"
    )
    ubigeo = models.CharField(max_length=6)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=10, choices=Level)
    capital = models.CharField(max_length=120, blank=True)
    geom = models.MultiPolygonField(srid=4326)
    area_ha = models.DecimalField(
        max_digits=12,
        decimal_places=1,
        help_text="Ellipsoidal area of geom, computed in geography.",
    )

    objects = PlaceQuerySet.as_manager()

    class Meta:
        ordering = ["ubigeo"]
        constraints = [
            models.UniqueConstraint(
                fields=["generation", "ubigeo"], name="one_place_per_generation"
            ),
            models.CheckConstraint(
                condition=Q(ubigeo__regex=r"^(\d{2}){1,3}$"), name="place_ubigeo_digits"
            ),
            models.CheckConstraint(
                condition=Q(area_ha__gt=0), name="place_area_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.ubigeo})"
