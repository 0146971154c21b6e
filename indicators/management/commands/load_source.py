from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indicators.loaders.catalogue import LOADERS, lacking
from indicators.loaders.geobosques import SOURCE_CODE, Upload, load_annual_loss
from indicators.loaders.pipeline import SourceBusy
from indicators.loaders.production import SOURCE_CODES, load_production
from indicators.models import Load


class Command(BaseCommand):
    """Load a source now, through the same pipeline as the schedule."""

    help = "Loads a source from its service; loss and production also from a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the source and the file."""
        parser.add_argument("source", choices=sorted({*LOADERS, *SOURCE_CODES}))
        parser.add_argument("--file", type=Path)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print state and report; a refused file ends with an error."""
        try:
            load = _loaded(options["source"], options["file"])
        except OSError as error:
            raise CommandError(str(error)) from error
        except SourceBusy as error:
            raise CommandError("otra carga de esta fuente está en marcha") from error
        for sentence in load.report.get("errors_es", []):
            self.stdout.write(sentence)
        if load.state == Load.State.REJECTED:
            raise CommandError(load.reason)
        self.stdout.write(f"{load.get_state_display()}. {load.reason}".strip())
        self.stdout.write(
            f"{load.rows_added or 0} nuevas, {load.rows_changed or 0} cambiadas,"
            f" {load.rows_removed or 0} quitadas, {load.rows_same or 0} iguales"
        )


def _loaded(code: str, path: Path | None) -> Load:
    if code in SOURCE_CODES:
        if path is None:
            raise CommandError("Esta fuente solo llega como archivo: falta --file.")
        return load_production(source_code=code, body=path.read_bytes(), name=path.name)
    if path is not None and code != SOURCE_CODE:
        raise CommandError("Esta fuente no llega como archivo por esta vía.")
    if path is not None:
        upload = Upload(path.read_bytes(), path.name)
        return load_annual_loss(trigger=Load.Trigger.COMMAND, upload=upload)
    if missing := lacking(code):
        raise CommandError(f"Falta la variable {missing}.")
    return LOADERS[code](trigger=Load.Trigger.COMMAND)
