"""Weekly alerts, the yearly raster, MapBiomas and FIRMS, each with its faults."""

import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from pytest_httpserver import HTTPServer
from rasterio.transform import from_origin
from rasterio.warp import transform
from werkzeug import Request, Response

from indicators.sources import firms, geobosques_raster, geobosques_weekly, mapbiomas
from indicators.sources.errors import (
    ContentRefused,
    PassingFault,
    RequestRefused,
    SourceError,
)
from indicators.sources.registry import (
    GEOBOSQUES_WEEKLY,
    MAPBIOMAS_ALERTS,
    NASA_FIRMS,
    open_session,
)
from indicators.sources.session import Session
from indicators.sources.spec import SourceSpec

BOX = (-76.0, -8.0, -75.9, -7.9)
TODAY = date(2026, 11, 20)
MAP_KEY = "5f1f0c0ffee0b7f6c1e1d2a4b7c9e550"
Open = Callable[[SourceSpec], Session]


@pytest.fixture
def opened(httpserver: HTTPServer) -> Iterator[Open]:
    sessions = []

    def open_one(spec: SourceSpec) -> Session:
        session = open_session(
            spec,
            api_key=MAP_KEY if spec.key_env else None,
            base_url=httpserver.url_for("").rstrip("/"),
            endpoints=frozenset({(httpserver.host, httpserver.port)}),
        )
        sessions.append(session)
        return session

    yield open_one
    for session in sessions:
        session.close()


def at_noon(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T05:00:00+00:00").timestamp() * 1000)


def point(number: int, day: str = "2026-11-10") -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": number,
        "geometry": {"type": "Point", "coordinates": [-75.95, -7.95 + number / 1e4]},
        "properties": {"fe_alerta": at_noon(day), "ubigeo": "221001"},
    }


class MapService:
    """A layer with some points, at most `most` a page, that may lie about its count."""

    def __init__(self, httpserver: HTTPServer, rows: int, *, most: int = 1000) -> None:
        self.points = [point(number) for number in range(rows)]
        self.most = most
        self.count = rows
        self.flag_inside = False
        self.offsets: list[int] = []
        httpserver.expect_request("/0/query").respond_with_handler(self._serve)

    def _serve(self, request: Request) -> Response:
        if request.args.get("returnCountOnly") == "true":
            return Response(json.dumps({"count": self.count}))
        offset = int(request.args["resultOffset"])
        self.offsets.append(offset)
        page = self.points[offset : offset + self.most]
        more = offset + len(page) < len(self.points)
        answer: dict[str, Any] = {"type": "FeatureCollection", "features": page}
        told = {"exceededTransferLimit": True} if more else {}
        answer |= {"properties": told} if self.flag_inside else told
        return Response(json.dumps(answer), content_type="application/geo+json")


# --- GEOBOSQUES: weekly alerts ---------------------------------------------------


@pytest.mark.parametrize("flag_inside", [False, True])
def test_pages_are_read_until_all_that_are_counted_came(
    httpserver: HTTPServer, opened: Open, flag_inside: bool
) -> None:
    service = MapService(httpserver, 25, most=10)
    service.flag_inside = flag_inside
    pages = geobosques_weekly.fetch(opened(GEOBOSQUES_WEEKLY), BOX)
    alerts = [geobosques_weekly.parse(page.body, last_day=TODAY) for page in pages]
    assert service.offsets == [0, 10, 20]
    assert sum(map(len, alerts)) == 25
    assert {day.item() for page in alerts for day in page.day} == {date(2026, 11, 10)}
    assert {level for page in alerts for level in page.confidence.tolist()} == {2}


def test_an_empty_week_is_no_fault(httpserver: HTTPServer, opened: Open) -> None:
    MapService(httpserver, 0)
    [page] = geobosques_weekly.fetch(opened(GEOBOSQUES_WEEKLY), BOX)
    assert len(geobosques_weekly.parse(page.body, last_day=TODAY)) == 0


