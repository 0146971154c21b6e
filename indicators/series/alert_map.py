"""Alerts by district for the map page: totals, outlines, and what they rest on."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.gis.db.models import Extent
from django.db import connection
from django.db.models import Max, Sum, Window
from django.utils import timezone

from indicators.models import AnnualLoss, Load, Source
from indicators.series.records import Lang
from indicators.series.site import in_language
from indicators.series.words import made_up_alerts
from territory.alert_filters import FIRST_DAY, AlertFilter, month_after
from territory.models import AlertMonth, AlertSource, Place, Zone, ZoneSet

DEFAULT_MONTHS = 12
# Drawing units of the longer side.
DRAWING_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Outline:
    """A district as it is drawn: number on the map, path, where its number stands."""

    number: int
    district_id: int
    ubigeo: str
    name: str
    area_ha: float
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DistrictAlerts:
    """A district's alerts in the period; `level` 0 (none) to 3 shades the map.

    `share` is of the districts' hectares of alerts, None when there are none.
    `loss_ha` is the official yearly loss of another source, None where unknown.
    """

    outline: Outline
    alerts: int
    alert_ha: float
    per_1000_ha: float
    share: float | None
    level: int
    loss_ha: float | None


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """An alert source a reader can choose, and what it holds."""

    number: AlertSource
    code: str
    name: str
    publisher: str
    licence: str
    cautions: tuple[str, ...]
    last_day: dt.date | None
    loaded_on: dt.date | None
    lacks_key: bool

    @property
    def is_synthetic(self) -> bool:
        """Return whether its alerts are made up."""
        return self.number == AlertSource.SYNTHETIC


@dataclass(frozen=True, slots=True)
class AlertMap:
    """The map page of one source, period and confidence.

    `bounds` is west, south, east, north in degrees; `limits` cites the outlines;
    `steps` part the shades, in hectares of alerts per 1,000 ha of district.
    """

    width: int
    height: int
    bounds: str
    limits: str
    districts: tuple[DistrictAlerts, ...]
    alerts: int
    alert_ha: float
    steps: tuple[float, ...]
    loss_year: int | None


def source_choices(
    *, lang: Lang, has_key: Callable[[str], bool]
) -> tuple[SourceChoice, ...]:
    """Return the known alert sources, those with alerts first. One query."""
    numbers, codes = AlertSource.values, AlertSource.labels
    rows: Any = Source.objects.raw(
        _KNOWN, [Load.State.PUBLISHED, list(map(int, numbers)), codes]
    )
    choices = [
        _choice(AlertSource(row.number), row, row.last_day, lang, has_key)
        for row in rows
        if row.pk or row.last_day
    ]
    if not choices:
        # Before the sources are set up: the page still says what there is not.
        choices = [_choice(AlertSource.GFW_INTEGRATED, None, None, lang, has_key)]
    return tuple(sorted(choices, key=lambda c: (c.last_day is None, c.number)))


def default_filter(choice: SourceChoice, wanted: AlertFilter) -> AlertFilter:
    """Return the filter with the last twelve months where no period was asked for."""
    if wanted.start or wanted.end or choice.last_day is None:
        return wanted
    end = month_after(choice.last_day.replace(day=1))
    start = max(FIRST_DAY, end.replace(year=end.year - 1))
    return replace(wanted, start=start, end=end)


def home_frame() -> tuple[str, str]:
    """Return the box of the home districts and who drew them; "" without any.

    The box is west, south, east, north in degrees. One query.
    """
    districts = Place.objects.current().districts().filter(jurisdiction__is_home=True)
    found = districts.aggregate(
        box=Extent("geom"),
        publisher=Max("generation__publisher"),
        licence=Max("generation__licence"),
    )
    if found["box"] is None:
        return "", ""
    bounds = ",".join(f"{edge:.5f}" for edge in found["box"])
    return bounds, f"{found['publisher']}, {found['licence']}"


def zone_choices() -> tuple[tuple[int, str, str, str], ...]:
    """Return number, kind, its word and name of each zone in force. One query."""
    zones = Zone.objects.current().values_list("pk", "kind", "name")
    return tuple(
        (pk, kind, str(Zone.Kind(kind).label), name) for pk, kind, name in zones
    )


def alert_map(wanted: AlertFilter, *, zone_id: int | None = None) -> AlertMap:
    """Return each current district with its alerts. Three queries.

    Read from the monthly totals, never from alerts. A district without a row has no
    alert known to this source.
    """
    outlines, width, height, bounds, limits = _outlines()
    totals = _totals(wanted, zone_id)
    loss_year, losses = _losses()
    all_ha = sum(area_ha for _, area_ha in totals.values())
    densities = [_density(totals, outline) for outline in outlines]
    step = _round_step(max(densities, default=0.0) / 3)
    districts = tuple(
        DistrictAlerts(
            outline=outline,
            alerts=totals.get(outline.district_id, (0, 0.0))[0],
            alert_ha=totals.get(outline.district_id, (0, 0.0))[1],
            per_1000_ha=density,
            share=totals.get(outline.district_id, (0, 0.0))[1] / all_ha
            if all_ha
            else None,
            level=0 if not density else min(3, 1 + int(density / step)),
            loss_ha=losses.get(outline.district_id),
        )
        for outline, density in zip(outlines, densities, strict=True)
    )
    return AlertMap(
        width=width,
        height=height,
        bounds=bounds,
        limits=limits,
        districts=districts,
        alerts=sum(alerts for alerts, _ in totals.values()),
        alert_ha=all_ha,
        steps=(step, 2 * step) if all_ha else (),
        loss_year=loss_year,
    )


# Every alert source with its row, if it has one; its last day by the key of the daily
# totals.
_KNOWN = """
SELECT s.*, known.number,
       (SELECT max(day) FROM territory_alertday d WHERE d.source = known.number)
           last_day,
       (SELECT max(published_at) FROM indicators_load l
        WHERE l.source_id = s.id AND l.state = %s) loaded_at
