"""The sum with the numbers put in, one line a step, in no language."""

from __future__ import annotations

from dataclasses import dataclass

from indicators.progress.inputs import (
    STEP_TYPES,
    Operator,
    TargetType,
    exact,
    holds,
)
from indicators.progress.numbers import brief, derived, in_sum, plain, thousandths
from indicators.progress.pace import YEARS_RUNNING
from indicators.progress.results import Result

_SIGNS = {Operator.LT: "<", Operator.LE: "≤", Operator.GE: "≥", Operator.GT: ">"}


@dataclass(frozen=True, kw_only=True)
class SumLine:
    """One step: ``printed`` is the whole line, ``value`` the unrounded outcome.

    ``formula`` holds only printed numbers and ``+ − × / ^ ( )``, so that it can be
    typed into a calculator; ``shown`` is its outcome as printed. Symbols: y0, yt,
    yT, m, p, e, r, d (required change a year), b (slope), ŷ (projection), c
    (compound-growth ratio).

    A line with ``holds`` is the test of the target's own operator: its symbol is
    yt, or y and the year under an annual ceiling, its ``value`` the one tested.
    """

    symbol: str
    formula: str
    value: float
    shown: str
    holds: bool | None = None

    @property
    def printed(self) -> str:
        """Return ``p = (2,900 − 4,000) / (1,581 − 4,000) = 0.455``, or the test
        ``y2024 = 1,182.06 < 1,581 ✓``.
        """
        if self.holds is not None:
            return f"{self.symbol} = {self.formula} {self.shown}"
        if self.formula == self.shown:
            return f"{self.symbol} = {self.shown}"
        return f"{self.symbol} = {self.formula} = {self.shown}"


def explain(result: Result) -> tuple[SumLine, ...]:
    """Return the lines of the sum, in the order they are computed.

    Steps that could not be computed are left out; a goal without any comparison
    gives the lines of its values alone, or none.
    """
    if result.inputs.target.type in STEP_TYPES:
        return tuple(_step_lines(result))
    return tuple(
        _value_lines(result)
        + _test_lines(result)
        + _share_lines(result)
        + _required_lines(result)
        + _projection_lines(result)
        + _compound_lines(result)
    )


def _line(symbol: str, formula: str, value: float, *, share: bool = False) -> SumLine:
    shown = thousandths(value) if share else derived(value)
    return SumLine(symbol=symbol, formula=formula, value=value, shown=shown)


def _outcome(symbol: str, formula: str, value: float) -> SumLine:
    return SumLine(symbol=symbol, formula=formula, value=value, shown=brief(value))


def _given(symbol: str, value: float) -> SumLine:
    return SumLine(symbol=symbol, formula=plain(value), value=value, shown=plain(value))


def _value_lines(result: Result) -> list[SumLine]:
    lines = []
    if result.baseline_value is not None:
        lines.append(_given("y0", result.baseline_value))
    ceiling = result.inputs.target.type is TargetType.ANNUAL_CEILING
    if result.deciding_value is not None and not (ceiling and result.share is None):
        # The mean of three years serves the share alone; a ceiling is tested on
        # the raw years.
        lines.append(_latest_line(result, result.deciding_value))
    if result.target_value is not None:
        lines.append(_target_line(result, result.target_value))
    return lines


def _latest_line(result: Result, value: float) -> SumLine:
    kind = result.inputs.target.type
    printed = [in_sum(plain(used.value)) for used in result.used]
    if kind is TargetType.ANNUAL_CEILING and len(printed) > 1:
        return _line("yt", f"({' + '.join(printed)}) / {len(printed)}", value)
    if kind is TargetType.CUMULATIVE:
        start = in_sum(plain(result.baseline_value or 0))
        return _line("yt", " + ".join([start, *printed]), value)
    return _given("yt", value)


def _test_lines(result: Result) -> list[SumLine]:
    goal, latest = result.target_value, result.deciding_value
    if goal is None or latest is None:
        return []
    tested = [("yt", latest)]
    if result.inputs.target.type is TargetType.ANNUAL_CEILING:
        tested = [(f"y{u.year}", u.value) for u in result.used[-YEARS_RUNNING:]]
    lines = []
    for symbol, value in tested:
        comparison = result.inputs.target.operator
        met = holds(exact(value), comparison, exact(goal))
        lines.append(
            SumLine(
                symbol=symbol,
                formula=f"{derived(value)} {_SIGNS[comparison]} {derived(goal)}",
                value=value,
                shown="✓" if met else "✗",
                holds=met,
            )
        )
    return lines


