"""Polygons of MapBiomas and fires of NASA: fetched, kept, stored in own tables."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from indicators.loaders.alert_files import districts_box
from indicators.loaders.annual_loss import keep_zip
from indicators.loaders.pipeline import (
    finish,
    move,
    run_source,
)
from indicators.loaders.sessions import configured_session, source_key
from indicators.models import Load
from indicators.sources import firms, mapbiomas
from indicators.sources.registry import MAPBIOMAS_ALERTS, NASA_FIRMS
from indicators.sources.session import Fetched
from territory.detections import (
    FireRow,
    PolygonRow,
    Stored,
    renew_fire_days,
    write_fires,
    write_polygons,
)

# Near-real-time fires are corrected for some days.
FIRE_DAYS = 5


def load_mapbiomas(*, trigger: Load.Trigger) -> Load:
    """Return the finished load of all polygons in the box of all districts.

    Raises:
        SourceBusy: another load of this source is running.
    """

    def work(load: Load) -> Load:
        box = districts_box()
        with configured_session(MAPBIOMAS_ALERTS) as session:
            pages = mapbiomas.fetch_polygons(session, box)
        _keep(load, pages)
        today = timezone.localdate()
        # A polygon may come on two pages when one was added in between.
        found = {
            polygon.external_id: polygon
            for page in pages
            for polygon in mapbiomas.parse_polygons(page.body, box=box, last_day=today)
        }
        rows = [PolygonRow(p.external_id, p.detected_on, p.wkb) for p in found.values()]
        load.report["repaired"] = sum(p.is_repaired for p in found.values())
        load.data_to_date = max((row.detected_on for row in rows), default=None)
        with transaction.atomic():
            return _published(
                load,
                len(rows),
                write_polygons(
                    source=MAPBIOMAS_ALERTS.code, load_id=load.pk, rows=rows
                ),
            )

    return run_source(MAPBIOMAS_ALERTS.code, trigger=trigger, work=work)


def load_fires(*, trigger: Load.Trigger, last: date | None = None) -> Load:
    """Return the finished load of five days of fires up to `last`, today by default.

    Raises:
        SourceBusy: another load of this source is running.
    """
    end = (last or timezone.localdate()) + timedelta(days=1)

    def work(load: Load) -> Load:
        box = districts_box()
        tables: dict[str, tuple[Fetched, ...]] = {}
        with configured_session(NASA_FIRMS) as session:
            for sensor in settings.FIRMS_SENSORS:
                tables[sensor] = firms.fetch_fires(
                    session,
                    source_key(NASA_FIRMS),
                    sensor,
                    box,
                    end - timedelta(days=FIRE_DAYS),
                    end,
                )
        _keep(load, tuple(answer for answers in tables.values() for answer in answers))
        with transaction.atomic():
            stored, read = Stored(0, 0, 0, 0), 0
            for sensor, answers in tables.items():
                rows = _fire_rows(answers, sensor)
                read += len(rows)
                new = write_fires(sensor=sensor, load_id=load.pk, rows=rows)
                stored = _sum(stored, new)
            renew_fire_days(source=NASA_FIRMS.code)
            load.data_to_date = end - timedelta(days=1)
            return _published(load, read, stored)

    return run_source(NASA_FIRMS.code, trigger=trigger, work=work)


def _fire_rows(answers: tuple[Fetched, ...], sensor: str) -> list[FireRow]:
    return [
        FireRow(
            fire.longitude,
            fire.latitude,
            fire.detected_at,
            fire.satellite,
            fire.confidence,
            fire.power_mw,
        )
        for answer in answers
        for fire in firms.parse_fires(answer.body, sensor=sensor)
    ]


def _keep(load: Load, answers: tuple[Fetched, ...]) -> None:
    load.file = keep_zip(
        load.source,
        {f"{number:04d}": answer.body for number, answer in enumerate(answers, 1)},
        fetched_at=answers[-1].fetched_at,
        url=answers[-1].final_url,
    )
    move(load, Load.State.VALIDATED)


def _sum(one: Stored, other: Stored) -> Stored:
    return Stored(
        one.added + other.added,
        one.changed + other.changed,
        one.same + other.same,
        one.outside + other.outside,
    )


def _published(load: Load, read: int, stored: Stored) -> Load:
    load.rows_read = read
    load.rows_added = stored.added
    load.rows_changed = stored.changed
    load.rows_removed = 0
    load.rows_same = stored.same
    load.report["outside"] = stored.outside
    load.edition = timezone.localdate().isoformat()
    changed = stored.added or stored.changed
    return finish(load, Load.State.PUBLISHED if changed else Load.State.UNCHANGED)
