"""Alerts of the ministry, MapBiomas and NASA: a second look, each on its own.

Facts read on 2026-11-20 in the publishers' documents and public clients; no service
was called.
"""

from typing import Final

from indicators.sources.spec import SourceSpec

GEOBOSQUES_WEEKLY: Final = SourceSpec(
    code="geobosques_weekly",
    name_es="GEOBOSQUES: alertas tempranas semanales",
    name_en="GEOBOSQUES: weekly early alerts",
    publisher="MINAM (Programa Bosques)",
    page_url="https://geobosques.minam.gob.pe/geobosque/view/servicios.php",
    # The root of the map service is not printed anywhere: it is a setting.
    base_url="",
    hosts=frozenset(),
    licence="Datos públicos de MINAM; el servicio no declara licencia",
    citation="MINAM (PNCBMCC). «Alertas tempranas de deforestación», GEOBOSQUES.",
    frequency_days=7,
    expected_lag_days=14,
    url_env="GEOBOSQUES_ALERTS_URL",
    cautions_es=(
        "Una alerta es un píxel de 30 m (0.09 ha), no una pérdida confirmada.",
        "La fuente no dice confianza: se guarda la más baja.",
        "No se suma con otras alertas ni con la pérdida anual oficial.",
    ),
    cautions_en=(
        "An alert is a pixel of 30 m (0.09 ha), not a confirmed loss.",
        "The source states no confidence: the lowest is stored.",
        "Never added to other alerts nor to the official annual loss.",
    ),
)

GEOBOSQUES_RASTER: Final = SourceSpec(
    code="geobosques_raster",
    name_es="GEOBOSQUES: alertas del año (ráster)",
    name_en="GEOBOSQUES: alerts of the year (raster)",
    publisher="MINAM (Programa Bosques)",
    page_url="https://geobosques.minam.gob.pe/geobosque/view/descargas.php",
    base_url=(
        "http://geobosques.minam.gob.pe/geobosque/descargas_geobosque/alerta/espaciales"
    ),
    hosts=frozenset({"geobosques.minam.gob.pe"}),
    licence="Datos públicos de MINAM; el archivo no declara licencia",
    citation="MINAM (PNCBMCC). «Alertas de deforestación», ráster anual, GEOBOSQUES.",
    frequency_days=7,
    expected_lag_days=30,
    url_env="GEOBOSQUES_RASTER_URL",
    # All of the Amazon in one zip, and a state server.
    read_timeout_s=60.0,
    max_body_bytes=256 * 1024 * 1024,
    cautions_es=(
        "Un píxel tiene 30 m (0.09 ha) y la fecha en que se vio el cambio.",
        "La fuente no dice confianza: se guarda la más baja.",
        "Repite las alertas semanales: nunca se suman entre sí.",
    ),
    cautions_en=(
        "A pixel has 30 m (0.09 ha) and the day on which the change was seen.",
        "The source states no confidence: the lowest is stored.",
        "It repeats the weekly alerts: the two are never added.",
    ),
)

MAPBIOMAS_ALERTS: Final = SourceSpec(
    code="mapbiomas_alerts",
    name_es="MapBiomas Alerta: polígonos de deforestación",
    name_en="MapBiomas Alerta: polygons of deforestation",
    publisher="MapBiomas Perú (Instituto del Bien Común)",
    page_url="https://plataforma.alerta.mapbiomas.org/",
    base_url="https://maps.alerta.mapbiomas.org/geoserver",
    hosts=frozenset({"maps.alerta.mapbiomas.org"}),
    licence="CC BY 4.0",
    citation="MapBiomas Alerta Perú, acceso por su servicio WFS.",
    frequency_days=7,
    expected_lag_days=45,
    url_env="MAPBIOMAS_URL",
    cautions_es=(
        "Son polígonos revisados por personas: llegan semanas después.",
        "El área es la del polígono entero, medida aquí.",
        "No se suma con alertas de píxeles ni con la pérdida anual oficial.",
    ),
    cautions_en=(
        "Polygons that people reviewed: they come weeks later.",
        "The area is that of the whole polygon, measured here.",
        "Never added to alerts of pixels nor to the official annual loss.",
    ),
)

NASA_FIRMS: Final = SourceSpec(
    code="nasa_firms",
    name_es="NASA FIRMS: focos de calor",
    name_en="NASA FIRMS: active fires",
    publisher="NASA (LANCE FIRMS)",
    page_url="https://firms.modaps.eosdis.nasa.gov/",
    base_url="https://firms.modaps.eosdis.nasa.gov",
    hosts=frozenset({"firms.modaps.eosdis.nasa.gov"}),
    licence="Datos abiertos de la NASA, con mención",
    citation="NASA LANCE FIRMS, focos activos VIIRS y MODIS.",
    frequency_days=1,
    expected_lag_days=1,
    key_env="FIRMS_MAP_KEY",
    url_env="FIRMS_URL",
    is_key_in_path=True,
    cautions_es=(
        "Un foco de calor no es deforestación: es contexto y nunca se cuenta como tal.",
        "Un mismo fuego puede aparecer varias veces y en varios satélites.",
        "VIIRS (375 m) y MODIS (1 km) no se suman.",
    ),
    cautions_en=(
        "An active fire is no deforestation: it is context, never counted as such.",
        "One fire may appear several times and on several satellites.",
        "VIIRS (375 m) and MODIS (1 km) are never added.",
    ),
)

THIRD_SOURCES: Final = (
    GEOBOSQUES_WEEKLY,
    GEOBOSQUES_RASTER,
    MAPBIOMAS_ALERTS,
    NASA_FIRMS,
)
