from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    """The governance room."""

    name = "governance"
    verbose_name = "Gobernanza"
