"""Clusters of alerts for the list and its downloads; sums from the summary tables."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

from django.contrib.gis.geos import Polygon
from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection, transaction
from django.db.models import (
    CharField,
    DateField,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    SmallIntegerField,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, TruncWeek

from indicators.alert_filters import AlertFilters
from indicators.models import Load, Source
from indicators.series.records import Lang
from indicators.series.site import in_language
from indicators.series.words import made_up_alerts
from territory.models import (
    AlertCluster,
    AlertDay,
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
# Nobody turns twenty pages: who looks for an older one names a district or a period.
MOST_LISTED: Final = 1_000
# Columns that one half of the sums does not have.
_NO_LEVEL: Final = Value(None, output_field=SmallIntegerField())
_NO_TEXT: Final = Value(None, output_field=CharField())
_NO_DAY: Final = Value(None, output_field=DateField())
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
    last_alert: dt.date | None
    is_synthetic: bool

    @property
    def known_to(self) -> dt.date | None:
        """Return the last day that alerts or loads speak of; None without any."""
        known = [day for day in (self.data_to, self.last_alert) if day]
        return max(known, default=None)


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
    """One page of clusters and how many there are, the first MOST_LISTED of them."""

    rows: tuple[ClusterRow, ...]
    total: int
    has_more: bool
    page: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


def alert_choices(lang: Lang) -> AlertChoices:
    """Return what the filters may name. Three queries.

    Made-up sources stand last, so that the first one is real where there is one.
    """
    last_alerts = _last_alerts()
    known = _known_sources(list(last_alerts))
    sources = [
        _facts(number, row, lang, last_alerts[number]) for number, row in known.items()
    ]
    named = _districts_and_zones()
    return AlertChoices(
        sources=tuple(sorted(sources, key=lambda one: (one.is_synthetic, one.number))),
        districts=tuple((code, name) for kind, code, name in named if kind == "place"),
        zones=tuple((int(code), name) for kind, code, name in named if kind == "zone"),
    )


def _last_alerts() -> dict[int, dt.date]:
    """Return the day of the newest alert of each source that has any. One query.

    One look-up in the index a source; asking which there are would read all months.
    """
    newest = [
        AlertDay.objects.filter(source=number)
        .order_by("-day")
        .values_list("source", "day")[:1]
        for number in AlertSource.values
    ]
    return dict(newest[0].union(*newest[1:], all=True))


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


def source_facts(number: int, lang: Lang, last_alert: dt.date | None) -> SourceFacts:
    """Return a source, whether or not it still has any alert. One query."""
    return _facts(number, _known_sources([number])[number], lang, last_alert)


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


def _facts(
    number: int, row: Any, lang: Lang, last_alert: dt.date | None = None
) -> SourceFacts:
    code = AlertSource(number).label
    made_up = is_synthetic_source(number)
    name = in_language(row, "name", lang) if row else code
    if made_up:
        name = made_up_alerts()
    return SourceFacts(
        number=number,
        code=code,
        name=name,
        citation=row.citation if row else "",
        licence=row.licence if row else "",
        cautions=tuple(getattr(row, f"cautions_{lang}")) if row else (),
        data_to=row.data_to if row else None,
        published_on=row.published_on if row else None,
        last_alert=last_alert,
        is_synthetic=made_up,
    )


def is_synthetic_source(number: int) -> bool:
    """Return whether a source's alerts were made up for the demo."""
    return AlertSource(number).label.startswith("synthetic")


