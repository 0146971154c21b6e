"""script/test and script/prepare: the same preparation, then pytest."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from tempfile import TemporaryFile
from typing import get_args
from urllib.parse import urlsplit, urlunsplit

from .environment import Purpose, prepare
from .places import PYTHON, ROOT, Refused, say, var_dir
from .server import Stop, start_services
from .supervisor import Supervisor

# Half of the suite's time: they wait for workers, browsers, clones and time-outs, while
# the other half computes.
WAITING = (
    *("tests/faults", "tests/house", "tests/loaders", "tests/subscriptions"),
    *("tests/reminders", "tests/sheets", "tests/workbooks"),
)


def main(arguments: list[str]) -> int:
    """Run pytest on private servers of its own; return its exit status.

    The whole suite runs as two halves side by side, each with a database of its own.
    """

    def pytest(env: dict[str, str]) -> int:
        if arguments:
            return subprocess.run(_pytest(*arguments), cwd=ROOT, env=env).returncode
        return _halves(env)

    return with_test_services("script/test", pytest)


def _pytest(*arguments: str) -> list[str]:
    return [str(PYTHON), "-m", "pytest", *arguments]


def _halves(env: dict[str, str]) -> int:
    """Return 0 when both halves passed; prints one after the other."""
    beside = env | {
        "DATABASE_URL": _renamed(env["DATABASE_URL"]),
        "REDIS_URL": _other_numbered(env["REDIS_URL"]),
        "TOCACHE_VAR": env["TOCACHE_VAR"] + "/beside",
    }
    rest = [f"--ignore={folder}" for folder in WAITING]
    with TemporaryFile() as said:
        waiting = subprocess.Popen(
            _pytest(*WAITING), cwd=ROOT, env=beside, stdout=said, stderr=said
        )
        try:
            own = subprocess.run(_pytest(*rest), cwd=ROOT, env=env).returncode
            other = waiting.wait()
        finally:
            waiting.terminate()
            waiting.wait()
        said.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(said.read())
        sys.stdout.buffer.flush()
    return own or other


def _renamed(url: str) -> str:
    """Return the address of a database beside another: only its name differs."""
    parts = urlsplit(url)
    text = urlunsplit(parts._replace(path=f"{parts.path}_beside"))
    # urlunsplit leaves the empty host of a socket address out.
    return re.sub(r"^(\w+):/(?!/)", r"\1:///", text)


def _other_numbered(url: str) -> str:
    """Return the address of another numbered database of the same Redis."""
    if url.startswith("unix:"):
        return re.sub(r"[?&]db=\d+", "", url) + "?db=1"
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path="/15" if parts.path == "/1" else "/1"))


def with_test_services(name: str, work: Callable[[dict[str, str]], int]) -> int:
    """Return the status of a piece of work done beside servers made for tests.

    They are apart from script/server's, which may run meanwhile.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    supervisor = Supervisor(var_dir() / "test")
    try:
        prepare("test")
        supervisor.claim()
        home = start_services(supervisor, durable=False)
        env = {**os.environ, "TOCACHE_VAR": str(supervisor.var)}
        if home is not None:
            env["DATABASE_URL"] = env.get("DATABASE_URL") or home.database_url
            env["REDIS_URL"] = env.get("REDIS_URL") or home.redis_url
        return work(env)
    except (Stop, KeyboardInterrupt):
        return 130
    except Refused as refused:
        print(f"{name}: {refused}", file=sys.stderr, flush=True)
        return 1
    finally:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        supervisor.stop()


def _stop(_number: int, _frame: object) -> None:
    raise Stop


def prepare_only(arguments: list[str]) -> int:
    """Install for serving (or "test": for testing) and return the exit status."""
    purpose = arguments[0] if arguments else "server"
    if purpose not in get_args(Purpose):
        say("usage: script/prepare [server|test]")
        return 2
    try:
        prepare("test" if purpose == "test" else "server")
    except Refused as refused:
        print(f"script/prepare: {refused}", file=sys.stderr, flush=True)
        return 1
    return 0
