"""What runs on a schedule. Heavy imports stay in the tasks: web workers skip them."""

import logging

from celery import shared_task

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