FROM unnest(%s::smallint[], %s::text[]) known(number, code)
LEFT JOIN indicators_source s ON s.code = known.code
"""


def _choice(
    number: AlertSource,
    row: Any,
    last_day: dt.date | None,
    lang: Lang,
    has_key: Callable[[str], bool],
) -> SourceChoice:
    if row is None or row.pk is None:
        return SourceChoice(
            number=number,
            code=number.label,
            name=made_up_alerts() if number == AlertSource.SYNTHETIC else number.label,
            publisher="",
            licence="",
            cautions=(),
            last_day=last_day,
            loaded_on=None,
            lacks_key=False,
        )
    return SourceChoice(
        number=number,
        code=row.code,
        name=in_language(row, "name", lang),
        publisher=row.publisher,
        licence=row.licence,
        cautions=tuple(row.cautions_en if lang == "en" else row.cautions_es),
        last_day=last_day,
        loaded_on=row.loaded_at and timezone.localdate(row.loaded_at),
        lacks_key=bool(row.key_setting) and not has_key(row.key_setting),
    )


# All outlines on one grid of whole drawing units: neighbours keep one border.
_OUTLINES = """
WITH shape AS (
    SELECT p.id, p.ubigeo, p.name, p.area_ha, p.geom degrees,
           ST_Transform(p.geom, 3857) geom, g.publisher, g.licence
    FROM territory_place p
    JOIN territory_boundarygeneration g ON g.id = p.generation_id
    JOIN territory_jurisdiction j ON j.id = p.jurisdiction_id
    WHERE g.is_current AND p.level = 'district' AND j.is_home
), frame AS (
    SELECT ST_XMin(box) west, ST_YMax(box) north, ST_XMax(box) - ST_XMin(box) wide,
           ST_YMax(box) - ST_YMin(box) high,
           concat_ws(',', ST_XMin(map), ST_YMin(map), ST_XMax(map), ST_YMax(map)) bounds
    FROM (SELECT ST_Extent(geom) box, ST_Extent(degrees) map FROM shape) boxes
), drawn AS (
    SELECT shape.*, wide, high, bounds, ST_TransScale(geom, -west, -north,
               %s / greatest(wide, high), %s / greatest(wide, high)) flat
    FROM shape, frame
)
SELECT id, ubigeo, name, area_ha, ST_AsSVG(ST_SnapToGrid(flat, 1), 1, 0),
       ST_X(ST_PointOnSurface(flat)), -ST_Y(ST_PointOnSurface(flat)),
       wide / greatest(wide, high), high / greatest(wide, high), bounds,
       publisher || ', ' || licence
FROM drawn ORDER BY ubigeo
"""


def _outlines() -> tuple[list[Outline], int, int, str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_OUTLINES, [DRAWING_SIZE, DRAWING_SIZE])
        rows = cursor.fetchall()
    outlines = [
        Outline(number, pk, ubigeo, name, float(area_ha), path, round(x), round(y))
        for number, (pk, ubigeo, name, area_ha, path, x, y, *_) in enumerate(rows, 1)
    ]
    wide, high, bounds, limits = rows[0][-4:] if rows else (1, 1, "", "")
    size = round(wide * DRAWING_SIZE), round(high * DRAWING_SIZE)
    return outlines, *size, bounds, limits


def _totals(wanted: AlertFilter, zone_id: int | None) -> dict[int, tuple[int, float]]:
    rows = AlertMonth.objects.filter(
        source=wanted.source, confidence__gte=wanted.confidence
    )
    if wanted.start:
        rows = rows.filter(month__gte=wanted.start)
    if wanted.end:
        rows = rows.filter(month__lt=wanted.end)
    if zone_id is not None:
        sets = ZoneSet.objects.holding_versions_of(zone_id).order_by().values("pk")
        rows = rows.filter(zone_set_id__in=sets)
    summed = rows.values_list("district_id").annotate(Sum("alerts"), Sum("area_ha"))
    return {
        district: (alerts, float(area_ha))
        for district, alerts, area_ha in summed.order_by()
    }


def _losses() -> tuple[int | None, dict[int, float]]:
    """Return the last year of the newest official edition and its loss by place."""
    newest = Load.objects.filter(
        state=Load.State.PUBLISHED, annual_losses__isnull=False
    ).order_by("-published_at", "-pk")
    rows = list(
        AnnualLoss.objects.filter(load=newest.values("pk")[:1])
        .annotate(last=Window(Max("year")))
        .order_by("place_id")
        .values_list("place_id", "year", "loss_ha", "last")
    )
    losses = {place: float(loss) for place, year, loss, last in rows if year == last}
    return (rows[0][3] if rows else None), losses


def _density(totals: dict[int, tuple[int, float]], outline: Outline) -> float:
    return totals.get(outline.district_id, (0, 0.0))[1] / outline.area_ha * 1000


def _round_step(value: float) -> float:
    """Return the next number of the form 1, 2, 5 or 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= value - 1e-12)
