"""What holds for a GEOBOSQUES figure in whatever form it comes."""

from decimal import Decimal
from typing import Final

from indicators.sources.records import RowError

FIRST_YEAR: Final = 2001
PIXEL_HA: Final = Decimal("0.09")
# Printed values are rounded to hundredths.
ROUNDING_HA: Final = Decimal("0.005")
# All of Peru has 128.5 million hectares of land (INEI).
LARGEST_HA: Final = Decimal(130_000_000)
_REASONS: Final = {
    "ubigeo_form": (
        "no es un ubigeo de seis dígitos",
        "is not a ubigeo of six digits",
    ),
    "ubigeo_unknown": (
        "no es un distrito conocido de la zona",
        "is not a known district of the area",
    ),
    "ubigeo_twice": ("el distrito se repite", "the district stands twice"),
    "year_twice": ("el año se repite", "the year stands twice"),
    "year_range": (
        "el año está fuera de lo posible",
        "the year is outside what is possible",
    ),
    "negative": (
        "el área es negativa",
        "the area is negative",
    ),
    "too_large": (
        "el área es mayor que la del Perú",
        "the area is larger than all of Peru",
    ),
}


def rule_error(row: int | None, column: str, value: str, reason: str) -> RowError:
    """Return the error of a cell that breaks the rule named `reason`."""
    return RowError(row, column, value[:40], *_REASONS[reason])
