"""GEOBOSQUES: the alerts of a year as a raster in a zip.

Service: http://geobosques.minam.gob.pe/geobosque/descargas_geobosque/alerta/
    espaciales/Alertas_PNCB_raster_{year}.zip
Licence: none stated; public data, cite MINAM (PNCBMCC), GEOBOSQUES.
Publication lag: weekly during the year.
Checked: 2026-11-20, documents and public clients only; never called live.

Quirks
- One band: 0 or "no data" is no alert, another value the day of the year (the day is
  31 December of the year before, plus the value). The year stands in the name alone.
- Grid of 30 m in UTM 18 South (EPSG:32718): 0.09 ha a pixel.
- No field says how sure an alert is: the lowest confidence is stored.
- A zip may unpack to anything: one .tif is taken, of a bounded size, and GDAL may
  open it as GeoTIFF only, without the files beside it.

Brings rasterio and GDAL with it: for tasks and commands only.
"""

import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

import numpy as np
import rasterio
from rasterio.errors import RasterioError
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window, from_bounds

from indicators.sources.arcgis import Box
from indicators.sources.errors import ContentRefused
from indicators.sources.gfw import AlertColumns
from indicators.sources.session import Fetched, Session

CONFIDENCE: Final = 2
EPSG: Final = 32718
FIRST_YEAR: Final = 2020
# The whole Amazon of Peru is 40,000 by 60,000 pixels of two bytes.
LARGEST_TIF_BYTES: Final = 6 * 1024**3
_SIDE_PIXELS: Final = 1024
_COPY_BYTES: Final = 1 << 20


def fetch(session: Session, year: int) -> Fetched:
    """Return the raw zip of a year; errors as `Session.fetch`."""
    return session.get(f"/Alertas_PNCB_raster_{year}.zip")


def read_zip(
    path: Path, *, name: str, box: Box, last_day: date, room: Path
) -> Iterator[AlertColumns]:
    """Yield the alerts of a zip inside a box, a square of pixels at a time.

    `name` is the file's own and carries the year; `box` is (west, south, east, north)
    in degrees; `room` is a folder with space for the raster. Memory does not grow with
    the raster. Centres of pixels are given in degrees WGS 84.

    Raises:
        ContentRefused: no zip, not exactly one .tif, too large, no year in the name,
            another grid, or a day that cannot be.
    """
    with TemporaryDirectory(dir=room, prefix=".raster-") as folder:
        tif = Path(folder) / "alerts.tif"
        member = _unpack(path, tif)
        yield from _read(tif, _year(name, member), box, last_day)


