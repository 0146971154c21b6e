"""From monthly production to yearly values: yields and, as an estimate, gross value."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from indicators.loaders.derive import (
    Derived,
    Key,
    contradicted,
    differences,
    write_values,
)
from indicators.models import (
    BasePrice,
    Crop,
    Derivation,
    Load,
    ProductionRecord,
    YearlyValue,
)
from indicators.production import (
    MONTHS,
    AnnualYield,
    Incomplete,
    MonthRow,
    annual_yield,
    gross_value_pen_millions,
)
from indicators.results import recompute_progress
from indicators.yearly.closed_years import hold_years
from territory.models import Place


@dataclass(frozen=True)
class Outcome:
    """The yearly values a rule gives, and the province's years without one.

    `without_number` holds {"year", "months", "why"}: "months" for a year that is not
    whole, "area" for one without harvested area, "prices" for a missing base price,
    with the crops that lack it in "crops".
    """

    wanted: dict[Key, Derived]
    without_number: list[dict[str, Any]]


def derive_production(load: Load) -> int:
    """Return how many yearly values were written from the source's current rows.

    Call it in the transaction that publishes the load.
    """
    written = 0
    province = _province(load)
    for derivation in load.source.derivations.select_related("indicator"):
        outcome = _outcome(derivation, load)
        written += write_values(load, derivation, outcome.wanted)
        derivation.without_number = outcome.without_number
        derivation.save(update_fields=["without_number"])
        recompute_progress(
            indicator_id=derivation.indicator_id,
            place_id=province.pk,
            trigger=f"load {load.pk}",
        )
    return written


def contradicted_by(load: Load) -> int:
    """Return how many values a person typed a load would replace once published."""
    return sum(
        contradicted(derivation, _outcome(derivation, load).wanted)
        for derivation in load.source.derivations.select_related("indicator")
    )


def closed_years_changed(load: Load) -> list[int]:
    """Return the closed years whose values a load would change, in order."""
    years: set[int] = set()
    for derivation in load.source.derivations.select_related("indicator"):
        years |= differences(derivation, _outcome(derivation, load).wanted).years
    return sorted(hold_years(years))


def _outcome(derivation: Derivation, load: Load) -> Outcome:
    if derivation.rule == Derivation.Rule.GROSS_VALUE:
        return _gross_values(load)
    return _yields(derivation, load)


def _province(load: Load) -> Place:
    return (
        Place.objects.current()
        .select_related("generation")
        .get(level=Place.Level.PROVINCE, jurisdiction__is_home=True)
    )


def _reported_months(load: Load) -> dict[int, int]:
    """Return year → months for which the source has a record of any crop."""
    rows = ProductionRecord.objects.as_if_published(load)
    months = rows.order_by().values_list("year", "month").distinct()
    counted: defaultdict[int, int] = defaultdict(int)
    for year, _month in months:
        counted[year] += 1
    return dict(counted)


def _yields(derivation: Derivation, load: Load) -> Outcome:
    crop = Crop.objects.filter(code=derivation.indicator.crop).first()
    if crop is None:
        return Outcome({}, [])
    province = _province(load)
    reported = _reported_months(load)
    by_year: defaultdict[int, list[tuple[int, MonthRow]]] = defaultdict(list)
    records = ProductionRecord.objects.as_if_published(load).filter(crop=crop)
    for place_id, name, year, month, production_t, harvested_ha in records.order_by(
        "year", "month", "place_id"
    ).values_list(
        "place_id", "place__name", "year", "month", "production_t", "harvested_ha"
    ):
        row = MonthRow(name, month, production_t, harvested_ha)
        by_year[year].append((place_id, row))
    outcome = Outcome({}, [])
    for year, rows in by_year.items():
        whole = _yield_of((row for _, row in rows), crop, reported[year])
        if isinstance(whole, Incomplete):
            why = "months" if whole.has_area else "area"
            outcome.without_number.append(
                {"year": year, "months": whole.months, "why": why}
            )
            continue
        outcome.wanted[province.pk, year] = _derived(whole, crop)
        # Before these limits were drawn a code meant another place.
        if year >= province.generation.valid_from_year:
            _add_districts(outcome, year, rows, crop, reported[year])
    return outcome


def _add_districts(
    outcome: Outcome,
    year: int,
    rows: list[tuple[int, MonthRow]],
    crop: Crop,
    reported_months: int,
) -> None:
    for place_id in {place_id for place_id, _ in rows}:
        own = _yield_of(
            (row for at, row in rows if at == place_id), crop, reported_months
        )
        if isinstance(own, AnnualYield):
            outcome.wanted[place_id, year] = _derived(own, crop)


def _yield_of(
    rows: Iterable[MonthRow], crop: Crop, reported_months: int
) -> AnnualYield | Incomplete:
    return annual_yield(
        rows,
        is_perennial=crop.kind == Crop.Kind.PERENNIAL,
        reported_months=reported_months,
    )


def _derived(found: AnnualYield, crop: Crop) -> Derived:
    produced = f"{found.production_t:,.1f} t"
    area = f"{found.area_ha:,.1f} ha"
    if crop.kind == Crop.Kind.PERENNIAL:
        note = (
            f"Producción de los 12 meses ({produced}) entre el promedio mensual"
            f" del área cosechada ({area}). Distritos: {found.places}."
        )
    else:
        note = (
            f"Producción del año ({produced}) entre el área cosechada del año"
            f" ({area}). Distritos: {found.places}. Meses con cosecha: {found.months}."
        )
    if found.gaps:
        gaps = "; ".join(f"{place}, {months}" for place, months in found.gaps)
        note += f" Meses sin registro: {gaps}."
    return Derived(found.yield_t_ha, note=note)


def _gross_values(load: Load) -> Outcome:
    """Return Σ production × base price by year, for whole years of the province."""
    province = _province(load)
    prices = {price.crop.code: price for price in _prices()}
    outcome = Outcome({}, [])
    if not prices:
        return outcome
    per_kg = {code: price.price_pen_kg for code, price in prices.items()}
    reported = _reported_months(load)
    for year, produced in sorted(_production_t(load).items()):
        if reported[year] < MONTHS:
            outcome.without_number.append(
                {"year": year, "months": reported[year], "why": "months"}
            )
            continue
        value = gross_value_pen_millions(produced, per_kg)
        if value is None:
            lacking = sorted(c for c, amount in produced.items() if amount)
            outcome.without_number.append(
                {
                    "year": year,
                    "months": MONTHS,
                    "why": "prices",
                    "crops": [code for code in lacking if code not in per_kg],
                }
            )
            continue
        outcome.wanted[province.pk, year] = Derived(
            value, YearlyValue.Kind.ESTIMATED, _value_note(produced, prices)
        )
    return outcome


def _prices() -> list[BasePrice]:
    """Return the base prices, or none while they are of different years."""
    prices = list(BasePrice.objects.select_related("crop"))
    return prices if len({price.basis_year for price in prices}) == 1 else []


def _production_t(load: Load) -> dict[int, dict[str, Decimal]]:
    """Return year → crop → t; a name without crop stands under itself."""
    produced: defaultdict[int, defaultdict[str, Decimal]] = defaultdict(
        lambda: defaultdict(Decimal)
    )
    rows = ProductionRecord.objects.as_if_published(load).order_by()
    for year, code, name, amount_t in rows.values_list(
        "year", "crop__code", "crop_name", "production_t"
    ):
        produced[year][code or name] += amount_t
    return {year: dict(crops) for year, crops in produced.items()}


def _value_note(produced: dict[str, Decimal], prices: dict[str, BasePrice]) -> str:
    used = [code for code, amount in sorted(produced.items()) if amount]
    basis = prices[used[0]].basis_year
    return (
        f"Estimado de este tablero: producción por precio base de {basis},"
        f" sumada sobre {len(used)} cultivos. No es la cifra oficial del departamento."
    )
