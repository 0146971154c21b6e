"""Which alerts a reader asks for, as it stands in an address."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from territory.models import AlertConfidence, AlertSource

# In the order in which an address is kept (tocache/pagecache.py).
PARAMETERS: Final = ("confianza", "desde", "hasta")
CONFIDENCES: Final = {
    "nominal": AlertConfidence.NOMINAL,
    "alta": AlertConfidence.HIGH,
    "muy-alta": AlertConfidence.HIGHEST,
}
CONFIDENCE_WORDS: Final = {
    "nominal": gettext_lazy("Todas (desde nominal)"),
    "alta": gettext_lazy("Alta o muy alta"),
    "muy-alta": gettext_lazy("Solo muy alta"),
}
# No source has older alerts; the year after what an alert's day can hold.
FIRST_DAY: Final = date(2015, 1, 1)
_YEARS: Final = range(FIRST_DAY.year, 2060)
_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)


class BadFilter(Exception):
    """An address asks for what there cannot be; the text says what, to the reader."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts of one source; months from `start` up to, not including, `end`.

    Both are first days of a month. Sources are never mixed.
    """

    source: AlertSource
    start: date | None = None
    end: date | None = None
    confidence: int = AlertConfidence.NOMINAL


def source_of(code: str) -> AlertSource | None:
    """Return the source with a code; None if there is none."""
    return next((source for source in AlertSource if source.label == code), None)


def read_filter(
    query: QueryDict, source: AlertSource, *, also: Sequence[str] = ()
) -> AlertFilter:
    """Return the filter of an address; empty parameters count as left out.

    `desde` and `hasta` are months, YYYY-MM, both included. `also` names parameters
    of the page that are read elsewhere.

    Raises:
        BadFilter: an unknown, repeated or wrong parameter, or an empty period.
    """
    for name, values in query.lists():
        if name not in (*PARAMETERS, *also):
            raise BadFilter(_("No existe el filtro «%(name)s».") % {"name": name})
        if len(values) > 1:
            raise BadFilter(_("El filtro «%(name)s» está repetido.") % {"name": name})
    word = query.get("confianza") or "nominal"
    if word not in CONFIDENCES:
        raise BadFilter(_("La confianza es nominal, alta o muy-alta."))
    start, last = _month(query, "desde"), _month(query, "hasta")
    if start and last and last < start:
        raise BadFilter(_("El mes final es anterior al mes inicial."))
    return AlertFilter(
        source=source,
        start=start,
        end=last and month_after(last),
        confidence=CONFIDENCES[word],
    )


def month_after(month: date) -> date:
    """Return the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _month(query: QueryDict, name: str) -> date | None:
    text = query.get(name)
    if not text:
        return None
    found = _MONTH.fullmatch(text)
    if found is None or int(found[1]) not in _YEARS:
        raise BadFilter(
            _("Escribe el mes de «%(name)s» así: 2025-03.") % {"name": name}
        )
    return date(int(found[1]), int(found[2]), 1)


def last_month(end: date) -> date:
    """Return the first day of the month before `end`, itself a first day."""
    return date(end.year - (end.month == 1), (end.month - 2) % 12 + 1, 1)
