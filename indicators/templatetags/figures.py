"""How pages write numbers and draw the marks of a status."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import brotli
from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from indicators import alert_words
from indicators.alert_filters import AlertFilters
from indicators.alert_links import days_query, list_query, map_query
from indicators.budget_labels import budget_chart_labels, budget_sentence, budget_state
from indicators.budget_labels import budget_sum as sum_of_budget
from indicators.chart_labels import chart_labels
from indicators.charts import Series, trend_svg
from indicators.charts.budget import budget_svg, share_bar_svg
from indicators.charts.places import outline_svg, place_svg
from indicators.progress import SumLine
from indicators.progress.numbers import counted, plain, rounded
from indicators.series import Group, Mark
from indicators.series.alert_dossier import Dossier
from indicators.series.alert_map import SourceChoice
from indicators.series.budget import BudgetBrief, BudgetDetail
from indicators.yearly.words import place_name
from territory.alert_filters import AlertFilter

register = template.Library()

register.filter("counting", counted)

BUNDLE = "vendor/plotly/plotly-basic.min.js"

# One drawing a shape, 16 units wide, filled with the text's own colour.
_SHAPES = {
    "star": '<path d="M8 1l2.1 4.6 5 .5-3.8 3.3 1.1 4.9L8 11.7l-4.4 2.6 1.1-4.9L.9 6.1'
    'l5-.5z"/>',
    "star-hollow": '<path class="o" d="M8 2.4l1.7 3.7 4 .4-3 2.7.9 3.9L8 11l-3.6 2.1'
    '.9-3.9-3-2.7 4-.4z"/>',
    "up": '<path d="M8 2l7 12H1z"/>',
    "up-hollow": '<path class="o" d="M8 3.6l5.4 9.4H2.6z"/>',
    "diamond": '<path d="M8 1l7 7-7 7-7-7z"/>',
    "down": '<path d="M8 14L1 2h14z"/>',
    "arrow": '<path class="o" d="M1 8h12M9 4l4 4-4 4"/>',
    "circle": '<circle class="o" cx="8" cy="8" r="5.8"/>',
    "square": '<path class="o" d="M2.4 2.4h11.2v11.2H2.4z"/>',
}


@register.simple_tag
def shape(name: str) -> SafeString:
    """Return a status shape as a decorative SVG; the word stands beside it."""
    return mark_safe(
        '<svg class="mark" viewBox="0 0 16 16" aria-hidden="true">'
        f"{_SHAPES[name]}</svg>"
    )


@register.simple_tag
def status(mark: Mark, is_stale: bool = False) -> SafeString:
    """Return a status as shape and word, in colour unless its data are stale."""
    late = _("dato atrasado")
    return format_html(
        '<span class="status {}">{} {}{}</span>',
        "stale" if is_stale else f"tone-{mark.group.tone}",
        shape(mark.shape),
        mark.word,
        f" · {late}" if is_stale else "",
    )


@register.simple_tag
def group_mark(group: Group) -> SafeString:
    """Return the shape of a group of statuses in its colour."""
    return format_html(
        '<span class="tone-{}">{}</span>', group.tone, shape(group.shape)
    )


@register.simple_tag
def chart(series: Series, name: str, chart_id: str) -> SafeString:
    """Return a series as inline SVG; "" when there is nothing to draw.

    Every text in it is escaped where it is put together.
    """
    labels = chart_labels(series, name=name)
    return mark_safe(trend_svg(series, labels, chart_id=chart_id))


@register.simple_tag
def budget_chart(detail: BudgetDetail, chart_id: str) -> SafeString:
    """Return the year's course against the ceiling as inline SVG."""
    labels = budget_chart_labels(detail)
    return mark_safe(budget_svg(detail.course, labels, chart_id=chart_id))


@register.simple_tag
def budget_bar(brief: BudgetBrief) -> SafeString:
    """Return the used part of a ceiling as a small decorative bar."""
    return mark_safe(
        share_bar_svg(
            to_date_ha=brief.to_date_ha,
            expected_ha=brief.expected_ha,
            ceiling_ha=brief.ceiling_ha,
        )
    )