def _target_line(result: Result, value: float) -> SumLine:
    target = result.inputs.target
    percent = target.type is TargetType.PERCENT_OF_BASELINE
    if percent and target.value is not None and result.baseline_value is not None:
        start, change = plain(result.baseline_value), in_sum(plain(target.value))
        return _line("yT", f"{start} × (1 + {change})", value)
    return _given("yT", value)


def _share_lines(result: Result) -> list[SumLine]:
    if (
        result.share is None
        or result.expected_share is None
        or result.expectation is None
        or result.baseline_value is None
        or result.deciding_value is None
        or result.target_value is None
    ):
        return []
    start = in_sum(plain(result.baseline_value))
    latest = derived(result.deciding_value)
    goal = derived(result.target_value)
    planned = derived(result.expectation.value)
    way = f"({goal} − {start})"
    lines = [
        _line("p", f"({latest} − {start}) / {way}", result.share, share=True),
        _line("m", _path_formula(result), result.expectation.value),
        _line("e", f"({planned} − {start}) / {way}", result.expected_share, share=True),
    ]
    if result.pace is not None:
        # p / e with the way cancelled: from the rounded p and e a reader with a
        # calculator would end at another third decimal than the page.
        formula = f"({latest} − {start}) / ({planned} − {start})"
        lines.append(_line("r", formula, result.pace, share=True))
    return lines


def _path_formula(result: Result) -> str:
    stretch = result.expectation
    if stretch is None or stretch.year == stretch.to_year:
        return "" if stretch is None else derived(stretch.to_value)
    start = in_sum(derived(stretch.from_value))
    return (
        f"{start} + ({derived(stretch.to_value)} − {start})"
        f" × ({stretch.year} − {stretch.from_year})"
        f" / ({stretch.to_year} − {stretch.from_year})"
    )


def _current(result: Result) -> str | None:
    """Return today's level as printed: the raw figure, or a cumulative total."""
    if result.inputs.target.type is TargetType.CUMULATIVE:
        value = result.deciding_value
    else:
        value = result.latest_value
    return None if value is None else derived(value)


def _required_lines(result: Result) -> list[SumLine]:
    current = _current(result)
    change, goal = result.required_change_per_year, result.target_value
    if change is None or goal is None or current is None:
        return []
    years = f"({result.inputs.target.year} − {result.latest_year})"
    formula = f"({derived(goal)} − {in_sum(current)}) / {years}"
    return [_outcome("d", formula, change)]


def _projection_lines(result: Result) -> list[SumLine]:
    line = result.projection
    if line is None:
        return []
    over, under = derived(line.slope_over), in_sum(derived(line.slope_under))
    lines = [_outcome("b", f"{over} / {under}", line.slope)]
    if line.value is not None:
        # Quotients where they do not end: rounded, they would move the line's end.
        centre = _centre(line.centre_value, len(line.years))
        slope = in_sum(derived(line.slope))
        if derived(line.slope) != plain(line.slope):
            slope = f"({over} / {under})"
        whole = line.centre_year.is_integer()
        mean = f"{sum(line.years)} / {len(line.years)}"
        at = f"{line.centre_year:.0f}" if whole else mean
        formula = f"{centre} + {slope} × ({line.year} − {at})"
        lines.append(_outcome("ŷ", formula, line.value))
    return lines


def _centre(value: float, years: int) -> str:
    exact_text = plain(value)
    if derived(value) == exact_text:
        return in_sum(exact_text)
    return f"{in_sum(derived(value * years))} / {years}"


def _compound_lines(result: Result) -> list[SumLine]:
    if (
        result.compound_ratio is None
        or result.baseline_value is None
        or result.deciding_value is None
        or result.target_value is None
        or result.baseline_year is None
        or result.latest_year is None
    ):
        return []
    start = in_sum(plain(result.baseline_value))
    gone = result.latest_year - result.baseline_year
    total = result.inputs.target.year - result.baseline_year
    latest = in_sum(derived(result.deciding_value))
    goal = in_sum(derived(result.target_value))
    formula = (
        f"(({latest} / {start})^(1/{gone}) − 1) / (({goal} / {start})^(1/{total}) − 1)"
    )
    return [_line("c", formula, result.compound_ratio, share=True)]


def _step_lines(result: Result) -> list[SumLine]:
    facts = result.facts
    if (
        result.share is None
        or result.expected_share is None
        or facts.weight_done is None
        or facts.weight_due is None
        or facts.weight_total is None
    ):
        return []
    done, due = plain(facts.weight_done), plain(facts.weight_due)
    total = plain(facts.weight_total)
    lines = [
        _line("p", f"{done} / {total}", result.share, share=True),
        _line("e", f"{due} / {total}", result.expected_share, share=True),
    ]
    if result.pace is not None:
        lines.append(_line("r", f"{done} / {due}", result.pace, share=True))
    return lines
