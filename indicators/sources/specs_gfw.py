"""What Global Forest Watch publishes besides the integrated alerts.

Facts read on 2026-11-20 in the data sets' own metadata and public clients; no service
was called. Each is a source of its own: none is ever added to another.
"""

from typing import Final

from indicators.sources.spec import SourceSpec

_PAGE: Final = "https://www.globalforestwatch.org/"
_URL: Final = "https://data-api.globalforestwatch.org"
_HOSTS: Final = frozenset({"data-api.globalforestwatch.org"})
# The service itself computes for up to 58 s before the first byte.
_READ_TIMEOUT_S: Final = 65.0
_ONE_PIXEL_ES: Final = (
    "La confianza de un píxel sube después; las últimas semanas son provisionales.",
    "Es parte de las alertas integradas o las repite: nunca se suma con otra fuente.",
)
_ONE_PIXEL_EN: Final = (
    "The confidence of a pixel rises later; the last weeks are provisional.",
    "Part of the integrated alerts, or repeats them: never added to another source.",
)


def _alerts(
    code: str,
    name: str,
    publisher: str,
    *,
    metres: int,
    days: int,
    lag: int,
    told_es: str,
    told_en: str,
) -> SourceSpec:
    return SourceSpec(
        code=code,
        name_es=f"Global Forest Watch: alertas {name}",
        name_en=f"Global Forest Watch: {name} alerts",
        publisher=publisher,
        page_url=_PAGE,
        base_url=_URL,
        hosts=_HOSTS,
        licence="CC BY 4.0",
        citation=f"«{name}». {publisher}, acceso a través de Global Forest Watch.",
        frequency_days=days,
        expected_lag_days=lag,
        key_env="GFW_API_KEY",
        url_env="GFW_URL",
        read_timeout_s=_READ_TIMEOUT_S,
        cautions_es=(
            f"Una alerta es un píxel de unos {metres} m, no una hectárea deforestada.",
            told_es,
            *_ONE_PIXEL_ES,
        ),
        cautions_en=(
            f"An alert is a pixel of about {metres} m, not a deforested hectare.",
            told_en,
            *_ONE_PIXEL_EN,
        ),
    )


GLAD_LANDSAT: Final = _alerts(
    "umd_glad_landsat_alerts",
    "GLAD-L",
    "UMD (GLAD)",
    metres=30,
    days=1,
    lag=14,
    told_es="Usa Landsat, que no ve a través de las nubes.",
    told_en="It uses Landsat, which does not see through clouds.",
)
GLAD_SENTINEL2: Final = _alerts(
    "umd_glad_sentinel2_alerts",
    "GLAD-S2",
    "UMD (GLAD)",
    metres=10,
    days=1,
    lag=14,
    told_es="Usa Sentinel-2 y solo mira el bosque primario húmedo.",
    told_en="It uses Sentinel-2 and looks at humid primary forest only.",
)
RADD: Final = _alerts(
    "wur_radd_alerts",
    "RADD",
    "Wageningen University & Research (WUR)",
    metres=10,
    days=7,
    lag=14,
    told_es="Usa radar: también ve bajo las nubes, y confunde más en pendientes.",
    told_en="It uses radar: it sees below clouds, and errs more on slopes.",
)
DIST: Final = _alerts(
    "umd_glad_dist_alerts",
    "DIST-ALERT",
    "UMD (GLAD) y NASA OPERA",
    metres=30,
    days=7,
    lag=14,
    told_es="Avisa de toda vegetación perturbada, no solo de bosque.",
    told_en="It tells of any disturbed vegetation, not of forest alone.",
)
INTEGRATED_DIST: Final = _alerts(
    "gfw_integrated_dist_alerts",
    "integradas con DIST",
    "World Resources Institute, con UMD y WUR",
    metres=10,
    days=1,
    lag=14,
    told_es="Reúne las alertas integradas y DIST-ALERT en una sola capa.",
    told_en="It joins the integrated alerts and DIST-ALERT in one layer.",
)

