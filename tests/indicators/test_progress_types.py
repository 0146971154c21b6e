from datetime import date

import pytest

from indicators.progress import (
    Milestone,
    Operator,
    PointStatus,
    ProgressInputError,
    Reason,
    SeriesBreak,
    Status,
    TargetType,
    Trend,
    required_pace_sentence,
    status_sentence,
)
from tests.indicators.progress_cases import (
    AS_OF,
    LOSS,
    ceiling,
    checklist,
    falling,
    judge,
    printed,
    rising,
    step,
)


def test_ceiling_on_the_real_series():
    result = ceiling(LOSS, breaks=(SeriesBreak(year=2017),))
    assert result.status is Status.ACHIEVED
    assert result.facts.met_since_year == 2023
    assert result.facts.must_hold_until == 2030
    assert result.pace is None
    assert result.latest_value == 1182.06
    assert result.required_change_per_year is None
    assert status_sentence(result, "ha", "es") == (
        "Se cumple desde 2023; debe mantenerse hasta 2030."
        " Último dato: 1,182.06 ha en 2024."
    )
    assert printed(result)[:3] == [
        "yT = 1,581",
        "y2023 = 1,463.76 < 1,581 ✓",
        "y2024 = 1,182.06 < 1,581 ✓",
    ]


def test_ceiling_met_one_year_only():
    result = ceiling({2022: 1662.21, 2023: 1463.76})
    assert result.status is Status.MET_THIS_YEAR
    assert result.facts.met_since_year == 2023
    assert "otro año" in status_sentence(result, "ha", "es")
    assert "another year" in required_pace_sentence(
        result, name="the loss", unit="ha", lang="en"
    )


def test_ceiling_two_years_must_run_on():
    assert ceiling({2021: 1191.06, 2023: 1463.76}).status is Status.MET_THIS_YEAR


def test_a_year_over_the_ceiling_ends_it():
    result = ceiling({**LOSS, 2025: 1581.01})
    assert result.status is Status.NOT_ASSESSABLE
    assert result.reason is Reason.NO_BASELINE
    assert result.facts.met_since_year is None
    assert result.facts.must_hold_until is None


def test_ceiling_is_strict():
    assert ceiling({2023: 1581, 2024: 1581}).reason is Reason.NO_BASELINE
    assert ceiling({2023: 1580.99, 2024: 1580.99}).status is Status.ACHIEVED


def test_ceiling_run_does_not_cross_a_break():
    result = ceiling({2016: 1000, 2017: 1000}, breaks=(SeriesBreak(year=2017),))
    assert result.status is Status.MET_THIS_YEAR
    assert result.facts.met_since_year == 2017


def test_ceiling_pace_uses_the_mean_of_three_years_and_change_the_raw_year():
    result = ceiling(
        {2022: 5000, 2023: 3000, 2024: 2000, 2025: 2500}, start=(2020, 4000)
    )
    assert result.deciding_value == 2500
    assert result.share == pytest.approx(1500 / 2419)
    assert result.required_change_per_year == pytest.approx((1581 - 2500) / 5)
    mean = ceiling({2023: 3000, 2024: 2000, 2025: 2600}, start=(2020, 4000))
    assert mean.deciding_value == pytest.approx(7600 / 3)
    assert [used.year for used in mean.used] == [2023, 2024, 2025]
    assert mean.required_change_per_year == pytest.approx((1581 - 2600) / 5)
    assert printed(mean)[1] == "yt = (3,000 + 2,000 + 2,600) / 3 = 2,533.3333"


def test_ceiling_mean_does_not_cross_a_break():
    result = ceiling(
        {2018: 9999, 2019: 9999, 2021: 3000, 2022: 2000},
        start=(2020, 4000),
        breaks=(SeriesBreak(year=2020),),
    )
    assert result.deciding_value == 2500


def test_ceiling_still_met_when_the_deadline_is_over():
    result = ceiling({2029: 1500, 2030: 1500})
    assert result.status is Status.ACHIEVED
    assert result.facts.must_hold_until is None
    assert status_sentence(result, "ha", "en").startswith(
        "The target has been met since 2029."
    )


def test_ceiling_that_the_baseline_meets_is_kept_or_lost():
    assert ceiling({2024: 1500}, (2022, 1200)).status is Status.MAINTAINED
    assert ceiling({2024: 1600}, (2022, 1200)).status is Status.DETERIORATION


def test_baseline_of_the_latest_year_does_not_hide_two_years_under():
    assert ceiling({2023: 1500, 2024: 1200}, (2024, 1700)).status is Status.ACHIEVED


def test_cumulative_adds_increments_after_the_baseline():
    result = judge(
        rising(8169, TargetType.CUMULATIVE),
        {2019: 700, 2020: 900, 2021: 500, 2023: 1000, 2025: 500},
        (2020, 0),
    )
    assert result.deciding_value == 2000
    assert result.status is Status.LIMITED
    assert result.pace is not None
    assert round(result.pace, 3) == 0.490
    assert [used.year for used in result.used] == [2021, 2023, 2025]
    assert result.facts.missing_years == (2022, 2024)
    assert result.required_change_per_year == pytest.approx(6169 / 5)
    assert "yt = 0 + 500 + 1,000 + 500 = 2,000" in printed(result)
    assert "2,000 ha hasta 2025" in status_sentence(result, "ha", "es")


