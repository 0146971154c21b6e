"""Every source the project loads: who publishes it, under which terms, how often.

Cheap to import: pages read it. Facts about the outside world were checked on
2026-11-20 in the publishers' documents; no service was called.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from indicators.sources.addresses import Endpoint
from indicators.sources.errors import SourceError
from indicators.sources.session import BUDGET_S, Session
from indicators.sources.spec import SourceSpec as SourceSpec
from indicators.sources.specs_gfw import GFW_ADM2_ALERTS as GFW_ADM2_ALERTS
from indicators.sources.specs_gfw import GFW_ADM2_LOSS as GFW_ADM2_LOSS
from indicators.sources.specs_gfw import GFW_MORE
from indicators.sources.specs_gfw import GFW_TREE_COVER_LOSS as GFW_TREE_COVER_LOSS
from indicators.sources.specs_third import GEOBOSQUES_RASTER as GEOBOSQUES_RASTER
from indicators.sources.specs_third import GEOBOSQUES_WEEKLY as GEOBOSQUES_WEEKLY
from indicators.sources.specs_third import MAPBIOMAS_ALERTS as MAPBIOMAS_ALERTS
from indicators.sources.specs_third import NASA_FIRMS as NASA_FIRMS
from indicators.sources.specs_third import THIRD_SOURCES
from indicators.sources.specs_zones import SERNANP_ZONES as SERNANP_ZONES
from indicators.sources.specs_zones import ZONE_FILES as ZONE_FILES
from indicators.sources.specs_zones import ZONES

GEOBOSQUES_LOSS: Final = SourceSpec(
    code="geobosques_loss",
    name_es="GEOBOSQUES: pérdida anual de bosque por distrito",
    name_en="GEOBOSQUES: annual forest loss by district",
    publisher="MINAM (Programa Bosques) y MIDAGRI (SERFOR)",
    page_url="https://geobosques.minam.gob.pe/geobosque/view/descargas.php",
    base_url="https://bosques-app.pe/geobosques/api-bosques",
    hosts=frozenset({"bosques-app.pe"}),
    licence="Cifras públicas de MINAM; el archivo no declara licencia",
    citation=(
        "MINAM (PNCBMCC) y MIDAGRI (SERFOR). «Mapa del Bosque Húmedo Amazónico "
        "Peruano, 2000–2024». Acceso a través de GEOBOSQUES."
    ),
    frequency_days=365,
    expected_lag_days=240,
    url_env="GEOBOSQUES_URL",
    break_years=(2017,),
    is_official=True,
    cautions_es=(
        "Solo bosque húmedo amazónico, a 30 m; suma pérdida natural y humana.",
        "En 2017 cambia el método: los años de antes y después no se comparan sin más.",
        "Cada edición puede corregir años pasados (hasta 4.4 ha por año).",
    ),
    cautions_en=(
        "Humid Amazon forest only, at 30 m; natural and human loss together.",
        "The method changes in 2017: years before and after do not simply compare.",
        "Each edition may correct past years (up to 4.4 ha a year).",
    ),
)

GFW_INTEGRATED_ALERTS: Final = SourceSpec(
    code="gfw_integrated_alerts",
    name_es="Global Forest Watch: alertas integradas de deforestación",
    name_en="Global Forest Watch: integrated deforestation alerts",
    publisher="World Resources Institute, con UMD (GLAD) y WUR (RADD)",
    page_url="https://www.globalforestwatch.org/",
    base_url="https://data-api.globalforestwatch.org",
    hosts=frozenset({"data-api.globalforestwatch.org"}),
    licence="CC BY 4.0",
    citation=(
        "«Integrated Deforestation Alerts». UMD/GLAD y WUR, "
        "acceso a través de Global Forest Watch."
    ),
    frequency_days=1,
    expected_lag_days=14,
    key_env="GFW_API_KEY",
    url_env="GFW_URL",
    # The service itself computes for up to 58 s before the first byte.
    read_timeout_s=65.0,
    cautions_es=(
        "Una alerta es un píxel de unos 10 m, no una hectárea deforestada.",
        "La confianza de un píxel sube después; las últimas semanas son provisionales.",
        "No se suma con GLAD ni RADD por separado, ni con la pérdida anual oficial.",
    ),
    cautions_en=(
        "An alert is a pixel of about 10 m, not a deforested hectare.",
        "The confidence of a pixel rises later; the last weeks are provisional.",
        "Never added to GLAD or RADD on their own, nor to the official annual loss.",
    ),
)

INEI_BOUNDARIES: Final = SourceSpec(
    code="inei_boundaries",
    name_es="Límites distritales de 2023",
    name_en="District boundaries of 2023",
    publisher="INEI; preparación de Lincoln Eulogio (peru-geojson)",
    page_url="https://github.com/lincolneulogio/peru-geojson",
    base_url="",
    hosts=frozenset(),
    licence="CC BY 4.0",
    citation="INEI, límites distritales de 2023, vía peru-geojson (CC BY 4.0).",
    frequency_days=1825,
    expected_lag_days=365,
    cautions_es=(
        "Simplificados a unos 55 m: sirven para mapas y conteos, no para linderos.",
        "Las series antiguas de cinco distritos solo se comparan por provincia.",
    ),
    cautions_en=(
        "Simplified to about 55 m: for maps and counts, not for property limits.",
        "Older series of five districts compare at province level only.",
    ),
)

_PRODUCTION_CAUTIONS_ES = (
    "El área de un cultivo permanente se repite cada mes: nunca se suma por meses.",
    "Los meses pasados se corrigen después; cada cambio espera a una persona.",
    "Un precio de cero significa que no se conoce.",
)
_PRODUCTION_CAUTIONS_EN = (
    "The area of a perennial crop is repeated every month: months are never added.",
    "Past months are corrected later; each change waits for a person.",
    "A price of zero means that it is not known.",
)

MIDAGRI_SISAGRI: Final = SourceSpec(
    code="midagri_sisagri",
    name_es="SISAGRI: producción agrícola mensual por distrito",
    name_en="SISAGRI: monthly agricultural production by district",
    publisher="MIDAGRI (DGESEP), con las direcciones regionales de agricultura",
    page_url="https://siea.midagri.gob.pe/",
    base_url="",
    hosts=frozenset(),
    licence="Cifras públicas de MIDAGRI; el archivo no declara licencia",
    citation="MIDAGRI, Sistema Integrado de Estadística Agraria (SISAGRI).",
    frequency_days=30,
    expected_lag_days=120,
    is_official=True,
    cautions_es=_PRODUCTION_CAUTIONS_ES,
    cautions_en=_PRODUCTION_CAUTIONS_EN,
)

MIDAGRI_REGIONAL: Final = SourceSpec(
    code="midagri_regional",
    name_es="Datos abiertos regionales: producción agrícola mensual",
    name_en="Regional open data: monthly agricultural production",
    publisher="Dirección Regional de Agricultura",
    page_url="https://www.datosabiertos.gob.pe/",
    base_url="",
    hosts=frozenset(),
    licence="Datos abiertos; el archivo no declara licencia",
    citation="Dirección Regional de Agricultura, producción agrícola mensual.",
    frequency_days=30,
    expected_lag_days=120,
    is_official=True,
    cautions_es=(
        "No se suma ni se mezcla con el SISAGRI nacional: son los mismos hechos.",
        *_PRODUCTION_CAUTIONS_ES,
    ),
    cautions_en=(
        "Never added to nor mixed with the national SISAGRI: the same facts.",
        *_PRODUCTION_CAUTIONS_EN,
    ),
)

SOURCES: Final[Mapping[str, SourceSpec]] = MappingProxyType(
    {
        spec.code: spec
        for spec in (
            GEOBOSQUES_LOSS,
            GFW_INTEGRATED_ALERTS,
            *GFW_MORE,
            *THIRD_SOURCES,
            *ZONES,
            MIDAGRI_SISAGRI,
            MIDAGRI_REGIONAL,
            INEI_BOUNDARIES,
        )
    }
)


def open_session(
    spec: SourceSpec,
    *,
    api_key: str | None = None,
    base_url: str | None = None,
    more_hosts: frozenset[str] = frozenset(),
    endpoints: frozenset[Endpoint] = frozenset(),
    budget_s: float = BUDGET_S,
) -> Session:
    """Return a session for a source; close it or use it in a `with` block.

    `base_url` replaces the source's own; its host is then the only one allowed, and
    it must still be public on port 80 or 443 unless `endpoints` names it as
    (host, port), which tests and benchmarks do for the loopback interface. To
    `more_hosts` only links lead that an answer names, and never the key.

    Raises:
        SourceError: "missing_key" when the source needs a key and none is given,
            "file_only" when it cannot be fetched at all.
    """
    url = base_url or spec.base_url
    if not url:
        raise SourceError(
            "file_only",
            "Esta fuente solo llega como archivo.",
            "This source only arrives as a file.",
        )
    if spec.key_env is not None and not api_key:
        raise SourceError(
            "missing_key",
            f"Sin clave: falta la variable {spec.key_env}.",
            f"No key: the variable {spec.key_env} is missing.",
        )
    hosts = (
        spec.hosts if base_url is None else frozenset({urlsplit(url).hostname or ""})
    )
    return Session(
        base_url=url,
        hosts=hosts | more_hosts,
        secret_headers={}
        if spec.is_key_in_path or not (spec.key_env and api_key)
        else {spec.key_header: api_key},
        secret_path=api_key if spec.is_key_in_path and api_key else "",
        endpoints=endpoints,
        max_body_bytes=spec.max_body_bytes,
        read_timeout_s=spec.read_timeout_s,
        budget_s=budget_s,
    )
