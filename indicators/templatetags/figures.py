"""How pages write numbers and draw the marks of a status."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import brotli
from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from indicators.chart_labels import chart_labels
from indicators.charts import Series, trend_svg
from indicators.progress import SumLine
from indicators.progress.numbers import counted, plain
from indicators.series import Group, Mark

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


@register.filter
def number(value: float | None) -> str:
    """Return a number with every digit it was given, or "sin dato" for None."""
    return _("sin dato") if value is None else plain(value)


@register.filter
def day(value: dt.date | None) -> str:
    """Return a date as a reader says it: "28 de julio de 2026"."""
    if value is None:
        return ""
    style = "j F Y" if get_language() == "en" else r"j \d\e F \d\e Y"
    return date_format(value, style)


@register.filter
def iso(value: dt.date | None) -> str:
    """Return a date for the datetime attribute."""
    return "" if value is None else value.isoformat()


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


@lru_cache(maxsize=1)
def _bundle(path: str) -> Bundle | None:
    found = finders.find(path)
    if found is None:
        return None
    packed = brotli.compress(Path(found).read_bytes(), quality=5)
    return Bundle(url=static(path), kilobytes=round(len(packed) / 1000))
