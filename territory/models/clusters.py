"""Groups of alerts that lie together, and what people saw where they lie."""

import pgtrigger
from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

_CONFIDENCES = [(2, "Nominal"), (3, "Alta"), (4, "Muy alta")]


class ClusterQuerySet(models.QuerySet["AlertCluster"]):
    """Clusters, read as adjectives."""

    def standing(self) -> "ClusterQuerySet":
        """Leave out those merged into another and those the source took back."""
        return self.filter(alerts__gt=0)


class AlertCluster(models.Model):
    """Alerts of one source that single linkage joins (territory/linkage.py).

    Written by territory/clusters.py only. The number is public and for good: a
    cluster keeps it while it grows or shrinks, one that was merged leads to the
    survivor, one whose alerts the source took back stays with 0 alerts.
    """

    number = models.BigAutoField(primary_key=True)
    source = models.SmallIntegerField()
    first_date = models.DateField()
    last_date = models.DateField()
    alerts = models.PositiveIntegerField(
        help_text="0 after a merger or once the source took all of them back."
    )
    confidence = models.SmallIntegerField(
        choices=_CONFIDENCES, help_text="The surest of its alerts."
    )
    area_ha = models.DecimalField(
        max_digits=14,
        decimal_places=6,
        help_text="Sum of the alerts' pixels, as the totals count them.",
    )
    centroid = models.PointField(srid=4326, help_text="Mean of the alerts.")
    footprint = models.MultiPolygonField(
        srid=4326, help_text="The pixels' squares, joined; drawn with fewer corners."
    )
    members = models.BinaryField(
        help_text="Words of territory/alert_words.py, sorted, 8 bytes each, little end."
    )
    assigned = models.BinaryField(
        help_text="District and zone set of each member, 8 bytes each, little end."
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    updated_at = models.DateTimeField(db_default=Now())

    objects = ClusterQuerySet.as_manager()

    class Meta:
        ordering = ["-last_date", "-number"]
        # The list of clusters, newest first, and the neighbours of a new load.
        indexes = [
            models.Index(
                fields=["source", "-last_date", "-number"],
                name="cluster_newest",
                condition=Q(alerts__gt=0),
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(confidence__gte=2, confidence__lte=4),
                name="cluster_confidence_known",
            ),
            models.CheckConstraint(
                condition=Q(last_date__gte=F("first_date")), name="cluster_dates_order"
            ),
            models.CheckConstraint(
                condition=Q(alerts__gt=0, area_ha__gt=0) | Q(alerts=0, area_ha=0),
                name="cluster_area_with_alerts",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True)
                | (Q(alerts=0) & ~Q(merged_into=F("number"))),
                name="cluster_merged_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class ClusterPart(models.Model):
    """How much of a cluster lies in a district and zone set, with which confidence."""

    pk = models.CompositePrimaryKey("cluster", "district", "zone_set", "confidence")
    cluster = models.ForeignKey(
        AlertCluster, on_delete=models.CASCADE, related_name="parts", db_index=False
    )
    district = models.ForeignKey(
        "territory.Place", on_delete=models.PROTECT, related_name="cluster_parts"
    )
    zone_set = models.ForeignKey(
        "territory.ZoneSet", on_delete=models.PROTECT, related_name="cluster_parts"
    )
    confidence = models.SmallIntegerField(choices=_CONFIDENCES)
    alerts = models.PositiveIntegerField()
    area_ha = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(alerts__gt=0, area_ha__gt=0), name="cluster_part_not_empty"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cluster_id} {self.district_id}: {self.alerts}"


class Verification(models.Model):
    """What somebody found where a cluster lies. Added to, never changed.

    The newest entry of a cluster says its state. Who wrote it is known to the
    administration alone: public pages show role and kind of institution.
    """

    class State(models.TextChoices):
        """What the ground showed."""

        UNVERIFIED = "unverified", "Sin verificar"
        CONFIRMED = "confirmed", "Confirmada en campo"
        FALSE = "false", "Falsa alarma"
        NATURAL = "natural", "Causa natural"
        AUTHORISED = "authorised", "Cambio autorizado"

    class Role(models.TextChoices):
        """In which role somebody verified; the codes are those of the roles."""

        SUPERVISOR = "supervisor", "Supervisión ciudadana"
        OFFICER = "officer", "Responsable de la entidad"

    class Institution(models.TextChoices):
        """What kind of institution sent them; never which one."""

        CIVIL = "civil", "Organización de la sociedad civil"
        COMMUNITY = "community", "Comunidad o comité de vigilancia"
        MUNICIPAL = "municipal", "Municipalidad"
        REGIONAL = "regional", "Gobierno regional"
        NATIONAL = "national", "Entidad nacional"

    cluster = models.ForeignKey(
        AlertCluster, on_delete=models.PROTECT, related_name="verifications"
    )
    order = models.PositiveSmallIntegerField(help_text="1, 2, 3 … in a cluster.")
    state = models.CharField(max_length=10, choices=State)
    visited_on = models.DateField()
    evidence = models.TextField(help_text="What was seen. Not public.")
    reason = models.TextField(
        blank=True, help_text="Why an earlier entry is corrected. Not public."
    )
    role = models.CharField(max_length=10, choices=Role)
    institution = models.CharField(max_length=10, choices=Institution)
    file = models.CharField(
        max_length=80, blank=True, help_text="Below MEDIA_ROOT; cleaned. Not public."
    )
    alerts_then = models.PositiveIntegerField(help_text="Alerts it had when written.")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["cluster", "-order"]
        default_permissions = ()
        permissions = [("verify_cluster", "Puede verificar grupos de alertas")]
        constraints = [
            models.UniqueConstraint(
                fields=["cluster", "order"], name="one_verification_an_order"
            ),
            models.CheckConstraint(
                condition=Q(order__gt=0), name="verification_order_from_one"
            ),
            models.CheckConstraint(
                condition=~Q(evidence=""), name="verification_with_evidence"
            ),
            models.CheckConstraint(
                condition=Q(order=1) | ~Q(reason=""),
                name="verification_corrected_with_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="verification_is_kept",
                operation=pgtrigger.Update | pgtrigger.Delete,
            )
        ]

    def __str__(self) -> str:
        return f"{self.cluster_id}/{self.order} {self.state}"
