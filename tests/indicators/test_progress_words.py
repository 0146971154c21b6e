import json
from dataclasses import replace
from datetime import date

import pytest

from indicators.progress import (
    METHOD_VERSION,
    Milestone,
    Reason,
    Result,
    SeriesBreak,
    Status,
    TargetType,
    assess,
    methods_differ_sentence,
    required_pace_sentence,
    status_sentence,
    word_count,
)
from indicators.progress.numbers import brief, counted
from tests.indicators.progress_cases import (
    falling,
    judge,
    printed,
    rising,
    step,
)


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
        " en los últimos cinco años bajó 220 ha por año."
    )
    assert required_pace_sentence(result, name="the loss", unit="ha", lang="en") == (
        "To meet the target, the loss must fall by 264 ha a year from now on;"
        " over the last five years it fell by 220 ha a year."
    )
    up = judge(rising(1.5), {2023: 1.1, 2024: 1.1}, (2023, 1.1))
    assert required_pace_sentence(up, name="la cosecha", unit="t/ha", lang="es") == (
        "Para cumplir la meta, la cosecha debe subir 0.0667 t/ha cada año desde"
        " ahora; en el último año no cambió."
    )


def test_change_of_a_share_is_in_percentage_points():
    result = judge(rising(50), {2024: 21, 2025: 22}, (2023, 20))
    unit = "% de los productores"
    assert required_pace_sentence(result, name="la parte", unit=unit, lang="es") == (
        "Para cumplir la meta, la parte debe subir 5.6 puntos porcentuales cada año"
        " desde ahora; en los últimos dos años subió 1 punto porcentual por año."
    )
    said = required_pace_sentence(result, name="the share", unit="%", lang="en")
    assert "must rise by 5.6 percentage points a year" in said
    assert "it rose by 1 percentage point a year" in said
    assert "22 % de los productores en 2025" in status_sentence(result, unit, "es")


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_length_of_name_and_unit_ends_within_35_words(lang):
    result = judge(falling(1581), {2025: 2900}, (2020, 4000))
    for words in range(45):
        long = " ".join(["x"] * words)
        for name, unit in ((long, "ha"), ("x", long), (long, long)):
            said = required_pace_sentence(result, name=name, unit=unit, lang=lang)
            assert word_count(said) <= 35
            assert "  " not in said
        assert word_count(status_sentence(result, long, lang)) <= 35


def test_a_name_that_fits_is_kept():
    result = judge(falling(1581), {2025: 2900}, (2020, 4000))
    short = required_pace_sentence(
        result, name="la pérdida de bosque", unit="ha", lang="es"
    )
    assert "la pérdida de bosque debe bajar 264 ha" in short
    too_long = " ".join(["bosque"] * 20)
    said = required_pace_sentence(result, name=too_long, unit="ha", lang="es")
    assert "el valor debe bajar 264 ha" in said


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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (517.3917857142857, "517.4"),
        (-128.20928571428573, "−128.2"),
        (0.046857142857142854, "0.04686"),
        (31360.4, "31,360"),
        (1234567.8, "1,234,568"),
        (1.0, "1"),
    ],
)
def test_an_outcome_nobody_computes_with_has_four_digits(value, text):
    assert brief(value) == text


def test_one_of_a_thing_is_not_written_in_the_plural():
    assert counted("alianzas", 1) == "alianza"
    assert counted("alianzas", 2) == "alianzas"
    assert counted("alianzas", 0) == "alianzas"
    assert counted("alianzas", None) == "alianzas"
    assert counted("ha", 1) == "ha"
    result = judge(rising(5), {2025: 1}, (2020, 0))
    assert "1 alianza en 2025" in status_sentence(result, "alianzas", "es")
