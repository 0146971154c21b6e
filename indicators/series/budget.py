"""What pages read of a ceiling's budget: stored lines, nothing computed anew."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import (
    Case,
    CharField,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from indicators.charts.budget import BudgetCourse, Step
from indicators.models import AlertFactor, BudgetLine, Indicator, RiseNotice, Source
from indicators.series.compiled import CompiledQuery
from indicators.series.listed import listed
from indicators.series.records import Lang
from indicators.series.words import made_up_alerts
from territory.models import AlertSource

# A notice stands on the pages for four weeks after its week ended.
SHOWN: Final = dt.timedelta(weeks=5)
OLD_AFTER: Final = dt.timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class RiseLine:
    """A week with unusually many alerts in a district, hectares."""

    district: str
    ubigeo: str
    source: str
    source_number: int
    first_day: dt.date
    last_day: dt.date
    area_ha: float
    mean_ha: float
    sd_ha: float
    excess_ha: float
    limit_ha: float
    found_on: dt.date
    is_synthetic: bool


@dataclass(frozen=True, kw_only=True)
class BudgetBrief:
    """One line of the budget in short: hectares of one source in one year."""

    slug: str
    source_code: str
    source_number: int
    source: str
    year: int
    data_to: dt.date
    ceiling_ha: float
    to_date_ha: float
    expected_ha: float
    is_calendar: bool
    low_ha: float | None
    high_ha: float | None
    is_synthetic: bool
    is_old: bool

    @property
    def pct(self) -> int:
        """Return the part of the ceiling that is used up, whole percent."""
        return round(100 * self.to_date_ha / self.ceiling_ha) if self.ceiling_ha else 0

    @property
    def is_over(self) -> bool:
        """Return whether what is counted passes the ceiling."""
        return self.to_date_ha > self.ceiling_ha

    @property
    def is_above_expected(self) -> bool:
        """Return whether more is counted than the ceiling allows by that day."""
        return self.to_date_ha > self.expected_ha


@dataclass(frozen=True, kw_only=True)
class BudgetBlock:
    """The block of the home page: one source's line, how many others, rises."""

    line: BudgetBrief
    others: int
    rises: tuple[RiseLine, ...]


@dataclass(frozen=True, kw_only=True)
class Factor:
    """Official loss ÷ alerts of one source in a past year."""

    year: int
    official_ha: float
    alerts_ha: float

    @property
    def factor(self) -> float:
        """Return the quotient, without a unit."""
        return self.official_ha / self.alerts_ha


@dataclass(frozen=True, kw_only=True)
class WeekRow:
    """A week of the table, hectares."""

    week: int
    last_day: dt.date
    area_ha: float
    cumulative_ha: float
    is_provisional: bool


@dataclass(frozen=True, kw_only=True)
class PastRow:
    """A past year behind the expected share: by the same day, whole, quotient."""

    year: int
    to_day_ha: float
    year_ha: float

    @property
    def share(self) -> float:
        """Return the share that fell by the day."""
        return self.to_day_ha / self.year_ha


@dataclass(frozen=True, kw_only=True)
class BudgetDetail:
    """Everything the page of the ceiling shows of one source."""

    brief: BudgetBrief
    course: BudgetCourse
    weeks: tuple[WeekRow, ...]
    share: float
    past: tuple[PastRow, ...]
    middle_ha: float | None
    official: tuple[float, float, float] | None
    factors: tuple[Factor, ...]
    method: str
    computed_on: dt.date

    @property
    def over_ha(self) -> float:
        """Return by how much what is counted passes the ceiling; negative below."""
        return self.brief.to_date_ha - self.brief.ceiling_ha


def budget_block(*, lang: Lang, today: dt.date) -> BudgetBlock | None:
    """Return what the home page says of the budget; None before there are alerts.

    One query. The first source in order that is not made up; a made-up one only
    where there is no other. Hectares of two sources are never added.
    """
    rows = _LINES.rows()
    if not rows:
        return None
    first = rows[0]
    return BudgetBlock(
        line=_brief(first, lang, today),
        others=sum(1 for row in rows if row.indicator_id == first.indicator_id) - 1,
        rises=tuple(rise for row in rows for rise in _rises(row, lang, today)),
    )


def rise_lines(
    *, lang: Lang, today: dt.date, source: int | None = None, ubigeo: str = ""
) -> tuple[RiseLine, ...]:
    """Return the unusual rises of the last weeks, newest first. One query.

    Of one alert source and district where they are given. Needs a stored budget line
    of the same source, as every page of alerts does.
    """
    found = [
        rise
        for row in _LINES.rows()
        if source in (None, row.source)
        for rise in _rises(row, lang, today)
        if ubigeo in ("", rise.ubigeo)
    ]
    return tuple(sorted(found, key=lambda rise: rise.first_day, reverse=True))


def budget_details(
    slug: str, *, lang: Lang, today: dt.date
) -> tuple[BudgetDetail, ...]:
    """Return the budget of an indicator, one entry a source; empty: no alerts yet.

    Two queries, one where nothing is stored.
    """
    lines = list(_named(BudgetLine.objects.filter(indicator__slug=slug)))
    if not lines:
        return ()
    known = AlertFactor.objects.filter(
        indicator__in={line.indicator_id for line in lines}
    ).order_by("year")
    factors = list(known)
    return tuple(_detail(line, factors, lang, today) for line in lines)


def is_alert_budget(slug: str) -> bool:
    """Return whether alerts can burn an indicator's target. One query."""
    found = alert_ceilings().filter(slug=slug).exists()
    return bool(found)


