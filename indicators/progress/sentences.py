"""A result in one plain sentence, Spanish or English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from indicators.progress.inputs import STEP_TYPES, Operator, TargetType
from indicators.progress.numbers import counted, plain, rounded
from indicators.progress.results import Reason, Result, Status, Trend

Lang = Literal["es", "en"]
MOST_WORDS = 35

_GENERIC_NAME: dict[Lang, str] = {"es": "el valor", "en": "the value"}
_POINTS: dict[Lang, tuple[str, str]] = {
    "es": ("punto porcentual", "puntos porcentuales"),
    "en": ("percentage point", "percentage points"),
}
_YEARS: dict[Lang, tuple[str, ...]] = {
    "es": (
        "en el último año",
        "en los últimos dos años",
        "en los últimos tres años",
        "en los últimos cuatro años",
        "en los últimos cinco años",
    ),
    "en": (
        "over the last year",
        "over the last two years",
        "over the last three years",
        "over the last four years",
        "over the last five years",
    ),
}
_REASONS: dict[Lang, dict[Reason, str]] = {
    "es": {
        Reason.NO_TARGET: "No se puede evaluar: el plan no fija un número como meta.",
        Reason.NO_BASELINE: (
            "No se puede evaluar: falta que el comité adopte la línea de base."
        ),
        Reason.DEFINITION_PENDING: (
            "No se puede evaluar: falta acordar qué se mide exactamente."
        ),
        Reason.NO_APPROVED_VALUE: "No se puede evaluar: aún no hay un valor aprobado.",
        Reason.ONE_POINT: (
            "No se puede evaluar: hay un solo año con dato y falta otro para comparar."
        ),
        Reason.TOO_EARLY: (
            "Es pronto para evaluar: lo previsto hasta ahora es menos del 10 % del"
            " camino."
        ),
    },
    "en": {
        Reason.NO_TARGET: "It cannot be assessed: the plan sets no number as a target.",
        Reason.NO_BASELINE: (
            "It cannot be assessed: the committee has yet to adopt a baseline."
        ),
        Reason.DEFINITION_PENDING: (
            "It cannot be assessed: what exactly is measured is not agreed yet."
        ),
        Reason.NO_APPROVED_VALUE: (
            "It cannot be assessed: there is no approved value yet."
        ),
        Reason.ONE_POINT: (
            "It cannot be assessed: only one year has data, and two are needed."
        ),
        Reason.TOO_EARLY: (
            "It is too early to assess: less than 10% of the way was expected by now."
        ),
    },
}
_PACE: dict[Lang, dict[Status, str]] = {
    "es": {
        Status.ON_TRACK: "En camino",
        Status.ACCELERATE: "Avanza, pero debe acelerar",
        Status.LIMITED: "Avance insuficiente",
        Status.DETERIORATION: "Retroceso",
    },
    "en": {
        Status.ON_TRACK: "On track",
        Status.ACCELERATE: "Moving, but it must speed up",
        Status.LIMITED: "Too little progress",
        Status.DETERIORATION: "Going backwards",
    },
}
_OPERATORS: dict[Lang, dict[Operator, str]] = {
    "es": {
        Operator.LT: "menos de",
        Operator.LE: "como máximo",
        Operator.GE: "al menos",
        Operator.GT: "más de",
    },
    "en": {
        Operator.LT: "less than",
        Operator.LE: "at most",
        Operator.GE: "at least",
        Operator.GT: "more than",
    },
}
_TRENDS: dict[Lang, dict[Trend, str]] = {
    "es": {
        Trend.IMPROVING: "mejora",
        Trend.WORSENING: "empeora",
        Trend.FLAT: "no cambia",
    },
    "en": {
        Trend.IMPROVING: "is improving",
        Trend.WORSENING: "is worsening",
        Trend.FLAT: "is not changing",
    },
}


def word_count(sentence: str) -> int:
    """Return the number of words, counted by the spaces between them."""
    return len(sentence.split())


def required_pace_sentence(result: Result, *, name: str, unit: str, lang: Lang) -> str:
    """Return what has to happen each year to reach the target, in 35 words at most.

    ``name`` is the thing with its article ("la pérdida", "the loss"), ``unit`` its
    unit ("ha"). A blank name, or one too long for the limit, gives way to "el valor",
    a unit too long to none. A goal that is met, late or cannot be computed says so
    instead.
    """
    choices = [
        _required(result, name=who, unit=what, lang=lang, recent=recent)
        for recent in (True, False)
        for who, what in (
            (name.strip() or _GENERIC_NAME[lang], unit),
            (_GENERIC_NAME[lang], unit),
            (_GENERIC_NAME[lang], ""),
        )
    ]
    return _first_short(choices)


def status_sentence(result: Result, unit: str, lang: Lang) -> str:
    """Return where the goal stands, with its numbers, in 35 words at most.

    Figures are the raw ones of the latest year; a unit too long for the limit is
    left out.
    """
    return _first_short([_status(result, what, lang) for what in (unit, "")])


def methods_differ_sentence(result: Result, lang: Lang) -> str:
    """Return why the second method says something else; "" unless the two lie two
    classes or more apart.
    """
    if not result.methods_differ:
        return ""
    return (
        "El segundo método da otra clase porque mide el cambio en porcentaje del valor"
        " anterior; este mide el camino recorrido en unidades."
        if lang == "es"
        else "The second method gives another class because it measures change as a"
        " percentage of the previous value; this one measures the way covered in units."
    )


def _first_short(choices: Sequence[str]) -> str:
    return next(c for c in choices if word_count(c) <= MOST_WORDS)


def _amount(number: str, unit: str) -> str:
    return f"{number} {counted(unit, 1 if number == '1' else None)}".strip()


def _change(size: float, unit: str, lang: Lang) -> str:
    """Return a difference in words: that of two shares is in percentage points."""
    number = rounded(abs(size))
    if unit.startswith("%"):
        one, more = _POINTS[lang]
        return f"{number} {one if number == '1' else more}"
    return _amount(number, unit)


def _required(result: Result, *, name: str, unit: str, lang: Lang, recent: bool) -> str:
    if result.inputs.target.type in STEP_TYPES:
        return _missing_steps(result, lang)
    change = result.required_change_per_year
    if change is None:
        return _nothing_required(result, unit, lang)
    if change == 0:
        return _at_the_limit(result, unit, lang)
    size = _change(change, unit, lang)
    if lang == "es":
        verb = "subir" if change > 0 else "bajar"
        text = f"Para cumplir la meta, {name} debe {verb} {size} cada año desde ahora"
    else:
        verb = "rise" if change > 0 else "fall"
        text = f"To meet the target, {name} must {verb} by {size} a year from now on"
    return f"{text}{_recent(result, unit, lang) if recent else ''}."


def _recent(result: Result, unit: str, lang: Lang) -> str:
    change, since = (
        result.facts.recent_change_per_year,
        result.facts.recent_from_year,
    )
    if change is None or since is None or result.latest_year is None:
        return ""
    when = _YEARS[lang][result.latest_year - since - 1]
    size = _change(change, unit, lang)
    if lang == "es":
        verb = "subió" if change > 0 else "bajó"
        return f"; {when} {f'{verb} {size} por año' if change else 'no cambió'}"
    verb = "rose" if change > 0 else "fell"
    return f"; {when} it {f'{verb} by {size} a year' if change else 'did not change'}"


def _at_the_limit(result: Result, unit: str, lang: Lang) -> str:
    goal = _goal(result, unit, lang)
    if lang == "es":
        return f"Está justo en el límite y no basta: la meta es {goal}."
    return f"It is exactly at the limit, which is not enough: the target is {goal}."


def _missing_steps(result: Result, lang: Lang) -> str:
    facts, year = result.facts, result.inputs.target.year
    if facts.weight_done is None or facts.weight_total is None:
        return _nothing_required(result, "", lang)
    if result.status is Status.ACHIEVED:
        return _held(result, lang)
    left = rounded(max(facts.weight_total - facts.weight_done, 0))
    total = rounded(facts.weight_total)
    if lang == "es":
        return f"Para cumplir la meta faltan {left} de {total} hasta {year}."
    return f"To meet the target, {left} of {total} are still to be done by {year}."


def _nothing_required(result: Result, unit: str, lang: Lang) -> str:
    met = (Status.ACHIEVED, Status.MET_THIS_YEAR, Status.MAINTAINED)
    if result.status in met:
        return _held(result, lang)
    if result.reason is not None and result.reason is not Reason.ONE_POINT:
        return _reason(result, lang)
    goal, year = result.target_value, result.inputs.target.year
    if goal is not None and result.latest_year is not None:
        missed = _goal(result, unit, lang)
        if result.latest_year >= year:
            return (
                f"El plazo de {year} venció sin cumplir la meta: {missed}."
                if lang == "es"
                else f"The {year} deadline passed without meeting the target: {missed}."
            )
    return _status(result, unit, lang)


def _held(result: Result, lang: Lang) -> str:
    since, until = result.facts.met_since_year, result.facts.must_hold_until
    if result.status is Status.MET_THIS_YEAR:
        return (
            f"Se cumplió en {since}; falta otro año seguido."
            if lang == "es"
            else f"It was met in {since}; another year in a row is needed."
        )
    if since is None:
        return "La meta se cumple." if lang == "es" else "The target is met."
    if until is None:
        return (
            f"La meta se cumple desde {since}."
            if lang == "es"
            else f"The target has been met since {since}."
        )
    return (
        f"Se cumple desde {since}; debe mantenerse hasta {until}."
        if lang == "es"
        else f"It has been met since {since}; it must hold until {until}."
    )


def _goal(result: Result, unit: str, lang: Lang) -> str:
    words = _OPERATORS[lang][result.inputs.target.operator]
    number = "" if result.target_value is None else plain(result.target_value)
    return f"{words} {_amount(number, unit)}"


def _reason(result: Result, lang: Lang) -> str:
    cut = result.facts.baseline_break_year
    if result.reason is Reason.NO_BASELINE and cut is not None:
        return (
            f"No se puede evaluar: la forma de medir cambió en {cut} y falta una línea"
            " de base nueva."
            if lang == "es"
            else f"It cannot be assessed: the way of measuring changed in {cut}, and a"
            " new baseline is needed."
        )
    return _REASONS[lang][result.reason] if result.reason is not None else ""


def _status(result: Result, unit: str, lang: Lang) -> str:
    if result.reason is not None:
        return _reason(result, lang)
    if result.status is Status.TREND_ONLY:
        return _trend(result, unit, lang)
    if result.inputs.target.type in STEP_TYPES:
        return _steps_status(result, lang)
    figure = _figure(result, unit, lang)
    goal, year = _goal(result, unit, lang), result.inputs.target.year
    if result.status in _PACE[lang]:
        head = _PACE[lang][result.status]
        return (
            f"{head}: {figure}; la meta al {year} es {goal}."
            if lang == "es"
            else f"{head}: {figure}; the {year} target is {goal}."
        )
    label = "Último dato" if lang == "es" else "Latest figure"
    return f"{_held(result, lang)} {label}: {figure}."


def _figure(result: Result, unit: str, lang: Lang) -> str:
    total = result.inputs.target.type is TargetType.CUMULATIVE
    value = result.deciding_value if total else result.latest_value
    amount = _amount("" if value is None else plain(value), unit)
    if total:
        until = "hasta" if lang == "es" else "up to"
        return f"{amount} {until} {result.latest_year}"
    return f"{amount} {'en' if lang == 'es' else 'in'} {result.latest_year}"


def _steps_status(result: Result, lang: Lang) -> str:
    done, total = result.facts.weight_done, result.facts.weight_total
    counted = (
        f"{rounded(done or 0)} {'de' if lang == 'es' else 'of'} {rounded(total or 0)}"
    )
    if result.status is Status.ACHIEVED:
        return (
            f"Meta alcanzada: {counted}." if lang == "es" else f"Target met: {counted}."
        )
    return f"{_PACE[lang][result.status]}: {counted}."


def _trend(result: Result, unit: str, lang: Lang) -> str:
    line = result.projection
    if line is None or result.trend is None:
        return _REASONS[lang][Reason.ONE_POINT]
    words = _TRENDS[lang][result.trend]
    slope, first, last = line.slope, line.years[0], line.years[-1]
    size = _change(slope, unit, lang)
    if lang == "es":
        move = f", {'sube' if slope > 0 else 'baja'} {size} por año" if slope else ""
        return f"De {first} a {last} {words}{move}; el plan no fija un número."
    move = f", {'up' if slope > 0 else 'down'} {size} a year" if slope else ""
    return f"From {first} to {last} it {words}{move}; the plan sets no number."
