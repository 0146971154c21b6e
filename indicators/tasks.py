"""What runs on a schedule. Heavy imports stay in the tasks: web workers skip them."""

import logging

from celery import shared_task
from django.conf import settings

from indicators.models import Load

logger = logging.getLogger(__name__)


@shared_task
def load_geobosques_loss() -> str:
    """Return the state in which the scheduled load of the official loss ended."""
    from indicators.loaders.geobosques import load_annual_loss
    from indicators.loaders.pipeline import SourceBusy

    try:
        load = load_annual_loss(trigger=Load.Trigger.SCHEDULE)
    except SourceBusy:
        logger.info("geobosques_loss: another load is running")
        return "busy"
    logger.info("geobosques_loss: load %s ended %s", load.pk, load.state)
    return str(load.state)


@shared_task
def load_source(code: str) -> str:
    """Return the state in which the scheduled load of a source ended."""
    from indicators.loaders.catalogue import LOADERS, lacking
    from indicators.loaders.pipeline import SourceBusy

    if missing := lacking(code):
        # No failure: /fuentes/ says so from the same setting.
        logger.info("%s: no %s", code, missing)
        return "not_configured"
    try:
        load = LOADERS[code](trigger=Load.Trigger.SCHEDULE)
    except SourceBusy:
        logger.info("%s: another load is running", code)
        return "busy"
    logger.info("%s: load %s ended %s", code, load.pk, load.state)
    return str(load.state)


@shared_task
def load_gfw_alerts() -> int:
    """Return how many loads were asked for, one a data set and district; 0 keyless."""
    from territory.models import Place

    if not settings.GFW_API_KEY:
        # No failure: /fuentes/ says "sin clave" from the same setting.
        logger.info("gfw alerts: no key")
        return 0
    districts = Place.objects.current().districts()
    wanted = [
        (ubigeo, code)
        for code in settings.ALERT_SOURCES
        for ubigeo in districts.values_list("ubigeo", flat=True)
    ]
    for ubigeo, code in wanted:
        load_gfw_alerts_of_district.delay(ubigeo, code)
    return len(wanted)


# Its time limits are those of every task: above the fetch budget of 30 minutes, below
# the time after which the broker would hand it to a second worker.
@shared_task
def load_gfw_alerts_of_district(
    ubigeo: str, code: str = "gfw_integrated_alerts"
) -> str:
    """Return the state in which the load of one district's alerts ended."""
    from indicators.loaders.alerts import load_district_alerts
    from indicators.loaders.pipeline import SourceBusy

    if not settings.GFW_API_KEY:
        return "no_key"
    try:
        load = load_district_alerts(
            ubigeo=ubigeo, trigger=Load.Trigger.SCHEDULE, source_code=code
        )
    except SourceBusy:
        logger.info("%s %s: another load is running", code, ubigeo)
        return "busy"
    logger.info("%s %s: load %s %s", code, ubigeo, load.pk, load.state)
    return str(load.state)
