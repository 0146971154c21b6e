from indicators.models.actors import Actor, ActorGroup
from indicators.models.alerts import PublicCluster, PublicVerification
from indicators.models.budget import AlertFactor, BudgetLine, RiseNotice
from indicators.models.crosswalk import CrosswalkCode, CrosswalkLink
from indicators.models.dossiers import DossierFile
from indicators.models.entry import Assignment, YearLock
from indicators.models.evidence import Evidence, evidence_list
from indicators.models.land_use import ZoneOverlay, ZoneOverlayResult
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
from indicators.models.reminders import ReminderMail
from indicators.models.sheets import SheetMapping, SheetUpload
from indicators.models.sources import (
    AnnualLoss,
    Derivation,
    Load,
    SecondOpinion,
    Source,
    SourceFile,
)
from indicators.models.subscriptions import Subscription, SubscriptionMail
from indicators.models.values import ProgressResult, YearlyValue
from indicators.models.versioning import DataVersion
from indicators.models.workbooks import WorkbookImport

__all__ = [
    "Actor",
    "ActorGroup",
    "AlertFactor",
    "AnnualLoss",
    "AskedTask",
    "Assignment",
    "Axis",
    "BasePrice",
    "Baseline",
    "BudgetLine",
    "ChecklistStep",
    "Crop",
    "CrosswalkCode",
    "CrosswalkLink",
    "DataVersion",
    "Derivation",
    "DossierFile",
    "Evidence",
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
    "PublicCluster",
    "PublicVerification",
    "ReminderMail",
    "RiseNotice",
    "ScheduleMark",
    "SecondOpinion",
    "SeriesBreak",
    "SheetMapping",
    "SheetUpload",
    "Source",
    "SourceFile",
    "Subscription",
    "SubscriptionMail",
    "Target",
    "VisionIdea",
    "WorkbookImport",
    "YearLock",
    "YearlyValue",
    "ZoneOverlay",
    "ZoneOverlayResult",
    "evidence_list",
]
