"""The two languages of the site's texts."""

from django.utils.translation import get_language

from indicators.series.records import Lang


def page_language() -> Lang:
    """Return the language of the page being answered: Spanish unless English."""
    return "en" if (get_language() or "").startswith("en") else "es"