def _unpack(path: Path, target: Path) -> str:
    """Write the only .tif of the zip and return its name, counting what is written."""
    try:
        with zipfile.ZipFile(path) as archive:
            rasters = [
                member
                for member in archive.infolist()
                if member.filename.lower().endswith((".tif", ".tiff"))
            ]
            if len(rasters) != 1:
                raise _refused(
                    "no_raster",
                    f"El zip debe traer un solo .tif, y trae {len(rasters)}.",
                    f"The zip must carry one .tif, and carries {len(rasters)}.",
                )
            [raster] = rasters
            # Rasters that are almost all zero deflate a thousandfold, as bombs do: the
            # size counts, not the ratio, and the disk must stay usable.
            limit = min(LARGEST_TIF_BYTES, shutil.disk_usage(target.parent).free // 2)
            with archive.open(raster) as packed, target.open("wb") as whole:
                _copy(packed, whole, limit)
            return raster.filename
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _refused(
            "bad_zip",
            "El archivo no es un zip que se pueda abrir.",
            "The file is no zip that can be opened.",
        ) from error


def _copy(packed: IO[bytes], whole: IO[bytes], limit: int) -> None:
    size = 0
    while piece := packed.read(_COPY_BYTES):
        size += len(piece)
        if size > limit:
            raise _refused(
                "too_large",
                f"El ráster, descomprimido, supera {limit:,} bytes.",
                f"The raster, unpacked, is larger than {limit:,} bytes.",
            )
        whole.write(piece)


def _year(name: str, member: str) -> int:
    for text in (name, member):
        found = re.findall(r"(?<!\d)20\d\d(?!\d)", text)
        if found and int(found[-1]) >= FIRST_YEAR:
            return int(found[-1])
    raise _refused(
        "no_year",
        "El nombre del archivo no dice de qué año es.",
        "The name of the file does not say of which year it is.",
    )


def _read(tif: Path, year: int, box: Box, last_day: date) -> Iterator[AlertColumns]:
    # Nothing but the file itself: no list of the folder, no .aux.xml beside it.
    alone = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_PAM_ENABLED": "NO"}
    try:
        with rasterio.Env(**alone), rasterio.open(tif, driver="GTiff") as raster:
            _check_grid(raster)
            for window in _windows(raster, box):
                columns = _columns(raster, window, year, last_day)
                if len(columns):
                    yield columns
    except RasterioError as error:
        raise _refused(
            "bad_raster",
            "El .tif no se puede leer o está cortado.",
            "The .tif cannot be read or is cut.",
        ) from error


def _check_grid(raster: Any) -> None:
    whole_numbers = np.issubdtype(np.dtype(raster.dtypes[0]), np.integer)
    epsg = raster.crs.to_epsg() if raster.crs else None
    if raster.count != 1 or not whole_numbers or epsg != EPSG:
        raise _refused(
            "other_grid",
            f"El ráster no es de una banda de enteros en EPSG:{EPSG}.",
            f"The raster is not one band of integers in EPSG:{EPSG}.",
        )


def _windows(raster: Any, box: Box) -> Iterator[Window]:
    """Yield squares of the raster that cover the box."""
    bounds = transform_bounds("EPSG:4326", raster.crs, *box)
    wanted = from_bounds(*bounds, transform=raster.transform)
    first_row, first_column = int(wanted.row_off), int(wanted.col_off)
    last_row = int(wanted.row_off + wanted.height) + 1
    last_column = int(wanted.col_off + wanted.width) + 1
    rows = range(max(first_row, 0), min(last_row, raster.height), _SIDE_PIXELS)
    columns = range(max(first_column, 0), min(last_column, raster.width), _SIDE_PIXELS)
    for row in rows:
        height = min(_SIDE_PIXELS, raster.height - row)
        for column in columns:
            yield Window(column, row, min(_SIDE_PIXELS, raster.width - column), height)


def _columns(raster: Any, window: Window, year: int, last_day: date) -> AlertColumns:
    days = raster.read(1, window=window)
    seen = days != 0
    if raster.nodata is not None:
        seen &= days != raster.nodata
    rows, columns = np.nonzero(seen)
    of_year = days[rows, columns].astype(np.int64)
    eve = date(year - 1, 12, 31)
    latest = min(last_day, date(year, 12, 31))
    bad = (of_year < 1) | (of_year > (latest - eve) // timedelta(days=1))
    if bad.any():
        value = int(of_year[bad][0])
        raise _refused(
            "day_range",
            f"El valor {value} no es un día de {year} que ya pasó.",
            f"The value {value} is not a day of {year} that has passed.",
        )
    matrix = raster.transform
    across = columns + window.col_off + 0.5
    down = rows + window.row_off + 0.5
    easting = matrix.a * across + matrix.b * down + matrix.c
    northing = matrix.d * across + matrix.e * down + matrix.f
    longitude, latitude = transform(raster.crs, "EPSG:4326", easting, northing)
    return AlertColumns(
        np.asarray(longitude, dtype=np.float64),
        np.asarray(latitude, dtype=np.float64),
        np.datetime64(eve) + of_year.astype("timedelta64[D]"),
        np.full(len(of_year), CONFIDENCE, dtype=np.int8),
    )


def _refused(code: str, reason_es: str, reason_en: str) -> ContentRefused:
    return ContentRefused(code, reason_es, reason_en)