def test_fewer_rows_than_counted_are_refused(
    httpserver: HTTPServer, opened: Open
) -> None:
    MapService(httpserver, 25, most=10).count = 26
    with pytest.raises(PassingFault, match="cuenta 26 registros y envió 25"):
        geobosques_weekly.fetch(opened(GEOBOSQUES_WEEKLY), BOX)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"error":{"code":400,"message":"Invalid query"}}', "service_error"),
        (b"<html>mantenimiento</html>", "html"),
        (b'{"count":"many"}', "no_count"),
        (b"", "empty"),
        (b'{"count":', "cut_short"),
    ],
)
def test_an_error_with_status_200_is_refused(
    httpserver: HTTPServer, opened: Open, body: bytes, code: str
) -> None:
    httpserver.expect_request("/0/query").respond_with_data(body)
    with pytest.raises(ContentRefused) as refused:
        geobosques_weekly.fetch(opened(GEOBOSQUES_WEEKLY), BOX)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"geometry": None}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": ["-75", "-8"]}}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [-75.9, 99]}}, "geometry"),
        ({"properties": {}}, "fe_alerta"),
        ({"properties": {"fe_alerta": None}}, "fe_alerta"),
        ({"properties": {"fe_alerta": True}}, "fe_alerta"),
        ({"properties": {"fe_alerta": at_noon("2026-11-21")}}, "fe_alerta"),
        ({"properties": {"fe_alerta": 10**20}}, "fe_alerta"),
    ],
)
def test_a_bad_point_refuses_the_page(change: dict[str, Any], column: str) -> None:
    page = json.dumps({"features": [point(1), point(2) | change]}).encode()
    with pytest.raises(ContentRefused) as refused:
        geobosques_weekly.parse(page, last_day=TODAY)
    [error] = refused.value.row_errors
    assert (error.row, error.column) == (2, column)


# --- GEOBOSQUES: raster of a year ------------------------------------------------


def a_raster(
    path: Path,
    cells: dict[tuple[int, int], int],
    *,
    epsg: int = 32718,
    dtype: str = "uint16",
    side: int = 2200,
) -> Path:
    """Write a raster whose north-west corner is known; cells are (row, column)."""
    days = np.zeros((side, side), dtype=dtype)
    for place, value in cells.items():
        days[place] = value
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=side,
        width=side,
        count=1,
        dtype=dtype,
        crs=f"EPSG:{epsg}",
        transform=from_origin(380_000, 9_130_000, 30, 30),
        tiled=True,
        compress="deflate",
    ) as raster:
        raster.write(days, 1)
    return path


