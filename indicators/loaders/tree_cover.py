"""Annual tree cover loss of Global Forest Watch: a second opinion, kept apart.

It has no Derivation, so nothing of it can reach the official line or its progress.
"""

import io
import re
import zipfile
from typing import Any

from django.conf import settings
from django.utils import timezone

from indicators.loaders.annual_loss import Feed, keep_zip, load_edition
from indicators.loaders.sessions import configured_session
from indicators.models import Load, Source, SourceFile
from indicators.sources import gfw_batch, gfw_loss
from indicators.sources.errors import ContentRefused, SourceError
from indicators.sources.gfw import latest_version
from indicators.sources.records import LossRow, LossTable
from indicators.sources.registry import GFW_TREE_COVER_LOSS
from indicators.sources.session import Fetched, Session
from territory.models import Place

SOURCE_CODE = GFW_TREE_COVER_LOSS.code
_BATCH = "batch"


def load_tree_cover_loss(*, trigger: Load.Trigger) -> Load:
    """Return the finished load of the newest version, by district and province.

    All places are asked for in one job, and one by one where that fails. It ends
    published (only new years), unchanged (the version is known), held (past years
    change) or rejected (nothing changed).

    Raises:
        SourceBusy: another load of this source is running.
    """
    return load_edition(FEED, trigger=trigger)


def _download(source: Source) -> SourceFile | None:
    fetched_at = timezone.now()
    geometries = _geometries()
    with configured_session(GFW_TREE_COVER_LOSS) as session:
        version = latest_version(session, gfw_loss.DATASET)
        done = [Load.State.PUBLISHED, Load.State.HELD]
        known = source.loads.filter(state__in=done).first()
        if known is not None and known.edition == version:
            return None
        answers = _answers(session, geometries)
    members = {name: answer.body for name, answer in answers.items()}
    # The version of the address: the bodies do not carry one.
    url = f"{settings.GFW_URL}/dataset/{gfw_loss.DATASET}/{version}/query"
    return keep_zip(source, members, fetched_at=fetched_at, url=url)


def _geometries() -> dict[str, dict[str, Any]]:
    places = Place.objects.current().filter(jurisdiction__is_home=True)
    return {
        place.ubigeo: {"type": place.geom.geom_type, "coordinates": place.geom.coords}
        for place in places.order_by("ubigeo")
    }


def _answers(
    session: Session, geometries: dict[str, dict[str, Any]]
) -> dict[str, Fetched]:
    """Return the answers by the name they are kept under."""
    kept: dict[str, Fetched] = {}
    answered: set[str] = set()
    try:
        tables = gfw_batch.fetch_batch(
            session, gfw_loss.DATASET, gfw_loss.SQL, geometries
        )
        for number, table in enumerate(tables, start=1):
            rows = _batch_rows(table.body, frozenset(geometries))
            kept[f"{_BATCH}-{number:04d}.csv"] = table
            answered |= {row.ubigeo for row in rows}
    except (SourceError, ValueError):
        # The job is a shortcut: without it each place is asked for by itself.
        kept, answered = {}, set()
    for ubigeo, geometry in geometries.items():
        if ubigeo not in answered:
            kept[f"{ubigeo}.json"] = gfw_loss.fetch_loss(session, geometry)
    return kept


def _batch_rows(body: bytes, ubigeos: frozenset[str]) -> tuple[LossRow, ...]:
    return gfw_loss.parse_batch(
        body, ubigeos, id_field=gfw_batch.ID_FIELD, max_year=_max_year()
    )


def _parse(file: SourceFile, _name: str) -> LossTable:
    """Return the kept answers as one edition, named by the version of the data set."""
    ubigeos = frozenset(_geometries())
    rows: list[LossRow] = []
    with zipfile.ZipFile(
        io.BytesIO((settings.MEDIA_ROOT / file.path).read_bytes())
    ) as archive:
        for name in sorted(archive.namelist()):
            body = archive.read(name)
            if name.startswith(_BATCH):
                rows += _batch_rows(body, ubigeos)
            else:
                ubigeo = name.removesuffix(".json")
                rows += gfw_loss.parse_loss(body, ubigeo, max_year=_max_year())
    version = re.search(r"/(v[\d.]+)/query$", file.url)
    if not rows or version is None:
        raise ContentRefused(
            "no_data",
            "La fuente no envió ningún año para ningún lugar.",
            "The source sent no year for any place.",
        )
    rows.sort(key=lambda row: (row.ubigeo, row.year))
    return LossTable(tuple(rows), version.group(1))


def _max_year() -> int:
    return timezone.localdate().year - 1


FEED = Feed(code=SOURCE_CODE, download=_download, parse=_parse)
