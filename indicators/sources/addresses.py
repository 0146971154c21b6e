"""Which addresses a source may be fetched from (server-side request forgery).

An operator can change a source's URL, and a source can redirect. Neither may make
the worker talk to the machine itself, its network or a cloud's metadata service.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2
import httpx2

from indicators.sources.errors import AddressRefused

Endpoint = tuple[str, int]

PORTS = {"http": 80, "https": 443}
# RFC 6052: an IPv4 address rides in the last 32 bits of this prefix.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def checked_url(
    url: str, *, hosts: frozenset[str], endpoints: frozenset[Endpoint]
) -> httpx2.URL:
    """Return the parsed URL when scheme, user part, host and port are allowed.

    `hosts` may be reached on ports 80 and 443; `endpoints` are (host, port) pairs
    allowed besides, for tests and benchmarks on the loopback interface. The parser
    is the one that later connects, so both see the same host.

    Raises:
        AddressRefused: anything else.
    """
    if any(ord(character) <= 0x20 or character == "\\" for character in url):
        raise _refused("bad_url", url, "tiene caracteres no permitidos")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError) as error:
        raise _refused("bad_url", url, "no es una dirección válida") from error
    if parsed.scheme not in PORTS:
        raise _refused("bad_scheme", url, "solo se admite http o https")
    authority = url.partition("://")[2].partition("/")[0]
    if parsed.userinfo or "@" in authority:
        raise _refused("userinfo", url, "lleva usuario o contraseña")
    port = parsed.port or PORTS[parsed.scheme]
    if (parsed.host, port) in endpoints:
        return parsed
    if parsed.host not in hosts:
        raise _refused("host_not_allowed", url, "el servidor no está en la lista")
    if port not in PORTS.values():
        raise _refused("bad_port", url, "solo se admiten los puertos 80 y 443")
    return parsed


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to the public internet.

    Loopback, private, shared (100.64/10), link-local, multicast and reserved
    addresses are not public, nor are IPv6 forms that carry an IPv4 address inside
    (mapped, 6to4, Teredo, NAT64), whatever they carry.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and (
        parsed.ipv4_mapped or parsed.sixtofour or parsed.teredo or parsed in _NAT64
    ):
        return False
    return (
        parsed.is_global
        and not parsed.is_multicast
        and not parsed.is_reserved
        and not parsed.is_unspecified
    )


class GuardedBackend(httpcore2.NetworkBackend):
    """Opens connections only to addresses that were checked, and only in time.

    The name is resolved here and the connection goes to the very address that was
    checked, so a second, different answer of the name server cannot slip in. Every
    read and write ends at `remaining_s()`, however slowly bytes drip.
    """

    def __init__(
        self, *, endpoints: frozenset[Endpoint], remaining_s: Callable[[], float]
    ) -> None:
        self._endpoints = endpoints
        self._remaining_s = remaining_s
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Return a stream to the first checked address that accepts.

        Raises:
            AddressRefused: any of the name's addresses is not public.
            httpcore2.ConnectError, httpcore2.ConnectTimeout: nothing accepts.
        """
        addresses = self._resolved(host, port)
        if (host, port) not in self._endpoints:
            for address in addresses:
                if not is_public(address):
                    raise _refused(
                        "address_not_public",
                        f"{host}:{port}",
                        f"resuelve a {address}, que no es pública",
                    )
        failure: Exception = httpcore2.ConnectError(f"no address for {host}")
        for address in addresses:
            try:
                stream = self._plain.connect_tcp(
                    address,
                    port,
                    timeout=_within(timeout, self._remaining_s()),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _TimedStream(stream, self._remaining_s)
        raise failure

    def sleep(self, seconds: float) -> None:
        """Wait; the pool calls this between its own connection attempts."""
        time.sleep(min(seconds, max(self._remaining_s(), 0)))

    @staticmethod
    def _resolved(host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"cannot resolve {host}: {error}") from error
        # IPv4 first: an IPv6 route that is announced but broken costs a time-out.
        found.sort(key=lambda entry: entry[0] != socket.AF_INET)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class _TimedStream(httpcore2.NetworkStream):
    def __init__(
        self, stream: httpcore2.NetworkStream, remaining_s: Callable[[], float]
    ) -> None:
        self._stream = stream
        self._remaining_s = remaining_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        remaining_s = self._remaining_s()
        if remaining_s <= 0:
            raise httpcore2.ReadTimeout("budget spent")
        return self._stream.read(max_bytes, _within(timeout, remaining_s))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        remaining_s = self._remaining_s()
        if remaining_s <= 0:
            raise httpcore2.WriteTimeout("budget spent")
        self._stream.write(buffer, _within(timeout, remaining_s))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        inner = self._stream.start_tls(
            ssl_context, server_hostname, _within(timeout, self._remaining_s())
        )
        return _TimedStream(inner, self._remaining_s)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _within(timeout: float | None, remaining_s: float) -> float:
    # A socket time-out of zero means "do not wait at all", not "spent".
    remaining_s = max(remaining_s, 0.001)
    return remaining_s if timeout is None else min(timeout, remaining_s)


def _refused(code: str, url: str, reason_es: str) -> AddressRefused:
    english = {
        "bad_url": "is not a valid address",
        "bad_scheme": "only http and https are allowed",
        "userinfo": "carries a user or password",
        "host_not_allowed": "the host is not on the list",
        "bad_port": "only ports 80 and 443 are allowed",
        "address_not_public": "resolves to an address that is not public",
    }
    shown = url.partition("?")[0][:120]
    if code == "userinfo":
        shown = "…@" + shown.rpartition("@")[2]
    return AddressRefused(
        code,
        f"Dirección rechazada: {shown} ({reason_es}).",
        f"Address refused: {shown} ({english[code]}).",
    )
