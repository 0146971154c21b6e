"""One number that rises with every published change, kept by database triggers."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class DataVersion(models.Model):
    """One row whose number rises with every change of what pages show.

    Cache keys carry it, so a page is never older than the data. A row and not a
    sequence: it must become visible in the same instant as the change.
    """

    number = models.PositiveBigIntegerField(default=1)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="data_version_single_row")
        ]

    def __str__(self) -> str:
        return str(self.number)


# Statement level: a bulk change costs one update, direct SQL counts as well.
BUMP_DATA_VERSION = pgtrigger.Trigger(
    name="bump_data_version",
    level=pgtrigger.Statement,
    when=pgtrigger.After,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func=(
        "INSERT INTO indicators_dataversion AS v (id, number, changed_at)"
        " VALUES (1, 2, clock_timestamp()) ON CONFLICT (id) DO UPDATE"
        " SET number = v.number + 1, changed_at = clock_timestamp();"
        " RETURN NULL;"
    ),
)


def current_data_version() -> int:
    """Return the number of the data that pages show now; one small query."""
    number = DataVersion.objects.values_list("number", flat=True).first()
    return 1 if number is None else number


def raise_data_version() -> None:
    """Count a change of rows that carry no trigger: places and many-to-many links."""
    rows = DataVersion.objects.filter(pk=1)
    if not rows.update(number=models.F("number") + 1, changed_at=Now()):
        DataVersion.objects.create(pk=1, number=2)
