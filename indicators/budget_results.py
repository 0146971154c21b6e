"""Budgets and notices of rises: computed by the pure rooms, stored for the pages."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from indicators import budget, rise
from indicators.alert_coverage import Coverage, coverage_of
from indicators.models import (
    AlertFactor,
    BudgetLine,
    Indicator,
    RiseNotice,
    YearlyValue,
)
from indicators.series.budget import alert_ceilings
from territory.models import AlertDay, AlertSource, Place

# Rises further back are history that a first load brought; nobody is warned of them.
TELL_WEEKS: Final = 8
_AREA_STEP: Final = Decimal("0.000001")


def is_synthetic(source: AlertSource) -> bool:
    """Return whether a source is made up for the demonstration."""
    return "synthetic" in source.label


def refresh_budgets(*, today: dt.date) -> tuple[int, int]:
    """Return how many budget lines were stored anew, and how many rises are new.

    For each ceiling of the home plan whose value comes from an automatic source, and
    each source of alerts, one line; a line that says the same is not stored twice.
    Run it again at will. `today` is Lima's.
    """
    districts = dict(
        Place.objects.current()
        .districts()
        .filter(jurisdiction__is_home=True)
        .values_list("pk", "ubigeo")
    )
    lines = notices = 0
    with transaction.atomic():
        ceilings = list(
            alert_ceilings()
            .select_related("target")
            .order_by("pk")
            .select_for_update(of=("self",))
        )
        for source in AlertSource:
            covered = coverage_of(source, districts, source_code=source.label)
            if covered is None:
                continue
            areas = _areas(source, districts)
            for indicator in ceilings:
                lines += _refresh_line(indicator, source, areas, covered)
            notices += _tell_rises(source, areas, covered, today)
    return lines, notices


Areas = dict[int, dict[dt.date, float]]


def _areas(source: AlertSource, districts: dict[int, str]) -> Areas:
    rows = (
        AlertDay.objects.filter(source=source, district__in=districts)
        .values_list("district_id", "day")
        .annotate(total=Sum("area_ha"))
        .order_by("district_id", "day")
    )
    areas: Areas = {pk: {} for pk in districts}
    for district_id, day, total in rows:
        areas[district_id][day] = float(total)
    return areas


def _refresh_line(
    indicator: Indicator, source: AlertSource, areas: Areas, covered: Coverage
) -> int:
    days: defaultdict[dt.date, float] = defaultdict(float)
    for own in areas.values():
        for day, area_ha in own.items():
            days[day] += area_ha
    whole = covered.whole_years()
    official = _official(indicator)
    _keep_factors(indicator, source, budget.factors(days, whole, _plain(official)))
    made = budget.budget_of_year(
        days,
        covered.last_day.year,
        ceiling_ha=float(indicator.target.value or 0),
        data_to=covered.last_day,
        whole_years=whole,
        official_ha=_plain(official),
    )
    return 0 if made is None else _store(indicator, source, made, days, whole)


def _official(indicator: Indicator) -> dict[int, YearlyValue]:
    """Return the province's published values that a load brought, by year."""
    values = YearlyValue.objects.published().filter(
        indicator=indicator,
        place__level=Place.Level.PROVINCE,
        load__isnull=False,
        value__isnull=False,
        is_synthetic=False,
    )
    return {value.year: value for value in values}


def _plain(official: dict[int, YearlyValue]) -> dict[int, float]:
    return {year: float(value.value or 0) for year, value in official.items()}


def _keep_factors(
    indicator: Indicator, source: AlertSource, known: tuple[budget.Factor, ...]
) -> None:
    if is_synthetic(source):
        # An official figure over made-up alerts says nothing.
        return
    official = _official(indicator)
    for factor in known:
        wanted = {
            "official_ha": Decimal(str(factor.official_ha)),
            "alerts_ha": _exact(factor.alerts_ha),
            "load_id": official[factor.year].load_id,
        }
        kept, is_new = AlertFactor.objects.get_or_create(
            indicator=indicator, source=source, year=factor.year, defaults=wanted
        )
        if not is_new and any(getattr(kept, k) != v for k, v in wanted.items()):
            AlertFactor.objects.filter(pk=kept.pk).update(**wanted)


