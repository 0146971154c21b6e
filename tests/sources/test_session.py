import gzip
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks
from werkzeug import Response

from indicators.sources.errors import (
    AddressRefused,
    ContentRefused,
    PassingFault,
    RequestRefused,
    SourceError,
)
from indicators.sources.registry import (
    GEOBOSQUES_LOSS,
    GFW_INTEGRATED_ALERTS,
    INEI_BOUNDARIES,
    SOURCES,
    open_session,
)
from indicators.sources.session import Session
from tests.sources.gfw_server import (
    API_KEY,
    GfwServer,
    answers,
    cut_silently,
    gzip_bomb,
    half_gzip,
    html,
    raw,
    redirect,
    reply,
    short_body,
    slow_drip,
)


def session_for(server: GfwServer, **changes: float) -> Session:
    return Session(
        base_url=server.url,
        hosts=frozenset({"127.0.0.1"}),
        secret_headers={"x-api-key": API_KEY},
        endpoints=frozenset({server.endpoint}),
        **changes,  # type: ignore[arg-type]
    )


@pytest.fixture
def session(gfw_server: GfwServer) -> Iterator[Session]:
    with session_for(gfw_server) as opened:
        yield opened


def test_fetch_returns_the_bytes_and_where_they_came_from(gfw_server, session):
    gfw_server.fail_next(redirect(307, "/there?x=1"), lambda _: reply([1]))
    fetched = session.get("/here")
    assert json.loads(fetched.body) == {"data": [1], "status": "success"}
    assert fetched.sha256 == hashlib.sha256(fetched.body).hexdigest()
    assert fetched.url == f"{gfw_server.url}/here"
    assert fetched.final_url == f"{gfw_server.url}/there?x=1"
    assert fetched.fetched_at.tzinfo is not None
    assert fetched.content_type == "application/json"
    assert fetched.status == 200


@pytest.mark.parametrize("status", [307, 308])
def test_fetch_keeps_method_body_and_key_on_a_redirect(gfw_server, session, status):
    seen = []

    def there(request):
        seen.append((request.method, request.data, request.headers["x-api-key"]))
        return reply([])

    gfw_server.fail_next(redirect(status, "/there"), there)
    session.post_json("/here", {"sql": "x"})
    assert seen == [("POST", b'{"sql":"x"}', API_KEY)]


@pytest.mark.parametrize("status", [301, 302, 303])
def test_fetch_follows_no_redirect_that_may_change_the_method(
    gfw_server, session, status
):
    gfw_server.always(redirect(status, "/there"))
    with pytest.raises(AddressRefused) as refused:
        session.get("/here")
    assert refused.value.code == "redirect_refused"
    assert len(gfw_server.requests) == 1


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "host_not_allowed"),
        ("https://example.org/", "host_not_allowed"),
        ("//example.org/x", "host_not_allowed"),
        ("http://127.0.0.1:1/x", "bad_port"),
        ("http://127.0.0.1/x", "redirect_elsewhere"),
        ("file:///etc/passwd", "bad_scheme"),
        ("http://user@127.0.0.1/", "userinfo"),
        ("http://[::1]/", "host_not_allowed"),
        ("", "redirect_refused"),
    ],
)
def test_fetch_follows_no_redirect_to_elsewhere(gfw_server, session, location, code):
    gfw_server.always(redirect(307, location))
    with pytest.raises(AddressRefused) as refused:
        session.get("/here")
    assert refused.value.code == code
    assert len(gfw_server.requests) == 1


def test_fetch_ends_a_circle_of_redirects(gfw_server, session):
    gfw_server.always(redirect(307, "/again"))
    with pytest.raises(AddressRefused) as refused:
        session.get("/here")
    assert refused.value.code == "too_many_redirects"
    assert len(gfw_server.requests) == 6


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_fetch_tries_three_times_when_a_fault_may_pass(gfw_server, session, status):
    fault = answers(status, "not now")
    gfw_server.fail_next(fault, fault, lambda _: reply("back"))
    assert json.loads(session.get("/x").body)["data"] == "back"
    gfw_server.always(fault)
    gfw_server.requests.clear()
    with pytest.raises(PassingFault) as stopped:
        session.get("/x")
    assert stopped.value.code == f"http_{status}"
    assert len(gfw_server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422])