class _CountOf(Subquery):
    """How many rows a query has, its limit included; counted once, not once a row."""

    template = "(SELECT count(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def cluster_page(asked: AlertFilters) -> ClusterPage:
    """Return the page of clusters that meet a question. One query.

    Clusters are counted up to MOST_LISTED, so that a page costs the same however many
    there are. A page behind the last one is empty and says a total of 0.
    """
    start = (asked.page - 1) * PER_PAGE
    end = max(start, min(start + PER_PAGE, MOST_LISTED))
    some = _matching(asked).order_by().values("pk")[: MOST_LISTED + 1]
    rows = list(clusters_of(asked).annotate(in_all=_CountOf(some))[start:end])
    in_all = rows[0].in_all if rows else 0
    return ClusterPage(
        rows=tuple(map(cluster_row, rows)),
        total=min(in_all, MOST_LISTED),
        has_more=in_all > MOST_LISTED,
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
    return _described(_matching(asked)).order_by(*_ORDERS[asked.order])


def _matching(asked: AlertFilters) -> QuerySet[Any, Any]:
    found = AlertCluster.objects.standing().filter(
        source=asked.source, confidence__gte=asked.confidence
    )
    if asked.state:
        found = found.annotate(now=_state()).filter(now=asked.state)
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
        sets = ZoneSet.objects.holding_versions_of(asked.zone_id).values("pk")
        found = found.filter(number__in=parts.filter(zone_set__in=sets))
    return found


def _described(clusters: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    names = (
        ClusterPart.objects.filter(cluster=OuterRef("pk"))
        .order_by()
        .values("cluster")
        .annotate(names=ArrayAgg("district__name", distinct=True))
        .values("names")
    )
    described: QuerySet[Any, Any] = clusters.defer(
        "footprint", "members", "assigned"
    ).annotate(state=_state(), place_names=Subquery(names))
    return described


def _state() -> Coalesce:
    last = Verification.objects.filter(cluster=OuterRef("pk")).order_by("-order")
    return Coalesce(Subquery(last.values("state")[:1]), Value("unverified"))


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
    asked: AlertFilters, *, today: dt.date, known_to: dt.date | None
) -> AlertTotals:
    """Return one source's sums for a question, from the summary by day. One query.

    State and size are those of clusters and do not touch these sums. The weeks are
    the last WEEKS_SHOWN up to the end of the period, or up to where the source is
    known (`SourceFacts.known_to`). Later weeks are unknown, not zero.
    """
    days = _days_of(asked).order_by()
    levels = (
        days.values("confidence")
        .annotate(all_alerts=Sum("alerts"), all_ha=Sum("area_ha"))
        .values_list("confidence", _NO_TEXT, _NO_TEXT, _NO_DAY, "all_alerts", "all_ha")
    )
    until = min(asked.until or today, today, known_to or today)
    monday = until - dt.timedelta(days=until.weekday())
    weeks = tuple(
        monday - dt.timedelta(weeks=WEEKS_SHOWN - 1 - week)
        for week in range(WEEKS_SHOWN)
    )
    place = ("district__ubigeo", "district__name")
    sums = (
        days.filter(day__gte=weeks[0])
        .values(*place, week=Cast(TruncWeek("day"), DateField()))
        .annotate(all_alerts=Sum("alerts"), all_ha=Sum("area_ha"))
        .values_list(_NO_LEVEL, *place, "week", "all_alerts", "all_ha")
    )
    rows = list(levels.union(sums, all=True))
    return AlertTotals(
        levels=tuple(
            LevelTotal(confidence=level, alerts=alerts, area_ha=area_ha)
            for level, _, _, _, alerts, area_ha in sorted(
                (row for row in rows if row[0] is not None), key=itemgetter(0)
            )
        ),
        weeks=weeks,
        districts=_district_weeks([row for row in rows if row[0] is None], weeks),
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
        sets = ZoneSet.objects.holding_versions_of(asked.zone_id).values("pk")
        wanted &= Q(zone_set__in=sets)
    return AlertDay.objects.filter(wanted)


def _district_weeks(
    sums: Sequence[Any], weeks: tuple[dt.date, ...]
) -> tuple[DistrictWeeks, ...]:
    names = {ubigeo: name for _, ubigeo, name, _, _, _ in sums}
    by_week = {(ubigeo, week): area_ha for _, ubigeo, _, week, _, area_ha in sums}
    rows = [
        DistrictWeeks(
            ubigeo=ubigeo,
            name=name,
            weeks_ha=tuple(by_week.get((ubigeo, week), Decimal(0)) for week in weeks),
        )
        for ubigeo, name in names.items()
    ]
    return tuple(sorted(rows, key=lambda row: -row.total_ha))
