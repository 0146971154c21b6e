from django.apps import AppConfig


class IncentivesConfig(AppConfig):
    """The incentives room."""

    name = "incentives"
    verbose_name = "Incentivos"
