import json
from dataclasses import replace
from datetime import date

import pytest

from indicators.progress import (
    METHOD_VERSION,
    Baseline,
    ChecklistStep,
    Direction,
    Inputs,
    LineMethod,
    Milestone,
    Operator,
    Point,
    PointStatus,
    ProgressInputError,
    Reason,
    Result,
    ScheduleState,
    SeriesBreak,
    Status,
    Target,
    TargetType,
    Trend,
    assess,
    compound_growth_ratio,
    evidence_badge,
    explain,
    methods_differ_sentence,
    plainly_good,
    required_pace_sentence,
    roll_up,
    schedule_badge,
    status_sentence,
)

AS_OF = date(2026, 3, 1)
# Hectares lost a year in the province; MINAM, GEOBOSQUES edition to 2024.
LOSS = {
    2018: 2478.78,
    2019: 1627.02,
    2020: 2446.92,
    2021: 1191.06,
    2022: 1662.21,
    2023: 1463.76,
    2024: 1182.06,
}


def rising(value, kind=TargetType.LEVEL, **extra):
    return Target(
        type=kind,
        direction=Direction.INCREASE,
        operator=Operator.GE,
        value=value,
        **extra,
    )


def falling(value, kind=TargetType.LEVEL, sign=Operator.LT):
    return Target(type=kind, direction=Direction.DECREASE, operator=sign, value=value)


def points(values, status=PointStatus.APPROVED):
    return tuple(
        Point(year=year, value=value, status=status, ref=f"v{year}")
        for year, value in values.items()
    )


def judge(target, values=None, start=None, **extra):
    return assess(
        Inputs(
            target=target,
            as_of=extra.pop("as_of", AS_OF),
            points=points(values or {}),
            baseline=None if start is None else Baseline(year=start[0], value=start[1]),
            **extra,
        )
    )


def ceiling(values, start=None, **extra):
    return judge(falling(1581, TargetType.ANNUAL_CEILING), values, start, **extra)


def printed(result):
    return [line.printed for line in explain(result)]


# The published table prints 0.910 for case C and 1.034 for case E: there one column
# was rounded from the other. The exact third decimals are 0.909 and 1.033.
TABLE = [
    ("A", rising(1.5), 0.90, 1.25, 0.583, 1.167, 1.296, Status.ON_TRACK),
    ("H", rising(1.5), 0.90, 1.13, 0.383, 0.767, 0.889, Status.ACCELERATE),
    ("B", rising(1.5), 0.90, 1.00, 0.167, 0.333, 0.406, Status.LIMITED),
    ("C", falling(1581), 4000, 2900, 0.455, 0.909, 0.703, Status.ACCELERATE),
    ("D", falling(1581), 4000, 4400, -0.165, -0.331, -0.217, Status.DETERIORATION),
    ("E", falling(1581), 4000, 1500, 1.033, 2.067, 2.009, Status.ACHIEVED),
    ("F", rising(8169), 0, 2000, 0.245, 0.490, None, Status.LIMITED),
    (
        "G",
        falling(0, sign=Operator.LE),
        18,
        12,
        0.333,
        0.667,
        None,
        Status.ACCELERATE,
    ),
]


