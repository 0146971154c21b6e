from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from indicators.loaders.alert_clusters import renew_all_clusters
from territory.models import AlertSource


class Command(BaseCommand):
    """Bring the clusters of all alerts in step, or compute them anew."""

    help = "Puts alerts that lie together into clusters; numbers stay."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the source and whether to compute everything again."""
        parser.add_argument("--source", choices=AlertSource.labels, action="append")
        parser.add_argument("--rebuild", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print one line a source."""
        chosen = options["source"]
        numbers = chosen and [one.value for one in AlertSource if one.label in chosen]
        done = renew_all_clusters(numbers=numbers, rebuild=options["rebuild"])
        for number, renewed in done.items():
            self.stdout.write(f"{AlertSource(number).label}: {renewed}")