def test_cumulative_met_and_unknown():
    target = rising(5, TargetType.CUMULATIVE)
    assert judge(target, {2021: 2, 2022: 3}, (2020, 0)).status is Status.ACHIEVED
    assert judge(target, {2021: 20}).reason is Reason.NO_BASELINE
    assert judge(target, {2020: 20}, (2020, 0)).reason is Reason.ONE_POINT


def test_percent_of_baseline():
    target = rising(0.30, TargetType.PERCENT_OF_BASELINE)
    result = judge(target, {2025: 23000}, (2020, 20000))
    assert result.target_value == 26000
    assert result.share == 0.5
    assert result.status is Status.ON_TRACK
    assert "yT = 20,000 × (1 + 0.3) = 26,000" in printed(result)
    assert judge(target, {2025: 90000}).reason is Reason.NO_BASELINE


def test_limited_share_reads_as_a_level():
    target = rising(60, TargetType.LIMITED_SHARE)
    assert judge(target, {2025: 40}, (2020, 20)).status is Status.ON_TRACK


@pytest.mark.parametrize("value", [-0.1, 100.1])
def test_share_outside_its_limits_is_refused(value):
    target = rising(60, TargetType.LIMITED_SHARE)
    with pytest.raises(ProgressInputError, match="0–100"):
        judge(target, {2025: value})


def test_maintain():
    target = rising(30, TargetType.MAINTAIN)
    assert judge(target, {2025: 30}, (2020, 40)).status is Status.MAINTAINED
    lost = judge(target, {2025: 29.9}, (2020, 40))
    assert lost.status is Status.DETERIORATION
    assert lost.share is None
    assert judge(target, {2025: 30}, (2020, 30)).status is Status.MAINTAINED
    assert judge(target, {2025: 35}).status is Status.ACHIEVED
    assert judge(target, {2020: 35}, (2020, 40)).reason is Reason.ONE_POINT


@pytest.mark.parametrize(
    ("latest", "status"),
    [
        (1580, Status.ACHIEVED),
        (1581, Status.LIMITED),
        (1582, Status.DETERIORATION),
    ],
)
def test_baseline_on_a_strict_target(latest, status):
    result = judge(falling(1581), {2025: latest}, (2020, 1581))
    assert result.status is status
    assert result.share is None


def test_direction_only_is_a_trend():
    target = rising(None, TargetType.DIRECTION_ONLY)
    up = judge(target, {2022: 30, 2024: 34})
    assert (up.status, up.trend) == (Status.TREND_ONLY, Trend.IMPROVING)
    assert judge(target, {2022: 34, 2024: 30}).trend is Trend.WORSENING
    assert judge(target, {2022: 30, 2024: 30}).trend is Trend.FLAT
    down = falling(None, TargetType.DIRECTION_ONLY, Operator.LE)
    assert judge(down, {2022: 34, 2024: 30}).trend is Trend.IMPROVING
    assert judge(target, {2022: 30}).reason is Reason.ONE_POINT
    assert judge(target).reason is Reason.NO_APPROVED_VALUE
    assert status_sentence(up, "%", "es") == (
        "De 2022 a 2024 mejora, sube 2 puntos porcentuales por año;"
        " el plan no fija un número."
    )


def test_checklist_pace_from_due_dates():
    result = checklist(
        step(2, done=True, due=date(2024, 12, 31)),
        step(1, done=False, due=date(2025, 12, 31)),
        step(1, done=None),
        step(1, done=True, due=date(2027, 1, 1), status=PointStatus.PROVISIONAL),
    )
    assert (result.share, result.expected_share) == (0.4, 0.6)
    assert result.status is Status.ACCELERATE
    assert result.facts.unreported_steps == 2
    assert printed(result) == [
        "p = 2 / 5 = 0.400",
        "e = 3 / 5 = 0.600",
        "r = 2 / 3 = 0.667",
    ]
    said = required_pace_sentence(result, name="x", unit="", lang="es")
    assert said == "Para cumplir la meta faltan 3 de 5 hasta 2030."


def test_checklist_a_step_is_expected_once_its_day_is_over():
    steps = (step(1, done=False, due=AS_OF), step(1, done=False))
    assert checklist(*steps).reason is Reason.TOO_EARLY
    next_day = checklist(*steps, as_of=date(2026, 3, 2))
    assert next_day.status is Status.LIMITED
    assert checklist(*steps, as_of=date(2031, 1, 1)).expected_share == 1


def test_checklist_ends():
    assert checklist(step(1, done=True), step(3, done=True)).status is Status.ACHIEVED
    assert checklist(step(1, done=None)).reason is Reason.NO_APPROVED_VALUE
    binary = checklist(step(1, done=True), kind=TargetType.BINARY)
    assert binary.status is Status.ACHIEVED


def test_count_by_values():
    target = rising(4, TargetType.COUNT)
    stops = (Milestone(year=2025, value=2), Milestone(year=2028, value=3))
    half = judge(target, {2025: 1}, milestones=stops)
    assert (half.share, half.expected_share, half.pace) == (0.25, 0.5, 0.5)
    assert half.status is Status.LIMITED
    assert judge(target, {2025: 1}).reason is Reason.TOO_EARLY
    assert judge(target, {2025: 4}).status is Status.ACHIEVED
    assert judge(target).reason is Reason.NO_APPROVED_VALUE
    no_number = rising(None, TargetType.COUNT)
    assert judge(no_number, {2025: 1}).reason is Reason.NO_TARGET
    over = judge(target, {2030: 3}, as_of=date(2031, 1, 1))
    assert over.pace == 0.75
