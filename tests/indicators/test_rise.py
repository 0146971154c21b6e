"""Unusual rises: worked cases, properties, and a slow second way."""

import datetime as dt
import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.rise import Rise, apart, rises

START = dt.date(2026, 1, 5)
AREAS = st.lists(
    st.one_of(st.none(), st.integers(0, 4000).map(lambda n: n / 20)), max_size=45
)


def weeks(areas):
    return {START + dt.timedelta(days=7 * n): area for n, area in enumerate(areas)}


def slow(areas):
    """The Mondays of the alarms, by positions in a list and the statistics module."""
    found, running = [], 0.0
    for n, area in enumerate(areas):
        before = [a for a in areas[max(0, n - 12) : n] if a is not None]
        if area is None or len(before) < 8:
            running = 0.0
            continue
        mean, sd = statistics.fmean(before), statistics.stdev(before)
        running += area - (mean + sd / 2)
        if running < 0:
            running = 0.0
        if area >= 5 and running > 5 and running > 5 * sd:
            found.append(n)
            running = 0.0
    return [START + dt.timedelta(days=7 * n) for n in found]


@given(AREAS)
def test_rises_agree_with_the_slow_way(areas):
    assert [rise.monday for rise in rises(weeks(areas))] == slow(areas)


@given(AREAS)
def test_the_order_of_the_weeks_does_not_matter(areas):
    given_weeks = weeks(areas)
    assert rises(dict(reversed(given_weeks.items()))) == rises(given_weeks)


@given(AREAS)
def test_told_rises_lie_four_weeks_apart(areas):
    told = [rise.monday for rise in apart(rises(weeks(areas)))]
    gaps = [later - earlier for earlier, later in itertools.pairwise(told)]
    assert all(gap >= dt.timedelta(weeks=4) for gap in gaps)


def test_a_jump_over_a_calm_quarter_gives_its_numbers():
    (rise,) = rises(weeks([11.0, 9.0] * 6 + [40.0]))
    assert rise.monday == START + dt.timedelta(weeks=12)
    sd = (12 / 11) ** 0.5
    assert rise.mean_ha == 10
    assert rise.sd_ha == pytest.approx(sd)
    assert rise.excess_ha == pytest.approx(30 - sd / 2)
    assert rise.limit_ha == pytest.approx(5 * sd)


def test_a_tiny_district_does_not_fire():
    assert rises(weeks([0.0] * 12 + [4.9])) == ()


def test_without_spread_the_floor_decides():
    assert rises(weeks([0.0] * 12 + [5.0])) == ()
    (rise,) = rises(weeks([0.0] * 12 + [5.1]))
    assert (rise.sd_ha, rise.limit_ha) == (0.0, 5.0)


def test_weeks_not_covered_are_not_zeros():
    jump = [20.0] * 7 + [None] * 5 + [60.0]
    assert rises(weeks(jump)) == ()
    assert len(rises(weeks([20.0] * 8 + [None] * 4 + [60.0]))) == 1
    assert rises({}) == ()


def test_a_notice_told_before_keeps_the_next_four_weeks_quiet():
    facts = {"area_ha": 9.0, "mean_ha": 1.0, "sd_ha": 1.0}
    rise = Rise(monday=START, excess_ha=8.0, limit_ha=5.0, **facts)
    assert apart([rise], [START - dt.timedelta(weeks=3)]) == ()
    assert apart([rise], [START - dt.timedelta(weeks=4)]) == (rise,)
