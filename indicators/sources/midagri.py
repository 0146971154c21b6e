"""Agricultural production by month, district and crop, of MIDAGRI and the region.

Service: none; both sources arrive as files (checked 2026-11-20). SISAGRI is the
national workbook `Sisagri_2016_2025.xlsx`, a sheet for each five years, one row a
month × district × crop. The regional open-data CSV has the same facts with other
names, repeats its header inside and has ragged rows.
Units: production t, harvested area ha, price paid at the farm S/ per kg; a price of
0 means "not known". Of perennial crops the harvested area is the standing area,
repeated every month: it is never added over months.
Lag about three months; past months are corrected later. No licence is stated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from indicators.sources.spreadsheet import Limits

# The national workbook: ten years of 1,890 districts; Excel itself ends at 1,048,576
# rows a sheet. Read by the worker only.
LIMITS: Final = Limits(
    file_bytes=60 * 1024 * 1024, unpacked_bytes=500 * 1024 * 1024, cells=14_000_000
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one source: field → names that may head it, best first.

    Names are compared without accents, case, spaces and signs.
    """

    source_code: str
    columns: Mapping[str, tuple[str, ...]]


SISAGRI: Final = Layout(
    source_code="midagri_sisagri",
    columns={
        "year": ("anho", "anio", "año"),
        "month": ("mes",),
        "ubigeo": ("COD_UBIGEO",),
        "district": ("Dist",),
        "crop": ("dsc_Cultivo",),
        "production_t": ("PRODUCCION(t)",),
        "harvested_ha": ("COSECHA (ha)",),
        "price_pen_kg": ("MTO_PRECCHAC (S/ x kg)", "MTO_PRECCHAC"),
    },
)
REGIONAL: Final = Layout(
    source_code="midagri_regional",
    columns={
        "year": ("ANO", "ANIO"),
        "month": ("MES",),
        "ubigeo": ("UBIGEO",),
        "district": ("DISTRITO",),
        "crop": ("CULTIVO",),
        "production_t": ("PRODUCCION",),
        "harvested_ha": ("COSECHA",),
        "price_pen_kg": ("PRECIO_CHACRA",),
    },
)
LAYOUTS: Final[Mapping[str, Layout]] = {
    layout.source_code: layout for layout in (SISAGRI, REGIONAL)
}
