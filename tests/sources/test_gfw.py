import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.sources import gfw
from indicators.sources.errors import (
    ContentRefused,
    PassingFault,
    RequestRefused,
    TookTooLong,
)
from indicators.sources.registry import GFW_INTEGRATED_ALERTS, open_session
from tests.sources.gfw_server import (
    API_KEY,
    GATEWAY_KEY_MESSAGE,
    NO_KEY_MESSAGE,
    alert_row,
    answers,
    cut_silently,
    html,
    redirect,
    reply,
    short_body,
)

DATASET = "gfw_integrated_alerts"
SQUARE = {
    "type": "Polygon",
    "coordinates": [
        [[-76.6, -8.3], [-76.5, -8.3], [-76.5, -8.2], [-76.6, -8.2], [-76.6, -8.3]]
    ],
}
ALERTS = [
    (-76.55005, -8.25005, "2026-11-01", "nominal"),
    (-76.55015, -8.25005, "2026-11-10", "high"),
    (-76.55025, -8.25005, "2026-11-19", "highest"),
    (-76.55035, -8.25005, "2026-11-20", "high"),
]
START, END = date(2026, 11, 1), date(2026, 11, 20)
SAMPLES = Path(__file__).parent.parent / "data" / "gfw"


def body_of(*rows: object) -> bytes:
    return json.dumps({"data": list(rows), "status": "success"}).encode()


def row(
    longitude: Any = -76.55,
    latitude: Any = -8.25,
    day: Any = "2026-11-05",
    confidence: Any = "high",
) -> dict[str, Any]:
    return alert_row(DATASET, longitude, latitude, day, confidence)


def test_latest_version_follows_the_redirect(gfw_server, gfw_session):
    assert gfw.latest_version(gfw_session, DATASET) == "v20261118"
    assert gfw_server.requests == [
        f"GET /dataset/{DATASET}/latest",
        f"GET /dataset/{DATASET}/v20261118",
    ]


@pytest.mark.parametrize(
    "described", [{}, {"version": None}, {"version": "latest"}, [], "v1"]
)
def test_latest_version_refuses_an_answer_without_one(
    gfw_server, gfw_session, described
):
    gfw_server.always(lambda _: reply(described))
    with pytest.raises(ContentRefused) as refused:
        gfw.latest_version(gfw_session, DATASET)
    assert refused.value.code == "no_version"


def test_fetch_alerts_reads_a_half_open_window(gfw_server, gfw_session):
    gfw_server.alerts = ALERTS
    batch = gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END)
    assert batch.version == "v20261118"
    assert batch.alerts.longitude.tolist() == [-76.55005, -76.55015, -76.55025]
    assert batch.alerts.latitude.dtype == np.float64
    assert batch.alerts.day.astype(str).tolist() == [alert[2] for alert in ALERTS[:3]]
    assert batch.alerts.confidence.tolist() == [2, 3, 4]
    assert batch.alerts.confidence.dtype == np.int8
    (fetched,) = batch.fetched
    assert fetched.url.endswith("/latest/query/json")
    assert fetched.final_url.endswith("/v20261118/query/json")
    assert fetched.fetched_at.utcoffset() == timedelta(0)


def test_fetch_alerts_sends_only_what_the_strict_body_allows(gfw_server, gfw_session):
    noisy = {**SQUARE, "crs": {"type": "name"}, "bbox": [0, 0, 1, 1]}
    gfw.fetch_alerts(gfw_session, DATASET, noisy, START, END)
    assert gfw_server.questions == [
        {
            "geometry": SQUARE,
            "sql": "SELECT longitude, latitude, gfw_integrated_alerts__date, "
            "gfw_integrated_alerts__confidence FROM results "
            "WHERE gfw_integrated_alerts__date >= '2026-11-01' "
            "AND gfw_integrated_alerts__date <= '2026-11-19'",
        }
    ]


def test_fetch_alerts_follows_308_as_well(gfw_server, gfw_session):
    old = redirect(308, f"/dataset/{DATASET}/v20261118/query/json")
    gfw_server.alerts = ALERTS
    gfw_server.fail_next(old)
    batch = gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END)
    assert len(batch.alerts) == 3


def test_fetch_alerts_of_an_empty_answer_has_empty_columns(gfw_server, gfw_session):
    batch = gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END)
    assert len(batch.alerts) == 0
    assert batch.alerts.day.dtype == np.dtype("datetime64[D]")
    assert batch.alerts.longitude.dtype == np.float64


@pytest.mark.parametrize(
    "message",
    [
        "Query took too long to process.",
        "Raster analysis geoprocessor returned invalid response code 413",
    ],
)
def test_fetch_alerts_halves_a_window_that_is_too_long(
    gfw_server, gfw_session, message
):
    gfw_server.alerts = ALERTS
    gfw_server.longest_window_days = 6
    gfw_server.too_long_message = message
    batch = gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END)
    assert batch.alerts.day.astype(str).tolist() == [alert[2] for alert in ALERTS[:3]]
    answered = [
        question["sql"].split("'")[1::2]
        for question in gfw_server.questions
        if (
            date.fromisoformat(question["sql"].split("'")[3])
            - date.fromisoformat(question["sql"].split("'")[1])
        ).days
        < 6
    ]
    assert len(batch.fetched) == len(answered) == 4
    assert answered[0][0] == "2026-11-01"
    assert answered[-1][1] == "2026-11-19"


