"""The numbers of zone sets: which zones cover a point together."""

from collections.abc import Sequence

from territory.models import ZoneSet


def zone_set_numbers(sets: Sequence[tuple[int, ...]]) -> list[int]:
    """Return the number of each set of zones, made when it is new.

    Zone numbers rise within a set. Two transactions may need the same new set: the
    second waits for the first.
    """
    numbers = _known(sets)
    # Only what is new: an insert that conflicts still uses up a number.
    new = [ZoneSet(zone_ids=list(one)) for one in sets if one not in numbers]
    if new:
        ZoneSet.objects.bulk_create(new, ignore_conflicts=True)
        numbers = _known(sets)
    return [numbers[zone_ids] for zone_ids in sets]


def _known(sets: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], int]:
    rows = ZoneSet.objects.filter(zone_ids__in=[list(one) for one in sets])
    return {tuple(row.zone_ids): row.pk for row in rows}
