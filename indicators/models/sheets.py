"""Statistics that come as files: what was uploaded, and how it is read."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from indicators.models.plan import Indicator


class SheetMapping(models.Model):
    """How the statistic of an indicator was read last; next year begins with it."""

    indicator = models.OneToOneField(
        Indicator, on_delete=models.CASCADE, related_name="sheet_mapping"
    )
    rule = models.JSONField(help_text="See indicators/sheets/rules.py.")
    file_name = models.CharField(max_length=200)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    saved_at = models.DateTimeField()

    class Meta:
        ordering = ["indicator"]

    def __str__(self) -> str:
        return str(self.indicator)


class SheetUpload(models.Model):
    """A file that somebody is turning into values, kept here between the steps.

    It is forgotten when it expires, imported or not: an imported file stays as the
    evidence of the values that came from it. `content` is cleaned as evidence is,
    `sha256` is of the bytes that were sent.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="sheet_uploads"
    )
    indicator = models.ForeignKey(
        Indicator, on_delete=models.PROTECT, related_name="sheet_uploads"
    )
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    rule = models.JSONField(null=True, blank=True)
    lock_version = models.PositiveIntegerField(
        default=1, help_text="Rises with each choice; a stale preview gets a 409."
    )
    uploaded_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    imported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(imported_at=None) | Q(rule__isnull=False),
                name="sheet_imported_by_a_rule",
            ),
            models.CheckConstraint(
                condition=Q(size_bytes__gt=0), name="sheet_is_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("uploaded_at")), name="sheet_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
