from typing import Final

from django.apps import AppConfig, apps
from django.contrib.staticfiles.apps import StaticFilesConfig

# What only the developers of a library read: 14 MB that nobody should be sent.
NOT_COLLECTED: Final = ("*-dev.mjs", "*.mjs.map", "*-shared.mjs", "*.d.ts")


class TocacheConfig(AppConfig):
    """Composition: commands, pages and health that join the rooms."""

    name = "tocache"

    def ready(self) -> None:
        """Leave out of collectstatic what no page asks for."""
        files = apps.get_app_config("staticfiles")
        if isinstance(files, StaticFilesConfig):
            files.ignore_patterns = [
                *StaticFilesConfig.ignore_patterns,
                *NOT_COLLECTED,
            ]
