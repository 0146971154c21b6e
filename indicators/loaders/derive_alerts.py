"""From alerts to yearly values: hectares of the pixels, for whole and settled years.

A year gives a number once every district was covered from its first day to its last,
was looked at again after the weeks in which the source still adds alerts, and lies
behind what loads read anew. Until then it is named with what is missing: a part of a
year would read as a quiet year.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import ExtractYear

from indicators.alert_coverage import Coverage, Look, coverage_of, looks_of
from indicators.loaders.derive import (
    Derived,
    Key,
    current_values,
    hold_indicators,
    write_values,
)
from indicators.models import Derivation, Load, YearlyValue
from indicators.results import recompute_progress
from indicators.sources.gfw import REREAD_DAYS
from territory.models import AlertDay, AlertSource, Place

# Loads read the last 180 days anew: after that the alerts of a year stay.
SETTLED_AFTER: Final = dt.timedelta(days=REREAD_DAYS)
# A look at the last days of a year counts when the source had four weeks for them.
LOOK_AGAIN_AFTER: Final = dt.timedelta(weeks=4)
# A pixel is about 0.01 ha: more digits would only look exact.
_STEP: Final = Decimal("0.01")


@dataclass
class YearSums:
    """Alerts of a district in a year by confidence, and their pixels' hectares."""

    area_ha: Decimal = Decimal(0)
    alerts: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def __add__(self, other: "YearSums") -> "YearSums":
        both = YearSums(self.area_ha + other.area_ha)
        for one in (self, other):
            for confidence, alerts in one.alerts.items():
                both.alerts[confidence] += alerts
        return both


def refresh_alert_years(*, today: dt.date) -> int:
    """Return how many yearly values of alerts were written or withdrawn.

    For each indicator of the home plan that an alert source feeds. What a person
    typed stands, and so does every value of a closed year. Run it again at will.
    `today` is Lima's.
    """
    with transaction.atomic():
        derivations = (
            Derivation.objects.filter(
                rule=Derivation.Rule.ALERT_AREA,
                indicator__goal__axis__plan_version__is_current=True,
                indicator__goal__axis__plan_version__plan__jurisdiction__is_home=True,
            )
            .select_related("source")
            .order_by("pk")
            .select_for_update(of=("self",))
        )
        hold_indicators(derivations)
        return sum(_refresh(derivation, today) for derivation in derivations)


def _refresh(derivation: Derivation, today: dt.date) -> int:
    code = derivation.source.code
    load = (
        Load.objects.filter(source=derivation.source, state=Load.State.PUBLISHED)
        .order_by("-published_at", "-pk")
        .first()
    )
    province = (
        Place.objects.current()
        .filter(level=Place.Level.PROVINCE, jurisdiction__is_home=True)
        .defer("geom")
        .first()
    )
    if load is None or province is None:
        return 0
    districts = (
        Place.objects.current().districts().filter(jurisdiction__is_home=True)
    ).order_by("name")
    names = {place.pk: place for place in districts.defer("geom")}
    number = next(one for one in AlertSource if one.label == code)
    covered = coverage_of(
        number, {pk: place.ubigeo for pk, place in names.items()}, source_code=code
    )
    wanted: dict[Key, Derived] = {}
    without: list[dict[str, Any]] = []
    if covered is not None:
        sums = _sums(number, names)
        looks = looks_of(code)
        for year in range(min(year for _, year in sums), covered.last_day.year + 1):
            settled = dt.date(year, 12, 31) + SETTLED_AFTER
            if today <= settled:
                without.append(
                    {"year": year, "why": "open", "until": settled.isoformat()}
                )
                continue
            lacking = _add_year(wanted, year, province, names, covered, looks, sums)
            if lacking:
                without.append({"year": year, "why": "districts", "places": lacking})
    for key, value in current_values(derivation).items():
        if value.load_id is None and not value.is_synthetic and value.value is not None:
            wanted[key] = Derived(value.value, YearlyValue.Kind(value.kind))
    written = write_values(load, derivation, wanted, leaves_closed_years=True)
    if derivation.without_number != without:
        derivation.without_number = without
        derivation.save(update_fields=["without_number"])
    if written:
        recompute_progress(
            indicator_id=derivation.indicator_id,
            place_id=province.pk,
            trigger=f"load {load.pk}",
        )
    return written


def _sums(
    source: AlertSource, districts: Mapping[int, Place]
) -> dict[tuple[int, int], YearSums]:
    rows = (
        AlertDay.objects.filter(source=source, district__in=districts)
        .order_by()
        .values_list("district_id", ExtractYear("day"), "confidence")
        .annotate(Sum("alerts"), Sum("area_ha"))
    )
    sums: defaultdict[tuple[int, int], YearSums] = defaultdict(YearSums)
    for district_id, year, confidence, alerts, area_ha in rows:
        own = sums[district_id, year]
        own.area_ha += area_ha
        own.alerts[confidence] += alerts
    return dict(sums)


def _add_year(
    wanted: dict[Key, Derived],
    year: int,
    province: Place,
    districts: Mapping[int, Place],
    covered: Coverage,
    looks: list[Look],
    sums: Mapping[tuple[int, int], YearSums],
) -> list[str]:
    """Add the values of a year; return the names of districts that lack days of it."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    since = last + LOOK_AGAIN_AFTER
    lacking: list[str] = []
    whole = YearSums()
    for pk, place in districts.items():
        is_seen = any(look.saw(place.ubigeo, last, since) for look in looks)
        if not (is_seen and covered.holds(pk, first, last)):
            lacking.append(place.name)
            continue
        # Covered and without a row: no alert that year.
        own = sums.get((pk, year), YearSums())
        wanted[pk, year] = _derived(own, 1)
        whole += own
    if not lacking:
        wanted[province.pk, year] = _derived(whole, len(districts))
    return lacking


def _derived(sums: YearSums, districts: int) -> Derived:
    nominal, high, highest = (sums.alerts.get(level, 0) for level in (2, 3, 4))
    return Derived(
        sums.area_ha.quantize(_STEP),
        YearlyValue.Kind.ESTIMATED,
        f"Superficie de los píxeles con alerta: {sum(sums.alerts.values()):,} alertas"
        f" (confianza nominal {nominal:,}, alta {high:,}, muy alta {highest:,})."
        f" Distritos: {districts}. No es pérdida medida ni cifra oficial.",
    )
