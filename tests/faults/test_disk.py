"""F-19 and F-20: no room for the database, none for the file that is to be kept."""

import os
import pwd
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection
from django.test import Client

from indicators.loaders.alerts import load_alert_file
from indicators.loaders.geobosques import Upload, load_annual_loss
from indicators.models import Indicator, Load, SourceFile
from territory.models import ForestAlert
from tests.factories import PlaceFactory, SourceFactory, square
from tests.loaders.conftest import Losses, published

pytestmark = pytest.mark.slow
ROOM_BYTES = 200
POSTGRES = Path("/usr/lib/postgresql/15/bin")
ALERTS = "gfw_integrated_alerts"


class SmallServer:
    """A PostgreSQL of its own, whose files may be kept from growing; needs no rights.

    Who runs as root starts it as postgres, for it refuses root.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._as: list[str] = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            ids = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}"]
            self._as = ["setpriv", *ids, "--clear-groups"]
        data = str(folder / "data")
        self._run("initdb", "-D", data, "-U", "small", "--wal-segsize=1", "-N")
        options = f"-c fsync=off -c listen_addresses= -k {folder} -c autovacuum=off"
        self._run(
            *("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options),
            "start",
        )
        self.pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [*self._as, str(POSTGRES / program), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )

    def copy_schema(self) -> None:
        """Make the tables of the test database, empty."""
        known = connection.get_connection_params()
        where = f"dbname={known['dbname']} user={known['user']}"
        for name in ("host", "port", "password"):
            where += f" {name}={known[name]}" if known.get(name) else ""
        dump = subprocess.run(
            [str(POSTGRES / "pg_dump"), "--schema-only", "-O", "-x", where],
            check=True,
            capture_output=True,
        )
        subprocess.run(
            [
                *(*self._as, "psql", "-qX", "-h", str(self.folder), "-U", "small"),
                *("-v", "ON_ERROR_STOP=1", "postgres"),
            ],
            input=dump.stdout,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
        )

    def let_files_grow(self, to_bytes: str) -> None:
        """Keep every connection made from now on from growing a file beyond that."""
        subprocess.run(
            [*self._as, "prlimit", f"--fsize={to_bytes}:", f"--pid={self.pid}"],
            check=True,
        )
        connection.close()

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")


@pytest.fixture
def small_server(transactional_db: None) -> Iterator[SmallServer]:
    """A server that Django's connection leads to while the test runs."""
    folder = Path(tempfile.mkdtemp(prefix="small-"))
    known = connection.settings_dict.copy()
    server = SmallServer(folder)
    server.copy_schema()
    connection.close()
    connection.settings_dict |= {"HOST": str(folder), "PORT": "", "USER": "small"}
    connection.settings_dict |= {"NAME": "postgres", "PASSWORD": ""}
    connection.settings_dict["OPTIONS"] = {}
    yield server
    connection.close()
    connection.settings_dict |= known
    server.stop()
    shutil.rmtree(folder)


def alerts_csv(number: int) -> str:
    header = f"longitude,latitude,{ALERTS}__date,{ALERTS}__confidence"
    lines = (
        f"{-75.94 + 0.0001 * (n % 400):.5f},{-7.99 + 0.0001 * (n // 400):.5f}"
        ",2026-11-01,high"
        for n in range(number)
    )
    return "\n".join([header, *lines, ""])


def test_f19_a_full_database_keeps_what_was_whole_and_is_read_on(
    small_server: SmallServer, tmp_path: Path
) -> None:
    SourceFactory(code=ALERTS)
    PlaceFactory(ubigeo="990101", geom=square(-75.95, -8.0))
    few, many = tmp_path / "few.csv", tmp_path / "many.csv"
    few.write_text(alerts_csv(300))
    many.write_text(alerts_csv(40_000))
    first = load_alert_file(path=few, trigger=Load.Trigger.COMMAND)
    assert first.state == Load.State.PUBLISHED, first.report

    small_server.let_files_grow("1048576")
    with pytest.raises(psycopg2.Error, match="File too large"):
        load_alert_file(path=many, trigger=Load.Trigger.COMMAND)
    assert ForestAlert.objects.count() == 300
    refused = Load.objects.latest("pk")
    assert refused.state == Load.State.REJECTED
    assert "no cambió nada" in refused.reason
    assert Client().get("/indicadores/").status_code == 200

    small_server.let_files_grow("unlimited")
    done = load_alert_file(path=many, trigger=Load.Trigger.COMMAND)
    assert (done.state, ForestAlert.objects.count()) == ("published", 40_000)


@contextmanager
def little_room() -> Iterator[None]:
    """No file of this process may grow beyond a few bytes; needs no rights.

    Around the load alone: what the test runner writes may go to a file as well.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.django_db
def test_f20_without_room_nothing_is_kept_and_the_person_is_told(
    indicator: Indicator,
    table: Callable[[Losses], bytes],
    edition_2023: Losses,
    settings: Any,
) -> None:
    body = table(edition_2023)
    assert len(body) > ROOM_BYTES
    with little_room():
        ended = load_annual_loss(
            trigger=Load.Trigger.UPLOAD, upload=Upload(body=body, name="tabla.csv")
        )
    assert ended.state == Load.State.REJECTED
    assert "No se pudo guardar el archivo" in ended.reason
    assert not SourceFile.objects.exists()
    kept = Path(settings.MEDIA_ROOT)
    assert [path for path in kept.rglob("*") if path.is_file()] == []
    assert published(indicator) == {}
