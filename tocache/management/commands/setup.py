from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from governance.demo import ensure_demo_users
from governance.role_sync import sync_roles
from indicators.budget_results import refresh_budgets
from indicators.crops import sync_crops
from indicators.demo import synthetic_values_count
from indicators.land_use_results import refresh_overlays
from indicators.sync import PlanFileError
from territory.boundaries import BoundaryError
from tocache.jurisdictions import add_demo_values, set_up_jurisdiction, sync_sources


class Command(BaseCommand):
    """Fill the database with what ships: sources, jurisdictions, first figures."""

    help = "Sets everything up after migrate; running it again changes nothing."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print a line for each step."""
        if not settings.DEMO and (count := synthetic_values_count()):
            raise CommandError(
                f"this database holds {count} synthetic values of the demo;"
                " use another database, or start with DEMO=1"
            )
        differences = sync_roles(write=True)
        self.stdout.write(f"roles, {len(differences)} changes")
        self.stdout.write(f"sources, {len(sync_sources().changes)} changes")
        crops = sync_crops(Path(settings.BASE_DIR, "fixtures", "crops.yaml"))
        self.stdout.write(f"crops, {len(crops.changes)} changes")
        for file in sorted(
            Path(settings.BASE_DIR, "fixtures").glob("*/jurisdiction.yaml")
        ):
            try:
                home = set_up_jurisdiction(file.parent, say=self.stdout.write)
                if settings.DEMO:
                    add_demo_values(file.parent, home, say=self.stdout.write)
            except (PlanFileError, BoundaryError) as error:
                raise CommandError(f"{file}: {error}") from error
        # Without waiting for the worker: the first page should show them.
        lines, notices = refresh_budgets(today=timezone.localdate())
        self.stdout.write(f"{lines} new budget lines, {notices} new notices of rises")
        self.stdout.write(f"{refresh_overlays()} new overlays of zones")
        if settings.DEMO:
            people = ensure_demo_users()
            self.stdout.write(f"{len(people)} demo accounts (DEMO=1)")
