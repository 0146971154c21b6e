"""The only writer of zones: outlines replaced as a whole, alerts assigned anew."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.contrib.gis.geos import GEOSException, MultiPolygon, Polygon
from django.contrib.gis.geos.collections import GeometryCollection
from django.db import transaction

from territory import alert_words as aw
from territory import pixels
from territory.alert_sources import Source
from territory.alert_totals import add_to_totals
from territory.alerts import lock_zones, read_pieces, write_zone_sets
from territory.models import Zone
from territory.outlines import OutlineError, ellipsoidal_area_ha
from territory.zone_sets import ZoneCover

# A repair may not change the area by more than this share: it would be a guess.
MOST_REPAIRED_SHARE = 0.001
# Five times the country (128 million hectares): a slip in the coordinates.
LARGEST_AREA_HA = 640_000_000
_LONGEST_CODE = 60
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, eq=False)
class ZoneOutline:
    """One zone as a source gives it; `valid_from` is None where it does not say."""

    kind: Zone.Kind
    code: str
    name: str
    geom: MultiPolygon
    valid_from: date | None = None


@dataclass(frozen=True, slots=True)
class ZonesWritten:
    """What a set of zones changed; `ended` are names.

    `reassigned` are stored alerts that lie in another set of zones now.
    """

    added: int = 0
    changed: int = 0
    ended: tuple[str, ...] = ()
    same: int = 0
    reassigned: int = 0


def checked_outline(outline: ZoneOutline) -> tuple[ZoneOutline, bool]:
    """Return the outline as it can be stored, and whether it had to be repaired.

    Sources publish rings that touch themselves; those are mended when the area stays.

    Raises:
        OutlineError: without code or name, too long, not valid and not to be mended,
            or without any area; with the zone's name.
    """
    said = outline.name or outline.code
    if not outline.code.strip() or not outline.name.strip():
        raise OutlineError(
            f"{said or 'una zona'}: le falta el código o el nombre",
            f"{said or 'a zone'}: it lacks its code or its name",
        )
    if _is_unwritable(outline.code) or _is_unwritable(outline.name):
        raise OutlineError(
            f"{said!a}: el código o el nombre tiene signos que no se pueden guardar",
            f"{said!a}: its code or its name has signs that cannot be kept",
        )
    if len(outline.code) > _LONGEST_CODE or len(outline.name) > _LONGEST_NAME:
        raise OutlineError(
            f"{said[:60]}: el código o el nombre es demasiado largo",
            f"{said[:60]}: its code or its name is too long",
        )
    if outline.geom.valid:
        return outline, False
    reason = outline.geom.valid_reason
    try:
        mended = _polygons_of(outline.geom.make_valid())
    except GEOSException:
        mended = MultiPolygon(srid=4326)
    was = outline.geom.area
    if not mended or abs(mended.area - was) > MOST_REPAIRED_SHARE * mended.area:
        raise OutlineError(
            f"{said}: el polígono no es válido ({reason})",
            f"{said}: the polygon is not valid ({reason})",
        )
    return (
        ZoneOutline(
            outline.kind, outline.code, outline.name, mended, outline.valid_from
        ),
        True,
    )


def _is_unwritable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)


def _polygons_of(geom: object) -> MultiPolygon:
    """Return the polygons of a repaired geometry; lines it fell into are dropped."""
    if isinstance(geom, Polygon):
        return MultiPolygon(geom, srid=4326)
    if isinstance(geom, MultiPolygon):
        return geom
    parts = geom if isinstance(geom, GeometryCollection) else ()
    polygons = [polygon for part in parts for polygon in _polygons_of(part)]
    return MultiPolygon(polygons, srid=4326)


def write_zones(
    *,
    source: str,
    load_id: int,
    zones: Sequence[ZoneOutline],
    kinds: Collection[Zone.Kind],
    today: date,
    alert_sources: Iterable[Source],
    is_synthetic: bool = False,
) -> ZonesWritten:
    """Return what changed after a source's zones of some kinds became these.

    All or nothing, in one transaction that no writer of alerts overlaps: zones the
    source no longer has end today, every stored alert is assigned anew, and the
    totals follow. `zones` were checked by `checked_outline`.

    Raises:
        OutlineError: a code twice, or a zone without a plausible area.
        ValueError: alerts of a source that `alert_sources` does not name.
    """
    given = {(zone.kind, zone.code): zone for zone in zones}
    if len(given) != len(zones):
        raise OutlineError(
            "un código está dos veces en el mismo tipo de zona",
            "a code stands twice in the same kind of zone",
        )
    with transaction.atomic():
        lock_zones()
        known = {
            (Zone.Kind(row.kind), row.code): row
            for row in Zone.objects.current().filter(source=source, kind__in=kinds)
        }
        same = {
            key
            for key, zone in given.items()
            if key in known
            and is_same(known[key], zone)
            and known[key].is_synthetic == is_synthetic
        }
        gone = [row for key, row in known.items() if key not in same]
        Zone.objects.filter(pk__in=[row.pk for row in gone]).update(
            valid_to=today, gone_load_id=load_id
        )
        for key, zone in given.items():
            if key not in same:
                _add(zone, source, load_id, is_synthetic=is_synthetic)
        changed = len(given.keys() & known.keys()) - len(same)
        reassigned = 0
        if len(same) < max(len(given), len(known)):
            reassigned = reassign_alerts(alert_sources)
        return ZonesWritten(
            added=len(given) - len(same) - changed,
            changed=changed,
            ended=tuple(row.name for row in gone if _key(row) not in given),
            same=len(same),
            reassigned=reassigned,
        )


def reassign_alerts(alert_sources: Iterable[Source]) -> int:
    """Return how many stored alerts changed their set of zones, totals included.

    Memory is bounded by a piece of rows. Call it in a transaction that called
    `lock_zones`.

    Raises:
        ValueError: alerts of a source that is not named; nothing may be kept.
    """
    cover = ZoneCover.current()
    sources = {source.number: source for source in alert_sources}
    moved = 0
    for number, alerts, is_gone in read_pieces():
        if number not in sources:
            raise ValueError(f"alerts of an unknown source: {number}")
        codes = aw.pixels_of(alerts.words)
        zone_sets = cover.zone_sets(*pixels.decode(codes), codes)
        moves = zone_sets != alerts.zone_set_ids
        if not moves.any():
            continue
        before = alerts.where(moves)
        after = aw.Alerts(
            before.words, aw.assigned(before.district_ids, zone_sets[moves])
        )
        write_zone_sets(sources[number], after)
        counted = np.flatnonzero(~is_gone[moves])
        add_to_totals(
            sources[number], came=after.where(counted), went=before.where(counted)
        )
        moved += len(after)
    return moved


def _key(row: Zone) -> tuple[Zone.Kind, str]:
    return Zone.Kind(row.kind), row.code


def is_same(row: Zone, zone: ZoneOutline) -> bool:
    """Return whether an outline says of a stored zone what is known already."""
    return (row.name, row.valid_from) == (
        zone.name,
        zone.valid_from,
    ) and row.geom.equals_exact(zone.geom)


def _add(zone: ZoneOutline, source: str, load_id: int, *, is_synthetic: bool) -> None:
    area_ha = ellipsoidal_area_ha(zone.geom)
    if not 0 < area_ha < LARGEST_AREA_HA:
        raise OutlineError(
            f"{zone.name}: su área no puede ser {area_ha:,} ha",
            f"{zone.name}: its area cannot be {area_ha:,} ha",
        )
    Zone.objects.create(
        kind=zone.kind,
        code=zone.code,
        name=zone.name,
        geom=zone.geom,
        area_ha=area_ha,
        source=source,
        valid_from=zone.valid_from,
        first_load_id=load_id,
        is_synthetic=is_synthetic,
    )
