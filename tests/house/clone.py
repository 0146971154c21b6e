"""Runs script/server as a newcomer would, on a state folder of its own."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(var: Path) -> dict[int, str]:
    """Return the running processes that know this state folder, by number."""
    found = {}
    mark = str(var).encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            knows = mark in command or mark in (entry / "environ").read_bytes()
        except OSError:
            continue
        if knows and command:
            found[int(entry.name)] = command.replace(b"\0", b" ").decode()
    return found


class Server:
    """One state folder and the runs of script/server on it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.process: subprocess.Popen[str] | None = None
        self.out = var.parent / f"{var.name}.out"

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, **more: str) -> None:
        env = {
            name: text
            for name, text in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEMO")
        }
        env |= {"TOCACHE_VAR": str(self.var), "PORT": str(self.port), **more}
        with self.out.open("w") as output:
            self.process = subprocess.Popen(
                [ROOT / "script" / "server"],
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.out.read_text()

    def wait_until_well(self, seconds: float = 150) -> None:
        self.wait_for_status(200, seconds)

    def wait_for_status(self, wanted: int, seconds: float) -> str:
        end = time.monotonic() + seconds
        while True:
            status, body = self.health()
            if status == wanted:
                return body
            assert self.process is not None
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < end, (status, body, self.said())
            time.sleep(0.2)

    def health(self) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=10) as got:
                return got.status, got.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def finish(self, how: signal.Signals = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(how)
        return self.process.wait(60)

    def wait_until_nothing_runs(self, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while left := processes_of(self.var):
            assert time.monotonic() < end, left
            time.sleep(0.1)
