"""The words of the budget: its sentence, its sum, the labels of its chart."""

import datetime as dt
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from indicators.charts.budget import BudgetLabels
from indicators.progress.numbers import rounded, thousandths
from indicators.series.budget import BudgetBrief, BudgetDetail


@dataclass(frozen=True, kw_only=True)
class State:
    """Where the budget stands: word, shape and tone, said together."""

    word: str
    shape: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the printed sum and what it is."""

    printed: str
    words: str


def budget_state(brief: BudgetBrief) -> State:
    """Return the state of what is counted so far; the projection decides nothing."""
    if brief.is_over:
        return State(word=_("Tope superado"), shape="down", tone="worse")
    if brief.is_above_expected:
        return State(word=_("Más de lo esperado"), shape="diamond", tone="limited")
    return State(word=_("Dentro de lo esperado"), shape="up", tone="good")


def budget_sentence(brief: BudgetBrief) -> str:
    """Return the one sentence of the block, at most twenty words."""
    return _(
        "Del 1 de enero al %(day)s, las alertas suman %(area)s ha: %(pct)s %% del tope."
    ) % {
        "day": _day(brief.data_to),
        "area": rounded(brief.to_date_ha),
        "pct": brief.pct,
    }


def budget_sum(detail: BudgetDetail) -> tuple[Line, ...]:
    """Return every step from the printed numbers to the results, in order."""
    brief = detail.brief
    ceiling, to_date = _ha(brief.ceiling_ha), _ha(brief.to_date_ha)
    lines = [
        Line(
            printed=f"{to_date} ÷ {ceiling} = {brief.pct} %",
            words=_("parte del tope que ya suman las alertas"),
        )
    ]
    lines += [
        Line(
            printed=f"{_ha(past.to_day_ha)} ÷ {_ha(past.year_ha)}"
            f" = {thousandths(past.share)}",
            words=_("parte de %(year)s hasta el mismo día") % {"year": past.year},
        )
        for past in detail.past
    ]
    lines.append(
        Line(
            printed=f"{ceiling} × {thousandths(detail.share)}"
            f" = {_ha(brief.expected_ha)} ha",
            words=_("esperado a la fecha, por la parte del calendario")
            if brief.is_calendar
            else _("esperado a la fecha, por la media de esas partes"),
        )
    )
    return (*lines, *_projection(detail), *_official(detail))


def _projection(detail: BudgetDetail) -> list[Line]:
    brief, shares = detail.brief, [past.share for past in detail.past]
    if brief.low_ha is None or brief.high_ha is None or detail.middle_ha is None:
        return []
    to_date = _ha(brief.to_date_ha)
    each = (
        (detail.middle_ha, detail.share, _("fin de año, con la parte media")),
        (brief.low_ha, max(shares), _("lo menos, con la parte mayor")),
        (brief.high_ha, min(shares), _("lo más, con la parte menor")),
    )
    return [
        Line(printed=f"{to_date} ÷ {thousandths(share)} = {_ha(end)} ha", words=words)
        for end, share, words in each
    ]


def _official(detail: BudgetDetail) -> list[Line]:
    return [
        Line(
            printed=f"{_ha(each.official_ha)} ÷ {_ha(each.alerts_ha)}"
            f" = {thousandths(each.factor)}",
            words=_("cifra oficial entre alertas de %(year)s") % {"year": each.year},
        )
        for each in detail.factors
    ]


def budget_chart_labels(detail: BudgetDetail) -> BudgetLabels:
    """Return the chart's title, course in words and marks."""
    brief = detail.brief
    parts = [budget_sentence(brief)]
    parts.append(
        _("Esperado a esa fecha: %(area)s ha.") % {"area": rounded(brief.expected_ha)}
    )
    if brief.low_ha is not None and brief.high_ha is not None:
        parts.append(
            _("Fin de año probable: entre %(low)s y %(high)s ha.")
            % {"low": rounded(brief.low_ha), "high": rounded(brief.high_ha)}
        )
    parts.append(_("La tabla trae cada semana."))
    return BudgetLabels(
        title=_("Alertas de %(year)s frente al tope: %(source)s")
        % {"year": brief.year, "source": brief.source},
        description=" ".join(parts),
        ceiling=_("Tope: %(area)s ha") % {"area": _ha(brief.ceiling_ha)},
        months=(_("ene"), _("abr"), _("jul"), _("oct")),
        synthetic=_("DATO SINTÉTICO"),
    )


def _day(day: dt.date) -> str:
    style = "j F Y" if get_language() == "en" else r"j \d\e F \d\e Y"
    return date_format(day, style)


def _ha(area_ha: float) -> str:
    """Return hectares with two decimals at most, as the sums are made with them."""
    text = f"{area_ha:,.2f}"
    return text.rstrip("0").rstrip(".")