@pytest.mark.parametrize(
    ("target", "start", "latest", "share", "pace", "compound", "status"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_half_way_cases(target, start, latest, share, pace, compound, status):
    result = judge(target, {2025: latest}, (2020, start))
    assert result.status is status
    assert result.reason is None
    assert result.share is not None
    assert result.pace is not None
    assert round(result.share, 3) == share
    assert result.expected_share == 0.5
    assert round(result.pace, 3) == pace
    ratio = result.compound_ratio
    assert (None if ratio is None else round(ratio, 3)) == compound


@pytest.mark.parametrize(
    ("start", "latest", "goal", "ratio"),
    [(0.001, 2000, 8169, 4.399), (18, 12, 0.001, 0.125)],
)
def test_growth_method_with_zero_replaced_gives_the_published_nonsense(
    start, latest, goal, ratio
):
    # Published tools put 0.001 where a series starts or ends at zero.
    got = compound_growth_ratio(
        baseline=start, latest=latest, target=goal, years_gone=5, years_total=10
    )
    assert got is not None
    assert round(got, 3) == ratio


@pytest.mark.parametrize(
    ("start", "latest", "goal", "gone"),
    [
        (0, 5, 9, 5),
        (4, -1, 9, 5),
        (4, 5, 0, 5),
        (-4, 5, 9, 5),
        (4, 5, 4, 5),
        (4, 5, 9, 0),
    ],
)
def test_growth_without_meaning_is_none(start, latest, goal, gone):
    got = compound_growth_ratio(
        baseline=start, latest=latest, target=goal, years_gone=gone, years_total=10
    )
    assert got is None


def test_growth_to_nothing_is_a_fall_by_all():
    got = compound_growth_ratio(
        baseline=4, latest=0, target=2, years_gone=5, years_total=10
    )
    assert got is not None
    assert got > 1


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
        "De 2022 a 2024 mejora, sube 2 % por año; el plan no fija un número."
    )


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (judge(rising(None), {2025: 3}, (2020, 1)), Reason.NO_TARGET),
        (judge(rising(9), {2025: 3}), Reason.NO_BASELINE),
        (
            judge(rising(9, definition_pending=True), {2025: 99}, (2020, 1)),
            Reason.DEFINITION_PENDING,
        ),
        (judge(rising(9), {2025: None}, (2020, 1)), Reason.NO_APPROVED_VALUE),
        (judge(rising(9), {2020: 3}, (2020, 1)), Reason.ONE_POINT),
        (judge(rising(9), {2019: 99}, (2020, 1)), Reason.ONE_POINT),
        (judge(rising(101), {2020: 1, 2021: 40}, (2019, 1)), None),
        (
            judge(
                rising(101),
                {2021: 40},
                (2020, 1),
                milestones=(Milestone(year=2025, value=50),),
            ),
            Reason.TOO_EARLY,
        ),
    ],
)
def test_each_reason(result, reason):
    assert result.reason is reason
    assert (result.status is Status.NOT_ASSESSABLE) == (reason is not None)


def test_a_tenth_of_the_way_expected_is_enough_to_assess():
    assert judge(rising(1.9), {2021: 1.0}, (2020, 0.9)).status is Status.ON_TRACK
    late = judge(replace(rising(1.9), year=2031), {2021: 1.0}, (2020, 0.9))
    assert late.reason is Reason.TOO_EARLY
    assert late.pace is None


def test_a_met_target_is_achieved_even_early_or_without_baseline():
    assert judge(rising(9), {2021: 9}, (2020, 1)).status is Status.ACHIEVED
    assert judge(rising(9), {2021: 9}).status is Status.ACHIEVED


@pytest.mark.parametrize(
    ("latest", "status"),
    [
        (47.5, Status.ON_TRACK),
        (47.49, Status.ACCELERATE),
        (30, Status.ACCELERATE),
        (29.99, Status.LIMITED),
        (0, Status.LIMITED),
        (-0.01, Status.DETERIORATION),
    ],
)
def test_class_borders(latest, status):
    assert judge(rising(100), {2025: latest}, (2020, 0)).status is status


def test_class_border_is_where_a_calculator_puts_it():
    # In binary floats (0.29 − 0.1) / (0.3 − 0.1) falls short of 0.95.
    assert (0.29 - 0.1) / (0.5 - 0.1) / 0.5 < 0.95
    result = judge(rising(0.5), {2025: 0.29}, (2020, 0.1))
    assert result.pace == 0.95
    assert result.status is Status.ON_TRACK


def test_no_share_across_a_break():
    result = judge(
        rising(100), {2016: 10, 2019: 40}, (2015, 5), breaks=(SeriesBreak(year=2017),)
    )
    assert result.reason is Reason.NO_BASELINE
    assert result.share is None
    assert result.facts.baseline_break_year == 2017
    assert "2017" in status_sentence(result, "ha", "es")
    assert result.projection is None
    same_side = judge(
        rising(100), {2019: 40}, (2017, 5), breaks=(SeriesBreak(year=2017),)
    )
    assert same_side.share is not None
    later = judge(rising(100), {2019: 40}, (2015, 5), breaks=(SeriesBreak(year=2020),))
    assert later.share is not None


