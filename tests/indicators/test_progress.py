from dataclasses import replace

import pytest

from indicators.progress import (
    Baseline,
    Direction,
    Inputs,
    LineMethod,
    Milestone,
    Operator,
    PointStatus,
    ProgressInputError,
    Reason,
    SeriesBreak,
    Status,
    Target,
    TargetType,
    assess,
    compound_growth_ratio,
    required_pace_sentence,
    status_sentence,
)
from tests.indicators.progress_cases import (
    AS_OF,
    checklist,
    falling,
    judge,
    points,
    printed,
    rising,
    step,
)

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
