from django.apps import AppConfig


class TerritoryConfig(AppConfig):
    """The territory room."""

    name = "territory"
    verbose_name = "Territorio"
