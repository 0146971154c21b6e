"""Published yearly values as the rows of a table, with who stands behind them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.charts import Series
from indicators.evidence.reading import evidence_items, level_of
from indicators.models import Source, YearlyValue
from indicators.progress.inputs import Operator, exact, holds
from indicators.series.records import Lang, PlaceValue, SourceLine, ValueRow
from indicators.series.site import in_language


def value_rows(
    values: Sequence[Any],
    sources: Mapping[int, Source],
    *,
    series: Series,
    lang: Lang,
) -> tuple[ValueRow, ...]:
    """Return one row a year, newest first, years without a value included.

    ``meets`` compares a year's own figure with the target, and is None before the
    last change of method, where figures do not compare.
    """
    known = {value.year: value for value in values}
    meets = _met_by(series)
    totals = {point.year: point.value for point in series.points}
    first_comparable = max((b.year for b in series.breaks), default=0)
    rows = []
    for year in range(max(known, default=0), min(known, default=1) - 1, -1):
        value = known.get(year)
        compared = totals.get(year) if year >= first_comparable else None
        rows.append(
            _row(
                year,
                value,
                None if value is None else sources.get(value.from_source),
                series=series,
                total=totals.get(year) if series.is_running_total else None,
                meets=None if compared is None else meets(compared),
                lang=lang,
            )
        )
    return tuple(rows)


def place_values(
    values: Sequence[Any], sources: Mapping[int, Source], lang: Lang
) -> tuple[PlaceValue, ...]:
    """Return the value of each place, each with its own source and evidence."""
    return tuple(
        PlaceValue(
            name=value.place_name,
            value=None if value.value is None else float(value.value),
            kind=kind_word(value.kind),
            reason=reason_word(value.no_data_reason),
            source=_source_name(value, sources.get(value.from_source), lang),
            evidence_level=_evidence_level(value),
            proxy=value.proxy,
            is_synthetic=value.is_synthetic,
        )
        for value in values
    )


def source_lines(
    values: Sequence[Any], sources: Mapping[int, Source], lang: Lang
) -> tuple[SourceLine, ...]:
    """Return each source behind published values once, in the order of first use."""
    lines: dict[str, SourceLine] = {}
    for value in values:
        source = sources.get(value.from_source)
        if source is not None:
            lines.setdefault(
                source.code,
                SourceLine(
                    name=in_language(source, "name", lang),
                    publisher=source.publisher,
                    licence=source.licence,
                    citation=source.citation,
                    url=source.homepage_url,
                ),
            )
        elif value.source_text:
            lines.setdefault(
                value.source_text,
                SourceLine(
                    name=value.source_text.rstrip("."),
                    publisher="",
                    licence="",
                    citation="",
                    url=value.source_url,
                ),
            )
    return tuple(lines.values())


_KIND_WORD = {
    "measured": gettext_lazy("Medido"),
    "estimated": gettext_lazy("Estimado"),
    "preliminary": gettext_lazy("Preliminar"),
    "no_data": gettext_lazy("Sin dato"),
}


def kind_word(kind: str) -> str:
    """Return how firm a value is."""
    return str(_KIND_WORD[kind])


_REASON_WORD = {
    "": "",
    "not_collected": gettext_lazy("no se levantó"),
    "not_published": gettext_lazy("aún no se publica"),
    "confidential": gettext_lazy("es confidencial"),
    "not_applicable": gettext_lazy("no aplica"),
}


def reason_word(reason: str) -> str:
    """Return why there is no value; "" where no reason is needed."""
    return str(_REASON_WORD[reason])


def actor_words(told: Mapping[str, Any], has_session: bool) -> str:
    """Return who made a change, from what was written down with it; never a name."""
    if not has_session:
        return _("Sin sesión: servidor o base de datos")
    if told.get("load"):
        return _("Carga de la fuente")
    roles = {
        "indicators.record_value": _("Registro de datos"),
        "indicators.review_value": _("Revisión"),
        "indicators.lock_year": _("Revisión"),
    }
    return roles.get(told.get("role", ""), _("Una persona con sesión"))


def who_words(value: YearlyValue) -> str:
    """Return which roles recorded and reviewed a value; never a person's name."""
    if value.is_synthetic:
        return _("Ejemplo de demostración")
    if value.load_id is not None and value.recorded_by_id is None:
        if value.reviewed_by_id is None:
            return _("Carga automática de la fuente, sin revisión de una persona")
        return _("Carga que publicó una persona de Revisión")
    return _("Registro de datos; otra persona de Revisión")


def _row(
    year: int,
    value: Any,
    source: Source | None,
    *,
    series: Series,
    total: float | None,
    meets: bool | None,
    lang: Lang,
) -> ValueRow:
    starts = next((b for b in series.breaks if b.year == year), None)
    if value is None:
        return ValueRow(
            year=year,
            value=None,
            total=None,
            kind=_("Sin dato"),
            is_preliminary=False,
            reason=_("no hay registro"),
            meets=None,
            source="",
            source_url="",
            note="",
            proxy="",
            who="",
            is_synthetic=False,
            is_corrected=False,
            is_year_closed=False,
            starts_break=starts,
            evidence_level=None,
            evidence=(),
            is_loaded=False,
        )
    return ValueRow(
        year=year,
        value=None if value.value is None else float(value.value),
        total=total,
        kind=kind_word(value.kind),
        is_preliminary=value.kind == YearlyValue.Kind.PRELIMINARY,
        reason=reason_word(value.no_data_reason),
        meets=meets,
        source=_source_name(value, source, lang),
        source_url=value.source_url or (source.homepage_url if source else ""),
        note=value.note,
        proxy=value.proxy,
        who=who_words(value),
        is_synthetic=value.is_synthetic,
        is_corrected=value.version > 1,
        is_year_closed=value.is_year_closed,
        starts_break=starts,
        evidence_level=_evidence_level(value),
        evidence=evidence_items(value.evidence_rows, sees_all=False),
        is_loaded=value.load_id is not None,
    )


def _source_name(value: Any, source: Source | None, lang: Lang) -> str:
    return in_language(source, "name", lang) if source else str(value.source_text)


def _evidence_level(value: Any) -> int:
    return level_of(value.evidence_rows, is_official=value.is_official, kind=value.kind)


def _met_by(series: Series) -> Callable[[float], bool | None]:
    """Return what tells whether a year's figure meets the target; None without one."""
    if series.target_value is None:
        return lambda _value: None
    operator, target = Operator(series.target_operator), exact(series.target_value)
    return lambda value: holds(exact(value), operator, target)
