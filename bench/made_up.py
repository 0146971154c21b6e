"""Made-up input of the benchmarks: a province of six districts and its alerts."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from django.contrib.gis.geos import MultiPolygon
from django.contrib.gis.geos import Polygon as GeosPolygon
from shapely import Polygon

from indicators.models import Source
from indicators.sources.registry import GFW_INTEGRATED_ALERTS
from territory.models import BoundaryGeneration, Jurisdiction, Place

Degrees = npt.NDArray[np.float64]

WEST, SOUTH, EAST, NORTH = -77.0, -9.0, -76.0, -7.8
_VERTICES = 120
_CELLS_PER_DEGREE = 10_000
_ALERTS_PER_CLEARING = 200
_WORDS = np.array(["nominal", "high", "highest"], dtype="S7")
_ROWS_AT_ONCE = 1_000_000
HEADER = (
    b"longitude,latitude,gfw_integrated_alerts__date,gfw_integrated_alerts__confidence"
)


def districts() -> list[Polygon]:
    """Return six polygons with irregular shared borders, in degrees WGS 84."""
    rng = np.random.default_rng(6)

    def wandering(start: float) -> Degrees:
        along = np.linspace(0.0, 1.0, _VERTICES)
        return np.column_stack(
            [start + 0.005 * np.cumsum(rng.normal(size=_VERTICES)), along]
        )

    frame = shapely.box(0.0, 0.0, 1.0, 1.0)
    cuts = [wandering(0.33), wandering(0.66), wandering(0.5)[:, ::-1]]
    lines = shapely.union_all(
        [shapely.boundary(frame), *(shapely.LineString(cut) for cut in cuts)]
    )
    pieces = shapely.get_parts(shapely.polygonize([lines]))
    size, corner = np.array([EAST - WEST, NORTH - SOUTH]), np.array([WEST, SOUTH])
    return [
        Polygon(shapely.get_coordinates(piece) * size + corner)
        for piece in sorted(pieces, key=shapely.area)[-6:]
    ]


def store_districts() -> None:
    """Make the six districts and the source of alerts known to this database."""
    Source.objects.get_or_create(
        code=GFW_INTEGRATED_ALERTS.code, defaults={"late_after_days": 14}
    )
    home, is_new = Jurisdiction.objects.get_or_create(
        code="banco", ubigeo="9901", name="Banco de pruebas", is_home=True
    )
    if not is_new:
        return
    generation = BoundaryGeneration.objects.create(
        code="banco",
        valid_from_year=2020,
        is_current=True,
        publisher="-",
        licence="-",
        citation="-",
    )
    for number, polygon in enumerate(districts(), start=1):
        Place.objects.create(
            jurisdiction=home,
            generation=generation,
            ubigeo=f"9901{number:02d}",
            name=f"Distrito {number}",
            level=Place.Level.DISTRICT,
            geom=MultiPolygon(GeosPolygon(shapely.get_coordinates(polygon)), srid=4326),
            area_ha=1,
        )


def write_csv(
    path: Path,
    rows: int,
    *,
    seed: int,
    first_year: int = 2024,
    years: int = 2,
    last_days: int | None = None,
) -> None:
    """Write alerts as the API's CSV has them, in no order.

    Pixels lie on the source's grid of 0.0001 degrees around clearings of some two
    hundred; days, of the years or their last ones alone, and confidences are spread
    evenly.
    """
    rng = np.random.default_rng(seed)
    first = np.datetime64(f"{first_year}-01-01")
    days = np.arange(first, np.datetime64(f"{first_year + years}-01-01"))
    if last_days is not None:
        days = days[-last_days:]
    day_texts = days.astype("S10")
    with path.open("wb") as file:
        file.write(HEADER + b"\n")
        for start in range(0, rows, _ROWS_AT_ONCE):
            count = min(_ROWS_AT_ONCE, rows - start)
            cells = cells_of(rng, count)
            lines = np.zeros(count, dtype=_LINE)
            for axis, name in enumerate(("longitude", "latitude")):
                # Cells count from a whole degree, downwards: the sign is fixed.
                whole, cell = np.divmod(cells[:, axis], _CELLS_PER_DEGREE)
                lines[f"{name}_whole"] = whole.astype("S2")
                # A one in front keeps the zeros: 123 becomes 10123, then "0123".
                digits = (cell + _CELLS_PER_DEGREE).astype("S5").view("S1")
                lines[f"{name}_cell"] = (
                    digits.reshape(-1, 5)[:, 1:].copy().view("S4")[:, 0]
                )
            lines["day"] = rng.choice(day_texts, count)
            lines["confidence"] = rng.choice(_WORDS, count)
            for name, text in _FIXED.items():
                lines[name] = text
            file.write(lines.tobytes().replace(b"\0", b""))


def write_shuffled(source: Path, path: Path, *, seed: int) -> None:
    """Write the rows of a file in another order, so that the bytes differ."""
    head, *lines = source.read_bytes().splitlines(keepends=True)
    order = np.random.default_rng(seed).permutation(len(lines))
    with path.open("wb") as file:
        file.write(head)
        file.writelines(lines[position] for position in order)


def write_mixed(path: Path, known: Path, new: Path, *, share_known: float) -> None:
    """Write as many rows as `new` has, the first of them taken from `known`."""
    head, *new_lines = new.read_bytes().splitlines(keepends=True)
    known_lines = known.read_bytes().splitlines(keepends=True)[1:]
    count = int(len(new_lines) * share_known)
    with path.open("wb") as file:
        file.write(head)
        file.writelines(known_lines[:count])
        file.writelines(new_lines[count:])


_LINE = np.dtype(
    [
        ("longitude_sign", "S1"),
        ("longitude_whole", "S2"),
        ("longitude_point", "S1"),
        ("longitude_cell", "S4"),
        ("longitude_end", "S2"),
        ("latitude_sign", "S1"),
        ("latitude_whole", "S2"),
        ("latitude_point", "S1"),
        ("latitude_cell", "S4"),
        ("latitude_end", "S2"),
        ("day", "S10"),
        ("comma", "S1"),
        ("confidence", "S7"),
        ("end", "S1"),
    ]
)
_FIXED = {
    "longitude_sign": b"-",
    "longitude_point": b".",
    "longitude_end": b"5,",
    "latitude_sign": b"-",
    "latitude_point": b".",
    "latitude_end": b"5,",
    "comma": b",",
    "end": b"\n",
}


def cells_of(rng: np.random.Generator, count: int) -> npt.NDArray[np.int64]:
    """Return cells of the grid west of Greenwich and south of the equator."""
    low = np.array([-EAST, -NORTH]) + 0.02
    high = np.array([-WEST, -SOUTH]) - 0.02
    clearings = max(1, count // _ALERTS_PER_CLEARING)
    centres = rng.uniform(low, high, size=(clearings, 2))
    points = centres[rng.integers(0, clearings, count)]
    points = np.clip(points + rng.normal(scale=0.003, size=(count, 2)), low, high)
    return (points * _CELLS_PER_DEGREE).astype(np.int64)
