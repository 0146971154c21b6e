"""Kept pages: never older than the data, never another reader's, never in the way."""

import gzip
from typing import Any

import brotli
import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import UserFactory, YearlyValueFactory
from tests.pages.conftest import Situation
from tocache import pagecache

pytestmark = pytest.mark.django_db


def queries(client: Client, path: str, **headers: Any) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path, **headers).status_code == 200
    return len(captured)


def test_a_kept_page_costs_one_query(situation: Situation, client: Client) -> None:
    assert queries(client, "/") > 1
    assert queries(client, "/") == 1


def test_a_kept_page_is_the_same_page(situation: Situation, client: Client) -> None:
    first, second = client.get("/"), client.get("/")
    assert first.content == second.content
    assert first.headers["ETag"] == second.headers["ETag"]
    for name in ("Content-Security-Policy", "X-Frame-Options", "Content-Type"):
        assert first.headers[name] == second.headers[name]


def test_a_published_change_is_seen_at_once(
    situation: Situation, province: Any, client: Client
) -> None:
    client.get("/indicadores/yuca/")
    YearlyValueFactory(
        indicator=situation.faster, place=province, year=2026, value="1.41"
    )
    assert "1.41" in client.get("/indicadores/yuca/").content.decode()


def test_another_process_finds_the_page_in_redis(
    situation: Situation, client: Client
) -> None:
    queries(client, "/")
    pagecache.local_pages.clear()
    assert queries(client, "/") == 1


def test_another_release_starts_afresh(
    situation: Situation, client: Client, settings: Any
) -> None:
    queries(client, "/")
    settings.RELEASE = "another"
    assert queries(client, "/") > 1


def test_languages_are_kept_apart(situation: Situation, client: Client) -> None:
    client.get("/metodologia/")
    english = client.get("/en/metodologia/")
    assert english.headers["Content-Language"] == "en"
    assert '<html lang="en">' in english.content.decode()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("", ""),
        ("identity", ""),
    ],
)
def test_the_body_comes_in_an_accepted_encoding(
    accepted: str, encoding: str, situation: Situation, client: Client
) -> None:
    plain = client.get("/").content
    answer = client.get("/", headers={"accept-encoding": accepted})
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[encoding]
    assert unpack(answer.content) == plain
    assert answer.headers.get("Content-Encoding", "") == encoding
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert {"Accept-Encoding", "Cookie"} <= {
        name.strip() for name in answer.headers["Vary"].split(",")
    }


def test_each_encoding_has_its_own_strong_tag(
    situation: Situation, client: Client
) -> None:
    tags = {
        client.get("/", headers={"accept-encoding": accepted}).headers["ETag"]
        for accepted in ("br", "gzip", "")
    }
    assert len(tags) == 3
    assert not any(tag.startswith("W/") for tag in tags)


def test_an_unchanged_page_is_not_sent_again(
    situation: Situation, province: Any, client: Client
) -> None:
    tag = client.get("/").headers["ETag"]
    known = {"if-none-match": f'"other", {tag}'}
    answer = client.get("/", headers=known)
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["ETag"] == tag
    assert answer.headers["Cache-Control"] == "public, no-cache"
    YearlyValueFactory(
        indicator=situation.faster, place=province, year=2026, value="1.41"
    )
    assert client.get("/", headers=known).status_code == 200


def test_head_answers_as_get_without_a_body(
    situation: Situation, client: Client
) -> None:
    read, head = client.get("/"), client.head("/")
    assert head.content == b""
    assert head.headers["ETag"] == read.headers["ETag"]
    assert head.headers["Content-Length"] == read.headers["Content-Length"]


def test_who_is_signed_in_gets_no_kept_page(
    situation: Situation, client: Client
) -> None:
    client.get("/")
    person = Client()
    person.force_login(UserFactory())
    answer = person.get("/")
    assert "Mi panel" in answer.content.decode()
    assert "ETag" not in answer.headers
    assert "Entrar" in client.get("/").content.decode()


def test_kept_pages_hold_no_form_token(situation: Situation, client: Client) -> None:
    for path in ("/", "/indicadores/", "/indicadores/perdida/", "/fuentes/"):
        answer = client.get(path)
        assert "csrfmiddlewaretoken" not in answer.content.decode()
        assert not answer.cookies


def test_the_sign_in_page_is_never_kept(client: Client) -> None:
    assert "ETag" not in client.get("/cuenta/login/").headers


def test_made_up_parameters_do_not_fill_the_cache(
    situation: Situation, client: Client
) -> None:
    answer = client.get("/?relleno=1")
    assert answer.status_code == 200
    assert "ETag" not in answer.headers
    assert "ETag" in client.get("/indicadores/?orden=nombre").headers


@pytest.mark.parametrize(
    "query", ["&", "&&", "orden=plan&orden=plan", "orden=plan&eje=", "orden=pl%61n"]
)
def test_another_way_to_write_an_address_is_answered_and_not_kept(
    situation: Situation, client: Client, query: str
) -> None:
    answer = client.get(f"/indicadores/?{query}")
    assert answer.status_code == 200
    assert "ETag" not in answer.headers


def test_what_the_filter_form_sends_is_kept(
    situation: Situation, client: Client
) -> None:
    answer = client.get("/indicadores/?eje=&estado=&orden=plan")
    assert "ETag" in answer.headers


def test_a_page_not_found_is_not_kept(situation: Situation, client: Client) -> None:
    assert "ETag" not in client.get("/indicadores/nada/").headers


def test_pages_go_on_without_redis(
    situation: Situation, client: Client, settings: Any
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert queries(client, "/") > 1
    assert queries(client, "/") == 1
    pagecache.local_pages.clear()
    assert client.get("/").status_code == 200


def test_the_least_read_pages_make_room() -> None:
    pages = pagecache.LocalPages(limit=250)

    def page(letter: str) -> pagecache.KeptPage:
        body = {"": letter.encode() * 100}
        return pagecache.KeptPage(etag=letter, headers=(), bodies=body)

    for letter in "ab":
        pages.put(letter, page(letter))
    pages.get("a")
    pages.put("c", page("c"))
    assert [letter for letter in "abc" if pages.get(letter)] == ["a", "c"]


def test_a_page_larger_than_the_cache_is_not_kept() -> None:
    pages = pagecache.LocalPages(limit=10)
    body = {"": b"x" * 11}
    pages.put("a", pagecache.KeptPage(etag="a", headers=(), bodies=body))
    assert pages.get("a") is None


def test_a_database_that_is_away_gives_a_503_that_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(connection, "cursor", away)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "El servicio no está disponible" in answer.content.decode()


def test_an_unforeseen_fault_gives_a_500_without_details(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr("tocache.views.home_summary", broken)
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()
    assert "hay un problema con el servicio" in answer.content.decode()
