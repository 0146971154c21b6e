"""What runs on a schedule. Heavy imports stay in the tasks: web workers skip them."""

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from indicators.models import Load
from indicators.outbox import ask

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
def load_gfw_alerts() -> int:
    """Return for how many districts a load was newly asked for; 0 without a key."""
    from territory.models import Place

    if not settings.GFW_API_KEY:
        # No failure: /fuentes/ says "sin clave" from the same setting.
        logger.info("gfw_integrated_alerts: no key")
        return 0
    districts = Place.objects.current().districts()
    today = timezone.localdate().isoformat()
    return sum(
        ask(
            task="indicators.tasks.load_gfw_alerts_of_district",
            arguments={"ubigeo": ubigeo},
            key=f"gfw_alerts:{ubigeo}:{today}",
        )
        for ubigeo in districts.values_list("ubigeo", flat=True)
    )


# Its time limits are those of every task: above the fetch budget of 30 minutes, below
# the time after which the broker would hand it to a second worker.
@shared_task
def load_gfw_alerts_of_district(ubigeo: str) -> str:
    """Return the state in which the load of one district's alerts ended."""
    from indicators.loaders.alerts import load_district_alerts
    from indicators.loaders.pipeline import SourceBusy

    if not settings.GFW_API_KEY:
        return "no_key"
    try:
        load = load_district_alerts(ubigeo=ubigeo, trigger=Load.Trigger.SCHEDULE)
    except SourceBusy:
        logger.info("gfw_integrated_alerts %s: another load is running", ubigeo)
        return "busy"
    logger.info("gfw_integrated_alerts %s: load %s %s", ubigeo, load.pk, load.state)
    return str(load.state)


@shared_task
def read_production_file(load_id: int) -> str:
    """Return the state in which an uploaded production file ended.

    Raises SourceBusy while another load of the source runs: the outbox asks again.
    """
    from indicators.loaders.production import run_load

    load = run_load(Load.objects.select_related("source", "file").get(pk=load_id))
    logger.info("%s: load %s ended %s", load.source.code, load.pk, load.state)
    return str(load.state)
