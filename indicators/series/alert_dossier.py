"""All that the public reads of one cluster of alerts: no person, no plot."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.gis.db.models.functions import AsSVG
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, FloatField, Func, OuterRef, Q, Subquery

from indicators.charts.places import Box, Outline
from indicators.models import AskedTask
from indicators.series.alerts import (
    LevelTotal,
    SourceFacts,
    source_facts,
)
from indicators.series.records import Lang
from indicators.series.snapshot import one_snapshot
from territory.models import (
    AlertCluster,
    AlertDay,
    ClusterPart,
    Place,
    Verification,
    Zone,
)

# About 300 m: a district is drawn some 300 pixels wide.
_DISTRICT_DEGREES = 0.003


@dataclass(frozen=True, kw_only=True)
class PlaceShare:
    """How much of a cluster lies in a district or zone."""

    name: str
    kind: str
    alerts: int
    area_ha: Decimal
    is_synthetic: bool = False


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A verification as everybody may read it."""

    cluster: int
    order: int
    state: str
    visited_on: dt.date
    recorded_at: dt.datetime
    role: str
    institution: str
    is_correction: bool
    alerts_then: int


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """One cluster; `history` newest first, with that of clusters merged into it.

    `is_withdrawn`: the source took all its alerts back. Without any zone loaded
    `zones_known` is False, which is not the same as lying in none.
    """

    number: int
    source: SourceFacts
    first_date: dt.date
    last_date: dt.date
    alerts: int
    area_ha: Decimal
    confidence: int
    longitude: float
    latitude: float
    bounds: Box
    footprint_path: str
    levels: tuple[LevelTotal, ...]
    districts: tuple[PlaceShare, ...]
    ubigeos: tuple[str, ...]
    zones: tuple[PlaceShare, ...]
    zones_known: bool
    zones_pending: bool
    history: tuple[Entry, ...]
    absorbed: tuple[int, ...]
    map_outlines: tuple[Outline, ...]
    map_bounds: Box | None
    is_withdrawn: bool
    updated_at: dt.datetime

    @property
    def state(self) -> str:
        """Return what the newest verification of this very number says."""
        return next(
            (e.state for e in self.history if e.cluster == self.number), "unverified"
        )

    @property
    def grew_since(self) -> int:
        """Return how many alerts it has more than when it was last verified."""
        last = next((e for e in self.history if e.cluster == self.number), None)
        return max(0, self.alerts - last.alerts_then) if last else 0


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A number that leads to another cluster."""

    survivor: int


def dossier(number: int, *, lang: Lang) -> Dossier | Merged | None:
    """Return a cluster, where it leads to, or None for no such number.

    Six queries that all see the same moment: its parts always add up to it.
    """
    with one_snapshot():
        row = _cluster(number)
        if row is None:
            return None
        if row.merged_into_id is not None:
            return Merged(survivor=row.merged_into_id)
        return _whole(row, lang)


def _cluster(number: int) -> Any:
    absorbed = (
        AlertCluster.objects.filter(merged_into=OuterRef("pk"))
        .order_by("pk")
        .values("pk")
    )
    newest = AlertDay.objects.filter(source=OuterRef("source")).order_by("-day")
    # Until the clusters follow, a dossier cannot say in which new zones it lies.
    renewals = AskedTask.objects.filter(
        task="indicators.tasks.renew_alert_clusters",
        done_at=None,
        gave_up_at=None,
    )
    return (
        AlertCluster.objects.filter(pk=number)
        .defer("members", "assigned")
        .annotate(
            path=AsSVG("footprint", relative=True, precision=5),
            absorbed=ArraySubquery(absorbed),
            last_alert=Subquery(newest.values("day")[:1]),
            zones_pending=Exists(renewals),
        )
        .first()
    )


def _whole(row: Any, lang: Lang) -> Dossier:
    parts = list(
        ClusterPart.objects.filter(cluster=row.number)
        .select_related("zone_set")
        .values_list(
            "district_id", "zone_set__zone_ids", "confidence", "alerts", "area_ha"
        )
    )
    outlines, names, ubigeos, bounds = _districts({part[0] for part in parts})
    held = {zone_id for part in parts for zone_id in part[1]}
    zones = list(Zone.objects.filter(Q(valid_to=None) | Q(pk__in=held)).defer("geom"))
    return Dossier(
        number=row.number,
        source=source_facts(row.source, lang, row.last_alert),
        first_date=row.first_date,
        last_date=row.last_date,
        alerts=row.alerts,
        area_ha=row.area_ha,
        confidence=row.confidence,
        longitude=row.centroid.x,
        latitude=row.centroid.y,
        bounds=row.footprint.extent,
        footprint_path=row.path,
        levels=_levels(parts),
        districts=_shares(parts, names),
        ubigeos=ubigeos,
        zones=_zone_shares(parts, zones),
        zones_known=any(zone.valid_to is None for zone in zones),
        zones_pending=row.zones_pending,
        history=_history(row.number),
        absorbed=tuple(row.absorbed),
        map_outlines=outlines,
        map_bounds=bounds,
        is_withdrawn=not row.alerts,
        updated_at=row.updated_at,
    )


def _districts(
    marked: set[int],
) -> tuple[tuple[Outline, ...], dict[int, str], tuple[str, ...], Box | None]:
    corners = {
        name: Func("geom", function=f"ST_{name}", output_field=FloatField())
        for name in ("XMin", "YMin", "XMax", "YMax")
    }
    simple = Func(
        "geom",
        _DISTRICT_DEGREES,
        function="ST_Simplify",
        output_field=Place._meta.get_field("geom").clone(),
    )
    places: list[Any] = list(
        Place.objects.districts()
        .filter(Q(generation__is_current=True) | Q(pk__in=marked))
        .defer("geom")
        .annotate(path=AsSVG(simple, relative=True, precision=4), **corners)
    )
    if not places:
        return (), {}, (), None
    outlines = tuple(
        Outline(path=place.path, is_marked=place.pk in marked) for place in places
    )
    bounds = (
        min(place.XMin for place in places),
        min(place.YMin for place in places),
        max(place.XMax for place in places),
        max(place.YMax for place in places),
    )
    names = {place.pk: place.name for place in places}
    ubigeos = tuple(place.ubigeo for place in places if place.pk in marked)
    return outlines, names, ubigeos, bounds


def _levels(parts: Sequence[Any]) -> tuple[LevelTotal, ...]:
    found = sorted({confidence for _, _, confidence, _, _ in parts}, reverse=True)
    return tuple(
        LevelTotal(
            confidence=level,
            alerts=sum(p[3] for p in parts if p[2] == level),
            area_ha=sum((p[4] for p in parts if p[2] == level), Decimal(0)),
        )
        for level in found
    )


def _shares(parts: Sequence[Any], names: dict[int, str]) -> tuple[PlaceShare, ...]:
    shares = (
        PlaceShare(
            name=name,
            kind="",
            alerts=sum(p[3] for p in parts if p[0] == pk),
            area_ha=sum((p[4] for p in parts if p[0] == pk), Decimal(0)),
        )
        for pk, name in names.items()
        if any(p[0] == pk for p in parts)
    )
    return tuple(sorted(shares, key=lambda one: -one.area_ha))


def _zone_shares(parts: Sequence[Any], zones: Sequence[Zone]) -> tuple[PlaceShare, ...]:
    """Zones overlap: an alert in two of them counts in both, so never add these.

    An alert assigned to an outline that was corrected since lies in the zone still.
    """
    outlines: dict[tuple[str, str, str], set[int]] = {}
    for zone in zones:
        outlines.setdefault((zone.source, zone.kind, zone.code), set()).add(zone.pk)
    shares = []
    for zone in (zone for zone in zones if zone.valid_to is None):
        own = outlines[zone.source, zone.kind, zone.code]
        inside = [part for part in parts if own.intersection(part[1])]
        if inside:
            shares.append(
                PlaceShare(
                    name=zone.name,
                    kind=zone.get_kind_display(),
                    alerts=sum(part[3] for part in inside),
                    area_ha=sum((part[4] for part in inside), Decimal(0)),
                    is_synthetic=zone.is_synthetic,
                )
            )
    return tuple(shares)


def _history(number: int) -> tuple[Entry, ...]:
    rows = Verification.objects.filter(
        Q(cluster=number) | Q(cluster__merged_into=number)
    ).order_by("-recorded_at", "-order")
    return tuple(
        Entry(
            cluster=row.cluster_id,
            order=row.order,
            state=row.state,
            visited_on=row.visited_on,
            recorded_at=row.recorded_at,
            role=row.role,
            institution=row.institution,
            is_correction=row.order > 1,
            alerts_then=row.alerts_then,
        )
        for row in rows
    )
