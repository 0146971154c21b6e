"""The overlay of zones beside an indicator: computed after loads, stored for pages."""

from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from indicators.models import (
    AnnualLoss,
    Load,
    Source,
    ZoneOverlay,
    ZoneOverlayResult,
)
from territory.land_use import Overlay, most_forest_ha, zone_overlay
from territory.models import Place, Zone

METHOD: Final = "cruce v1"
_STEP: Final = Decimal("0.0001")
_DONE: Final = (Load.State.PUBLISHED, Load.State.UNCHANGED)


def refresh_overlays() -> int:
    """Return how many overlays changed what they say.

    One result for each overlay of the home plan: real zones alone where there is one
    inside the place, else the made-up ones, marked. Without any zone of a counted
    kind inside there is none: that is unknown, not zero. Run it again at will.
    """
    changed = 0
    with transaction.atomic():
        overlays = (
            ZoneOverlay.objects.filter(
                indicator__goal__axis__plan_version__is_current=True,
                indicator__goal__axis__plan_version__plan__jurisdiction__is_home=True,
            )
            .order_by("pk")
            .select_for_update(of=("self",))
        )
        for overlay in overlays:
            changed += _store(overlay, _facts(overlay))
    return changed


def _facts(overlay: ZoneOverlay) -> dict[str, Any] | None:
    place = (
        Place.objects.current()
        .filter(level=Place.Level.PROVINCE, jurisdiction__is_home=True)
        .defer("geom")
        .first()
    )
    if place is None:
        return None
    for is_synthetic in (False, True):
        zones = list(
            Zone.objects.current()
            .filter(is_synthetic=is_synthetic)
            .defer("geom")
            .order_by("kind", "name", "pk")
        )
        found = zone_overlay(
            place_id=place.pk,
            zone_ids=[zone.pk for zone in zones],
            counted=overlay.kinds,
        )
        if found.union_ha > 0:
            return {
                "place_id": place.pk,
                "place_ha": _exact(found.place_ha),
                "union_ha": _exact(found.union_ha),
                "sum_ha": _exact(found.sum_ha),
                "is_synthetic": is_synthetic,
                "record": _record(overlay, found, zones, is_synthetic=is_synthetic),
            }
    return None


def _store(overlay: ZoneOverlay, facts: dict[str, Any] | None) -> int:
    current = ZoneOverlayResult.objects.filter(overlay=overlay, is_current=True)
    standing = current.first()
    if facts is None:
        return current.update(is_current=False) if standing else 0
    if standing and all(getattr(standing, k) == v for k, v in facts.items()):
        return 0
    if standing:
        current.update(is_current=False)
    ZoneOverlayResult.objects.create(
        overlay=overlay, computed_at=timezone.now(), **facts
    )
    return 1


def _record(
    overlay: ZoneOverlay, found: Overlay, zones: list[Zone], *, is_synthetic: bool
) -> dict[str, Any]:
    """Return everything the page and its files print, as JSON; hectares to a tenth.

    A kind is "loaded" where a load brought all zones of it: without any inside it is
    then known to be empty, and otherwise unknown.
    """
    by_number = {zone.pk: zone for zone in zones}
    inside = [by_number[part.zone_id] for part in found.parts]
    loaded = _loaded_kinds(is_synthetic=is_synthetic) | set(found.kinds_ha)
    forest = _standing_forest()
    # An upper bound only where every counted kind is known.
    most_ha = most_forest_ha(
        union_ha=found.union_ha, forest_ha=forest["area_ha"] if forest else None
    )
    return {
        "method": METHOD,
        "kinds": [
            {
                "kind": kind,
                "ha": _tenth(found.kinds_ha.get(kind)),
                "zones": sum(part.kind == kind for part in found.parts),
                "is_counted": kind in overlay.kinds,
                "is_loaded": kind in loaded,
            }
            for kind in _kinds(overlay, found)
        ],
        "zones": [
            _zone_line(zone, part.area_ha, is_counted=zone.kind in overlay.kinds)
            for part, zone in zip(found.parts, inside, strict=True)
        ],
        "loads": _load_lines({zone.first_load_id for zone in inside}),
        "sources": _sources({zone.source for zone in inside}),
        "twice_ha": _tenth(found.twice_ha),
        "share": round(found.share, 4),
        "forest": forest,
        "most_ha": _tenth(most_ha) if loaded.issuperset(overlay.kinds) else None,
    }


def _zone_line(zone: Zone, inside_ha: float, *, is_counted: bool) -> dict[str, Any]:
    return {
        "code": zone.code,
        "name": zone.name,
        "kind": zone.kind,
        "inside_ha": _tenth(inside_ha),
        "whole_ha": float(zone.area_ha),
        "valid_from": zone.valid_from and zone.valid_from.isoformat(),
        "load": zone.first_load_id,
        "source": zone.source,
        "is_counted": is_counted,
        "is_synthetic": zone.is_synthetic,
    }


def _load_lines(load_ids: set[int]) -> list[dict[str, Any]]:
    loads = Load.objects.select_related("source").filter(pk__in=load_ids)
    return [
        {
            "load": load.pk,
            "source": load.source.code,
            "edition": load.edition,
            "published_at": load.published_at and load.published_at.isoformat(),
        }
        for load in loads.order_by("pk")
    ]


def _kinds(overlay: ZoneOverlay, found: Overlay) -> list[str]:
    others = [kind for kind in found.kinds_ha if kind not in overlay.kinds]
    return [*overlay.kinds, *sorted(others)]


def _loaded_kinds(*, is_synthetic: bool) -> set[str]:
    reports = Load.objects.filter(state__in=_DONE, report__has_key="kinds").values_list(
        "report", flat=True
    )
    return {
        kind
        for report in reports
        if bool(report.get("synthetic")) == is_synthetic
        for kind in report["kinds"]
    }


def _sources(codes: set[str]) -> list[dict[str, str]]:
    fields = ("code", "name_es", "name_en", "publisher", "licence", "citation")
    rows = Source.objects.filter(code__in=codes).order_by("order", "code")
    return list(rows.values(*fields, "homepage_url"))


def _standing_forest() -> dict[str, Any] | None:
    """Return the home province's forest as the official loss's source gives it last.

    None unless every current district has an area for the year: a partial sum would
    be a bound that does not hold.
    """
    districts = Place.objects.current().districts().filter(jurisdiction__is_home=True)
    newest = Load.objects.filter(
        state=Load.State.PUBLISHED,
        source__derivations__isnull=False,
        annual_losses__forest_end_of_year_ha__isnull=False,
    ).order_by("-published_at", "-pk")[:1]
    for load in newest:
        year = (
            AnnualLoss.objects.filter(load=load, place__in=districts)
            .exclude(forest_end_of_year_ha=None)
            .order_by()
            .values("year")
            .annotate(area=Sum("forest_end_of_year_ha"), districts=Count("place"))
            .filter(districts=districts.count())
            .order_by("-year")
            .first()
        )
        if year:
            return {
                "area_ha": float(year["area"]),
                "year": year["year"],
                "source": load.source.code,
                "citation": load.source.citation,
                "edition": load.edition,
                "load": load.pk,
            }
    return None


def _exact(number: float) -> Decimal:
    return Decimal(f"{number:.4f}").quantize(_STEP)


def _tenth(number: float | None) -> float | None:
    return None if number is None else round(number, 1)
