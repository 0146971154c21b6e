"""script/server: from a fresh clone to a running site, and its orderly end."""

import json
import os
import secrets
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import FrameType

from . import commands
from .environment import LOCKS, prepare
from .places import (
    NODE_MODULES,
    PYTHON,
    ROOT,
    VENV,
    Refused,
    fingerprint,
    is_stamped,
    run,
    say,
    step,
    stop_running,
    var_dir,
)
from .services import (
    Home,
    database_program,
    find_home,
    redis_program,
    wait_until_ready,
)
from .supervisor import Program, Supervisor

HOST = "127.0.0.1"
FIRST_ANSWER_S = 120.0
ROOMS = ("tocache", "territory", "indicators", "governance", "incentives")


class Stop(BaseException):
    """Ctrl-C or SIGTERM; no `except Exception` on the way may swallow it."""


def main() -> int:
    """Serve until told to stop; return the exit status."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _stop)
    supervisor: Supervisor | None = None
    status = 0
    try:
        supervisor = Supervisor(var_dir())
        # The record outlives only a supervisor that was killed: its site is just
        # giving the port back.
        patience_s = 10.0 if supervisor.record.exists() else 0.0
        port = free_port(os.environ.get("PORT") or "8000", patience_s=patience_s)
        supervisor.claim()
        prepare("server")
        serve(supervisor, port)
    except Stop:
        say("Stopping.")
    except Refused as refused:
        print(f"script/server: {refused}", file=sys.stderr, flush=True)
        status = 1
    finally:
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.SIG_IGN)
        if supervisor is not None:
            supervisor.stop()
    return status


def _stop(_number: int, _frame: FrameType | None) -> None:
    stop_running()
    raise Stop


def free_port(text: str, *, patience_s: float = 0.0) -> int:
    """Return the port when nobody listens on it.

    `patience_s` is how long one that is just being given back is waited for.

    Raises:
        Refused: not a port, or taken, or not ours to take.
    """
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise Refused(f"PORT is {text!r}: a number from 1 to 65535 is needed.")
    end = time.monotonic() + patience_s
    while True:
        try:
            return _bound_port(text)
        except Refused:
            if time.monotonic() >= end:
                raise
            time.sleep(0.2)


def _bound_port(text: str) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(text)))
            probe.listen()
        except OSError as error:
            raise Refused(
                f"Port {text} cannot be used ({error.strerror}). Nothing was changed;"
                " choose another one: PORT=8001 script/server"
            ) from None
    return int(text)


def serve(supervisor: Supervisor, port: int) -> None:
    """Start everything, say where it is, and keep it running."""
    var = supervisor.var
    home = start_services(supervisor, durable=True)
    env = environment(var, home, port)
    set_up(var, env, home)
    for program in site(var, env, port):
        supervisor.start(program)
    with step("Waiting for the first answer"):
        wait_for_health(supervisor, port)
    say(f"\nTocache 2030 answers at {env['SITE_URL']}/  (logs: {var / 'log'})")
    accounts = var / "demo-accounts.txt"
    if env["DEMO"] == "1" and accounts.exists():
        say(f"Sign in to the demo at {env['SITE_URL']}/entrar/ as one of these:")
        for line in accounts.read_text().splitlines():
            say(f"    {line}")
    say("Ctrl-C stops everything.")
    while True:
        time.sleep(0.5)
        supervisor.revive()


def start_services(supervisor: Supervisor, *, durable: bool) -> Home | None:
    """Start the private servers that the environment does not replace."""
    own_database = not os.environ.get("DATABASE_URL")
    own_redis = not os.environ.get("REDIS_URL")
    if not (own_database or own_redis):
        return None
    home = find_home(supervisor.var)
    if own_database:
        supervisor.start(database_program(home, durable=durable))
    if own_redis:
        supervisor.start(redis_program(home))
    wait_until_ready(home, database=own_database, redis=own_redis)
    return home


def environment(var: Path, home: Home | None, port: int) -> dict[str, str]:
    """Return what the site's programs find in their environment."""
    env = {
        "TOCACHE_VAR": str(var),
        "DEMO": os.environ.get("DEMO") or "1",
        "SECRET_KEY": os.environ.get("SECRET_KEY") or _secret(var / "secret_key"),
        "SITE_URL": os.environ.get("SITE_URL") or f"http://localhost:{port}",
        "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }
    if home is not None:
        env["DATABASE_URL"] = os.environ.get("DATABASE_URL") or home.database_url
        env["REDIS_URL"] = os.environ.get("REDIS_URL") or home.redis_url
    return env


def _secret(file: Path) -> str:
    """The key of this clone, made once and readable by its owner alone."""
    if not file.exists():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as output:
            output.write(secrets.token_urlsafe(64))
    return file.read_text()


def set_up(var: Path, env: dict[str, str], home: Home | None) -> None:
    """Bring database and static files up to this clone; skip what is done."""
    (var / "beat").mkdir(exist_ok=True)
    with ThreadPoolExecutor(2) as together:
        parts = [
            together.submit(_database, var, env, home),
            together.submit(_static, var, env),
        ]
        for part in parts:
            part.result()


def _database(var: Path, env: dict[str, str], home: Home | None) -> None:
    sources = [ROOT / room for room in ROOMS]
    seal = fingerprint(*sources, ROOT / "fixtures", LOCKS["server"], also=env["DEMO"])
    # Only a cluster of one's own is known not to change behind one's back.
    stamp = None
    if home is not None and not os.environ.get("DATABASE_URL"):
        stamp = home.data / "database.stamp"
        seal += _cluster_number(home)
    if stamp is not None and is_stamped(stamp, seal):
        return
    with step("Database: migrations, plan, boundaries, official figures"):
        for words in commands.SETUP:
            _manage(words, var, env)
        accounts = var / "demo-accounts.txt"
        accounts.unlink(missing_ok=True)
        if env["DEMO"] == "1":
            log = _manage(commands.DEMO_PEOPLE, var, env)
            log.replace(accounts)
    if stamp is not None:
        stamp.write_text(seal)


def _cluster_number(home: Home) -> str:
    """What tells this cluster from one made later at the same place."""
    return str((home.cluster / "PG_VERSION").stat().st_mtime_ns)


def _static(var: Path, env: dict[str, str]) -> None:
    folders = [ROOT / "static", *(ROOT / room / "static" for room in ROOMS)]
    seal = fingerprint(
        *(folder for folder in folders if folder.exists()),
        ROOT / "package-lock.json",
        LOCKS["server"],
        also=str(NODE_MODULES.exists()),
    )
    stamp = var / "static.stamp"
    if is_stamped(stamp, seal) and (var / "static").exists():
        return
    with step("Static files, compressed"):
        _manage(commands.STATIC, var, env)
        stamp.write_text(seal)


def _manage(words: tuple[str, ...], var: Path, env: dict[str, str]) -> Path:
    log = var / "log" / f"{words[0]}.log"
    run([PYTHON, ROOT / "manage.py", *words], log=log, env=env)
    return log


def site(var: Path, env: dict[str, str], port: int) -> list[Program]:
    """Return web, worker and beat as programs."""
    web = (*commands.WEB, *commands.WEB_ALONE, "--bind", f"{HOST}:{port}")
    words = {
        "worker": (*commands.WORKER, *commands.WORKER_PROCESSES),
        "beat": commands.BEAT,
        "web": web,
    }
    return [
        Program(
            name=name,
            command=(str(VENV / "bin" / command[0]), *command[1:]),
            log=var / "log" / f"{name}.log",
            env=env,
            is_vital=name == "web",
        )
        for name, command in words.items()
    ]


def wait_for_health(supervisor: Supervisor, port: int) -> None:
    """Return once /healthz says that every part answers.

    Raises:
        Refused: it did not within two minutes; the message says which part.
    """
    end = time.monotonic() + FIRST_ANSWER_S
    said = "no answer"
    while time.monotonic() < end:
        supervisor.revive()
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=10):
                return
        except urllib.error.HTTPError as error:
            said = json.dumps(json.loads(error.read()))
        except (OSError, ValueError) as error:
            said = str(error)
        time.sleep(0.2)
    raise Refused(f"/healthz is not well: {said}; logs: {supervisor.var / 'log'}")