def zipped(path: Path, *members: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members:
            archive.writestr(name, body)
    return path


def read(path: Path, *, name: str = "Alertas_PNCB_raster_2026.zip", **more: Any) -> Any:
    box = more.pop("box", (-77.2, -8.8, -75.0, -7.6))
    pieces = geobosques_raster.read_zip(
        path, name=name, box=box, last_day=TODAY, room=path.parent
    )
    return list(pieces)


def test_a_raster_gives_days_and_centres(tmp_path: Path) -> None:
    tif = a_raster(tmp_path / "a.tif", {(10, 20): 1, (2000, 2100): 314})
    package = zipped(tmp_path / "a.zip", ("alertas/a.tif", tif.read_bytes()))
    pieces = read(package)
    assert len(pieces) == 2  # one a square of pixels: memory does not grow
    days = [piece.day[0].item() for piece in pieces]
    assert days == [date(2026, 1, 1), date(2026, 11, 10)]
    [easting], [northing] = transform(
        "EPSG:4326", "EPSG:32718", pieces[0].longitude, pieces[0].latitude
    )
    assert easting == pytest.approx(380_000 + 20.5 * 30, abs=0.01)
    assert northing == pytest.approx(9_130_000 - 10.5 * 30, abs=0.01)
    assert [piece.confidence.tolist() for piece in pieces] == [[2], [2]]


def test_only_the_box_is_read(tmp_path: Path) -> None:
    tif = a_raster(tmp_path / "a.tif", {(10, 20): 1, (2000, 2100): 314})
    package = zipped(tmp_path / "a.zip", ("a_2026.tif", tif.read_bytes()))
    west, north = transform("EPSG:32718", "EPSG:4326", [380_000], [9_130_000])
    box = (west[0], north[0] - 0.1, west[0] + 0.1, north[0])
    assert [len(piece) for piece in read(package, name="x", box=box)] == [1]
    assert read(package, name="x", box=(-60.0, -8.0, -59.0, -7.0)) == []


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda p, t: zipped(p, ("a.txt", b"none")), "no_raster"),
        (lambda p, t: zipped(p, ("a.tif", t), ("b.tif", t)), "no_raster"),
        (lambda p, t: zipped(p, ("a.tif", bytes(50_000_000))), "too_large"),
        (lambda p, t: zipped(p, ("a.tif", b"<VRTDataset/>" * 9)), "bad_raster"),
        (lambda p, t: zipped(p, ("a.tif", t[:-2000])), "bad_raster"),
        (lambda p, t: (p.write_bytes(b"no zip"), p)[1], "bad_zip"),
        (lambda p, t: (p.write_bytes(b"<html></html>"), p)[1], "bad_zip"),
    ],
    ids=["no tif", "two", "bomb", "vrt", "cut", "no zip", "html"],
)
def test_another_package_is_refused(
    tmp_path: Path,
    spoil: Callable[[Path, bytes], Path],
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(geobosques_raster, "LARGEST_TIF_BYTES", 20_000_000)
    tif = a_raster(tmp_path / "a.tif", {(1, 1): 1, (2000, 2100): 3}).read_bytes()
    with pytest.raises(ContentRefused) as refused:
        read(spoil(tmp_path / "a.zip", tif))
    assert refused.value.code == code
    assert {path.name for path in tmp_path.iterdir()} == {"a.tif", "a.zip"}


@pytest.mark.parametrize(
    ("cells", "more", "name", "code"),
    [
        ({(1, 1): 325}, {}, "r_2026.zip", "day_range"),
        ({(1, 1): 367}, {}, "r_2024.zip", "day_range"),
        ({(1, 1): 1}, {"epsg": 32719}, "r_2026.zip", "other_grid"),
        ({(1, 1): 1}, {"dtype": "float32"}, "r_2026.zip", "other_grid"),
        ({(1, 1): 1}, {}, "alertas.zip", "no_year"),
    ],
    ids=["tomorrow", "day 367", "other zone", "not whole", "no year"],
)
def test_another_raster_is_refused(
    tmp_path: Path, cells: Any, more: Any, name: str, code: str
) -> None:
    tif = a_raster(tmp_path / "a.tif", cells, side=64, **more)
    package = zipped(tmp_path / "a.zip", ("a.tif", tif.read_bytes()))
    with pytest.raises(ContentRefused) as refused:
        read(package, name=name)
    assert refused.value.code == code


# --- MapBiomas -------------------------------------------------------------------


def polygon(number: int, **change: Any) -> dict[str, Any]:
    west = -75.98 + number / 1000
    ring = [[west, -7.95], [west + 0.01, -7.95], [west + 0.01, -7.94], [west, -7.95]]
    feature: dict[str, Any] = {
        "type": "Feature",
        "id": f"dashboard-alerts-staging.{number}",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"id": 5000 + number, "detected_at": "2026-10-05T00:00:00Z"},
    }
    return feature | change


