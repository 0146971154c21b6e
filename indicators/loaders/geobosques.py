"""The official annual loss: from the ministry's service, its older one, or a table."""

import io
import zipfile
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from indicators.loaders.annual_loss import Feed, Upload, keep_zip, load_edition
from indicators.loaders.sessions import configured_session
from indicators.models import Load, Source, SourceFile
from indicators.sources.errors import SourceError
from indicators.sources.geobosques import (
    combined,
    fetch_json,
    fetch_older_json,
    parse_json,
    parse_wide_table,
)
from indicators.sources.records import LossTable
from indicators.sources.registry import GEOBOSQUES_LOSS
from indicators.sources.session import Fetched, Session
from territory.models import Place

__all__ = ["SOURCE_CODE", "Upload", "load_annual_loss"]

SOURCE_CODE = GEOBOSQUES_LOSS.code


def load_annual_loss(
    *,
    trigger: Load.Trigger,
    upload: Upload | None = None,
    requested_by: User | None = None,
) -> Load:
    """Return the finished load of an uploaded file, or of what the service answers.

    It ends published (only new years), unchanged (the same bytes or the same rows),
    held (past years change, or a person uploaded it) or rejected (nothing changed).

    Raises:
        SourceBusy: another load of this source is running.
    """
    return load_edition(FEED, trigger=trigger, upload=upload, requested_by=requested_by)


def _download(source: Source) -> SourceFile:
    """Keep the service's replies; the older service's when only that one answers."""
    fetched_at = timezone.now()
    try:
        replies = _replies(fetch_json, settings.GEOBOSQUES_URL)
    except SourceError:
        if not settings.GEOBOSQUES_OLDER_URL:
            raise
        replies = _replies(fetch_older_json, settings.GEOBOSQUES_OLDER_URL)
    members = {f"{ubigeo}.json": reply.body for ubigeo, reply in replies.items()}
    url = replies[max(replies)].final_url if replies else ""
    return keep_zip(source, members, fetched_at=fetched_at, url=url)


def _replies(
    fetch: Callable[[Session, str], Fetched], base_url: str
) -> dict[str, Fetched]:
    with configured_session(GEOBOSQUES_LOSS, base_url=base_url) as session:
        return {ubigeo: fetch(session, ubigeo) for ubigeo in _district_ubigeos()}


def _parse(file: SourceFile, name: str) -> LossTable:
    """Read the file under the name it has this time, not when first uploaded."""
    body = (settings.MEDIA_ROOT / file.path).read_bytes()
    # A year's loss is measured after it has ended.
    max_year = timezone.localdate().year - 1
    if not file.url:
        return parse_wide_table(
            body,
            name,
            known_ubigeos=_district_ubigeos(),
            max_year=max_year,
            within=_common_prefix(_district_ubigeos()),
        )
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return combined(
            [
                parse_json(
                    archive.read(name), name.removesuffix(".json"), max_year=max_year
                )
                for name in sorted(archive.namelist())
            ]
        )


def _district_ubigeos() -> list[str]:
    districts = Place.objects.current().districts()
    return sorted(
        districts.filter(jurisdiction__is_home=True).values_list("ubigeo", flat=True)
    )


def _common_prefix(ubigeos: list[str]) -> str:
    """Return the ubigeo of the province that all districts lie in."""
    return ubigeos[0][:4] if len({u[:4] for u in ubigeos}) == 1 else ""


FEED = Feed(code=SOURCE_CODE, download=_download, parse=_parse)
