"""Vector tiles (MVT) of alerts and limits, made by PostGIS from bounded reads.

An alert tile is a grid of 64 by 64 points, each the sum of what lies in its square:
up to zoom 12 from the squares that the alerts' writer keeps (32 by 32 at zoom 12),
from zoom 13 on from the alerts of the tile, one range of their key. Nothing is ever
left out: a tile's counts add up to its alerts.

Format: https://github.com/mapbox/vector-tile-spec/tree/master/2.1
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from django.db import connection, transaction
from django.db.models import TextChoices
from django.utils import timezone

from territory.alert_filters import FIRST_DAY, AlertFilter
from territory.alert_sources import ALERT_SOURCES, Source
from territory.models import AlertSource
from territory.pixels import ZOOM
from territory.pyramid import (
    COARSEST,
    COUNT_BITS,
    FINEST,
    MOST_IN_BIN,
    SQUARE_BITS,
    month_number,
    square_range,
)

ALERT_ZOOMS: Final = range(COARSEST - 6, 17)
LIMIT_ZOOMS: Final = range(5, 15)
LAST_PYRAMID_ZOOM: Final = 12
ALERT_LAYER: Final = "alertas"
# A tile that takes longer is an answer nobody waits for.
TIMEOUT_MS: Final = 4_000
_GRID_BITS: Final = 6
_EXTENT: Final = 4096


class Limit(TextChoices):
    """Layers of outlines; there is none of plots, which are somebody's."""

    DISTRICTS = "distritos", "Distritos"
    ZONES = "zonas", "Áreas protegidas y otras zonas"


@dataclass(frozen=True, slots=True)
class Tile:
    """A map tile: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        """Return whether the world has such a tile."""
        return 0 <= self.x < 1 << self.z and 0 <= self.y < 1 << self.z

    def cells(self, level: int) -> tuple[int, int]:
        """Return the Morton codes of the tile's cells at a level, half open."""
        code = sum(
            (self.x >> bit & 1) << 2 * bit | (self.y >> bit & 1) << 2 * bit + 1
            for bit in range(self.z)
        )
        shift = 2 * (level - self.z)
        return code << shift, (code + 1) << shift


