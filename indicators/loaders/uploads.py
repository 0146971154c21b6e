"""A file that a person hands over, for any source that comes as one."""

from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile

from indicators.loaders import production, zones
from indicators.loaders.alerts import load_alert_file
from indicators.loaders.geobosques import SOURCE_CODE, Upload, load_annual_loss
from indicators.models import Load
from indicators.sources.registry import ZONE_FILES
from territory.models import Zone


def keep_upload(
    *,
    source_code: str,
    file: "UploadedFile[bytes]",
    zone_kind: str,
    requested_by: User,
) -> Load:
    """Return the load of an uploaded file that a worker is to read.

    `zone_kind` is that of all zones of a file of zones; "" where each names its own.

    Raises:
        OSError: the file could not be kept; nothing was.
    """
    body, name = file.read(), Path(file.name or "").name
    if source_code == ZONE_FILES.code:
        kind = Zone.Kind(zone_kind) if zone_kind else None
        return zones.accept_upload(body=body, name=name, kind=kind, who=requested_by)
    return production.accept_upload(
        source_code=source_code, body=body, name=name, who=requested_by
    )


def load_upload(
    *, source_code: str, file: "UploadedFile[bytes]", requested_by: User
) -> Load:
    """Return the load of an uploaded file: held for another person, or rejected.

    Raises:
        SourceBusy: another load of this source is running.
    """
    name = file.name or ""
    if source_code == SOURCE_CODE:
        return load_annual_loss(
            trigger=Load.Trigger.UPLOAD,
            upload=Upload(body=file.read(), name=name),
            requested_by=requested_by,
        )
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=settings.MEDIA_ROOT, prefix=".upload-") as copy:
        for piece in file.chunks():
            copy.write(piece)
        copy.flush()
        return load_alert_file(
            path=Path(copy.name),
            trigger=Load.Trigger.UPLOAD,
            source_code=source_code,
            requested_by=requested_by,
            name=Path(name).name,
        )
