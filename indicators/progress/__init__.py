"""Progress towards a target: the method "ritmo v1", pure, no database.

``assess(Inputs(...))`` returns a ``Result``; ``explain`` prints its sum,
``status_sentence`` and ``required_pace_sentence`` say it in words, ``roll_up``
counts an axis, ``schedule_badge`` and ``evidence_badge`` stand beside it.
"""

from indicators.progress.assess import assess
from indicators.progress.calendar import owed_years, value_due_on
from indicators.progress.explain import SumLine, explain
from indicators.progress.inputs import (
    Baseline,
    ChecklistStep,
    Direction,
    Inputs,
    Milestone,
    Operator,
    Point,
    PointKind,
    PointStatus,
    ProgressInputError,
    SeriesBreak,
    Target,
    TargetType,
)
from indicators.progress.pace import compound_growth_ratio
from indicators.progress.results import (
    METHOD_VERSION,
    Expectation,
    Facts,
    LineMethod,
    Projection,
    Reason,
    Result,
    Status,
    Trend,
    YearValue,
)
from indicators.progress.rollup import (
    RollUp,
    ScheduleBadge,
    ScheduleState,
    evidence_badge,
    plainly_good,
    roll_up,
    schedule_badge,
)
from indicators.progress.sentences import (
    Lang,
    methods_differ_sentence,
    required_pace_sentence,
    status_sentence,
    word_count,
)

__all__ = [
    "METHOD_VERSION",
    "Baseline",
    "ChecklistStep",
    "Direction",
    "Expectation",
    "Facts",
    "Inputs",
    "Lang",
    "LineMethod",
    "Milestone",
    "Operator",
    "Point",
    "PointKind",
    "PointStatus",
    "ProgressInputError",
    "Projection",
    "Reason",
    "Result",
    "RollUp",
    "ScheduleBadge",
    "ScheduleState",
    "SeriesBreak",
    "Status",
    "SumLine",
    "Target",
    "TargetType",
    "Trend",
    "YearValue",
    "assess",
    "compound_growth_ratio",
    "evidence_badge",
    "explain",
    "methods_differ_sentence",
    "owed_years",
    "plainly_good",
    "required_pace_sentence",
    "roll_up",
    "schedule_badge",
    "status_sentence",
    "value_due_on",
    "word_count",
]