def test_polygons_are_asked_latitude_first_and_counted(
    httpserver: HTTPServer, opened: Open
) -> None:
    def serve(request: Request) -> Response:
        start = int(request.args["startIndex"])
        page = [polygon(n) for n in range(5)][start : start + 2]
        return Response(json.dumps({"features": page, "numberMatched": 5}))

    httpserver.expect_request("/ows").respond_with_handler(serve)
    pages = mapbiomas.fetch_polygons(opened(MAPBIOMAS_ALERTS), BOX)
    assert len(pages) == 3
    asked = httpserver.log[0][0].args["bbox"]
    assert asked == "-8.0,-76.0,-7.9,-75.9,urn:ogc:def:crs:EPSG::4326"
    found = mapbiomas.parse_polygons(pages[0].body, box=BOX, last_day=TODAY)
    assert [p.external_id for p in found] == ["5000", "5001"]
    assert found[0].detected_on == date(2026, 10, 5)
    assert shapely.from_wkb(found[0].wkb).geom_type == "MultiPolygon"


def test_polygons_fewer_than_counted_are_refused(
    httpserver: HTTPServer, opened: Open
) -> None:
    pages = iter([[polygon(1)], []])

    def serve(_: Request) -> Response:
        return Response(json.dumps({"features": next(pages), "numberMatched": 2}))

    httpserver.expect_request("/ows").respond_with_handler(serve)
    with pytest.raises(PassingFault, match="cuenta 2 polígonos y envió 1"):
        mapbiomas.fetch_polygons(opened(MAPBIOMAS_ALERTS), BOX)


def test_an_exception_in_xml_is_refused(httpserver: HTTPServer, opened: Open) -> None:
    xml = '<?xml version="1.0"?><ows:ExceptionReport/>'
    httpserver.expect_request("/ows").respond_with_data(xml, content_type="text/xml")
    with pytest.raises(ContentRefused) as refused:
        mapbiomas.fetch_polygons(opened(MAPBIOMAS_ALERTS), BOX)
    assert refused.value.code == "html"


def test_a_polygon_that_crosses_itself_is_repaired_and_said_so() -> None:
    bow = [[-75.98, -7.95], [-75.97, -7.94], [-75.97, -7.95], [-75.98, -7.94]]
    crossed = {"type": "Polygon", "coordinates": [[*bow, bow[0]]]}
    page = json.dumps({"features": [polygon(1, geometry=crossed)]}).encode()
    [found] = mapbiomas.parse_polygons(page, box=BOX, last_day=TODAY)
    assert found.is_repaired
    assert shapely.from_wkb(found.wkb).is_valid


SWAPPED = {
    "type": "Polygon",
    "coordinates": [
        [[-7.95, -75.98], [-7.95, -75.97], [-7.94, -75.97], [-7.95, -75.98]]
    ],
}


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"geometry": SWAPPED}, "geometry"),
        ({"geometry": {"type": "Point", "coordinates": [-75.9, -7.9]}}, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": []}}, "geometry"),
        ({"geometry": {"type": "Polygon", "coordinates": [["x"]]}}, "geometry"),
        ({"geometry": None}, "geometry"),
        ({"properties": {"id": 1, "detected_at": "2026-11-21"}}, "detected_at"),
        ({"properties": {"id": 1}}, "detected_at"),
        ({"properties": {"detected_at": "2026-10-05"}, "id": None}, "id"),
    ],
)
def test_a_bad_polygon_refuses_the_page(change: dict[str, Any], column: str) -> None:
    page = json.dumps({"features": [polygon(1), polygon(2, **change)]}).encode()
    with pytest.raises(ContentRefused) as refused:
        mapbiomas.parse_polygons(page, box=BOX, last_day=TODAY)
    assert {(e.row, e.column) for e in refused.value.row_errors} == {(2, column)}


# --- NASA FIRMS ------------------------------------------------------------------

VIIRS = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,"
    "confidence,version,bright_ti5,frp,daynight\n"
    "-7.95,-75.95,330.1,0.4,0.4,2026-11-18,534,N20,VIIRS,n,2.0NRT,290.1,5.4,N\n"
)
MODIS = (
    "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,"
    "confidence,version,bright_t31,frp,daynight\n"
    "-7.95,-75.95,330.1,1.0,1.0,2026-11-18,1512,Terra,MODIS,87,6.1NRT,290.1,,D\n"
)


