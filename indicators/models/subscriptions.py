"""Notices by e-mail without an account, and each mail that is due."""

import uuid

from django.contrib.gis.db import models
from django.db.models import Q

from indicators.models.mails import WaitingMail
from territory.models import Place, Zone


class Subscription(models.Model):
    """One address that wants to hear of alerts in one area.

    The address lies sealed under the site's secret key and is shown nowhere; its
    keyed hash tells two of the same apart from strangers. The row is deleted on stop.
    """

    class Cadence(models.TextChoices):
        """How often."""

        WEEKLY = "weekly", "Cada semana"
        MONTHLY = "monthly", "Cada mes"
        RISE = "rise", "Solo si hay un alza inusual"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sealed_address = models.TextField()
    address_hash = models.CharField(max_length=64, db_index=True)
    district = models.ForeignKey(
        Place, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    zone = models.ForeignKey(
        Zone, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    geom = models.PolygonField(srid=4326, null=True, blank=True, spatial_index=False)
    cadence = models.CharField(max_length=8, choices=Cadence)
    least_area_ha = models.DecimalField(max_digits=8, decimal_places=2)
    language = models.CharField(max_length=2, choices=[("es", "es"), ("en", "en")])
    created_at = models.DateTimeField()
    confirm_hash = models.CharField(max_length=64, blank=True)
    confirm_until = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(district__isnull=False, zone=None, geom=None)
                | Q(district=None, zone__isnull=False, geom=None)
                | Q(district=None, zone=None, geom__isnull=False),
                name="subscription_has_one_area",
            ),
            models.CheckConstraint(
                condition=Q(least_area_ha__gte=0), name="subscription_least_area"
            ),
            models.CheckConstraint(
                condition=Q(confirm_hash="") | Q(confirm_until__isnull=False),
                name="subscription_token_expires",
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class SubscriptionMail(WaitingMail):
    """One mail of one subscription and period: at most one is ever sent."""

    class Kind(models.TextChoices):
        """What the mail is."""

        CONFIRM = "confirm", "Confirmación"
        PERIOD = "period", "Resumen del periodo"
        RISE = "rise", "Alza inusual"
        ENDED = "ended", "La zona terminó"

    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, related_name="mails"
    )
    kind = models.CharField(max_length=8, choices=Kind)
    period_start = models.DateField(
        help_text="The day asked, for a confirmation; the zone's end, when it ended."
    )
    period_end = models.DateField(help_text="First day after the period.")

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "kind", "period_start"],
                name="one_mail_a_subscription_and_period",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gt=models.F("period_start")),
                name="mail_period_in_order",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", done_at=None)
                | ~Q(state="waiting") & Q(done_at__isnull=False),
                name="mail_done_has_date",
            ),
        ]
        indexes = [
            # The sender's only question.
            models.Index(
                fields=["due_at"], condition=Q(state="waiting"), name="mail_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.period_start} {self.state}"
