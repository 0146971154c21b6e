"""The method on its own page: its rules and a made-up case, worked through."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from indicators.progress import (
    Baseline,
    Direction,
    Inputs,
    Operator,
    Point,
    SumLine,
    Target,
    TargetType,
    assess,
    explain,
    required_pace_sentence,
    status_sentence,
)
from indicators.series.marks import MARKS, Mark, mark_of
from indicators.series.records import Lang


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked case: its numbers, sum, verdict and sentences."""

    baseline: Point
    latest: Point
    target: Target
    lines: tuple[SumLine, ...]
    mark: Mark
    status: str
    required: str


def falling_example(lang: Lang) -> Example:
    """Return case C of the method: a loss that falls from 4,000 to 2,900 ha a year.

    Half-way in time (2020, 2025, 2030) and not quite half-way to 1,581 ha.
    """
    first, latest = Point(year=2020, value=4000.0), Point(year=2025, value=2900.0)
    target = Target(
        type=TargetType.LEVEL,
        direction=Direction.DECREASE,
        operator=Operator.LT,
        value=1581.0,
        year=2030,
    )
    result = assess(
        Inputs(
            target=target,
            as_of=dt.date(2026, 1, 1),
            points=(latest,),
            baseline=Baseline(year=2020, value=4000.0),
        )
    )
    name = "la pérdida" if lang == "es" else "the loss"
    return Example(
        baseline=first,
        latest=latest,
        target=target,
        lines=explain(result),
        mark=mark_of(result.status.value, result.reason.value if result.reason else ""),
        status=status_sentence(result, "ha", lang),
        required=required_pace_sentence(result, name=name, unit="ha", lang=lang),
    )


@dataclass(frozen=True, kw_only=True)
class StateRule:
    """A status and the rule that gives it."""

    mark: Mark
    rule: str


def state_rules() -> tuple[StateRule, ...]:
    """Return each status of the method with its rule, in the order of deciding."""
    rules = {
        "achieved": _(
            "Se cumple la meta con su propio signo: «menos de» es estricto. Un tope"
            " anual necesita dos años seguidos."
        ),
        "met_this_year": _("El tope anual se cumple un año; falta otro seguido."),
        "maintained": _("Ya se cumplía en la línea de base y se mantiene."),
        "on_track": _("El ritmo r es 0.95 o más."),
        "accelerate": _("El ritmo r está entre 0.60 y 0.95."),
        "limited": _("El ritmo r está entre 0 y 0.60."),
        "deterioration": _("El ritmo r es menor que 0: se aleja de la meta."),
        "trend_only": _("El plan no imprime un número: se muestra la tendencia."),
        "no_baseline": _("Hay valores, pero el comité no adoptó el punto de partida."),
        "no_approved_value": _("Nadie ha publicado un valor todavía."),
        "one_point": _("Hay un solo año: no se puede comparar."),
        "too_early": _("Lo previsto a esta fecha es menos del 10 % del camino."),
        "no_target": _("El plan no imprime un número como meta."),
        "definition_pending": _("Falta acordar qué se mide exactamente."),
    }
    return tuple(StateRule(mark=MARKS[code], rule=rule) for code, rule in rules.items())
