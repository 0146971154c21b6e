"""The method again, written to be read and not to be fast.

Whole numbers of millionths, years walked one at a time, no shared code: the
verdict is found by comparing products, never by dividing.
"""

MILLION = 1_000_000


def millionths(value: float) -> int:
    whole = round(value * MILLION)
    assert whole / MILLION == value, "test values have six decimals at most"
    return whole


def meets(value: int, sign: str, goal: int) -> bool:
    if sign == "<":
        return value < goal
    if sign == "<=":
        return value <= goal
    if sign == ">=":
        return value >= goal
    return value > goal


def slow_verdict(
    *,
    kind: str,
    sign: str,
    goal: float | None,
    goal_year: int,
    start: tuple[int, float] | None,
    values: dict[int, float],
    milestones: dict[int, float],
    breaks: set[int],
) -> str:
    """Return the code of the status, or of the reason it has none.

    ``start`` is (year, value) or None; ``values`` and ``milestones`` map years to
    approved values; ``breaks`` are the first years of a new method.
    """
    by_year = {year: millionths(value) for year, value in values.items()}
    if goal is None and kind != "direction_only":
        return "no_target"
    if not by_year:
        return "no_approved_value"
    last = max(by_year)
    oldest = min(by_year)
    for year in range(oldest, last + 1):
        if year in breaks:
            by_year = {y: v for y, v in by_year.items() if y >= year}
    if start is not None:
        for year in range(start[0] + 1, last + 1):
            if year in breaks:
                start = None
                break
    if kind == "direction_only":
        known = set(by_year)
        if start is not None and last > start[0]:
            known = {year for year in known if year > start[0]} | {start[0]}
        return "trend_only" if len(known) > 1 else "one_point"
    if start is None and kind in ("cumulative", "percent_of_baseline"):
        return "no_baseline"
    first = 0 if start is None else millionths(start[1])
    aim = _goal(kind, goal or 0, first)
    if kind == "cumulative" and start is not None:
        total = first
        for year in range(start[0] + 1, last + 1):
            total += by_year.get(year, 0)
        now = total
    else:
        now = by_year[last]
    return _judge(
        kind, sign, aim, goal_year, start, first, by_year, last, now, milestones
    )


def _goal(kind: str, goal: float, first: int) -> int:
    if kind == "percent_of_baseline":
        product = first * (MILLION + millionths(goal))
        assert product % MILLION == 0, "test values give whole millionths"
        return product // MILLION
    return millionths(goal)


def _judge(
    kind: str,
    sign: str,
    goal: int,
    goal_year: int,
    start: tuple[int, float] | None,
    first: int,
    by_year: dict[int, int],
    last: int,
    now: int,
    milestones: dict[int, float],
) -> str:
    later = start is not None and last > start[0]
    if later and meets(first, sign, goal):
        return "maintained" if meets(now, sign, goal) else "deterioration"
    if kind == "annual_ceiling":
        under = [
            year in by_year and meets(by_year[year], sign, goal)
            for year in (last, last - 1)
        ]
        if under[0]:
            return "achieved" if under[1] else "met_this_year"
    if start is not None and not later:
        return "one_point"
    if kind != "annual_ceiling" and meets(now, sign, goal):
        return "achieved"
    if start is None:
        return "no_baseline"
    tops, parts = now, 1
    if kind == "annual_ceiling":
        tops, parts = 0, 0
        for year in sorted(by_year, reverse=True):
            if parts < 3:
                tops, parts = tops + by_year[year], parts + 1
    if first == goal:
        return "limited" if tops == goal * parts else "deterioration"
    over, width = planned_way(start, first, goal_year, goal, milestones, last)
    whole = goal - first
    facing = 1 if whole > 0 else -1
    # e < 0.10, with the sign of the way and no division
    if over * facing * 10 < whole * facing * width:
        return "too_early"
    gone = (tops - first * parts) * facing * width
    planned = over * facing * parts
    if gone * 100 >= planned * 95:
        return "on_track"
    if gone * 100 >= planned * 60:
        return "accelerate"
    return "limited" if gone >= 0 else "deterioration"


def planned_way(
    start: tuple[int, float],
    first: int,
    goal_year: int,
    goal: int,
    milestones: dict[int, float],
    last: int,
) -> tuple[int, int]:
    """Return m(t) − y0 as a fraction's two halves, walking year by year."""
    stops = {start[0]: first, goal_year: goal}
    for year, value in milestones.items():
        if start[0] < year < goal_year:
            stops[year] = millionths(value)
    if last >= goal_year:
        return goal - first, 1
    before = after = last
    while before not in stops:
        before -= 1
    while after not in stops:
        after += 1
    if before == after:
        return stops[last] - first, 1
    width = after - before
    walked = stops[before] * width
    for _ in range(before, last):
        walked += stops[after] - stops[before]
    return walked - first * width, width
