import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory import pixels

longitudes = st.floats(-180.0, 180.0)
latitudes = st.floats(-85.05, 85.05)


def one(longitude: float, latitude: float) -> int:
    return int(pixels.encode(np.array([longitude]), np.array([latitude]))[0])


def slow_code(x: int, y: int) -> int:
    """The same interleaving, bit by bit."""
    return sum(
        ((x >> bit) & 1) << (2 * bit) | ((y >> bit) & 1) << (2 * bit + 1)
        for bit in range(24)
    )


@given(longitudes, latitudes)
def test_a_cell_centre_lies_within_half_a_cell_of_the_point(longitude, latitude):
    centre_lon, centre_lat = pixels.decode(np.array([one(longitude, latitude)]))
    half_cell_deg = 180 / 2**24
    assert abs(centre_lon[0] - longitude) <= half_cell_deg * 1.001
    assert abs(centre_lat[0] - latitude) <= half_cell_deg * 1.001


@given(st.integers(0, 2**48 - 1))
def test_a_code_decodes_to_its_own_cell(code):
    longitude, latitude = pixels.decode(np.array([code]))
    assert one(longitude[0], latitude[0]) == code


@given(longitudes, latitudes)
def test_code_is_the_interleaved_tile_of_zoom_24(longitude, latitude):
    x = min(int((longitude + 180) / 360 * 2**24), 2**24 - 1)
    phi = math.radians(latitude)
    stretched = math.log(math.tan(phi) + 1 / math.cos(phi))
    exact_y = (1 - stretched / math.pi) / 2 * 2**24
    # On the very edge of a cell the two formulas may round to either side.
    candidates = {slow_code(x, math.floor(exact_y + nudge)) for nudge in (-1e-4, 1e-4)}
    assert one(longitude, latitude) in candidates


def test_a_known_tile_holds_its_codes_and_no_other():
    # Tile 10/294/535 holds the town of Tocache (76.51° W, 8.18° S).
    first, after = pixels.tile_range(10, 294, 535)
    assert first <= one(-76.51, -8.18) < after
    assert not first <= one(-76.51, -7.5) < after
    assert after - first == 4 ** (24 - 10)


@given(longitudes, latitudes, st.integers(0, 24))
def test_every_point_lies_in_the_range_of_its_tile(longitude, latitude, z):
    code = one(longitude, latitude)
    side = 24 - z
    x = sum(((code >> (2 * bit)) & 1) << bit for bit in range(24)) >> side
    y = sum(((code >> (2 * bit + 1)) & 1) << bit for bit in range(24)) >> side
    first, after = pixels.tile_range(z, x, y)
    assert first <= code < after


@pytest.mark.parametrize("tile", [(25, 0, 0), (-1, 0, 0), (1, 2, 0), (1, 0, -1)])
def test_no_such_tile(tile):
    with pytest.raises(ValueError, match="no tile"):
        pixels.tile_range(*tile)


@pytest.mark.parametrize(
    "point", [(math.nan, 0.0), (0.0, math.nan), (180.5, 0.0), (0.0, 86.0)]
)
def test_a_point_off_the_map_is_refused(point):
    with pytest.raises(ValueError, match="beyond"):
        one(*point)


def test_neighbouring_pixels_of_ten_metres_have_codes_of_their_own():
    step = 0.0001
    grid = np.arange(200) * step
    longitude, latitude = np.meshgrid(-76.5 + grid, -8.2 + grid)
    codes = pixels.encode(longitude.ravel(), latitude.ravel())
    assert len(np.unique(codes)) == 40_000


def test_area_of_a_pixel_of_the_integrated_alerts():
    # A real client was told 1.1944 ha for 98 alerts somewhere in the Amazon.
    area_ha = pixels.cell_area_ha(np.array([-8.2]), 10 / 100_000)[0]
    assert area_ha * 98 == pytest.approx(1.1944, rel=1e-3)


def test_area_adds_up_to_the_whole_earth():
    latitude = np.arange(-89.75, 90.0, 0.5)
    cells = pixels.cell_area_ha(latitude, 0.5)
    assert cells.sum() * 720 == pytest.approx(510_065_622e2, rel=1e-4)


def test_area_comes_in_whole_steps():
    area_ha = pixels.cell_area_ha(np.linspace(-20, 20, 101), 10 / 40_000)
    steps = area_ha / pixels.AREA_STEP_HA
    assert np.abs(steps - np.rint(steps)).max() < 1e-6
