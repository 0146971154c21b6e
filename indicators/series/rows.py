"""An indicator as one row: where it stands, or what is missing and whose turn it is."""

import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from django.db.models import Case, FloatField, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.models import Indicator, Origin, ProgressResult, YearlyValue
from indicators.progress import Point, ScheduleState, schedule_badge
from indicators.progress.numbers import counted, plain
from indicators.series.compiled import CompiledQuery
from indicators.series.marks import MARKS, WITHOUT_VERDICT, Mark, mark_of
from indicators.series.records import Lang, Missing, Row
from indicators.series.site import in_language
from territory.models import Place

NEEDS_BASELINE = frozenset(
    {
        Indicator.TargetType.LEVEL,
        Indicator.TargetType.SHARE,
        Indicator.TargetType.CUMULATIVE,
        Indicator.TargetType.PERCENT_OF_BASELINE,
    }
)


def listed_indicators() -> QuerySet[Indicator]:
    """Return the indicators of the current plan with what a row reads, in order.

    One query; each carries ``a_value``: a published one of the province, or None.
    """
    values = YearlyValue.objects.published().filter(
        indicator=OuterRef("pk"),
        place__level=Place.Level.PROVINCE,
        value__isnull=False,
    )
    return (
        Indicator.objects.of_current_plan()
        .select_related("goal__axis", "target", "baseline")
        # Not EXISTS: PostgreSQL would read every value of the province for it.
        .annotate(a_value=Subquery(values.order_by().values("pk")[:1]))
        .order_by("goal__axis__order", "goal__order", "order", "pk")
    )


def with_proxy(results: Any) -> Any:
    """Return results that carry ``proxy``: what their latest value stands in by.

    Found by the unique index of published values; None or "" where it is no proxy.
    """
    latest = YearlyValue.objects.published().filter(
        indicator=OuterRef("indicator_id"),
        place=OuterRef("place_id"),
        year=OuterRef("latest_year"),
    )
    return results.annotate(proxy=Subquery(latest.order_by().values("proxy")[:1]))


def current_results() -> QuerySet[ProgressResult]:
    """Return the current results of the province, one an indicator, without sums."""
    return ProgressResult.objects.filter(
        is_current=True,
        place__level=Place.Level.PROVINCE,
        place__jurisdiction__is_home=True,
        indicator__goal__axis__plan_version__is_current=True,
    )


# What a row reads, and no more: of sixty indicators with their goals, axes, targets and
# baselines the unread columns cost as much as the read ones.
_READ = (
    "code",
    "slug",
    "unit_{lang}",
    "name_{lang}",
    "decimals",
    "target_type",
    "frequency_months",
    "collection",
    "origin",
    "is_main",
    "is_definition_pending",
    "goal__name_{lang}",
    "goal__doubt_{lang}",
    "goal__axis__code",
    "goal__axis__name_{lang}",
    "target__operator",
    "target__value",
    "baseline__id",
)


def _listed(lang: Lang) -> QuerySet[Indicator]:
    return listed_indicators().only(*(field.format(lang=lang) for field in _READ))


def _marked() -> QuerySet[ProgressResult]:
    # The one number of the stored sum that a list shows: the running total. Only
    # where it is shown is the whole sum unpacked.
    deciding = Cast(
        KeyTextTransform("deciding_value", "inputs_and_outputs"), FloatField()
    )
    runs = Q(indicator__target_type=Indicator.TargetType.CUMULATIVE)
    results: QuerySet[ProgressResult] = with_proxy(current_results())
    return results.annotate(deciding=Case(When(runs, then=deciding))).only(
        "indicator_id",
        "status",
        "reason",
        "latest_value",
        "latest_year",
        "is_synthetic",
        "evidence_level",
    )


_LISTED: dict[Lang, CompiledQuery[Indicator]] = {
    "es": CompiledQuery(lambda: _listed("es")),
    "en": CompiledQuery(lambda: _listed("en")),
}
_RESULTS = CompiledQuery(_marked)


def indicator_rows(*, lang: Lang, today: dt.date) -> list[Row]:
    """Return every indicator of the current plan as a row, in the plan's order.

    Two queries.
    """
    results = {result.indicator_id: result for result in _RESULTS.rows()}
    return [
        indicator_row(indicator, results.get(indicator.id), lang=lang, today=today)
        for indicator in _LISTED[lang].rows()
    ]


