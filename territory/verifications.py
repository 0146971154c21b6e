"""What somebody found on the ground, written down once and for good."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from territory.models import AlertCluster, Verification


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a person says about a cluster; `file` below MEDIA_ROOT or ""."""

    state: str
    visited_on: dt.date
    evidence: str
    reason: str
    role: str
    institution: str
    file: str = ""


class StaleVerification(Exception):
    """Somebody added an entry meanwhile; `current` is the newest one."""

    def __init__(self, current: Verification | None) -> None:
        super().__init__(current)
        self.current = current


class ClusterNotStanding(Exception):
    """The cluster was merged, or the source took it back, meanwhile."""


def newest_verification(cluster_number: int) -> Verification | None:
    """Return the entry that says a cluster's state, None while nobody verified it."""
    rows = Verification.objects.filter(cluster=cluster_number)
    return rows.order_by("-order").first()


def record_verification(
    *, cluster_number: int, follows: int, finding: Finding, who: Any
) -> Verification:
    """Return the entry added to a cluster's history.

    `follows` is the order of the newest entry its writer saw, 0 for none. A later
    entry corrects the earlier ones and needs a reason.

    Raises:
        AlertCluster.DoesNotExist: no such cluster.
        ClusterNotStanding: it has no alerts any more.
        StaleVerification: another entry came first; nothing was written.
        ValueError: no evidence, or a correction without a reason.
    """
    if not finding.evidence.strip():
        raise ValueError("Escribe qué se vio.")
    with transaction.atomic():
        cluster = AlertCluster.objects.select_for_update().get(pk=cluster_number)
        if not cluster.alerts:
            raise ClusterNotStanding
        newest = newest_verification(cluster_number)
        if (newest.order if newest else 0) != follows:
            raise StaleVerification(newest)
        if newest and not finding.reason.strip():
            raise ValueError("Escribe por qué se corrige.")
        return Verification.objects.create(
            cluster=cluster,
            order=follows + 1,
            state=finding.state,
            visited_on=finding.visited_on,
            evidence=finding.evidence.strip(),
            reason=finding.reason.strip(),
            role=finding.role,
            institution=finding.institution,
            file=finding.file,
            alerts_then=cluster.alerts,
            recorded_by=who,
        )
