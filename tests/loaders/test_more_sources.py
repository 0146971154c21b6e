"""The other sources through the pipeline: kept, stored apart, published or held."""

import datetime as dt
import json
import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stamina
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from indicators.loaders import cross_checks, detections, geobosques_alerts, tree_cover
from indicators.loaders.alerts import load_district_alerts
from indicators.loaders.catalogue import LOADERS, lacking
from indicators.loaders.review import discard_held, publish_held
from indicators.loaders.uploads import load_upload
from indicators.models import AnnualLoss, AskedTask, Load, SecondOpinion, YearlyValue
from indicators.sources import gfw_tables
from indicators.sources.registry import SOURCES
from indicators.sources.session import MAX_TRIES
from indicators.tasks import load_gfw_alerts, load_source
from territory.models import (
    AlertMonth,
    AlertPolygon,
    AlertSource,
    FireDetection,
    ForestAlert,
)
from territory.zone_sets import zone_set_numbers
from tests.factories import (
    IndicatorFactory,
    LoadFactory,
    PlaceFactory,
    SourceFactory,
    UserFactory,
    square,
)
from tests.sources.gfw_server import API_KEY, GfwServer, answers
from tests.sources.test_gfw_more import HEADER, loss_body
from tests.sources.test_third_sources import (
    MAP_KEY,
    VIIRS,
    MapService,
    a_raster,
    at_noon,
    polygon,
    zipped,
)

pytestmark = pytest.mark.django_db
TODAY = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
UBIGEO = "990101"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with (
        time_machine.travel(TODAY, tick=False),
        stamina.set_testing(True, attempts=MAX_TRIES, cap=True),
    ):
        yield


@pytest.fixture(autouse=True)
def places(settings: Any, httpserver: HTTPServer) -> None:
    """One district and its province around the alerts, and every source."""
    PlaceFactory(province=True, geom=square(-76.0, -8.0))
    PlaceFactory(ubigeo=UBIGEO, geom=square(-76.0, -8.0))
    for code in SOURCES:
        SourceFactory(code=code)
    url = httpserver.url_for("").rstrip("/")
    settings.SOURCE_PRIVATE_ENDPOINTS = [f"{httpserver.host}:{httpserver.port}"]
    for name in ("GFW_URL", "MAPBIOMAS_URL", "FIRMS_URL", "GEOBOSQUES_RASTER_URL"):
        setattr(settings, name, url)
    settings.GEOBOSQUES_ALERTS_URL = url
    settings.GFW_API_KEY = API_KEY
    settings.FIRMS_MAP_KEY = MAP_KEY


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indicators.sources.gfw_batch.time.sleep", lambda _: None)


# --- Alert sets by configuration -------------------------------------------------


@pytest.fixture
def gfw_server(settings: Any) -> Iterator[GfwServer]:
    with GfwServer() as server:
        server.alerts = [(-75.95005, -7.95005, "2026-11-10", "high")]
        settings.GFW_URL = server.url
        settings.SOURCE_PRIVATE_ENDPOINTS = ["{}:{}".format(*server.endpoint)]
        yield server


def test_two_alert_sets_lie_side_by_side_and_are_never_added(
    gfw_server: GfwServer,
) -> None:
    for code in ("gfw_integrated_alerts", "wur_radd_alerts"):
        done = load_district_alerts(
            ubigeo=UBIGEO, trigger=Load.Trigger.SCHEDULE, source_code=code
        )
        assert (done.state, done.rows_added) == (Load.State.PUBLISHED, 1), done.reason
        assert done.source.code == code
    assert sorted(ForestAlert.objects.values_list("source", flat=True)) == [1, 4]
    months = AlertMonth.objects.values_list("source", "alerts")
    assert sorted(months) == [(1, 1), (4, 1)]


def test_the_schedule_asks_for_each_configured_set_and_district(
    settings: Any,
) -> None:
    settings.ALERT_SOURCES = ["gfw_integrated_alerts", "umd_glad_dist_alerts"]
    assert load_gfw_alerts() == 2
    assert load_gfw_alerts() == 0, "once a day"
    asked = AskedTask.objects.order_by("pk").values_list("arguments", flat=True)
    assert list(asked) == [
        {"ubigeo": UBIGEO, "code": code} for code in settings.ALERT_SOURCES
    ]


