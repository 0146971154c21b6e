"""Clusters of alerts for the list and its downloads; sums from the summary tables."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.contrib.gis.geos import Polygon
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import (
    CharField,
    Count,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    Window,
)
from django.db.models.functions import Cast, Coalesce, TruncWeek
from django.utils.translation import gettext as _

from indicators.alert_filters import AlertFilters
from indicators.models import Load, Source
from indicators.series.records import Lang
from indicators.series.site import in_language
from territory.models import (
    AlertCluster,
    AlertDay,
    AlertMonth,
    AlertSource,
    ClusterPart,
    Place,
    Verification,
    Zone,
    ZoneSet,
)

# West, south, east, north in degrees.
Box = tuple[float, float, float, float]

PER_PAGE: Final = 50
NEAR_SHOWN: Final = 20
# The map asks while it is moved: a slow answer is one nobody waits for.
NEAR_TIMEOUT_MS: Final = 2_000
WEEKS_SHOWN: Final = 26
# GFW itself calls alerts of the last weeks provisional; integrated ones are reviewed
# for about four.
PROVISIONAL_WEEKS: Final = 4
_ORDERS: Final = {
    "reciente": ("-last_date", "-number"),
    "superficie": ("-area_ha", "-number"),
    "antigua": ("first_date", "number"),
}


@dataclass(frozen=True, kw_only=True)
class SourceFacts:
    """An alert source that has alerts; dates None where no load said them."""

    number: int
    code: str
    name: str
    citation: str
    licence: str
    cautions: tuple[str, ...]
    data_to: dt.date | None
    published_on: dt.datetime | None
    is_synthetic: bool


@dataclass(frozen=True, kw_only=True)
class AlertChoices:
    """What the filters may name: sources with alerts, districts, zones in force."""

    sources: tuple[SourceFacts, ...]
    districts: tuple[tuple[str, str], ...]
    zones: tuple[tuple[int, str], ...]


@dataclass(frozen=True, kw_only=True)
class ClusterRow:
    """A cluster in a list. `area_ha` are its alerts' pixels, not measured loss."""

    number: int
    districts: tuple[str, ...]
    first_date: dt.date
    last_date: dt.date
    alerts: int
    area_ha: Decimal
    confidence: int
    state: str


@dataclass(frozen=True, kw_only=True)
class LevelTotal:
    """Alerts of one confidence and the hectares of their pixels."""

    confidence: int
    alerts: int
    area_ha: Decimal


@dataclass(frozen=True, kw_only=True)
class DistrictWeeks:
    """A district's hectares in each week shown, oldest first; no alert is 0."""

    ubigeo: str
    name: str
    weeks_ha: tuple[Decimal, ...]

    @property
    def total_ha(self) -> Decimal:
        """Return the hectares of all weeks shown."""
        return sum(self.weeks_ha, Decimal(0))


@dataclass(frozen=True, kw_only=True)
class AlertTotals:
    """Sums of one source for a question; `weeks` are the Mondays of the columns."""

    levels: tuple[LevelTotal, ...]
    weeks: tuple[dt.date, ...]
    districts: tuple[DistrictWeeks, ...]

    @property
    def alerts(self) -> int:
        """Return the alerts of every confidence asked for."""
        return sum(level.alerts for level in self.levels)

    @property
    def area_ha(self) -> Decimal:
        """Return the hectares of every confidence asked for."""
        return sum((level.area_ha for level in self.levels), Decimal(0))

    @property
    def table(self) -> tuple[tuple[dt.date, tuple[Decimal, ...]], ...]:
        """Return each week, newest first, with the hectares of each district."""
        columns = [district.weeks_ha for district in self.districts]
        rows = zip(self.weeks, zip(*columns, strict=True), strict=True)
        return tuple(rows)[::-1]


