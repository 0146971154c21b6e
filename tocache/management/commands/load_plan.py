from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indicators.sync import PlanFileError
from territory.models import Jurisdiction
from tocache.planfile import load_plan, recompute_results


class Command(BaseCommand):
    """Show or write the differences between a plan file and the database."""

    help = "Compares a plan file with the database; writes only with --write."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file, the jurisdiction and the switch to write."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--jurisdiction", required=True, help="its code")
        parser.add_argument("--write", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print ADDED, CHANGED, REMOVED and whether it was written."""
        try:
            jurisdiction = Jurisdiction.objects.get(code=options["jurisdiction"])
            log = load_plan(
                options["file"], jurisdiction=jurisdiction, write=options["write"]
            )
        except (PlanFileError, OSError, Jurisdiction.DoesNotExist) as error:
            raise CommandError(str(error)) from error
        if options["write"]:
            recompute_results(jurisdiction, trigger="plan file")
        for change in log.changes:
            self.stdout.write(str(change))
        done = "written" if options["write"] else "not written (add --write)"
        self.stdout.write(f"{len(log.changes)} changes, {done}")
