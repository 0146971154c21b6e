"""Clusters brought in step with the alerts of every source, after loads."""

from collections.abc import Iterable
from datetime import date

from indicators.models import Load
from territory.alert_sources import ALERT_SOURCES
from territory.clusters import EVER, Renewed, renew_clusters
from territory.models import AlertCluster, AlertMonth, AlertSource


def renew_all_clusters(
    *, numbers: Iterable[int] | None = None, rebuild: bool = False
) -> dict[int, Renewed]:
    """Return what changed in each source's clusters, over all its alerts.

    Without `numbers` every source that has alerts or clusters.
    """
    if numbers is None:
        found = AlertMonth.objects.order_by().values_list("source", flat=True)
        kept = AlertCluster.objects.order_by().values_list("source", flat=True)
        numbers = sorted({*found.distinct(), *kept.distinct()})
    return {
        number: renew_clusters(source=ALERT_SOURCES[number], rebuild=rebuild)
        for number in numbers
    }


def renew_clusters_of(load: Load) -> Renewed:
    """Return what changed in the clusters of the days that a load asked for.

    A load from a file says nothing of its days: all of them are looked at. Nothing
    is done unless the load was published.
    """
    if load.state != Load.State.PUBLISHED:
        return Renewed()
    numbers = [one.value for one in AlertSource if one.label == load.source.code]
    if not numbers:
        return Renewed()
    report = load.report
    start = date.fromisoformat(report["start"]) if "start" in report else EVER[0]
    end = date.fromisoformat(report["end"]) if "end" in report else EVER[1]
    return renew_clusters(source=ALERT_SOURCES[numbers[0]], start=start, end=end)
