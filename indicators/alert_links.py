"""One question in two addresses: the map counts months, the list of alerts days."""

import datetime as dt
from typing import Final
from urllib.parse import urlencode

from indicators.alert_filters import AlertFilters
from territory.alert_filters import CONFIDENCES, FIRST_DAY, AlertFilter

_WORDS: Final = {int(level): word for word, level in CONFIDENCES.items()}
_LAST_YEAR: Final = 2059


def list_query(
    wanted: AlertFilter, *, zone_id: int | None = None, ubigeo: str = ""
) -> str:
    """Return a map's filter as the list writes it: first and last day of its months."""
    return _query(
        fuente=int(wanted.source),
        distrito=ubigeo,
        confianza=int(wanted.confidence) if wanted.confidence > 2 else "",
        zona=zone_id or "",
        desde=wanted.start.isoformat() if wanted.start else "",
        hasta=(wanted.end - dt.timedelta(days=1)).isoformat() if wanted.end else "",
    )


def map_query(asked: AlertFilters, source_code: str) -> str:
    """Return a list's filter as the map writes it: the whole months of its days.

    What the map cannot ask (state, hectares, order) is left out. A list without a
    period has all days; the map would show twelve months, so it is told its first.
    """
    since, until = asked.since, asked.until
    if since is None and until is None:
        since = FIRST_DAY
    return _query(
        fuente=source_code,
        confianza=_WORDS[asked.confidence] if asked.confidence > 2 else "",
        desde=_month(max(since, FIRST_DAY)) if since else "",
        hasta=_month(max(until, FIRST_DAY))
        if until and until.year <= _LAST_YEAR
        else "",
        zona=asked.zone_id or "",
        distrito=asked.ubigeo,
    )


def days_query(asked: AlertFilters) -> str:
    """Return a source and its days as the list writes them."""
    return _query(
        fuente=asked.source,
        desde=asked.since.isoformat() if asked.since else "",
        hasta=asked.until.isoformat() if asked.until else "",
    )


def _month(day: dt.date) -> str:
    return day.strftime("%Y-%m")


def _query(**given: object) -> str:
    return urlencode({name: value for name, value in given.items() if value})
