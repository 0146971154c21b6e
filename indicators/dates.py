"""Dates as readers of either language write them."""

import datetime as dt

from django.utils.formats import date_format
from django.utils.translation import get_language


def short_day(day: dt.date) -> str:
    """Return a day as "30 mar. 2026", in English "30 Mar 2026"."""
    return date_format(day, "j M Y" if get_language() == "en" else r"j b\. Y")
