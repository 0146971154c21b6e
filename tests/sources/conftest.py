from collections.abc import Iterator

import pytest
import stamina

from indicators.sources.registry import GFW_INTEGRATED_ALERTS, open_session
from indicators.sources.session import MAX_TRIES, Session
from tests.sources.gfw_server import API_KEY, GfwServer


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=MAX_TRIES, cap=True):
        yield


@pytest.fixture(scope="session")
def _started_gfw_server() -> Iterator[GfwServer]:
    with GfwServer() as server:
        yield server


@pytest.fixture
def gfw_server(_started_gfw_server: GfwServer) -> GfwServer:
    _started_gfw_server.forget()
    return _started_gfw_server


@pytest.fixture
def gfw_session(gfw_server: GfwServer) -> Iterator[Session]:
    with open_session(
        GFW_INTEGRATED_ALERTS,
        api_key=API_KEY,
        base_url=gfw_server.url,
        endpoints=frozenset({gfw_server.endpoint}),
    ) as session:
        yield session
