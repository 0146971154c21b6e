"""A local server that behaves as the Global Forest Watch Data API does.

Shapes of replies, redirects and errors follow the API's own code and public clients
(read 2026-11-20). Faults are queued with `fail_next` and `always`, or asked for by
the window (`longest_window_days`). Used by tests and by the benchmarks.
"""

import gzip
import json
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

API_KEY = "0b7f6c1e-1d2a-4b7c-9e55-5f1f0c0ffee0"
NO_KEY_MESSAGE = "No valid API Key found."
GATEWAY_KEY_MESSAGE = (
    "Request is missing valid API key. Please see documentation at "
    "https://data-api.globalforestwatch.org/#tag/Authentication on how to create one."
)
_SQL = re.compile(
    r"SELECT longitude, latitude, (?P<d>\w+)__date, (?P=d)__confidence FROM \w+ "
    r"WHERE (?P=d)__date >= '(?P<first>[\d-]+)' AND (?P=d)__date <= '(?P<last>[\d-]+)'"
)

Fault = Callable[[Request], Response]


@dataclass
class GfwServer:
    """One API with one version and a list of alerts.

    `alerts` are (longitude, latitude, ISO day, confidence) as the API would send
    them; `requests` are the paths asked for, `questions` the parsed bodies. With
    `is_clipping` only alerts in the box of the geometry asked for are sent.
    """

    alerts: Sequence[tuple[float, float, str, Any]] = ()
    version: str = "v20261118"
    longest_window_days: int | None = None
    too_long_message: str = "Query took too long to process."
    api_key: str = API_KEY
    is_clipping: bool = False
    requests: list[str] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._faults: deque[Fault] = deque()
        self._always: Fault | None = None
        self._server = HTTPServer(host="127.0.0.1", port=0)
        self._server.expect_request(re.compile(".*")).respond_with_handler(self._serve)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def endpoint(self) -> tuple[str, int]:
        return "127.0.0.1", self._server.port

    def fail_next(self, *faults: Fault) -> None:
        """Answer the next requests with these, then behave again."""
        self._faults.extend(faults)

    def always(self, fault: Fault) -> None:
        """Answer every request with this, until `forget`."""
        self._always = fault

    def forget(self) -> None:
        """Be as new: no alerts, no faults, nothing remembered."""
        self.alerts = ()
        self.version = "v20261118"
        self.longest_window_days = None
        self.is_clipping = False
        self.too_long_message = "Query took too long to process."
        self.requests.clear()
        self.questions.clear()
        self._faults.clear()
        self._always = None

    def _serve(self, request: Request) -> Response:
        self.requests.append(f"{request.method} {request.path}")
        if self._faults:
            return self._faults.popleft()(request)
        if self._always is not None:
            return self._always(request)
        parts = request.path.strip("/").split("/")
        if len(parts) < 3 or parts[0] != "dataset" or parts[1].startswith("no_such"):
            return failed(404, "Dataset with name no_such does not exist")
        if request.path.endswith("/query"):
            return redirect(308, f"{request.path}/json")(request)
        if parts[2] == "latest":
            return redirect(307, request.path.replace("latest", self.version, 1))(
                request
            )
        if parts[2] != self.version:
            return failed(404, f"Version {parts[2]} does not exist")
        if request.method == "GET" and len(parts) == 3:
            return reply(
                {"dataset": parts[1], "version": self.version, "is_latest": True}
            )
        return self._query(request, parts[1])

    def _query(self, request: Request, dataset: str) -> Response:
        if request.headers.get("x-api-key") != self.api_key:
            return failed(403, NO_KEY_MESSAGE)
        question = json.loads(request.data)
        self.questions.append(question)
        geometry = question.get("geometry")
        if set(question) != {"geometry", "sql"}:
            return failed(422, "extra fields not permitted")
        if geometry is None:
            return failed(422, "Raster tile set queries require a geometry.")
        if set(geometry) != {"type", "coordinates"}:
            return failed(422, "extra fields not permitted")
        asked = _SQL.fullmatch(question["sql"])
        if asked is None or asked["d"] != dataset:
            return failed(422, "Layer X is invalid")
        first, last = asked["first"], asked["last"]
        days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
        if self.longest_window_days is not None and days > self.longest_window_days:
            return failed(500, self.too_long_message)
        return reply(
            [
                alert_row(dataset, *alert)
                for alert in self.alerts
                if first <= alert[2] <= last
                and (not self.is_clipping or in_box(geometry, *alert[:2]))
            ]
        )


