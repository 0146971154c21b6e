"""Protected areas, concessions and the like, and the sets that cover a point."""

from collections.abc import Iterable

from django.contrib.gis.db import models
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class ZoneQuerySet(models.QuerySet["Zone"]):
    """Zones, read as adjectives."""

    def current(self) -> "ZoneQuerySet":
        return self.filter(valid_to=None)

    def versions_of(self, zone_id: int) -> "ZoneQuerySet":
        """Every outline of the zone that has this number, ended ones included."""
        one = self.model.objects.filter(pk=zone_id)
        return self.filter(
            source__in=one.values("source"),
            kind__in=one.values("kind"),
            code__in=one.values("code"),
        )

    def of_kind(self, *kinds: "Zone.Kind") -> "ZoneQuerySet":
        return self.filter(kind__in=kinds)


class Zone(models.Model):
    """A protected area, concession or the like: one outline of it, as published.

    Never changed in place: a new outline is a new row and ends the old one, so that
    what an alert was assigned to can still be read. Zones overlap each other. Written
    by territory/zones.py only; load numbers are plain: this app knows no loads.
    """

    class Kind(models.TextChoices):
        """What the zone is in law or in the plan."""

        NATIONAL_AREA = "national_area", _("Área natural protegida nacional")
        RESERVED_ZONE = "reserved_zone", _("Zona reservada")
        REGIONAL_AREA = "regional_area", _("Área de conservación regional")
        PRIVATE_AREA = "private_area", _("Área de conservación privada")
        BUFFER_ZONE = "buffer_zone", _("Zona de amortiguamiento")
        PRODUCTION_FOREST = (
            "production_forest",
            _("Bosque de producción permanente"),
        )
        LOCAL_FOREST = "local_forest", _("Bosque local")
        CONCESSION = "concession", _("Concesión forestal")
        COMMUNITY = "community", _("Comunidad nativa o campesina")
        FRAGILE_ECOSYSTEM = "fragile_ecosystem", _("Ecosistema frágil")
        HIGH_CONSERVATION = "high_conservation", _("Alto valor de conservación")
        HIGH_CARBON = "high_carbon", _("Altas reservas de carbono")

    kind = models.CharField(max_length=20, choices=Kind)
    code = models.CharField(
        max_length=60, help_text="The publisher's own; unique in source and kind."
    )
    name = models.CharField(max_length=200)
    geom = models.MultiPolygonField(srid=4326)
    area_ha = models.DecimalField(
        max_digits=14,
        decimal_places=1,
        help_text="Ellipsoidal area of geom, computed in geography.",
    )
    source = models.SlugField(max_length=60, help_text="Code of the data's source.")
    valid_from = models.DateField(
        null=True, blank=True, help_text="As the source says; empty: it does not."
    )
    valid_to = models.DateField(
        null=True, blank=True, help_text="First day without it; empty: in force."
    )
    first_load_id = models.IntegerField()
    gone_load_id = models.IntegerField(
        null=True, blank=True, help_text="Load that replaced or no longer had it."
    )
    is_synthetic = models.BooleanField(default=False)

    objects = ZoneQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "kind", "code"],
                condition=Q(valid_to=None),
                name="one_current_zone_per_code",
            ),
            models.CheckConstraint(
                condition=Q(area_ha__gt=0), name="zone_area_positive"
            ),
            models.CheckConstraint(
                condition=~Q(code="") & ~Q(name="") & ~Q(source=""),
                name="zone_is_named",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None)
                | Q(valid_from=None)
                | Q(valid_to__gte=F("valid_from")),
                name="zone_ends_after_start",
            ),
            # What ended says which load ended it, and nothing else does.
            models.CheckConstraint(
                condition=Q(valid_to=None, gone_load_id=None)
                | Q(valid_to__isnull=False, gone_load_id__isnull=False),
                name="zone_end_has_load",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"


class ZoneSetQuerySet(models.QuerySet["ZoneSet"]):
    """Zone sets, read as adjectives."""

    def holding(self, zone_ids: Iterable[int]) -> "ZoneSetQuerySet":
        """Sets that hold any of the zones."""
        return self.filter(zone_ids__overlap=list(zone_ids))

    def holding_versions_of(self, zone_id: int) -> "ZoneSetQuerySet":
        """Sets that hold any outline of a zone.

        What was assigned to an outline before it was corrected keeps its set until it
        is assigned anew.
        """
        versions = Zone.objects.versions_of(zone_id).order_by().values("pk")
        return self.filter(zone_ids__overlap=ArraySubquery(versions))


class ZoneSet(models.Model):
    """Zones that cover one point together; the empty one covers points in no zone.

    Every alert has exactly one, so sums over sets count each alert once, and an
    alert in a protected area and a concession is in both. Whether a kind of zone was
    ever loaded is not said here: in no zone may mean that none is known.
    """

    id = models.AutoField(primary_key=True)
    zone_ids = ArrayField(
        models.BigIntegerField(),
        unique=True,
        help_text="Numbers of zones, rising; zones are never deleted.",
    )

    objects = ZoneSetQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.pk}: {self.zone_ids}"