def test_milestones_bend_the_planned_path():
    stops = (
        Milestone(year=2022, value=10),
        Milestone(year=2026, value=50),
        Milestone(year=2025, value=90, approved=False),
    )
    result = judge(rising(100), {2025: 36}, (2020, 0), milestones=stops)
    assert result.expected_share == 0.4
    assert result.pace == 0.9
    assert "m = 10 + (50 − 10) × (2025 − 2022) / (2026 − 2022) = 40" in printed(result)
    at = judge(rising(100), {2026: 50}, (2020, 0), milestones=stops)
    assert at.expected_share == 0.5
    assert "m = 50" in printed(at)


def test_after_the_deadline_the_whole_way_is_expected():
    result = judge(rising(100), {2032: 80}, (2020, 0))
    assert result.expected_share == 1
    assert result.pace == 0.8
    assert result.required_change_per_year is None
    assert result.projection is not None
    assert result.projection.value is None
    said = required_pace_sentence(result, name="la cosecha", unit="t", lang="es")
    assert said == "El plazo de 2030 venció sin cumplir la meta: al menos 100 t."


def test_least_squares_from_four_points_on():
    result = judge(rising(20), {2021: 1, 2022: 3, 2023: 2, 2024: 6})
    line = result.projection
    assert line is not None
    assert line.method is LineMethod.LEAST_SQUARES
    assert line.slope == pytest.approx(1.4)
    assert line.value == pytest.approx(3 + 1.4 * (2030 - 2022.5))
    assert line.meets is False


def test_end_points_below_four_points():
    line = judge(rising(20), {2021: 1, 2022: 9, 2024: 7}).projection
    assert line is not None
    assert line.method is LineMethod.END_POINTS
    assert line.slope == 2
    assert line.value == 19
    assert line.years == (2021, 2024)


def test_projection_starts_at_the_baseline():
    line = judge(rising(20), {2015: 50, 2022: 6}, (2020, 2)).projection
    assert line is not None
    assert line.years == (2020, 2022)
    assert line.value == 22
    assert line.meets is True


def step(weight, done, due=None, status=PointStatus.APPROVED):
    return ChecklistStep(weight=weight, due=due, done=done, status=status)


def checklist(*steps, as_of=AS_OF, kind=TargetType.CHECKLIST):
    return judge(rising(1, kind), steps=steps, as_of=as_of)


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


def test_two_methods_two_classes_apart():
    result = judge(rising(100), {2025: 10}, (2020, 1))
    assert result.pace_class is Status.LIMITED
    assert result.compound_class is Status.ON_TRACK
    assert result.methods_differ
    assert "porcentaje" in methods_differ_sentence(result, "es")
    near = judge(falling(1581), {2025: 2100}, (2020, 4000))
    assert near.pace_class is Status.ON_TRACK
    assert not near.methods_differ
    assert methods_differ_sentence(near, "es") == ""


def test_one_class_apart_is_not_worth_a_sentence():
    result = judge(rising(4), {2025: 1.8}, (2020, 1))
    assert result.pace_class is Status.LIMITED
    assert result.compound_class is Status.ACCELERATE
    assert not result.methods_differ