def alert_ceilings() -> QuerySet[Indicator]:
    """Return the ceilings that alerts can burn: annual, numbered, and automatic."""
    return Indicator.objects.of_current_plan().filter(
        target_type=Indicator.TargetType.ANNUAL_CEILING,
        derivation__isnull=False,
        target__value__isnull=False,
    )


def _detail(line: Any, factors: list[AlertFactor], lang: Lang, today: dt.date) -> Any:
    record = line.record
    brief = _brief(line, lang, today)
    weeks = tuple(
        WeekRow(
            week=week,
            last_day=dt.date.fromisoformat(day),
            area_ha=area,
            cumulative_ha=total,
            is_provisional=soft,
        )
        for week, day, area, total, soft in record["weeks"]
    )
    projection = record["projection"]
    official = record["official"]
    return BudgetDetail(
        brief=brief,
        course=_course(brief, weeks, record["past"]),
        weeks=weeks,
        share=record["share"],
        past=tuple(
            PastRow(year=year, to_day_ha=by_then, year_ha=whole)
            for year, by_then, whole in record["shares"]
        ),
        middle_ha=projection[1] if projection else None,
        official=(official[0], official[1], official[2]) if official else None,
        factors=tuple(
            Factor(
                year=each.year,
                official_ha=float(each.official_ha),
                alerts_ha=float(each.alerts_ha),
            )
            for each in factors
            if each.source == line.source and each.year < line.year
        ),
        method=line.method,
        computed_on=timezone.localdate(line.computed_at),
    )


def _course(
    brief: BudgetBrief, weeks: tuple[WeekRow, ...], past: dict[str, Any]
) -> BudgetCourse:
    return BudgetCourse(
        year=brief.year,
        steps=tuple(
            Step(
                day=week.last_day,
                cumulative_ha=week.cumulative_ha,
                is_provisional=week.is_provisional,
            )
            for week in weeks
        ),
        past=tuple(
            (
                int(year),
                tuple(
                    Step(day=dt.date.fromisoformat(day), cumulative_ha=total)
                    for day, total in steps
                ),
            )
            for year, steps in sorted(past.items())
        ),
        ceiling_ha=brief.ceiling_ha,
        expected_ha=brief.expected_ha,
        low_ha=brief.low_ha,
        high_ha=brief.high_ha,
        is_synthetic=brief.is_synthetic,
    )


def _brief(row: Any, lang: Lang, today: dt.date) -> BudgetBrief:
    return BudgetBrief(
        slug=row.slug,
        source_code=row.source_code,
        source_number=row.source,
        source=_source_name(row, lang),
        year=row.year,
        data_to=row.data_to,
        ceiling_ha=float(row.ceiling_ha),
        to_date_ha=float(row.to_date_ha),
        expected_ha=float(row.expected_ha),
        is_calendar=row.is_calendar,
        low_ha=None if row.low_ha is None else float(row.low_ha),
        high_ha=None if row.high_ha is None else float(row.high_ha),
        is_synthetic=row.is_synthetic,
        is_old=today - row.data_to > OLD_AFTER,
    )


def _source_name(row: Any, lang: Lang) -> str:
    # A made-up source has no row among the sources.
    return str(getattr(row, f"source_{lang}") or made_up_alerts())


def _rises(row: Any, lang: Lang, today: dt.date) -> list[RiseLine]:
    return [
        _rise(each, _source_name(row, lang), row.source)
        for each in row.rises
        if today - dt.date.fromisoformat(each["monday"]) < SHOWN
    ]


def _rise(each: dict[str, Any], source: str, number: int) -> RiseLine:
    monday = dt.date.fromisoformat(each["monday"])
    found = parse_datetime(each["found"])
    return RiseLine(
        district=each["district"],
        ubigeo=each["ubigeo"],
        source=source,
        source_number=number,
        first_day=monday,
        last_day=monday + dt.timedelta(days=6),
        area_ha=each["area"],
        mean_ha=each["mean"],
        sd_ha=each["sd"],
        excess_ha=each["excess"],
        limit_ha=each["limit"],
        found_on=monday if found is None else timezone.localdate(found),
        is_synthetic=each["synthetic"],
    )


def _named(lines: QuerySet[Any]) -> QuerySet[Any]:
    names = Source.objects.filter(code=OuterRef("source_code"))
    labels = [When(source=each.value, then=Value(each.label)) for each in AlertSource]
    plan = "indicator__goal__axis__plan_version"
    named: QuerySet[Any] = (
        lines.filter(
            **{
                "is_current": True,
                f"{plan}__is_current": True,
                f"{plan}__plan__jurisdiction__is_home": True,
            }
        )
        .annotate(
            slug=F("indicator__slug"),
            source_code=Case(*labels, default=Value(""), output_field=CharField()),
        )
        .annotate(
            source_es=Subquery(names.values("name_es")[:1]),
            source_en=Subquery(names.values("name_en")[:1]),
        )
        .order_by("is_synthetic", "indicator_id", "source")
    )
    return named


def _lines() -> QuerySet[Any]:
    notices = RiseNotice.objects.filter(
        source=OuterRef("source"), district__jurisdiction__is_home=True
    ).order_by("-monday", "district__name")
    rises = listed(
        notices[:12],
        "monday",
        district=F("district__name"),
        ubigeo=F("district__ubigeo"),
        area=F("area_ha"),
        mean=F("mean_ha"),
        sd=F("sd_ha"),
        excess=F("excess_ha"),
        limit=F("limit_ha"),
        found=F("found_at"),
        synthetic=F("is_synthetic"),
    )
    lines = _named(BudgetLine.objects.all()).annotate(rises=rises)
    brief: QuerySet[Any] = lines.defer("record")
    return brief


_LINES = CompiledQuery(_lines)
