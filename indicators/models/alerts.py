"""Public rows of territory whose changes make pages stale.

Proxies, because territory knows no data version: the trigger comes with the room
that keeps the version.
"""

from indicators.models.versioning import BUMP_DATA_VERSION
from territory.models import AlertCluster, Verification


class PublicCluster(AlertCluster):
    """A cluster of alerts as pages show it."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [BUMP_DATA_VERSION]


class PublicVerification(Verification):
    """A verification as pages show it."""

    class Meta:
        proxy = True
        default_permissions = ()
        triggers = [BUMP_DATA_VERSION]
