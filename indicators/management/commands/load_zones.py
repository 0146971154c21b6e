from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indicators.loaders.pipeline import SourceBusy
from indicators.loaders.zones import load_protected_areas, load_zone_file
from indicators.models import Load
from territory.models import Zone


class Command(BaseCommand):
    """Load zones now, through the same pipeline as the schedule."""

    help = "Loads zones from a GeoJSON file or, without one, from SERNANP's service."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file, what its zones are, and whether they are made up."""
        parser.add_argument("--file", type=Path, help="all zones of its kinds")
        parser.add_argument(
            "--kind",
            choices=Zone.Kind.values,
            help='of all zones; without it each feature names its own as "kind"',
        )
        parser.add_argument("--synthetic", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print what became of the load; a refused one ends with an error."""
        try:
            load = _load(options)
        except OSError as error:
            raise CommandError(str(error)) from error
        except SourceBusy as error:
            raise CommandError("otra carga de esta fuente está en marcha") from error
        for sentence in load.report.get("errors_es", []):
            self.stdout.write(sentence)
        if load.state == Load.State.REJECTED:
            raise CommandError(load.reason)
        self.stdout.write(
            f"{load.get_state_display()}. {load.rows_added or 0} nuevas,"
            f" {load.rows_changed or 0} cambiadas, {load.rows_removed or 0} ya no"
            f" están, {load.rows_same or 0} iguales; {load.report.get('reassigned', 0)}"
            f" alertas reasignadas. {load.reason}".rstrip()
        )


def _load(options: dict[str, Any]) -> Load:
    path: Path | None = options["file"]
    if path is None:
        return load_protected_areas(trigger=Load.Trigger.COMMAND)
    kind: str | None = options["kind"]
    return load_zone_file(
        path=path,
        kind=Zone.Kind(kind) if kind else None,
        trigger=Load.Trigger.COMMAND,
        is_synthetic=options["synthetic"],
    )