def test_fetch_does_not_repeat_a_refused_request(gfw_server, session, status):
    gfw_server.always(answers(status, "no"))
    with pytest.raises(RequestRefused) as refused:
        session.get("/x")
    assert refused.value.code == f"http_{status}"
    assert len(gfw_server.requests) == 1


@pytest.mark.parametrize("status", [204, 206, 501])
def test_fetch_refuses_any_other_status(gfw_server, session, status):
    gfw_server.always(raw(b"{}", status, content_type="application/json"))
    with pytest.raises(SourceError) as refused:
        session.get("/x")
    assert refused.value.code == f"http_{status}"
    assert len(gfw_server.requests) == 1


@contextmanager
def pauses() -> Iterator[list[float]]:
    noted: list[float] = []

    def note(details: RetryDetails) -> None:
        noted.append(details.wait_for)

    set_on_retry_hooks([note])
    try:
        yield noted
    finally:
        set_on_retry_hooks(None)


def test_fetch_waits_longer_each_time_and_as_long_as_asked(gfw_server, monkeypatch):
    monkeypatch.setattr("stamina._core._t.nap.time.sleep", lambda _: None)
    gfw_server.always(answers(503, "not now"))
    with session_for(gfw_server) as session, pauses() as noted:
        with stamina.set_testing(False), pytest.raises(PassingFault):
            session.get("/x")
        assert 0.5 <= noted[0] <= 1.0 <= noted[1] <= 1.5
        noted.clear()
        gfw_server.always(answers(429, "slow down", **{"Retry-After": "7"}))
        with stamina.set_testing(False), pytest.raises(PassingFault):
            session.get("/x")
        assert noted == [7.0, 7.0]


def test_fetch_does_not_wait_beyond_its_budget(gfw_server):
    gfw_server.always(answers(429, "tomorrow", **{"Retry-After": "86400"}))
    with session_for(gfw_server) as session, pytest.raises(PassingFault) as stopped:
        session.get("/x")
    assert stopped.value.code == "http_429"
    assert len(gfw_server.requests) == 1


def test_fetch_ends_a_slow_drip_at_its_budget(gfw_server):
    gfw_server.always(slow_drip)
    with (
        session_for(gfw_server, budget_s=0.4) as session,
        pytest.raises(PassingFault) as stopped,
    ):
        session.get("/x")
    assert stopped.value.code == "budget_spent"
    assert len(gfw_server.requests) == 1


@contextmanager
def dripping_headers(drops: int) -> Iterator[tuple[int, list[int]]]:
    """Yield a port that sends its status line a byte at a time, and what it sent."""
    sent: list[int] = []

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            for number in range(drops):
                time.sleep(0.02)
                connection.sendall(b"x")
                sent.append(number)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        yield listener.getsockname()[1], sent
        thread.join()


def test_fetch_hangs_up_on_headers_that_drip():
    drops = 500
    with (
        dripping_headers(drops) as (port, sent),
        Session(
            base_url=f"http://127.0.0.1:{port}",
            hosts=frozenset(),
            endpoints=frozenset({("127.0.0.1", port)}),
            budget_s=0.2,
        ) as session,
        pytest.raises(PassingFault) as stopped,
    ):
        session.get("/x")
    assert stopped.value.code == "budget_spent"
    assert len(sent) < drops


def test_fetch_repeats_after_a_time_out(gfw_server):
    gfw_server.always(slow_drip)
    with (
        session_for(gfw_server, read_timeout_s=0.01) as session,
        pauses() as noted,
        pytest.raises(PassingFault) as stopped,
    ):
        session.get("/x")
    assert stopped.value.code == "timeout"
    assert len(noted) == 2


def test_fetch_says_when_nobody_listens():
    with GfwServer() as server:
        gone = session_for(server)
    with gone, pytest.raises(PassingFault) as stopped:
        gone.get("/x")
    assert stopped.value.code == "unreachable"


