"""A private PostgreSQL and a private Redis, reached by unix sockets alone."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from . import packages
from .places import Refused, Words, run, say, step, tail
from .supervisor import Program, alive

DATABASE = "tocache"
# sun_path holds 108 bytes with its closing zero.
SOCKET_LIMIT = 107
POSTGRES_SOCKET = ".s.PGSQL.5432"
REDIS_SOCKET = "redis.sock"
# PostgreSQL refuses to run as root.
SERVER_USER = "postgres"
HOMES_FOR_ROOT = Path("/var/lib")


@dataclass(frozen=True)
class Home:
    """Where the two servers keep their files and sockets, and who runs them."""

    data: Path
    sockets: Path
    logs: Path
    user: str | None
    """None: whoever runs the command."""

    @property
    def prefix(self) -> list[str]:
        """Return the words before a command that the servers' user runs."""
        if self.user is None:
            return []
        account = pwd.getpwnam(self.user)
        ids = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}"]
        # A change of user forgets the wish to end with the parent: ask again.
        return ["setpriv", *ids, "--clear-groups", "--pdeathsig", "INT"]

    @property
    def cluster(self) -> Path:
        """Return the folder of PostgreSQL's cluster."""
        return self.data / "postgres"

    @property
    def database_url(self) -> str:
        """Return the address of the database as settings and libpq read it."""
        return f"postgis://tocache@/{DATABASE}?host={quote(str(self.sockets))}"

    @property
    def redis_url(self) -> str:
        """Return the address of Redis as settings and redis-py read it."""
        return f"unix://{quote(str(self.sockets / REDIS_SOCKET))}?db=0"


def find_home(var: Path) -> Home:
    """Return a home for the servers of this state folder, its folders made.

    Root hands the servers to Debian's user `postgres`; where that user cannot
    reach the state folder (a clone under /root) the data go under /var/lib.
    A path too long for a socket gets a short folder for the sockets.
    """
    user = SERVER_USER if os.geteuid() == 0 else None
    logs = var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    name = f"tocache-{sha256(os.fsencode(var)).hexdigest()[:12]}"
    data = var
    if user and not _reaches(user, var):
        data = HOMES_FOR_ROOT / name
        say(f"The user {user} cannot reach {var}: the database lives in {data}.")
        data.mkdir(exist_ok=True)
    sockets = data / "run"
    if len(os.fsencode(sockets / POSTGRES_SOCKET)) + len(".lock") > SOCKET_LIMIT:
        short = f"{name}-{os.geteuid()}"
        sockets = Path(tempfile.gettempdir(), short)
    for folder in (data / "postgres", sockets):
        _own(folder, user)
    return Home(data, sockets, logs, user)


def _reaches(user: str, folder: Path) -> bool:
    account = pwd.getpwnam(user)
    ids = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}"]
    command = ["setpriv", *ids, "--clear-groups", "test", "-x", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


def _own(folder: Path, user: str | None) -> None:
    """Make a folder that its user alone may enter.

    Raises:
        Refused: the name is taken by a link or by somebody else's folder.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    wanted = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), wanted):
        raise Refused(f"{folder} belongs to somebody else; set TOCACHE_VAR elsewhere.")
    if user:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    folder.chmod(0o700)


def database_program(home: Home, *, durable: bool) -> Program:
    """Return PostgreSQL as a program, its cluster made where there is none.

    `durable` false gives up crash safety for speed: for tests alone.
    """
    binaries = packages.postgres_bin()
    if binaries is None:
        raise Refused("PostgreSQL with PostGIS was not found after its installation.")
    if not (home.cluster / "PG_VERSION").exists():
        with step("A private PostgreSQL cluster"):
            initdb: Words = [binaries / "initdb", "-D", home.cluster]
            # Nobody but the servers' user enters the folder of the socket.
            options = [
                "-U",
                DATABASE,
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "-N",
            ]
            command: Words = [*home.prefix, *initdb, *options]
            run(command, log=home.logs / "initdb.log")
    _forget_dead_postmaster(home)
    settings = [f"unix_socket_directories={home.sockets}", "listen_addresses="]
    if not durable:
        settings += ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
    words = [str(binaries / "postgres"), "-D", str(home.cluster)]
    for setting in settings:
        words += ["-c", setting]
    return Program(
        name="postgres",
        command=(*home.prefix, *words),
        log=home.logs / "postgres.log",
        stop=signal.SIGINT,
        is_server=True,
        is_vital=True,
    )


def _forget_dead_postmaster(home: Home) -> None:
    """End a PostgreSQL that outlived its supervisor, and remove what it left.

    After a kill -9 the number in the lock files may be another process by now,
    and PostgreSQL would then refuse to start.
    """
    locks = (
        home.cluster / "postmaster.pid",
        home.sockets / f"{POSTGRES_SOCKET}.lock",
    )
    for lock in locks:
        first = lock.read_text().split("\n")[0].strip() if lock.exists() else ""
        if not first.lstrip("-").isdigit():
            continue
        pid = abs(int(first))
        if str(home.cluster) in _command_line(pid):
            say(f"Stopping a PostgreSQL left over from before ({pid}).")
            os.kill(pid, signal.SIGINT)
            _wait_for(partial(_is_gone, pid), 30, home.logs / "postgres.log")
        lock.unlink(missing_ok=True)


def _is_gone(pid: int) -> bool:
    return not alive(pid)


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


# Kept pages have an end date and may go; queued tasks have none and stay.
REDIS_MEMORY = ("--maxmemory", "256mb", "--maxmemory-policy", "volatile-lru")


def redis_program(home: Home) -> Program:
    """Return Redis as a program; it keeps nothing, what matters is in PostgreSQL."""
    program = packages.redis_program()
    if program is None:
        raise Refused("Redis was not found after its installation.")
    if program.name != "redis-server":
        # One program with several names: it serves when called by this one.
        link = home.sockets / "redis-server"
        link.unlink(missing_ok=True)
        link.symlink_to(program)
        program = link
    path = home.sockets / REDIS_SOCKET
    words = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"]
    words += ["--save", "", "--dir", str(home.sockets), *REDIS_MEMORY]
    return Program(
        name="redis",
        command=(*home.prefix, str(program), *words),
        log=home.logs / "redis.log",
        is_server=True,
    )


def wait_until_ready(home: Home, *, database: bool, redis: bool) -> None:
    """Return when the servers answer, the database made where it is missing.

    Raises:
        Refused: one of them did not answer in time.
    """
    binaries = packages.postgres_bin()
    if database and binaries is not None:
        host = ["-h", str(home.sockets), "-U", DATABASE]
        ask = [str(binaries / "psql"), *host, "-d", "postgres", "-Atqc"]
        log = home.logs / "postgres.log"
        _wait_for(lambda: _succeeds([*ask, "SELECT 1"]), 60, log)
        listing = [*ask, "SELECT datname FROM pg_database"]
        found = subprocess.run(listing, capture_output=True, text=True, check=True)
        if DATABASE not in found.stdout.split():
            run([*ask, f"CREATE DATABASE {DATABASE}"], log=home.logs / "createdb.log")
    if redis:
        path = home.sockets / REDIS_SOCKET
        _wait_for(lambda: _answers_ping(path), 30, home.logs / "redis.log")


def _wait_for(happened: Callable[[], bool], seconds: float, log: Path) -> None:
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            raise Refused(f"Waited {seconds:.0f} s in vain; {log} ends:\n{tail(log)}")
        time.sleep(0.05)


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True).returncode == 0


def _answers_ping(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(str(path))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