def alert_tile(tile: Tile, wanted: AlertFilter) -> bytes:
    """Return the MVT of a tile's alerts; b"" where there are none.

    Layer `alertas`, points with `alertas` (count), `area_ha` (of the source's
    pixels), `desde` and `hasta` (first and last day as YYYY-MM-DD; up to zoom 12 the
    month, YYYY-MM), `confianza` (the highest, 2 to 4) and, on made-up alerts alone,
    `sintetico`.

    Raises:
        OperationalError: the database took longer than TIMEOUT_MS.
    """
    if tile.z <= LAST_PYRAMID_ZOOM:
        level = min(tile.z + _GRID_BITS, FINEST)
        query, parameters = _from_squares(tile, level, wanted)
    else:
        level = tile.z + _GRID_BITS
        query, parameters = _from_alerts(tile, level, wanted)
    bits = level - tile.z
    areas_ha = _areas_ha(tile.y << bits, 1 << bits, level, ALERT_SOURCES[wanted.source])
    side = _EXTENT >> bits
    made_up = True if wanted.source == AlertSource.SYNTHETIC else None
    grid = [areas_ha, side, side // 2, made_up]
    return _fetched(_MVT % query, [ALERT_LAYER, *parameters, *grid])


def limit_tile(tile: Tile, limit: Limit) -> bytes:
    """Return the MVT of the outlines of a layer; b"" where there are none.

    Raises:
        OperationalError: the database took longer than TIMEOUT_MS.
    """
    box = [tile.z, tile.x, tile.y]
    return _fetched(_LIMITS[limit], [limit.value, *box, *box])


# --- Statements ---------------------------------------------------------------

# For a few thousand rows a second process costs four times the work itself.
_ALONE: Final = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; "
# Bits of a Morton code that are x; grids have at most 6 an axis.
_X: Final = " | ".join(
    f"(cell >> {bit} & {1 << bit})::int" for bit in range(_GRID_BITS)
)
_Y: Final = " | ".join(
    f"(cell >> {bit + 1} & {1 << bit})::int" for bit in range(_GRID_BITS)
)
# The points are in the tile's own coordinates already: nothing has to be cut.
# Put together from constants only; what readers choose is a parameter.
_MVT: Final = f"""
SELECT ST_AsMVT(points, %%s, {_EXTENT}, 'geom') FROM (
    SELECT ST_MakePoint(x * side + half, y * side + half) geom, alertas,
           round(alertas * areas_ha[y + 1] * 100) / 100 area_ha,
           desde, hasta, confianza, sintetico
    FROM (SELECT {_X} x, {_Y} y, found.* FROM (%s) found) placed,
         (SELECT %%s::float8[] areas_ha, %%s::int side, %%s::int half,
                 %%s::boolean sintetico) sizes
) points
"""  # noqa: S608
# Month numbers as YYYY-MM; to_char takes twice as long as the rest of the tile.
_MONTH: Final = (
    "({0} / 12 + 2015) || CASE WHEN {0} %% 12 < 9 THEN '-0' ELSE '-' END"
    " || {0} %% 12 + 1"
)
_BIN_MONTH: Final = COUNT_BITS + 2
_SQUARE: Final = (1 << SQUARE_BITS) - 1
# One range of the key a year: years that nobody asked for are not read.
_YEARS: Final = f"""
generate_series(%s, %s) year, LATERAL (
    SELECT * FROM territory_alertcell
    WHERE source = %s AND year_square >= (year::bigint << {SQUARE_BITS}) + %s
          AND year_square < (year::bigint << {SQUARE_BITS}) + %s
) cells
"""  # noqa: S608
# In order, a tile packs a tenth smaller.
_SQUARES: Final = f"""
SELECT cell, alertas, confianza,
       {_MONTH.format("first")} desde, {_MONTH.format("last")} hasta
FROM (SELECT (year_square & {_SQUARE}) - %s cell, sum(alerts)::bigint alertas,
             max(confidence) confianza, min(bins[1]) >> {_BIN_MONTH} first,
             max(bins[cardinality(bins)]) >> {_BIN_MONTH} last
      FROM {_YEARS} GROUP BY 1 ORDER BY 1) squares
"""  # noqa: S608
_SQUARES_FILTERED: Final = f"""
SELECT cell, alertas, confianza,
       {_MONTH.format("first")} desde, {_MONTH.format("last")} hasta
FROM (
    SELECT (year_square & {_SQUARE}) - %s cell,
           sum(bin & {MOST_IN_BIN})::bigint alertas,
           max(bin >> {COUNT_BITS} & 3) + 1 confianza,
           min(bin) >> {_BIN_MONTH} first, max(bin) >> {_BIN_MONTH} last
    FROM {_YEARS}, unnest(bins) bin
    WHERE bin >= %s AND bin < %s AND (bin >> {COUNT_BITS} & 3) + 1 >= %s
    GROUP BY 1 ORDER BY 1
) squares
"""  # noqa: S608
_ALERTS: Final = """
SELECT (pixel >> %s) - %s cell, count(*) alertas, max(confidence)::int confianza,
       min(alert_date)::text desde, max(alert_date)::text hasta
FROM territory_forestalert
WHERE pixel >= %s AND pixel < %s AND source = %s AND gone_load_id IS NULL
      AND alert_date >= %s AND alert_date < %s AND confidence >= %s
GROUP BY 1
"""
_OUTLINES: Final = """
SELECT ST_AsMVT(shapes, %s, 4096, 'geom') FROM (
    SELECT ST_AsMVTGeom(ST_Transform(geom, 3857),
                        ST_TileEnvelope(%s, %s, %s)) geom, {}
    FROM {} WHERE geom && ST_Transform(ST_TileEnvelope(%s, %s, %s), 4326) AND {}
) shapes WHERE geom IS NOT NULL
"""
_LIMITS: Final = {
    Limit.DISTRICTS: _OUTLINES.format(
        "ubigeo, p.name nombre",
        "territory_place p JOIN territory_boundarygeneration g"
        " ON g.id = p.generation_id",
        "g.is_current AND p.level = 'district'",
    ),
    Limit.ZONES: _OUTLINES.format(
        "kind tipo, name nombre, is_synthetic sintetico",
        "territory_zone",
        "valid_to IS NULL",
    ),
}
_AFTER_LAST_DAY: Final = date(2060, 1, 1)


def _from_squares(tile: Tile, level: int, wanted: AlertFilter) -> tuple[str, list[Any]]:
    squares = square_range(level, *tile.cells(level))
    months = [
        month_number(wanted.start or FIRST_DAY),
        month_number(wanted.end or _AFTER_LAST_DAY),
    ]
    # No alert is of a year to come, but for a clock that is a little behind.
    last_year = month_number(timezone.localdate()) // 12 + 1
    years = [months[0] // 12, min((months[1] - 1) // 12, last_year)]
    asked = [squares[0], *years, int(wanted.source), *squares]
    if wanted.start is None and wanted.end is None and wanted.confidence <= 2:
        return _SQUARES, asked
    bins = [month << _BIN_MONTH for month in months]
    return _SQUARES_FILTERED, [*asked, *bins, wanted.confidence]


def _from_alerts(tile: Tile, level: int, wanted: AlertFilter) -> tuple[str, list[Any]]:
    first, after = tile.cells(ZOOM)
    shift = 2 * (ZOOM - level)
    days = [wanted.start or FIRST_DAY, wanted.end or _AFTER_LAST_DAY]
    where = [first, after, int(wanted.source), *days, wanted.confidence]
    return _ALERTS, [shift, first >> shift, *where]


def _areas_ha(first: int, rows: int, level: int, source: Source) -> list[float]:
    """Return the area of one pixel in each row of cells, from north to south."""
    row = np.arange(first, first + rows) + 0.5
    latitude = np.degrees(np.arcsin(np.tanh((0.5 - row / (1 << level)) * 2 * np.pi)))
    areas_ha: list[float] = source.areas_ha(latitude).tolist()
    return areas_ha


def _fetched(query: str, parameters: list[Any]) -> bytes:
    with transaction.atomic(), connection.cursor() as cursor:
        limit = f"SET LOCAL statement_timeout = {TIMEOUT_MS}; "
        cursor.execute(limit + _ALONE + query, parameters)
        (tile,) = cursor.fetchone()
    return bytes(tile)
