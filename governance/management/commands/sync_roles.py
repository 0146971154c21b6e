from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from governance.role_sync import sync_roles


class Command(BaseCommand):
    """Print how the groups differ from the table of roles; write with --write."""

    help = "Compare the groups with governance/roles.py; --write makes them equal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take --write."""
        parser.add_argument("--write", action="store_true")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        """Print one line for each difference, or that there is none."""
        differences = sync_roles(write=write)
        for difference in differences:
            self.stdout.write(str(difference))
        if not differences:
            self.stdout.write("Roles are as the table says.")
        elif not write:
            self.stdout.write("Nothing written: add --write.")
