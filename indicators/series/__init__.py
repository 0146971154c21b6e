"""What pages read: a bounded number of queries in, frozen records out."""

from indicators.series.history import indicator_history
from indicators.series.indicator import indicator_page
from indicators.series.marks import GROUPS, MARKS, Group, Mark, mark_of
from indicators.series.overview import (
    axis_names,
    axis_summary,
    counts_of,
    home_summary,
)
from indicators.series.records import Lang
from indicators.series.rows import indicator_rows
from indicators.series.site import home_site
from indicators.series.sources import source_states

__all__ = [
    "GROUPS",
    "MARKS",
    "Group",
    "Lang",
    "Mark",
    "axis_names",
    "axis_summary",
    "counts_of",
    "home_site",
    "home_summary",
    "indicator_history",
    "indicator_page",
    "indicator_rows",
    "mark_of",
    "source_states",
]