GFW_TREE_COVER_LOSS: Final = SourceSpec(
    code="gfw_tree_cover_loss",
    name_es="Global Forest Watch: pérdida anual de cobertura arbórea",
    name_en="Global Forest Watch: annual tree cover loss",
    publisher="UMD (Hansen y otros), con World Resources Institute",
    page_url=_PAGE,
    base_url=_URL,
    hosts=_HOSTS,
    licence="CC BY 4.0",
    citation=(
        "Hansen y otros (2013), actualización anual «Tree cover loss», UMD; "
        "acceso a través de Global Forest Watch."
    ),
    frequency_days=365,
    expected_lag_days=180,
    key_env="GFW_API_KEY",
    url_env="GFW_URL",
    read_timeout_s=_READ_TIMEOUT_S,
    cautions_es=(
        "Otra medición: no se suma ni se mezcla con la pérdida oficial.",
        "Cuenta cobertura de 30 % o más en el año 2000, también plantaciones.",
        "Un año sin fila es un año sin dato, no un cero.",
        "El método cambió en 2011 y 2015: los años no se comparan sin más.",
    ),
    cautions_en=(
        "Another measurement: never added to or mixed with the official loss.",
        "It counts cover of 30 % or more in the year 2000, plantations included.",
        "A year without a row is a year without a figure, not a zero.",
        "The method changed in 2011 and 2015: years do not simply compare.",
    ),
)

_ADM2_CAUTIONS_ES: Final = (
    "Solo sirve para comparar: no alimenta ninguna meta.",
    "Usa los límites de GADM, que no son los del INEI.",
)
_ADM2_CAUTIONS_EN: Final = (
    "For comparison only: it feeds no goal.",
    "It uses the boundaries of GADM, which are not INEI's.",
)

GFW_ADM2_LOSS: Final = SourceSpec(
    code="gfw_adm2_loss",
    name_es="Global Forest Watch: tabla provincial de pérdida (contraste)",
    name_en="Global Forest Watch: provincial table of loss (cross-check)",
    publisher="World Resources Institute, con UMD y GADM",
    page_url=_PAGE,
    base_url=_URL,
    hosts=_HOSTS,
    licence="CC BY 4.0; límites de GADM, uso no comercial",
    citation="«Tree cover loss» por unidad de GADM, Global Forest Watch.",
    frequency_days=365,
    expected_lag_days=180,
    url_env="GFW_URL",
    read_timeout_s=_READ_TIMEOUT_S,
    cautions_es=_ADM2_CAUTIONS_ES,
    cautions_en=_ADM2_CAUTIONS_EN,
)
GFW_ADM2_ALERTS: Final = SourceSpec(
    code="gfw_adm2_alerts",
    name_es="Global Forest Watch: tabla provincial de alertas (contraste)",
    name_en="Global Forest Watch: provincial table of alerts (cross-check)",
    publisher="World Resources Institute, con UMD, WUR y GADM",
    page_url=_PAGE,
    base_url=_URL,
    hosts=_HOSTS,
    licence="CC BY 4.0; límites de GADM, uso no comercial",
    citation="«Integrated alerts» por unidad de GADM, Global Forest Watch.",
    frequency_days=7,
    expected_lag_days=14,
    url_env="GFW_URL",
    read_timeout_s=_READ_TIMEOUT_S,
    cautions_es=_ADM2_CAUTIONS_ES,
    cautions_en=_ADM2_CAUTIONS_EN,
)

GFW_MORE: Final = (
    GLAD_LANDSAT,
    GLAD_SENTINEL2,
    RADD,
    DIST,
    INTEGRATED_DIST,
    GFW_TREE_COVER_LOSS,
    GFW_ADM2_LOSS,
    GFW_ADM2_ALERTS,
)