@register.simple_tag
def budget_status(brief: BudgetBrief) -> SafeString:
    """Return where a budget stands: shape, word and colour."""
    state = budget_state(brief)
    return format_html(
        '<span class="status tone-{}">{} {}</span>',
        state.tone,
        shape(state.shape),
        state.word,
    )


register.filter("place_name", place_name)


@register.filter
def budget_words(brief: BudgetBrief) -> str:
    """Return the budget in one sentence."""
    return budget_sentence(brief)


@register.filter
def list_of_year(brief: BudgetBrief) -> str:
    """Return the query with which the list of alerts shows what the budget counts."""
    return days_query(_year_of(brief))


@register.filter
def map_of_year(brief: BudgetBrief) -> str:
    """Return the query with which the map shows the months the budget counts."""
    return map_query(_year_of(brief), brief.source_code)


def _year_of(brief: BudgetBrief) -> AlertFilters:
    first = dt.date(brief.year, 1, 1)
    return AlertFilters(source=brief.source_number, since=first, until=brief.data_to)


@register.filter
def budget_lines(detail: BudgetDetail) -> object:
    """Return the lines of the budget's printed sum."""
    return sum_of_budget(detail)


@register.filter
def rounded_hectares(value: float | None) -> str:
    """Return hectares rounded for reading, or "sin dato" for None."""
    return _("sin dato") if value is None else rounded(value)


@register.filter
def number(value: float | None) -> str:
    """Return a number with every digit it was given, or "sin dato" for None."""
    return _("sin dato") if value is None else plain(value)


@register.filter(expects_localtime=True)
def day(value: dt.date | None) -> str:
    """Return a date as a reader says it: "28 de julio de 2026"."""
    return "" if value is None else _day(value, get_language())


@lru_cache(maxsize=1024)
def _day(value: dt.date, lang: str | None) -> str:
    return date_format(value, "j F Y" if lang == "en" else r"j \d\e F \d\e Y")


@register.filter
def iso(value: dt.date | None) -> str:
    """Return a date for the datetime attribute."""
    return "" if value is None else value.isoformat()


@register.filter
def hectares(value: Decimal) -> str:
    """Return hectares with two decimals; less than half a hundredth says so."""
    return "< 0.01" if 0 < value < Decimal("0.005") else alert_words.hectares(value)


@register.filter
def confidence_word(level: int) -> str:
    """Return the word of an alert's confidence."""
    return str(alert_words.CONFIDENCE_WORDS[level])


@register.filter
def role_word(code: str) -> str:
    """Return the name of the role in which somebody verified."""
    return str(alert_words.ROLE_WORDS[code])


@register.filter
def institution_word(code: str) -> str:
    """Return the kind of institution that verified."""
    return str(alert_words.INSTITUTION_WORDS[code])


@register.simple_tag
def verification(state: str) -> SafeString:
    """Return a state of verification as shape and word in its colour."""
    drawn, tone = alert_words.STATE_MARKS[state]
    return format_html(
        '<span class="status tone-{}">{} {}</span>',
        tone,
        shape(drawn),
        alert_words.state_word(state),
    )


@register.simple_tag
def drawing(svg: str) -> SafeString:
    """Return an SVG of our own charts, whose texts were escaped where it was made."""
    return mark_safe(svg)


@register.simple_tag
def cluster_place(page: Dossier, style: str = "") -> SafeString:
    """Return where a cluster lies among the districts; "" without any district.

    `style` is our own CSS for a drawing that no style sheet reaches.
    """
    if page.map_bounds is None:
        return mark_safe("")
    return mark_safe(
        place_svg(
            page.map_outlines,
            bounds=page.map_bounds,
            point=(page.longitude, page.latitude),
            title=_("Dónde está: %(districts)s")
            % {"districts": ", ".join(one.name for one in page.districts)},
            chart_id="lugar",
            style=style,
        )
    )


@register.simple_tag
def cluster_outline(page: Dossier, style: str = "") -> SafeString:
    """Return the outline of a cluster with a scale bar; `style` as above."""
    title = _("Contorno de los píxeles con alerta")
    return mark_safe(
        outline_svg(
            page.footprint_path,
            bounds=page.bounds,
            title=title,
            chart_id="contorno",
            style=style,
        )
    )


