"""304, limit, headers, and a site whose Redis or database is down or silent."""

import gzip
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from indicators.api import edge, throttling
from indicators.api.edge import KeptBody
from indicators.api.throttling import AddressLimit, LocalCount
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
VALUES = "/api/v1/values/"


@pytest.fixture
def limit_of_three(settings: Any) -> Iterator[None]:
    settings.API_RATE_PER_MINUTE = 3
    # A run that crosses the full minute would count in two windows.
    with time_machine.travel("2026-11-20 12:00:10Z", tick=False):
        yield


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that accepts and never says a word, as a hung Redis does."""
    server = socket.create_server(("127.0.0.1", 0))
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                held.append(server.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield int(server.getsockname()[1])
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(timeout=5)
    for accepted in held:
        accepted.close()


def statuses(api: Client, times: int, **headers: str) -> list[int]:
    return [api.get(VALUES, headers=headers).status_code for _ in range(times)]


def test_answers_are_public_and_readable_from_any_page(api: Client, db: None) -> None:
    response = api.get(VALUES)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies


def test_repeated_read_is_a_304_until_something_changes(
    api: Client, indicator: Any
) -> None:
    first = api.get(VALUES)
    etag = first.headers["ETag"]
    again = api.get(VALUES, headers={"if-none-match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag
    assert again.headers["Cache-Control"] == "public, no-cache"
    factories.YearlyValueFactory(indicator=indicator)
    changed = api.get(VALUES, headers={"if-none-match": etag})
    assert changed.status_code == 200
    assert changed.json()["count"] == 1
    assert changed.headers["ETag"] != etag


def test_a_new_release_changes_every_tag(api: Client, db: None, settings: Any) -> None:
    etag = api.get(VALUES).headers["ETag"]
    settings.RELEASE = "next"
    assert api.get(VALUES, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize("address", ["values/?year=x", "goals/NOPE/", "goals/%00/"])
def test_tag_of_one_resource_does_not_hide_a_wrong_address(
    address: str, api: Client, db: None
) -> None:
    etag = api.get(VALUES).headers["ETag"]
    response = api.get(f"/api/v1/{address}", headers={"if-none-match": etag})
    assert response.status_code in (400, 404)


def test_kept_body_is_the_same_and_needs_one_query(
    api: Client, indicator: Any, django_assert_num_queries: Any
) -> None:
    factories.YearlyValueFactory(indicator=indicator)
    first = api.get(VALUES)
    with django_assert_num_queries(1):
        second = api.get(VALUES)
    assert (second.content, second.headers["Content-Type"]) == (
        first.content,
        first.headers["Content-Type"],
    )


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "gzip"),
        ("br;q=1.0, gzip;q=0.8", "gzip"),
        ("gzip;q=0, identity", None),
        ("identity", None),
        ("", None),
    ],
)
def test_body_is_compressed_for_who_takes_it(
    accepted: str, encoding: str | None, api: Client, world: Any
) -> None:
    plain = api.get("/api/v1/plan/")
    asked = api.get("/api/v1/plan/", headers={"accept-encoding": accepted})
    assert asked.headers.get("Content-Encoding") == encoding
    assert "Accept-Encoding" in asked.headers["Vary"]
    body = gzip.decompress(asked.content) if encoding else asked.content
    assert body == plain.content


def test_refusals_are_not_kept(api: Client, db: None) -> None:
    response = api.get("/api/v1/goals/BOS-01/")
    assert (response.status_code, response.headers["Cache-Control"]) == (
        404,
        "no-store",
    )
    factories.GoalFactory(order=1)
    assert api.get("/api/v1/goals/BOS-01/").status_code == 200


def test_kept_bodies_stay_within_their_room() -> None:
    bodies = edge.KeptBodies(max_bytes=1000)
    for n in range(100):
        bodies.put(("tag", str(n)), KeptBody(b"x" * 60, b"x" * 40, "text/plain"))
    bodies.put(("tag", "large"), KeptBody(b"x" * 100, b"x" * 100, "text/plain"))
    kept = [n for n in range(100) if bodies.get(("tag", str(n)))]
    assert kept == list(range(90, 100))
    assert bodies.get(("tag", "large")) is None


@pytest.mark.parametrize("address", ["", "values/", "plan/", "schema/"])
def test_head_is_get_without_body(address: str, api: Client, world: Any) -> None:
    got = api.get(f"/api/v1/{address}")
    head = api.head(f"/api/v1/{address}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == got.headers["ETag"]


def test_options_lets_a_page_ask_whether_something_changed(api: Client) -> None:
    response = api.options(VALUES)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert response.headers["Access-Control-Allow-Headers"] == "If-None-Match"


def test_more_than_the_limit_is_429_with_the_seconds_to_wait(
    api: Client, db: None, limit_of_three: None
) -> None:
    assert statuses(api, 4) == [200, 200, 200, 429]
    refused = api.get(VALUES)
    assert refused.json()["code"] == "throttled"
    assert refused.headers["Retry-After"] == "50"
    with time_machine.travel("2026-11-20 12:01:00Z", tick=False):
        assert api.get(VALUES).status_code == 200


def test_default_limit_is_sixty_a_minute(api: Client, db: None) -> None:
    with time_machine.travel("2026-11-20 12:00:10Z", tick=False):
        assert statuses(api, 61) == [200] * 60 + [429]


def test_asking_whether_something_changed_is_not_counted(
    api: Client, db: None, limit_of_three: None
) -> None:
    etag = api.get(VALUES).headers["ETag"]
    assert statuses(api, 5, **{"if-none-match": etag}) == [304] * 5


def test_each_address_has_its_own_limit(
    db: None, limit_of_three: None, settings: Any
) -> None:
    assert statuses(Client(REMOTE_ADDR="10.0.0.1"), 4)[-1] == 429
    assert statuses(Client(REMOTE_ADDR="10.0.0.2"), 1) == [200]
    # A household has a whole /64 of IPv6; another household has another one.
    assert statuses(Client(REMOTE_ADDR="2001:db8::1"), 3) == [200] * 3
    assert statuses(Client(REMOTE_ADDR="2001:db8::2"), 1) == [429]
    assert statuses(Client(REMOTE_ADDR="2001:db8:0:1::1"), 1) == [200]


def test_a_made_up_forwarded_address_does_not_help(
    api: Client, db: None, limit_of_three: None
) -> None:
    seen = [statuses(api, 1, **{"x-forwarded-for": f"10.1.1.{n}"}) for n in range(4)]
    assert seen[-1] == [429]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "127.0.0.1"),
        (1, "6.6.6.6, 10.0.0.9", "10.0.0.9"),
        (2, "6.6.6.6, 10.0.0.9, 10.0.0.1", "10.0.0.9"),
        (2, "10.0.0.1", "10.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_address_is_what_our_own_proxies_wrote(
    proxies: int, forwarded: str, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge.api_settings, "NUM_PROXIES", proxies, raising=False)
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded})
    assert edge.client_address(request) == address


def test_redis_knows_no_address(api: Client, db: None) -> None:
    client = throttling._redis_client(throttling.settings.REDIS_URL)
    api.get(VALUES, REMOTE_ADDR="203.0.113.77")
    keys = client.keys("api-limit:*")
    assert len(keys) == 1
    assert b"203.0.113" not in keys[0]
    assert 0 < client.ttl(keys[0]) <= 120
    cache.clear()


def without_redis(
    port: int, settings: Any, caplog: pytest.LogCaptureFixture
) -> Callable[[], None]:
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    settings.API_RATE_PER_MINUTE = 3
    client = Client(REMOTE_ADDR="203.0.113.77")

    def check() -> None:
        began = time.monotonic()
        with caplog.at_level(logging.WARNING):
            # The limit still holds, counted by this process.
            assert statuses(client, 4) == [200, 200, 200, 429]
        assert time.monotonic() - began < 3, "F-02: no answer after more than 3 s"
        assert "Redis does not answer" in caplog.text
        assert "203.0.113" not in caplog.text

    return check


def test_f01_redis_down_api_answers(
    db: None, closed_port: int, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    without_redis(closed_port, settings, caplog)()


def test_f02_redis_silent_api_answers_within_three_seconds(
    db: None, silent_port: int, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    without_redis(silent_port, settings, caplog)()


def test_redis_is_asked_again_after_its_pause(
    closed_port: int, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = settings.REDIS_URL
    limit = AddressLimit()
    settings.REDIS_URL = f"redis://127.0.0.1:{closed_port}/0"
    assert limit.seconds_to_wait("10.0.0.1") == 0
    settings.REDIS_URL = good
    monkeypatch.setattr(limit, "_redis_rests_until", time.monotonic() - 1)
    assert limit.seconds_to_wait("10.0.0.1") == 0
    client = throttling._redis_client(good)
    assert [client.get(key) for key in client.keys("api-limit:*")] == [b"1"]
    cache.clear()


def test_local_count_is_bounded_and_lets_the_rest_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(throttling, "MAX_LOCAL_ADDRESSES", 2)
    count = LocalCount()
    assert [count.add(key, 1) for key in "aabbcc"] == [1, 2, 1, 2, 0, 0]
    assert count.add("c", 2) == 1


def test_database_down_is_503_in_json(
    api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_database() -> str:
        raise OperationalError("no route")

    monkeypatch.setattr(edge, "data_stamp", no_database)
    response = api.get(VALUES)
    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert response.headers["Retry-After"] == "10"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.django_db(transaction=True)
def test_connection_that_died_is_replaced_unnoticed(api: Client) -> None:
    """The one query stands for the health check; a restart must not be a 503."""
    api.get(VALUES)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    assert api.get(VALUES).status_code == 200


@pytest.mark.parametrize("address", ["", "values/", "values/?year=x", "goals/%00/"])
def test_answers_can_be_no_page(address: str, api: Client, db: None) -> None:
    for _ in range(2):
        headers = api.get(f"/api/v1/{address}").headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"


def test_the_rest_of_the_site_is_left_alone(api: Client, db: None) -> None:
    response = api.get("/api/v2/values/")
    assert response.status_code == 404
    assert "Access-Control-Allow-Origin" not in response.headers
