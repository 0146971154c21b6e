from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class TocacheConfig(AppConfig):
    """Composition: commands, pages and health that join the rooms."""

    name = "tocache"


class StaticFiles(StaticFilesConfig):
    """Static files without what only developers of the libraries read (14 MB)."""

    ignore_patterns = [
        *StaticFilesConfig.ignore_patterns,
        "*-dev.mjs",
        "*.mjs.map",
        "*-shared.mjs",
        "*.d.ts",
    ]
