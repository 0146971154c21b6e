"""The alert data sets of Global Forest Watch and the sensors of FIRMS: their names.

Light enough for the settings, which check the names they are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class AlertDataset:
    """Names of one alert data set."""

    code: str

    @property
    def date_field(self) -> str:
        """Return the column that holds the day of the alert."""
        return f"{self.code}__date"

    @property
    def confidence_field(self) -> str:
        """Return the column that holds the confidence word."""
        return f"{self.code}__confidence"


DATASETS: Final[Mapping[str, AlertDataset]] = {
    dataset.code: dataset
    for dataset in (
        AlertDataset("gfw_integrated_alerts"),
        AlertDataset("umd_glad_landsat_alerts"),
        AlertDataset("umd_glad_sentinel2_alerts"),
        AlertDataset("wur_radd_alerts"),
        AlertDataset("umd_glad_dist_alerts"),
        AlertDataset("gfw_integrated_dist_alerts"),
    )
}

SENSORS: Final = (
    "VIIRS_NOAA20_NRT",
    "VIIRS_NOAA21_NRT",
    "VIIRS_SNPP_NRT",
    "MODIS_NRT",
)


def known_names(setting: str, names: Sequence[str], known: Sequence[str]) -> list[str]:
    """Return the names of a setting when each is known and stands once.

    Raises:
        ValueError: one is not, or stands twice; the message names the setting.
    """
    for place, name in enumerate(names):
        if name not in known or name in names[:place]:
            raise ValueError(
                f"{setting}: {name!r} stands twice or is none of {', '.join(known)}"
            )
    return list(names)
