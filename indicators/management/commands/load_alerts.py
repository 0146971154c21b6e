from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from indicators.loaders.alert_clusters import renew_clusters_of
from indicators.loaders.alert_rows import ALERT_SOURCES
from indicators.loaders.alerts import (
    SOURCE_CODE,
    Days,
    load_alert_file,
    load_district_alerts,
)
from indicators.loaders.pipeline import SourceBusy
from indicators.models import Load
from indicators.sources.alert_sets import DATASETS
from territory.models import Place


class Command(BaseCommand):
    """Load forest alerts now, through the same pipeline as the schedule."""

    help = "Loads forest alerts from a file or, without one, from the GFW Data API."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the source, the file, the districts and the days."""
        parser.add_argument(
            "--source",
            default=SOURCE_CODE,
            choices=sorted(ALERT_SOURCES),
            help="never added to another",
        )
        parser.add_argument("--file", type=Path, help="as the source publishes it")
        parser.add_argument("--district", action="append", help="ubigeo, repeatable")
        parser.add_argument("--from", dest="start", type=date.fromisoformat)
        parser.add_argument("--to", dest="last", type=date.fromisoformat)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print each load; a refused one ends with an error after all the others."""
        path: Path | None = options["file"]
        refused = []
        try:
            for load in _file(path, options) if path else _districts(options):
                self.stdout.write(_sentence(load))
                renew_clusters_of(load)
                for error in load.report.get("errors_es", []):
                    self.stdout.write(error)
                if load.state == Load.State.REJECTED:
                    refused.append(load.reason)
        except OSError as error:
            raise CommandError(str(error)) from error
        except SourceBusy as error:
            raise CommandError("otra carga de esta fuente está en marcha") from error
        if refused:
            raise CommandError(refused[0])


def _file(path: Path, options: dict[str, Any]) -> list[Load]:
    return [
        load_alert_file(
            path=path, trigger=Load.Trigger.COMMAND, source_code=options["source"]
        )
    ]


def _districts(options: dict[str, Any]) -> Any:
    if options["source"] not in DATASETS:
        raise CommandError(f"Usa load_source {options['source']}, o --file.")
    if not settings.GFW_API_KEY:
        raise CommandError("Sin clave: falta la variable GFW_API_KEY.")
    if (options["start"] is None) != (options["last"] is None):
        raise CommandError("--from y --to van juntos.")
    days = None
    if options["start"] is not None:
        if options["last"] < options["start"]:
            raise CommandError("--to es anterior a --from.")
        days = Days(options["start"], options["last"] + timedelta(days=1))
    places = Place.objects.current().districts()
    known = list(places.values_list("ubigeo", flat=True))
    for ubigeo in options["district"] or known:
        if ubigeo not in known:
            raise CommandError(f"{ubigeo} no es un distrito.")
        yield load_district_alerts(
            ubigeo=ubigeo,
            trigger=Load.Trigger.COMMAND,
            source_code=options["source"],
            days=days,
        )


def _sentence(load: Load) -> str:
    return (
        f"{load.report.get('ubigeo') or 'archivo'}: {load.get_state_display()}."
        f" {load.rows_added or 0} nuevas, {load.rows_changed or 0} cambiadas,"
        f" {load.rows_removed or 0} ya no están, {load.rows_same or 0} iguales."
        f" {load.reason}"
    ).rstrip()
