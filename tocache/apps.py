from django.apps import AppConfig


class TocacheConfig(AppConfig):
    """Composition: commands, pages and health that join the rooms."""

    name = "tocache"
