from typing import Any

from django.core.management.base import BaseCommand

from governance.demo import demo_password, ensure_demo_users


class Command(BaseCommand):
    """Make the demo accounts and print how to sign in with them."""

    help = "Make the demo accounts (only with DEMO=1)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line for each account, then the password they share."""
        for person in ensure_demo_users():
            self.stdout.write(f"{person.username} ({', '.join(person.roles)})")
        self.stdout.write(f"password: {demo_password()}")