def test_fetch_alerts_gives_up_when_one_day_is_too_long(gfw_server, gfw_session):
    gfw_server.longest_window_days = 0
    with pytest.raises(TookTooLong):
        gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END)
    # 19 → 9 → 4 → 2 → 1 day, each asked once: such an answer is not tried again.
    assert len(gfw_server.questions) == 5


def test_fetch_alerts_stops_when_its_budget_is_spent(gfw_session):
    with pytest.raises(PassingFault) as stopped:
        gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END, budget_s=-1)
    assert stopped.value.code == "budget_spent"


def test_fetch_alerts_refuses_two_versions_in_one_batch(gfw_server, gfw_session):
    gfw_server.longest_window_days = 10
    half = redirect(307, f"/dataset/{DATASET}/v20261118/query/json")

    def new_release(request):
        gfw_server.version = "v20261119"
        return reply([])

    gfw_server.fail_next(half, answers(500, "Query took too long"), half, new_release)
    with pytest.raises(PassingFault) as stopped:
        gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END)
    assert stopped.value.code == "version_changed"


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (400, "Geostore must be a Polygon or MultiPolygon", "http_400"),
        (401, "Unauthorized", "http_401"),
        (403, NO_KEY_MESSAGE, "http_403"),
        (403, GATEWAY_KEY_MESSAGE, "http_403"),
        (422, "Raster tile set queries require a geometry.", "http_422"),
        (422, "Unsupported filter operator: in", "http_422"),
    ],
)
def test_fetch_alerts_shows_the_reply_of_a_refusal(
    gfw_server, gfw_session, status, message, code
):
    gfw_server.always(answers(status, message))
    with pytest.raises(RequestRefused) as refused:
        gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END)
    assert refused.value.code == code
    assert refused.value.status == status
    assert message in refused.value.excerpt
    assert len(gfw_server.requests) == 1


def test_fetch_alerts_with_a_wrong_key_is_refused(gfw_server):
    with (
        open_session(
            GFW_INTEGRATED_ALERTS,
            api_key="wrong",
            base_url=gfw_server.url,
            endpoints=frozenset({gfw_server.endpoint}),
        ) as session,
        pytest.raises(RequestRefused) as refused,
    ):
        gfw.fetch_alerts(session, DATASET, SQUARE, START, END)
    assert refused.value.status == 403
    assert API_KEY not in refused.value.excerpt


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (html(), ContentRefused, "html"),
        (html(content_type="application/json"), ContentRefused, "html"),
        (html(504), PassingFault, "http_504"),
        (short_body, PassingFault, "short_body"),
        (cut_silently, ContentRefused, "cut_short"),
        (answers(429, "Too Many Requests"), PassingFault, "http_429"),
        (answers(500, "Internal error"), PassingFault, "http_500"),
    ],
)
def test_fetch_alerts_names_a_broken_answer(
    gfw_server, gfw_session, fault, error, code
):
    gfw_server.always(fault)
    with pytest.raises(error) as broken:
        gfw.fetch_alerts(gfw_session, DATASET, SQUARE, START, END)
    assert broken.value.code == code


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"[]", "no_success"),
        (b"{}", "no_success"),
        (b'{"data": []}', "no_success"),
        (b'{"data": [], "status": "failed"}', "no_success"),
        (b'{"status": "success"}', "no_data"),
        (b'{"data": {}, "status": "success"}', "no_data"),
        (b'{"data": [NaN], "status": "success"}', "not_json"),
        (b'{"data": [1,, "status": "success"}', "not_json"),
        (b'{"data": ["\xff"], "status": "success"}', "not_json"),
        (b"[" * 100_000 + b"]", "not_json"),
        (b'{"data": [{"longitude": 1', "cut_short"),
        (b"Invalid key", "cut_short"),
    ],
)
def test_parse_refuses_other_shapes(body, code):
    with pytest.raises(ContentRefused) as refused:
        gfw.parse(body, DATASET)
    assert refused.value.code == code


def test_parse_reads_the_public_sample():
    alerts = gfw.parse((SAMPLES / "integrated_alerts.json").read_bytes(), DATASET)
    assert alerts.longitude.tolist() == [103.21]
    assert alerts.day.tolist() == [date(2024, 3, 15)]
    assert alerts.confidence.tolist() == [3]


