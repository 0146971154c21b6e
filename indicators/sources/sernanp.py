"""SERNANP: protected areas, their buffer zones and what else its map service carries.

Service: https://geoservicios.sernanp.gob.pe/arcgis/rest/services/sernanp_visor/
    servicio_descarga/MapServer (ArcGIS REST, layers as GeoJSON)
Licence: none stated; public data, cite "SERNANP, áreas naturales protegidas".
Publication lag: none stated; outlines change with each decree.
Checked: 2026-11-20, public clients only; never called live.

Quirks
- Layers 1 to 5 have these numbers in every client read. Those after them are found by
  name in the service's own list; one that is not listed is not asked for, and its kind
  stays as it was.
- The names of columns differ by layer: codes end in "_codi", names in "_nomb"; dates
  come as milliseconds since 1970.
- Faults come with status 200, and pages end early: see arcgis.py.
- Some rings touch themselves.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from indicators.sources import arcgis
from indicators.sources.errors import ContentRefused
from indicators.sources.session import Fetched, Session

# Kinds as territory.models.Zone.Kind names them.
NUMBERED: Final = {
    "national_area": 1,
    "reserved_zone": 2,
    "regional_area": 3,
    "private_area": 4,
    "buffer_zone": 5,
}
BY_NAME: Final = {
    "production_forest": "bosque_produccion_permanente",
    "local_forest": "bosques_locales",
    "fragile_ecosystem": "ecosistemas_fragiles",
    "community": "comunidades",
}
_CODES = re.compile(r"^(codigo|code|(\w+_)?codi)$")
_NAMES = re.compile(r"^(nombre|name|(\w+_)?nomb)$")
_DATES = re.compile(r"^(vigente_desde|(\w+_)?felec)$")


@dataclass(frozen=True, slots=True, eq=False)
class ZoneRecord:
    """One feature: its geometry is still GeoJSON, unchecked.

    `valid_from` is None where the source does not say.
    """

    kind: str
    code: str
    name: str
    geometry: Any
    valid_from: date | None


def fetch_zones(session: Session, box: arcgis.Box) -> dict[str, tuple[Fetched, ...]]:
    """Return the raw pages of each kind of zone in (west, south, east, north).

    Raises:
        SourceError: see `arcgis.fetch_pages`; one layer that fails fails all.
    """
    catalogue = session.get("?f=json")
    layers = NUMBERED | _listed(catalogue)
    return {
        kind: arcgis.fetch_pages(session, f"/{layer}", box)
        for kind, layer in layers.items()
    }


def parse_zones(body: bytes, kind: str) -> list[ZoneRecord]:
    """Return the zones of one page, maybe none.

    Raises:
        ContentRefused: not such a page, or a feature without code or name.
    """
    return [read_feature(feature, kind) for feature in arcgis.features(body)]


def read_feature(feature: Mapping[str, Any], kind: str) -> ZoneRecord:
    """Return the zone of one GeoJSON feature.

    Raises:
        ContentRefused: it has no code or no name; says which columns it has.
    """
    properties = feature.get("properties") if isinstance(feature, dict) else None
    columns = {
        _plain(key): value
        for key, value in (properties or {}).items()
        if value not in (None, "")
    }
    code, name = _first(columns, _CODES), _first(columns, _NAMES)
    if code is None or name is None:
        raise ContentRefused(
            "zone_unnamed",
            f"Una zona no tiene código o nombre; trae: {', '.join(columns) or 'nada'}.",
            f"A zone has no code or name; it has: {', '.join(columns) or 'nothing'}.",
        )
    return ZoneRecord(
        kind=kind,
        code=str(code).strip(),
        name=str(name).strip(),
        geometry=feature.get("geometry"),
        valid_from=_day(_first(columns, _DATES)),
    )


def _listed(catalogue: Fetched) -> dict[str, int]:
    answer = arcgis.answer_of(catalogue.body, catalogue.content_type)
    layers = answer.get("layers")
    if not isinstance(layers, list):
        raise ContentRefused(
            "no_layers",
            "El servicio de mapas no dice qué capas tiene.",
            "The map service does not say which layers it has.",
            excerpt=catalogue.body[:300].decode("utf-8", "replace"),
        )
    numbers = {
        _plain(str(layer.get("name"))): layer["id"]
        for layer in layers
        if isinstance(layer, dict) and isinstance(layer.get("id"), int)
    }
    return {kind: numbers[name] for kind, name in BY_NAME.items() if name in numbers}


def _plain(text: str) -> str:
    """Return lower case letters without accents, words joined by underscores."""
    letters = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"\W+", "_", bare).strip("_")


def _first(columns: Mapping[str, Any], pattern: re.Pattern[str]) -> Any:
    return next((v for key, v in columns.items() if pattern.match(key)), None)


def _day(value: Any) -> date | None:
    """Return a day from milliseconds or ISO text; None for anything else."""
    try:
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
    return None