def in_box(geometry: dict[str, Any], longitude: float, latitude: float) -> bool:
    rings = [ring for part in geometry["coordinates"] for ring in part]
    west, south = (
        min(point[axis] for ring in rings for point in ring) for axis in (0, 1)
    )
    east, north = (
        max(point[axis] for ring in rings for point in ring) for axis in (0, 1)
    )
    return bool(west <= longitude <= east and south <= latitude <= north)


def alert_row(
    dataset: str, longitude: float, latitude: float, day: str, confidence: Any
) -> dict[str, Any]:
    return {
        "longitude": longitude,
        "latitude": latitude,
        f"{dataset}__date": day,
        f"{dataset}__confidence": confidence,
    }


def reply(answer: Any) -> Response:
    body = json.dumps({"data": answer, "status": "success"})
    return Response(body, content_type="application/json")


def failed(status: int, message: str) -> Response:
    word = "error" if status >= 500 else "failed"
    body = json.dumps({"status": word, "message": message})
    return Response(body, status, content_type="application/json")


def answers(status: int, message: str, **headers: str) -> Fault:
    def fault(_: Request) -> Response:
        response = failed(status, message)
        response.headers.update(headers)
        return response

    return fault


def raw(body: bytes, status: int = 200, *, content_type: str, **headers: str) -> Fault:
    return lambda _: Response(body, status, headers, content_type=content_type)


def redirect(status: int, location: str) -> Fault:
    # Relative, as the API sends it; werkzeug would otherwise make it absolute.
    def fault(_: Request) -> Response:
        response = Response("", status)
        response.autocorrect_location_header = False
        response.headers["Location"] = location
        return response

    return fault


HTML = b"<!DOCTYPE html><html><body>Service under maintenance</body></html>"


def html(status: int = 200, content_type: str = "text/html; charset=utf-8") -> Fault:
    return raw(HTML, status, content_type=content_type)


def short_body(_: Request) -> Response:
    """Promise more bytes than are sent."""
    response = Response(b'{"data": [', content_type="application/json")
    response.automatically_set_content_length = False
    response.headers["Content-Length"] = "4096"
    return response


def cut_silently(_: Request) -> Response:
    """Send half an answer without saying how long it should be."""
    body = json.dumps({"data": [alert_row("x", 1.5, 2.5, "2026-11-01", "high")] * 50})
    half = body.encode()[: len(body) // 2]
    response = Response(iter([half]), content_type="application/json")
    response.automatically_set_content_length = False
    return response


def gzip_bomb(_: Request) -> Response:
    """Send 64 MB of zeros in about 64 kB."""
    body = gzip.compress(bytes(64 * 1024 * 1024), compresslevel=9)
    response = Response(body, content_type="application/json")
    response.headers["Content-Encoding"] = "gzip"
    return response


def half_gzip(_: Request) -> Response:
    body = gzip.compress(json.dumps({"data": list(range(5000))}).encode())
    response = Response(body[: len(body) // 2], content_type="application/json")
    response.headers["Content-Encoding"] = "gzip"
    return response


def slow_drip(_: Request) -> Response:
    """Send a byte now and then, so that no single read ever times out."""

    def drops() -> Iterator[bytes]:
        for _ in range(200):
            time.sleep(0.05)
            yield b" "

    return Response(drops(), content_type="application/json")