def test_the_command_loads_another_set(gfw_server: GfwServer, capsys: Any) -> None:
    call_command("load_alerts", source="umd_glad_landsat_alerts")
    assert "1 nuevas" in capsys.readouterr().out
    assert ForestAlert.objects.get().source == AlertSource.GLAD_LANDSAT


# --- MINAM's alerts ---------------------------------------------------------------


def test_weekly_alerts_are_kept_and_stored_with_the_lowest_confidence(
    httpserver: HTTPServer, settings: Any
) -> None:
    MapService(httpserver, 25, most=10)
    done = geobosques_alerts.load_weekly_alerts(trigger=Load.Trigger.SCHEDULE)
    assert (done.state, done.rows_added) == (Load.State.PUBLISHED, 25), done.reason
    assert done.data_to_date == dt.date(2026, 11, 10)
    assert set(ForestAlert.objects.values_list("source", "confidence")) == {(7, 2)}
    month = AlertMonth.objects.get()
    assert (month.alerts, month.area_ha) == (25, Decimal("2.25"))
    with zipfile.ZipFile(settings.MEDIA_ROOT / done.file.path) as archive:
        assert len(archive.namelist()) == 3
    again = geobosques_alerts.load_weekly_alerts(trigger=Load.Trigger.SCHEDULE)
    assert again.state == Load.State.UNCHANGED


def test_a_short_page_changes_nothing_and_is_written_down(
    httpserver: HTTPServer,
) -> None:
    MapService(httpserver, 25, most=10).count = 30
    done = geobosques_alerts.load_weekly_alerts(trigger=Load.Trigger.SCHEDULE)
    assert done.state == Load.State.REJECTED
    assert "cuenta 30 registros" in done.reason
    assert not ForestAlert.objects.exists()


def raster_zip(folder: Path) -> bytes:
    # The district lies in rows 112 to 481 and columns 326 to 693 of the grid.
    cells = {(440 + n, 400 + n): 300 + n for n in range(4)} | {(5, 5): 1}
    tif = a_raster(folder / "a.tif", cells, side=800)
    return zipped(folder / "a.zip", ("a.tif", tif.read_bytes())).read_bytes()


def test_a_raster_of_the_year_is_stored_apart_from_the_weekly_alerts(
    httpserver: HTTPServer, tmp_path: Path
) -> None:
    body = raster_zip(tmp_path)
    httpserver.expect_request("/Alertas_PNCB_raster_2026.zip").respond_with_data(body)
    done = geobosques_alerts.load_raster_alerts(trigger=Load.Trigger.SCHEDULE)
    assert done.state == Load.State.PUBLISHED, done.reason
    assert (done.rows_added, done.data_to_date) == (4, dt.date(2026, 10, 30))
    assert set(ForestAlert.objects.values_list("source", flat=True)) == {8}
    total = sum(month.area_ha for month in AlertMonth.objects.all())
    assert total == Decimal("0.36")


def test_a_year_that_is_not_there_is_rejected_with_its_reason(
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/Alertas_PNCB_raster_2021.zip").respond_with_data(
        "not found", status=404
    )
    done = geobosques_alerts.load_raster_alerts(trigger=Load.Trigger.COMMAND, year=2021)
    assert (done.state, done.report["code"]) == (Load.State.REJECTED, "http_404")


# --- Uploads -----------------------------------------------------------------------


def alert_csv(code: str) -> bytes:
    header = f"longitude,latitude,{code}__date,{code}__confidence\n"
    return (header + "-75.95005,-7.95005,2026-11-10,high\n").encode()


@pytest.mark.parametrize("code", ["wur_radd_alerts", "gfw_integrated_alerts"])
def test_an_uploaded_file_of_alerts_waits_for_another_person(code: str) -> None:
    author, other = UserFactory(), UserFactory()
    file = SimpleUploadedFile("alertas.csv", alert_csv(code))
    held = load_upload(source_code=code, file=file, requested_by=author)
    assert (held.state, held.rows_read) == (Load.State.HELD, 1), held.reason
    assert not ForestAlert.objects.exists()
    with pytest.raises(ValueError, match="Quien subió el archivo"):
        publish_held(load=held, who=author, why="Yo mismo")
    done = publish_held(load=held, who=other, why="Revisado")
    assert (done.state, done.rows_added) == (Load.State.PUBLISHED, 1)
    assert (done.reviewed_by, done.reason) == (other, "Revisado")
    assert ForestAlert.objects.count() == 1


