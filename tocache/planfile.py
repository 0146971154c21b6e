"""Load a whole plan file: each room reads its own part, in one transaction."""

import hashlib
from pathlib import Path

import yaml
from django.db import transaction

from governance.planfile import sync_governance
from incentives.planfile import sync_incentives
from indicators.models import Indicator
from indicators.models.versioning import raise_data_version
from indicators.planfile import sync_plan
from indicators.results import recompute_indicators
from indicators.sync import ChangeLog, PlanFileError
from territory.models import Jurisdiction, Place


def load_plan(path: Path, *, jurisdiction: Jurisdiction, write: bool) -> ChangeLog:
    """Return what loading the plan file changed, or would change if not write.

    The run without write does the same work and takes it back, so that it says
    exactly what a run with write will do.

    Raises:
        PlanFileError: the file is not a plan; nothing was changed.
    """
    content = path.read_bytes()
    try:
        file = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise PlanFileError(f"{path.name}: no es un archivo YAML ({error})") from error
    if not isinstance(file, dict):
        raise PlanFileError(f"{path.name}: no contiene un plan")
    log = ChangeLog()
    with transaction.atomic():
        version = sync_plan(
            file,
            jurisdiction=jurisdiction,
            sha256=hashlib.sha256(content).hexdigest(),
            log=log,
        )
        sync_governance(file, version=version, log=log)
        sync_incentives(file, version=version, log=log)
        if not write:
            transaction.set_rollback(True)
        elif log.changes:
            raise_data_version()
    return log


def recompute_results(jurisdiction: Jurisdiction, *, trigger: str) -> int:
    """Return how many results were stored anew after judging every indicator again.

    A target or a definition may have changed. Nothing without a province.
    """
    province = (
        Place.objects.current()
        .filter(jurisdiction=jurisdiction, level=Place.Level.PROVINCE)
        .first()
    )
    if province is None:
        return 0
    return recompute_indicators(
        Indicator.objects.filter(
            goal__axis__plan_version__is_current=True,
            goal__axis__plan_version__plan__jurisdiction=jurisdiction,
        ),
        place_id=province.pk,
        trigger=trigger,
    )
