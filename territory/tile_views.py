"""Vector tiles over HTTP: strict addresses, 204 where there is nothing."""

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from territory import tiles
from territory.alert_filters import BadFilter, read_filter, source_of
from territory.tiles import Limit, Tile

CONTENT_TYPE = "application/vnd.mapbox-vector-tile"
RETRY_AFTER_SECONDS = 30


@require_safe
def alert_tile(
    request: HttpRequest, source: str, z: int, x: int, y: int
) -> HttpResponse:
    """Return a tile of the alerts of one source."""
    known, tile = source_of(source), Tile(z, x, y)
    if known is None or z not in tiles.ALERT_ZOOMS or not tile.exists:
        return _said(404, _("No hay tal tesela."))
    try:
        return _answer(tiles.alert_tile(tile, read_filter(request.GET, known)))
    except BadFilter as wrong:
        return _said(400, str(wrong))
    except OperationalError:
        return _late()


@require_safe
def limit_tile(
    request: HttpRequest, layer: str, z: int, x: int, y: int
) -> HttpResponse:
    """Return a tile of the outlines of districts or zones."""
    tile = Tile(z, x, y)
    if layer not in Limit.values or z not in tiles.LIMIT_ZOOMS or not tile.exists:
        return _said(404, _("No hay tal tesela."))
    if request.GET:
        return _said(400, _("Esta tesela no tiene filtros."))
    try:
        return _answer(tiles.limit_tile(tile, Limit(layer)))
    except OperationalError:
        return _late()


def _answer(tile: bytes) -> HttpResponse:
    return HttpResponse(tile, content_type=CONTENT_TYPE, status=200 if tile else 204)


def _late() -> HttpResponse:
    response = _said(503, _("La tesela tarda demasiado. Inténtalo en un momento."))
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _said(status: int, words: str) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")
