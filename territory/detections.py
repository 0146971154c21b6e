"""The only writer of alert polygons and fires: all or nothing, the same once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class PolygonRow:
    """A polygon to store: WKB of a MultiPolygon in degrees WGS 84."""

    external_id: str
    detected_on: date
    wkb: bytes


@dataclass(frozen=True, slots=True)
class FireRow:
    """A hot spot to store; `power_mw` None where the sensor gives none."""

    longitude: float
    latitude: float
    detected_at: datetime
    satellite: str
    confidence: str
    power_mw: float | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What a load changed, in rows; `outside` touch no current district."""

    added: int
    changed: int
    same: int
    outside: int


_DISTRICTS: Final = """
    SELECT p.id, p.geom FROM territory_place p
    JOIN territory_boundarygeneration g ON g.id = p.generation_id
    WHERE g.is_current AND p.level = 'district'
"""
# What /alertas/ and the dossiers read; anew as a whole, so that it mends itself.
_FORGET_DAYS: Final = "DELETE FROM territory_detectionday WHERE source = %(source)s"
_POLYGON_DAYS: Final = f"""
INSERT INTO territory_detectionday
    (source, sensor, district_id, day, detections, area_ha)
SELECT source, '', id, detected_on, count(*), sum(area_ha)
FROM (
    SELECT a.source, d.id, a.detected_on, round((ST_Area(
               ST_Intersection(a.geom, d.geom)::geography) / 10000)::numeric, 4) area_ha
    FROM territory_alertpolygon a
    JOIN ({_DISTRICTS}) d ON ST_Intersects(d.geom, a.geom)
    WHERE a.source = %(source)s
) part
WHERE area_ha > 0
GROUP BY source, id, detected_on
"""  # noqa: S608
# A fire on a border belongs to the district of the lower number.
_FIRE_DAYS: Final = f"""
INSERT INTO territory_detectionday
    (source, sensor, district_id, day, detections, area_ha)
SELECT %(source)s, sensor, district_id,
       (detected_at AT TIME ZONE %(zone)s)::date, count(*), NULL
FROM (
    SELECT f.sensor, f.detected_at, min(d.id) district_id
    FROM territory_firedetection f
    JOIN ({_DISTRICTS}) d ON ST_Intersects(d.geom, f.geom)
    GROUP BY f.id
) fire
GROUP BY 1, 2, 3, 4
"""  # noqa: S608


_WRITE_POLYGONS: Final = """
WITH sent AS (
    SELECT external_id, detected_on, ST_GeomFromWKB(wkb, 4326) geom
    FROM unnest(%(ids)s::text[], %(days)s::date[], %(wkbs)s::bytea[])
         AS s(external_id, detected_on, wkb)
), here AS (
    SELECT s.*, round((ST_Area(s.geom::geography) / 10000)::numeric, 4) area_ha
    FROM sent s
    WHERE EXISTS (
        SELECT FROM territory_place p
        JOIN territory_boundarygeneration g ON g.id = p.generation_id
        WHERE g.is_current AND p.level = 'district' AND ST_Intersects(p.geom, s.geom)
    )
), written AS (
    INSERT INTO territory_alertpolygon AS a
        (source, external_id, detected_on, geom, area_ha, load_id)
    SELECT %(source)s, external_id, detected_on, geom, area_ha, %(load)s
    FROM here WHERE area_ha > 0
    ON CONFLICT (source, external_id) DO UPDATE
        SET detected_on = EXCLUDED.detected_on, geom = EXCLUDED.geom,
            area_ha = EXCLUDED.area_ha, load_id = EXCLUDED.load_id
        WHERE a.detected_on <> EXCLUDED.detected_on
           OR ST_AsBinary(a.geom) <> ST_AsBinary(EXCLUDED.geom)
    RETURNING (xmax = 0) is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
       (SELECT count(*) FROM here)
FROM written
"""


def write_polygons(*, source: str, load_id: int, rows: Sequence[PolygonRow]) -> Stored:
    """Return what changed after storing the polygons that touch a current district.

    A polygon known by its number is replaced when its day or shape differ. Areas are
    of the whole polygon, on the ellipsoid. The sums by day follow. One transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _WRITE_POLYGONS,
            {
                "ids": [row.external_id for row in rows],
                "days": [row.detected_on for row in rows],
                "wkbs": [row.wkb for row in rows],
                "source": source,
                "load": load_id,
            },
        )
        added, changed, here = cursor.fetchone()
        cursor.execute(_FORGET_DAYS, {"source": source})
        cursor.execute(_POLYGON_DAYS, {"source": source})
    return Stored(added, changed, here - added - changed, len(rows) - here)


_WRITE_FIRES: Final = """
WITH sent AS (
    SELECT s.*, ST_SetSRID(ST_MakePoint(s.longitude, s.latitude), 4326) geom
    FROM unnest(%(longitudes)s::float8[], %(latitudes)s::float8[],
                %(instants)s::timestamptz[], %(satellites)s::text[],
                %(confidences)s::text[], %(powers)s::float8[])
         AS s(longitude, latitude, detected_at, satellite, confidence, power_mw)
), here AS (
    SELECT s.* FROM sent s
    WHERE EXISTS (
        SELECT FROM territory_place p
        JOIN territory_boundarygeneration g ON g.id = p.generation_id
        WHERE g.is_current AND p.level = 'district' AND ST_Intersects(p.geom, s.geom)
    )
), written AS (
    INSERT INTO territory_firedetection
        (sensor, satellite, detected_at, geom, confidence, power_mw, load_id)
    SELECT %(sensor)s, satellite, detected_at, geom, confidence, power_mw, %(load)s
    FROM here
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT (SELECT count(*) FROM written), (SELECT count(*) FROM here)
"""


def renew_fire_days(*, source: str) -> None:
    """Count the fires by sensor, district and local day anew, for a source's name.

    Call it in the transaction that stores them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_DAYS, {"source": source})
        cursor.execute(_FIRE_DAYS, {"source": source, "zone": settings.TIME_ZONE})


def write_fires(*, sensor: str, load_id: int, rows: Sequence[FireRow]) -> Stored:
    """Return what changed after storing the hot spots inside a current district.

    One known by sensor, satellite, time and place stays as it is. One transaction.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            _WRITE_FIRES,
            {
                "longitudes": [row.longitude for row in rows],
                "latitudes": [row.latitude for row in rows],
                "instants": [row.detected_at for row in rows],
                "satellites": [row.satellite for row in rows],
                "confidences": [row.confidence for row in rows],
                "powers": [row.power_mw for row in rows],
                "sensor": sensor,
                "load": load_id,
            },
        )
        added, here = cursor.fetchone()
    return Stored(added, 0, here - added, len(rows) - here)
