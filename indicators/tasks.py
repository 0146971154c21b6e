"""What runs on a schedule. Heavy imports stay in the tasks: web workers skip them."""

import logging

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from indicators.models import Load
from indicators.outbox import ask, forget_done

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
    """Return how many loads were newly asked for, one a data set and district.

    0 without a key.
    """
    from territory.models import Place

    if not settings.GFW_API_KEY:
        # No failure: /fuentes/ says "sin clave" from the same setting.
        logger.info("gfw alerts: no key")
        return 0
    districts = Place.objects.current().districts()
    today = timezone.localdate().isoformat()
    return sum(
        ask(
            task="indicators.tasks.load_gfw_alerts_of_district",
            arguments={"ubigeo": ubigeo, "code": code},
            key=f"{code}:{ubigeo}:{today}",
        )
        for code in settings.ALERT_SOURCES
        for ubigeo in districts.values_list("ubigeo", flat=True)
    )


# Its time limits are those of every task: above the fetch budget of 30 minutes, below
# the time after which the broker would hand it to a second worker.
@shared_task
def load_gfw_alerts_of_district(
    ubigeo: str, code: str = "gfw_integrated_alerts"
) -> str:
    """Return the state in which the load of one district's alerts ended."""
    from indicators.loaders.alert_clusters import renew_clusters_of
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
    # After the load's own transaction; the hourly run mends what is cut short here.
    renew_clusters_of(load)
    return str(load.state)


@shared_task
def renew_clusters_of_load(load_id: int) -> str:
    """Return what a load that a person published changed in the clusters."""
    from indicators.loaders.alert_clusters import renew_clusters_of

    done = renew_clusters_of(Load.objects.select_related("source").get(pk=load_id))
    logger.info("alert clusters of load %s: %s", load_id, done)
    return str(done)


@shared_task
def renew_alert_clusters() -> str:
    """Return what the hourly look at all alerts changed in their clusters."""
    from indicators.loaders.alert_clusters import renew_all_clusters

    done = renew_all_clusters()
    logger.info("alert clusters: %s", done)
    return str(done)


@shared_task
def close_dead_loads() -> int:
    """Return how many loads whose worker is gone were closed."""
    from indicators.loaders import pipeline

    return pipeline.close_dead_loads()


@shared_task
def sweep() -> str:
    """Return what the nightly sweep found, for the log: files, PDFs, tasks, uploads."""
    from indicators.dossier_files import forget_old_dossiers
    from indicators.loaders.sweep import sweep_files
    from indicators.sheets.actions import forget_expired
    from indicators.workbooks.actions import forget_undecided

    found = sweep_files()
    forgotten = forget_done()
    sheets = forget_expired()
    dossiers = forget_old_dossiers()
    uploads = sheets + forget_undecided()
    gone = f"{forgotten} done tasks, {uploads} uploads and {dossiers} PDFs forgotten"
    report = f"{found}, {gone}"
    logger.log(logging.ERROR if found.missing else logging.INFO, "sweep: %s", report)
    return report


@shared_task
def refresh_budgets() -> int:
    """Return how many budget lines and notices of rises a load changed."""
    from indicators.budget_results import refresh_budgets as refresh

    return sum(refresh(today=timezone.localdate()))


@shared_task
def refresh_derived() -> int:
    """Return how much of what is computed from several loads says something else now.

    Overlays of zones, and the yearly values of alerts.
    """
    from indicators.land_use_results import refresh_overlays
    from indicators.loaders.derive_alerts import refresh_alert_years

    return refresh_overlays() + refresh_alert_years(today=timezone.localdate())


@shared_task
def plan_notices() -> int:
    """Return how many mails of notices are newly due; the unconfirmed are forgotten."""
    from indicators.subscriptions.actions import forget_unconfirmed
    from indicators.subscriptions.sending import plan_mails

    forget_unconfirmed()
    return plan_mails(today=timezone.localdate())


@shared_task
def plan_reminders() -> int:
    """Return how many people are newly reminded of the values they owe."""
    from indicators.reminders.sending import plan_reminders as plan

    return plan(today=timezone.localdate())


@shared_task
def send_notices() -> int:
    """Return how many mails left: notices of alerts and reminders of values."""
    from indicators.reminders.sending import send_reminders
    from indicators.subscriptions.sending import send_due

    return send_due() + send_reminders()


@shared_task
def read_production_file(load_id: int) -> str:
    """Return the state in which an uploaded production file ended.

    Raises SourceBusy while another load of the source runs: the outbox asks again.
    """
    from indicators.loaders.production import run_load

    load = run_load(Load.objects.select_related("source", "file").get(pk=load_id))
    logger.info("%s: load %s ended %s", load.source.code, load.pk, load.state)
    return str(load.state)


@shared_task
def read_zone_file(load_id: int) -> str:
    """Return the state in which an uploaded file of zones ended.

    Raises SourceBusy while another load of the source runs: the outbox asks again.
    """
    from indicators.loaders.zones import run_load

    load = run_load(Load.objects.select_related("source", "file").get(pk=load_id))
    logger.info("%s: load %s ended %s", load.source.code, load.pk, load.state)
    return str(load.state)


@shared_task
def publish_load(load_id: int) -> str:
    """Return the state in which a load that a person approved ended.

    Raises SourceBusy while another load of the source runs: the outbox asks again.
    """
    from indicators.loaders.review import publish_approved

    load = publish_approved(Load.objects.select_related("source").get(pk=load_id))
    logger.info("%s: load %s ended %s", load.source.code, load.pk, load.state)
    return str(load.state)


@shared_task
def make_dossier(file_id: int) -> str:
    """Return what became of the PDF of a dossier that somebody asked for."""
    from indicators.dossier_pdf import make_dossier as make

    return make(file_id)


@shared_task
def read_workbook(import_id: int) -> str:
    """Return the state of a sent workbook whose rows were compared with what stands."""
    from indicators.workbooks.actions import preview_workbook

    return preview_workbook(import_id)


@shared_task
def save_workbook(import_id: int) -> str:
    """Return the state of a workbook whose good rows were saved as drafts."""
    from indicators.workbooks.actions import save_workbook as save

    return save(import_id)
