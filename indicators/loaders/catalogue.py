"""Which loader fetches which source. Brings them all: for tasks and commands only."""

from collections.abc import Callable, Mapping
from typing import Final

from django.conf import settings

from indicators.loaders.cross_checks import check_alerts, check_annual_loss
from indicators.loaders.detections import load_fires, load_mapbiomas
from indicators.loaders.geobosques import load_annual_loss
from indicators.loaders.geobosques_alerts import load_raster_alerts, load_weekly_alerts
from indicators.loaders.sessions import source_key
from indicators.loaders.tree_cover import load_tree_cover_loss
from indicators.loaders.zones import load_protected_areas
from indicators.models import Load
from indicators.sources.registry import (
    GEOBOSQUES_LOSS,
    GEOBOSQUES_RASTER,
    GEOBOSQUES_WEEKLY,
    GFW_ADM2_ALERTS,
    GFW_ADM2_LOSS,
    GFW_TREE_COVER_LOSS,
    MAPBIOMAS_ALERTS,
    NASA_FIRMS,
    SERNANP_ZONES,
    SOURCES,
)

LOADERS: Final[Mapping[str, Callable[..., Load]]] = {
    GEOBOSQUES_LOSS.code: load_annual_loss,
    GEOBOSQUES_WEEKLY.code: load_weekly_alerts,
    GEOBOSQUES_RASTER.code: load_raster_alerts,
    GFW_TREE_COVER_LOSS.code: load_tree_cover_loss,
    GFW_ADM2_LOSS.code: check_annual_loss,
    GFW_ADM2_ALERTS.code: check_alerts,
    MAPBIOMAS_ALERTS.code: load_mapbiomas,
    NASA_FIRMS.code: load_fires,
    SERNANP_ZONES.code: load_protected_areas,
}


def lacking(code: str) -> str:
    """Return the setting that must be filled in before a source can be asked, or ""."""
    spec = SOURCES[code]
    if spec.key_env and not source_key(spec):
        return spec.key_env
    if spec.url_env and not getattr(settings, spec.url_env):
        return spec.url_env
    return ""
