"""The HTTP session every adapter fetches with.

It trusts nobody: hosts are allow-listed and their addresses checked, redirects are
followed by hand, bodies are limited while they stream, and one wall-clock budget
spans all retries and redirects of a fetch. A retry lives here only: never repeat a
fetch inside a Celery autoretry.
"""

import hashlib
import json
import random
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import httpcore2
import httpx2
import stamina

from indicators.sources.addresses import Endpoint, GuardedBackend, checked_url
from indicators.sources.errors import (
    AddressRefused,
    ContentRefused,
    PassingFault,
    RequestRefused,
    SourceError,
    TookTooLong,
)

MAX_REDIRECTS = 5
MAX_TRIES = 3
MAX_ERROR_BODY_BYTES = 64 * 1024
CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 15.0
BUDGET_S = 120.0
MAX_BODY_BYTES = 64 * 1024 * 1024
USER_AGENT = "tocache-2030/0.1 (public sustainability dashboard)"

_PASSING_STATUS = frozenset({429, 500, 502, 503, 504})
_TOO_LONG_MARKS = ("took too long", "response code 413")
_GOOD_STATUS = frozenset({200})
_KEPT_REDIRECTS = frozenset({307, 308})
_INFLATE_STEP_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """One complete answer: the decoded bytes as they came and where they came from.

    `sha256` is the hex digest of `body`; `url` was asked for, `final_url` answered
    after redirects; `fetched_at` is aware UTC; `content_type` is what the server
    claims, "" when it claims nothing.
    """

    body: bytes = field(repr=False)
    sha256: str
    url: str
    final_url: str
    fetched_at: datetime
    content_type: str
    status: int


class _GuardedTransport(httpx2.HTTPTransport):
    """httpx2's transport on a pool whose connections are opened by our backend."""

    def __init__(self, backend: GuardedBackend) -> None:
        super().__init__(trust_env=False)
        self._pool.close()
        # HTTPTransport has no parameter for this; tests/sources/test_addresses.py
        # fails should the attribute ever be renamed.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            max_connections=4,
            keepalive_expiry=5.0,
            network_backend=backend,
        )


