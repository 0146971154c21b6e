"""The data sets of alerts: their number in the rows and the size of their pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from territory import pixels
from territory.models import AlertSource


@dataclass(frozen=True, slots=True)
class Source:
    """A data set to write: its number in the rows and its pixel's side in degrees.

    `pixel_area_ha` is set where the pixels are squares in metres, all of one size.
    """

    number: int
    cell_degrees: float
    pixel_area_ha: float | None = None

    def areas_ha(self, latitude: pixels.Degrees) -> pixels.Degrees:
        """Return the area of each pixel in hectares, in steps of AREA_STEP_HA."""
        if self.pixel_area_ha is not None:
            return np.full(len(latitude), self.pixel_area_ha)
        return pixels.cell_area_ha(latitude, self.cell_degrees)


# Grids of 10 m and Landsat's of 30 m, as the API of Global Forest Watch cuts them.
_10_M: Final = 10 / 100_000
_30_M: Final = 10 / 40_000
# The ministry's alerts are squares of 30 m in UTM: one size, and a side in degrees
# that is right at the equator and serves for drawing.
_30_M_UTM: Final = 30 / 111_320
_UTM_PIXEL_HA: Final = 0.09

ALERT_SOURCES: Final[Mapping[int, Source]] = {
    source.number: source
    for source in (
        Source(AlertSource.GFW_INTEGRATED, _10_M),
        Source(AlertSource.GLAD_LANDSAT, _30_M),
        Source(AlertSource.GLAD_SENTINEL2, _10_M),
        Source(AlertSource.RADD, _10_M),
        Source(AlertSource.DIST, _30_M),
        Source(AlertSource.GFW_INTEGRATED_DIST, _10_M),
        Source(AlertSource.GEOBOSQUES_WEEKLY, _30_M_UTM, _UTM_PIXEL_HA),
        Source(AlertSource.GEOBOSQUES_RASTER, _30_M_UTM, _UTM_PIXEL_HA),
        Source(AlertSource.SYNTHETIC, _10_M),
    )
}