def _store(
    indicator: Indicator,
    source: AlertSource,
    made: budget.Budget,
    days: dict[dt.date, float],
    whole: tuple[int, ...],
) -> int:
    made_up = is_synthetic(source)
    ends = made.projection
    facts = {
        "year": made.year,
        "data_to": made.data_to,
        "ceiling_ha": indicator.target.value,
        "to_date_ha": _exact(made.to_date_ha),
        "expected_ha": _exact(made.expected.area_ha),
        "is_calendar": made.expected.is_calendar,
        "low_ha": None if ends is None else _exact(ends.low),
        "high_ha": None if ends is None else _exact(ends.high),
        "is_synthetic": made_up,
        "method": budget.METHOD,
        "record": _record(made, days, whole, with_official=not made_up),
    }
    current = BudgetLine.objects.filter(
        indicator=indicator, source=source, is_current=True
    ).first()
    if current and all(getattr(current, name) == fact for name, fact in facts.items()):
        return 0
    if current:
        BudgetLine.objects.filter(pk=current.pk).update(is_current=False)
    BudgetLine.objects.create(
        indicator=indicator, source=source, computed_at=timezone.now(), **facts
    )
    return 1


def _record(
    made: budget.Budget,
    days: dict[dt.date, float],
    whole: tuple[int, ...],
    *,
    with_official: bool,
) -> dict[str, Any]:
    """Return everything the page prints, as JSON; hectares to a thousandth."""
    past = {
        str(year): [
            [point.last_day.isoformat(), round(point.cumulative_ha, 3)]
            for point in budget.weekly_course(days, year)
        ]
        for year in whole
        if year < made.year
    }
    return {
        "weeks": [
            [
                point.week,
                point.last_day.isoformat(),
                round(point.area_ha, 3),
                round(point.cumulative_ha, 3),
                point.is_provisional,
            ]
            for point in made.weeks
        ],
        "past": past,
        "share": round(made.expected.share, 6),
        "shares": [
            [each.year, round(each.to_day_ha, 3), round(each.year_ha, 3)]
            for each in made.expected.past
        ],
        "projection": _ends(made.projection),
        "official": _ends(made.official) if with_official else None,
    }


def _ends(ends: budget.Range | None) -> list[float] | None:
    return (
        None
        if ends is None
        else [round(e, 3) for e in (ends.low, ends.middle, ends.high)]
    )


def _exact(number: float) -> Decimal:
    return Decimal(f"{number:.6f}").quantize(_AREA_STEP)


# --- Rises ----------------------------------------------------------------------


def _tell_rises(
    source: AlertSource, areas: Areas, covered: Coverage, today: dt.date
) -> int:
    made_up = is_synthetic(source)
    oldest = today - dt.timedelta(weeks=TELL_WEEKS)
    told = 0
    for district_id, days in areas.items():
        weeks = _whole_weeks(days, covered, district_id)
        found = [each for each in rise.rises(weeks) if each.monday >= oldest]
        if not found:
            continue
        earlier = RiseNotice.objects.filter(
            district_id=district_id, is_synthetic=made_up
        ).values_list("monday", flat=True)
        for each in rise.apart(found, list(earlier)):
            _tell(district_id, source, each, made_up)
            told += 1
    return told


def _whole_weeks(
    days: dict[dt.date, float], covered: Coverage, district_id: int
) -> dict[dt.date, float | None]:
    """Return hectares of each week the source covers whole, by its Monday."""
    weeks: dict[dt.date, float | None] = {}
    for start, end in covered.spans[district_id]:
        monday = start + dt.timedelta(days=-start.weekday() % 7)
        while monday + dt.timedelta(days=6) < end:
            sunday = monday + dt.timedelta(days=6)
            if sunday <= covered.last_day:
                each = (monday + dt.timedelta(days=n) for n in range(7))
                weeks[monday] = sum(days.get(day, 0.0) for day in each)
            monday += dt.timedelta(days=7)
    return weeks


def _tell(
    district_id: int, source: AlertSource, found: rise.Rise, made_up: bool
) -> None:
    RiseNotice.objects.create(
        district_id=district_id,
        source=source,
        monday=found.monday,
        area_ha=_exact(found.area_ha),
        mean_ha=_exact(found.mean_ha),
        sd_ha=_exact(found.sd_ha),
        excess_ha=_exact(found.excess_ha),
        limit_ha=_exact(found.limit_ha),
        is_synthetic=made_up,
        method=rise.METHOD,
        found_at=timezone.now(),
    )
