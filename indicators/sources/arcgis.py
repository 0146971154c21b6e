"""A layer of an ArcGIS REST service, page by page and counted.

Quirks, read 2026-11-20 in public clients of Peruvian state services:
- Faults come as {"error": {"code", "message"}} with status 200.
- A page holds at most the server's own maxRecordCount, whatever was asked for; more is
  told by `exceededTransferLimit`, in GeoJSON sometimes inside `properties`.
- A short last page looks like an answer that was cut: only `returnCountOnly` tells.
"""

from typing import Any, Final
from urllib.parse import urlencode

from indicators.sources.errors import ContentRefused, PassingFault
from indicators.sources.json_reply import parsed_json
from indicators.sources.session import Fetched, Session

PAGE_ROWS: Final = 2000
# All of San Martín has some ten thousand alerts a year.
MOST_PAGES: Final = 500

Box = tuple[float, float, float, float]


def fetch_pages(session: Session, layer: str, box: Box) -> tuple[Fetched, ...]:
    """Return the raw pages of all features in (west, south, east, north), degrees.

    `layer` is the path below the session's address, such as "/0".

    Raises:
        SourceError: see `Session.fetch`; ContentRefused for an error told with status
            200; PassingFault when the pages do not hold as many as the service counts.
    """
    counted = session.get(_query(layer, box, returnCountOnly="true", f="json"))
    wanted = _checked(counted).get("count")
    if not isinstance(wanted, int) or isinstance(wanted, bool):
        raise ContentRefused(
            "no_count",
            "La fuente no dice cuántos registros tiene.",
            "The source does not say how many records it has.",
            excerpt=counted.body[:300].decode("utf-8", "replace"),
        )
    pages: list[Fetched] = []
    got = 0
    while got < wanted and len(pages) < MOST_PAGES:
        page = session.get(
            _query(
                layer,
                box,
                outFields="*",
                outSR="4326",
                f="geojson",
                resultOffset=str(got),
                resultRecordCount=str(PAGE_ROWS),
            )
        )
        rows = len(features(page.body, page.content_type))
        if not rows:
            break
        pages.append(page)
        got += rows
        if not _has_more(page):
            break
    if got != wanted:
        raise PassingFault(
            "rows_missing",
            f"La fuente cuenta {wanted:,} registros y envió {got:,}.",
            f"The source counts {wanted:,} records and sent {got:,}.",
        )
    return tuple(pages) or (counted,)


def features(body: bytes, content_type: str = "") -> list[Any]:
    """Return the features of one page of GeoJSON; a count alone has none.

    Raises:
        ContentRefused: HTML, cut, an error told with status 200, or another shape.
    """
    answer = answer_of(body, content_type)
    found = answer.get("features", [] if "count" in answer else None)
    if not isinstance(found, list):
        raise ContentRefused(
            "no_features",
            "La respuesta no trae la lista «features».",
            "The answer carries no “features” list.",
            excerpt=body[:300].decode("utf-8", "replace"),
        )
    return found


def _checked(page: Fetched) -> dict[str, Any]:
    return answer_of(page.body, page.content_type)


def answer_of(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the object an answer holds.

    Raises:
        ContentRefused: HTML, cut, or an error told with status 200.
    """
    answer = parsed_json(body, content_type)
    error = answer.get("error") if isinstance(answer, dict) else None
    if error is not None or not isinstance(answer, dict):
        raise ContentRefused(
            "service_error",
            "El servicio de mapas respondió con un error.",
            "The map service answered with an error.",
            excerpt=body[:300].decode("utf-8", "replace"),
        )
    return answer


def _has_more(page: Fetched) -> bool:
    answer = _checked(page)
    inner = answer.get("properties")
    told = [answer, inner] if isinstance(inner, dict) else [answer]
    return any(place.get("exceededTransferLimit") is True for place in told)


def _query(layer: str, box: Box, **parameters: str) -> str:
    question = {
        "where": "1=1",
        "geometry": ",".join(f"{degrees:.6f}" for degrees in box),
        "geometryType": "esriGeometryEnvelope",
        "inSR": "4326",
        "spatialRel": "esriSpatialRelIntersects",
        **parameters,
    }
    return f"{layer}/query?{urlencode(question)}"
