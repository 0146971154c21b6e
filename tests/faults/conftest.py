"""Proxies before the real Redis and PostgreSQL, and programs that are killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from celery import Celery
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import connection
from django.utils import timezone
from pytest_httpserver import HTTPServer

from indicators import outbox
from indicators.models import AskedTask
from tests.faults.proxy import Address, Proxy
from tests.loaders.conftest import edition_2023, indicator, source, table
from tocache import cache as shared_cache
from tocache.heartbeat import redis_client

__all__ = ["edition_2023", "indicator", "source", "table"]


def wait_until(holds: Callable[[], Any], seconds: float = 60) -> None:
    """Return once it holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.05)


def redis_address() -> Address:
    parts = urlsplit(django_settings.REDIS_URL)
    if parts.scheme == "unix":
        return parts.path
    return (parts.hostname or "127.0.0.1", parts.port or 6379)


def database_address() -> Address:
    known = connection.get_connection_params()
    host, port = (
        known.get("host") or "/var/run/postgresql",
        int(known.get("port") or 5432),
    )
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)


def redis_url(port: int) -> str:
    parts = urlsplit(django_settings.REDIS_URL)
    number = parts.query.removeprefix("db=") or parts.path.strip("/")
    if parts.scheme == "unix":
        return f"redis://127.0.0.1:{port}/{number if parts.query else 0}"
    return f"redis://127.0.0.1:{port}/{number or 0}"


@pytest.fixture
def redis_line(settings: Any) -> Iterator[Proxy]:
    """Redis as the web pages reach it, through a proxy."""
    with Proxy(redis_address()) as line:
        settings.REDIS_URL = redis_url(line.port)
        location = settings.CACHES["default"]["LOCATION"]
        settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL
        del caches["default"]
        shared_cache.wake()
        yield line
        settings.CACHES["default"]["LOCATION"] = location
        caches["default"].close()
        del caches["default"]
        shared_cache.wake()


@pytest.fixture
def database_line() -> Iterator[Proxy]:
    """The database of this thread's connection, through a proxy."""
    known = {name: connection.settings_dict[name] for name in ("HOST", "PORT")}
    with Proxy(database_address()) as line:
        connection.close()
        connection.settings_dict |= {"HOST": "127.0.0.1", "PORT": str(line.port)}
        yield line
        line.set("pass")
        connection.close()
        connection.settings_dict |= known


@dataclass
class Programs:
    """Real worker and beat processes on the test database."""

    environment: dict[str, str]
    log: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[bytes]":
        """Return a Celery program in a process group of its own."""
        with self.log.open("ab") as log:
            program = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "tests.faults.app", *words],
                env=self.environment | environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running.append(program)
        return program

    def worker(
        self, children: int = 1, **environment: str
    ) -> "subprocess.Popen[bytes]":
        """Return a worker with so many children."""
        return self.start(
            *("worker", "--pool=prefork", f"--concurrency={children}", "-l", "INFO"),
            *("--without-gossip", "--without-mingle"),
            **environment,
        )

    def said(self, words: str) -> bool:
        """Return whether one of them has said so."""
        return words in self.log.read_text()

    def kill(self, program: "subprocess.Popen[bytes]") -> None:
        """Kill a program and all its children at once."""
        os.killpg(program.pid, signal.SIGKILL)
        program.wait(10)

    def stop(self) -> None:
        """Kill whatever still runs."""
        for program in self.running:
            if program.poll() is None:
                self.kill(program)


@pytest.fixture
def programs(httpserver: HTTPServer, tmp_path: Path) -> Iterator[Programs]:
    known = connection.settings_dict
    url = "postgis://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**known)
    if folder := known["OPTIONS"].get("host"):
        url = f"postgis://{known['USER']}@/{known['NAME']}?host={folder}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "GEOBOSQUES_URL": httpserver.url_for("").rstrip("/"),
        "SOURCE_PRIVATE_ENDPOINTS": f"{httpserver.host}:{httpserver.port}",
        "TOCACHE_VAR": str(tmp_path),
        "FAULTS_QUEUE": f"faults-{os.getpid()}",
        "FAULTS_VISIBILITY_S": "3600",
        "DEMO": "1",
    }
    programs = Programs(environment, tmp_path / "programs.log")
    programs.log.touch()
    yield programs
    programs.stop()
    connection.close()


@pytest.fixture
def broker(programs: Programs) -> Iterator[Celery]:
    """Publishes where the programs listen."""
    app = Celery(broker=django_settings.CELERY_BROKER_URL, set_as_current=False)
    app.conf.task_default_queue = programs.environment["FAULTS_QUEUE"]
    with app:
        yield app
    redis = redis_client()
    redis.delete(app.conf.task_default_queue)
    # What killed workers had taken and never gave back.
    redis.delete("unacked", "unacked_index", "unacked_mutex")
    redis.close()


def publish_again(app: Celery) -> int:
    """Publish what is not done, as if its time had come."""
    AskedTask.objects.filter(done_at=None).update(due_at=timezone.now())
    return outbox.publish_due(app=app)