def test_days_are_asked_five_at_a_time_and_the_key_stays_secret(
    httpserver: HTTPServer, opened: Open
) -> None:
    httpserver.expect_request("/api/area/csv/" + MAP_KEY, method="GET")
    for first, days in (("2026-11-09", 5), ("2026-11-14", 5), ("2026-11-19", 2)):
        path = f"/api/area/csv/{MAP_KEY}/VIIRS_NOAA20_NRT"
        httpserver.expect_ordered_request(
            f"{path}/-76.0000,-8.0000,-75.9000,-7.9000/{days}/{first}"
        ).respond_with_data(VIIRS)
    tables = firms.fetch_fires(
        opened(NASA_FIRMS),
        MAP_KEY,
        "VIIRS_NOAA20_NRT",
        BOX,
        date(2026, 11, 9),
        date(2026, 11, 21),
    )
    assert len(tables) == 3
    assert all(MAP_KEY not in table.url + table.final_url for table in tables)
    [fire] = firms.parse_fires(tables[0].body, sensor="VIIRS_NOAA20_NRT")
    assert fire.detected_at == datetime(2026, 11, 18, 5, 34, tzinfo=UTC)
    assert (fire.confidence, fire.power_mw, fire.satellite) == ("n", 5.4, "N20")


def test_modis_says_confidence_in_numbers_and_may_lack_the_power() -> None:
    [fire] = firms.parse_fires(MODIS.encode(), sensor="MODIS_NRT")
    assert (fire.confidence, fire.power_mw) == ("87", None)


@pytest.mark.parametrize("status", [200, 400, 401])
def test_a_wrong_key_is_told_whatever_the_status(
    httpserver: HTTPServer, opened: Open, status: int
) -> None:
    httpserver.expect_request(
        f"/api/area/csv/{MAP_KEY}/MODIS_NRT/-76.0000,-8.0000,-75.9000,-7.9000/1/2026-11-20"
    ).respond_with_data("Invalid MAP_KEY.", status=status)
    with pytest.raises(RequestRefused) as refused:
        firms.fetch_fires(
            opened(NASA_FIRMS), MAP_KEY, "MODIS_NRT", BOX, TODAY, date(2026, 11, 21)
        )
    assert refused.value.code == "bad_key"


def test_no_fault_ever_shows_the_key(httpserver: HTTPServer, opened: Open) -> None:
    def fault(request: Request) -> Response:
        return Response(f"no such page: {request.path}", 404)

    httpserver.expect_request("/").respond_with_handler(fault)
    with pytest.raises(SourceError) as refused:
        firms.fetch_fires(
            opened(NASA_FIRMS), MAP_KEY, "MODIS_NRT", BOX, TODAY, date(2026, 11, 21)
        )
    told = refused.value
    assert MAP_KEY not in f"{told} {told.excerpt} {told.url} {told.reason_en}"


def test_the_key_is_not_sent_in_clear_nor_shown_with_a_refused_address() -> None:
    for url in ("http://firms.modaps.eosdis.nasa.gov", "https://192.0.2.1"):
        spec_session = open_session(NASA_FIRMS, api_key=MAP_KEY, base_url=url)
        with spec_session, pytest.raises(SourceError) as refused:
            spec_session.get(f"/api/area/csv/{MAP_KEY}/MODIS_NRT")
        told = refused.value
        assert MAP_KEY not in f"{told} {told.url} {told.reason_en}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<html></html>\n", "bad_header"),
        ("", "cut_short"),
        (VIIRS[:-20], "cut_short"),
        (VIIRS.replace("frp", "power"), "bad_header"),
        (VIIRS.replace(",n,", ",87,"), "bad_rows"),
        (VIIRS.replace("534", "2561"), "bad_rows"),
        (VIIRS.replace("-7.95", "-97.95"), "bad_rows"),
        (VIIRS.replace("5.4", "viento"), "bad_rows"),
    ],
)
def test_a_bad_table_is_refused(text: str, code: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        firms.parse_fires(text.encode(), sensor="VIIRS_NOAA20_NRT")
    assert refused.value.code == code
