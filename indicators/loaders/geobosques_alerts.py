"""MINAM's early alerts: the week's points and the year's raster, fetched and loaded.

Neither says what it leaves out, so both only add, as an uploaded file does.
"""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.utils import timezone

from indicators.loaders.alert_files import districts_box
from indicators.loaders.alerts import load_alert_file
from indicators.loaders.annual_loss import zipped
from indicators.loaders.pipeline import reject, start_load
from indicators.loaders.sessions import configured_session
from indicators.models import Load, Source
from indicators.sources import geobosques_weekly
from indicators.sources.errors import SourceError
from indicators.sources.registry import GEOBOSQUES_RASTER, GEOBOSQUES_WEEKLY
from indicators.sources.spec import SourceSpec

Bytes = tuple[bytes, str, str]


def load_weekly_alerts(*, trigger: Load.Trigger) -> Load:
    """Return the finished load of the week's points in the box of all districts.

    Raises:
        SourceBusy: another load of this source is running.
    """
    return _load(GEOBOSQUES_WEEKLY, trigger, _weekly)


def load_raster_alerts(*, trigger: Load.Trigger, year: int | None = None) -> Load:
    """Return the finished load of a year's raster, this year's by default.

    Raises:
        SourceBusy: another load of this source is running.
    """
    wanted = year or timezone.localdate().year
    return _load(GEOBOSQUES_RASTER, trigger, lambda: _raster(wanted))


def _load(
    spec: SourceSpec, trigger: Load.Trigger, fetched: Callable[[], Bytes]
) -> Load:
    try:
        body, name, url = fetched()
    except SourceError as error:
        source = Source.objects.get(code=spec.code)
        load = start_load(source, trigger=trigger)
        load.report = {"ubigeo": "", "name": ""}
        return reject(load, error)
    settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.MEDIA_ROOT, prefix=".part-") as folder:
        path = Path(folder) / "download"
        path.write_bytes(body)
        return load_alert_file(
            path=path, trigger=trigger, source_code=spec.code, name=name, url=url
        )


def _weekly() -> Bytes:

    url = settings.GEOBOSQUES_ALERTS_URL.replace(
        "{year}", str(timezone.localdate().year)
    )
    with configured_session(GEOBOSQUES_WEEKLY, base_url=url) as session:
        pages = geobosques_weekly.fetch(session, districts_box())
    members = {f"{n:04d}.json": page.body for n, page in enumerate(pages, start=1)}
    return zipped(members), "alertas.zip", pages[-1].final_url


def _raster(year: int) -> Bytes:
    from indicators.sources import geobosques_raster

    with configured_session(GEOBOSQUES_RASTER) as session:
        answer = geobosques_raster.fetch(session, year)
    return answer.body, f"Alertas_PNCB_raster_{year}.zip", answer.final_url
