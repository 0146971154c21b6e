"""Count the squares that map tiles read anew from the alerts themselves."""

from typing import Any

from django.core.management.base import BaseCommand

from territory.models import AlertSource
from territory.pyramid import rebuild_pyramid


class Command(BaseCommand):
    """Needed once for alerts loaded before there were squares; harmless again."""

    help = "Counts the squares that map tiles read anew, source by source."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say for each source with alerts how many were counted."""
        for source in AlertSource:
            counted = rebuild_pyramid(source)
            if counted:
                self.stdout.write(f"{source.label}: {counted} alerts")