def indicator_row(
    indicator: Indicator,
    result: ProgressResult | None,
    *,
    lang: Lang,
    today: dt.date,
) -> Row:
    """Return an indicator of ``listed_indicators`` as a row."""
    goal, axis = indicator.goal, indicator.goal.axis
    mark = _mark(indicator, result)
    latest = None if result is None else result.latest_value
    latest_year = None if result is None else result.latest_year
    name = goal if indicator.is_main else indicator
    is_yearly_part = indicator.target_type == Indicator.TargetType.CUMULATIVE
    return Row(
        indicator_id=indicator.id,
        code=indicator.code,
        slug=indicator.slug,
        name=in_language(name, "name", lang).rstrip("."),
        measure=in_language(indicator, "name", lang).rstrip("."),
        axis_code=axis.code,
        axis_name=in_language(axis, "name", lang),
        unit=in_language(indicator, "unit", lang),
        decimals=indicator.decimals,
        mark=mark,
        total=getattr(result, "deciding", None) if is_yearly_part else None,
        latest_value=None if latest is None else float(latest),
        latest_year=latest_year,
        target_text=target_text(indicator, lang),
        missing=tuple(_missing(indicator, mark)),
        proxy=getattr(result, "proxy", None) or "",
        is_synthetic=result is not None and result.is_synthetic,
        has_doubt=bool(in_language(goal, "doubt", lang)),
        is_main=indicator.is_main,
        is_printed=indicator.origin == Origin.PRINTED,
        is_yearly_part=is_yearly_part,
        is_stale=_is_stale(latest_year, indicator.frequency_months, today),
        years_old=None if latest_year is None else today.year - latest_year,
        evidence_level=None if result is None else result.evidence_level,
    )


_OPERATOR_WORDS = {
    "<": gettext_lazy("menos de"),
    "<=": gettext_lazy("como máximo"),
    ">=": gettext_lazy("al menos"),
    ">": gettext_lazy("más de"),
}


def operator_words(operator: str) -> str:
    """Return how a value meets its target, in words."""
    return str(_OPERATOR_WORDS[operator])


def target_text(indicator: Indicator, lang: Lang) -> str:
    """Return the promise with its unit ("menos de 1,581 ha/año"); "" without number."""
    target = getattr(indicator, "target", None)
    if target is None or target.value is None:
        return ""
    of_baseline = indicator.target_type == Indicator.TargetType.PERCENT_OF_BASELINE
    unit = None if of_baseline else in_language(indicator, "unit", lang)
    return promise(target.operator, float(target.value), unit, lang)


@lru_cache(maxsize=1024)
def promise(operator: str, value: float, unit: str | None, _lang: Lang) -> str:
    """Return a promise in words; without a unit it is a share of the baseline."""
    # The language is the active one; kept, for writing sixty of them anew is a
    # tenth of a page's time.
    words, number = operator_words(operator), plain(value)
    if unit is not None:
        return f"{words} {number} {counted(unit, value)}"
    return _("%(words)s %(number)s %% más que la línea de base") % {
        "words": words,
        "number": number,
    }


def needs_baseline(indicator: Indicator) -> bool:
    """Return whether the rule of the target compares with a starting point."""
    return indicator.target_type in NEEDS_BASELINE


def _mark(indicator: Any, result: ProgressResult | None) -> Mark:
    if result is not None:
        return mark_of(result.status, result.reason)
    target = getattr(indicator, "target", None)
    if indicator.is_definition_pending:
        return MARKS["definition_pending"]
    direction_only = indicator.target_type == Indicator.TargetType.DIRECTION_ONLY
    if not direction_only and (target is None or target.value is None):
        return MARKS["no_target"]
    return MARKS["no_approved_value"]


def _missing(indicator: Any, mark: Mark) -> Iterable[Missing]:
    if mark.group.slug not in WITHOUT_VERDICT:
        return
    committee = _("Le toca al comité de la iniciativa.")
    target = getattr(indicator, "target", None)
    if indicator.is_definition_pending:
        yield Missing(what=_("la definición: qué se mide exactamente"), turn=committee)
    if target is None or target.value is None:
        yield Missing(
            what=_("el número de la meta: el plan no lo imprime"), turn=committee
        )
    if needs_baseline(indicator) and getattr(indicator, "baseline", None) is None:
        yield Missing(
            what=_("la línea de base: el valor del que se parte"), turn=committee
        )
    if indicator.a_value is None:
        yield Missing(what=_("un valor publicado"), turn=_turn(indicator.collection))
    elif mark.code == "one_point":
        yield Missing(
            what=_("el valor de otro año para comparar"),
            turn=_turn(indicator.collection),
        )


@lru_cache(maxsize=256)
def _is_stale(year: int | None, months: int, today: dt.date) -> bool:
    points = [] if year is None else [Point(year=year, value=0.0)]
    badge = schedule_badge(
        points=points,
        milestones=(),
        frequency_months=months or None,
        as_of=today,
    )
    return badge.state is ScheduleState.OVERDUE


_TURN = {
    "auto": gettext_lazy("Le toca a este tablero: se calcula con datos abiertos."),
    "plots": gettext_lazy("Le toca al registro de parcelas."),
    "register": gettext_lazy("Le toca a quien registra los datos, con su evidencia."),
    "statistics": gettext_lazy(
        "Le toca a quien registra los datos, con la cifra oficial."
    ),
    "survey": gettext_lazy("Le toca a una encuesta local."),
    "manual": gettext_lazy("Le toca a quien registra los datos, con su evidencia."),
}


def _turn(collection: str) -> str:
    return str(_TURN[collection])