class Session:
    """Fetches from one source. Not for use by several threads at once.

    `secret_path` is a key that the service takes as part of the address; answers and
    faults name the address without it.

    Proxy settings of the environment are not used: a proxy would connect to
    addresses nobody checked.
    """

    def __init__(
        self,
        *,
        base_url: str,
        hosts: frozenset[str],
        secret_headers: Mapping[str, str] | None = None,
        secret_path: str = "",
        endpoints: frozenset[Endpoint] = frozenset(),
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        budget_s: float = BUDGET_S,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._hosts = hosts
        self._endpoints = endpoints
        self._secret_headers = dict(secret_headers or {})
        self._secret_path = secret_path
        self._budget_s = budget_s
        self._max_body_bytes = max_body_bytes
        self._ends_at = 0.0
        self._client = httpx2.Client(
            transport=_GuardedTransport(
                GuardedBackend(endpoints=endpoints, remaining_s=self._remaining_s)
            ),
            timeout=httpx2.Timeout(read_timeout_s, connect=connect_timeout_s),
            follow_redirects=False,
            trust_env=False,
            headers={
                "User-Agent": USER_AGENT,
                # Only what the bounded decoder below understands.
                "Accept-Encoding": "gzip",
                "Accept": "application/json, text/csv;q=0.9, */*;q=0.1",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def get(self, path: str) -> Fetched:
        """Return the answer to a GET of `base_url` + path; errors as in `fetch`."""
        return self.fetch("GET", path)

    def get_link(self, url: str) -> Fetched:
        """Return the answer to a GET of a whole address that an answer named.

        Its host must be allowed; another host than the session's is not sent the key.
        Errors as in `fetch`.
        """
        return self._fetch("GET", url, None, _GOOD_STATUS)

    def post_json(self, path: str, payload: object) -> Fetched:
        """Return the answer to a POST of the payload as JSON; errors as in `fetch`."""
        body = json.dumps(payload, separators=(",", ":"), allow_nan=False)
        return self.fetch("POST", path, body=body.encode())

    def fetch(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        accepted: frozenset[int] = _GOOD_STATUS,
    ) -> Fetched:
        """Return the complete answer of `base_url` + path with an accepted status.

        Up to three tries with growing, jittered pauses for passing faults, all of
        them, redirects included, within the session's budget in seconds.

        Raises:
            AddressRefused: the address or a redirect leaves what is allowed.
            PassingFault: still failing after the last try, or the budget is spent.
            RequestRefused: 4xx; not tried again.
            TookTooLong: the source says the query is too big; not tried again.
            ContentRefused: too large, undecodable or an unexpected status.
        """
        return self._fetch(method, self.base_url + path, body, accepted)

    def _fetch(
        self, method: str, url: str, body: bytes | None, accepted: frozenset[int]
    ) -> Fetched:
        self._ends_at = time.monotonic() + self._budget_s
        tries = stamina.retry_context(
            on=_Pauses(self._remaining_s), attempts=MAX_TRIES, timeout=None
        )
        for attempt in tries:
            with attempt:
                return self._try_once(method, url, body, accepted)
        raise AssertionError("stamina ends with a result or an exception")

    def _remaining_s(self) -> float:
        return self._ends_at - time.monotonic()

    def _try_once(
        self, method: str, url: str, body: bytes | None, accepted: frozenset[int]
    ) -> Fetched:
        target = self._checked(url)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._opened(method, target, body)
            try:
                if not 300 <= response.status_code < 400:
                    return self._read(url, response, accepted)
                target = self._redirected(target, response)
            except httpx2.TransportError as error:
                raise self._transport_fault(target, error) from error
            finally:
                response.close()
        raise AddressRefused(
            "too_many_redirects",
            f"La fuente redirige más de {MAX_REDIRECTS} veces.",
            f"The source redirects more than {MAX_REDIRECTS} times.",
            url=self._without_secrets(url),
        )

    def _checked(self, url: str) -> httpx2.URL:
        try:
            return checked_url(url, hosts=self._hosts, endpoints=self._endpoints)
        except AddressRefused as refused:
            if not self._secret_path:
                raise
            words = (refused.reason_es, refused.reason_en)
            raise AddressRefused(
                refused.code, *map(self._without_secrets, words)
            ) from None

    def _opened(
        self, method: str, target: httpx2.URL, body: bytes | None
    ) -> httpx2.Response:
        headers = dict(self._secret_headers) if self._is_own(target) else {}
        if (headers or self._secret_path) and target.scheme != "https":
            port = target.port or 80
            if (target.host, port) not in self._endpoints:
                raise AddressRefused(
                    "key_in_clear",
                    "La clave no se envía por http sin cifrar.",
                    "The key is not sent over unencrypted http.",
                    url=self._without_secrets(str(target)),
                )
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = self._client.build_request(
            method, target, content=body, headers=headers
        )
        try:
            return self._client.send(request, stream=True)
        except httpx2.TransportError as error:
            raise self._transport_fault(target, error) from error

    def _is_own(self, target: httpx2.URL) -> bool:
        base = httpx2.URL(self.base_url)
        return (target.scheme, target.host, target.port) == (
            base.scheme,
            base.host,
            base.port,
        )

    def _redirected(self, target: httpx2.URL, response: httpx2.Response) -> httpx2.URL:
        location = response.headers.get("location", "")
        if response.status_code not in _KEPT_REDIRECTS or not location:
            raise AddressRefused(
                "redirect_refused",
                f"La fuente redirige con {response.status_code}; "
                "solo se sigue 307 o 308.",
                f"The source redirects with {response.status_code}; "
                "only 307 and 308 are followed.",
                url=self._without_secrets(str(target)),
                status=response.status_code,
            )
        try:
            joined = str(target.join(location))
        except (httpx2.InvalidURL, UnicodeError):
            joined = location
        new = self._checked(joined)
        if (new.scheme, new.host, new.port) != (
            target.scheme,
            target.host,
            target.port,
        ):
            raise AddressRefused(
                "redirect_elsewhere",
                f"La fuente redirige a otro servidor ({new.host}); no se sigue.",
                f"The source redirects to another server ({new.host}); not followed.",
                url=self._without_secrets(str(target)),
                status=response.status_code,
            )
        return new

    def _read(
        self, url: str, response: httpx2.Response, accepted: frozenset[int]
    ) -> Fetched:
        if response.status_code not in accepted:
            raise self._status_fault(response)
        body = b"".join(self._chunks(response, self._max_body_bytes))
        return Fetched(
            body=body,
            sha256=hashlib.sha256(body).hexdigest(),
            url=self._without_secrets(url),
            final_url=self._without_secrets(str(response.url)),
            fetched_at=datetime.now(UTC),
            content_type=response.headers.get("content-type", ""),
            status=response.status_code,
        )

    def _chunks(self, response: httpx2.Response, limit: int) -> Iterator[bytes]:
        """Yield decoded pieces; both the raw and the decoded size stay in the limit."""
        encoding = response.headers.get("content-encoding", "identity").lower()
        if encoding not in ("identity", "gzip"):
            raise _content_fault(
                "bad_encoding",
                f"La respuesta viene con una compresión no pedida ({encoding}).",
                f"The answer came in a compression not asked for ({encoding}).",
            )
        inflater = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
        raw_size = size = 0
        for raw in response.iter_raw():
            raw_size += len(raw)
            for piece in [raw] if inflater is None else _inflated(inflater, raw):
                size += len(piece)
                if max(size, raw_size) > limit:
                    raise _content_fault(
                        "too_large",
                        f"La respuesta supera {limit:,} bytes.",
                        f"The answer is larger than {limit:,} bytes.",
                    )
                yield piece
        if inflater is not None and not inflater.eof:
            raise PassingFault(
                "short_body",
                "La respuesta llegó cortada.",
                "The answer was cut short.",
                url=self._without_secrets(str(response.url)),
                status=response.status_code,
            )

    def _status_fault(self, response: httpx2.Response) -> SourceError:
        status = response.status_code
        text = self._excerpt(response)
        about = {"excerpt": text, "url": self._without_secrets(str(response.url))}
        if status == 500 and any(mark in text.lower() for mark in _TOO_LONG_MARKS):
            return TookTooLong(
                "took_too_long",
                "La consulta es demasiado grande para la fuente.",
                "The query is too big for the source.",
                status=status,
                **about,
            )
        if status in _PASSING_STATUS:
            fault = PassingFault(
                f"http_{status}",
                f"La fuente falla por ahora (HTTP {status}).",
                f"The source is failing for now (HTTP {status}).",
                status=status,
                **about,
            )
            fault.retry_after_s = _retry_after_s(response)
            return fault
        if 400 <= status < 500:
            return RequestRefused(
                f"http_{status}",
                _REFUSALS_ES.get(status, f"La fuente rechazó el pedido ({status})."),
                _REFUSALS_EN.get(status, f"The source refused the request ({status})."),
                status=status,
                **about,
            )
        return SourceError(
            f"http_{status}",
            f"La fuente respondió de forma inesperada (HTTP {status}).",
            f"The source answered unexpectedly (HTTP {status}).",
            status=status,
            **about,
        )

    def _excerpt(self, response: httpx2.Response) -> str:
        try:
            body = b"".join(self._chunks(response, MAX_ERROR_BODY_BYTES))
        except (httpx2.TransportError, SourceError) as error:
            # The status alone decides; its body only illustrates it.
            body = f"({type(error).__name__})".encode()
        return self._without_secrets(body.decode("utf-8", "replace"))

    def _without_secrets(self, text: str) -> str:
        secrets = [*self._secret_headers.values(), self._secret_path]
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return text

    def _transport_fault(
        self, target: httpx2.URL, error: httpx2.TransportError
    ) -> SourceError:
        if self._remaining_s() <= 0:
            return self._budget_fault(target)
        if isinstance(error, httpx2.TimeoutException):
            code, spanish, english = (
                "timeout",
                "La fuente no respondió a tiempo.",
                "The source did not answer in time.",
            )
        elif isinstance(error, httpx2.RemoteProtocolError):
            code, spanish, english = (
                "short_body",
                "La respuesta llegó cortada.",
                "The answer was cut short.",
            )
        else:
            code, spanish, english = (
                "unreachable",
                "No se pudo conectar con la fuente.",
                "The source could not be reached.",
            )
        excerpt = self._without_secrets(str(error))
        return PassingFault(
            code,
            spanish,
            english,
            url=self._without_secrets(str(target)),
            excerpt=excerpt,
        )

    def _budget_fault(self, target: httpx2.URL) -> SourceError:
        return PassingFault(
            "budget_spent",
            f"La descarga no terminó en {self._budget_s:g} segundos.",
            f"The download did not end within {self._budget_s:g} seconds.",
            url=self._without_secrets(str(target)),
        )


_REFUSALS_ES = {
    401: "La fuente no aceptó la clave (401).",
    403: "La fuente no aceptó la clave (403): falta, venció o es de otro dominio.",
    404: "La fuente no tiene lo pedido (404).",
    422: "La fuente no entiende el pedido (422).",
}
_REFUSALS_EN = {
    401: "The source did not accept the key (401).",
    403: "The source did not accept the key (403): missing, expired or foreign.",
    404: "The source does not have what was asked for (404).",
    422: "The source does not understand the request (422).",
}


class _Pauses:
    """Decides after a fault whether to try again, and after how many seconds."""

    def __init__(self, remaining_s: Callable[[], float]) -> None:
        self._remaining_s = remaining_s
        self._faults = 0

    def __call__(self, error: Exception) -> bool | float:
        if not isinstance(error, PassingFault):
            return False
        pause_s = min(0.5 * 2**self._faults, 4.0) + random.uniform(0, 0.5)
        self._faults += 1
        if error.retry_after_s is not None:
            pause_s = max(pause_s, error.retry_after_s)
        return pause_s if pause_s < self._remaining_s() else False


def _inflated(inflater: "zlib._Decompress", raw: bytes) -> Iterator[bytes]:
    pending = raw
    while pending and not inflater.eof:
        try:
            piece = inflater.decompress(pending, _INFLATE_STEP_BYTES)
        except zlib.error as error:
            raise _content_fault(
                "bad_encoding",
                "La respuesta dice venir en gzip y no se puede descomprimir.",
                "The answer claims to be gzip and cannot be decompressed.",
            ) from error
        pending = inflater.unconsumed_tail
        yield piece


def _retry_after_s(response: httpx2.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdecimal() else None


def _content_fault(code: str, reason_es: str, reason_en: str) -> ContentRefused:
    return ContentRefused(code, reason_es, reason_en)
