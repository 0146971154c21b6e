"""Where: places, zones, alerts, their clusters, detections; a file by noun."""

from territory.models.alerts import (
    AlertCell,
    AlertConfidence,
    AlertDay,
    AlertMonth,
    AlertSource,
    ForestAlert,
)
from territory.models.clusters import AlertCluster, ClusterPart, Verification
from territory.models.detections import AlertPolygon, DetectionDay, FireDetection
from territory.models.places import BoundaryGeneration, Jurisdiction, Place
from territory.models.zones import Zone, ZoneSet

__all__ = [
    "AlertCell",
    "AlertCluster",
    "AlertConfidence",
    "AlertDay",
    "AlertMonth",
    "AlertPolygon",
    "AlertSource",
    "BoundaryGeneration",
    "ClusterPart",
    "DetectionDay",
    "FireDetection",
    "ForestAlert",
    "Jurisdiction",
    "Place",
    "Verification",
    "Zone",
    "ZoneSet",
]