_SYMBOL_WORDS = {
    "y0": gettext_lazy("línea de base"),
    "yt": gettext_lazy("valor que decide"),
    "yT": gettext_lazy("meta"),
    "m": gettext_lazy("valor previsto para ese año"),
    "p": gettext_lazy("parte del camino recorrida"),
    "e": gettext_lazy("parte prevista a esta fecha"),
    "r": gettext_lazy("ritmo: lo recorrido entre lo previsto"),
    "d": gettext_lazy("cambio necesario por año"),
    "b": gettext_lazy("cambio por año, según la recta"),
    "ŷ": gettext_lazy("proyección al año de la meta"),
    "c": gettext_lazy("segundo método: crecimiento compuesto"),
}


@register.filter
def symbol_words(line: SumLine) -> str:
    """Return what a symbol of the sum stands for."""
    if len(line.symbol) > 2 and line.symbol[1:].isdigit():
        return _("valor del año contra la meta")
    if line.holds is not None:
        return _("último valor contra la meta")
    return str(_SYMBOL_WORDS[line.symbol])


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The interactive chart's script: where it is, what it weighs on the line."""

    url: str
    kilobytes: int


@register.simple_tag
def plotly_bundle() -> Bundle | None:
    """Return the self-hosted Plotly script; None where it is not installed."""
    return _bundle(BUNDLE)


def _bundle(path: str) -> Bundle | None:
    # Looked for again until it is there: packages may be put in place meanwhile.
    found = finders.find(path)
    return None if found is None else _packed_bundle(path, found)


@lru_cache(maxsize=1)
def _packed_bundle(path: str, found: str) -> Bundle:
    packed = brotli.compress(Path(found).read_bytes(), quality=5)
    return Bundle(url=static(path), kilobytes=round(len(packed) / 1000))


@register.filter
def about_hectares(value: float) -> str:
    """Return hectares as pages write an estimate: one decimal, none from 1,000 on."""
    return plain(round(value) if value >= 1000 else round(value, 1))


@register.filter
def percent(share: float) -> str:
    """Return a share as a whole percentage; below one but not zero it says so."""
    if 0 < share < 0.005:
        return "< 1 %"
    return f"{share * 100:.0f} %"


@register.filter
def month_word(value: dt.date) -> str:
    """Return a month as a reader says it: "marzo de 2026"."""
    style = "F Y" if get_language() == "en" else r"F \d\e Y"
    return date_format(value, style)


@register.simple_tag
def district_address(
    choice: SourceChoice, wanted: AlertFilter, zone_id: int | None, ubigeo: str
) -> str:
    """Return where a district of the map leads: the list, asked the same question.

    The list names no source without alerts: there the map itself.
    """
    if choice.last_day is None:
        query = urlencode({"fuente": choice.code, "distrito": ubigeo})
        return f"{reverse('indicators:alert-map')}?{query}"
    query = list_query(wanted, zone_id=zone_id, ubigeo=ubigeo)
    return f"{reverse('indicators:alert-list')}?{query}"


@register.simple_tag
def legend_square(level: int) -> SafeString:
    """Return the shade of a level of the map, which must be on the same page."""
    return format_html(
        '<svg viewBox="0 0 28 28" aria-hidden="true"><rect class="level{}" x="1" y="1"'
        ' width="26" height="26"/></svg>',
        level,
    )


@dataclass(frozen=True, kw_only=True)
class MapBundle:
    """The interactive map's files: where they are, what they weigh on the line."""

    script: str
    worker: str
    style: str
    kilobytes: int


_MAP_FILES = ("maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css")


@register.simple_tag
def maplibre_bundle() -> MapBundle | None:
    """Return the self-hosted MapLibre files; None where they are not installed."""
    return _map_bundle()


def _map_bundle() -> MapBundle | None:
    paths = tuple(f"vendor/maplibre/{name}" for name in _MAP_FILES)
    found = tuple(filter(None, map(finders.find, paths)))
    return _packed_map(paths, found) if len(found) == len(paths) else None


@lru_cache(maxsize=1)
def _packed_map(paths: tuple[str, ...], found: tuple[str, ...]) -> MapBundle:
    packed = sum(
        len(brotli.compress(Path(file).read_bytes(), quality=5)) for file in found
    )
    script, worker, style = (static(path) for path in paths)
    return MapBundle(
        script=script, worker=worker, style=style, kilobytes=round(packed / 1000)
    )
