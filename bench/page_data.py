"""A made-up province of the size the pages are measured with."""

import random
from decimal import Decimal

from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection
from django.utils import timezone

from indicators.models import (
    Axis,
    Baseline,
    Goal,
    Indicator,
    Load,
    Plan,
    PlanVersion,
    ProgressResult,
    Source,
    Target,
    YearlyValue,
)
from indicators.results import recompute_indicators
from territory.models import BoundaryGeneration, Jurisdiction, Place

AXES = 4
INDICATORS = 60
DISTRICTS = 6
LAST_YEAR = 2025


def make_province(*, years: int) -> str:
    """Fill an empty database with 60 indicators in 6 districts; return a slug.

    Each has its target, baseline, result and published values of so many years.
    """
    home = Jurisdiction.objects.create(
        code="bench", ubigeo="9901", name="Villa Alta", is_home=True
    )
    places = _places(home)
    plan = Plan.objects.create(jurisdiction=home, code="bench", title_es="Plan")
    version = PlanVersion.objects.create(
        plan=plan, number=1, is_current=True, document_year=2022, target_year=2030
    )
    axes = [
        Axis.objects.create(
            plan_version=version,
            code=f"eje-{n}",
            prefix=f"E{n}",
            order=n,
            name_es=f"Eje {n}",
            name_en=f"Axis {n}",
            objective_es="Un objetivo del eje, con algunas palabras.",
        )
        for n in range(AXES)
    ]
    source = Source.objects.create(
        code="bench",
        name_es="Fuente de prueba",
        name_en="Bench source",
        publisher="Nadie",
        licence="CC BY 4.0",
        citation="Nadie",
        frequency_es="anual",
        frequency_en="yearly",
        late_after_days=400,
    )
    load = Load.objects.create(
        source=source,
        state=Load.State.PUBLISHED,
        trigger=Load.Trigger.COMMAND,
        started_at=timezone.now(),
        published_at=timezone.now(),
    )
    indicators = [_indicator(axes[n % AXES], n) for n in range(INDICATORS)]
    add_values(indicators, places, load, years=years)
    return indicators[0].slug


def grow(*, years: int) -> None:
    """Add the years that are missing, back from the first."""
    known = YearlyValue.objects.order_by("year").first()
    first = LAST_YEAR + 1 if known is None else known.year
    load = Load.objects.get()
    places = list(Place.objects.order_by("level", "ubigeo"))
    indicators = list(Indicator.objects.all())
    rows = range(LAST_YEAR - years + 1, first)
    _create(indicators, places, load, rows)
    _results(places)


def add_values(
    indicators: list[Indicator], places: list[Place], load: Load, *, years: int
) -> None:
    """Publish the last so many years of each indicator in each place."""
    _create(indicators, places, load, range(LAST_YEAR - years + 1, LAST_YEAR + 1))
    _results(places)


def _results(places: list[Place]) -> None:
    province = next(p for p in places if p.level == Place.Level.PROVINCE)
    recompute_indicators(Indicator.objects.all(), place_id=province.pk, trigger="bench")
    ProgressResult.objects.filter(is_current=False).delete()
    # As autovacuum does within a minute: plans follow what the tables hold now.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _create(
    indicators: list[Indicator], places: list[Place], load: Load, years: range
) -> None:
    chance, now = random.Random(1), timezone.now()
    YearlyValue.objects.bulk_create(
        YearlyValue(
            indicator=indicator,
            place=place,
            year=year,
            value=Decimal(chance.randint(900, 1500)) / 1000,
            kind=YearlyValue.Kind.MEASURED,
            state=YearlyValue.State.PUBLISHED,
            source=load.source,
            load=load,
            recorded_at=now,
            published_at=now,
        )
        for indicator in indicators
        for place in places
        for year in years
    )


def _places(home: Jurisdiction) -> list[Place]:
    generation = BoundaryGeneration.objects.create(
        code="bench",
        valid_from_year=2020,
        is_current=True,
        publisher="Nadie",
        licence="CC BY 4.0",
        citation="Nadie",
    )
    square = MultiPolygon(Polygon.from_bbox((-76.0, -8.0, -75.9, -7.9)), srid=4326)
    codes = ["9901", *(f"9901{n + 1:02d}" for n in range(DISTRICTS))]
    return [
        Place.objects.create(
            jurisdiction=home,
            generation=generation,
            ubigeo=code,
            name=f"Lugar {code}",
            level=Place.Level.PROVINCE if len(code) == 4 else Place.Level.DISTRICT,
            geom=square,
            area_ha=Decimal("12100.0"),
        )
        for code in codes
    ]


def _indicator(axis: Axis, n: int) -> Indicator:
    goal = Goal.objects.create(
        axis=axis,
        code=f"M-{n:02d}",
        slug=f"meta-{n}",
        order=n,
        name_es=f"Rendimiento del cultivo {n}",
        name_en=f"Yield of crop {n}",
        text_es="El rendimiento promedio del cultivo sube hasta 1.5 t/ha.",
        text_en="The average yield of the crop rises to 1.5 t/ha.",
        match_confidence="high",
    )
    indicator = Indicator.objects.create(
        goal=goal,
        code=goal.code,
        slug=goal.slug,
        name_es=goal.name_es,
        name_en=goal.name_en,
        unit_es="t/ha",
        unit_en="t/ha",
        target_type=Indicator.TargetType.LEVEL,
        direction=Indicator.Direction.INCREASE,
        collection=Indicator.Collection.STATISTICS,
    )
    Target.objects.create(
        indicator=indicator,
        value=Decimal("1.5"),
        year=2030,
        operator=">=",
        origin="printed",
    )
    Baseline.objects.create(
        indicator=indicator,
        year=2020,
        value=Decimal("0.9"),
        source_text="Censo",
        adopted_in="Sesión 1",
        adopted_on=timezone.localdate(),
    )
    return indicator
