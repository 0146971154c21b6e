"""Polygons and fires of other sources beside alerts: context, never added to them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Max, Min, OuterRef, Q, Subquery, Sum

from indicators.models import Load, Source
from indicators.series.listed import listed
from indicators.series.records import Lang
from indicators.series.sources import GOOD_STATES
from indicators.sources.registry import MAPBIOMAS_ALERTS, NASA_FIRMS
from territory.models import DetectionDay

_CODES: Final = (MAPBIOMAS_ALERTS.code, NASA_FIRMS.code)
# Around a cluster: as far apart in days as its own alerts may be.
DAYS_AROUND: Final = dt.timedelta(days=60)


@dataclass(frozen=True, kw_only=True)
class ContextRow:
    """What one source, or one of its sensors, has of a district in the period.

    `area_ha` is None for fires, which have no area.
    """

    sensor: str
    district: str
    detections: int
    area_ha: Decimal | None
    first_day: dt.date
    last_day: dt.date


@dataclass(frozen=True, kw_only=True)
class ContextSource:
    """A source beside alerts; `loaded_on` None before its first good load.

    A district without a row has nothing stored in the period.
    """

    code: str
    name: str
    licence: str
    citation: str
    url: str
    cautions: tuple[str, ...]
    data_to: dt.date | None
    loaded_on: dt.datetime | None
    is_fire: bool
    rows: tuple[ContextRow, ...]


def alert_context(
    *,
    lang: Lang,
    ubigeos: Sequence[str] = (),
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> tuple[ContextSource, ...]:
    """Return the sources beside alerts for districts and a period. One query.

    Without districts all of the home province, without days all there are.
    """
    wanted = Q(
        source=OuterRef("code"),
        district__generation__is_current=True,
        district__jurisdiction__is_home=True,
    )
    if ubigeos:
        wanted &= Q(district__ubigeo__in=list(ubigeos))
    if since:
        wanted &= Q(day__gte=since)
    if until:
        wanted &= Q(day__lte=until)
    rows = (
        DetectionDay.objects.filter(wanted)
        .order_by("sensor", "district__name")
        .values("sensor", "district__name")
        .annotate(
            all_detections=Sum("detections"),
            all_ha=Sum("area_ha"),
            first_day=Min("day"),
            last_day=Max("day"),
        )
    )
    found = listed(
        rows,
        *("sensor", "first_day", "last_day"),
        district=F("district__name"),
        detections=F("all_detections"),
        area_ha=F("all_ha"),
    )
    good = Load.objects.filter(source=OuterRef("pk"), state__in=GOOD_STATES)
    newest = good.order_by("-finished_at", "-pk")
    sources = (
        Source.objects.filter(code__in=_CODES)
        .annotate(
            found=found,
            data_to=Subquery(newest.values("data_to_date")[:1]),
            loaded_on=Subquery(newest.values("finished_at")[:1]),
        )
        .order_by("order", "code")
    )
    return tuple(_source(source, lang) for source in sources)


def _source(source: Any, lang: Lang) -> ContextSource:
    return ContextSource(
        code=source.code,
        name=getattr(source, f"name_{lang}"),
        licence=source.licence,
        citation=source.citation,
        url=source.homepage_url,
        cautions=tuple(getattr(source, f"cautions_{lang}")),
        data_to=source.data_to,
        loaded_on=source.loaded_on,
        is_fire=source.code == NASA_FIRMS.code,
        rows=tuple(_row(found) for found in source.found),
    )


def _row(found: dict[str, Any]) -> ContextRow:
    area_ha = found["area_ha"]
    return ContextRow(
        sensor=found["sensor"],
        district=found["district"],
        detections=found["detections"],
        area_ha=None if area_ha is None else Decimal(str(area_ha)),
        first_day=dt.date.fromisoformat(found["first_day"]),
        last_day=dt.date.fromisoformat(found["last_day"]),
    )
