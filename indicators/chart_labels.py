"""The words of a chart: its message first, then what its marks mean."""

from django.utils.translation import gettext as _

from indicators.charts import Labels, Point, Series
from indicators.progress.numbers import plain, rounded

_SIGNS = {"<": "<", "<=": "≤", ">=": "≥", ">": ">"}


def chart_labels(series: Series, *, name: str) -> Labels:
    """Return the labels of a series in the active language; ``name`` is the goal's."""
    return Labels(
        title=chart_message(series, name=name),
        description=_description(series),
        target_lines=_target_lines(series),
        baseline=""
        if series.baseline is None
        else _("Base %(year)s") % {"year": series.baseline.year},
        break_word=_("cambia el método"),
        synthetic=_("Dato sintético de demostración"),
        unit=series.unit,
        values=_("Acumulado") if series.is_running_total else _("Valor registrado"),
        preliminary=_("preliminar"),
        proxy=_("indicador sustituto"),
        path=_("Camino previsto a la meta"),
    )


def chart_message(series: Series, *, name: str) -> str:
    """Return what the chart says in one sentence.

    Only years measured the same way as the latest are compared.
    """
    points = _comparable(series)
    if not points:
        return _("%(name)s: aún no hay valores publicados") % {"name": name}
    first, last = points[0], points[-1]
    words = {
        "name": name,
        "value": plain(last.value or 0),
        "unit": series.unit,
        "year": last.year,
        "first_year": first.year,
    }
    if len(points) == 1 or first.value is None or last.value is None:
        return _("%(name)s: %(value)s %(unit)s en %(year)s") % words
    words["first"] = plain(first.value)
    if last.value == first.value:
        text = _(
            "%(name)s: %(value)s %(unit)s en %(year)s, igual que en %(first_year)s"
        )
    elif last.value > first.value:
        text = _(
            "%(name)s: subió de %(first)s en %(first_year)s a %(value)s %(unit)s en"
            " %(year)s"
        )
    else:
        text = _(
            "%(name)s: bajó de %(first)s en %(first_year)s a %(value)s %(unit)s en"
            " %(year)s"
        )
    return text % words


def _comparable(series: Series) -> list[Point]:
    changed = max((b.year for b in series.breaks), default=0)
    points = [p for p in series.points if p.value is not None]
    return [p for p in points if p.year >= changed] or points


def _target_lines(series: Series) -> tuple[str, ...]:
    if series.target_value is None:
        return ()
    amount = series.target_value
    text = plain(amount) if len(plain(amount)) < 10 else rounded(amount)
    return (
        _("Meta %(year)s") % {"year": series.target_year},
        f"{_SIGNS[series.target_operator]} {text}",
    )


def _description(series: Series) -> str:
    known = [p for p in series.points if p.value is not None]
    if not known:
        return ""
    lowest = min(known, key=lambda p: p.value or 0)
    highest = max(known, key=lambda p: p.value or 0)
    sentences = [
        _("Valores por año de %(first)s a %(last)s, en %(unit)s.")
        % {"first": known[0].year, "last": known[-1].year, "unit": series.unit},
        _(
            "El más bajo es %(low)s (%(low_year)s) y el más alto,"
            " %(high)s (%(high_year)s)."
        )
        % {
            "low": plain(lowest.value or 0),
            "low_year": lowest.year,
            "high": plain(highest.value or 0),
            "high_year": highest.year,
        },
    ]
    missing = [str(p.year) for p in series.points if p.value is None]
    if missing:
        sentences.append(_("Sin dato: %(years)s.") % {"years": ", ".join(missing)})
    proxies = [str(p.year) for p in known if p.is_proxy]
    if proxies:
        words = _("Es un indicador sustituto el valor de: %(years)s.")
        sentences.append(words % {"years": ", ".join(proxies)})
    sentences += [
        _("El método cambia en %(year)s: no se compara con los años anteriores.")
        % {"year": change.year}
        for change in series.breaks
    ]
    if series.is_synthetic:
        sentences.append(_("Datos sintéticos de demostración."))
    sentences.append(_("La tabla de la página del indicador trae todos los valores."))
    return " ".join(sentences)
