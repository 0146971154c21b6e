"""Tree cover loss, batch jobs and provincial tables of the GFW Data API."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from indicators.sources import gfw, gfw_batch, gfw_loss, gfw_tables
from indicators.sources.alert_sets import known_names
from indicators.sources.errors import (
    AddressRefused,
    ContentRefused,
    PassingFault,
    RequestRefused,
    SourceError,
)
from indicators.sources.registry import GFW_ADM2_LOSS, GFW_TREE_COVER_LOSS, open_session
from indicators.sources.session import Session
from tests.sources.gfw_server import API_KEY, GfwServer, answers, html

KEY = "x-api-key"
SHAPE = {
    "type": "Polygon",
    "coordinates": [[[-76.0, -8.0], [-75.9, -8.0], [-75.9, -7.9], [-76.0, -8.0]]],
}
HEADER = f"fid,{gfw_loss.YEAR_FIELD},{gfw_loss.AREA_FIELD}\n"


def loss_body(*rows: tuple[Any, Any]) -> bytes:
    data = [{gfw_loss.YEAR_FIELD: year, gfw_loss.AREA_FIELD: ha} for year, ha in rows]
    return json.dumps({"data": data, "status": "success"}).encode()


@pytest.fixture
def session(httpserver: HTTPServer) -> Iterator[Session]:
    with open_session(
        GFW_TREE_COVER_LOSS,
        api_key=API_KEY,
        base_url=httpserver.url_for("").rstrip("/"),
        endpoints=frozenset({(httpserver.host, httpserver.port)}),
    ) as opened:
        yield opened


# --- Tree cover loss ------------------------------------------------------------


def test_years_come_in_order_and_absent_ones_stay_absent() -> None:
    body = loss_body((2003, 6.442871768889975), (2001, 9.894410216509604))
    rows = gfw_loss.parse_loss(body, "221001", max_year=2025)
    assert [(row.year, row.loss_ha) for row in rows] == [
        (2001, Decimal("9.89")),
        (2003, Decimal("6.44")),
    ]


def test_no_loss_at_all_is_no_row() -> None:
    assert gfw_loss.parse_loss(loss_body(), "221001", max_year=2025) == ()


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        ([(2026, 1.0)], gfw_loss.YEAR_FIELD),
        ([(2000, 1.0)], gfw_loss.YEAR_FIELD),
        ([(2001.5, 1.0)], gfw_loss.YEAR_FIELD),
        ([(None, 1.0)], gfw_loss.YEAR_FIELD),
        ([(True, 1.0)], gfw_loss.YEAR_FIELD),
        ([(2001, 1.0), (2001, 2.0)], gfw_loss.YEAR_FIELD),
        ([(2001, -0.5)], gfw_loss.AREA_FIELD),
        ([(2001, None)], gfw_loss.AREA_FIELD),
        ([(2001, "")], gfw_loss.AREA_FIELD),
        ([(2001, 2e8)], gfw_loss.AREA_FIELD),
    ],
)
def test_a_bad_cell_refuses_the_whole_answer(rows: list[Any], column: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        gfw_loss.parse_loss(loss_body(*rows), "221001", max_year=2025)
    assert refused.value.row_errors[0].column == column


@pytest.mark.parametrize(
    "body",
    [b"", b"<html></html>", b'{"data":[{', b'{"status":"success"}', b'{"data":[]}'],
    ids=["empty", "html", "cut", "no data", "no status"],
)
def test_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(ContentRefused):
        gfw_loss.parse_loss(body, "221001", max_year=2025)


# --- Windows --------------------------------------------------------------------


def test_an_answer_too_large_for_memory_halves_the_window(
    gfw_server: GfwServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gfw_server.alerts = [
        (-75.95, -7.95, f"2026-11-{day:02d}", "high") for day in range(1, 31)
    ]
    with Session(
        base_url=gfw_server.url,
        hosts=frozenset({"127.0.0.1"}),
        secret_headers={KEY: API_KEY},
        endpoints=frozenset({gfw_server.endpoint}),
        max_body_bytes=1500,
    ) as small:
        batch = gfw.fetch_alerts(
            small, "gfw_integrated_alerts", SHAPE, date(2026, 11, 1), date(2026, 12, 1)
        )
    assert len(batch.alerts) == 30
    assert len(batch.fetched) > 1
    assert all(len(answer.body) <= 1500 for answer in batch.fetched)


def test_a_single_day_that_is_too_large_is_refused(gfw_server: GfwServer) -> None:
    gfw_server.alerts = [(-75.95, -7.95, "2026-11-01", "high")] * 100
    with (
        Session(
            base_url=gfw_server.url,
            hosts=frozenset({"127.0.0.1"}),
            secret_headers={KEY: API_KEY},
            endpoints=frozenset({gfw_server.endpoint}),
            max_body_bytes=1500,
        ) as small,
        pytest.raises(ContentRefused) as refused,
    ):
        gfw.fetch_alerts(
            small,
            "gfw_integrated_alerts",
            SHAPE,
            date(2026, 11, 1),
            date(2026, 11, 3),
        )
    assert refused.value.code == "too_large"


@pytest.mark.parametrize("dataset", sorted(gfw.DATASETS))
def test_every_alert_set_is_asked_by_its_own_names(
    gfw_server: GfwServer, gfw_session: Session, dataset: str
) -> None:
    gfw_server.alerts = [(-75.95, -7.95, "2026-11-01", "nominal")]
    batch = gfw.fetch_alerts(
        gfw_session, dataset, SHAPE, date(2026, 11, 1), date(2026, 11, 2)
    )
    assert (batch.dataset, len(batch.alerts)) == (dataset, 1)
    assert f"{dataset}__confidence" in gfw_server.questions[0]["sql"]


# --- Batch ----------------------------------------------------------------------


class Jobs:
    """A batch service: each job answers with its states in turn, then its table."""

    def __init__(self, httpserver: HTTPServer, *states: str, table: str = "") -> None:
        self.states = list(states)
        self.table = table
        self.requests: list[Request] = []
        self.link = httpserver.url_for("/results/table.csv")
        httpserver.expect_request(re.compile(".*")).respond_with_handler(self._serve)

    def _serve(self, request: Request) -> Response:
        self.requests.append(request)
        if request.path.endswith("/latest/query/batch"):
            response = Response("", 307)
            response.autocorrect_location_header = False
            response.headers["Location"] = request.path.replace("latest", "v1.13")
            return response
        if request.path.startswith("/results/"):
            return Response(self.table, content_type="text/csv")
        state = self.states.pop(0)
        done = state in ("success", "partial_success")
        job = {
            "job_id": "0b7f6c1e-1d2a-4b7c-9e55-5f1f0c0ffee0",
            "status": state,
            "message": "Lambda failed" if state in ("failed", "error") else None,
            "download_link": self.link if done else None,
            "failed_geometries_link": None,
            "progress": "0%",
        }
        body = json.dumps({"data": job, "status": "success"})
        status = 202 if request.method == "POST" else 200
        return Response(body, status, content_type="application/json")


def run(session: Session, **more: Any) -> bytes:
    [table] = gfw_batch.fetch_batch(
        session, gfw_loss.DATASET, gfw_loss.SQL, {"221001": SHAPE}, pause_s=0, **more
    )
    return table.body


def test_a_job_is_asked_polled_and_read(
    httpserver: HTTPServer, session: Session
) -> None:
    jobs = Jobs(
        httpserver,
        "pending",
        "pending",
        "success",
        table=HEADER + "221001,2001,9.894\n",
    )
    rows = gfw_loss.parse_batch(
        run(session), frozenset({"221001"}), id_field="fid", max_year=2025
    )
    assert [(row.ubigeo, row.year, row.loss_ha) for row in rows] == [
        ("221001", 2001, Decimal("9.89"))
    ]
    asked = json.loads(jobs.requests[1].data)
    assert asked["id_field"] == "fid"
    [feature] = asked["feature_collection"]["features"]
    assert feature["properties"] == {"fid": "221001"}
    assert set(feature["geometry"]) == {"type", "coordinates"}
    assert [request.method for request in jobs.requests[2:4]] == ["GET", "GET"]


def test_a_partial_job_still_gives_its_table(
    httpserver: HTTPServer, session: Session
) -> None:
    Jobs(httpserver, "partial_success", table=HEADER)
    assert run(session) == HEADER.encode()


@pytest.mark.parametrize("state", ["failed", "error"])
def test_a_job_that_fails_is_refused_with_its_message(
    httpserver: HTTPServer, session: Session, state: str
) -> None:
    Jobs(httpserver, "pending", state)
    with pytest.raises(SourceError) as refused:
        run(session)
    assert (refused.value.code, refused.value.excerpt) == (
        "job_failed",
        "Lambda failed",
    )


def test_a_job_that_never_ends_is_given_up(
    httpserver: HTTPServer, session: Session
) -> None:
    Jobs(httpserver, *["pending"] * 3)
    with pytest.raises(PassingFault, match="no terminó"):
        run(session, budget_s=-1.0)


def test_a_link_to_another_host_is_not_followed(
    httpserver: HTTPServer, session: Session
) -> None:
    jobs = Jobs(httpserver, "success")
    jobs.link = "http://169.254.169.254/latest/meta-data"
    with pytest.raises(AddressRefused):
        run(session)


def test_another_allowed_host_is_never_sent_the_key(
    httpserver: HTTPServer, session: Session
) -> None:
    jobs = Jobs(httpserver, "success", table=HEADER)
    with HTTPServer(host="127.0.0.1", port=0) as store:
        store.expect_request("/table.csv").respond_with_data(HEADER)
        jobs.link = store.url_for("/table.csv")
        with open_session(
            GFW_TREE_COVER_LOSS,
            api_key=API_KEY,
            base_url=httpserver.url_for("").rstrip("/"),
            endpoints=frozenset(
                {(httpserver.host, httpserver.port), (store.host, store.port)}
            ),
        ) as opened:
            assert run(opened) == HEADER.encode()
        [(asked, _)] = store.log
    assert KEY not in asked.headers
    assert jobs.requests[0].headers[KEY] == API_KEY


def test_many_polygons_are_split_by_number_and_by_size() -> None:
    many = {f"{number:06d}": SHAPE for number in range(230)}
    parts = [json.loads(body) for body in gfw_batch.bodies("SELECT 1", many)]
    features = [part["feature_collection"]["features"] for part in parts]
    assert [len(part) for part in features] == [100, 100, 30]

    ring = [[-76.0 + step / 1e6, -8.0] for step in range(4000)]
    heavy = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    bodies = list(gfw_batch.bodies("SELECT 1", dict.fromkeys("abcdef", heavy)))
    assert len(bodies) > 1
    assert all(len(body) <= gfw_batch.LARGEST_BODY_BYTES for body in bodies)


def test_a_polygon_larger_than_a_request_is_said_so() -> None:
    ring = [[-76.0 + step / 1e6, -8.0] for step in range(30_000)]
    heavy = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    with pytest.raises(ValueError, match="larger than a request"):
        list(gfw_batch.bodies("SELECT 1", {"a": heavy}))


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("other,columns\n1,2\n", "bad_header"),
        (HEADER + "999999,2001,1.0\n", "unknown_place"),
        (HEADER + "221001,2001,\n", "bad_rows"),
        ("", "bad_header"),
    ],
)
def test_a_bad_table_is_refused(table: str, code: str) -> None:
    with pytest.raises(ContentRefused) as refused:
        gfw_loss.parse_batch(
            table.encode(), frozenset({"221001"}), id_field="fid", max_year=2025
        )
    assert refused.value.code == code


# --- Provincial tables ----------------------------------------------------------


@pytest.fixture
def keyless(httpserver: HTTPServer) -> Iterator[Session]:
    with open_session(
        GFW_ADM2_LOSS,
        base_url=httpserver.url_for("").rstrip("/"),
        endpoints=frozenset({(httpserver.host, httpserver.port)}),
    ) as opened:
        yield opened


def gadm(*rows: tuple[str, str, str]) -> bytes:
    names = ("gid_2", "name_1", "name_2")
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows]).encode()


def test_the_code_is_found_by_name_without_a_key(
    httpserver: HTTPServer, keyless: Session
) -> None:
    httpserver.expect_request(
        f"/dataset/{gfw_tables.BOUNDARIES}/latest/download/json"
    ).respond_with_data(gadm(("PER.22.9_1", "SanMartín", "x"), ("A", "b", "c")))
    fetched = gfw_tables.fetch_code(keyless, "D'Or")
    [(asked, _)] = httpserver.log
    assert KEY not in asked.headers
    assert "name_2 = 'D''Or'" in parse_qs(asked.query_string.decode())["sql"][0]
    assert fetched.status == 200


def test_the_code_is_that_of_the_region() -> None:
    body = gadm(
        ("PER.1.10_1", "Otra", "Tocache"),
        ("COL.22.3_1", "San Martín", "Tocache"),
        ("PER.23.7_1", "SAN MARTIN", "Tocache"),
    )
    code = gfw_tables.parse_code(body, iso="PER", region="San Martín", name="Tocache")
    assert (code.adm1, code.adm2) == (23, 7)
    assert code.condition == "iso = 'PER' AND adm1 = 23 AND adm2 = 7"


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("PER.22.10_1", "Otra", "Tocache")],
        [
            ("PER.22.1_1", "San Martín", "Tocache"),
            ("PER.22.2", "San Martín", "Tocache"),
        ],
        [("PER.22", "San Martín", "Tocache")],
        [("PER.22.1 OR 1=1", "San Martín", "Tocache")],
    ],
    ids=["none", "other region", "two", "other form", "injection"],
)
def test_a_code_that_is_not_certain_is_never_guessed(rows: list[Any]) -> None:
    with pytest.raises(ContentRefused) as refused:
        gfw_tables.parse_code(
            gadm(*rows), iso="PER", region="San Martín", name="Tocache"
        )
    assert refused.value.code == "no_gadm_code"


def test_days_add_up_to_months_and_years_stay_years() -> None:
    days = [
        {"gfw_integrated_alerts__date": "2026-10-01", "total_ha": 1.25},
        {"gfw_integrated_alerts__date": "2026-10-31", "total_ha": 2},
        {"gfw_integrated_alerts__date": "2026-11-01", "total_ha": 0.5},
    ]
    assert gfw_tables.parse_alerts(json.dumps(days).encode()) == {
        "2026-10": Decimal("3.25"),
        "2026-11": Decimal("0.5"),
    }
    years = [{"umd_tree_cover_loss__year": 2024, "total_ha": 1500.5}]
    assert gfw_tables.parse_loss(json.dumps(years).encode()) == {
        "2024": Decimal("1500.5")
    }


@pytest.mark.parametrize(
    "row",
    [
        {"umd_tree_cover_loss__year": 2024, "total_ha": None},
        {"umd_tree_cover_loss__year": 2024, "total_ha": -1},
        {"umd_tree_cover_loss__year": None, "total_ha": 1},
        {"umd_tree_cover_loss__year": 2024, "total_ha": True},
        {"umd_tree_cover_loss__year": 2024},
    ],
)
def test_a_bad_row_of_a_table_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ContentRefused):
        gfw_tables.parse_loss(json.dumps([row]).encode())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (answers(403, "No valid API Key found."), RequestRefused),
        (answers(422, "Layer X is invalid"), RequestRefused),
        (answers(429, "Too many requests"), PassingFault),
    ],
)
def test_faults_of_the_service_keep_their_kind(
    gfw_server: GfwServer, gfw_session: Session, fault: Any, kind: type[Exception]
) -> None:
    gfw_server.always(fault)
    with pytest.raises(kind):
        gfw_loss.fetch_loss(gfw_session, SHAPE)


def test_a_web_page_instead_of_a_table_is_refused(
    gfw_server: GfwServer, gfw_session: Session
) -> None:
    gfw_server.always(html())
    fetched = gfw_loss.fetch_loss(gfw_session, SHAPE)
    with pytest.raises(ContentRefused, match="página web"):
        gfw_loss.parse_loss(fetched.body, "221001", max_year=2025)


def test_a_setting_names_only_what_is_known_and_once() -> None:
    known = tuple(gfw.DATASETS)
    names = ["wur_radd_alerts", "gfw_integrated_alerts"]
    assert known_names("ALERT_SOURCES", names, known) == names
    for bad in (["wur_radd"], names + names[:1]):
        with pytest.raises(ValueError, match="ALERT_SOURCES"):
            known_names("ALERT_SOURCES", bad, known)
