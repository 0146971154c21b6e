"""Words of the pages about alerts, in the language of the page."""

import base64
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from indicators.alert_filters import STATE_WORDS
from indicators.charts.weeks import WeekRow, weekly_bars_svg
from indicators.dates import short_day
from indicators.series.alerts import PROVISIONAL_WEEKS, AlertTotals, ClusterRow

CONFIDENCE_WORDS: Final = {
    2: gettext_lazy("Nominal"),
    3: gettext_lazy("Alta"),
    4: gettext_lazy("Muy alta"),
}
ROLE_WORDS: Final = {
    "supervisor": gettext_lazy("Supervisión ciudadana"),
    "officer": gettext_lazy("Responsable de la entidad"),
}
INSTITUTION_WORDS: Final = {
    "civil": gettext_lazy("Organización de la sociedad civil"),
    "community": gettext_lazy("Comunidad o comité de vigilancia"),
    "municipal": gettext_lazy("Municipalidad"),
    "regional": gettext_lazy("Gobierno regional"),
    "national": gettext_lazy("Entidad nacional"),
}
# Shape and tone beside each word, as statuses have them.
STATE_MARKS: Final = {
    "unverified": ("circle", "none"),
    "confirmed": ("down", "worse"),
    "false": ("star", "met"),
    "natural": ("arrow", "good"),
    "authorised": ("square", "faster"),
}


def hectares(area_ha: Decimal) -> str:
    """Return hectares as pages write them: two decimals, thousands with a comma."""
    return f"{area_ha:,.2f}"


def state_word(state: str) -> str:
    """Return the word of a state of verification."""
    return str(STATE_WORDS[state])


def period_words(
    since: dt.date | None, until: dt.date | None, known_to: dt.date | None
) -> str:
    """Return which days a sum counts; without a filter all that is stored."""
    last = until or known_to
    if since and last:
        words = _("del %(first)s al %(last)s")
    elif since:
        words = _("desde el %(first)s")
    elif last:
        words = _("todo lo cargado, hasta el %(last)s")
    else:
        return _("todo lo cargado")
    first, last_day = (day and short_day(day) for day in (since, last))
    return words % {"first": first, "last": last_day}


def cluster_sentence(row: ClusterRow) -> str:
    """Return a cluster of alerts in one line, for a list or the map."""
    return _("N.º %(number)s · %(districts)s · %(ha)s ha · %(day)s · %(state)s") % {
        "number": row.number,
        "districts": ", ".join(row.districts) or _("Sin dato"),
        "ha": hectares(row.area_ha),
        "day": short_day(row.last_date),
        "state": state_word(row.state),
    }


def weekly_message(totals: AlertTotals) -> str:
    """Return what the weekly bars show, as one sentence; "" without any alert."""
    if not totals.districts:
        return ""
    first = totals.districts[0]
    whole = sum((row.total_ha for row in totals.districts), Decimal(0))
    return _(
        "En %(weeks)s semanas, %(district)s tuvo %(ha)s de %(all)s ha con alertas."
    ) % {
        "weeks": len(totals.weeks),
        "district": first.name,
        "ha": hectares(first.total_ha),
        "all": hectares(whole),
    }


def weekly_chart(totals: AlertTotals, *, chart_id: str) -> str:
    """Return the weekly bars as SVG; "" without any alert."""
    if not totals.districts:
        return ""
    rows: Sequence[WeekRow] = [
        WeekRow(
            name=row.name,
            weeks_ha=tuple(map(float, row.weeks_ha)),
            total=f"{hectares(row.total_ha)} ha",
        )
        for row in totals.districts
    ]
    return weekly_bars_svg(
        rows,
        title=weekly_message(totals),
        description=_("Hectáreas con alertas por semana y distrito, desde cero."),
        ends=(short_day(totals.weeks[0]), short_day(totals.weeks[-1])),
        provisional=PROVISIONAL_WEEKS,
        chart_id=chart_id,
    )


def viewer_links(*, longitude: float, latitude: float) -> list[dict[str, Any]]:
    """Return the official viewers at a place: name and address.

    Chosen by the reader; no page asks them for anything. Addresses as the viewers
    themselves share them, read 2026-11-20.
    """
    lang = "en" if get_language() == "en" else "es"
    at = f"{latitude:.5f}", f"{longitude:.5f}"
    where = '{"center":{"lat":' + at[0] + ',"lng":' + at[1] + '},"zoom":15}'
    packed = base64.urlsafe_b64encode(where.encode()).decode().rstrip("=")
    return [
        {
            "name": "Global Forest Watch",
            "url": f"https://www.globalforestwatch.org/map/?lang={lang}&map={packed}",
        },
        {
            "name": "GEOBOSQUES (MINAM)",
            "url": "https://geobosques.minam.gob.pe/geobosque/visor/index.php"
            f"?xy={at[0]},{at[1]}",
        },
    ]


def comment_url(number: int) -> str:
    """Return where a comment on the cluster starts; "" until there are such pages."""
    try:
        start = reverse("comment-create")
    except NoReverseMatch:
        return ""
    return f"{start}?{urlencode({'alerta': number})}"
