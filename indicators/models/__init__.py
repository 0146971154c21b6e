from indicators.models.actors import Actor, ActorGroup
from indicators.models.crosswalk import CrosswalkCode, CrosswalkLink
from indicators.models.monitoring import MonitoringPrinciple, MonitoringVariable
from indicators.models.outbox import AskedTask, ScheduleMark
from indicators.models.plan import (
    Axis,
    Baseline,
    ChecklistStep,
    Fact,
    Goal,
    Indicator,
    IndicatorSource,
    Milestone,
    Origin,
    Plan,
    PlanVersion,
    SeriesBreak,
    Target,
    VisionIdea,
)
from indicators.models.production import BasePrice, Crop, ProductionRecord
from indicators.models.sources import (
    AnnualLoss,
    Derivation,
    Load,
    Source,
    SourceFile,
)
from indicators.models.values import ProgressResult, YearlyValue
from indicators.models.versioning import DataVersion

__all__ = [
    "Actor",
    "ActorGroup",
    "AnnualLoss",
    "AskedTask",
    "Axis",
    "BasePrice",
    "Baseline",
    "ChecklistStep",
    "Crop",
    "CrosswalkCode",
    "CrosswalkLink",
    "DataVersion",
    "Derivation",
    "Fact",
    "Goal",
    "Indicator",
    "IndicatorSource",
    "Load",
    "Milestone",
    "MonitoringPrinciple",
    "MonitoringVariable",
    "Origin",
    "Plan",
    "PlanVersion",
    "ProductionRecord",
    "ProgressResult",
    "ScheduleMark",
    "SeriesBreak",
    "Source",
    "SourceFile",
    "Target",
    "VisionIdea",
    "YearlyValue",
]
