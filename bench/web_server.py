"""Gunicorn on a free port, and clients that cost next to nothing."""

import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORKERS = 2
CLIENTS = 8
_START_S = 30.0


@contextmanager
def serving(settings: str, **environment: str) -> Iterator[int]:
    """Serve a settings module by two sync workers; yields the port.

    Raises:
        RuntimeError: the server did not answer within 30 s.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        *(sys.executable, "-m", "gunicorn", "--preload", "--log-level", "error"),
        *("--workers", str(WORKERS), "--bind", f"127.0.0.1:{port}"),
        *("--no-control-socket", "django.core.wsgi:get_wsgi_application()"),
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings} | environment,
    )
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server under test did not start")


def fetch(port: int, path: str) -> bytes:
    """Return a whole answer with its head, over a connection of its own.

    Raises:
        RuntimeError: the answer is not 200.
    """
    request = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: br\r\n"
        "Connection: close\r\n\r\n"
    )
    parts = []
    with socket.create_connection(("127.0.0.1", port), 30) as line:
        line.sendall(request.encode())
        while part := line.recv(65_536):
            parts.append(part)
    answer = b"".join(parts)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(f"{path}: {answer[:60]!r}")
    return answer


def requests_per_second(port: int, path: str, lasting_s: float = 2.0) -> float:
    """Return how many answers eight clients get a second."""
    return len(_load(port, path, lasting_s)) / lasting_s


def median_seconds(port: int, path: str, lasting_s: float = 3.0) -> float:
    """Return the median time of an answer while eight clients ask at once."""
    return statistics.median(_load(port, path, lasting_s))


def _load(port: int, path: str, lasting_s: float) -> list[float]:
    taken: list[float] = []
    until = time.perf_counter() + lasting_s

    def ask() -> None:
        while (started := time.perf_counter()) < until:
            fetch(port, path)
            taken.append(time.perf_counter() - started)

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return taken
