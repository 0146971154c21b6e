"""Charts draw what the values say: holes stay holes, hollow means preliminary."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from indicators.charts import Break, Labels, Point, Series, build_series_figure
from indicators.charts.scale import round_ticks, value_range
from indicators.charts.svg import trend_svg

LABELS = Labels(
    title="La pérdida bajó <de> 3 a 2",
    description="De 2019 a 2023.",
    target_lines=("Meta 2030", "< 1,581"),
    baseline="Base 2019",
    break_word="cambia el método",
    synthetic="Dato sintético de demostración",
    unit="ha",
    values="Valor",
    preliminary="preliminar",
    proxy="indicador sustituto",
    path="Camino",
)
LEVEL = Series(
    unit="ha",
    points=(
        Point(year=2019, value=3.0),
        Point(year=2020, value=2.5),
        Point(year=2021, value=None),
        Point(year=2022, value=2.2),
        Point(year=2023, value=2.0, is_preliminary=True),
    ),
    bars=False,
    is_running_total=False,
    target_value=1.5,
    target_year=2030,
    target_operator="<",
    baseline=Point(year=2019, value=3.0),
    breaks=(),
)
BARS = replace(LEVEL, bars=True, baseline=None, breaks=(Break(year=2020, reason="x"),))


def drawn(series: Series) -> ET.Element:
    return ET.fromstring(trend_svg(series, LABELS, chart_id="c9"))


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in svg.iter() if e.get("class") == name]


def test_a_line_breaks_at_a_missing_year() -> None:
    (line,) = of_class(drawn(LEVEL), "chart-line")
    assert re.findall("[ML]", line.get("d", "")) == ["M", "L", "M", "L"]


def test_a_line_breaks_at_a_change_of_method() -> None:
    series = replace(LEVEL, breaks=(Break(year=2020, reason="x"),))
    (line,) = of_class(drawn(series), "chart-line")
    assert re.findall("[ML]", line.get("d", "")) == ["M", "M", "M", "L"]


def test_a_missing_year_is_crossed_on_the_axis() -> None:
    (crosses,) = of_class(drawn(LEVEL), "chart-missing")
    assert crosses.get("d", "").count("M") == 1


def test_preliminary_years_are_hollow() -> None:
    svg = drawn(LEVEL)
    assert len(of_class(svg, "chart-dot")) == 3
    assert len(of_class(svg, "chart-dot-preliminary")) == 1
    assert len(of_class(drawn(BARS), "chart-bar-preliminary")) == 1


def test_years_of_an_older_method_are_hatched_and_the_change_is_said() -> None:
    svg = drawn(BARS)
    (old,) = of_class(svg, "chart-bar-old")
    assert old.get("fill") == "url(#c9-h)"
    assert "2020: cambia el método" in "".join(svg.itertext())


def test_bars_stand_on_zero_and_are_as_tall_as_their_value() -> None:
    svg = drawn(BARS)
    full, half = (
        float(e.get("height", "0"))
        for e in (of_class(svg, "chart-bar-old")[0], of_class(svg, "chart-bar")[1])
    )
    assert half / full == pytest.approx(2.2 / 3.0, abs=0.01)
    (zero,) = of_class(svg, "chart-zero")
    bottom = float(re.findall(r"M[\d.]+ ([\d.]+)H", zero.get("d", ""))[0])
    for bar in of_class(svg, "chart-bar"):
        foot = float(bar.get("y", "0")) + float(bar.get("height", "0"))
        assert foot == pytest.approx(bottom, abs=0.11)


def test_title_and_description_name_the_chart() -> None:
    svg = drawn(LEVEL)
    assert svg.get("role") == "img"
    assert svg.get("aria-labelledby") == "c9-t c9-d"
    texts = {e.get("id"): e.text for e in svg.iter() if e.get("id")}
    assert texts["c9-t"] == "La pérdida bajó <de> 3 a 2"
    assert texts["c9-d"] == "De 2019 a 2023."


def test_target_line_carries_its_words() -> None:
    svg = drawn(LEVEL)
    assert len(of_class(svg, "chart-target")) == 1
    assert "< 1,581" in "".join(of_class(svg, "chart-target-text")[0].itertext())


def test_baseline_is_marked_with_the_way_to_the_target() -> None:
    svg = drawn(LEVEL)
    assert len(of_class(svg, "chart-base")) == 1
    assert len(of_class(svg, "chart-way")) == 1
    assert "Base 2019" in "".join(svg.itertext())


def test_synthetic_values_are_named_inside_the_drawing() -> None:
    made_up = replace(LEVEL, points=(Point(year=2020, value=1.0, is_synthetic=True),))
    assert "Dato sintético de demostración" in "".join(drawn(made_up).itertext())
    assert "Dato sintético" not in "".join(drawn(LEVEL).itertext())


def test_a_series_without_values_draws_nothing() -> None:
    empty = replace(LEVEL, points=(Point(year=2020, value=None),))
    assert trend_svg(empty, LABELS, chart_id="c9") == ""


def test_no_drawing_carries_an_inline_style() -> None:
    for series in (LEVEL, BARS):
        assert "style" not in trend_svg(series, LABELS, chart_id="c9")


def test_everything_lies_inside_the_drawing() -> None:
    wide = replace(
        BARS,
        points=tuple(Point(year=y, value=374_900.5) for y in range(2001, 2031)),
        target_value=368_728.0,
    )
    for element in drawn(wide).iter():
        for side, limit in (("x", 400), ("y", 250)):
            place = element.get(side)
            if place is not None:
                assert 0 <= float(place) <= limit


def test_the_axis_always_holds_zero_and_the_target() -> None:
    low, high = value_range(LEVEL)
    assert low == 0
    assert high >= 3.0
    low, high = value_range(replace(LEVEL, target_value=-4.0))
    assert low <= -4.0
    assert high >= 3.0


@pytest.mark.parametrize("top", [0.9, 1.0, 7, 23, 100, 2984, 374_900])
def test_ticks_are_round_and_few(top: float) -> None:
    ticks = round_ticks(0, top)
    assert ticks[0] == 0
    assert 3 <= len(ticks) <= 6
    assert ticks[-1] <= top


def test_figure_keeps_holes_and_marks_hollow_years() -> None:
    figure = build_series_figure(LEVEL, LABELS)
    trace = figure["data"][0]
    assert trace["y"] == [3.0, 2.5, None, 2.2, 2.0]
    assert trace["connectgaps"] is False
    assert trace["marker"]["symbol"][-1] == "circle-open"
    assert figure["layout"]["yaxis"]["rangemode"] == "tozero"


def test_figure_sends_nothing_and_writes_numbers_as_peru_does() -> None:
    figure = build_series_figure(BARS, LABELS)
    assert figure["layout"]["template"] is None
    assert figure["layout"]["separators"] == ".,"
    assert figure["config"]["showSendToCloud"] is False
    assert figure["config"]["locale"] == "es-PE"


def test_figure_draws_target_break_and_synthetic_words() -> None:
    made_up = replace(BARS, points=(Point(year=2020, value=1.0, is_synthetic=True),))
    notes = [
        n["text"] for n in build_series_figure(made_up, LABELS)["layout"]["annotations"]
    ]
    assert notes == [
        "2020: cambia el método",
        "Meta 2030 < 1,581",
        "Dato sintético de demostración",
    ]