@dataclass(frozen=True, kw_only=True)
class ClusterPage:
    """One page of clusters and how many there are in all."""

    rows: tuple[ClusterRow, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


def alert_choices(lang: Lang) -> AlertChoices:
    """Return what the filters may name. Three queries.

    Made-up sources stand last, so that the first one is real where there is one.
    """
    present = AlertMonth.objects.order_by().values_list("source", flat=True).distinct()
    known = _known_sources(list(present))
    sources = [_facts(number, row, lang) for number, row in known.items()]
    named = _districts_and_zones()
    return AlertChoices(
        sources=tuple(sorted(sources, key=lambda one: (one.is_synthetic, one.number))),
        districts=tuple((code, name) for kind, code, name in named if kind == "place"),
        zones=tuple((int(code), name) for kind, code, name in named if kind == "zone"),
    )


def _districts_and_zones() -> list[tuple[str, str, str]]:
    """Return "place" or "zone", number and name of each, by name. One query."""
    places = Place.objects.current().districts().filter(jurisdiction__is_home=True)
    zones = Zone.objects.current()
    code = Cast("pk", CharField())
    return list(
        places.order_by()
        .values_list(Value("place"), "ubigeo", "name")
        .union(zones.order_by().values_list(Value("zone"), code, "name"), all=True)
        .order_by("name", "ubigeo")
    )


def source_facts(number: int, lang: Lang) -> SourceFacts:
    """Return a source, whether or not it still has any alert. One query."""
    return _facts(number, _known_sources([number])[number], lang)


def _known_sources(numbers: Sequence[int]) -> dict[int, Any]:
    """Return the row of each source's code, None where none was set up."""
    published = Load.objects.filter(
        source=OuterRef("pk"), state=Load.State.PUBLISHED
    ).order_by("-published_at")
    codes = {AlertSource(number).label: number for number in numbers}
    rows = Source.objects.filter(code__in=codes).annotate(
        data_to=Subquery(published.values("data_to_date")[:1]),
        published_on=Subquery(published.values("published_at")[:1]),
    )
    return dict.fromkeys(numbers) | {codes[row.code]: row for row in rows}


def _facts(number: int, row: Any, lang: Lang) -> SourceFacts:
    code = AlertSource(number).label
    made_up = is_synthetic_source(number)
    name = in_language(row, "name", lang) if row else code
    if made_up:
        name = _("Alertas inventadas de la demostración (SINTÉTICO)")
    return SourceFacts(
        number=number,
        code=code,
        name=name,
        citation=row.citation if row else "",
        licence=row.licence if row else "",
        cautions=tuple(getattr(row, f"cautions_{lang}")) if row else (),
        data_to=row.data_to if row else None,
        published_on=row.published_on if row else None,
        is_synthetic=made_up,
    )


def is_synthetic_source(number: int) -> bool:
    """Return whether a source's alerts were made up for the demo."""
    return AlertSource(number).label.startswith("synthetic")


def cluster_page(asked: AlertFilters) -> ClusterPage:
    """Return the page of clusters that meet a question. One query.

    A page behind the last one is empty and says a total of 0.
    """
    start = (asked.page - 1) * PER_PAGE
    found = (
        clusters_of(asked)
        .annotate(in_all=Window(Count("number")))
        .order_by(*_ORDERS[asked.order])[start : start + PER_PAGE]
    )
    rows = list(found)
    return ClusterPage(
        rows=tuple(map(cluster_row, rows)),
        total=rows[0].in_all if rows else 0,
        page=asked.page,
    )


def clusters_near(asked: AlertFilters, box: Box) -> tuple[ClusterRow, ...]:
    """Return the newest clusters that touch a box, one more than NEAR_SHOWN at most.

    One query.

    Raises:
        OperationalError: the database took longer than NEAR_TIMEOUT_MS.
    """
    area = Polygon.from_bbox(box)
    area.srid = 4326
    found = clusters_of(asked).filter(footprint__intersects=area)
    newest = found.order_by(*_ORDERS["reciente"])[: NEAR_SHOWN + 1]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {NEAR_TIMEOUT_MS}")
        return tuple(map(cluster_row, newest))


def clusters_of(asked: AlertFilters) -> QuerySet[Any, Any]:
    """Return the clusters that meet a question, with `place_names` and `state`.

    A period takes clusters with any day in it, a district or zone those with any
    alert there, a confidence those whose surest alert has it.
    """
    last = Verification.objects.filter(cluster=OuterRef("pk")).order_by("-order")
    names = (
        ClusterPart.objects.filter(cluster=OuterRef("pk"))
        .order_by()
        .values("cluster")
        .annotate(names=ArrayAgg("district__name", distinct=True))
        .values("names")
    )
    found = (
        AlertCluster.objects.standing()
        .filter(source=asked.source, confidence__gte=asked.confidence)
        .defer("footprint", "members", "assigned")
        .annotate(
            state=Coalesce(Subquery(last.values("state")[:1]), Value("unverified")),
            place_names=Subquery(names),
        )
    )
    if asked.state:
        found = found.filter(state=asked.state)
    if asked.min_ha is not None:
        found = found.filter(area_ha__gte=asked.min_ha)
    if asked.since:
        found = found.filter(last_date__gte=asked.since)
    if asked.until:
        found = found.filter(first_date__lte=asked.until)
    parts = ClusterPart.objects.order_by().values("cluster")
    if asked.ubigeo:
        inside = parts.filter(
            district__ubigeo=asked.ubigeo, district__generation__is_current=True
        )
        found = found.filter(number__in=inside)
    if asked.zone_id:
        sets = ZoneSet.objects.holding([asked.zone_id]).values("pk")
        found = found.filter(number__in=parts.filter(zone_set__in=sets))
    ordered: QuerySet[Any, Any] = found.order_by(*_ORDERS[asked.order])
    return ordered


def cluster_row(cluster: Any) -> ClusterRow:
    """Return a cluster of `clusters_of` as a plain record."""
    return ClusterRow(
        number=cluster.number,
        districts=tuple(cluster.place_names or ()),
        first_date=cluster.first_date,
        last_date=cluster.last_date,
        alerts=cluster.alerts,
        area_ha=cluster.area_ha,
        confidence=cluster.confidence,
        state=cluster.state,
    )


def alert_totals(
    asked: AlertFilters, *, today: dt.date, data_to: dt.date | None
) -> AlertTotals:
    """Return one source's sums for a question, from the summary by day. Two queries.

    State and size are those of clusters and do not touch these sums. The weeks are
    the last WEEKS_SHOWN up to the end of the period, or up to where the source is
    known: its last alert, or `data_to` as its loads say. Later weeks are unknown, not
    zero.
    """
    days = _days_of(asked)
    of_source = AlertDay.objects.filter(source=asked.source)
    levels = list(
        days.order_by("confidence")
        .values("confidence")
        .annotate(
            all_alerts=Sum("alerts"),
            all_ha=Sum("area_ha"),
            last_day=Subquery(of_source.order_by("-day").values("day")[:1]),
        )
    )
    known = [level["last_day"] for level in levels] + [data_to or dt.date.min]
    until = min(asked.until or today, today, max(known) if levels else today)
    monday = until - dt.timedelta(days=until.weekday())
    weeks = tuple(
        monday - dt.timedelta(weeks=WEEKS_SHOWN - 1 - week)
        for week in range(WEEKS_SHOWN)
    )
    sums = (
        days.filter(day__gte=weeks[0])
        .order_by()
        .values("district__ubigeo", "district__name", week=TruncWeek("day"))
        .annotate(all_ha=Sum("area_ha"))
    )
    return AlertTotals(
        levels=tuple(
            LevelTotal(
                confidence=level["confidence"],
                alerts=level["all_alerts"],
                area_ha=level["all_ha"],
            )
            for level in levels
        ),
        weeks=weeks,
        districts=_district_weeks(list(sums), weeks),
    )


def _days_of(asked: AlertFilters) -> QuerySet[Any, Any]:
    wanted = Q(source=asked.source, confidence__gte=asked.confidence)
    if asked.ubigeo:
        wanted &= Q(
            district__ubigeo=asked.ubigeo, district__generation__is_current=True
        )
    if asked.since:
        wanted &= Q(day__gte=asked.since)
    if asked.until:
        wanted &= Q(day__lte=asked.until)
    if asked.zone_id:
        sets = ZoneSet.objects.holding([asked.zone_id]).values("pk")
        wanted &= Q(zone_set__in=sets)
    return AlertDay.objects.filter(wanted)


def _district_weeks(
    sums: Sequence[dict[str, Any]], weeks: tuple[dt.date, ...]
) -> tuple[DistrictWeeks, ...]:
    names = {one["district__ubigeo"]: one["district__name"] for one in sums}
    by_week = {(one["district__ubigeo"], one["week"]): one["all_ha"] for one in sums}
    rows = [
        DistrictWeeks(
            ubigeo=ubigeo,
            name=name,
            weeks_ha=tuple(by_week.get((ubigeo, week), Decimal(0)) for week in weeks),
        )
        for ubigeo, name in names.items()
    ]
    return tuple(sorted(rows, key=lambda row: -row.total_ha))
