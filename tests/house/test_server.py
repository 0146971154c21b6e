import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.clone import ROOT, Server, processes_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One state folder for the whole module: filling it is the long part."""
    with tempfile.TemporaryDirectory() as folder:
        # Root hands its servers to a user who must be able to come this far.
        Path(folder).chmod(0o755)
        server = Server(Path(folder) / "var")
        yield server
        if server.process is not None and server.process.poll() is None:
            server.finish()


@pytest.fixture
def running(server: Server) -> Server:
    if server.process is None or server.process.poll() is not None:
        server.start()
    server.wait_until_well()
    return server


def _child(server: Server, name: str) -> int:
    return int(json.loads((server.var / "children.json").read_text())[name][0])


def test_server_answers_once_every_part_is_up(running: Server) -> None:
    status, body = running.health()
    assert status == 200
    assert set(json.loads(body)) == {"web", "database", "redis", "worker"}
    assert set(json.loads(body).values()) == {"ok"}


def test_servers_sockets_are_closed_to_other_users(running: Server) -> None:
    assert (running.var / "secret_key").stat().st_mode & 0o077 == 0
    assert (running.var / "postgres").stat().st_mode & 0o077 == 0


def test_second_command_on_the_same_folder_is_refused(running: Server) -> None:
    other = Server(running.var)
    other.out = running.var.parent / "other.out"
    other.start()
    assert other.process is not None
    assert other.process.wait(30) == 1
    assert "already runs" in other.said()
    assert running.health()[0] == 200


def test_killed_worker_is_started_again(running: Server) -> None:
    before = _child(running, "worker")
    os.killpg(before, signal.SIGKILL)
    end = time.monotonic() + 30
    while _child(running, "worker") == before:
        assert time.monotonic() < end, running.said()
        time.sleep(0.2)
    running.wait_until_well(60)
    assert "worker ended" in running.said()


def test_silent_worker_is_reported(running: Server) -> None:
    worker = _child(running, "worker")
    os.kill(worker, signal.SIGSTOP)
    try:
        body = running.wait_for_status(503, 30)
    finally:
        os.kill(worker, signal.SIGCONT)
    assert json.loads(body) == {
        "web": "ok",
        "database": "ok",
        "redis": "ok",
        "worker": "down",
    }
    running.wait_until_well(60)


def test_silent_redis_is_reported_and_does_not_hang_the_answer(
    running: Server,
) -> None:
    redis = _child(running, "redis")
    os.kill(redis, signal.SIGSTOP)
    try:
        body = running.wait_for_status(503, 30)
    finally:
        os.kill(redis, signal.SIGCONT)
    assert json.loads(body) == {
        "web": "ok",
        "database": "ok",
        "redis": "down",
        "worker": "down",
    }
    running.wait_until_well(60)


def test_silent_database_is_reported_and_does_not_hang_the_answer(
    running: Server,
) -> None:
    postgres = _child(running, "postgres")
    os.kill(postgres, signal.SIGSTOP)
    try:
        body = running.wait_for_status(503, 30)
    finally:
        os.kill(postgres, signal.SIGCONT)
    assert json.loads(body)["database"] == "down"
    assert json.loads(body)["redis"] == "ok"
    running.wait_until_well(60)


def test_killed_database_is_started_again(running: Server) -> None:
    before = _child(running, "postgres")
    os.kill(before, signal.SIGKILL)
    running.wait_for_status(503, 30)
    running.wait_until_well(60)
    assert _child(running, "postgres") != before


def test_redis_that_keeps_dying_does_not_end_the_site(running: Server) -> None:
    for _ in range(4):
        before = _child(running, "redis")
        os.kill(before, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while _child(running, "redis") == before:
            assert time.monotonic() < deadline, "redis was not started again"
            time.sleep(0.1)
    assert running.process is not None
    assert running.process.poll() is None
    running.wait_until_well(60)
    assert "redis keeps dying; the site goes on" in running.said()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_signal_stops_every_process(running: Server, how: signal.Signals) -> None:
    assert len(processes_of(running.var)) > 5
    assert running.finish(how) == 0
    assert processes_of(running.var) == {}


def test_start_after_kill_recovers_and_repeats_no_setup(running: Server) -> None:
    assert running.process is not None
    running.process.kill()
    running.process.wait()
    running.start()
    running.wait_until_well()
    assert "Database:" not in running.said()
    assert "Static files" not in running.said()
    assert running.finish() == 0
    running.wait_until_nothing_runs()


def test_start_after_everything_was_killed_recovers(running: Server) -> None:
    left = processes_of(running.var)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert running.process is not None
    running.process.wait()
    running.wait_until_nothing_runs()
    # A stale lock that names a process which is somebody else by now.
    lock = running.var / "postgres" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    running.start()
    running.wait_until_well()
    assert running.finish() == 0


def test_taken_port_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    server = Server(tmp_path / "var")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", server.port))
        taken.listen()
        server.start()
        assert server.process is not None
        assert server.process.wait(30) == 1
    assert f"Port {server.port} cannot be used" in server.said()
    assert not server.var.exists()


def test_state_folder_that_cannot_be_one_is_refused_in_a_sentence(
    tmp_path: Path,
) -> None:
    (tmp_path / "var").write_text("a file")
    server = Server(tmp_path / "var")
    server.start()
    assert server.process is not None
    assert server.process.wait(30) == 1
    assert "set TOCACHE_VAR to a folder of yours" in server.said()
    assert "Traceback" not in server.said()


@pytest.mark.parametrize("port", ["http", "0", "70000", "8000 "])
def test_port_that_is_none_is_refused(tmp_path: Path, port: str) -> None:
    server = Server(tmp_path / "var")
    server.start(PORT=port)
    assert server.process is not None
    assert server.process.wait(30) == 1
    assert "a number from 1 to 65535" in server.said()
    assert not server.var.exists()


def _home_of(var: Path) -> tuple[Path, Path]:
    """Return where a state folder's servers keep their data and sockets."""
    code = (
        "from house.services import find_home; from house.places import var_dir;"
        "home = find_home(var_dir()); print(home.data); print(home.sockets)"
    )
    done = subprocess.run(
        ["python3", "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "TOCACHE_VAR": str(var),
            "PYTHONPATH": str(ROOT / "script"),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    data, sockets = done.stdout.splitlines()[-2:]
    return Path(data), Path(sockets)


def test_long_state_folder_gets_a_short_place_for_its_sockets() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        _, sockets = _home_of(Path(folder) / ("long" * 25))
        try:
            assert sockets.stat().st_mode & 0o777 == 0o700
            assert len(str(sockets / ".s.PGSQL.5432.lock")) <= 107
        finally:
            sockets.rmdir()


def test_state_folder_behind_a_closed_one_has_its_servers_data_in_reach() -> None:
    with tempfile.TemporaryDirectory() as closed:
        var = Path(closed) / "var"
        data, _ = _home_of(var)
        if os.geteuid():
            assert data == var
        else:
            assert data.parent == Path("/var/lib")
            shutil.rmtree(data)
