from collections.abc import Mapping
from datetime import date
from typing import Any

from indicators.progress import (
    Baseline,
    ChecklistStep,
    Direction,
    Inputs,
    Operator,
    Point,
    PointStatus,
    Result,
    Target,
    TargetType,
    assess,
    explain,
)

AS_OF = date(2026, 3, 1)
Values = Mapping[int, float | None]
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


def rising(
    value: float | None,
    kind: TargetType = TargetType.LEVEL,
    *,
    definition_pending: bool = False,
) -> Target:
    return Target(
        type=kind,
        direction=Direction.INCREASE,
        operator=Operator.GE,
        value=value,
        definition_pending=definition_pending,
    )


def falling(
    value: float | None,
    kind: TargetType = TargetType.LEVEL,
    sign: Operator = Operator.LT,
) -> Target:
    return Target(type=kind, direction=Direction.DECREASE, operator=sign, value=value)


def points(
    values: Values, status: PointStatus = PointStatus.APPROVED
) -> tuple[Point, ...]:
    return tuple(
        Point(year=year, value=value, status=status, ref=f"v{year}")
        for year, value in values.items()
    )


def judge(
    target: Target,
    values: Values | None = None,
    start: tuple[int, float] | None = None,
    **extra: Any,
) -> Result:
    return assess(
        Inputs(
            target=target,
            as_of=extra.pop("as_of", AS_OF),
            points=points(values or {}),
            baseline=None if start is None else Baseline(year=start[0], value=start[1]),
            **extra,
        )
    )


def ceiling(
    values: Values, start: tuple[int, float] | None = None, **extra: Any
) -> Result:
    return judge(falling(1581, TargetType.ANNUAL_CEILING), values, start, **extra)


def printed(result: Result) -> list[str]:
    return [line.printed for line in explain(result)]


def step(
    weight: float,
    done: bool | None,
    due: date | None = None,
    status: PointStatus = PointStatus.APPROVED,
) -> ChecklistStep:
    return ChecklistStep(weight=weight, due=due, done=done, status=status)


def checklist(
    *steps: ChecklistStep,
    as_of: date = AS_OF,
    kind: TargetType = TargetType.CHECKLIST,
) -> Result:
    return judge(rising(1, kind), steps=steps, as_of=as_of)
