"""script/test and script/prepare: the same preparation, then pytest."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import get_args

from .environment import Purpose, prepare
from .places import PYTHON, ROOT, Refused, say, var_dir
from .server import Stop, start_services
from .supervisor import Supervisor


def main(arguments: list[str]) -> int:
    """Run pytest on private servers of its own; return its exit status."""

    def pytest(env: dict[str, str]) -> int:
        command = [str(PYTHON), "-m", "pytest", *arguments]
        return subprocess.run(command, cwd=ROOT, env=env).returncode

    return with_test_services("script/test", pytest)


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