@pytest.mark.parametrize(
    ("confidence", "level"),
    [("nominal", 2), ("high", 3), ("highest", 4), ("", 2), (2, 2), (3, 3), (4, 4)],
)
def test_parse_reads_every_confidence_the_api_ever_sent(confidence, level):
    alerts = gfw.parse(body_of(row(confidence=confidence)), DATASET)
    assert alerts.confidence.tolist() == [level]


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        ({"confidence": "not_detected"}, f"{DATASET}__confidence"),
        ({"confidence": None}, f"{DATASET}__confidence"),
        ({"confidence": True}, f"{DATASET}__confidence"),
        ({"confidence": 5}, f"{DATASET}__confidence"),
        ({"confidence": []}, f"{DATASET}__confidence"),
        ({"day": "05/11/2026"}, f"{DATASET}__date"),
        ({"day": "2026-02-30"}, f"{DATASET}__date"),
        ({"day": "2026"}, f"{DATASET}__date"),
        ({"day": "1999-01-01"}, f"{DATASET}__date"),
        ({"day": None}, f"{DATASET}__date"),
        ({"day": []}, f"{DATASET}__date"),
        ({"longitude": "-76.5"}, "longitude"),
        ({"longitude": None}, "longitude"),
        ({"longitude": True}, "longitude"),
        ({"longitude": 181}, "longitude"),
        ({"longitude": 10**400}, "longitude"),
        ({"latitude": -90.1}, "latitude"),
    ],
)
def test_parse_refuses_the_whole_for_one_bad_cell(bad, column):
    with pytest.raises(ContentRefused) as refused:
        gfw.parse(body_of(row(), row(**bad), row()), DATASET)
    (error,) = refused.value.row_errors
    assert (error.row, error.column) == (2, column)
    assert error.sentence_es.startswith(f"fila 2, columna {column}: ")


def test_parse_lists_every_bad_cell_in_order_of_rows():
    body = body_of(row(day="x"), row(), row(longitude=None, confidence="low"))
    with pytest.raises(ContentRefused) as refused:
        gfw.parse(body, DATASET)
    assert [(error.row, error.column) for error in refused.value.row_errors] == [
        (1, f"{DATASET}__date"),
        (3, "longitude"),
        (3, f"{DATASET}__confidence"),
    ]


def test_parse_names_missing_columns_and_rows_that_are_none():
    body = body_of(row(), {"longitude": 1.0, "latitude": 2.0}, "text")
    with pytest.raises(ContentRefused) as refused:
        gfw.parse(body, DATASET)
    assert [(error.row, error.column) for error in refused.value.row_errors] == [
        (2, f"{DATASET}__date"),
        (2, f"{DATASET}__confidence"),
        (3, ""),
    ]


def test_parse_refuses_rows_outside_the_window_or_the_box():
    window, box = (START, END), (-76.6, -8.3, -76.5, -8.2)
    inside = gfw.parse(body_of(row()), DATASET, window=window, box=box)
    assert len(inside) == 1
    for bad in ({"day": "2026-11-20"}, {"longitude": -8.25, "latitude": -76.55}):
        with pytest.raises(ContentRefused):
            gfw.parse(body_of(row(**bad)), DATASET, window=window, box=box)


@pytest.mark.parametrize("dataset", sorted(gfw.DATASETS))
def test_every_alert_data_set_names_its_own_columns(gfw_server, gfw_session, dataset):
    gfw_server.alerts = ALERTS
    batch = gfw.fetch_alerts(gfw_session, dataset, SQUARE, START, END)
    assert len(batch.alerts) == 3


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Feature", "geometry": SQUARE},
        {"type": "Polygon", "coordinates": []},
        {},
    ],
)
def test_strict_geometry_refuses_what_the_api_would(geometry):
    with pytest.raises(ValueError, match="Polygon"):
        gfw.strict_geometry(geometry)


def test_fetch_alerts_refuses_an_empty_window_and_an_unknown_data_set(gfw_session):
    with pytest.raises(ValueError, match="empty window"):
        gfw.fetch_alerts(gfw_session, DATASET, SQUARE, END, END)
    with pytest.raises(ValueError, match="unknown alert data set"):
        gfw.fetch_alerts(gfw_session, "x; drop", SQUARE, START, END)


@given(
    st.lists(
        st.tuples(
            st.floats(-180, 180),
            st.floats(-90, 90),
            st.dates(date(2015, 1, 1), date(2030, 12, 31)),
            st.sampled_from(["nominal", "high", "highest"]),
        ),
        max_size=20,
    )
)
def test_parse_keeps_every_alert_exactly(alerts):
    body = body_of(*(row(x, y, day.isoformat(), word) for x, y, day, word in alerts))
    columns = gfw.parse(body, DATASET)
    assert len(columns) == len(alerts)
    assert columns.longitude.tolist() == [alert[0] for alert in alerts]
    assert columns.latitude.tolist() == [alert[1] for alert in alerts]
    assert columns.day.tolist() == [alert[2] for alert in alerts]
    levels = {"nominal": 2, "high": 3, "highest": 4}
    assert columns.confidence.tolist() == [levels[alert[3]] for alert in alerts]