@pytest.mark.parametrize(
    "broken",
    [
        lambda: Inputs(
            target=rising(9), as_of=AS_OF, points=points({2020: 1}) + points({2020: 2})
        ),
        lambda: judge(rising(9), {2020: float("nan")}),
        lambda: judge(rising(float("inf")), {2020: 1}),
        lambda: judge(rising(9), {2025: 1}, (2030, 1)),
        lambda: judge(rising(9), milestones=(Milestone(year=2025, value=1),) * 2),
        lambda: checklist(step(0, done=True)),
        lambda: rising(30, TargetType.PERCENT_OF_BASELINE),
        lambda: rising(-1, TargetType.PERCENT_OF_BASELINE),
        lambda: judge(
            rising(0.3, TargetType.PERCENT_OF_BASELINE), {2025: 1}, (2020, 0)
        ),
        lambda: rising(0, TargetType.COUNT),
        lambda: falling(3, TargetType.COUNT),
        lambda: falling(3, sign=Operator.GE),
        lambda: Target(
            type=TargetType.LEVEL,
            direction=Direction.INCREASE,
            operator=Operator.LE,
            value=1,
        ),
    ],
)
def test_contradicting_inputs_are_refused(broken):
    with pytest.raises(ProgressInputError):
        broken()


def test_a_provisional_value_may_stand_beside_an_approved_one():
    inputs = Inputs(
        target=rising(9),
        as_of=AS_OF,
        points=points({2025: 4}) + points({2025: 99}, PointStatus.PROVISIONAL),
        baseline=Baseline(year=2020, value=1),
    )
    result = assess(inputs)
    assert result.latest_value == 4
    assert result.used[0].ref == "v2025"


def test_the_sum_of_the_falling_case():
    result = judge(falling(1581), {2025: 2900}, (2020, 4000))
    assert printed(result) == [
        "y0 = 4,000",
        "yt = 2,900",
        "yT = 1,581",
        "yt = 2,900 < 1,581 ✗",
        "p = (2,900 − 4,000) / (1,581 − 4,000) = 0.455",
        "m = 4,000 + (1,581 − 4,000) × (2025 − 2020) / (2030 − 2020) = 2,790.5",
        "e = (2,790.5 − 4,000) / (1,581 − 4,000) = 0.500",
        "r = (2,900 − 4,000) / (2,790.5 − 4,000) = 0.909",
        "d = (1,581 − 2,900) / (2030 − 2025) = −263.8",
        "b = −1,100 / 5 = −220",
        "ŷ = 2,900 + (−220) × (2030 − 2025) = 1,800",
        "c = ((2,900 / 4,000)^(1/5) − 1) / ((1,581 / 4,000)^(1/10) − 1) = 0.703",
    ]


def test_required_pace_in_words():
    result = judge(falling(1581), {2025: 2900}, (2020, 4000))
    assert required_pace_sentence(result, name="la pérdida", unit="ha", lang="es") == (
        "Para cumplir la meta, la pérdida debe bajar 264 ha cada año desde ahora;"
        " en los últimos cinco años bajó 220 por año."
    )
    assert required_pace_sentence(result, name="the loss", unit="ha", lang="en") == (
        "To meet the target, the loss must fall by 264 ha a year from now on;"
        " over the last five years it fell by 220 a year."
    )
    up = judge(rising(1.5), {2023: 1.1, 2024: 1.1}, (2023, 1.1))
    assert required_pace_sentence(up, name="la cosecha", unit="t/ha", lang="es") == (
        "Para cumplir la meta, la cosecha debe subir 0.0667 t/ha cada año desde"
        " ahora; en el último año no cambió."
    )


def test_recent_change_looks_back_five_years():
    result = judge(falling(1000), {2018: 9000, 2019: 3000, 2020: 2500, 2024: 2000})
    assert result.facts.recent_from_year == 2019
    assert result.facts.recent_change_per_year == -200


def test_at_the_strict_limit_the_sentence_says_so():
    result = judge(falling(1581), {2025: 1581}, (2020, 4000))
    assert result.status is Status.ON_TRACK
    said = required_pace_sentence(result, name="la pérdida", unit="ha", lang="es")
    assert said == ("Está justo en el límite y no basta: la meta es menos de 1,581 ha.")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_its_own_words(reason):
    blank = judge(rising(None))
    said = {
        status_sentence(replace(blank, reason=other), "ha", lang)
        for other in Reason
        for lang in ("es", "en")
    }
    assert len(said) == 2 * len(Reason)
    assert status_sentence(replace(blank, reason=reason), "ha", "es") in said