def test_uploads_of_the_ministrys_alerts_are_read_by_their_own_readers(
    tmp_path: Path,
) -> None:
    week = {
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [-75.95, -7.95]},
                "properties": {"fe_alerta": at_noon("2026-11-10")},
            }
        ]
    }
    for code, name, body, rows in (
        ("geobosques_weekly", "semana.geojson", json.dumps(week).encode(), 1),
        ("geobosques_raster", "Alertas_2026.zip", raster_zip(tmp_path), 4),
    ):
        held = load_upload(
            source_code=code,
            file=SimpleUploadedFile(name, body),
            requested_by=UserFactory(),
        )
        assert held.state == Load.State.HELD, held.reason
        done = publish_held(load=held, who=UserFactory(), why="Revisado")
        assert (done.state, done.rows_added) == (Load.State.PUBLISHED, rows)


def test_an_upload_can_be_discarded_and_a_bad_one_is_rejected() -> None:
    code = "wur_radd_alerts"
    good = SimpleUploadedFile("a.csv", alert_csv(code))
    held = load_upload(source_code=code, file=good, requested_by=UserFactory())
    gone = discard_held(load=held, who=UserFactory(), why="Es de otro año")
    assert gone.state == Load.State.DISCARDED
    bad = SimpleUploadedFile("b.csv", alert_csv("gfw_integrated_alerts"))
    refused = load_upload(source_code=code, file=bad, requested_by=UserFactory())
    assert (refused.state, refused.report["code"]) == (
        Load.State.REJECTED,
        "bad_header",
    )
    assert not ForestAlert.objects.exists()


# --- Second opinion ---------------------------------------------------------------