@pytest.mark.parametrize("fault", [short_body, half_gzip])
def test_fetch_notices_a_short_body(gfw_server, session, fault):
    gfw_server.always(fault)
    with pytest.raises(PassingFault) as stopped:
        session.get("/x")
    assert stopped.value.code == "short_body"
    assert len(gfw_server.requests) == 3


def test_fetch_cannot_notice_a_silent_cut(gfw_server, session):
    # Left to the adapters, which know how a whole answer ends.
    gfw_server.always(cut_silently)
    assert not session.get("/x").body.endswith(b"}")


@pytest.mark.parametrize(
    "fault", [gzip_bomb, raw(bytes(2_000_000), content_type="application/json")]
)
def test_fetch_stops_at_the_size_limit(gfw_server, fault):
    gfw_server.always(fault)
    with (
        session_for(gfw_server, max_body_bytes=1_000_000) as session,
        pytest.raises(ContentRefused) as refused,
    ):
        session.get("/x")
    assert refused.value.code == "too_large"


def test_an_error_page_that_is_a_bomb_does_no_harm(gfw_server, session):
    def bomb(request):
        response = gzip_bomb(request)
        response.status_code = 403
        return response

    gfw_server.always(bomb)
    with pytest.raises(RequestRefused) as refused:
        session.get("/x")
    assert refused.value.excerpt == "(ContentRefused)"


def test_fetch_decodes_gzip(gfw_server, session):
    def zipped(_):
        body = gzip.compress(b'{"data": 1}')
        return Response(body, headers={"Content-Encoding": "gzip"})

    gfw_server.always(zipped)
    assert session.get("/x").body == b'{"data": 1}'


@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, gzip"])
def test_fetch_refuses_a_compression_that_lies(gfw_server, session, encoding):
    gfw_server.always(
        raw(b"plain", content_type="text/csv", **{"Content-Encoding": encoding})
    )
    with pytest.raises(ContentRefused) as refused:
        session.get("/x")
    assert refused.value.code == "bad_encoding"


def test_the_key_is_in_no_error(gfw_server, session):
    gfw_server.always(answers(403, f"the key {API_KEY} has expired"))
    with pytest.raises(RequestRefused) as refused:
        session.get("/x")
    error = refused.value
    assert "the key *** has expired" in error.excerpt
    assert API_KEY not in repr(error) + str(error) + error.url + error.excerpt


def test_an_html_error_page_is_shown_as_it_came(gfw_server, session):
    gfw_server.always(html(504))
    with pytest.raises(PassingFault) as stopped:
        session.get("/x")
    assert stopped.value.excerpt.startswith("<!DOCTYPE html>")
    assert "504" in str(stopped.value)


def test_the_key_is_not_sent_in_clear():
    with (
        Session(
            base_url="http://example.org",
            hosts=frozenset({"example.org"}),
            secret_headers={"x-api-key": API_KEY},
        ) as session,
        pytest.raises(AddressRefused) as refused,
    ):
        session.get("/x")
    assert refused.value.code == "key_in_clear"


def test_open_session_says_what_is_missing():
    for spec, code in (
        (GFW_INTEGRATED_ALERTS, "missing_key"),
        (INEI_BOUNDARIES, "file_only"),
    ):
        with pytest.raises(SourceError) as missing:
            open_session(spec)
        assert missing.value.code == code
        assert missing.value.reason_es


def test_open_session_to_another_place_is_still_guarded():
    with (
        open_session(GEOBOSQUES_LOSS, base_url="http://127.0.0.1:8000") as session,
        pytest.raises(AddressRefused) as refused,
    ):
        session.get("/x")
    assert refused.value.code == "bad_port"


def test_every_source_is_fully_described_in_both_languages():
    for code, spec in SOURCES.items():
        assert spec.code == code
        assert len(spec.cautions_es) == len(spec.cautions_en) > 0
        assert spec.licence
        assert spec.citation
        assert spec.frequency_days > 0
        assert all(host in spec.base_url for host in spec.hosts)
    assert GEOBOSQUES_LOSS.break_years == (2017,)
