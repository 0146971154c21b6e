"""The outer layer of every read: headers, 304, limit, body kept by data version.

A middleware near the top, because a repeated read needs neither session nor user
nor framework (benchmarks api.list and api.304).
"""

import gzip
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from zlib import crc32

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from rest_framework.settings import api_settings

from indicators.api.problems import problem_response
from indicators.api.throttling import AddressLimit

logger = logging.getLogger(__name__)

PREFIX = "/api/v1/"
PUBLIC_HEADERS = {
    # Public data: any page may read it, no cookie is ever looked at.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
    # Kept by anyone, shown only after asking whether it still holds.
    "Cache-Control": "public, no-cache",
    "Content-Language": "es, en",
    # Data, never a page; what the site's own middleware would say comes too late.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
}
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


@dataclass(frozen=True)
class KeptBody:
    """A rendered body as it is sent, plain and compressed."""

    plain: bytes
    gzipped: bytes
    content_type: str

    @property
    def size(self) -> int:
        """Return the bytes it takes."""
        return len(self.plain) + len(self.gzipped)


class KeptBodies:
    """Rendered bodies of this process, the least recently used dropped first.

    In the process and not in Redis: it cannot fail, and no reader can fill a
    shared memory with combinations of filters.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._bodies: OrderedDict[tuple[str, str], KeptBody] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, str]) -> KeptBody | None:
        """Return the body of (etag, address), None if not kept."""
        with self._lock:
            kept = self._bodies.get(key)
            if kept is not None:
                self._bodies.move_to_end(key)
            return kept

    def put(self, key: tuple[str, str], body: KeptBody) -> None:
        """Keep a body; one larger than an eighth of the room is not kept."""
        if body.size > self._max_bytes // 8:
            return
        with self._lock:
            if key in self._bodies:
                return
            self._bodies[key] = body
            self._bytes += body.size
            while self._bytes > self._max_bytes:
                _, dropped = self._bodies.popitem(last=False)
                self._bytes -= dropped.size


# gzip named and not refused by q=0.
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$))")
LIMIT = AddressLimit()
BODIES = KeptBodies(max_bytes=8 * 1024 * 1024)


def data_stamp() -> str:
    """Return the data version with the instant of its last change.

    The instant is there because a restored database may show an old number again.
    """
    try:
        row = _version_row(as_health_check=True)
    except (InterfaceError, OperationalError):
        # The kept connection was dead, as after a restart of the database.
        connection.close()
        row = _version_row(as_health_check=False)
    return f"{row[0]}.{row[1]:x}" if row else "0"


def _version_row(*, as_health_check: bool) -> tuple[int, int] | None:
    # Plain SQL: this is the only query of a repeated read, and building it with
    # the ORM costs more than running it. It also stands for the health check of
    # the kept connection, which would be as long again.
    if as_health_check:
        connection.health_check_done = True  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number, (extract(epoch FROM changed_at) * 1000000)::bigint"
            " FROM indicators_dataversion WHERE id = 1"
        )
        row: tuple[int, int] | None = cursor.fetchone()
    return row


def release_tag(address: str) -> str:
    """Return the weak tag of what an address shows now: release, data, address.

    The address is part of it, so that the tag of one resource does not make a
    mistyped address answer "unchanged".
    """
    return f'W/"{settings.RELEASE}-{data_stamp()}-{crc32(address.encode()):08x}"'


def client_address(request: HttpRequest) -> str:
    """Return the reader's address behind exactly NUM_PROXIES proxies of ours.

    A client can write anything into X-Forwarded-For; only what our own proxies
    appended counts.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    proxies = api_settings.NUM_PROXIES
    if not proxies or not forwarded:
        return str(request.META.get("REMOTE_ADDR", ""))
    hops = forwarded.split(",")
    return str(hops[-min(proxies, len(hops))]).strip()


class ApiEdge:
    """Answers what it can for addresses of the API; the rest of the site passes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer of the API, or of the rest of the site."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        if request.method == "OPTIONS":
            return HttpResponse(status=204, headers=PUBLIC_HEADERS | PREFLIGHT_HEADERS)
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        return answer_read(request, self.get_response)


def answer_read(
    request: HttpRequest, render: Callable[[HttpRequest], HttpResponse]
) -> HttpResponse:
    """Return the answer to a GET or HEAD: 304, 429, a kept body or a fresh one.

    A 304 is not counted against the limit: asking whether anything changed is what
    a reader should do. render is called only if nothing is kept for this data
    version; only its 200 answers are kept. 503 when the database does not answer.
    """
    try:
        response = _conditional(request, render)
    except (InterfaceError, OperationalError):
        logger.exception("API without database")
        response = problem_response("unavailable", http_status=503)
        response.headers["Retry-After"] = "10"
    for name, value in PUBLIC_HEADERS.items():
        response.headers[name] = value
    if response.status_code not in (200, 304):
        response.headers["Cache-Control"] = "no-store"
    return response


def _conditional(
    request: HttpRequest, render: Callable[[HttpRequest], HttpResponse]
) -> HttpResponse:
    address = request.get_full_path()
    etag = release_tag(address)
    asked = request.META.get("HTTP_IF_NONE_MATCH", "")
    if asked and etag in parse_etags(asked):
        return HttpResponseNotModified(headers={"ETag": etag})
    wait_s = LIMIT.seconds_to_wait(client_address(request))
    if wait_s:
        response = problem_response("throttled", http_status=429)
        response.headers["Retry-After"] = str(wait_s)
        return response
    kept = BODIES.get((etag, address))
    if kept is None:
        response = render(request)
        if response.status_code != 200:
            return response
        kept = KeptBody(
            response.content,
            # No time inside: the same body is the same bytes.
            gzip.compress(response.content, compresslevel=6, mtime=0),
            response.headers["Content-Type"],
        )
        BODIES.put((etag, address), kept)
    response = _sent(request, kept)
    response.headers["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=response) or response


def _sent(request: HttpRequest, kept: KeptBody) -> HttpResponse:
    if GZIP.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        response = HttpResponse(kept.gzipped, content_type=kept.content_type)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = HttpResponse(kept.plain, content_type=kept.content_type)
    response.headers["Vary"] = "Accept-Encoding"
    return response
