"""The overlay of zones beside an indicator: stored numbers, nothing computed anew."""

import datetime as dt
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from indicators.models import ZoneOverlay, ZoneOverlayResult
from indicators.series.land_use_records import (
    Forest,
    KindLine,
    LandUse,
    LandUseBlock,
    ZoneLine,
    ZoneLoad,
    ZoneSource,
)
from indicators.series.records import Lang
from territory.models import Zone


def overlay_list(indicator: Any) -> ArraySubquery:
    """Return an indicator's overlay with its current result, none or one.

    Part of the indicator's query.
    """
    names = ("place_ha", "union_ha", "sum_ha", "is_synthetic", "computed_at", "record")
    current = ZoneOverlayResult.objects.filter(
        overlay=OuterRef("pk"), is_current=True
    ).values(json=JSONObject(**{name: F(name) for name in names}))
    return ArraySubquery(
        ZoneOverlay.objects.filter(indicator=indicator)
        .annotate(result=Subquery(current))
        .values(json=JSONObject(kinds=F("kinds"), result=F("result")))
    )


def land_use_block(found: list[dict[str, Any]], lang: Lang) -> LandUseBlock | None:
    """Return what `overlay_list` found as a plain record; None where there is none."""
    for item in found:
        result = item["result"]
        return LandUseBlock(
            counted=tuple(_kind_name(kind) for kind in item["kinds"]),
            result=None if result is None else _land_use(result, lang),
        )
    return None


def land_use_of(result: ZoneOverlayResult, lang: Lang) -> LandUse:
    """Return a stored result as a plain record."""
    names = ("place_ha", "union_ha", "sum_ha", "is_synthetic", "record")
    facts = {name: getattr(result, name) for name in names}
    return _land_use(facts | {"computed_at": result.computed_at.isoformat()}, lang)


def _land_use(facts: dict[str, Any], lang: Lang) -> LandUse:
    record = facts["record"]
    computed_at = parse_datetime(facts["computed_at"])
    assert computed_at is not None
    forest = record["forest"]
    return LandUse(
        place_ha=float(facts["place_ha"]),
        union_ha=float(facts["union_ha"]),
        sum_ha=float(facts["sum_ha"]),
        twice_ha=record["twice_ha"],
        share=record["share"],
        most_ha=record["most_ha"],
        forest=forest
        and Forest(
            **{n: forest[n] for n in ("area_ha", "year", "edition", "citation")}
        ),
        is_synthetic=facts["is_synthetic"],
        kinds=tuple(map(_kind_line, record["kinds"])),
        zones=tuple(
            ZoneLine(
                **line
                | {
                    "kind_name": _kind_name(line["kind"]),
                    "valid_from": line["valid_from"] and parse_date(line["valid_from"]),
                }
            )
            for line in record["zones"]
        ),
        loads=tuple(
            ZoneLoad(
                load=line["load"],
                source=line["source"],
                edition=line["edition"],
                published_on=_day(line["published_at"]),
            )
            for line in record["loads"]
        ),
        sources=tuple(
            ZoneSource(
                code=line["code"],
                name=line[f"name_{lang}"],
                publisher=line["publisher"],
                licence=line["licence"],
                citation=line["citation"],
                url=line["homepage_url"],
            )
            for line in record["sources"]
        ),
        method=record["method"],
        computed_on=timezone.localdate(computed_at),
    )


def _kind_line(line: dict[str, Any]) -> KindLine:
    return KindLine(
        kind=line["kind"],
        name=_kind_name(line["kind"]),
        area_ha=line["ha"],
        zones=line["zones"],
        is_counted=line["is_counted"],
        is_loaded=line["is_loaded"],
    )


def _kind_name(kind: str) -> str:
    return str(Zone.Kind(kind).label)


def _day(text: str | None) -> dt.date | None:
    instant = parse_datetime(text) if text else None
    return instant and timezone.localdate(instant)