class LossApi:
    """Tree cover loss by job or one by one; `job` is what the batch answers."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self.version = "v1.13"
        self.rows = {"9901": [(2023, 12.5), (2025, 7.0)], UBIGEO: [(2023, 12.5)]}
        self.job = 404
        self.singles = 0
        self._link = httpserver.url_for("/table.csv")
        httpserver.expect_request(re.compile(".*")).respond_with_handler(self._serve)

    def _serve(self, request: Request) -> Response:
        if request.path == "/dataset/umd_tree_cover_loss/latest":
            body = {"data": {"version": self.version}, "status": "success"}
            return Response(json.dumps(body))
        if request.path.endswith("/query/batch"):
            job = {"job_id": "a1", "status": "success", "download_link": self._link}
            return Response(json.dumps({"data": job}), self.job)
        if request.path == "/table.csv":
            lines = [
                f"{ubigeo},{year},{ha}\n"
                for ubigeo, rows in self.rows.items()
                for year, ha in rows
            ]
            return Response(HEADER + "".join(lines))
        self.singles += 1
        # Places are asked for in order of their number: the province first.
        rows = self.rows[sorted(self.rows)[(self.singles - 1) % len(self.rows)]]
        return Response(loss_body(*rows))


def losses() -> list[Any]:
    rows = AnnualLoss.objects.order_by("place__ubigeo", "year")
    return list(rows.values_list("place__ubigeo", "year", "loss_ha"))


EXPECTED = [
    ("9901", 2023, Decimal("12.50")),
    ("9901", 2025, Decimal("7.00")),
    (UBIGEO, 2023, Decimal("12.50")),
]


@pytest.mark.parametrize(("job", "singles"), [(202, 0), (404, 2), (422, 2)])
def test_tree_cover_loss_comes_by_job_or_one_by_one(
    httpserver: HTTPServer, job: int, singles: int
) -> None:
    api = LossApi(httpserver)
    api.job = job
    done = tree_cover.load_tree_cover_loss(trigger=Load.Trigger.SCHEDULE)
    assert (done.state, done.edition) == (Load.State.PUBLISHED, "v1.13"), done.reason
    assert losses() == EXPECTED  # 2024 was not sent: it is missing, not zero
    assert api.singles == singles


def test_a_place_the_job_left_out_is_asked_for_by_itself(
    httpserver: HTTPServer,
) -> None:
    api = LossApi(httpserver)
    api.job = 202
    rows, api.rows = api.rows, {"9901": api.rows["9901"]}
    done = tree_cover.load_tree_cover_loss(trigger=Load.Trigger.SCHEDULE)
    assert api.singles == 1
    assert done.state == Load.State.PUBLISHED
    assert {place for place, _, _ in losses()} == set(rows)


def test_a_known_version_is_not_asked_for_again_and_a_new_one_that_rewrites_is_held(
    httpserver: HTTPServer,
) -> None:
    api = LossApi(httpserver)
    first = tree_cover.load_tree_cover_loss(trigger=Load.Trigger.SCHEDULE)
    again = tree_cover.load_tree_cover_loss(trigger=Load.Trigger.SCHEDULE)
    assert (again.state, api.singles) == (Load.State.UNCHANGED, 2)
    api.version = "v1.14"
    api.rows["9901"] = [(2023, 13.5), (2025, 7.0)]
    held = tree_cover.load_tree_cover_loss(trigger=Load.Trigger.SCHEDULE)
    assert (held.state, held.rows_changed) == (Load.State.HELD, 1)
    published = publish_held(load=held, who=UserFactory(), why="Versión nueva")
    assert published.edition == "v1.14"
    assert AnnualLoss.objects.filter(load=first).count() == 3


def test_a_second_opinion_never_becomes_a_value(httpserver: HTTPServer) -> None:
    LossApi(httpserver)
    indicator = IndicatorFactory()
    loss = SourceFactory._meta.model.objects.get(code="gfw_tree_cover_loss")
    SecondOpinion.objects.create(source=loss, indicator=indicator)
    done = tree_cover.load_tree_cover_loss(trigger=Load.Trigger.SCHEDULE)
    assert done.state == Load.State.PUBLISHED
    assert not YearlyValue.objects.filter(indicator=indicator).exists()


# --- Cross-check ------------------------------------------------------------------


def tables(httpserver: HTTPServer, dataset: str, rows: list[Any]) -> None:
    code = [{"gid_2": "PER.22.10_1", "name_1": "Región Sur", "name_2": "Villa Alta"}]
    for name, answer in ((gfw_tables.BOUNDARIES, code), (dataset, rows)):
        httpserver.expect_request(
            f"/dataset/{name}/latest/download/json"
        ).respond_with_json(answer)


@pytest.fixture
def home() -> None:
    from territory.models import Jurisdiction

    Jurisdiction.objects.update(
        is_home=True, name="Villa Alta", region_name="Región Sur"
    )


@pytest.mark.usefixtures("home")
def test_a_provincial_table_is_compared_in_per_cent(httpserver: HTTPServer) -> None:
    published = LoadFactory(
        source=SourceFactory._meta.model.objects.get(code="gfw_tree_cover_loss"),
        state=Load.State.PUBLISHED,
        published_at=TODAY,
    )
    province = PlaceFactory(province=True)
    AnnualLoss.objects.create(load=published, place=province, year=2023, loss_ha=200)
    AnnualLoss.objects.create(load=published, place=province, year=2025, loss_ha=50)
    rows = [
        {"umd_tree_cover_loss__year": 2023, "total_ha": 210.0},
        {"umd_tree_cover_loss__year": 2024, "total_ha": 30.25},
    ]
    tables(httpserver, gfw_tables.LOSS, rows)
    done = cross_checks.check_annual_loss(trigger=Load.Trigger.SCHEDULE)
    assert done.state == Load.State.PUBLISHED, done.reason
    assert [tuple(line.values()) for line in done.report["comparison"]] == [
        ("2023", 210.0, 200.0, 5.0),
        ("2024", 30.25, None, None),
        ("2025", None, 50.0, None),
    ]


@pytest.mark.usefixtures("home")
def test_alerts_are_compared_by_month(httpserver: HTTPServer) -> None:
    (no_zone,) = zone_set_numbers([()])
    AlertMonth.objects.create(
        district=PlaceFactory(ubigeo=UBIGEO),
        source=AlertSource.GFW_INTEGRATED,
        month=dt.date(2026, 10, 1),
        zone_set_id=no_zone,
        confidence=3,
        alerts=100,
        area_ha=Decimal(4),
    )
    AlertMonth.objects.create(
        district=PlaceFactory(ubigeo=UBIGEO),
        source=AlertSource.RADD,
        month=dt.date(2026, 10, 1),
        zone_set_id=no_zone,
        confidence=3,
        alerts=100,
        area_ha=Decimal(4),
    )
    days = [{"gfw_integrated_alerts__date": "2026-10-05", "total_ha": 3.0}]
    tables(httpserver, gfw_tables.ALERTS, days)
    done = cross_checks.check_alerts(trigger=Load.Trigger.SCHEDULE)
    assert [tuple(line.values()) for line in done.report["comparison"]] == [
        ("2026-10", 3.0, 4.0, -25.0)
    ]


@pytest.mark.usefixtures("home")
def test_a_province_gadm_does_not_have_is_rejected(httpserver: HTTPServer) -> None:
    httpserver.expect_request(re.compile(".*")).respond_with_json([])
    done = cross_checks.check_annual_loss(trigger=Load.Trigger.SCHEDULE)
    assert (done.state, done.report["code"]) == (Load.State.REJECTED, "no_gadm_code")


# --- Polygons and fires ------------------------------------------------------------


def serve_polygons(httpserver: HTTPServer, *features: dict[str, Any]) -> None:
    httpserver.clear()
    httpserver.expect_request("/ows").respond_with_json(
        {"features": list(features), "numberMatched": len(features)}
    )


FAR = {
    "type": "Polygon",
    "coordinates": [[[-75.5, -7.95], [-75.4, -7.95], [-75.4, -7.94], [-75.5, -7.95]]],
}


def test_polygons_are_stored_once_changed_in_place_and_never_as_pixels(
    httpserver: HTTPServer,
) -> None:
    serve_polygons(httpserver, polygon(1), polygon(2), polygon(3, geometry=FAR))
    first = detections.load_mapbiomas(trigger=Load.Trigger.SCHEDULE)
    assert first.state == Load.State.PUBLISHED, first.reason
    assert (first.rows_added, first.report["outside"]) == (2, 1)
    stored = AlertPolygon.objects.get(external_id="5001")
    # Half of a square of 0.01°: 1,104 m by 1,106 m at 8° S.
    assert float(stored.area_ha) == pytest.approx(60.9, abs=0.2)
    assert not ForestAlert.objects.exists()

    again = detections.load_mapbiomas(trigger=Load.Trigger.SCHEDULE)
    assert (again.state, again.rows_same) == (Load.State.UNCHANGED, 2)

    later = polygon(2)
    later["properties"]["detected_at"] = "2026-11-01"
    serve_polygons(httpserver, polygon(1), later)
    third = detections.load_mapbiomas(trigger=Load.Trigger.SCHEDULE)
    assert (third.rows_added, third.rows_changed, third.rows_same) == (0, 1, 1)
    assert third.data_to_date == dt.date(2026, 11, 1)


def test_a_bad_polygon_leaves_the_stored_ones_as_they_are(
    httpserver: HTTPServer,
) -> None:
    serve_polygons(httpserver, polygon(1))
    detections.load_mapbiomas(trigger=Load.Trigger.SCHEDULE)
    serve_polygons(httpserver, polygon(2), polygon(3, geometry=None))
    refused = detections.load_mapbiomas(trigger=Load.Trigger.SCHEDULE)
    assert refused.state == Load.State.REJECTED
    assert refused.report["errors_es"]
    assert AlertPolygon.objects.count() == 1


def test_fires_are_context_stored_once_and_the_key_nowhere(
    httpserver: HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    outside = VIIRS.splitlines()[1].replace("-75.95", "-70.0")
    httpserver.expect_request(re.compile("/api/area/csv/.*")).respond_with_data(
        VIIRS + outside + "\n"
    )
    first = detections.load_fires(trigger=Load.Trigger.SCHEDULE)
    assert first.state == Load.State.PUBLISHED, first.reason
    assert (first.rows_read, first.rows_added, first.report["outside"]) == (2, 1, 1)
    fire = FireDetection.objects.get()
    assert (fire.sensor, fire.confidence) == ("VIIRS_NOAA20_NRT", "n")
    assert not ForestAlert.objects.exists()
    assert MAP_KEY not in first.file.url + json.dumps(first.report)
    ours = [record for record in caplog.records if record.name != "werkzeug"]
    assert not any(MAP_KEY in record.getMessage() for record in ours)
    again = detections.load_fires(trigger=Load.Trigger.SCHEDULE)
    assert (again.state, FireDetection.objects.count()) == (Load.State.UNCHANGED, 1)


def test_a_wrong_key_of_fires_is_rejected_without_showing_it(
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request(re.compile(".*")).respond_with_data("Invalid MAP_KEY.")
    done = detections.load_fires(trigger=Load.Trigger.SCHEDULE)
    assert (done.state, done.report["code"]) == (Load.State.REJECTED, "bad_key")
    assert MAP_KEY not in json.dumps(done.report) + done.reason


@pytest.mark.parametrize("twice", [{"external_id": "1", "area_ha": 1}, {"area_ha": 0}])
def test_the_database_refuses_a_polygon_twice_or_without_area(twice: Any) -> None:
    row = {
        "source": "mapbiomas_alerts",
        "external_id": "1",
        "detected_on": dt.date(2026, 1, 1),
        "geom": square(-76.0, -8.0),
        "area_ha": 1,
        "load_id": 1,
    }
    AlertPolygon.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertPolygon.objects.create(**row | {"external_id": "2"} | twice)


# --- Tasks and commands ------------------------------------------------------------


def test_a_source_without_its_key_or_address_is_not_asked(
    settings: Any, httpserver: HTTPServer
) -> None:
    settings.FIRMS_MAP_KEY = settings.GFW_API_KEY = settings.GEOBOSQUES_ALERTS_URL = ""
    codes = ("nasa_firms", "gfw_tree_cover_loss", "geobosques_weekly")
    for code, name in zip(
        codes, ("FIRMS_MAP_KEY", "GFW_API_KEY", "GEOBOSQUES_ALERTS_URL"), strict=True
    ):
        assert lacking(code) == name
        assert load_source(code) == "not_configured"
        with pytest.raises(CommandError, match=name):
            call_command("load_source", code)
    assert not httpserver.log
    assert not Load.objects.exists()


def test_the_task_runs_every_source_of_the_catalogue(
    httpserver: HTTPServer, settings: Any
) -> None:
    httpserver.expect_request(re.compile(".*")).respond_with_data("gone", status=404)
    for code in LOADERS:
        settings.GEOBOSQUES_URL = settings.GFW_URL
        assert load_source(code) == Load.State.REJECTED
    assert set(Load.objects.values_list("source__code", flat=True)) == set(LOADERS)


def test_the_older_service_answers_when_the_new_one_fails(
    httpserver: HTTPServer, settings: Any
) -> None:
    from territory.models import Jurisdiction

    Jurisdiction.objects.update(is_home=True)
    settings.GEOBOSQUES_URL = settings.GFW_URL
    httpserver.expect_request("/api/forest-loss/wet-forest-list").respond_with_handler(
        answers(404, "gone")
    )
    older = {
        "perdida_rangos": [
            {"anio_": "2024", "perdida_": "1.89", "rango1_": "1.89"}
            | {f"rango{n}_": "0" for n in range(2, 6)}
        ]
    }
    httpserver.expect_request(
        "/ws/rest/BOSQUEPERDIDA/stockBosquePerdidaDistrito",
        method="POST",
        json={"ubigeo": UBIGEO},
    ).respond_with_data(b"\xef\xbb\xbf" + json.dumps(older).encode())
    assert load_source("geobosques_loss") == Load.State.REJECTED
    settings.GEOBOSQUES_OLDER_URL = settings.GFW_URL
    assert load_source("geobosques_loss") == Load.State.PUBLISHED
    assert losses() == [(UBIGEO, 2024, Decimal("1.89"))]


def test_the_schedule_names_tasks_and_sources_that_exist(settings: Any) -> None:
    from tocache.celery import app

    app.loader.import_default_modules()
    scheduled = [entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()]
    assert set(scheduled) <= set(app.tasks)
    asked = {
        entry["kwargs"]["code"]
        for entry in settings.CELERY_BEAT_SCHEDULE.values()
        if entry["task"] == "indicators.tasks.load_source"
    }
    # The official loss has a task of its own.
    assert asked == set(LOADERS) - {"geobosques_loss"}
