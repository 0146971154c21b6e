from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    """The indicators room."""

    name = "indicators"
    verbose_name = "Indicadores"
