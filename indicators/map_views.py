"""The map of alerts: districts drawn on the server, an interactive map on request."""

from typing import Any

from csp.constants import SELF
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from indicators.language import page_language
from indicators.public import public_page
from indicators.series.alert_map import (
    SourceChoice,
    alert_map,
    default_filter,
    source_choices,
    zone_choices,
)
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
        "error": error,
    }
    response = render(request, "indicators/alert_map.html", context, status=status)
    # The interactive map draws in a worker. Written here, so that a kept page has it.
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
    address, base = _district_links(choice.code, asked)
    return {
        "choices": choices,
        "choice": choice,
        "wanted": wanted,
        "last": last,
        "asked": asked,
        "confidences": CONFIDENCE_WORDS.items(),
        "chosen_district": request.GET.get("distrito", ""),
        "district_address": address,
        "district_query": base,
        "tile_query": urlencode({k: v for k, v in asked.items() if v}),
    }


def _district_links(source: str, asked: dict[str, str]) -> tuple[str, str]:
    """Return where a district leads, the list of alerts if there is one, and how."""
    query = urlencode({"fuente": source} | {k: v for k, v in asked.items() if v})
    try:
        return reverse("indicators:alert-list"), query
    except NoReverseMatch:
        return reverse("indicators:alert-map"), query


def _source(choices: tuple[SourceChoice, ...], code: str) -> SourceChoice:
    for choice in choices:
        if code in ("", choice.code):
            return choice
    raise BadFilter(_("No hay una fuente de alertas con ese nombre."))


def _zone(known: list[int], text: str) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and text.isascii() and int(text) in known):
        raise BadFilter(_("No hay una zona con ese número."))
    return int(text)


def _has_key(name: str) -> bool:
    return bool(getattr(settings, name, ""))
