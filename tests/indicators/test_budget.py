"""The deforestation budget: worked cases, properties, and a slow second way."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators import budget as b

YEARS = st.integers(2016, 2035)


@st.composite
def many_days(draw, years: tuple[int, ...] = (2021, 2022, 2023, 2024)):
    """Return days with hectares, exact to a hundredth."""
    day = st.dates(dt.date(min(years), 1, 1), dt.date(max(years), 12, 31))
    drawn = draw(st.dictionaries(day, st.integers(0, 50_000), max_size=40))
    return {when: area / 100 for when, area in drawn.items()}


def slow_budget(days, year, ceiling, data_to, whole):
    """The same numbers day by day in Decimals, without weeks or ranges of dates."""
    exact = {day: Decimal(str(area)) for day, area in days.items()}

    def total(of_year, month_day=(12, 31)):
        return sum(
            (
                a
                for d, a in exact.items()
                if d.year == of_year and (d.month, d.day) <= month_day
            ),
            Decimal(0),
        )

    to_date = sum(
        (a for d, a in exact.items() if d.year == year and d <= data_to), Decimal(0)
    )
    at = min(data_to, dt.date(year, 12, 31))
    shares = [
        total(past, (at.month, at.day)) / total(past)
        for past in sorted(set(whole))
        if past < year and total(past) > 0
    ]
    if len(shares) < 3:
        days_in_year = (dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days
        share = Decimal((at - dt.date(year, 1, 1)).days + 1) / days_in_year
        return to_date, ceiling * share, None
    mean = sum(shares) / len(shares)
    ends = None
    if min(shares) >= Decimal("0.10"):
        ends = to_date / max(shares), to_date / mean, to_date / min(shares)
    return to_date, ceiling * mean, ends


@given(many_days(), st.dates(dt.date(2024, 1, 1), dt.date(2025, 6, 1)), st.booleans())
def test_the_budget_agrees_with_the_slow_way(days, data_to, whole):
    years = (2021, 2022, 2023) if whole else (2022, 2023)
    fast = b.budget_of_year(
        days,
        2024,
        ceiling_ha=1581,
        data_to=data_to,
        whole_years=years,
        official_ha={},
    )
    to_date, expected, ends = slow_budget(days, 2024, Decimal(1581), data_to, years)
    assert fast is not None
    assert fast.to_date_ha == pytest.approx(float(to_date))
    assert fast.expected.area_ha == pytest.approx(float(expected))
    if ends is None:
        # A share of exactly a tenth may fall on either side in floating point.
        assert fast.projection is None or min(
            p.share for p in fast.expected.past
        ) == pytest.approx(0.1)
    elif fast.projection is not None:
        found = (fast.projection.low, fast.projection.middle, fast.projection.high)
        assert found == pytest.approx([float(end) for end in ends])


@given(YEARS)
def test_weeks_cut_the_calendar_year_without_gap_or_overlap(year):
    every = {
        dt.date(year, 1, 1) + dt.timedelta(days=n): 1.0
        for n in range((dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days)
    }
    course = b.weekly_course(every, year)
    assert sum(point.area_ha for point in course) == len(every)
    assert course[-1].last_day == dt.date(year, 12, 31)
    assert all(0 < point.area_ha <= 7 for point in course)
    assert all(point.last_day.weekday() == 6 for point in course[:-1])
    assert 53 <= len(course) <= 54
    assert not any(point.is_provisional for point in course)


def test_week_53_of_2020_ends_on_a_thursday_and_goes_on_in_2021():
    days = {dt.date(2020, 12, 31): 2.0, dt.date(2021, 1, 1): 5.0}
    last, first = b.weekly_course(days, 2020)[-1], b.weekly_course(days, 2021)[0]
    assert (last.week, last.area_ha, last.last_day) == (53, 2.0, dt.date(2020, 12, 31))
    assert (first.week, first.area_ha, first.last_day) == (53, 5.0, dt.date(2021, 1, 3))


@given(many_days(), st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)))
def test_hectares_after_the_data_end_are_not_looked_at(days, data_to):
    def found(known):
        return b.budget_of_year(
            known,
            2024,
            ceiling_ha=100,
            data_to=data_to,
            whole_years=(2021, 2022, 2023),
            official_ha={},
        )

    assert found(days) == found({d: a for d, a in days.items() if d <= data_to})


@given(many_days(), st.sampled_from([2.0, 4.0, 0.5]))
def test_scaling_the_unit_scales_every_number_and_no_share(days, by):
    def found(known, ceiling):
        return b.budget_of_year(
            known,
            2024,
            ceiling_ha=ceiling,
            data_to=dt.date(2024, 9, 1),
            whole_years=(2021, 2022, 2023),
            official_ha={},
        )

    plain, scaled = (
        found(days, 100),
        found({d: a * by for d, a in days.items()}, 100 * by),
    )
    assert scaled.to_date_ha == plain.to_date_ha * by
    assert scaled.expected.share == plain.expected.share
    assert scaled.is_over == plain.is_over


@given(many_days(), st.dates(dt.date(2024, 1, 1), dt.date(2024, 12, 31)))
def test_a_projection_never_lies_below_what_is_counted(days, data_to):
    found = b.budget_of_year(
        days,
        2024,
        ceiling_ha=100,
        data_to=data_to,
        whole_years=(2021, 2022, 2023),
        official_ha={},
    )
    ends = found.projection
    if ends is not None:
        assert found.to_date_ha <= ends.low * (1 + 1e-12)
        assert ends.low <= ends.middle * (1 + 1e-12) <= ends.high * (1 + 1e-9)


def worked(data_to, *, year=2024, whole=(2021, 2022, 2023), official=None):
    """By 30 June 50, 40 and 60 of the 100 ha of each past year had fallen."""
    days = {dt.date(2024, 3, 1): 30.0, dt.date(2024, 6, 30): 20.0}
    for past, half in {2021: 50.0, 2022: 40.0, 2023: 60.0}.items():
        days[dt.date(past, 5, 1)] = half
        days[dt.date(past, 11, 1)] = 100.0 - half
    return b.budget_of_year(
        days,
        year,
        ceiling_ha=90.0,
        data_to=data_to,
        whole_years=whole,
        official_ha=official or {},
    )


def test_the_worked_case_gives_its_numbers():
    found = worked(dt.date(2024, 6, 30))
    assert found.to_date_ha == 50
    assert found.expected.area_ha == pytest.approx(45)
    assert found.left_ha == 40
    assert not found.is_over
    ends = found.projection
    assert (ends.low, ends.middle, ends.high) == pytest.approx((50 / 0.6, 100, 125))


def test_two_past_years_give_the_calendars_share_and_no_projection():
    found = worked(dt.date(2024, 6, 30), whole=(2022, 2023))
    assert found.expected.is_calendar
    assert found.expected.share == 182 / 366
    assert found.projection is None


def test_a_projection_is_too_early_while_a_past_year_had_under_a_tenth():
    assert worked(dt.date(2024, 4, 30)).projection is None
    assert worked(dt.date(2024, 5, 1)).projection is not None


def test_over_is_said_of_what_is_counted_and_only_past_the_ceiling():
    days = {dt.date(2024, 2, 1): 90.0}
    facts = {"data_to": dt.date(2024, 3, 1), "whole_years": (), "official_ha": {}}
    assert not b.budget_of_year(days, 2024, ceiling_ha=90.0, **facts).is_over
    assert b.budget_of_year(days, 2024, ceiling_ha=89.9, **facts).is_over


def test_a_year_whose_data_have_not_begun_has_no_budget():
    assert worked(dt.date(2023, 12, 31)) is None


def test_the_leap_day_reads_as_the_28th_in_other_years():
    days = {dt.date(2023, 2, 28): 1.0, dt.date(2023, 3, 1): 1.0}
    (share,) = b.past_shares(days, [2023], dt.date(2024, 2, 29))
    assert share.share == 0.5


def test_a_year_without_hectares_has_no_share_and_no_factor():
    assert b.past_shares({}, [2021, 2022], dt.date(2024, 5, 1)) == ()
    assert b.factors({}, [2021], {2021: 10.0}) == ()


def test_the_official_range_takes_the_known_years_before_this_one():
    found = worked(dt.date(2024, 6, 30), official={2021: 120.0, 2022: 80.0, 2024: 9.0})
    ends = found.official
    assert (ends.low, ends.middle, ends.high) == pytest.approx((40, 50, 60))
    assert worked(dt.date(2024, 6, 30)).official is None


def test_the_last_four_weeks_are_provisional():
    course = worked(dt.date(2024, 6, 30)).weeks
    assert [p.is_provisional for p in course[-5:]] == [False, True, True, True, True]
