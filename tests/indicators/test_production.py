"""Yields and gross value, against a slow second way of computing them."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.production import (
    AnnualYield,
    Incomplete,
    MonthRow,
    annual_yield,
    gross_value_pen_millions,
)

AMOUNTS = st.integers(0, 10**8).map(lambda n: Decimal(n).scaleb(-2))
TABLES = st.dictionaries(
    st.tuples(st.sampled_from("ABC"), st.integers(1, 12)),
    st.tuples(AMOUNTS, AMOUNTS),
    max_size=36,
)


def rows_of(table: dict[tuple[str, int], tuple[Decimal, Decimal]]) -> list[MonthRow]:
    return [MonthRow(p, m, t, ha) for (p, m), (t, ha) in table.items()]


def year(production: str, area: str, place: str = "A") -> list[MonthRow]:
    return [
        MonthRow(place, m, Decimal(production), Decimal(area)) for m in range(1, 13)
    ]


def test_the_area_of_a_perennial_is_counted_once_and_not_twelve_times() -> None:
    found = annual_yield(year("100", "800"), is_perennial=True, reported_months=12)
    assert isinstance(found, AnnualYield)
    assert (found.yield_t_ha, found.area_ha) == (Decimal("1.5"), Decimal(800))


def test_the_areas_of_a_transitory_crop_add_up() -> None:
    found = annual_yield(year("80", "10"), is_perennial=False, reported_months=12)
    assert isinstance(found, AnnualYield)
    assert (found.yield_t_ha, found.area_ha) == (Decimal(8), Decimal(120))


def test_districts_are_added_before_the_mean_is_taken() -> None:
    rows = year("100", "800") + year("300", "400", "B")
    found = annual_yield(rows, is_perennial=True, reported_months=12)
    assert isinstance(found, AnnualYield)
    # 4,800 t over 1,200 ha; the mean of the two yields would be 5.25.
    assert found.yield_t_ha == Decimal(4)
    assert (found.places, found.gaps) == (2, ())


def test_a_district_that_lacks_months_is_named_and_does_not_bend_the_yield() -> None:
    rows = year("100", "800") + year("50", "400", "B")[:9]
    found = annual_yield(rows, is_perennial=True, reported_months=12)
    assert isinstance(found, AnnualYield)
    assert found.gaps == (("B", 3),)
    assert found.yield_t_ha == Decimal("1.5")


def test_eleven_months_give_no_number() -> None:
    rows = year("100", "800")[:11]
    for is_perennial in (True, False):
        found = annual_yield(rows, is_perennial=is_perennial, reported_months=11)
        assert found == Incomplete(months=11)


def test_a_perennial_without_one_month_is_incomplete_though_others_reported() -> None:
    found = annual_yield(year("1", "8")[:11], is_perennial=True, reported_months=12)
    assert found == Incomplete(months=11)


def test_a_transitory_crop_need_not_be_cut_every_month() -> None:
    found = annual_yield(year("80", "10")[:5], is_perennial=False, reported_months=12)
    assert isinstance(found, AnnualYield)
    assert (found.yield_t_ha, found.months) == (Decimal(8), 5)


def test_no_area_is_no_division() -> None:
    found = annual_yield(year("1", "0"), is_perennial=True, reported_months=12)
    assert found == Incomplete(months=12, has_area=False)


@given(TABLES, st.booleans(), st.integers(0, 12))
def test_a_slow_second_way_agrees(table, is_perennial, reported_months) -> None:
    found = annual_yield(
        rows_of(table), is_perennial=is_perennial, reported_months=reported_months
    )
    expected = slow_yield(table, is_perennial, reported_months)
    if expected is None:
        assert isinstance(found, Incomplete)
    else:
        assert isinstance(found, AnnualYield)
        assert abs(Fraction(found.yield_t_ha) - expected) <= Fraction(1, 20000)


def slow_yield(table, is_perennial, reported_months) -> Fraction | None:
    """Month by month in exact fractions, with explicit loops."""
    produced = Fraction(0)
    areas = []
    for month in range(1, 13):
        cells = [v for (_place, m), v in table.items() if m == month]
        produced += sum((Fraction(t) for t, _ in cells), Fraction(0))
        if cells:
            areas.append(sum((Fraction(ha) for _, ha in cells), Fraction(0)))
    if is_perennial:
        if len(areas) < 12:
            return None
        area = sum(areas, Fraction(0)) / len(areas)
    else:
        if reported_months < 12:
            return None
        area = sum(areas, Fraction(0))
    return produced / area if area else None


@given(TABLES, st.booleans(), st.randoms())
def test_the_order_of_rows_changes_nothing(table, is_perennial, chance) -> None:
    rows = rows_of(table)
    mixed = rows.copy()
    chance.shuffle(mixed)
    assert annual_yield(
        rows, is_perennial=is_perennial, reported_months=12
    ) == annual_yield(mixed, is_perennial=is_perennial, reported_months=12)


def test_gross_value_is_in_millions_of_soles() -> None:
    value = gross_value_pen_millions(
        {"cacao": Decimal(10_000), "arroz": Decimal(50_000)},
        {"cacao": Decimal("5.2"), "arroz": Decimal("0.71"), "maiz": Decimal(1)},
    )
    # 52 and 35.5 million.
    assert value == Decimal("87.5")


@pytest.mark.parametrize(
    "produced", [{}, {"cacao": Decimal(0)}, {"cacao": Decimal(1), "yuca": Decimal(1)}]
)
def test_without_every_price_there_is_no_gross_value(produced) -> None:
    assert gross_value_pen_millions(produced, {"cacao": Decimal(5)}) is None