def test_json_round_trip_and_recomputing():
    result = judge(
        falling(1581, TargetType.ANNUAL_CEILING),
        {2023: 2000, 2024: 1990.5, 2025: None},
        (2020, 4000),
        milestones=(Milestone(year=2025, value=3000),),
        steps=(step(1, done=True, due=date(2025, 1, 1)),),
        breaks=(SeriesBreak(year=2017),),
    )
    stored = json.loads(json.dumps(result.as_json()))
    again = Result.from_json(stored)
    assert again == result
    assert assess(again.inputs) == result
    assert stored["method_version"] == METHOD_VERSION == "ritmo v1"
    assert stored["status"] == "on_track"
    assert stored["inputs"]["points"][2]["value"] is None


def test_a_stored_result_is_not_rewritten_by_reading_it():
    stored = judge(rising(9), {2025: 5}, (2020, 1)).as_json()
    stored["method_version"] = "ritmo v0"
    stored["status"] = "limited"
    assert Result.from_json(stored).status is Status.LIMITED
    assert Result.from_json(stored).method_version == "ritmo v0"


def test_roll_up_counts_and_coverage():
    results = [
        ceiling(LOSS),
        judge(rising(9), {2025: 3}),
        judge(rising(None, TargetType.DIRECTION_ONLY), {2022: 1, 2023: 2}),
        judge(rising(9), {2025: 5}, (2020, 1)),
    ]
    axis = roll_up(results)
    assert (axis.assessable, axis.total) == (2, 4)
    assert dict(axis.statuses)[Status.ACHIEVED] == 1
    assert dict(axis.statuses)[Status.TREND_ONLY] == 1
    assert dict(axis.statuses)[Status.LIMITED] == 0
    assert dict(axis.reasons)[Reason.NO_BASELINE] == 1
    assert roll_up([]).total == 0


def badge(values, as_of, frequency=12, milestones=()):
    return schedule_badge(
        points=points(values),
        milestones=milestones,
        frequency_months=frequency,
        as_of=as_of,
    )


def test_schedule_turns_after_frequency_and_six_months():
    fresh = badge({2024: 5}, date(2026, 6, 30))
    stale = badge({2024: 5}, date(2026, 7, 1))
    assert fresh.state is ScheduleState.UP_TO_DATE
    assert fresh.stale_after == date(2026, 6, 30)
    assert stale.state is ScheduleState.OVERDUE
    assert badge({2024: 5}, date(2025, 9, 30), 3).state is ScheduleState.UP_TO_DATE
    assert badge({2024: 5}, date(2025, 10, 1), 3).state is ScheduleState.OVERDUE


def test_schedule_without_value_frequency_or_milestone_value():
    assert badge({2024: None}, AS_OF).state is ScheduleState.NO_VALUE
    assert badge({2024: 5}, AS_OF, None).state is ScheduleState.NO_FREQUENCY
    stops = (Milestone(year=2025, value=3),)
    assert badge({2024: 5}, date(2025, 12, 31), 12, stops).state is (
        ScheduleState.UP_TO_DATE
    )
    missed = badge({2024: 5}, date(2026, 1, 1), 12, stops)
    assert missed.state is ScheduleState.MILESTONE_WITHOUT_VALUE
    assert missed.milestone_year == 2025
    assert badge({2025: 5}, date(2026, 1, 1), 12, stops).milestone_year is None
    with pytest.raises(ValueError, match="month"):
        badge({}, AS_OF, 0)


def test_stale_data_is_never_plain_green():
    fresh, stale = badge({2024: 5}, AS_OF), badge({2020: 5}, AS_OF)
    assert plainly_good(Status.ACHIEVED, fresh)
    assert not plainly_good(Status.ACHIEVED, stale)
    assert not plainly_good(Status.ACCELERATE, fresh)
    assert not plainly_good(Status.TREND_ONLY, fresh)


def test_evidence_is_the_worst_behind_the_value():
    assert evidence_badge([1, 3, 2]) == 3
    assert evidence_badge([1, None]) is None
    assert evidence_badge([]) is None
