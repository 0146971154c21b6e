"""Which years are closed, held still for as long as a transaction needs them."""

from collections.abc import Iterable

from django.db import connection

from indicators.models import DataVersion, YearLock
from indicators.models.values import YEAR_LOCKS


def hold_years(years: Iterable[int]) -> frozenset[int]:
    """Return which of the years are closed.

    Nobody closes any of them until the transaction ends. Call it before the first
    write: whoever closes a year waits for nothing that writers wait for.
    """
    wanted = sorted(set(years))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(%s, held.year)"
            " FROM unnest(%s::integer[]) AS held (year)",
            [YEAR_LOCKS, wanted],
        )
    standing = YearLock.objects.standing().filter(year__in=wanted)
    return frozenset(standing.values_list("year", flat=True))


def seize_year(year: int) -> bool:
    """Return whether nobody is publishing in the year, and nobody will before the end.

    Never waits for a writer that could be waiting for this transaction: the row that
    every write of public data changes is taken first, the year only if it is free.
    """
    list(DataVersion.objects.select_for_update().filter(pk=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [YEAR_LOCKS, year])
        return bool(cursor.fetchone()[0])
