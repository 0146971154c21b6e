"""The map of alerts: districts drawn on the server, an interactive map on request."""

from typing import Any

from csp.constants import SELF
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from indicators.alert_links import list_query
from indicators.language import page_language
from indicators.public import public_page
from indicators.series.alert_map import (
    SourceChoice,
    alert_map,
    default_filter,
    source_choices,
    zone_choices,
)
from indicators.series.budget import RiseLine, rise_lines
from territory.alert_filters import (
    CONFIDENCE_WORDS,
    CONFIDENCES,
    PARAMETERS,
    AlertFilter,
    BadFilter,
    last_month,
    read_filter,
)

_ALSO = ("fuente", "zona", "distrito")


@require_safe
@public_page("fuente", *PARAMETERS, "zona", "distrito")
def alert_map_page(request: HttpRequest) -> HttpResponse:
    """Show alerts by district: map, table, source and cautions."""
    choices = source_choices(lang=page_language(), has_key=_has_key)
    zones = zone_choices()
    error, status = "", 200
    try:
        choice = _source(choices, request.GET.get("fuente", ""))
        wanted = read_filter(request.GET, choice.number, also=_ALSO)
        zone_id = _zone([pk for pk, *_rest in zones], request.GET.get("zona", ""))
    except BadFilter as wrong:
        error, status = str(wrong), 400
        choice, zone_id = choices[0], None
        wanted = AlertFilter(source=choice.number)
    wanted = default_filter(choice, wanted)
    context = _context(request, choices, choice, wanted) | {
        "map": alert_map(wanted, zone_id=zone_id),
        "zones": zones,
        "zone_id": zone_id,
        "zone_kinds": {kind: word for _pk, kind, word, _name in zones},
        "list_query": list_query(wanted, zone_id=zone_id),
        "rises": _rises(request, choice),
        "error": error,
    }
    response = render(request, "indicators/alert_map.html", context, status=status)
    return with_map_policy(response)


def with_map_policy(response: HttpResponse) -> HttpResponse:
    """Return a page that may draw the interactive map, which uses a worker.

    Written as a header here, so that a kept page has it.
    """
    policy = build_policy(update={"worker-src": [SELF]})
    response.headers["Content-Security-Policy"] = policy
    return response


def _context(
    request: HttpRequest,
    choices: tuple[SourceChoice, ...],
    choice: SourceChoice,
    wanted: AlertFilter,
) -> dict[str, Any]:
    last = last_month(wanted.end) if wanted.end else None
    asked = {
        "confianza": next(c for c, n in CONFIDENCES.items() if n == wanted.confidence),
        "desde": wanted.start.strftime("%Y-%m") if wanted.start else "",
        "hasta": last.strftime("%Y-%m") if last else "",
    }
    return {
        "choices": choices,
        "choice": choice,
        "wanted": wanted,
        "last": last,
        "asked": asked,
        "confidences": CONFIDENCE_WORDS.items(),
        "chosen_district": request.GET.get("distrito", ""),
        "tile_query": urlencode({k: v for k, v in asked.items() if v}),
    }


def _rises(request: HttpRequest, choice: SourceChoice) -> tuple[RiseLine, ...]:
    return rise_lines(
        lang=page_language(),
        today=timezone.localdate(),
        source=choice.number,
        ubigeo=request.GET.get("distrito", ""),
    )


def _source(choices: tuple[SourceChoice, ...], code: str) -> SourceChoice:
    for choice in choices:
        if code in ("", choice.code):
            return choice
    raise BadFilter(_("No hay una fuente de alertas con ese nombre."))


def _zone(known: list[int], text: str) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and text.isascii() and int(text) in known):
        raise BadFilter(_("Esa zona ya no está entre las cargadas."))
    return int(text)


def _has_key(name: str) -> bool:
    return bool(getattr(settings, name, ""))
