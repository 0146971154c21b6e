"""What stands behind a yearly value: files and links, frozen with it."""

from collections.abc import Iterable
from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject

from indicators.models.values import YearlyValue
from indicators.models.versioning import BUMP_DATA_VERSION

# Whoever reviews must see what everybody will see: evidence changes only while its
# value may be changed. Locked, so that sending to review cannot come in between.
# Direct SQL counts as well; made-up values of the demo are no record.
KEEP_EVIDENCE = pgtrigger.Trigger(
    name="keep_evidence",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    declare=[("owner_id", "bigint"), ("owner", "record")],
    func=(
        "FOREACH owner_id IN ARRAY CASE TG_OP"
        " WHEN 'INSERT' THEN ARRAY[NEW.value_id]"
        " WHEN 'DELETE' THEN ARRAY[OLD.value_id]"
        " ELSE ARRAY[OLD.value_id, NEW.value_id] END LOOP"
        " SELECT state, is_synthetic INTO owner FROM indicators_yearlyvalue"
        " WHERE id = owner_id FOR SHARE;"
        " IF owner.state NOT IN ('draft', 'returned') AND NOT owner.is_synthetic THEN"
        " RAISE EXCEPTION 'pgtrigger: evidence of a value that was sent is frozen';"
        " END IF; END LOOP;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW;"
    ),
)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    """Evidence of values."""

    def copy_to_corrections(self, corrections: Iterable[YearlyValue]) -> int:
        """Return how many rows were copied to new drafts from what they correct.

        Files are shared: nothing is written to the disk. Two queries.
        """
        drafts = {row.supersedes_id: row for row in corrections if row.supersedes_id}
        copies = list(self.filter(value__in=drafts).order_by("pk"))
        for copy in copies:
            copy.pk = None
            copy.value = drafts[copy.value_id]
        return len(self.bulk_create(copies))


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class Evidence(models.Model):
    """A file or a link behind one version of a value.

    sha256 is of the file as it is kept and handed out, original_sha256 of the bytes
    that were sent, before their metadata were taken off. Both and the path are empty
    for a link.
    """

    class Kind(models.TextChoices):
        """What it is; decides the evidence level."""

        OFFICIAL_STATISTIC = "official_statistic", "Estadística oficial"
        DOCUMENT = "document", "Documento"
        DATA_SET = "data_set", "Conjunto de datos"
        THIRD_PARTY = "third_party", "Informe de un tercero"
        PHOTO = "photo", "Foto"
        STATEMENT = "statement", "Declaración"

    value = models.ForeignKey(
        YearlyValue, on_delete=models.CASCADE, related_name="evidence"
    )
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind)
    is_public = models.BooleanField(
        help_text="Otherwise the public reads its title and nothing else."
    )
    url = models.URLField(max_length=500, blank=True)
    path = models.CharField(max_length=120, blank=True, help_text="Below MEDIA_ROOT.")
    size_bytes = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    original_sha256 = models.CharField(max_length=64, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="evidence"
    )
    added_at = models.DateTimeField()

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["value", "pk"]
        triggers = [BUMP_DATA_VERSION, KEEP_EVIDENCE]
        constraints = [
            models.CheckConstraint(
                condition=~Q(url="")
                & Q(path="", sha256="", original_sha256="", size_bytes=None)
                | Q(url="", size_bytes__gt=0)
                & ~Q(path="")
                & ~Q(sha256="")
                & ~Q(original_sha256=""),
                name="evidence_file_or_link",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="evidence_has_title"),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        *("official_statistic", "document", "data_set"),
                        *("third_party", "photo", "statement"),
                    ]
                ),
                name="evidence_kind_known",
            ),
            models.UniqueConstraint(
                fields=["value", "original_sha256"],
                condition=~Q(original_sha256=""),
                name="one_evidence_per_file",
            ),
            models.UniqueConstraint(
                fields=["value", "url"],
                condition=~Q(url=""),
                name="one_evidence_per_link",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value}: {self.title}"


def evidence_list(value: OuterRef) -> ArraySubquery:
    """Return an expression: the evidence of each value of a queryset, oldest first.

    Each a dict of id, title, kind, is_public, url, path, size_bytes and sha256.
    """
    names = (
        *("id", "title", "kind", "is_public", "url"),
        *("path", "size_bytes", "sha256"),
    )
    fields: dict[str, Any] = {name: F(name) for name in names}
    rows = Evidence.objects.filter(value=value).order_by("pk")
    return ArraySubquery(rows.values(json=JSONObject(**fields)))
