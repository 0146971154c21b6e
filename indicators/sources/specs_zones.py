"""Zones: protected areas and the like, from a map service or from files.

Facts read on 2026-11-20 in public clients; no service was called.
"""

from typing import Final

from indicators.sources.spec import SourceSpec

SERNANP_ZONES: Final = SourceSpec(
    code="sernanp_zones",
    name_es="SERNANP: áreas protegidas y zonas de amortiguamiento",
    name_en="SERNANP: protected areas and buffer zones",
    publisher="SERNANP",
    page_url="https://geo.sernanp.gob.pe/visorsernanp/",
    base_url=(
        "https://geoservicios.sernanp.gob.pe/arcgis/rest/services"
        "/sernanp_visor/servicio_descarga/MapServer"
    ),
    hosts=frozenset({"geoservicios.sernanp.gob.pe"}),
    licence="Datos públicos de SERNANP; el servicio no declara licencia",
    citation="SERNANP. «Áreas naturales protegidas», servicio de descarga.",
    frequency_days=30,
    expected_lag_days=60,
    url_env="SERNANP_URL",
    # A state server with outlines of tens of thousands of points.
    read_timeout_s=60.0,
    cautions_es=(
        "Los límites son referenciales; vale el mapa oficial de cada decreto.",
        "Las zonas se superponen: sus áreas no se suman.",
    ),
    cautions_en=(
        "The limits are for reference; the official map of each decree holds.",
        "Zones overlap: their areas are not added.",
    ),
)

ZONE_FILES: Final = SourceSpec(
    code="zone_files",
    name_es="Zonas cargadas desde archivo",
    name_en="Zones loaded from a file",
    publisher="Quien entrega cada archivo",
    page_url="https://geo.sernanp.gob.pe/visorsernanp/",
    base_url="",
    hosts=frozenset(),
    licence="La de cada archivo",
    citation="Archivo GeoJSON con todas las zonas de un tipo; ver cada carga.",
    frequency_days=365,
    expected_lag_days=365,
    cautions_es=("Las zonas se superponen: sus áreas no se suman.",),
    cautions_en=("Zones overlap: their areas are not added.",),
)

ZONES: Final = (SERNANP_ZONES, ZONE_FILES)
