"""Public pages kept by data version: a published change makes every copy stale.

Never by time. The key holds the version of the data, the release, the day (pages
say how old a value is), the language and the whole address, so nothing has to be
deleted when something changes. Only pages that say so with ``public_page`` are
kept, only for readers without a session, and they hold no secret and no form
token, so that keeping them compressed is safe.
"""

import gzip
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import brotli
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from redis.exceptions import RedisError

from indicators.public import PUBLIC_MARK

logger = logging.getLogger(__name__)

LOCAL_BYTES: Final = 16_000_000
SHARED_SECONDS: Final = 7 * 86_400  # only clears away pages of older versions
SILENT_SECONDS: Final = 30.0
# The API keeps its own answers; the rest is never public.
_OWN_CACHE: Final = (
    *("/api/", "/admin/", "/panel/", "/healthz"),
    # What is true this second, also while the database is silent.
    *("/estado/", "/en/estado/"),
)
_NOT_KEPT = frozenset({"content-length", "set-cookie", "vary", "etag", "date"})


@dataclass(frozen=True, kw_only=True)
class KeptPage:
    """A page as it is sent: its headers and its body in each encoding.

    gzip, which no browser of the last years prefers, is added when first asked for.
    """

    etag: str
    headers: tuple[tuple[str, str], ...]
    bodies: dict[str, bytes]

    @property
    def size(self) -> int:
        """Return the bytes it takes."""
        return sum(len(body) for body in self.bodies.values())

    def body(self, encoding: str) -> bytes:
        """Return the body in an encoding; "" is the plain one."""
        if encoding not in self.bodies:
            packed = gzip.compress(self.bodies[""], compresslevel=6, mtime=0)
            self.bodies[encoding] = packed
        return self.bodies[encoding]


class LocalPages:
    """The most recently read pages of this process, up to a number of bytes."""

    def __init__(self, limit: int = LOCAL_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._pages: OrderedDict[str, KeptPage] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> KeptPage | None:
        """Return the page of a key, or None."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: str, page: KeptPage) -> None:
        """Keep a page; the ones not read for longest make room."""
        with self._lock:
            if key in self._pages or page.size > self._limit:
                return
            self._pages[key] = page
            self._size += page.size
            while self._size > self._limit:
                _, oldest = self._pages.popitem(last=False)
                self._size -= oldest.size

    def clear(self) -> None:
        """Forget every page."""
        with self._lock:
            self._pages.clear()
            self._size = 0


class SharedPages:
    """Pages in Redis. While it is down or silent the site goes on without it."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    def get(self, key: str) -> KeptPage | None:
        """Return the page of a key, or None."""
        if time.monotonic() < self._silent_until:
            return None
        try:
            kept = cache.get(key)
        except (RedisError, OSError) as error:
            self._pause(error)
            return None
        return kept if isinstance(kept, KeptPage) else None

    def put(self, key: str, page: KeptPage) -> None:
        """Keep a page for the other processes."""
        if time.monotonic() < self._silent_until:
            return
        try:
            cache.set(key, page, SHARED_SECONDS)
        except (RedisError, OSError) as error:
            self._pause(error)

    def _pause(self, error: Exception) -> None:
        # Each try against a hung Redis would cost a reader its whole time-out.
        self._silent_until = time.monotonic() + SILENT_SECONDS
        logger.warning("page cache without Redis for %s s: %s", SILENT_SECONDS, error)


local_pages = LocalPages()


class PageCacheMiddleware:
    """Answer public pages from memory, then Redis, then the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.shared = SharedPages()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the kept page, or the view's answer, which is kept if it is public."""
        version = data_version() if _is_anonymous_read(request) else None
        if version is None:
            return self.get_response(request)
        request.data_version = version  # type: ignore[attr-defined]
        key = page_key(request, version)
        page = local_pages.get(key)
        if page is None:
            page = self.shared.get(key)
            if page is None:
                response = self.get_response(request)
                page = kept_page(response)
                if page is None:
                    return response
                self.shared.put(key, page)
            local_pages.put(key, page)
        return _answer(request, page)


def data_version() -> str | None:
    """Return a text that differs after each published change; None if unknown.

    Raw SQL, for it is the one query of a kept page: half the time of the ORM's. The
    instant stands beside the number for a database that was restored to an older one.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT number, extract(epoch FROM changed_at)"
                " FROM indicators_dataversion WHERE id = 1"
            )
            row = cursor.fetchone()
    except (DatabaseError, InterfaceError):
        logger.warning("page cache without a data version", exc_info=True)
        return None
    return None if row is None else f"{row[0]}-{row[1]}"


def page_key(request: HttpRequest, version: str) -> str:
    """Return the key of a page: all that it may differ by."""
    parts = (
        settings.RELEASE,
        version,
        timezone.localdate().isoformat(),
        getattr(request, "LANGUAGE_CODE", ""),
        request.get_full_path(),
    )
    return f"page:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"


def kept_page(response: HttpResponse) -> KeptPage | None:
    """Return a response as it may be kept; None if it is not everyone's."""
    if (
        not getattr(response, PUBLIC_MARK, False)
        or response.streaming
        or response.cookies
    ):
        return None
    body = response.content
    return KeptPage(
        etag=hashlib.sha256(body).hexdigest()[:24],
        headers=tuple(
            (name, value)
            for name, value in response.items()
            if name.lower() not in _NOT_KEPT
        ),
        bodies={"br": brotli.compress(body, quality=5), "": body},
    )


def _is_anonymous_read(request: HttpRequest) -> bool:
    return (
        request.method in ("GET", "HEAD")
        and not request.path_info.startswith(_OWN_CACHE)
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and "HTTP_AUTHORIZATION" not in request.META
    )


def _answer(request: HttpRequest, page: KeptPage) -> HttpResponse:
    encoding = _encoding(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    # Strong: the same tag is the same bytes, so each encoding has its own.
    etag = f'"{page.etag}{"-" if encoding else ""}{encoding}"'
    wanted = request.META.get("HTTP_IF_NONE_MATCH", "")
    response: HttpResponse
    if wanted and (wanted.strip() == "*" or etag in _tags(wanted)):
        response = HttpResponseNotModified()
    else:
        body = page.body(encoding)
        response = HttpResponse(body)
        for name, value in page.headers:
            response.headers[name] = value
        if encoding:
            response.headers["Content-Encoding"] = encoding
        response.headers["Content-Length"] = str(len(body))
    response.headers["ETag"] = etag
    # Kept by anyone, used by nobody without asking whether it still holds.
    response.headers["Cache-Control"] = "public, no-cache"
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    return response


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _encoding(accepted: str) -> str:
    refused = ("q=0", "q=0.0", "q=0.00", "q=0.000")
    names = set()
    for part in accepted.lower().split(","):
        name, _, weight = part.strip().partition(";")
        if weight.strip() not in refused:
            names.add(name.strip())
    return next((name for name in ("br", "gzip") if name in names), "")
